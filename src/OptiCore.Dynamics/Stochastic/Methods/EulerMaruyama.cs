namespace OptiCore.Dynamics;

/// <summary>The Euler-Maruyama scheme for Itô equations with any noise: y(t + h) = y + f(t, y) h + g(t, y) W.</summary>
/// <param name="Steps">The fixed step; there is no error estimate.</param>
/// <remarks>
/// Strong order 1/2, with additive noise 1; weak order 1. Cost: one drift and one diffusion a step. Prefer a method made for the noise at hand: they reach
/// the same accuracy with far fewer steps. G. Maruyama (1955), Continuous Markov processes and stochastic equations; P. E. Kloeden, E. Platen (1992),
/// Numerical Solution of Stochastic Differential Equations, section 10.2.
/// </remarks>
[Algorithm("Euler-Maruyama", "Stochastic differential equations", "G. Maruyama (1955), Continuous Markov processes and stochastic equations", Capabilities = "Itô, any noise, strong order 1/2")]
public sealed record EulerMaruyama(SdeSteps Steps) : ISdeMethod<ISde>
{
    /// <inheritdoc/>
    public SdeSteps Steps { get; init => field = Require.NotNull(value, nameof(Steps)); } = Require.NotNull(Steps);

    /// <inheritdoc/>
    public SdeState Start(ISde system, BrownianPath path, ReadOnlySpan<double> state) => new(Steps, new Stepper(new SdeWork(system, path, "Euler-Maruyama", SdeCalculus.Ito)), state);

    private sealed class Stepper(SdeWork work) : SdeStepper(work)
    {
        public override bool Try(double t, double newTime, ReadOnlySpan<double> y, Span<double> newY)
        {
            if (!Work.Drift(t, y, Work.F) || !Work.Diffusion(t, y, Work.G))
                return false;
            Work.Noise(t, newTime, withArea: false);
            double h = newTime - t;
            for (int i = 0; i < newY.Length; i++)
                newY[i] = y[i] + (h * Work.F[i]);
            Work.AddNoise(Work.G, Work.W, 1, newY);
            return SdeWork.AllFinite(newY);
        }
    }
}
