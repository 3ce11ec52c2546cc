namespace OptiCore.Dynamics;

/// <summary>
/// Rößler's stochastic Runge-Kutta method SRIW1 for Itô equations with diagonal or scalar noise: two drift and four diffusion stages,
/// y(t + h) = y + h sum α f(H0) + sum (β1 W + β2 I(1,1) / sqrt(h) + β3 I(1,0) / h + β4 I(1,1,1) / h) g(H1), with the iterated integrals
/// I(1,1) = (W^2 - h) / 2, I(1,1,1) = (W^3 - 3 h W) / 6 and I(1,0) = h (W / 2 + H).
/// </summary>
/// <param name="Steps">The fixed step, or the tolerances.</param>
/// <remarks>
/// <para>Strong order 3/2; order 2 without noise. The error estimate has the drift's part h (k2 - k1) and, as the noise's part, the terms of β3 and β4, without which
/// the order is 1; both are of the order of h^(3/2), after Rackauckas and Nie. Cost: two drifts and four diffusions a step.</para>
/// <para>A. Rößler (2010), Runge-Kutta methods for the strong approximation of solutions of stochastic differential equations; C. Rackauckas, Q. Nie (2017), Adaptive methods
/// for stochastic differential equations via natural embeddings and rejection sampling with memory.</para>
/// </remarks>
[Algorithm("SRIW1", "Stochastic differential equations", "A. Rößler (2010), Runge-Kutta methods for the strong approximation of solutions of stochastic differential equations", Capabilities = "Itô, diagonal or scalar noise, adaptive, strong order 3/2")]
public sealed record SriW1(SdeSteps Steps) : ISdeMethod<ISingleNoiseSde>
{
    /// <inheritdoc/>
    public SdeSteps Steps { get; init => field = Require.NotNull(value, nameof(Steps)); } = Require.NotNull(Steps);

    /// <inheritdoc/>
    public SdeState Start(ISingleNoiseSde system, BrownianPath path, ReadOnlySpan<double> state) => new(Steps, new Stepper(new SdeWork(system, path, "SRIW1", SdeCalculus.Ito)), state);

    private sealed class Stepper(SdeWork work) : SdeStepper(work)
    {
        private readonly double[] _stage = new double[work.N];
        private readonly double[] _f2 = new double[work.N];
        private readonly double[] _g2 = new double[work.N];
        private readonly double[] _g3 = new double[work.N];
        private readonly double[] _g4 = new double[work.N];

        public override double ErrorExponent => 2.0 / 3;

        public override bool Try(double t, double newTime, ReadOnlySpan<double> y, Span<double> newY)
        {
            double h = newTime - t, root = Math.Sqrt(h);
            double[] f1 = Work.F, g1 = Work.G;
            int stride = Work.M == 1 ? 0 : 1;
            if (!Work.Drift(t, y, f1) || !Work.Diffusion(t, y, g1))
                return false;
            Work.Noise(t, newTime, withArea: true);
            for (int i = 0; i < y.Length; i++)
                _stage[i] = y[i] + (0.75 * h * f1[i]) + (1.5 * g1[i] * ((0.5 * Work.W[i * stride]) + Work.H[i * stride]));
            if (!SdeWork.AllFinite(_stage) || !Work.Drift(t + (0.75 * h), _stage, _f2))
                return false;
            for (int i = 0; i < y.Length; i++)
                _stage[i] = y[i] + (0.25 * h * f1[i]) + (0.5 * root * g1[i]);
            if (!SdeWork.AllFinite(_stage) || !Work.Diffusion(t + (0.25 * h), _stage, _g2))
                return false;
            for (int i = 0; i < y.Length; i++)
                _stage[i] = y[i] + (h * f1[i]) - (root * g1[i]);
            if (!SdeWork.AllFinite(_stage) || !Work.Diffusion(newTime, _stage, _g3))
                return false;

            // The last stage takes the third state's drift, which is the first one's: both lie at (t, y).
            for (int i = 0; i < y.Length; i++)
                _stage[i] = y[i] + (0.25 * h * f1[i]) + (root * ((-5 * g1[i]) + (3 * _g2[i]) + (0.5 * _g3[i])));
            if (!SdeWork.AllFinite(_stage) || !Work.Diffusion(t + (0.25 * h), _stage, _g4))
                return false;
            for (int i = 0; i < newY.Length; i++)
            {
                double w = Work.W[i * stride], i10 = (0.5 * w) + Work.H[i * stride];
                double i11 = 0.5 * ((w * w) - h) / root, i111 = ((w * w) - (3 * h)) * w / (6 * h);
                double first = g1[i], second = _g2[i], third = _g3[i], fourth = _g4[i];
                double lower = (w * (-first + (4.0 / 3 * second) + (2.0 / 3 * third))) + (i11 * (-first + (4.0 / 3 * second) - (1.0 / 3 * third)));
                double higher = (i10 * ((2 * first) - (4.0 / 3 * second) - (2.0 / 3 * third)))
                    + (i111 * ((-2 * first) + (5.0 / 3 * second) - (2.0 / 3 * third) + fourth));
                newY[i] = y[i] + (h / 3 * (f1[i] + (2 * _f2[i]))) + lower + higher;
                Work.DriftError[i] = h * (_f2[i] - f1[i]);
                Work.Error[i] = higher;
            }

            return SdeWork.AllFinite(newY);
        }
    }
}
