namespace OptiCore.Optimizers;

/// <summary>How the height of the triangles of <see cref="Cyclic"/> changes.</summary>
public enum CycleHeight
{
    /// <summary>It doesn't.</summary>
    Constant,

    /// <summary>It halves from cycle to cycle.</summary>
    Halving,

    /// <summary>It is multiplied by <see cref="Cyclic.Factor"/> at every step.</summary>
    Exponential,
}

/// <summary>
/// The cyclical policy: up and down between two rates, base + (peak - base) h(k) s(k), where s goes from 0 to 1 in <see cref="StepsUp"/> steps and back in
/// <see cref="StepsDown"/>, and h is the height of <see cref="Height"/>.
/// </summary>
/// <remarks>Smith (2017), Cyclical learning rates for training neural networks.</remarks>
public sealed record Cyclic : Schedule
{
    /// <summary>The lower rate, at which it begins.</summary>
    public required double Base { get; init => field = Require.NonNegative(value); }

    /// <summary>The upper rate.</summary>
    public required double Peak { get; init => field = Require.NonNegative(value); }

    /// <summary>The steps of the way up. Default: 2000.</summary>
    public long StepsUp { get; init => field = Require.Positive(value); } = 2000;

    /// <summary>The steps of the way down; null for as many as up. Default: null.</summary>
    public long? StepsDown { get; init => field = value is { } steps ? Require.Positive(steps) : null; }

    /// <summary>How the height changes. Default: it doesn't.</summary>
    public CycleHeight Height { get; init => field = Require.Defined(value); }

    /// <summary>The factor of exponential heights. Default: 1.</summary>
    public double Factor { get; init => field = Require.NonNegative(value); } = 1;

    /// <inheritdoc/>
    protected override double Evaluate(long step)
    {
        long down = StepsDown ?? StepsUp, period = checked(StepsUp + down);
        long phase = step % period;
        double side = phase <= StepsUp ? phase / (double)StepsUp : (period - phase) / (double)down;
        double height = Height switch
        {
            CycleHeight.Halving => Math.Pow(0.5, step / period),
            CycleHeight.Exponential => Math.Pow(Factor, step),
            _ => 1,
        };
        return Base + ((Peak - Base) * side * height);
    }
}
