using System.Numerics;
using System.Numerics.Tensors;
using OptiCore.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>What supernodal factorizations do with the dense blocks of supernodes.</summary>
internal static unsafe class SupernodalKernels
{
    /// <summary>Columns that are eliminated one by one before a product brings the rest up to date.</summary>
    public const int Panel = 32;

    /// <summary>
    /// Subtracts the contribution A' B of one supernode, of which <paramref name="depth"/> columns are given by rows, from rows of another: row j to the one of number rows[j] - first, element i to column place[i].
    /// With <paramref name="lower"/>, elements i below j don't matter.
    /// </summary>
    public static void Subtract<T>(
        int count, int length, int depth, T* a, int lda, T* b, int ldb, int* rows, int first, int* place, T* target, int ld, bool lower, T* scratch)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (depth == 1)
        {
            for (int j = 0; j < count; j++)
            {
                T* row = target + ((nint)(rows[j] - first) * ld);
                T factor = -a[j];
                for (int i = lower ? j : 0; i < length; i++)
                    row[place[i]] = T.FusedMultiplyAdd(factor, b[i], row[place[i]]);
            }

            return;
        }

        // Without gaps the product goes to its place.
        if (place[length - 1] - place[0] == length - 1 && rows[count - 1] - rows[0] == count - 1)
        {
            Gemm.Run(true, false, count, length, depth, -T.One, a, lda, b, ldb, T.One, target + ((nint)(rows[0] - first) * ld) + place[0], ld);
            return;
        }

        Gemm.Run(true, false, count, length, depth, T.One, a, lda, b, ldb, T.Zero, scratch, length);
        for (int j = 0; j < count; j++)
        {
            T* row = target + ((nint)(rows[j] - first) * ld), product = scratch + ((nint)j * length);
            for (int i = lower ? j : 0; i < length; i++)
                row[place[i]] -= product[i];
        }
    }

    /// <summary>y = y + alpha x.</summary>
    public static void AddScaled<T>(T alpha, T* x, T* y, int length) where T : unmanaged, IFloatingPointIeee754<T> =>
        VectorKernels.AddScaled(alpha, new ReadOnlySpan<T>(x, length), new Span<T>(y, length));

    /// <summary>x = x / divisor.</summary>
    public static void Divide<T>(T* x, int length, T divisor) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var span = new Span<T>(x, length);
        TensorPrimitives.Divide(span, divisor, span);
    }

    public static T Dot<T>(T* x, T* y, int length) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (length >= 16 && VectorKernels.IsVectorized<T>())
            return Reduce.Dot(new ReadOnlySpan<T>(x, length), new ReadOnlySpan<T>(y, length));
        T sum = T.Zero;
        for (int i = 0; i < length; i++)
            sum = T.FusedMultiplyAdd(x[i], y[i], sum);
        return sum;
    }

    public static void Swap<T>(T* x, T* y, int length, nint step) where T : unmanaged
    {
        for (nint i = 0; i < length; i++)
            (x[i * step], y[i * step]) = (y[i * step], x[i * step]);
    }
}
