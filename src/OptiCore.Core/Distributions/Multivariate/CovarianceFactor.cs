using System.Buffers;
using OptiCore.LinearAlgebra;

namespace OptiCore.Distributions;

/// <summary>A symmetric positive definite matrix by its Cholesky factor, and what laws need of it.</summary>
internal sealed class CovarianceFactor
{
    private readonly double[] _lower;
    private double[]? _inverse;

    public CovarianceFactor(ReadOnlySpan<double> matrix, int n, string name)
    {
        Require.Length(matrix.Length, checked(n * n), name);
        Order = n;
        _lower = matrix.ToArray();
        double largest = 0;
        foreach (double value in matrix)
            largest = Math.Max(largest, Math.Abs(value));
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
            {
                if (!(Math.Abs(_lower[(i * n) + j] - _lower[(j * n) + i]) <= 1e-12 * largest))
                    throw new ArgumentException($"The matrix must be symmetric, but elements ({i}, {j}) and ({j}, {i}) are {_lower[(i * n) + j]} and {_lower[(j * n) + i]}.", name);
            }
        }

        if (!Cholesky.TryFactor<double>(_lower, n, n, out int pivot))
            throw new ArgumentException($"The matrix must be positive definite, but its leading block of order {pivot + 1} isn't.", name);
        for (int i = 0; i < n; i++)
            _lower.AsSpan((i * n) + i + 1, n - i - 1).Clear();
        LogDeterminant = Cholesky.LogDeterminant<double>(_lower, n, n);
    }

    public int Order { get; }

    public double LogDeterminant { get; }

    /// <summary>L, row by row, with zeros above the diagonal.</summary>
    public ReadOnlySpan<double> Lower => _lower;

    /// <summary>A^-1, all of it. Made at the first call, n^3 operations; threads that race make the same bits.</summary>
    public ReadOnlySpan<double> Inverse
    {
        get
        {
            if (_inverse is { } known)
                return known;
            double[] root = new double[Order * Order], inverse = new double[Order * Order];
            for (int i = 0; i < Order; i++)
                root[(i * Order) + i] = 1;
            Blas.Trsm<double>(Side.Left, Triangle.Lower, false, Diagonal.Stored, Order, Order, 1, _lower, Order, root, Order);
            Blas.Gemm<double>(true, false, Order, Order, Order, 1, root, Order, root, Order, 0, inverse, Order);
            Volatile.Write(ref _inverse, inverse);
            return inverse;
        }
    }

    /// <summary>(x - mu)' A^-1 (x - mu).</summary>
    public double Distance(ReadOnlySpan<double> x, ReadOnlySpan<double> mean)
    {
        double[] rented = ArrayPool<double>.Shared.Rent(Order);
        Span<double> z = rented.AsSpan(0, Order);
        for (int i = 0; i < Order; i++)
            z[i] = x[i] - mean[i];
        Blas.Trsv<double>(Triangle.Lower, false, Diagonal.Stored, Order, _lower, Order, z);
        double sum = 0;
        foreach (double value in z)
            sum += value * value;
        ArrayPool<double>.Shared.Return(rented);
        return sum;
    }

    /// <summary>result = A^-1 (mu - x).</summary>
    public void SolveDifference(ReadOnlySpan<double> x, ReadOnlySpan<double> mean, Span<double> result)
    {
        for (int i = 0; i < Order; i++)
            result[i] = mean[i] - x[i];
        Cholesky.Solve<double>(_lower, Order, Order, result);
    }

    /// <summary>
    /// The derivatives of -ln(det A)/2 - h((x - mu)' A^-1 (x - mu))/2 with respect to mu and A, given the weight h' of the point: w u and (w u u' - A^-1)/2 with u = A^-1 (x - mu).
    /// </summary>
    public void EllipticGradient(ReadOnlySpan<double> x, ReadOnlySpan<double> mean, double weight, Span<double> location, Span<double> matrix)
    {
        for (int i = 0; i < Order; i++)
            location[i] = x[i] - mean[i];
        Cholesky.Solve<double>(_lower, Order, Order, location);
        ReadOnlySpan<double> inverse = Inverse;
        for (int i = 0; i < Order; i++)
        {
            for (int j = 0; j < Order; j++)
                matrix[(i * Order) + j] = 0.5 * ((weight * location[i] * location[j]) - inverse[(i * Order) + j]);
        }

        LawMaps.Affine(location, weight, 0);
    }

    /// <summary>The same with respect to L: the lower triangle of w u z' - L^-T with z = L^-1 (x - mu), the second matrix being upper triangular.</summary>
    public void EllipticFactorGradient(ReadOnlySpan<double> x, ReadOnlySpan<double> mean, double weight, Span<double> gradient)
    {
        double[] rented = ArrayPool<double>.Shared.Rent(2 * Order);
        Span<double> z = rented.AsSpan(0, Order), u = rented.AsSpan(Order, Order);
        for (int i = 0; i < Order; i++)
            z[i] = x[i] - mean[i];
        Blas.Trsv<double>(Triangle.Lower, false, Diagonal.Stored, Order, _lower, Order, z);
        z.CopyTo(u);
        Blas.Trsv<double>(Triangle.Lower, true, Diagonal.Stored, Order, _lower, Order, u);
        for (int i = 0; i < Order; i++)
        {
            Span<double> row = gradient.Slice(i * Order, Order);
            for (int j = 0; j <= i; j++)
                row[j] = weight * u[i] * z[j];
            row[i] -= 1 / _lower[(i * Order) + i];
            row[(i + 1)..].Clear();
        }

        ArrayPool<double>.Shared.Return(rented);
    }

    /// <summary>z = mu + scale L z, in place from the last element on.</summary>
    public void Colour(Span<double> z, ReadOnlySpan<double> mean, double scale)
    {
        for (int i = Order - 1; i >= 0; i--)
        {
            double sum = 0;
            ReadOnlySpan<double> row = _lower.AsSpan(i * Order, i + 1);
            for (int j = 0; j <= i; j++)
                sum += row[j] * z[j];
            z[i] = mean[i] + (scale * sum);
        }
    }
}
