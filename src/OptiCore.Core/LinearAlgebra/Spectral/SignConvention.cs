using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>The choice of sign for vectors that have none of their own.</summary>
internal static class SignConvention
{
    /// <summary>
    /// Turns a vector so that its element of largest magnitude is positive; returns whether it was turned. Of elements that agree in magnitude to half of the digits
    /// the first counts, so that rounding doesn't decide for symmetric vectors.
    /// </summary>
    public static bool LargestPositive<T>(Span<T> v) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T least = Numerics.Reduce.MaxNorm<T>(v) * (T.One - T.Sqrt(SpectralKernels.Epsilon<T>()));
        foreach (T value in v)
        {
            if (T.Abs(value) < least)
                continue;
            if (value < T.Zero)
                System.Numerics.Tensors.TensorPrimitives.Negate(v, v);
            return value < T.Zero;
        }

        return false;
    }
}
