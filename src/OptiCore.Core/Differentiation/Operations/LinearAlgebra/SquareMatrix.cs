using System.Numerics;

namespace OptiCore.Differentiation;

/// <summary>Square matrices, and the symmetric part (A + A') / 2: operations for symmetric matrices take it of their argument, so that their derivatives are exact for every element.</summary>
internal static class SquareMatrix
{
    /// <summary>The symmetric part, as an expression.</summary>
    public static Variable SymmetricPart(Variable a) => 0.5 * (a + Operations.Transpose(a));

    /// <summary>Writes the lower triangle of the symmetric part, zeros above; false if an element is infinite or not a number.</summary>
    public static bool SymmetricLower<T>(ReadOnlySpan<T> a, int n, Span<T> lower) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T half = T.CreateTruncating(0.5);
        bool finite = true;
        for (int i = 0; i < n; i++)
        {
            Span<T> row = lower.Slice(i * n, n);
            for (int j = 0; j <= i; j++)
            {
                T value = (half * a[(i * n) + j]) + (half * a[(j * n) + i]);
                finite &= T.IsFinite(value);
                row[j] = value;
            }

            row[(i + 1)..].Clear();
        }

        return finite;
    }

    /// <summary>Refuses what isn't a square matrix.</summary>
    /// <exception cref="ArgumentException">The last two axes differ or are missing.</exception>
    public static Shape Require(Shape a, string operation) => a.Rank >= 2 && a[-1] == a[-2]
        ? a
        : throw new ArgumentException($"{operation} of {a}: the last two axes must be those of a square matrix.");
}
