using System.Buffers;
using OptiCore.LinearAlgebra;

namespace OptiCore;

/// <summary>The product S = L L' of a lower triangular factor, and back, for constraints of symmetric matrices.</summary>
internal static class LowerFactor
{
    private const double Tolerance = 1e-8;

    /// <summary>Scratch of up to this many elements lies on the stack.</summary>
    public const int OnStack = 256;

    /// <summary>Rents scratch that is too large for the stack.</summary>
    public static double[]? Rent(int count) => count > OnStack ? ArrayPool<double>.Shared.Rent(count) : null;

    /// <summary>Gives it back.</summary>
    public static void Return(double[]? rented)
    {
        if (rented is not null)
            ArrayPool<double>.Shared.Return(rented);
    }

    /// <summary>S = L L'.</summary>
    public static void Product(int n, ReadOnlySpan<double> l, Span<double> s)
    {
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = 0;
                for (int k = 0; k <= j; k++)
                    sum += l[(i * n) + k] * l[(j * n) + k];
                s[(i * n) + j] = s[(j * n) + i] = sum;
            }
        }
    }

    /// <summary>The gradient by L, (G + G') L on and below the diagonal, from the gradient G by S.</summary>
    public static void ProductPullback(int n, ReadOnlySpan<double> l, ReadOnlySpan<double> gradientS, Span<double> gradientL)
    {
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = 0;
                for (int k = j; k < n; k++)
                    sum += (gradientS[(i * n) + k] + gradientS[(k * n) + i]) * l[(k * n) + j];
                gradientL[(i * n) + j] = sum;
            }
        }
    }

    /// <summary>The factor of a symmetric positive definite matrix that is checked.</summary>
    public static void Factor(int n, ReadOnlySpan<double> s, Span<double> l, string name)
    {
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double value = s[(i * n) + j], mirrored = s[(j * n) + i];
                if (!double.IsFinite(value))
                    throw new ArgumentException($"{name}[{i + 1},{j + 1}] is {value}; it must be finite.", name);
                if (!(Math.Abs(value - mirrored) <= Tolerance * Math.Max(1, Math.Abs(value))))
                    throw new ArgumentException($"{name}[{i + 1},{j + 1}] is {value} and {name}[{j + 1},{i + 1}] is {mirrored}; the matrix must be symmetric.", name);
            }
        }

        s.CopyTo(l);
        if (!Cholesky.TryFactor(l, n))
            throw new ArgumentException($"{name} must be positive definite, but has no Cholesky factor.", name);
    }
}
