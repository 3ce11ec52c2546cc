namespace OptiCore.Optimizers;

/// <summary>Half a cosine wave from one rate to another: final + (rate - final) (1 + cos(pi k / steps)) / 2.</summary>
/// <remarks>Loshchilov, Hutter (2017), SGDR: stochastic gradient descent with warm restarts.</remarks>
public sealed record CosineDecay : Schedule
{
    /// <summary>The rate at step 0.</summary>
    public required double Rate { get; init => field = Require.NonNegative(value); }

    /// <summary>The steps until the final rate.</summary>
    public required long Steps { get; init => field = Require.Positive(value); }

    /// <summary>The final rate. Default: 0.</summary>
    public double Final { get; init => field = Require.NonNegative(value); }

    /// <summary>False: stays at the final rate. True: goes back up and down again, with a period of 2 <see cref="Steps"/>. Default: false.</summary>
    public bool Periodic { get; init; }

    /// <inheritdoc/>
    protected override double Evaluate(long step)
    {
        if (!Periodic && step >= Steps)
            return Final;

        // Reduced by whole waves first (compared without forming 2 * Steps, which may overflow): the argument of the cosine stays small, and exact, however long a run is.
        bool isRising = step / Steps % 2 != 0;
        long phase = step % Steps;
        return Wave(Rate, Final, (isRising ? Steps - phase : phase) / (double)Steps);
    }

    /// <summary>From one rate to the other as the fraction goes from 0 to 1.</summary>
    internal static double Wave(double from, double to, double fraction) => to + ((from - to) * (1 + Math.Cos(Math.PI * fraction)) / 2);
}
