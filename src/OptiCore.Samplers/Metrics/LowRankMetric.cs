using System.Numerics.Tensors;
using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Randomness;

namespace OptiCore.Samplers;

/// <summary>
/// A diagonal corrected in a few directions: M^-1 = D (I + U (Lambda - I) U') D with D = diag(sigma), k orthonormal columns in U and their variances
/// Lambda. For some tens to thousands of coordinates of which a few combinations are far wider or narrower than the rest. O(n k) per step.
/// </summary>
/// <remarks>
/// Seyboldt, Carlson, Carpenter (2026), Preconditioning Hamiltonian Monte Carlo by minimizing Fisher divergence. With draws x and gradients g of a window, sigma^4 is the ratio of
/// their variances; in coordinates scaled by sigma and the space that draws and gradients span, the matrix S with S cov(g) S = cov(x), the geometric mean of
/// cov(x) and cov(g)^-1, minimises the Fisher divergence to a standard normal distribution. Of its eigenvectors those are kept whose eigenvalues lie outside
/// [1 / <see cref="Cutoff"/>, <see cref="Cutoff"/>]. For a normal target the estimate is exact as soon as the draws span the space: gradients carry as much as draws.
/// The limits <see cref="MaxRank"/> and <see cref="Draws"/> are of this implementation.
/// </remarks>
public sealed record LowRankMetric : IMetric
{
    /// <summary>The largest number k of directions; those of the most extreme eigenvalues are kept. Default: 32.</summary>
    public int MaxRank { get; init => field = Require.Positive(value); } = 32;

    /// <summary>Directions whose scaled variance lies in [1 / c, c] are left to the diagonal. At least 1. Default: 2, as in the paper.</summary>
    public double Cutoff
    {
        get;
        init => field = value >= 1 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(Cutoff), value, $"{nameof(Cutoff)} is {value} but must be at least 1.");
    } = 2;

    /// <summary>What is added to the variances of draws and gradients, in scaled coordinates. Default: 1e-5.</summary>
    public double Regularization { get; init => field = Require.Positive(value); } = 1e-5;

    /// <summary>How many of a window's last draws the estimate uses, at least 2; they are stored with their gradients, 16 n bytes each. Default: 128.</summary>
    public int Draws { get; init => field = Require.AtLeast(value, 2); } = 128;

    /// <inheritdoc/>
    public MetricState Start(int dimension) => new State(this, Require.Positive(dimension, nameof(dimension)));

    private sealed class State : MetricState
    {
        private readonly LowRankMetric _options;
        private readonly int _n;
        private readonly double[] _sigma;
        private readonly double[] _directions;
        private readonly double[] _variances;
        private readonly double[] _diagonal;
        private readonly double[] _scaled;
        private int _rank;

        public State(LowRankMetric options, int dimension)
        {
            _options = options;
            _n = dimension;
            int most = Math.Min(options.MaxRank, dimension);
            _sigma = UnitMetric.Ones(dimension);
            _directions = new double[most * dimension];
            _variances = UnitMetric.Ones(most);
            _diagonal = UnitMetric.Ones(dimension);
            _scaled = new double[dimension];
        }

        public override ReadOnlySpan<double> Inverse => _diagonal;

        public override void Velocity(ReadOnlySpan<double> momentum, Span<double> velocity)
        {
            TensorPrimitives.Multiply(momentum, _sigma, velocity);
            velocity.CopyTo(_scaled);
            for (int k = 0; k < _rank; k++)
                Stretch(k, _variances[k], _scaled, velocity);
            TensorPrimitives.Multiply(velocity, _sigma, velocity);
        }

        public override void DrawMomentum(RandomKey key, Span<double> momentum)
        {
            RandomFill.Normal(key, momentum);
            momentum.CopyTo(_scaled);
            for (int k = 0; k < _rank; k++)
                Stretch(k, 1 / Math.Sqrt(_variances[k]), _scaled, momentum);
            TensorPrimitives.Divide(momentum, _sigma, momentum);
        }

        public override void Scale(ReadOnlySpan<double> z, Span<double> x)
        {
            z.CopyTo(x);
            for (int k = 0; k < _rank; k++)
                Stretch(k, Math.Sqrt(_variances[k]), z, x);
            TensorPrimitives.Multiply(x, _sigma, x);
        }

        public override void ScaleTransposed(ReadOnlySpan<double> gradient, Span<double> scaled)
        {
            TensorPrimitives.Multiply(gradient, _sigma, scaled);
            scaled.CopyTo(_scaled);
            for (int k = 0; k < _rank; k++)
                Stretch(k, Math.Sqrt(_variances[k]), _scaled, scaled);
        }

        public override MetricEstimator StartEstimator() => new LowRankEstimator(_options, _n, Set);

        /// <summary>Sets the diagonal and removes all directions.</summary>
        public override void SetInverse(ReadOnlySpan<double> inverse)
        {
            Require.Length(inverse.Length, _n, nameof(inverse));
            foreach (double v in inverse)
                Require.Positive(v, nameof(inverse));
            TensorPrimitives.Sqrt(inverse, _sigma);
            _rank = 0;
            Refresh();
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_sigma);
            archive.Transfer<double>(_directions);
            archive.Transfer<double>(_variances);
            archive.Transfer(ref _rank);
            Refresh();
        }

        private void Set(ReadOnlySpan<double> sigma, ReadOnlySpan<double> directions, ReadOnlySpan<double> variances)
        {
            sigma.CopyTo(_sigma);
            directions.CopyTo(_directions);
            variances.CopyTo(_variances);
            _rank = variances.Length;
            Refresh();
        }

        /// <summary>y += (factor - 1) u (u . x) for direction k.</summary>
        private void Stretch(int k, double factor, ReadOnlySpan<double> x, Span<double> y)
        {
            ReadOnlySpan<double> u = _directions.AsSpan(k * _n, _n);
            TensorPrimitives.MultiplyAdd(u, (factor - 1) * Reduce.Dot(u, x), y, y);
        }

        private void Refresh()
        {
            for (int i = 0; i < _n; i++)
            {
                double scaled = 1;
                for (int k = 0; k < _rank; k++)
                    scaled += (_variances[k] - 1) * _directions[(k * _n) + i] * _directions[(k * _n) + i];
                _diagonal[i] = _sigma[i] * _sigma[i] * scaled;
            }
        }
    }
}
