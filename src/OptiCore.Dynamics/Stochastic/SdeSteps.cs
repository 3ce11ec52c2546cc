using System.Runtime.CompilerServices;

namespace OptiCore.Dynamics;

/// <summary>
/// How a stochastic solver chooses its steps: of a fixed size, or by an estimate of the error. A number stands for a fixed size: <c>new EulerMaruyama(0.01)</c>.
/// </summary>
/// <remarks>
/// <para>A stretch of time is divided into the smallest number of equal fixed steps that aren't longer than the given size, so that none is a sliver.</para>
/// <para>With error control a step is taken when the root mean square of error / (absolute + relative * max(|y|, |y new|)) is at most 1; else it is tried
/// again shorter on the same Brownian path, which loses nothing and biases nothing. C. Rackauckas, Q. Nie (2017), Adaptive methods for stochastic
/// differential equations via natural embeddings and rejection sampling with memory; here the virtual Brownian tree is the memory.</para>
/// </remarks>
public sealed record SdeSteps
{
    /// <summary>The size of every step, or null for error control. Default: null.</summary>
    public double? FixedStep { get; init => field = value is { } step ? Require.Positive(step) : null; }

    /// <summary>The error allowed in a step relative to the size of a component, at least 0. Default: 1e-2.</summary>
    public double RelativeTolerance { get; init => field = Require.NonNegative(value); } = 1e-2;

    /// <summary>The error allowed in a step for a component near zero. Default: 1e-3.</summary>
    public double AbsoluteTolerance { get; init => field = Require.Positive(value); } = 1e-3;

    /// <summary>The weight δ of the drift's part of the error estimate beside the noise's. Default: 1/6.</summary>
    public double DriftErrorWeight { get; init => field = Require.NonNegative(value); } = 1.0 / 6;

    /// <summary>The part of the predicted step size that is used, in (0, 1). Default: 0.9.</summary>
    public double Safety { get; init => field = Require.InOpen(value, 0, 1); } = 0.9;

    /// <summary>The smallest factor from one step size to the next, in (0, 1); also the factor after a step that wasn't finite. Default: 0.2.</summary>
    public double MinFactor { get; init => field = Require.InOpen(value, 0, 1); } = 0.2;

    /// <summary>The largest factor from one step size to the next, above 1. Default: 5.</summary>
    public double MaxFactor { get; init => field = value > 1 && double.IsFinite(value) ? value : throw Invalid(value, "must be above 1 and finite"); } = 5;

    /// <summary>The first step size, or null to choose it from the first drift and diffusion. Default: null.</summary>
    public double? InitialStep { get; init => field = value is { } step ? Require.Positive(step) : null; }

    /// <summary>The smallest step size, or null for 2^-24 of the interval. A tolerance that needs a smaller one fails. Default: null.</summary>
    public double? MinStep { get; init => field = value is { } step ? Require.Positive(step) : null; }

    /// <summary>The largest step size. Default: no limit.</summary>
    public double MaxStep { get; init => field = value > 0 ? value : throw Invalid(value, "must be positive"); } = double.PositiveInfinity;

    /// <summary>The largest number of steps, accepted and rejected together. Default: 10,000,000.</summary>
    public long MaxSteps { get; init => field = Require.Positive(value); } = 10_000_000;

    /// <summary>Steps of a fixed size.</summary>
    /// <param name="step">The size.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size isn't positive and finite.</exception>
    public static SdeSteps Fixed(double step) => new() { FixedStep = step };

    /// <summary>Steps of a fixed size.</summary>
    /// <param name="step">The size.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size isn't positive and finite.</exception>
    public static implicit operator SdeSteps(double step) => Fixed(step);

    /// <summary>The number of equal fixed steps that a stretch of time is divided into.</summary>
    internal long Division(double length) => Math.Max(1, (long)Math.Ceiling(Math.Abs(length) / FixedStep!.Value * (1 - 1e-9)));

    /// <summary>The resolution of the path that the steps need, with stops at the given times.</summary>
    internal double Resolution(double start, double end, ReadOnlySpan<double> stops)
    {
        if (FixedStep is null)
            return MinStep ?? Math.ScaleB(end - start, -24);
        double smallest = double.PositiveInfinity, from = start;
        for (int i = 0; i <= stops.Length; i++)
        {
            double to = i < stops.Length ? stops[i] : end;
            if (to > from)
                smallest = Math.Min(smallest, (to - from) / Division(to - from));
            from = to;
        }

        // A little finer than the steps, so that none shares a last interval with the next by rounding.
        return smallest * (1 - 1e-6);
    }

    private static ArgumentOutOfRangeException Invalid(double value, string expectation, [CallerMemberName] string name = "") =>
        new(name, value, FormattableString.Invariant($"{name} is {value} but {expectation}."));
}
