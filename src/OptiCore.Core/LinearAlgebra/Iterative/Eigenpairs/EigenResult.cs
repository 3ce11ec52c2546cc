using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>Which eigenvalues of a symmetric operator are wanted.</summary>
public enum EigenvalueTarget
{
    /// <summary>The smallest ones (the most negative), ascending.</summary>
    Smallest,

    /// <summary>The largest ones, descending.</summary>
    Largest,

    /// <summary>Those of the largest magnitude, by falling magnitude.</summary>
    LargestMagnitude,
}

/// <summary>What an iterative method for eigenpairs reports at its end.</summary>
/// <param name="Status">How it ended: converged, at the iteration limit, stagnated, or broken down by values that aren't finite.</param>
/// <param name="Iterations">The number of iterations: products with the operator for <see cref="Lanczos"/>, blocks of products elsewhere.</param>
/// <param name="ConvergedPairs">How many of the wanted pairs meet the tolerance.</param>
/// <param name="ResidualNorm">The largest residual norm |A v - lambda v| of the wanted pairs.</param>
public readonly record struct EigenResult(KrylovStatus Status, int Iterations, int ConvergedPairs, double ResidualNorm)
{
    /// <summary>Whether all wanted pairs meet the tolerance.</summary>
    public bool Converged => Status == KrylovStatus.Converged;
}

/// <summary>What the methods for eigenpairs share. Vectors are rows.</summary>
internal static class EigenBasis
{
    public static void Check<T>(ILinearOperator<T> a, Span<T> values, Span<T> vectors) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(a);
        OperatorArgument.Square(a, nameof(a));
        if (values.Length == 0 || values.Length > a.Rows)
            throw new ArgumentException($"values has {values.Length} elements; expected 1 to the order {a.Rows}: one for each wanted pair.", nameof(values));
        Require.Length(vectors.Length, checked(values.Length * a.Rows), nameof(vectors));
    }

    /// <summary>Makes row i orthogonal to the rows before it and normalises it, by Gram-Schmidt as often as it loses length; false where nothing is left of it.</summary>
    public static bool TryOrthonormalize<T>(Span<T> rows, ReadOnlySpan<T> metric, int i, int n, Span<T> coefficients = default) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Span<T> row = rows.Slice(i * n, n);
        T original = Reduce.Norm<T>(row), before = original;
        if (original == T.Zero || !T.IsFinite(original))
            return false;
        for (int pass = 0; pass < 4; pass++)
        {
            for (int j = 0; j < i; j++)
            {
                T dot = Reduce.Dot(metric.Slice(j * n, n), row);
                if (!coefficients.IsEmpty)
                    coefficients[j] += dot;
                VectorKernels.AddScaled(-dot, rows.Slice(j * n, n), row);
            }

            T after = Reduce.Norm<T>(row);
            if (!(after > T.CreateTruncating(10) * Krylov.Epsilon<T>() * original))
                return false;
            if (after > before * T.CreateTruncating(0.7))
            {
                before = after;
                break;
            }

            before = after;
        }

        Krylov.Divide(row, before);
        if (!coefficients.IsEmpty)
            coefficients[i] = before;
        return true;
    }

    /// <summary>A random row, orthogonal to those before it.</summary>
    public static void Replace<T>(RandomKey key, Span<T> rows, ReadOnlySpan<T> metric, int i, int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int attempt = 0; attempt < 10; attempt++)
        {
            NormalFill.Fill(key.Fold(attempt), rows.Slice(i * n, n));
            if (TryOrthonormalize(rows, metric, i, n))
                return;
        }

        throw new InvalidOperationException("No vector outside of the space was found.");
    }

    /// <summary>The places of eigenvalues, which ascend, in the order of a target.</summary>
    public static void Order<T>(EigenvalueTarget target, ReadOnlySpan<T> ascending, Span<int> places) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int low = 0, high = ascending.Length - 1;
        for (int i = 0; i < places.Length; i++)
        {
            bool takesLow = target == EigenvalueTarget.Smallest || (target == EigenvalueTarget.LargestMagnitude && T.Abs(ascending[low]) > T.Abs(ascending[high]));
            places[i] = takesLow ? low++ : high--;
        }
    }
}
