using System.Globalization;
using System.Text;

namespace OptiCore.Optimizers;

/// <summary>Multiplied by a factor at each milestone: rate factor^(number of milestones at or before step k).</summary>
public sealed record MultiStepDecay : Schedule
{
    private readonly long[] _milestones;

    /// <summary>Creates the schedule.</summary>
    /// <param name="milestones">The steps, in any order; one that occurs twice counts twice.</param>
    /// <exception cref="ArgumentOutOfRangeException">A milestone is negative.</exception>
    public MultiStepDecay(params ReadOnlySpan<long> milestones)
    {
        foreach (long milestone in milestones)
            ArgumentOutOfRangeException.ThrowIfNegative(milestone, nameof(milestones));
        _milestones = milestones.ToArray();
        Array.Sort(_milestones);
    }

    /// <summary>The first rate.</summary>
    public required double Rate { get; init => field = Require.NonNegative(value); }

    /// <summary>The factor. Default: 0.1.</summary>
    public double Factor { get; init => field = Require.NonNegative(value); } = 0.1;

    /// <summary>The steps at which the rate changes, ascending.</summary>
    public ReadOnlySpan<long> Milestones => _milestones;

    /// <summary>True for the same rates at all steps.</summary>
    /// <param name="other">Another schedule.</param>
    public bool Equals(MultiStepDecay? other) =>
        other is not null && Rate == other.Rate && Factor == other.Factor && Milestones.SequenceEqual(other.Milestones);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.Add(Rate);
        hash.Add(Factor);
        foreach (long milestone in _milestones)
            hash.Add(milestone);
        return hash.ToHashCode();
    }

    /// <inheritdoc/>
    protected override double Evaluate(long step)
    {
        int passed = 0;
        while (passed < _milestones.Length && _milestones[passed] <= step)
            passed++;
        return Rate * Math.Pow(Factor, passed);
    }

    /// <summary>Prints the milestones as well, so that a saved run's configuration names them.</summary>
    /// <param name="builder">Receives the members.</param>
    protected override bool PrintMembers(StringBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Append(CultureInfo.InvariantCulture, $"Rate = {Rate}, Factor = {Factor}, Milestones = [{string.Join(", ", _milestones)}]");
        return true;
    }
}
