using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace OptiCore.Fourier;

/// <summary>The transform of one length, on checked arguments and memory that the caller provides. Immutable.</summary>
/// <typeparam name="T">The element type.</typeparam>
internal abstract unsafe class FftEngine<T>(int length) where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Up to here a transform with all its work memory lies in the L2 cache, and the passes over it are bound by arithmetic.</summary>
    private const int CacheBytes = 1 << 19;

    public int Length { get; } = length;

    /// <summary>The elements of work memory that one call needs.</summary>
    public abstract int Work { get; }

    /// <summary>The method for a length.</summary>
    public static FftEngine<T> Create(int length)
    {
        if (!Radices.IsSmooth(length, Pass.LargestRadix))
            return new BluesteinEngine<T>(length);
        if ((long)length * 4 * sizeof(T) > CacheBytes && Radices.TrySplit(length, 2 * Vector256<T>.Count, out int rows, out int columns))
            return new SixStepEngine<T>(rows, columns);
        return new StockhamEngine<T>(length);
    }

    /// <summary>Transforms one contiguous sequence of (re, im) pairs; the source may be the destination.</summary>
    public abstract void Single(T* source, T* destination, bool inverse, T scale, T* work, IWorkers? workers = null);

    /// <summary>Transforms sequences that lie one after the other, at distances counted in complex numbers.</summary>
    public virtual void Rows(T* source, nint sourceDistance, T* destination, nint destinationDistance, int count, bool inverse, T scale, T* work)
    {
        for (int i = 0; i < count; i++)
        {
            if (i + 1 < count)
            {
                Prefetch(source + (2 * (i + 1) * sourceDistance));
                Prefetch(destination + (2 * (i + 1) * destinationDistance));
            }

            Single(source + (2 * i * sourceDistance), destination + (2 * i * destinationDistance), inverse, scale, work);
        }
    }

    /// <summary>
    /// Asks for a sequence ahead of its turn: passes read and write it in several short runs, which the hardware foresees badly where
    /// batches lie beyond the L2 cache.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected void Prefetch(T* sequence)
    {
        if (!Sse.IsSupported || Length > 1024)
            return;
        byte* end = (byte*)(sequence + (2 * Length));
        for (byte* line = (byte*)sequence; line < end; line += 64)
            Sse.Prefetch0(line);
    }

    /// <summary>Transforms sequences that lie side by side, their elements at strides counted in complex numbers.</summary>
    public virtual void Columns(T* source, nint sourceStride, T* destination, nint destinationStride, int count, bool inverse, T scale, T* work)
    {
        for (int i = 0; i < count; i++)
            Strided(source + (2 * i), sourceStride, destination + (2 * i), destinationStride, inverse, scale, work);
    }

    /// <summary>Transforms one sequence whose elements lie apart; needs room for it beyond <see cref="Work"/>.</summary>
    public void Strided(T* source, nint sourceStride, T* destination, nint destinationStride, bool inverse, T scale, T* work)
    {
        T* line = work + Work;
        for (nint i = 0; i < Length; i++)
        {
            line[2 * i] = source[2 * i * sourceStride];
            line[(2 * i) + 1] = source[(2 * i * sourceStride) + 1];
        }

        Single(line, line, inverse, scale, work);
        for (nint i = 0; i < Length; i++)
        {
            destination[2 * i * destinationStride] = line[2 * i];
            destination[(2 * i * destinationStride) + 1] = line[(2 * i) + 1];
        }
    }
}

/// <summary>How a length is taken apart.</summary>
internal static class Radices
{
    /// <summary>Whether every prime factor is at most <paramref name="largest"/>.</summary>
    public static bool IsSmooth(int n, int largest)
    {
        for (int f = 2; f <= largest; f++)
        {
            while (n % f == 0)
                n /= f;
        }

        return n == 1;
    }

    /// <summary>
    /// The radices of a smooth length in the order of the passes. The first one fills a vector if one can, so that every later pass has whole vectors of
    /// independent subsequences; of the other powers of two, 8 comes as often as it can.
    /// </summary>
    public static List<int> Of(int n, int width)
    {
        if (n == 1)
            return [1];
        int twos = BitOperations.TrailingZeroCount(n);
        var odd = new List<int>();
        int rest = n >> twos;
        for (int f = 5; rest % f == 0; rest /= f)
            odd.Add(f);
        for (int f = 3; rest % f == 0; rest /= f)
            odd.Add(f);
        for (int f = 7; rest > 1; f += 2)
        {
            for (; rest % f == 0; rest /= f)
                odd.Add(f);
        }

        int fours = twos == 1 ? 0 : (twos % 3) switch { 0 => 0, 1 => 2, _ => 1 };
        int eights = (twos - (2 * fours)) / 3;
        if (width == 8 && eights == 0 && twos == 4)
            (fours, eights) = (0, 1);
        int left = twos - (2 * fours) - (3 * eights);
        var result = new List<int>();
        if (width == 8 && eights > 0)
            Take(8, ref eights);
        else if (fours > 0)
            Take(4, ref fours);
        else if (eights > 0)
            Take(8, ref eights);
        result.AddRange(odd);
        while (fours > 0)
            Take(4, ref fours);
        while (eights > 0)
            Take(8, ref eights);
        if (left > 0)
            result.Add(1 << left);
        return result;

        void Take(int radix, ref int count)
        {
            result.Add(radix);
            count--;
        }
    }

    /// <summary>The most balanced product of two multiples of <paramref name="multiple"/>, if there is one within a factor of 8.</summary>
    public static bool TrySplit(int n, int multiple, out int rows, out int columns)
    {
        for (int a = (int)Math.Sqrt(n) / multiple * multiple; a >= multiple && (long)a * a * 8 >= n; a -= multiple)
        {
            if (n % a == 0 && n / a % multiple == 0)
            {
                (rows, columns) = (a, n / a);
                return true;
            }
        }

        (rows, columns) = (0, 0);
        return false;
    }

    /// <summary>The smallest 2^a 3^b 5^c that is at least <paramref name="minimum"/> and a multiple of <paramref name="multiple"/>, a power of two.</summary>
    public static int NextSmooth(int minimum, int multiple)
    {
        long best = long.MaxValue;
        for (long five = multiple; ; five *= 5)
        {
            for (long three = five; ; three *= 3)
            {
                long n = three;
                while (n < minimum)
                    n *= 2;
                best = Math.Min(best, n);
                if (three >= minimum)
                    break;
            }

            if (five >= minimum)
                break;
        }

        return best <= Array.MaxLength / 4 ? (int)best : throw new ArgumentOutOfRangeException(nameof(minimum), minimum, $"{nameof(minimum)} is {minimum}; there is no transform of that length.");
    }
}
