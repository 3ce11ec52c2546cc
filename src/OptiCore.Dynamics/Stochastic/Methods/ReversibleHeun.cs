using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>
/// The reversible Heun method for Stratonovich equations with any noise. Beside y it carries ŷ, which begins as y:
/// <code>
/// ŷ(t+h) = 2 y(t) - ŷ(t) + f(t, ŷ(t)) h + g(t, ŷ(t)) W
/// y(t+h) = y(t) + (f(t, ŷ(t)) + f(t+h, ŷ(t+h))) h / 2 + (g(t, ŷ(t)) + g(t+h, ŷ(t+h))) W / 2
/// </code>
/// A step with -h and -W undoes it exactly, up to rounding: <see cref="SdeState.ContinueTo"/> an earlier time retraces the same steps. So the gradient of a
/// solution needs no stored states.
/// </summary>
/// <param name="Steps">The fixed step; a step chosen by an error couldn't be found again on the way back.</param>
/// <remarks>
/// Strong order 1/2, with additive noise 1; with scalar noise 1 is what is measured. Cost: one drift and one diffusion a step, half of Heun's, for less stability. P. Kidger, J. Foster, X. Li, T. Lyons (2021),
/// Efficient and accurate gradients for neural SDEs.
/// </remarks>
[Algorithm("Reversible Heun", "Stochastic differential equations", "P. Kidger, J. Foster, X. Li, T. Lyons (2021), Efficient and accurate gradients for neural SDEs", Capabilities = "Stratonovich, any noise, algebraically reversible")]
public sealed record ReversibleHeun(SdeSteps Steps) : ISdeMethod<ISde>
{
    /// <inheritdoc/>
    public SdeSteps Steps { get; init => field = Require.NotNull(value, nameof(Steps)); } = Require.NotNull(Steps);

    /// <inheritdoc/>
    public SdeState Start(ISde system, BrownianPath path, ReadOnlySpan<double> state) => new(Steps, new Stepper(new SdeWork(system, path, "The reversible Heun method", SdeCalculus.Stratonovich)), state);

    private sealed class Stepper(SdeWork work) : SdeStepper(work)
    {
        private double[] _hat = new double[work.N];
        private double[] _f = new double[work.N];
        private double[] _g = work.NewDiffusion();
        private double[] _newHat = new double[work.N];
        private double[] _newF = new double[work.N];
        private double[] _newG = work.NewDiffusion();
        private bool _begun;

        public override bool CanTurn => true;

        public override bool Try(double t, double newTime, ReadOnlySpan<double> y, Span<double> newY)
        {
            if (!_begun)
            {
                y.CopyTo(_hat);
                if (!Work.Drift(t, _hat, _f) || !Work.Diffusion(t, _hat, _g))
                    return false;
                _begun = true;
            }

            Work.Noise(t, newTime, withArea: false);
            double h = newTime - t;
            for (int i = 0; i < y.Length; i++)
                _newHat[i] = (2 * y[i]) - _hat[i] + (h * _f[i]);
            Work.AddNoise(_g, Work.W, 1, _newHat);
            if (!SdeWork.AllFinite(_newHat) || !Work.Drift(newTime, _newHat, _newF) || !Work.Diffusion(newTime, _newHat, _newG))
                return false;
            for (int i = 0; i < y.Length; i++)
                newY[i] = y[i] + (0.5 * h * (_f[i] + _newF[i]));
            Work.AddNoise(_g, Work.W, 0.5, newY);
            Work.AddNoise(_newG, Work.W, 0.5, newY);
            return SdeWork.AllFinite(newY);
        }

        public override void Commit()
        {
            (_hat, _newHat) = (_newHat, _hat);
            (_f, _newF) = (_newF, _f);
            (_g, _newG) = (_newG, _g);
        }

        public override void Restart() => _begun = false;

        public override void Persist(StateArchive archive)
        {
            archive.Transfer(ref _begun);
            archive.Transfer<double>(_hat);
            archive.Transfer<double>(_f);
            archive.Transfer<double>(_g);
        }
    }
}
