using OptiCore.LinearAlgebra;
using OptiCore.Persistence;
using OptiCore.Randomness;

namespace OptiCore.Samplers;

/// <summary>
/// A random walk inside the constraint from a random live point, with steps uniform in an ellipsoid of the live points' covariance whose size is tuned to an acceptance of one half.
/// </summary>
/// <remarks>J. Skilling (2006), Nested sampling for general Bayesian computation. A walk that accepts no step gives no new point and is repeated from another.</remarks>
public sealed record RandomWalkProposal : INestedProposal
{
    /// <summary>The number of steps for a new point. Default: 25.</summary>
    public int Steps { get; init => field = Require.Positive(value); } = 25;

    /// <summary>How many walks are tried before the run gives up. Default: 100.</summary>
    public int MaxWalks { get; init => field = Require.Positive(value); } = 100;

    /// <inheritdoc/>
    public NestedProposalState Start(int dimension) => new State(this, dimension);

    private sealed class State(RandomWalkProposal options, int n) : NestedProposalState
    {
        private readonly double[] _mean = new double[n], _root = new double[n * n], _step = new double[n], _trial = new double[n];
        private double _scale = 1;
        private int _draws;

        public override bool TryDraw(LivePoints live, NestedRegion region, RandomKey key, Span<double> point)
        {
            if (_draws++ % Math.Max(1, live.Count / 10) == 0)
                CubeSpread.Compute(live.Cube, CubeSpread.All(live.Count), n, _mean, _root);
            RandomStream stream = key.Stream();
            for (int walk = 0; walk < options.MaxWalks; walk++)
            {
                live.Point(stream.NextInt32(live.Count)).CopyTo(point);
                int accepted = 0;
                for (int k = 0; k < options.Steps; k++)
                {
                    RandomFill.Normal(key.Fold(walk).Fold(k), _step);
                    double radius = _scale * Math.Pow(stream.NextDouble(), 1.0 / n) * Math.Sqrt(n + 2) / Math.Sqrt(Numerics.Reduce.SumOfSquares<double>(_step));
                    point.CopyTo(_trial);
                    Blas.Gemv<double>(false, n, n, radius, _root, n, _step, 1, _trial);
                    if (region.Contains(_trial, stream.NextDouble()))
                    {
                        _trial.CopyTo(point);
                        accepted++;
                    }
                }

                _scale = Math.Clamp(_scale * Math.Exp(((double)accepted / options.Steps) - 0.5), 1e-8, 4);
                if (accepted > 0)
                    return true;
            }

            return false;
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_root);
            archive.Transfer(ref _scale);
            archive.Transfer(ref _draws);
        }
    }
}
