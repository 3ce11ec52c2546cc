namespace OptiCore.Dynamics;

/// <summary>
/// Chooses the next step size from the error estimates e(n), e(n-1), e(n-2) of the last steps in units of the tolerance:
/// h(n+1) = h(n) * safety * e(n)^(-Beta1/k) * e(n-1)^(-Beta2/k) * e(n-2)^(-Beta3/k), with k one more than the lower of the pair's two orders.
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
}
