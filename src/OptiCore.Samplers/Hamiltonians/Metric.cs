using System.Numerics.Tensors;
using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>
/// A configured metric: which form the mass matrix M has. Its inverse should be near to the covariance of the target, which warm-up estimates.
/// </summary>
public interface IMetric
{
    /// <summary>Allocates the metric of a chain; M is the identity.</summary>
    /// <param name="dimension">The number n of coordinates.</param>
    MetricState Start(int dimension);
}

/// <summary>The mass matrix of a chain. Called a few times per leapfrog step.</summary>
public abstract class MetricState : IPersistent
{
    /// <summary>Writes the velocity v = M^-1 p.</summary>
    /// <param name="momentum">The momentum p, n elements.</param>
    /// <param name="velocity">Receives n elements.</param>
    public abstract void Velocity(ReadOnlySpan<double> momentum, Span<double> velocity);

    /// <summary>The kinetic energy p' M^-1 p / 2.</summary>
    /// <param name="momentum">The momentum p.</param>
    /// <param name="velocity">Its velocity M^-1 p.</param>
    public virtual double KineticEnergy(ReadOnlySpan<double> momentum, ReadOnlySpan<double> velocity) => 0.5 * Reduce.Dot(momentum, velocity);

    /// <summary>Draws a momentum of N(0, M).</summary>
    /// <param name="stream">The randomness; the number of words read depends on n only.</param>
    /// <param name="momentum">Receives n elements.</param>
    public abstract void DrawMomentum(ref RandomStream stream, Span<double> momentum);

    /// <summary>The inverse mass matrix as it is stored: the diagonal (n elements), or all of it (n x n, row-major).</summary>
    public abstract ReadOnlySpan<double> Inverse { get; }

    /// <summary>An estimator of the target's covariance in this metric's form, or null when the metric is fixed.</summary>
    public abstract CovarianceEstimator? StartEstimator();

    /// <summary>Replaces the inverse mass matrix.</summary>
    /// <param name="inverse">In the form of <see cref="Inverse"/>; positive or positive definite.</param>
    /// <exception cref="ArgumentException">The length differs, or the matrix isn't positive definite.</exception>
    public abstract void SetInverse(ReadOnlySpan<double> inverse);

    /// <inheritdoc/>
    public abstract void Persist(StateArchive archive);
}

/// <summary>M = I, fixed. For targets that are standardised already, and as a baseline. Costs O(n).</summary>
public sealed record UnitMetric : IMetric
{
    /// <inheritdoc/>
    public MetricState Start(int dimension) => new State(Require.Positive(dimension, nameof(dimension)));

    private sealed class State(int dimension) : MetricState
    {
        private readonly double[] _ones = Ones(dimension);

        public override ReadOnlySpan<double> Inverse => _ones;

        public override void Velocity(ReadOnlySpan<double> momentum, Span<double> velocity) => momentum.CopyTo(velocity);

        public override void DrawMomentum(ref RandomStream stream, Span<double> momentum) => NormalDraws.Fill(ref stream, momentum);

        public override CovarianceEstimator? StartEstimator() => null;

        public override void SetInverse(ReadOnlySpan<double> inverse) => throw new NotSupportedException("The unit metric is fixed.");

        public override void Persist(StateArchive archive)
        {
        }
    }

    internal static double[] Ones(int count)
    {
        double[] ones = new double[count];
        ones.AsSpan().Fill(1);
        return ones;
    }
}

/// <summary>
/// A diagonal M: each coordinate has its own scale. The default, and right unless coordinates are strongly correlated. Costs O(n) per step.
/// </summary>
public sealed record DiagonalMetric : IMetric
{
    /// <inheritdoc/>
    public MetricState Start(int dimension) => new State(Require.Positive(dimension, nameof(dimension)));

    private sealed class State(int dimension) : MetricState
    {
        private readonly double[] _inverse = UnitMetric.Ones(dimension);
        private readonly double[] _root = UnitMetric.Ones(dimension);

        public override ReadOnlySpan<double> Inverse => _inverse;

        public override void Velocity(ReadOnlySpan<double> momentum, Span<double> velocity) =>
            TensorPrimitives.Multiply(momentum, _inverse, velocity);

        public override void DrawMomentum(ref RandomStream stream, Span<double> momentum)
        {
            NormalDraws.Fill(ref stream, momentum);
            for (int i = 0; i < momentum.Length; i++)
                momentum[i] *= _root[i];
        }

        public override CovarianceEstimator StartEstimator() => new VarianceEstimator(_inverse.Length);

        public override void SetInverse(ReadOnlySpan<double> inverse)
        {
            Require.Length(inverse.Length, _inverse.Length, nameof(inverse));
            foreach (double v in inverse)
                Require.Positive(v, nameof(inverse));
            inverse.CopyTo(_inverse);
            Refresh();
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_inverse);
            Refresh();
        }

        private void Refresh()
        {
            for (int i = 0; i < _inverse.Length; i++)
                _root[i] = 1 / Math.Sqrt(_inverse[i]);
        }
    }
}

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
        private readonly double[] _factor;

        public State(int dimension)
        {
            _n = dimension;
            _inverse = new double[dimension * dimension];
            _factor = new double[dimension * dimension];
            for (int i = 0; i < dimension; i++)
                _inverse[(i * dimension) + i] = _factor[(i * dimension) + i] = 1;
        }

        public override ReadOnlySpan<double> Inverse => _inverse;

        public override void Velocity(ReadOnlySpan<double> momentum, Span<double> velocity)
        {
            for (int i = 0; i < _n; i++)
                velocity[i] = Reduce.Dot(_inverse.AsSpan(i * _n, _n), momentum);
        }

        public override void DrawMomentum(ref RandomStream stream, Span<double> momentum)
        {
            NormalDraws.Fill(ref stream, momentum);
            for (int i = _n - 1; i >= 0; i--)
            {
                momentum[i] /= _factor[(i * _n) + i];
                for (int j = 0; j < i; j++)
                    momentum[j] -= _factor[(i * _n) + j] * momentum[i];
            }
        }

        public override CovarianceEstimator StartEstimator() => new FullCovarianceEstimator(_n);

        public override void SetInverse(ReadOnlySpan<double> inverse)
        {
            Require.Length(inverse.Length, _inverse.Length, nameof(inverse));
            double[] factor = new double[_factor.Length];
            if (!TryFactor(inverse, factor))
                throw new ArgumentException("inverse is not positive definite.", nameof(inverse));
            inverse.CopyTo(_inverse);
            factor.CopyTo(_factor, 0);
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_inverse);
            archive.Transfer<double>(_factor);
        }

        private bool TryFactor(ReadOnlySpan<double> matrix, Span<double> factor)
        {
            for (int i = 0; i < _n; i++)
            {
                for (int j = 0; j <= i; j++)
                {
                    double sum = matrix[(i * _n) + j];
                    for (int k = 0; k < j; k++)
                        sum -= factor[(i * _n) + k] * factor[(j * _n) + k];
                    if (i == j && !(sum > 0 && double.IsFinite(sum)))
                        return false;
                    factor[(i * _n) + j] = i == j ? Math.Sqrt(sum) : sum / factor[(j * _n) + j];
                }
            }

            return true;
        }
    }
}
