using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OptiCore.Samplers;

/// <summary>
/// A resampling scheme: draws ancestors so that the expected number of copies of particle i is m W_i with the normalised weight W_i. The ancestors are ascending, so that copying particles reads memory forwards.
/// </summary>
public interface IResampling
{
    /// <summary>Draws ancestors.</summary>
    /// <param name="weights">The weights, at least 0, not all 0, not normalised.</param>
    /// <param name="cumulative">Their cumulative sums, as of <see cref="Resampling.Cumulate"/>.</param>
    /// <param name="key">The randomness.</param>
    /// <param name="workspace">Room for as many numbers as weights and ancestors together, and one.</param>
    /// <param name="ancestors">Receives indices of particles, ascending.</param>
    void Draw(ReadOnlySpan<double> weights, ReadOnlySpan<double> cumulative, RandomKey key, Span<double> workspace, Span<int> ancestors);
}

/// <summary>What resampling schemes have in common.</summary>
public static class Resampling
{
    /// <summary>Sums of this many weights are taken in order; the sums of the segments are then added in order. Segments run side by side, since an addition waits for the one before it.</summary>
    private const int Segment = 128;

    /// <summary>Draws ancestors of weights.</summary>
    /// <param name="scheme">The scheme.</param>
    /// <param name="weights">The weights, at least 0 and finite, not all 0; need not be normalised.</param>
    /// <param name="key">The randomness.</param>
    /// <param name="ancestors">Receives indices of particles, ascending.</param>
    /// <exception cref="ArgumentException">A weight is negative or not finite, or all are 0.</exception>
    public static void Draw(IResampling scheme, ReadOnlySpan<double> weights, RandomKey key, Span<int> ancestors)
    {
        ArgumentNullException.ThrowIfNull(scheme);
        for (int i = 0; i < weights.Length; i++)
        {
            if (!(weights[i] >= 0 && double.IsFinite(weights[i])))
                throw new ArgumentException(FormattableString.Invariant($"weights[{i}] is {weights[i]}; every weight must be at least 0 and finite."), nameof(weights));
        }

        int n = weights.Length, room = n + ancestors.Length + 1;
        double[] rented = ArrayPool<double>.Shared.Rent(n + room);
        Span<double> cumulative = rented.AsSpan(0, n);
        Cumulate(weights, cumulative);
        if (n == 0 || !(cumulative[^1] > 0 && double.IsFinite(cumulative[^1])))
            throw new ArgumentException("All weights are 0, or their sum isn't finite.", nameof(weights));
        scheme.Draw(weights, cumulative, key, rented.AsSpan(n, room), ancestors);
        ArrayPool<double>.Shared.Return(rented);
    }

    /// <summary>Computes cumulative sums that never fall, and don't rise at a weight of 0.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="cumulative">Receives as many sums.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Cumulate(ReadOnlySpan<double> weights, Span<double> cumulative)
    {
        Require.Length(cumulative.Length, weights.Length, nameof(cumulative));
        const int Group = 8 * Segment;
        double offset = 0;
        int from = 0;
        for (; from + Group <= weights.Length; from += Group)
        {
            Span<double> c = cumulative.Slice(from, Group);
            CumulateSegments(weights.Slice(from, Group), c);
            offset = Chain(offset, c);
        }

        CumulateInOrder(offset, weights[from..], cumulative[from..]);
    }

    /// <summary>Adds to each segment what comes before it; returns the total.</summary>
    private static double Chain(double offset, Span<double> sums)
    {
        for (int from = 0; from < sums.Length; from += Segment)
        {
            Span<double> segment = sums.Slice(from, Segment);
            var before = Vector256.Create(offset);
            for (int i = 0; i < segment.Length; i += 4)
                (Vector256.LoadUnsafe(ref segment[i]) + before).StoreUnsafe(ref segment[i]);
            offset = segment[Segment - 1];
        }

        return offset;
    }

    // Apart, so that the sum stays in a register.
    private static void CumulateInOrder(double offset, ReadOnlySpan<double> weights, Span<double> cumulative)
    {
        for (int i = 0; i < weights.Length; i++)
            cumulative[i] = offset += weights[i];
    }

    /// <summary>The sums of eight segments, each in a lane of its own.</summary>
    private static void CumulateSegments(ReadOnlySpan<double> weights, Span<double> cumulative)
    {
        ref double w = ref MemoryMarshal.GetReference(weights[..(8 * Segment)]), c = ref MemoryMarshal.GetReference(cumulative[..(8 * Segment)]);
        Vector256<double> first = Vector256<double>.Zero, second = first;
        for (nuint i = 0; i < Segment; i += 4)
        {
            first = Step(ref w, ref c, i, first);
            second = Step(ref w, ref c, i + (4 * Segment), second);
        }

        // The next four elements of four segments.
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static Vector256<double> Step(ref double w, ref double c, nuint i, Vector256<double> sum)
        {
            Vector256<double> a0 = Vector256.LoadUnsafe(ref w, i), a1 = Vector256.LoadUnsafe(ref w, i + Segment);
            Vector256<double> a2 = Vector256.LoadUnsafe(ref w, i + (2 * Segment)), a3 = Vector256.LoadUnsafe(ref w, i + (3 * Segment));
            Transpose(ref a0, ref a1, ref a2, ref a3);
            a0 += sum;
            a1 += a0;
            a2 += a1;
            sum = a3 + a2;
            a3 = sum;
            Transpose(ref a0, ref a1, ref a2, ref a3);
            a0.StoreUnsafe(ref c, i);
            a1.StoreUnsafe(ref c, i + Segment);
            a2.StoreUnsafe(ref c, i + (2 * Segment));
            a3.StoreUnsafe(ref c, i + (3 * Segment));
            return sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose(ref Vector256<double> a, ref Vector256<double> b, ref Vector256<double> c, ref Vector256<double> d)
    {
        Vector256<double> evenAb, oddAb, evenCd, oddCd;
        if (Avx.IsSupported)
        {
            (evenAb, oddAb, evenCd, oddCd) = (Avx.UnpackLow(a, b), Avx.UnpackHigh(a, b), Avx.UnpackLow(c, d), Avx.UnpackHigh(c, d));
        }
        else
        {
            (evenAb, oddAb) = (Vector256.Create(a[0], b[0], a[2], b[2]), Vector256.Create(a[1], b[1], a[3], b[3]));
            (evenCd, oddCd) = (Vector256.Create(c[0], d[0], c[2], d[2]), Vector256.Create(c[1], d[1], c[3], d[3]));
        }

        a = Vector256.Create(evenAb.GetLower(), evenCd.GetLower());
        b = Vector256.Create(oddAb.GetLower(), oddCd.GetLower());
        c = Vector256.Create(evenAb.GetUpper(), evenCd.GetUpper());
        d = Vector256.Create(oddAb.GetUpper(), oddCd.GetUpper());
    }

    /// <summary>Ancestors of ascending points in [0, 1): the first particle whose cumulative weight exceeds the point.</summary>
    internal static void Merge(ReadOnlySpan<double> cumulative, ReadOnlySpan<double> points, double scale, Span<int> ancestors)
    {
        int last = cumulative.Length - 1, i = 0;

        // Points that rounding puts at the end belong to the last particle with a weight.
        while (last > 0 && cumulative[last - 1] == cumulative[last])
            last--;
        for (int k = 0; k < ancestors.Length; k++)
        {
            double point = points[k] * scale;
            while (i < last && cumulative[i] <= point)
                i++;
            ancestors[k] = i;
        }
    }

    /// <summary>Writes m ascending uniform points: the partial sums of m + 1 exponential draws over their total.</summary>
    internal static void SortedUniforms(RandomKey key, Span<double> points)
    {
        Randomness.RandomFill.Exponential(key, points);
        Cumulate(points, points);
        double scale = 1 / points[^1];
        TensorPrimitives.Multiply(points, scale, points);
    }
}
