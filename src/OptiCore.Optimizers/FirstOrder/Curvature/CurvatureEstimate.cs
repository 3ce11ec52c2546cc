using System.Numerics;
using System.Numerics.Tensors;
using OptiCore.Randomness;

namespace OptiCore.Optimizers;

/// <summary>Estimates of the diagonal of a Hessian or of a Gauss-Newton matrix, for <see cref="RuleState{T}.ReportCurvature"/>.</summary>
public static class CurvatureEstimate
{
    /// <summary>Fills a direction with signs, -1 or 1 with equal probability: Rademacher's distribution.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="key">The key; element i depends on it and on i only.</param>
    /// <param name="direction">Receives the signs.</param>
    public static void Rademacher<T>(RandomKey key, Span<T> direction) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Span<uint> words = stackalloc uint[64];
        for (int from = 0; from < direction.Length; from += 32 * words.Length)
        {
            int count = Math.Min(32 * words.Length, direction.Length - from);
            RandomFill.Bits(key, words[..((count + 31) / 32)], (ulong)(from / 32));
            for (int i = 0; i < count; i++)
                direction[from + i] = ((words[i / 32] >> (i % 32)) & 1) == 0 ? T.One : T.NegativeOne;
        }
    }

    /// <summary>Hutchinson's estimate z o (H z) of the diagonal of H: unbiased for z of independent signs.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="direction">The direction z; see <see cref="Rademacher"/>.</param>
    /// <param name="product">The product H z.</param>
    /// <param name="estimate">Receives the estimate; may be one of the others.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <remarks>Bekas, Kokiopoulou, Saad (2007), An estimator for the diagonal of a matrix.</remarks>
    public static void Hutchinson<T>(ReadOnlySpan<T> direction, ReadOnlySpan<T> product, Span<T> estimate) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Length(product.Length, direction.Length, nameof(product));
        Require.Length(estimate.Length, direction.Length, nameof(estimate));
        TensorPrimitives.Multiply(direction, product, estimate);
    }

    /// <summary>
    /// The Gauss-Newton-Bartlett estimate B g o g: unbiased for the diagonal of the Gauss-Newton matrix of a mean loss over B samples, where g is the gradient of that loss with labels drawn from the
    /// model's own predictions in place of the data's.
    /// </summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="gradient">The gradient g of the mean loss with drawn labels.</param>
    /// <param name="batch">The number B of samples.</param>
    /// <param name="estimate">Receives the estimate; may be the gradient.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no samples.</exception>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    /// <remarks>Liu, Li, Hall, Liang, Ma (2024), Sophia, section 2.3, by Bartlett's second identity.</remarks>
    public static void GaussNewtonBartlett<T>(ReadOnlySpan<T> gradient, int batch, Span<T> estimate) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Positive(batch, nameof(batch));
        Require.Length(estimate.Length, gradient.Length, nameof(estimate));
        TensorPrimitives.Multiply(gradient, gradient, estimate);
        TensorPrimitives.Multiply(estimate, T.CreateTruncating(batch), estimate);
    }
}
