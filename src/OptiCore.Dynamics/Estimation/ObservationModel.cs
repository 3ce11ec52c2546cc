using System.Buffers;
using OptiCore.Differentiation;
using OptiCore.LinearAlgebra;

namespace OptiCore.Dynamics;

/// <summary>How a state is observed: the negative log likelihood -log p(y | x) of an observation, up to a constant.</summary>
public interface IObservationModel
{
    /// <summary>The number n of state variables.</summary>
    int StateCount { get; }

    /// <summary>The number p of observed numbers.</summary>
    int ObservationCount { get; }

    /// <summary>The negative log likelihood and its gradient in x.</summary>
    /// <param name="x">The state, n elements.</param>
    /// <param name="y">The observation, p elements.</param>
    /// <param name="gradient">Receives the gradient, n elements.</param>
    double ValueAndGradient(ReadOnlySpan<double> x, ReadOnlySpan<double> y, Span<double> gradient);
}

/// <summary>Computes the negative log likelihood of an observation from dual numbers.</summary>
/// <param name="x">The state.</param>
/// <param name="y">The observation.</param>
public delegate Dual4 DualLikelihood(ReadOnlySpan<Dual4> x, ReadOnlySpan<double> y);

/// <summary>Makes observation models.</summary>
public static class ObservationModel
{
    /// <summary>Observations y = h(x) + noise, Gaussian with covariance R: 1/2 (y - h(x))'R^-1 (y - h(x)).</summary>
    /// <param name="function">The function h with its Jacobian: <c>Function.FromResiduals(n, p, (x, y) => ...)</c>.</param>
    /// <param name="covariance">The symmetric positive definite matrix R, p x p.</param>
    /// <exception cref="ArgumentException">The size differs, or R isn't symmetric positive definite.</exception>
    public static IObservationModel Gaussian(IDifferentiableResidualFunction<double> function, ReadOnlySpan<double> covariance) => new GaussianModel(function, covariance);

    /// <summary>Observations y = C x + noise, Gaussian with covariance R.</summary>
    /// <param name="states">The number n of state variables.</param>
    /// <param name="c">The matrix C, p x n.</param>
    /// <param name="covariance">The symmetric positive definite matrix R, p x p.</param>
    /// <exception cref="ArgumentException">A size differs, or R isn't symmetric positive definite.</exception>
    public static IObservationModel Linear(int states, ReadOnlySpan<double> c, ReadOnlySpan<double> covariance)
    {
        int p = Matrices.Columns(c, Require.Positive(states, nameof(states)), nameof(c));
        return new GaussianModel(new LinearMap(states, p, Matrices.Finite(c, p * states, nameof(c))), covariance);
    }

    /// <summary>Any likelihood, as a formula of dual numbers.</summary>
    /// <param name="states">The number n of state variables.</param>
    /// <param name="observations">The number p of observed numbers.</param>
    /// <param name="negativeLogLikelihood">Computes -log p(y | x) by arithmetic and elementary functions.</param>
    public static IObservationModel From(int states, int observations, DualLikelihood negativeLogLikelihood) => new DualModel(states, observations, negativeLogLikelihood);

    private sealed class LinearMap(int n, int p, double[] c) : IDifferentiableResidualFunction<double>
    {
        public int Dimension => n;

        public int ResidualCount => p;

        public void Residuals(ReadOnlySpan<double> x, Span<double> residuals) => Blas.Gemv(false, p, n, 1.0, c, n, x, 0.0, residuals);

        public void ResidualsAndJacobian(ReadOnlySpan<double> x, Span<double> residuals, Span<double> jacobian)
        {
            Residuals(x, residuals);
            c.CopyTo(jacobian);
        }
    }

    private sealed class GaussianModel : IObservationModel
    {
        private readonly IDifferentiableResidualFunction<double> _function;
        private readonly double[] _factor;

        public GaussianModel(IDifferentiableResidualFunction<double> function, ReadOnlySpan<double> covariance)
        {
            _function = Require.NotNull(function);
            _factor = Matrices.Symmetric(covariance, function.ResidualCount, nameof(covariance));
            if (!Cholesky.TryFactor<double>(_factor, function.ResidualCount))
                throw new ArgumentException("The covariance isn't positive definite.", nameof(covariance));
        }

        public int StateCount => _function.Dimension;

        public int ObservationCount => _function.ResidualCount;

        public double ValueAndGradient(ReadOnlySpan<double> x, ReadOnlySpan<double> y, Span<double> gradient)
        {
            int n = x.Length, p = y.Length;
            Require.Length(n, StateCount, nameof(x));
            Require.Length(p, ObservationCount, nameof(y));
            double[] rented = ArrayPool<double>.Shared.Rent((2 * p) + (p * n));
            Span<double> residual = rented.AsSpan(0, p), weighted = rented.AsSpan(p, p), jacobian = rented.AsSpan(2 * p, p * n);
            _function.ResidualsAndJacobian(x, residual, jacobian);
            for (int i = 0; i < p; i++)
                residual[i] = weighted[i] = residual[i] - y[i];
            Cholesky.Solve<double>(_factor, p, p, weighted);
            Blas.Gemv(true, p, n, 1.0, jacobian, n, weighted, 0.0, gradient);
            double value = 0.5 * Matrices.Dot(residual, weighted);
            ArrayPool<double>.Shared.Return(rented);
            return value;
        }
    }

    private sealed class DualModel(int states, int observations, DualLikelihood function) : IObservationModel
    {
        private readonly DualLikelihood _function = Require.NotNull(function);

        public int StateCount { get; } = Require.Positive(states, nameof(states));

        public int ObservationCount { get; } = Require.Positive(observations, nameof(observations));

        public double ValueAndGradient(ReadOnlySpan<double> x, ReadOnlySpan<double> y, Span<double> gradient)
        {
            int n = x.Length;
            Require.Length(n, StateCount, nameof(x));
            Require.Length(y.Length, ObservationCount, nameof(y));
            Require.Length(gradient.Length, n, nameof(gradient));
            Dual4[] rented = ArrayPool<Dual4>.Shared.Rent(n);
            Span<Dual4> point = rented.AsSpan(0, n);
            for (int i = 0; i < n; i++)
                point[i] = x[i];
            double value = 0;
            for (int first = 0; first < n; first += 4)
            {
                int count = Math.Min(4, n - first);
                for (int j = 0; j < count; j++)
                    point[first + j] = Dual4.Variable(x[first + j], j);
                Dual4 result = _function(point, y);
                value = result.Value;
                for (int j = 0; j < count; j++)
                {
                    gradient[first + j] = System.Runtime.Intrinsics.Vector256.GetElement(result.Derivatives, j);
                    point[first + j] = x[first + j];
                }
            }

            ArrayPool<Dual4>.Shared.Return(rented);
            return value;
        }
    }
}
