using System.Runtime.CompilerServices;

namespace OptiCore.Dynamics;

/// <summary>
/// Chooses the next step size from the error estimates e(n), e(n-1), e(n-2) of the last steps in units of the tolerance:
/// h(n+1) = h(n) * Safety * e(n)^(-Beta1/k) * e(n-1)^(-Beta2/k) * e(n-2)^(-Beta3/k), within <see cref="MinFactor"/> and <see cref="MaxFactor"/>, where the
/// error estimate is proportional to the k-th power of the step size: k is one more than the lower of a pair's two orders.
/// </summary>
/// <remarks>
/// A digital filter: with more history the step sizes are smoother, which matters where stability rather than accuracy limits the step; without history
/// it adapts fastest. G. Söderlind (2003), Digital filters in adaptive time-stepping, ACM Transactions on Mathematical Software 29.
/// </remarks>
public sealed record StepController
{
    /// <summary>The weight of the last step's error. Default: 1.</summary>
    public double Beta1 { get; init => field = Require.Finite(value); } = 1;

    /// <summary>The weight of the error before. Default: 0.</summary>
    public double Beta2 { get; init => field = Require.Finite(value); }

    /// <summary>The weight of the error before that one. Default: 0.</summary>
    public double Beta3 { get; init => field = Require.Finite(value); }

    /// <summary>The part of the predicted step size that is used, in (0, 1). Default: 0.9, as in DOPRI5.</summary>
    public double Safety { get; init => field = Require.InOpen(value, 0, 1); } = 0.9;

    /// <summary>The smallest factor from one step size to the next, in (0, 1); also the factor after a step that wasn't finite. Default: 0.2, as in DOPRI5.</summary>
    public double MinFactor { get; init => field = Require.InOpen(value, 0, 1); } = 0.2;

    /// <summary>The largest factor from one step size to the next, above 1. Default: 10, as in DOPRI5.</summary>
    public double MaxFactor
    {
        get;
        init => field = value > 1 && double.IsFinite(value) ? value : throw Invalid(value, "must be above 1 and finite");
    } = 10;

    /// <summary>The elementary controller: only the last error. E. Hairer, S. P. Nørsett, G. Wanner (1993), Solving Ordinary Differential Equations I, section II.4.</summary>
    public static StepController Integral { get; } = new();

    /// <summary>The lightly stabilised controller of the code DOPRI5 (exponents 0.17 and -0.04 at k = 5). E. Hairer, S. P. Nørsett, G. Wanner (1993), Solving Ordinary Differential Equations I, appendix.</summary>
    public static StepController Stabilized { get; } = new() { Beta1 = 0.85, Beta2 = -0.2 };

    /// <summary>The PI controller for steps that stability limits. K. Gustafsson (1991), Control theoretic techniques for stepsize selection in explicit Runge-Kutta methods.</summary>
    public static StepController ProportionalIntegral { get; } = new() { Beta1 = 0.7, Beta2 = -0.4 };

    /// <summary>The second-order low-pass filter H211PI, for smooth step sizes. G. Söderlind (2003).</summary>
    public static StepController H211PI { get; } = new() { Beta1 = 1.0 / 6, Beta2 = 1.0 / 6 };

    /// <summary>The third-order low-pass filter H312PID, for the smoothest step sizes. G. Söderlind (2003).</summary>
    public static StepController H312Pid { get; } = new() { Beta1 = 1.0 / 18, Beta2 = 1.0 / 9, Beta3 = 1.0 / 18 };

    /// <summary>The factor from the size of an accepted step to the next.</summary>
    /// <param name="error">The step's error e(n).</param>
    /// <param name="error1">The error e(n-1).</param>
    /// <param name="error2">The error e(n-2).</param>
    /// <param name="exponent">1/k.</param>
    public double Factor(double error, double error1, double error2, double exponent)
    {
        double factor = Safety * Math.Pow(error, -Beta1 * exponent);
        if (Beta2 != 0)
            factor *= Math.Pow(error1, -Beta2 * exponent);
        if (Beta3 != 0)
            factor *= Math.Pow(error2, -Beta3 * exponent);
        return double.IsNaN(factor) ? MaxFactor : Math.Clamp(factor, MinFactor, MaxFactor);
    }

    /// <summary>The factor from the size of a rejected step to the next attempt.</summary>
    /// <param name="error">The step's error, above 1; NaN or infinite for <see cref="MinFactor"/>.</param>
    /// <param name="exponent">1/k.</param>
    public double RetryFactor(double error, double exponent) => double.IsFinite(error) ? Math.Max(MinFactor, Safety * Math.Pow(error, -exponent)) : MinFactor;

    private static ArgumentOutOfRangeException Invalid(double value, string expectation, [CallerMemberName] string name = "") =>
        new(name, value, FormattableString.Invariant($"{name} is {value} but {expectation}."));
}
