using System.Buffers;
using OptiCore.LinearAlgebra;
using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// The Wishart law of symmetric positive definite matrices, that of a sum of nu outer products of normal vectors of covariance V:
/// p(X) = det X^((nu - n - 1)/2) exp(-tr(V^-1 X)/2) / (2^(nu n/2) det V^(nu/2) Gamma_n(nu/2)). Its mean is nu V.
/// </summary>
/// <remarks>Draws by the decomposition of Bartlett (1933); W. B. Smith, R. R. Hocking (1972), "Algorithm AS 53: Wishart variate generator"; the derivatives by J. R. Magnus, H. Neudecker (1988), "Matrix Differential Calculus". A density costs about n^3 operations.</remarks>
public sealed class Wishart : IMultivariateDistribution
{
    private readonly CovarianceFactor _scale;
    private readonly LawParameter[] _parameters;
    private readonly int _n;

    /// <summary>Makes the law.</summary>
    /// <param name="degreesOfFreedom">The degrees of freedom nu, finite and above n - 1.</param>
    /// <param name="scale">The scale V, n x n, symmetric and positive definite.</param>
    /// <param name="n">The order.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is not positive, or the degrees of freedom are out of their range.</exception>
    /// <exception cref="ArgumentException">The scale has another size or isn't symmetric and positive definite.</exception>
    public Wishart(double degreesOfFreedom, ReadOnlySpan<double> scale, int n)
    {
        _n = Require.Positive(n, nameof(n));
        DegreesOfFreedom = Require.InOpen(degreesOfFreedom, n - 1, double.PositiveInfinity, nameof(degreesOfFreedom));
        _scale = new CovarianceFactor(scale, n, nameof(scale));
        _parameters = [new("degrees of freedom", 1), new("scale", n * n)];
    }

    /// <summary>The degrees of freedom nu.</summary>
    public double DegreesOfFreedom { get; }

    /// <summary>The order n of the matrices.</summary>
    public int Order => _n;

    /// <inheritdoc/>
    public int Dimension => _n * _n;

    /// <summary>The differential entropy in nats.</summary>
    public double Entropy
    {
        get
        {
            double nu = DegreesOfFreedom;
            double expectedLogDeterminant = SpecialFunctions.MultivariateDigamma(_n, 0.5 * nu) + (_n * LawConstants.Log2) + _scale.LogDeterminant;
            return LogNormalizer(_scale.LogDeterminant) - (0.5 * (nu - _n - 1) * expectedLogDeterminant) + (0.5 * nu * _n);
        }
    }

    /// <summary>The logarithm of the density at a matrix; negative infinity when it isn't positive definite.</summary>
    /// <param name="x">The matrix, of which the lower triangle is read.</param>
    /// <exception cref="ArgumentException">The matrix has another size.</exception>
    public double LogDensity(ReadOnlySpan<double> x)
    {
        Require.Length(x.Length, Dimension, nameof(x));
        double[] rented = ArrayPool<double>.Shared.Rent(Dimension);
        Span<double> factor = rented.AsSpan(0, Dimension);
        x.CopyTo(factor);
        double result = double.NegativeInfinity;
        if (Cholesky.TryFactor<double>(factor, _n, _n, out _))
        {
            double logDeterminant = Cholesky.LogDeterminant<double>(factor, _n, _n);
            result = (0.5 * (DegreesOfFreedom - _n - 1) * logDeterminant) - (0.5 * TraceOfQuotient(_scale.Lower, factor)) - LogNormalizer(_scale.LogDeterminant);
        }

        ArrayPool<double>.Shared.Return(rented);
        return result;
    }

    /// <inheritdoc/>
    public ReadOnlySpan<LawParameter> Parameters => _parameters;

    /// <inheritdoc/>
    /// <remarks>
    /// (ln det X - ln det V - n ln 2 - psi_n(nu/2))/2 for nu, with psi_n the derivative of ln Gamma_n; (V^-1 X V^-1 - nu V^-1)/2 for the scale. NaN when X isn't positive definite. About 4 n^3 operations.
    /// </remarks>
    public void LogDensityParameterGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        Require.Length(x.Length, Dimension, nameof(x));
        Require.Length(gradient.Length, 1 + Dimension, nameof(gradient));
        double[] rented = ArrayPool<double>.Shared.Rent(Dimension);
        Span<double> factor = rented.AsSpan(0, Dimension), matrix = gradient[1..];
        if (TryRatio(x, factor, out double logDeterminant))
        {
            // With Q = V^-1 F of the factor F of X: V^-1 X V^-1 = Q Q'.
            Blas.Trsm<double>(Side.Left, Triangle.Lower, true, Diagonal.Stored, _n, _n, 1, _scale.Lower, _n, factor, _n);
            _scale.Inverse.CopyTo(matrix);
            Blas.Gemm<double>(false, true, _n, _n, _n, 0.5, factor, _n, factor, _n, -0.5 * DegreesOfFreedom, matrix, _n);
            gradient[0] = FreedomDerivative(logDeterminant - _scale.LogDeterminant);
        }
        else
        {
            gradient.Fill(double.NaN);
        }

        ArrayPool<double>.Shared.Return(rented);
    }

    /// <summary>
    /// The derivatives of <see cref="LogDensity"/> with respect to the Cholesky factor L of the scale, V = L L': the lower triangle of V^-1 X L^-T - nu diag(1/L[i, i]). NaN when X isn't positive definite. About 3 n^3 operations.
    /// </summary>
    /// <param name="x">The matrix, of which the lower triangle is read.</param>
    /// <param name="gradient">Receives n x n elements, row by row, zeros above the diagonal.</param>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    public void LogDensityFactorGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        Require.Length(x.Length, Dimension, nameof(x));
        Require.Length(gradient.Length, Dimension, nameof(gradient));
        double[] rented = ArrayPool<double>.Shared.Rent(Dimension);
        Span<double> ratio = rented.AsSpan(0, Dimension);
        if (TryRatio(x, ratio, out _))
        {
            // L^-T (L^-1 F) (L^-1 F)'.
            Blas.Gemm<double>(false, true, _n, _n, _n, 1, ratio, _n, ratio, _n, 0, gradient, _n);
            Blas.Trsm<double>(Side.Left, Triangle.Lower, true, Diagonal.Stored, _n, _n, 1, _scale.Lower, _n, gradient, _n);
            for (int i = 0; i < _n; i++)
            {
                gradient[(i * _n) + i] -= DegreesOfFreedom / _scale.Lower[(i * _n) + i];
                gradient.Slice((i * _n) + i + 1, _n - i - 1).Clear();
            }
        }
        else
        {
            gradient.Fill(double.NaN);
        }

        ArrayPool<double>.Shared.Return(rented);
    }

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> points, ulong offset = 0)
    {
        int count = QuasiRandom.Points(points.Length, Dimension, nameof(points));
        double[] rented = ArrayPool<double>.Shared.Rent(Dimension);
        Span<double> product = rented.AsSpan(0, Dimension);
        for (int i = 0; i < count; i++)
        {
            Span<double> x = points.Slice(i * Dimension, Dimension);
            Bartlett(key, offset + (ulong)i, x);

            // L A, then its product with its transpose.
            Blas.Multiply<double>(_scale.Lower, x, product, _n, _n, _n);
            Blas.Gemm<double>(false, true, _n, _n, _n, 1, product, _n, product, _n, 0, x, _n);
        }

        ArrayPool<double>.Shared.Return(rented);
    }

    /// <summary>ln of the integral of the unnormalised density, given ln det of the scale.</summary>
    internal double LogNormalizer(double logDeterminant) =>
        (0.5 * DegreesOfFreedom * ((_n * LawConstants.Log2) + logDeterminant)) + SpecialFunctions.LogMultivariateGamma(_n, 0.5 * DegreesOfFreedom);

    /// <summary>The derivative by nu, given ln det of the quotient of point and scale.</summary>
    internal double FreedomDerivative(double logDeterminant) => 0.5 * (logDeterminant - (_n * LawConstants.Log2) - SpecialFunctions.MultivariateDigamma(_n, 0.5 * DegreesOfFreedom));

    /// <summary>The lower triangular A with A A' of the Wishart law of the unit matrix: roots of chi-squared numbers on the diagonal, normal numbers below.</summary>
    internal void Bartlett(RandomKey key, ulong index, Span<double> a)
    {
        RandomFill.Normal(key.Fold(0), a, index * (ulong)Dimension);
        Span<double> gamma = stackalloc double[1];
        for (int i = 0; i < _n; i++)
        {
            a.Slice((i * _n) + i + 1, _n - i - 1).Clear();
            RandomFill.Gamma(key.Fold(1).Fold(i), 0.5 * (DegreesOfFreedom - i), gamma, index);
            a[(i * _n) + i] = Math.Sqrt(2 * gamma[0]);
        }
    }

    /// <summary>tr((M M')^-1 F F') = |M^-1 F|^2 of lower triangular matrices.</summary>
    internal double TraceOfQuotient(ReadOnlySpan<double> m, ReadOnlySpan<double> f)
    {
        double[] rented = ArrayPool<double>.Shared.Rent(Dimension);
        Span<double> quotient = rented.AsSpan(0, Dimension);
        for (int i = 0; i < _n; i++)
        {
            f.Slice(i * _n, i + 1).CopyTo(quotient[(i * _n)..]);
            quotient.Slice((i * _n) + i + 1, _n - i - 1).Clear();
        }

        Blas.Trsm<double>(Side.Left, Triangle.Lower, false, Diagonal.Stored, _n, _n, 1, m, _n, quotient, _n);
        double sum = 0;
        foreach (double value in quotient)
            sum += value * value;
        ArrayPool<double>.Shared.Return(rented);
        return sum;
    }

    /// <summary>L^-1 F with the factor F of a matrix, and ln det of the matrix; false when it isn't positive definite.</summary>
    private bool TryRatio(ReadOnlySpan<double> x, Span<double> ratio, out double logDeterminant)
    {
        x.CopyTo(ratio);
        logDeterminant = double.NaN;
        if (!Cholesky.TryFactor<double>(ratio, _n, _n, out _))
            return false;
        logDeterminant = Cholesky.LogDeterminant<double>(ratio, _n, _n);
        for (int i = 0; i < _n; i++)
            ratio.Slice((i * _n) + i + 1, _n - i - 1).Clear();
        Blas.Trsm<double>(Side.Left, Triangle.Lower, false, Diagonal.Stored, _n, _n, 1, _scale.Lower, _n, ratio, _n);
        return true;
    }
}

/// <summary>
/// The inverse Wishart law, that of the inverse of a matrix of the Wishart law of nu and Psi^-1:
/// p(X) = det Psi^(nu/2) det X^(-(nu + n + 1)/2) exp(-tr(Psi X^-1)/2) / (2^(nu n/2) Gamma_n(nu/2)). Its mean is Psi/(nu - n - 1) for nu above n + 1.
/// </summary>
public sealed class InverseWishart : IMultivariateDistribution
{
    private readonly CovarianceFactor _scale;
    private readonly Wishart _unit;
    private readonly LawParameter[] _parameters;

    /// <summary>Makes the law.</summary>
    /// <param name="degreesOfFreedom">The degrees of freedom nu, finite and above n - 1.</param>
    /// <param name="scale">The scale Psi, n x n, symmetric and positive definite.</param>
    /// <param name="n">The order.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is not positive, or the degrees of freedom are out of their range.</exception>
    /// <exception cref="ArgumentException">The scale has another size or isn't symmetric and positive definite.</exception>
    public InverseWishart(double degreesOfFreedom, ReadOnlySpan<double> scale, int n)
    {
        _unit = new Wishart(degreesOfFreedom, Unit(n), n);
        _scale = new CovarianceFactor(scale, n, nameof(scale));
        _parameters = [new("degrees of freedom", 1), new("scale", n * n)];
    }

    /// <summary>The degrees of freedom nu.</summary>
    public double DegreesOfFreedom => _unit.DegreesOfFreedom;

    /// <summary>The order n of the matrices.</summary>
    public int Order => _unit.Order;

    /// <inheritdoc/>
    public int Dimension => _unit.Dimension;

    /// <summary>The logarithm of the density at a matrix; negative infinity when it isn't positive definite.</summary>
    /// <param name="x">The matrix, of which the lower triangle is read.</param>
    /// <exception cref="ArgumentException">The matrix has another size.</exception>
    public double LogDensity(ReadOnlySpan<double> x)
    {
        Require.Length(x.Length, Dimension, nameof(x));
        int n = Order;
        double[] rented = ArrayPool<double>.Shared.Rent(Dimension);
        Span<double> factor = rented.AsSpan(0, Dimension);
        x.CopyTo(factor);
        double result = double.NegativeInfinity;
        if (Cholesky.TryFactor<double>(factor, n, n, out _))
        {
            double logDeterminant = Cholesky.LogDeterminant<double>(factor, n, n);
            result = (-0.5 * (DegreesOfFreedom + n + 1) * logDeterminant) - (0.5 * _unit.TraceOfQuotient(factor, _scale.Lower)) - _unit.LogNormalizer(-_scale.LogDeterminant);
        }

        ArrayPool<double>.Shared.Return(rented);
        return result;
    }

    /// <inheritdoc/>
    public ReadOnlySpan<LawParameter> Parameters => _parameters;

    /// <inheritdoc/>
    /// <remarks>
    /// (ln det Psi - ln det X - n ln 2 - psi_n(nu/2))/2 for nu, with psi_n the derivative of ln Gamma_n; (nu Psi^-1 - X^-1)/2 for the scale. NaN when X isn't positive definite. About 3 n^3 operations.
    /// </remarks>
    public void LogDensityParameterGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        int n = Order;
        Require.Length(x.Length, Dimension, nameof(x));
        Require.Length(gradient.Length, 1 + Dimension, nameof(gradient));
        double[] rented = ArrayPool<double>.Shared.Rent(2 * Dimension);
        Span<double> factor = rented.AsSpan(0, Dimension), root = rented.AsSpan(Dimension, Dimension), matrix = gradient[1..];
        x.CopyTo(factor);
        if (Cholesky.TryFactor<double>(factor, n, n, out _))
        {
            // X^-1 = (F^-1)' F^-1.
            root.Clear();
            for (int i = 0; i < n; i++)
                root[(i * n) + i] = 1;
            Blas.Trsm<double>(Side.Left, Triangle.Lower, false, Diagonal.Stored, n, n, 1, factor, n, root, n);
            _scale.Inverse.CopyTo(matrix);
            Blas.Gemm<double>(true, false, n, n, n, -0.5, root, n, root, n, 0.5 * DegreesOfFreedom, matrix, n);
            gradient[0] = _unit.FreedomDerivative(_scale.LogDeterminant - Cholesky.LogDeterminant<double>(factor, n, n));
        }
        else
        {
            gradient.Fill(double.NaN);
        }

        ArrayPool<double>.Shared.Return(rented);
    }

    /// <summary>
    /// The derivatives of <see cref="LogDensity"/> with respect to the Cholesky factor M of the scale, Psi = M M': the lower triangle of nu diag(1/M[i, i]) - X^-1 M. NaN when X isn't positive definite. About 2 n^3 operations.
    /// </summary>
    /// <param name="x">The matrix, of which the lower triangle is read.</param>
    /// <param name="gradient">Receives n x n elements, row by row, zeros above the diagonal.</param>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    public void LogDensityFactorGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        int n = Order;
        Require.Length(x.Length, Dimension, nameof(x));
        Require.Length(gradient.Length, Dimension, nameof(gradient));
        double[] rented = ArrayPool<double>.Shared.Rent(Dimension);
        Span<double> factor = rented.AsSpan(0, Dimension);
        x.CopyTo(factor);
        if (Cholesky.TryFactor<double>(factor, n, n, out _))
        {
            _scale.Lower.CopyTo(gradient);
            Blas.Trsm<double>(Side.Left, Triangle.Lower, false, Diagonal.Stored, n, n, -1, factor, n, gradient, n);
            Blas.Trsm<double>(Side.Left, Triangle.Lower, true, Diagonal.Stored, n, n, 1, factor, n, gradient, n);
            for (int i = 0; i < n; i++)
            {
                gradient[(i * n) + i] += DegreesOfFreedom / _scale.Lower[(i * n) + i];
                gradient.Slice((i * n) + i + 1, n - i - 1).Clear();
            }
        }
        else
        {
            gradient.Fill(double.NaN);
        }

        ArrayPool<double>.Shared.Return(rented);
    }

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> points, ulong offset = 0)
    {
        int n = Order, count = QuasiRandom.Points(points.Length, Dimension, nameof(points));
        double[] rented = ArrayPool<double>.Shared.Rent(2 * Dimension);
        Span<double> a = rented.AsSpan(0, Dimension), transposed = rented.AsSpan(Dimension, Dimension);
        for (int i = 0; i < count; i++)
        {
            // With Psi = M M' and W = A A' of the unit matrix, X = M W^-1 M' = B' B with A B = M'.
            Span<double> x = points.Slice(i * Dimension, Dimension);
            _unit.Bartlett(key, offset + (ulong)i, a);
            for (int r = 0; r < n; r++)
            {
                for (int c = 0; c < n; c++)
                    transposed[(r * n) + c] = _scale.Lower[(c * n) + r];
            }

            Blas.Trsm<double>(Side.Left, Triangle.Lower, false, Diagonal.Stored, n, n, 1, a, n, transposed, n);
            Blas.Gemm<double>(true, false, n, n, n, 1, transposed, n, transposed, n, 0, x, n);
        }

        ArrayPool<double>.Shared.Return(rented);
    }

    private static double[] Unit(int n)
    {
        double[] unit = new double[n * n];
        for (int i = 0; i < n; i++)
            unit[(i * n) + i] = 1;
        return unit;
    }
}
