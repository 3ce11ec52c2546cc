using OptiCore.LinearAlgebra;
using OptiCore.Persistence;
using OptiCore.Randomness;

namespace OptiCore.Samplers;

/// <summary>
/// Slice sampling in random directions from a random live point: each step finds an interval of the line through the point by stepping out and draws in it by shrinking. Directions are random in the coordinates in which the live points have covariance I. For
/// many dimensions, where ellipsoids fail.
/// </summary>
/// <remarks>R. M. Neal (2003), Slice sampling; in nested sampling W. J. Handley, M. P. Hobson, A. N. Lasenby (2015), PolyChord: next-generation nested sampling. Some 4 to 6 evaluations a step.</remarks>
public sealed record SliceProposal : INestedProposal
{
    /// <summary>The number of steps for a new point; 0, the default, for 3 n + 2.</summary>
    public int Steps { get; init => field = Require.NonNegative(value); }

    /// <summary>The number of new points after which the covariance is computed anew, as a part of the live points. Default: 0.1.</summary>
    public double UpdateInterval { get; init => field = Require.Positive(value); } = 0.1;

    /// <inheritdoc/>
    public NestedProposalState Start(int dimension) => new State(this, dimension);

    private sealed class State(SliceProposal options, int n) : NestedProposalState
    {
        private readonly double[] _mean = new double[n], _root = new double[n * n], _normal = new double[n], _direction = new double[n], _trial = new double[n];
        private int _draws;

        public override bool TryDraw(LivePoints live, NestedRegion region, RandomKey key, Span<double> point)
        {
            int interval = Math.Max(1, (int)(options.UpdateInterval * live.Count));
            if (_draws++ % interval == 0)
                CubeSpread.Compute(live.Cube, CubeSpread.All(live.Count), n, _mean, _root);
            RandomStream stream = key.Stream();
            live.Point(stream.NextInt32(live.Count)).CopyTo(point);
            int steps = options.Steps > 0 ? options.Steps : (3 * n) + 2;
            bool moved = false;
            for (int k = 0; k < steps; k++)
            {
                RandomFill.Normal(key.Fold(k), _normal);
                double norm = Math.Sqrt(Numerics.Reduce.SumOfSquares<double>(_normal));
                Blas.Gemv<double>(false, n, n, Math.Sqrt(n) / norm, _root, n, _normal, 0, _direction);

                // The interval of width 1 about 0 is stepped out to both sides.
                double left = -stream.NextDouble(), right = left + 1;
                while (Inside(region, point, left, stream.NextDouble()))
                    left--;
                while (Inside(region, point, right, stream.NextDouble()))
                    right++;
                for (int tries = 0; tries < 200; tries++)
                {
                    double t = left + (stream.NextDouble() * (right - left));
                    if (Inside(region, point, t, stream.NextDouble()))
                    {
                        _trial.CopyTo(point);
                        moved = true;
                        break;
                    }

                    if (t < 0)
                        left = t;
                    else
                        right = t;
                }
            }

            return moved;
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_root);
            archive.Transfer(ref _draws);
        }

        private bool Inside(NestedRegion region, ReadOnlySpan<double> point, double t, double label)
        {
            for (int j = 0; j < n; j++)
                _trial[j] = point[j] + (t * _direction[j]);
            return region.Contains(_trial, label);
        }
    }
}
