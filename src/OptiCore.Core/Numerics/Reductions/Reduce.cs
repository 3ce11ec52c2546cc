using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptiCore.Numerics;

/// <summary>Reductions whose result has the same bits for any vector width, processor and number of threads.</summary>
/// <remarks>
/// <para>The order of additions depends on the length only. Blocks of 4096 elements are summed in 16 (double) or 32 (float) logical lanes, element i in
/// lane i modulo their number; the lanes are joined in a fixed tree, and so are the blocks. Products are rounded before they are added (no fused
/// multiply-add). A NaN result is always the same NaN.</para>
/// <para>With u = 2^-53 (double) or 2^-24 (float), a sum of n terms t_i differs from the exact one by at most
/// (d u / (1 - d u)) sum_i |t_i|, where d = min(n, 4096)/16 + 4 + ceil(log2(ceil(n/4096))) for double and min(n, 4096)/32 + 5 + ceil(log2(ceil(n/4096))) for
/// float, the quotients rounded up, plus the rounding of the terms themselves (u |x_i y_i| for a product). A plain loop has d = n - 1.
/// (N. J. Higham (2002), "Accuracy and Stability of Numerical Algorithms", 2nd edition, section 4.2.)</para>
/// <para>The overloads with workers split spans of more than 262144 elements into pieces of that size; nothing is allocated without workers.</para>
/// </remarks>
public static partial class Reduce
{
    /// <summary>The sum of the elements; 0 for an empty span.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The elements.</param>
    public static T Sum<T>(ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T> => LaneReduction.Run(default(SumMap<T>), x, x);

    /// <inheritdoc cref="Sum{T}(ReadOnlySpan{T})"/>
    /// <param name="x">The elements.</param>
    /// <param name="workers">Who reduces the pieces of a long span.</param>
    public static T Sum<T>(ReadOnlySpan<T> x, IWorkers workers) where T : unmanaged, IFloatingPointIeee754<T> =>
        LaneReduction.Run(default(SumMap<T>), x, x, Require.NotNull(workers));

    /// <summary>The inner product sum_i x_i y_i; 0 for empty spans.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The first factors.</param>
    /// <param name="y">The second factors.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static T Dot<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Length(y.Length, x.Length, nameof(y));
        return LaneReduction.Run(default(ProductMap<T>), x, y);
    }

    /// <inheritdoc cref="Dot{T}(ReadOnlySpan{T}, ReadOnlySpan{T})"/>
    /// <param name="x">The first factors.</param>
    /// <param name="y">The second factors.</param>
    /// <param name="workers">Who reduces the pieces of a long span.</param>
    public static T Dot<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y, IWorkers workers) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Length(y.Length, x.Length, nameof(y));
        return LaneReduction.Run(default(ProductMap<T>), x, y, Require.NotNull(workers));
    }

    /// <summary>The sum of squares; 0 for an empty span. Overflows and underflows where the squares do: see <see cref="Norm{T}(ReadOnlySpan{T})"/>.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The elements.</param>
    public static T SumOfSquares<T>(ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T> => LaneReduction.Run(default(ProductMap<T>), x, x);

    /// <inheritdoc cref="SumOfSquares{T}(ReadOnlySpan{T})"/>
    /// <param name="x">The elements.</param>
    /// <param name="workers">Who reduces the pieces of a long span.</param>
    public static T SumOfSquares<T>(ReadOnlySpan<T> x, IWorkers workers) where T : unmanaged, IFloatingPointIeee754<T> =>
        LaneReduction.Run(default(ProductMap<T>), x, x, Require.NotNull(workers));

    /// <summary>
    /// The Euclidean norm, safe against overflow and underflow: where the plain sum of squares leaves the safe range, the elements are scaled by a
    /// power of two first, in two more passes. NaN if an element is NaN, else infinity if one is infinite; 0 for an empty span.
    /// The relative error is at most (d/2 + 2) u with the d of <see cref="Reduce"/>, unless the result is subnormal.
    /// </summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The elements.</param>
    public static T Norm<T>(ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T> => NormOf(x, null);

    /// <inheritdoc cref="Norm{T}(ReadOnlySpan{T})"/>
    /// <param name="x">The elements.</param>
    /// <param name="workers">Who reduces the pieces of a long span.</param>
    public static T Norm<T>(ReadOnlySpan<T> x, IWorkers workers) where T : unmanaged, IFloatingPointIeee754<T> => NormOf(x, Require.NotNull(workers));

    /// <summary>The largest absolute value; NaN if an element is NaN; 0 for an empty span. Exact.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The elements.</param>
    public static T MaxNorm<T>(ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T> => LaneReduction.Run(default(MagnitudeMap<T>), x, x);

    /// <inheritdoc cref="MaxNorm{T}(ReadOnlySpan{T})"/>
    /// <param name="x">The elements.</param>
    /// <param name="workers">Who reduces the pieces of a long span.</param>
    public static T MaxNorm<T>(ReadOnlySpan<T> x, IWorkers workers) where T : unmanaged, IFloatingPointIeee754<T> =>
        LaneReduction.Run(default(MagnitudeMap<T>), x, x, Require.NotNull(workers));

    /// <summary>The largest element; NaN if one is NaN; -infinity for an empty span. Exact.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The elements.</param>
    public static T Max<T>(ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T> => LaneReduction.Run(default(MaxMap<T>), x, x);

    /// <inheritdoc cref="Max{T}(ReadOnlySpan{T})"/>
    /// <param name="x">The elements.</param>
    /// <param name="workers">Who reduces the pieces of a long span.</param>
    public static T Max<T>(ReadOnlySpan<T> x, IWorkers workers) where T : unmanaged, IFloatingPointIeee754<T> =>
        LaneReduction.Run(default(MaxMap<T>), x, x, Require.NotNull(workers));

    /// <summary>
    /// ln sum_i exp(x_i) = m + ln sum_i exp(x_i - m) with the largest element m. NaN if an element is NaN, else infinity if one is infinity;
    /// -infinity where all are, and for an empty span. The absolute error is at most (d + 4) u + u |result| with the d of <see cref="Reduce"/>, plus the
    /// rounding of x_i - m, u |x_i - m| weighted by exp(x_i - m).
    /// </summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The elements.</param>
    public static T LogSumExp<T>(ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T> => LogSumExpOf(x, null);

    /// <inheritdoc cref="LogSumExp{T}(ReadOnlySpan{T})"/>
    /// <param name="x">The elements.</param>
    /// <param name="workers">Who reduces the pieces of a long span.</param>
    public static T LogSumExp<T>(ReadOnlySpan<T> x, IWorkers workers) where T : unmanaged, IFloatingPointIeee754<T> => LogSumExpOf(x, Require.NotNull(workers));

    /// <summary>
    /// The arithmetic mean, corrected by the mean of the differences from it, which leaves an error of about one rounding unless the elements cancel
    /// far below their magnitude; NaN for an empty span. Two passes. The sum must not overflow.
    /// </summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The elements.</param>
    public static T Mean<T>(ReadOnlySpan<T> x) where T : unmanaged, IFloatingPointIeee754<T> => MeanOf(x, null);

    /// <inheritdoc cref="Mean{T}(ReadOnlySpan{T})"/>
    /// <param name="x">The elements.</param>
    /// <param name="workers">Who reduces the pieces of a long span.</param>
    public static T Mean<T>(ReadOnlySpan<T> x, IWorkers workers) where T : unmanaged, IFloatingPointIeee754<T> => MeanOf(x, Require.NotNull(workers));

    /// <summary>
    /// The variance sum_i (x_i - mean)^2 / (n - 1), or / n where <paramref name="unbiased"/> is false. NaN where the divisor is not positive. Three passes.
    /// </summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The elements.</param>
    /// <param name="unbiased">Whether to divide by n - 1 rather than by n.</param>
    public static T Variance<T>(ReadOnlySpan<T> x, bool unbiased = true) where T : unmanaged, IFloatingPointIeee754<T> => MeanAndVarianceOf(x, unbiased, null).Variance;

    /// <inheritdoc cref="Variance{T}(ReadOnlySpan{T}, bool)"/>
    /// <param name="x">The elements.</param>
    /// <param name="unbiased">Whether to divide by n - 1 rather than by n.</param>
    /// <param name="workers">Who reduces the pieces of a long span.</param>
    public static T Variance<T>(ReadOnlySpan<T> x, bool unbiased, IWorkers workers) where T : unmanaged, IFloatingPointIeee754<T> =>
        MeanAndVarianceOf(x, unbiased, Require.NotNull(workers)).Variance;

    /// <summary>
    /// <see cref="Mean{T}(ReadOnlySpan{T})"/> and <see cref="Variance{T}(ReadOnlySpan{T}, bool)"/> in three passes together. The passes are those of the corrected
    /// two-pass algorithm: differences are taken from a mean that is already right to about one rounding, so that a variance far below the
    /// squared mean keeps its digits.
    /// </summary>
    /// <remarks>T. F. Chan, G. H. Golub, R. J. LeVeque (1983), "Algorithms for computing the sample variance: analysis and recommendations".</remarks>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="x">The elements.</param>
    /// <param name="unbiased">Whether to divide by n - 1 rather than by n.</param>
    public static (T Mean, T Variance) MeanAndVariance<T>(ReadOnlySpan<T> x, bool unbiased = true) where T : unmanaged, IFloatingPointIeee754<T> =>
        MeanAndVarianceOf(x, unbiased, null);

    /// <inheritdoc cref="MeanAndVariance{T}(ReadOnlySpan{T}, bool)"/>
    /// <param name="x">The elements.</param>
    /// <param name="unbiased">Whether to divide by n - 1 rather than by n.</param>
    /// <param name="workers">Who reduces the pieces of a long span.</param>
    public static (T Mean, T Variance) MeanAndVariance<T>(ReadOnlySpan<T> x, bool unbiased, IWorkers workers) where T : unmanaged, IFloatingPointIeee754<T> =>
        MeanAndVarianceOf(x, unbiased, Require.NotNull(workers));

    private static T NormOf<T>(ReadOnlySpan<T> x, IWorkers? workers) where T : unmanaged, IFloatingPointIeee754<T>
    {
        // Above these, what underflowing squares lose of 2^31 elements is far below one rounding of the sum.
        T safe = typeof(T) == typeof(double) ? T.ScaleB(T.One, -960) : T.ScaleB(T.One, -90);
        T squares = LaneReduction.Run(default(ProductMap<T>), x, x, workers);
        if (squares >= safe && T.IsFinite(squares))
            return T.Sqrt(squares);
        T largest = LaneReduction.Run(default(MagnitudeMap<T>), x, x, workers);
        if (T.IsZero(largest) || !T.IsFinite(largest))
            return largest;

        // A normal power of two that brings the largest magnitude close to 1: exact, and its square overflows in no sum of 2^31 terms.
        int limit = typeof(T) == typeof(double) ? 1000 : 110;
        int exponent = Math.Clamp(T.ILogB(largest), -limit, limit);
        squares = LaneReduction.Run(new ScaledSquareMap<T>(T.ScaleB(T.One, -exponent)), x, x, workers);
        return T.ScaleB(T.Sqrt(squares), exponent);
    }

    private static T LogSumExpOf<T>(ReadOnlySpan<T> x, IWorkers? workers) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T largest = LaneReduction.Run(default(MaxMap<T>), x, x, workers);
        if (!T.IsFinite(largest))
            return largest;
        T sum = LaneReduction.Run(new ShiftedExpMap<T>(largest), x, x, workers);
        return largest + LogOf(sum);

        static T LogOf(T value) => typeof(T) == typeof(double)
            ? Unsafe.BitCast<double, T>(LaneMath.Log(new Lanes1<double>(Unsafe.BitCast<T, double>(value))).Value)
            : Unsafe.BitCast<float, T>(LaneMath.LogSingle(new Lanes1<float>(Unsafe.BitCast<T, float>(value))).Value);
    }

    private static T MeanOf<T>(ReadOnlySpan<T> x, IWorkers? workers) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (x.IsEmpty)
            return T.NaN;
        T count = T.CreateTruncating(x.Length);
        T mean = LaneReduction.Run(default(SumMap<T>), x, x, workers) / count;
        return T.IsFinite(mean) ? mean + (LaneReduction.Run(new DifferenceMap<T>(mean), x, x, workers) / count) : mean;
    }

    private static (T Mean, T Variance) MeanAndVarianceOf<T>(ReadOnlySpan<T> x, bool unbiased, IWorkers? workers) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T mean = MeanOf(x, workers);
        int divisor = unbiased ? x.Length - 1 : x.Length;
        if (divisor < 1 || !T.IsFinite(mean))
            return (mean, T.NaN);
        return (mean, LaneReduction.Run(new SquaredDifferenceMap<T>(mean), x, x, workers) / T.CreateTruncating(divisor));
    }
}
