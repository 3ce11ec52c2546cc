using OptiCore.LinearAlgebra;
using OptiCore.Randomness;

namespace OptiCore.Samplers;

/// <summary>A Metropolis random walk with the covariance of the particles: x + s L z with z ~ N(0, I). Needs no gradient.</summary>
/// <remarks>Starts at the scale 2.38 / sqrt(n), optimal for Gaussian targets: A. Gelman, G. O. Roberts, W. R. Gilks (1996), Efficient Metropolis jumping rules.</remarks>
public sealed record RandomWalkMove : ITemperedMove<ITemperedTarget>
{
    /// <inheritdoc/>
    public double TargetAcceptance { get; init => field = Require.InOpen(value, 0, 1); } = 0.234;

    /// <inheritdoc/>
    public double InitialScale(int dimension) => 2.38 / Math.Sqrt(dimension);

    /// <inheritdoc/>
    public TemperedMover Start(ITemperedTarget target) => new Mover(Require.NotNull(target));

    private sealed class Mover(ITemperedTarget target) : TemperedMover
    {
        private readonly double[] _root = new double[target.Dimension * target.Dimension], _noise = new double[target.Dimension], _proposal = new double[target.Dimension];
        private double _exponent, _scale;

        public override void Prepare(double exponent, double scale, ReadOnlySpan<double> root)
        {
            (_exponent, _scale) = (exponent, scale);
            root.CopyTo(_root);
        }

        public override double Move(TemperedParticle particle, RandomKey key)
        {
            int n = _noise.Length;
            RandomFill.Normal(key.Fold("step"), _noise);
            particle.Point.CopyTo(_proposal);
            Blas.Gemv<double>(false, n, n, _scale, _root, n, _noise, 1, _proposal);
            double reference = target.Parts(_proposal, out double factor);
            if (!double.IsFinite(reference))
                return 0;
            double change = reference - particle.LogReference + (_exponent * (factor - particle.LogFactor));
            if (double.IsNaN(change))
                return 0;
            if (Math.Log(key.Stream().NextOpenDouble()) < change)
                particle.Replace(_proposal, reference, factor);
            return Math.Min(1, Math.Exp(change));
        }
    }
}
