namespace OptiCore.Solving;

/// <summary>When an iterate is good enough. A tolerance of 0 switches its criterion off.</summary>
public sealed record StoppingRules
{
    /// <summary>Converged when max_i |g_i| is at most this. Checked at the start as well.</summary>
    public double GradientTolerance { get; init => field = Require.NonNegative(value); }

    /// <summary>Converged when an iteration changes the value by at most this times max(1, |f|).</summary>
    public double ValueTolerance { get; init => field = Require.NonNegative(value); }

    /// <summary>Converged when a step is no longer than this times max(1, |x|), in the Euclidean norm.</summary>
    public double StepTolerance { get; init => field = Require.NonNegative(value); }

    /// <summary>No criterion: the run goes on to its limits.</summary>
    public static StoppingRules Never { get; } = new();

    /// <summary>Says which criterion holds. The run asks after each iteration; an algorithm asks for another one inside it.</summary>
    /// <param name="gradientNorm">The largest gradient component, or NaN.</param>
    /// <param name="valueChange">The change of the value in the last iteration, or NaN.</param>
    /// <param name="value">The value.</param>
    /// <param name="stepNorm">The relative length of the last step, or NaN.</param>
    /// <returns>The criterion, or <see cref="StopReason.None"/>.</returns>
    public StopReason Check(double gradientNorm, double valueChange, double value, double stepNorm)
    {
        // Comparisons with NaN ("not known") are false; so are those with a tolerance that is switched off, except for an exact zero gradient.
        if (gradientNorm <= GradientTolerance)
            return StopReason.GradientTolerance;
        if (ValueTolerance > 0 && Math.Abs(valueChange) <= ValueTolerance * Math.Max(1, Math.Abs(value)))
            return StopReason.ValueTolerance;
        if (StepTolerance > 0 && stepNorm <= StepTolerance)
            return StopReason.StepTolerance;
        return StopReason.None;
    }
}
