using System.Buffers;
using System.Numerics;

namespace OptiCore.Problems;

/// <summary>
/// A quadratic with a chosen spectrum, f(x) = 1/2 (x - c)^T Q diag(lambda) Q^T (x - c), whose minimum is 0 at c when all eigenvalues are positive.
/// Q is the identity, or a product of two Householder reflections drawn from a key, so that no coordinate is an eigenvector.
/// </summary>
/// <typeparam name="T">The element type of points.</typeparam>
/// <remarks>Costs O(n) for each evaluation. May be called from several threads.</remarks>
public sealed class Quadratic<T> : ITwiceDifferentiableFunction<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[] _eigenvalues;
    private readonly T[] _center;
    private readonly T[] _first;
    private readonly T[] _second;

    /// <summary>Creates the quadratic.</summary>
    /// <param name="eigenvalues">The n eigenvalues of the Hessian.</param>
    /// <param name="center">The n elements of c; empty for the origin.</param>
    /// <param name="rotation">The key that Q is drawn from; null for the identity.</param>
    /// <exception cref="ArgumentException">There are no eigenvalues, or the lengths differ.</exception>
    public Quadratic(ReadOnlySpan<double> eigenvalues, ReadOnlySpan<double> center = default, RandomKey? rotation = null)
    {
        if (eigenvalues.IsEmpty)
            throw new ArgumentException("There must be at least one eigenvalue.", nameof(eigenvalues));
        Require.AllFinite(eigenvalues, nameof(eigenvalues));
        Require.AllFinite(center, nameof(center));
        int n = eigenvalues.Length;
        if (!center.IsEmpty)
            Require.Length(center.Length, n, nameof(center));
        Dimension = n;
        _eigenvalues = Convert(eigenvalues);
        _center = center.IsEmpty ? new T[n] : Convert(center);
        _first = rotation is { } key ? Reflector(n, key.Fold(0)) : [];
        _second = rotation is { } other ? Reflector(n, other.Fold(1)) : [];
    }

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <summary>Eigenvalues from 1 to <paramref name="condition"/>, evenly spaced on a logarithmic scale.</summary>
    /// <param name="dimension">Their number.</param>
    /// <param name="condition">The ratio of the largest to the smallest.</param>
    public static double[] LogSpectrum(int dimension, double condition)
    {
        Require.Positive(dimension, nameof(dimension));
        Require.Positive(condition, nameof(condition));
        var values = new double[dimension];
        for (int i = 0; i < dimension; i++)
            values[i] = Math.Pow(condition, dimension == 1 ? 0 : (double)i / (dimension - 1));
        return values;
    }

    /// <inheritdoc/>
    public double Value(ReadOnlySpan<T> x)
    {
        T[] buffer = ArrayPool<T>.Shared.Rent(Dimension);
        double value = ValueAndGradient(x, buffer.AsSpan(0, Dimension));
        ArrayPool<T>.Shared.Return(buffer);
        return value;
    }

    /// <inheritdoc/>
    public double ValueAndGradient(ReadOnlySpan<T> x, Span<T> gradient)
    {
        for (int i = 0; i < Dimension; i++)
            gradient[i] = x[i] - _center[i];
        Reflect(_first, gradient);
        Reflect(_second, gradient);
        double sum = 0;
        for (int i = 0; i < Dimension; i++)
        {
            T y = gradient[i], scaled = _eigenvalues[i] * y;
            sum += double.CreateTruncating(y) * double.CreateTruncating(scaled);
            gradient[i] = scaled;
        }

        Reflect(_second, gradient);
        Reflect(_first, gradient);
        return sum / 2;
    }

    /// <inheritdoc/>
    public void HessianProduct(ReadOnlySpan<T> x, ReadOnlySpan<T> v, Span<T> product)
    {
        v.CopyTo(product);
        Reflect(_first, product);
        Reflect(_second, product);
        for (int i = 0; i < Dimension; i++)
            product[i] *= _eigenvalues[i];
        Reflect(_second, product);
        Reflect(_first, product);
    }

    /// <summary>v -= 2 u (u.v) for a unit vector u; nothing where there is none.</summary>
    private static void Reflect(T[] u, Span<T> v)
    {
        T dot = T.Zero;
        for (int i = 0; i < u.Length; i++)
            dot += u[i] * v[i];
        dot += dot;
        for (int i = 0; i < u.Length; i++)
            v[i] -= dot * u[i];
    }

    private static T[] Reflector(int n, RandomKey key)
    {
        RandomStream stream = key.Stream();
        var u = new double[n];
        double square = 0;
        for (int i = 0; i < n; i++)
        {
            u[i] = (2 * stream.NextOpenDouble()) - 1;
            square += u[i] * u[i];
        }

        for (int i = 0; i < n; i++)
            u[i] /= Math.Sqrt(square);
        return Convert(u);
    }

    private static T[] Convert(ReadOnlySpan<double> values)
    {
        var converted = new T[values.Length];
        for (int i = 0; i < values.Length; i++)
            converted[i] = T.CreateTruncating(values[i]);
        return converted;
    }
}
