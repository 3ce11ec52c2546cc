namespace OptiCore.RL;

/// <summary>
/// What <see cref="StockDistributionalIteration"/> maximises: the expectation of a function u of the stock plus the discounted return. Plans that look ahead are right for u with u(gamma x) ranked like u(x), for example
/// positively homogeneous ones, or without discounting for every u.
/// </summary>
public abstract record StockUtility
{
    /// <summary>u(x) = x: the expected return, as of classical dynamic programming.</summary>
    public static StockUtility Expectation { get; } = new Identity();

    /// <summary>u(x) = min(x, 0): with the right first stock, the mean of the worst returns (<see cref="StockDistributionalSolution.ConditionalValueAtRisk"/>).</summary>
    public static StockUtility LowerTail { get; } = new Negative();

    /// <summary>u(x) = -|x|: returns as near as possible to minus the first stock.</summary>
    public static StockUtility Distance { get; } = new NegativeDistance();

    /// <summary>The utility of a number.</summary>
    /// <param name="x">Stock plus return.</param>
    public abstract double Of(double x);

    /// <summary>Any function.</summary>
    /// <param name="utility">The function, without side effects.</param>
    public static StockUtility From(Func<double, double> utility) => new Custom(Require.NotNull(utility));

    private sealed record Identity : StockUtility
    {
        public override double Of(double x) => x;
    }

    private sealed record Negative : StockUtility
    {
        public override double Of(double x) => Math.Min(x, 0);
    }

    private sealed record NegativeDistance : StockUtility
    {
        public override double Of(double x) => -Math.Abs(x);
    }

    private sealed record Custom(Func<double, double> Utility) : StockUtility
    {
        public override double Of(double x) => Utility(x);
    }
}

/// <summary>Equally spaced numbers from a lowest to a highest one.</summary>
public sealed record UniformGrid
{
    /// <summary>Creates the grid.</summary>
    /// <param name="low">The lowest number.</param>
    /// <param name="high">The highest number.</param>
    /// <param name="points">How many, at least 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">A bound isn't finite, the highest isn't above the lowest, or there are fewer than two points.</exception>
    public UniformGrid(double low, double high, int points)
    {
        Low = Require.Finite(low, nameof(low));
        High = Require.Finite(high, nameof(high));
        _ = Require.Positive(high - low, nameof(high));
        Points = Require.AtLeast(points, 2, nameof(points));
    }

    /// <summary>The lowest number.</summary>
    public double Low { get; }

    /// <summary>The highest number.</summary>
    public double High { get; }

    /// <summary>How many numbers.</summary>
    public int Points { get; }

    /// <summary>The distance between neighbours.</summary>
    public double Spacing => (High - Low) / (Points - 1);

    /// <summary>A number of the grid.</summary>
    /// <param name="index">Its index, from 0.</param>
    public double this[int index] => Low + (index * Spacing);

    /// <summary>The neighbours of a number, clamped to the grid: it is (1 - weight) times the one at the index plus weight times the one after it.</summary>
    /// <param name="x">The number.</param>
    internal (int Index, double Weight) Locate(double x)
    {
        double position = Math.Clamp((x - Low) / Spacing, 0, Points - 1);

        // A number that is on the grid but for rounding stays there, so that nothing leaks into neighbours.
        double nearest = Math.Round(position);
        if (Math.Abs(position - nearest) < 1e-9)
            position = nearest;
        int index = Math.Min((int)position, Points - 2);
        return (index, position - index);
    }
}
