namespace OptiCore.Dynamics;

/// <summary>
/// Rößler's stochastic Runge-Kutta method SRA1 for additive noise, with the integral I = ∫ W ds = h (W/2 + H) of the step:
/// <code>
/// k1 = f(t, y)
/// k2 = f(t + 3h/4, y + 3/4 h k1 + 3/2 g(t + h) I / h)
/// y(t + h) = y + h (k1 + 2 k2) / 3 + g(t + h) W + (g(t) - g(t + h)) I / h
/// </code>
/// </summary>
/// <param name="Steps">The fixed step, or the tolerances.</param>
/// <remarks>
/// <para>Strong order 3/2; order 2 without noise. The error estimate has the drift's part h (k2 - k1) and the noise's part (g(t) - g(t + h)) I / h, both of the order
/// of h^(3/2), after Rackauckas and Nie. Cost: two drifts and two diffusions a step.</para>
/// <para>A. Rößler (2010), Runge-Kutta methods for the strong approximation of solutions of stochastic differential equations; C. Rackauckas, Q. Nie (2017), Adaptive methods
/// for stochastic differential equations via natural embeddings and rejection sampling with memory.</para>
/// </remarks>
[Algorithm("SRA1", "Stochastic differential equations", "A. Rößler (2010), Runge-Kutta methods for the strong approximation of solutions of stochastic differential equations", Capabilities = "additive noise, adaptive, strong order 3/2")]
public sealed record Sra1(SdeSteps Steps) : ISdeMethod<IAdditiveSde>
{
    /// <inheritdoc/>
    public SdeSteps Steps { get; init => field = Require.NotNull(value, nameof(Steps)); } = Require.NotNull(Steps);

    /// <inheritdoc/>
    public SdeState Start(IAdditiveSde system, BrownianPath path, ReadOnlySpan<double> state) => new(Steps, new Stepper(new SdeWork(system, path, "SRA1", null)), state);

    private sealed class Stepper(SdeWork work) : SdeStepper(work)
    {
        private readonly double[] _stage = new double[work.N];
        private readonly double[] _f = new double[work.N];
        private readonly double[] _g = work.NewDiffusion();
        private readonly double[] _mean = new double[work.M];

        public override double ErrorExponent => 2.0 / 3;

        public override bool Try(double t, double newTime, ReadOnlySpan<double> y, Span<double> newY)
        {
            if (!Work.Drift(t, y, Work.F) || !Work.Diffusion(t, y, Work.G) || !Work.Diffusion(newTime, y, _g))
                return false;
            Work.Noise(t, newTime, withArea: true);
            double h = newTime - t;
            for (int j = 0; j < _mean.Length; j++)
                _mean[j] = (0.5 * Work.W[j]) + Work.H[j];
            for (int i = 0; i < y.Length; i++)
                _stage[i] = y[i] + (0.75 * h * Work.F[i]);
            Work.AddNoise(_g, _mean, 1.5, _stage);
            if (!SdeWork.AllFinite(_stage) || !Work.Drift(t + (0.75 * h), _stage, _f))
                return false;
            for (int i = 0; i < newY.Length; i++)
            {
                newY[i] = y[i] + (h / 3 * (Work.F[i] + (2 * _f[i])));
                Work.DriftError[i] = h * (_f[i] - Work.F[i]);
            }

            Work.Error.AsSpan().Clear();
            Work.AddNoise(Work.G, _mean, 1, Work.Error);
            Work.AddNoise(_g, _mean, -1, Work.Error);
            Work.AddNoise(_g, Work.W, 1, newY);
            for (int i = 0; i < newY.Length; i++)
                newY[i] += Work.Error[i];
            return SdeWork.AllFinite(newY);
        }
    }
}
