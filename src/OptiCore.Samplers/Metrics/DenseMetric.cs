using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Randomness;

namespace OptiCore.Samplers;

/// <summary>
/// A full M: scales and correlations of all coordinates. For up to a few hundred strongly correlated coordinates; O(n^2) per step, O(n^3) when it
/// is updated during warm-up, which must be long enough to estimate n^2 / 2 numbers.
/// </summary>
public sealed record DenseMetric : IMetric
{
    /// <inheritdoc/>
    public MetricState Start(int dimension) => new State(Require.Positive(dimension, nameof(dimension)));

    private sealed class State : MetricState
    {
        private readonly int _n;
        private readonly double[] _inverse;

        // The lower Cholesky factor L of M^-1 = L L'. A momentum of covariance M = L^-T L^-1 is L^-T z.
        private double[] _factor;
        private double[] _nextFactor;

        public State(int dimension)
        {
            _n = dimension;
            _inverse = new double[dimension * dimension];
            _factor = new double[dimension * dimension];
            _nextFactor = new double[dimension * dimension];
            for (int i = 0; i < dimension; i++)
                _inverse[(i * dimension) + i] = _factor[(i * dimension) + i] = 1;
        }

        public override ReadOnlySpan<double> Inverse => _inverse;

        public override void Velocity(ReadOnlySpan<double> momentum, Span<double> velocity) =>
            Blas.Gemv(false, _n, _n, 1.0, _inverse, _n, momentum, 0.0, velocity);

        public override void DrawMomentum(RandomKey key, Span<double> momentum)
        {
            RandomFill.Normal(key, momentum);
            Blas.Trsv(Triangle.Lower, true, Diagonal.Stored, _n, _factor, _n, momentum);
        }

        public override void Scale(ReadOnlySpan<double> z, Span<double> x)
        {
            for (int i = 0; i < _n; i++)
                x[i] = Reduce.Dot(_factor.AsSpan(i * _n, i + 1), z[..(i + 1)]);
        }

        public override void ScaleTransposed(ReadOnlySpan<double> gradient, Span<double> scaled) =>
            Blas.Gemv(true, _n, _n, 1.0, _factor, _n, gradient, 0.0, scaled);

        public override MetricEstimator StartEstimator() => new CovarianceMetricEstimator(this, new FullCovarianceEstimator(_n));

        public override void SetInverse(ReadOnlySpan<double> inverse)
        {
            Require.Length(inverse.Length, _inverse.Length, nameof(inverse));
            inverse.CopyTo(_nextFactor);
            for (int i = 0; i < _n; i++)
                _nextFactor.AsSpan((i * _n) + i + 1, _n - i - 1).Clear();
            if (!Cholesky.TryFactor<double>(_nextFactor, _n))
                throw new ArgumentException("inverse is not positive definite.", nameof(inverse));
            inverse.CopyTo(_inverse);
            (_factor, _nextFactor) = (_nextFactor, _factor);
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_inverse);
            archive.Transfer<double>(_factor);
        }
    }
}
