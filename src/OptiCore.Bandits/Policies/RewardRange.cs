using System.Globalization;

namespace OptiCore.Bandits;

/// <summary>The rewards that a policy accepts: the closed interval [Low, High]. NaN and the infinities belong to no range.</summary>
/// <param name="Low">The smallest reward.</param>
/// <param name="High">The largest reward.</param>
public readonly record struct RewardRange(double Low, double High)
{
    /// <summary>[0, 1]: clicks, conversions and everything scaled to them.</summary>
    public static RewardRange Unit => new(0, 1);

    /// <summary>Every finite number.</summary>
    public static RewardRange Finite => new(double.MinValue, double.MaxValue);

    /// <summary>Finite numbers of at least 0.</summary>
    public static RewardRange NonNegative => new(0, double.MaxValue);

    /// <summary>Finite numbers greater than 0.</summary>
    public static RewardRange Positive => new(double.Epsilon, double.MaxValue);

    /// <summary>Whether a reward belongs to the range.</summary>
    /// <param name="reward">The reward.</param>
    public bool Contains(double reward) => reward >= Low && reward <= High;

    /// <summary>The range in words, as it ends a sentence that begins with "must".</summary>
    public override string ToString()
    {
        if (this == Finite)
            return "be finite";
        if (this == NonNegative)
            return "be at least 0 and finite";
        if (this == Positive)
            return "be positive and finite";
        return string.Create(CultureInfo.InvariantCulture, $"lie in [{Low}, {High}]");
    }
}
