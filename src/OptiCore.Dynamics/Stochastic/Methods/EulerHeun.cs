namespace OptiCore.Dynamics;

/// <summary>
/// The Euler-Heun scheme for Stratonovich equations with any noise: with ỹ = y + g(t, y) W, y(t + h) = y + f(t, y) h + (g(t, y) + g(t + h, ỹ)) W / 2.
/// </summary>
/// <param name="Steps">The fixed step; there is no error estimate.</param>
/// <remarks>
/// Strong order 1 where the noise commutes, else 1/2: with commuting noise it is Milstein's scheme without derivatives. Cost: one drift and two diffusions
/// a step. W. Rümelin (1982), Numerical treatment of stochastic differential equations; A. J. Roberts (2012), Modify the improved Euler scheme to
/// integrate stochastic differential equations.
/// </remarks>
[Algorithm("Euler-Heun", "Stochastic differential equations", "W. Rümelin (1982), Numerical treatment of stochastic differential equations", Capabilities = "Stratonovich, any noise, strong order 1 with commuting noise")]
public sealed record EulerHeun(SdeSteps Steps) : ISdeMethod<ISde>
{
    /// <inheritdoc/>
    public SdeSteps Steps { get; init => field = Require.NotNull(value, nameof(Steps)); } = Require.NotNull(Steps);

    /// <inheritdoc/>
    public SdeState Start(ISde system, BrownianPath path, ReadOnlySpan<double> state) => new(Steps, new Stepper(new SdeWork(system, path, "Euler-Heun", SdeCalculus.Stratonovich)), state);

    private sealed class Stepper(SdeWork work) : SdeStepper(work)
    {
        private readonly double[] _support = new double[work.N];
        private readonly double[] _g = work.NewDiffusion();

        public override bool CanTurn => true;

        public override bool Try(double t, double newTime, ReadOnlySpan<double> y, Span<double> newY)
        {
            if (!Work.Drift(t, y, Work.F) || !Work.Diffusion(t, y, Work.G))
                return false;
            Work.Noise(t, newTime, withArea: false);
            y.CopyTo(_support);
            Work.AddNoise(Work.G, Work.W, 1, _support);
            if (!SdeWork.AllFinite(_support) || !Work.Diffusion(newTime, _support, _g))
                return false;
            double h = newTime - t;
            for (int i = 0; i < newY.Length; i++)
                newY[i] = y[i] + (h * Work.F[i]);
            Work.AddNoise(Work.G, Work.W, 0.5, newY);
            Work.AddNoise(_g, Work.W, 0.5, newY);
            return SdeWork.AllFinite(newY);
        }
    }
}
