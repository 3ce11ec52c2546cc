namespace OptiCore.Dynamics;

/// <summary>
/// Heun's scheme for Stratonovich equations with any noise: with ỹ = y + f(t, y) h + g(t, y) W,
/// y(t + h) = y + (f(t, y) + f(t + h, ỹ)) h / 2 + (g(t, y) + g(t + h, ỹ)) W / 2.
/// </summary>
/// <param name="Steps">The fixed step, or the tolerances.</param>
/// <remarks>
/// <para>Strong order 1 where the noise commutes, else 1/2; order 2 without noise. The error estimate is the difference to Euler's step ỹ, of the order of h.</para>
/// <para>Cost: two drifts and two diffusions a step. W. Rümelin (1982), Numerical treatment of stochastic differential equations; J. Foster, A. Jelinčič (2023),
/// On the convergence of adaptive approximations for stochastic differential equations.</para>
/// </remarks>
[Algorithm("Stratonovich-Heun", "Stochastic differential equations", "W. Rümelin (1982), Numerical treatment of stochastic differential equations", Capabilities = "Stratonovich, any noise, adaptive, strong order 1 with commuting noise")]
public sealed record StratonovichHeun(SdeSteps Steps) : ISdeMethod<ISde>
{
    /// <inheritdoc/>
    public SdeSteps Steps { get; init => field = Require.NotNull(value, nameof(Steps)); } = Require.NotNull(Steps);

    /// <inheritdoc/>
    public SdeState Start(ISde system, BrownianPath path, ReadOnlySpan<double> state) => new(Steps, new Stepper(new SdeWork(system, path, "Heun's method", SdeCalculus.Stratonovich)), state);

    private sealed class Stepper(SdeWork work) : SdeStepper(work)
    {
        private readonly double[] _support = new double[work.N];
        private readonly double[] _f = new double[work.N];
        private readonly double[] _g = work.NewDiffusion();

        public override double ErrorExponent => 1;

        public override bool CanTurn => true;

        public override bool Try(double t, double newTime, ReadOnlySpan<double> y, Span<double> newY)
        {
            if (!Work.Drift(t, y, Work.F) || !Work.Diffusion(t, y, Work.G))
                return false;
            Work.Noise(t, newTime, withArea: false);
            double h = newTime - t;
            for (int i = 0; i < y.Length; i++)
                _support[i] = y[i] + (h * Work.F[i]);
            Work.AddNoise(Work.G, Work.W, 1, _support);
            if (!SdeWork.AllFinite(_support) || !Work.Drift(newTime, _support, _f) || !Work.Diffusion(newTime, _support, _g))
                return false;
            for (int i = 0; i < newY.Length; i++)
            {
                newY[i] = y[i] + (0.5 * h * (Work.F[i] + _f[i]));
                Work.DriftError[i] = 0.5 * h * (_f[i] - Work.F[i]);
            }

            Work.Error.AsSpan().Clear();
            Work.AddNoise(Work.G, Work.W, 0.5, newY);
            Work.AddNoise(_g, Work.W, 0.5, newY);
            Work.AddNoise(_g, Work.W, 0.5, Work.Error);
            Work.AddNoise(Work.G, Work.W, -0.5, Work.Error);
            return SdeWork.AllFinite(newY);
        }
    }
}
