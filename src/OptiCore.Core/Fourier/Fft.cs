using System.Globalization;
using System.Numerics;

namespace OptiCore.Fourier;

/// <summary>
/// The discrete Fourier transform of complex sequences of one length n, y[k] = sum_j x[j] exp(-2 pi i j k / n), and its inverse, in O(n log n)
/// for every n.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <remarks>
/// <para>Complex numbers lie as (re, im) pairs in spans of 2 n elements; plans of doubles also take spans of <see cref="Complex"/>
/// (<see cref="FftExtensions"/>). A plan holds the roots of unity only: it is immutable and may be used by any number of threads. Work memory
/// is rented from the shared pool, so that nothing is allocated after the first calls. The result has the same bits on all hardware, for any
/// number of workers, and whether a sequence is transformed alone or among others.</para>
/// <para>Lengths without prime factors above 31 are done by self-sorting passes of radix 8, 5, 4, 3, 2 and odd primes (Temperton 1983), beyond the L2 cache
/// in two sweeps over the memory (Bailey 1990), and all other lengths as convolutions (Bluestein 1970), which costs about four to eight times as
/// much; see <see cref="FourierGrid.NextFastLength"/>. The root-mean-square error relative to the result grows with sqrt(log n): about 0.6 units of
/// roundoff times sqrt(log2 n). A number whose parts are NaN makes all results NaN.</para>
/// <para>For real data prefer <see cref="RealFft{T}"/>, half the work. Cooley and Tukey (1965), An algorithm for the machine calculation of complex Fourier series; Van Loan
/// (1992), Computational frameworks for the fast Fourier transform.</para>
/// </remarks>
[Algorithm("Fast Fourier transform", "Fourier transforms", "Cooley and Tukey (1965), An algorithm for the machine calculation of complex Fourier series")]
public sealed unsafe class Fft<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    // Elements that one worker takes at a time.
    private const int Grain = 1 << 14;

    private readonly T _forward;
    private readonly T _inverse;

    /// <summary>Computes the roots of unity for a length, each to half a unit in the last place, in O(n) operations.</summary>
    /// <param name="length">The length n, at least 1.</param>
    /// <param name="scaling">Which direction carries a factor.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is smaller than 1 or too large for an array of its work memory; the scaling isn't defined.</exception>
    /// <exception cref="NotSupportedException">The element type is neither float nor double.</exception>
    public Fft(int length, FourierScaling scaling = FourierScaling.Inverse)
    {
        Engine = FourierArgument.Engine<T>(length);
        Scaling = Require.Defined(scaling, nameof(scaling));
        _forward = scaling.Factor<T>(false, length);
        _inverse = scaling.Factor<T>(true, length);
    }

    /// <summary>The length n.</summary>
    public int Length => Engine.Length;

    /// <summary>Which direction carries a factor.</summary>
    public FourierScaling Scaling { get; }

    internal FftEngine<T> Engine { get; }

    /// <summary>Transforms sequences that lie one after the other. O(n log n) each.</summary>
    /// <param name="source">Any number of sequences of n pairs.</param>
    /// <param name="destination">As many elements; may be the source itself.</param>
    /// <param name="workers">Share the sequences, or one long sequence; null for this thread alone.</param>
    /// <exception cref="ArgumentException">A length isn't a multiple of 2 n, the lengths differ, or the spans overlap without being the same.</exception>
    public void Forward(ReadOnlySpan<T> source, Span<T> destination, IWorkers? workers = null) => Contiguous(source, destination, false, workers);

    /// <summary>Transforms sequences in place. O(n log n) each.</summary>
    /// <param name="data">Any number of sequences of n pairs, one after the other.</param>
    /// <param name="workers">Share the sequences, or one long sequence; null for this thread alone.</param>
    /// <exception cref="ArgumentException">The length isn't a multiple of 2 n.</exception>
    public void Forward(Span<T> data, IWorkers? workers = null) => Contiguous(data, data, false, workers);

    /// <summary>The inverse, x[j] = sum_k y[k] exp(2 pi i j k / n) times the factor of the scaling.</summary>
    /// <param name="source">Any number of sequences of n pairs, one after the other.</param>
    /// <param name="destination">As many elements; may be the source itself.</param>
    /// <param name="workers">Share the sequences, or one long sequence; null for this thread alone.</param>
    /// <exception cref="ArgumentException">A length isn't a multiple of 2 n, the lengths differ, or the spans overlap without being the same.</exception>
    public void Inverse(ReadOnlySpan<T> source, Span<T> destination, IWorkers? workers = null) => Contiguous(source, destination, true, workers);

    /// <summary>The inverse in place.</summary>
    /// <param name="data">Any number of sequences of n pairs, one after the other.</param>
    /// <param name="workers">Share the sequences, or one long sequence; null for this thread alone.</param>
    /// <exception cref="ArgumentException">The length isn't a multiple of 2 n.</exception>
    public void Inverse(Span<T> data, IWorkers? workers = null) => Contiguous(data, data, true, workers);

    /// <summary>Transforms sequences that lie anywhere in memory: element j of sequence b is the pair number b distance + j stride.</summary>
    /// <param name="source">The pairs that are read.</param>
    /// <param name="destination">The pairs that are written, laid out like the source, which it may be itself; pairs of no sequence are left alone.</param>
    /// <param name="layout">Where the sequences lie.</param>
    /// <param name="inverse">Whether to do the inverse transform.</param>
    /// <param name="workers">Share the sequences; null for this thread alone.</param>
    /// <exception cref="ArgumentException">A span is too short for the layout, or the spans overlap without being the same.</exception>
    public void Transform(ReadOnlySpan<T> source, Span<T> destination, in FourierLayout layout, bool inverse = false, IWorkers? workers = null)
    {
        layout.Check(source.Length, Length, nameof(source));
        layout.Check(destination.Length, Length, nameof(destination));
        FourierArgument.SameOrApart<T>(source, destination);
        fixed (T* from = source, to = destination)
            Run(from, layout, to, layout, inverse, inverse ? _inverse : _forward, workers);
    }

    /// <summary>Transforms on checked arguments.</summary>
    internal void Run(T* source, FourierLayout from, T* destination, FourierLayout to, bool inverse, T scale, IWorkers? workers)
    {
        int count = from.Count;
        if (count == 0)
            return;
        if (workers is null || workers.Count == 1)
        {
            Run(source, from, destination, to, 0, count, inverse, scale, null);
            return;
        }

        if (count == 1)
        {
            Run(source, from, destination, to, 0, 1, inverse, scale, workers);
            return;
        }

        Share(source, from, destination, to, inverse, scale, workers);
    }

    // Apart from Run, because a method with a lambda allocates its captured variables even where it returns before. Pieces are whole vectors of
    // sequences, so that their number doesn't change how a sequence is done.
    private void Share(T* source, FourierLayout from, T* destination, FourierLayout to, bool inverse, T scale, IWorkers workers)
    {
        int count = from.Count, grain = (Math.Max(1, Grain / Length) + 15) / 16 * 16;
        workers.ForEach((count + grain - 1) / grain, i => Run(source, from, destination, to, i * grain, Math.Min(grain, count - (i * grain)), inverse, scale, null));
    }

    private void Run(T* source, FourierLayout from, T* destination, FourierLayout to, int first, int count, bool inverse, T scale, IWorkers? workers)
    {
        using var workspace = new Workspace<T>(Engine.Work + (2 * Length));
        fixed (T* p = workspace.Span)
        {
            T* work = Workspace<T>.Align(p);
            source += 2 * first * (nint)from.Distance;
            destination += 2 * first * (nint)to.Distance;
            if (from.Stride == 1 && to.Stride == 1)
            {
                if (count == 1)
                    Engine.Single(source, destination, inverse, scale, work, workers);
                else
                    Engine.Rows(source, from.Distance, destination, to.Distance, count, inverse, scale, work);
            }
            else if (from.Distance == 1 && to.Distance == 1)
            {
                Engine.Columns(source, from.Stride, destination, to.Stride, count, inverse, scale, work);
            }
            else
            {
                for (int i = 0; i < count; i++)
                    Engine.Strided(source + (2 * i * (nint)from.Distance), from.Stride, destination + (2 * i * (nint)to.Distance), to.Stride, inverse, scale, work);
            }
        }
    }

    private void Contiguous(ReadOnlySpan<T> source, Span<T> destination, bool inverse, IWorkers? workers)
    {
        int count = FourierArgument.Count(source.Length, 2 * Length, nameof(source));
        Require.Length(destination.Length, source.Length, nameof(destination));
        FourierArgument.SameOrApart<T>(source, destination);
        var layout = new FourierLayout(count, 1, Length);
        fixed (T* from = source, to = destination)
            Run(from, layout, to, layout, inverse, inverse ? _inverse : _forward, workers);
    }
}

/// <summary>Where sequences lie in memory: element j of sequence b is the pair number b distance + j stride.</summary>
/// <param name="Count">How many sequences there are.</param>
/// <param name="Stride">Pairs between two elements of a sequence, at least 1.</param>
/// <param name="Distance">Pairs between the first elements of two sequences, at least 1. With a distance of 1 the sequences are the columns of a row-major matrix.</param>
public readonly record struct FourierLayout(int Count, int Stride, int Distance)
{
    internal void Check(int length, int n, string name)
    {
        Require.NonNegative(Count, nameof(Count));
        Require.Positive(Stride, nameof(Stride));
        Require.Positive(Distance, nameof(Distance));
        if (Count == 0)
            return;
        long needed = 2 * ((((long)Count - 1) * Distance) + (((long)n - 1) * Stride) + 1);
        if (length < needed)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name} has {length} elements, {Count} sequences of {n} pairs with stride {Stride} and distance {Distance} need {needed}."), name);
    }
}
