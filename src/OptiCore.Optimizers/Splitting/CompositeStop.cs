using System.Globalization;
using OptiCore.Numerics;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>What the methods for f + g share: the test of a step and the words for an end.</summary>
internal static class CompositeStop
{
    // Values that agree to this are compared by gradients where there are some.
    private const double Comparable = 1e-10;

    // How much rounding may lift a value above its bound.
    private const double Rounding = 1e-14;

    /// <summary>
    /// Whether f lies below its quadratic model of curvature 1/t at a trial: f(u) &lt;= f(x) + grad f(x).(u - x) + |u - x|^2 / (2 t).
    /// </summary>
    /// <param name="value">f(x).</param>
    /// <param name="gradient">grad f(x).</param>
    /// <param name="trialValue">f(u).</param>
    /// <param name="trialGradient">grad f(u); empty if it isn't known, and then values decide alone, up to rounding.</param>
    /// <param name="difference">x - u.</param>
    /// <param name="step">t.</param>
    public static bool IsMajorized(double value, ReadOnlySpan<double> gradient, double trialValue, ReadOnlySpan<double> trialGradient, ReadOnlySpan<double> difference, double step)
    {
        double square = Reduce.SumOfSquares(difference), scale = Math.Max(Math.Abs(value), Math.Abs(trialValue));
        double slope = Reduce.Dot(gradient, difference);
        if (trialGradient.IsEmpty || Math.Abs(value - trialValue) > Comparable * scale)
            return trialValue <= value - slope + (square / (2 * step)) + (Rounding * scale);
        return slope - Reduce.Dot(trialGradient, difference) <= square / step * (1 + Rounding);
    }

    /// <summary>Whether the test by values means more than their rounding, so that a longer step may be tried.</summary>
    public static bool IsMeasurable(double value, ReadOnlySpan<double> difference, double step) => Reduce.SumOfSquares(difference) / (2 * step) > Comparable * Math.Abs(value);

    /// <summary>
    /// What a step that moves nothing means: a fixed point of the map, or that the step is too short to show in the digits of x. The gradient mapping is known to eps |x| / t only; where that
    /// isn't within the tolerance there is no progress.
    /// </summary>
    /// <param name="x">The point.</param>
    /// <param name="step">t.</param>
    /// <param name="tolerance">The tolerance of the gradient mapping.</param>
    /// <param name="norm">Receives the bound of the gradient mapping.</param>
    public static StopReason Stall(ReadOnlySpan<double> x, double step, double tolerance, out double norm)
    {
        const double MachineEpsilon = 2.220446049250313e-16;
        norm = MachineEpsilon * Reduce.MaxNorm(x) / step;
        return norm <= tolerance ? StopReason.GradientTolerance : StopReason.NoProgress;
    }

    /// <summary>A gradient step from the iterate that leaves the range of numbers.</summary>
    public static Advance NotFinite(Advance done) => Advance.Stop(StopReason.NonFinite, done.IsIteration);

    public static string? Describe(StopReason reason, double norm, StoppingRules stopping) => reason switch
    {
        StopReason.GradientTolerance => string.Create(
            CultureInfo.InvariantCulture, $"The largest component of the gradient mapping, {norm:g3}, is within the tolerance of {stopping.GradientTolerance:g3}."),
        _ => null,
    };
}
