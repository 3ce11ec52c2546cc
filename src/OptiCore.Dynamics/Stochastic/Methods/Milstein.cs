namespace OptiCore.Dynamics;

/// <summary>
/// Milstein's scheme with the diffusion's derivative, for diagonal or scalar noise:
/// y(t + h) = y + f h + g W + g'g (W^2 - h) / 2 for Itô equations, and with W^2 in place of W^2 - h for Stratonovich ones.
/// </summary>
/// <param name="Steps">The fixed step; there is no error estimate.</param>
/// <remarks>
/// Strong order 1. Cost: one drift, one diffusion and one derivative a step. Without the derivative see <see cref="RungeKuttaMilstein"/>, for other noise
/// <see cref="LevyMilstein"/>. G. N. Milstein (1974), Approximate integration of stochastic differential equations; P. E. Kloeden, E. Platen (1992),
/// Numerical Solution of Stochastic Differential Equations, section 10.3.
/// </remarks>
[Algorithm("Milstein", "Stochastic differential equations", "G. N. Milstein (1974), Approximate integration of stochastic differential equations", Capabilities = "Itô or Stratonovich, diagonal or scalar noise with derivative, strong order 1")]
public sealed record Milstein(SdeSteps Steps) : ISdeMethod<IMilsteinSde>
{
    /// <inheritdoc/>
    public SdeSteps Steps { get; init => field = Require.NotNull(value, nameof(Steps)); } = Require.NotNull(Steps);

    /// <inheritdoc/>
    public SdeState Start(IMilsteinSde system, BrownianPath path, ReadOnlySpan<double> state) =>
        new(Steps, new Stepper(system, new SdeWork(system, path, "Milstein's method", null)), state);

    private sealed class Stepper(IMilsteinSde system, SdeWork work) : SdeStepper(work)
    {
        private readonly double[] _derivative = new double[work.N];
        private readonly bool _ito = work.Calculus == SdeCalculus.Ito;

        public override bool CanTurn => !_ito;

        public override bool Try(double t, double newTime, ReadOnlySpan<double> y, Span<double> newY)
        {
            if (!Work.Drift(t, y, Work.F) || !Work.Diffusion(t, y, Work.G))
                return false;
            system.DiffusionDerivative(t, y, _derivative);
            if (!SdeWork.AllFinite(_derivative))
                return false;
            Work.Noise(t, newTime, withArea: false);
            double h = newTime - t, correction = _ito ? h : 0;
            int stride = Work.M == 1 ? 0 : 1;
            for (int i = 0; i < newY.Length; i++)
            {
                double w = Work.W[i * stride];
                newY[i] = y[i] + (h * Work.F[i]) + (Work.G[i] * w) + (0.5 * _derivative[i] * ((w * w) - correction));
            }

            return SdeWork.AllFinite(newY);
        }
    }
}
