using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptiCore.Fourier;

/// <summary>
/// The discrete Fourier transform of real sequences of one length n, y[k] = sum_j x[j] exp(-2 pi i j k / n) for k = 0, ..., n / 2, and its inverse. The
/// other half of the spectrum is the complex conjugate of this one.
/// </summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <remarks>
/// <para>An even length is done as one complex transform of n / 2 elements and a pass that takes the even and the odd elements' spectra
/// apart: half the work of <see cref="Fft{T}"/>. An odd length is done in as few operations by passes that keep to real numbers (Sorensen et al. for any radix), or as a complex transform of length
/// n where a prime factor is above 127 or two are above 31. Everything else is as in <see cref="Fft{T}"/>:
/// immutable, shared by threads, nothing allocated after the first calls, the same bits everywhere.</para>
/// <para>Sorensen, Jones, Heideman and Burrus (1987), Real-valued fast Fourier transform algorithms.</para>
/// </remarks>
[Algorithm("Real fast Fourier transform", "Fourier transforms", "Sorensen, Jones, Heideman and Burrus (1987), Real-valued fast Fourier transform algorithms")]
public sealed unsafe class RealFft<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int Grain = 1 << 15;

    private readonly FftEngine<T>? _complex;
    private readonly OddRealEngine<T>? _odd;
    private readonly T[] _cos = [];
    private readonly T[] _sin = [];
    private readonly T _forward;
    private readonly T _inverse;

    /// <summary>Computes the roots of unity for a length.</summary>
    /// <param name="length">The length n, at least 1.</param>
    /// <param name="scaling">Which direction carries a factor.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is smaller than 1 or too large for an array of its work memory; the scaling isn't defined.</exception>
    /// <exception cref="NotSupportedException">The element type is neither float nor double.</exception>
    public RealFft(int length, FourierScaling scaling = FourierScaling.Inverse)
    {
        FourierArgument.CheckLength<T>(length);
        _odd = length % 2 != 0 ? OddRealEngine<T>.Create(length) : null;
        _complex = _odd is null ? FftEngine<T>.Create(length % 2 == 0 ? length / 2 : length) : null;
        Length = length;
        Scaling = Require.Defined(scaling, nameof(scaling));
        _forward = scaling.Factor<T>(false, length);
        _inverse = scaling.Factor<T>(true, length);
        if (length % 2 != 0)
            return;
        _cos = new T[(length / 4) + 1];
        _sin = new T[(length / 4) + 1];
        var roots = new RootsOfUnity(length);
        for (int k = 0; k < _cos.Length; k++)
        {
            (double re, double im) = roots[k];
            _cos[k] = T.CreateTruncating(re);
            _sin[k] = T.CreateTruncating(im);
        }
    }

    /// <summary>The length n of the real sequences.</summary>
    public int Length { get; }

    /// <summary>The complex numbers of a spectrum, n / 2 + 1; each is two elements.</summary>
    public int SpectrumLength => (Length / 2) + 1;

    /// <summary>Which direction carries a factor.</summary>
    public FourierScaling Scaling { get; }

    internal int Work => _odd is not null ? _odd.Work
        : Length % 2 == 0 ? Math.Max(_complex!.Work, Pass.Scratch<T>() + (2 * SpectrumLength * 2 * Vector256<T>.Count))
        : _complex!.Work + (2 * Length * Vector256<T>.Count);

    /// <summary>Transforms sequences that lie one after the other. O(n log n) each.</summary>
    /// <param name="source">Any number of sequences of n elements.</param>
    /// <param name="spectrum">n / 2 + 1 pairs (re, im) for each sequence.</param>
    /// <param name="workers">Share the sequences; null for this thread alone.</param>
    /// <exception cref="ArgumentException">The length of the source isn't a multiple of n, the other one doesn't fit, or the spans overlap.</exception>
    public void Forward(ReadOnlySpan<T> source, Span<T> spectrum, IWorkers? workers = null)
    {
        int count = FourierArgument.Count(source.Length, Length, nameof(source));
        CheckSpectrum(spectrum.Length, count, nameof(spectrum));
        FourierArgument.Apart<T>(source, spectrum, nameof(spectrum));
        fixed (T* from = source, to = spectrum)
            Run(from, to, count, false, _forward, workers);
    }

    /// <summary>The inverse: n real elements from n / 2 + 1 complex ones. The imaginary parts of element 0 and, for even n, of element n / 2 are taken for 0.</summary>
    /// <param name="spectrum">n / 2 + 1 pairs (re, im) for each sequence.</param>
    /// <param name="destination">Any number of sequences of n elements.</param>
    /// <param name="workers">Share the sequences; null for this thread alone.</param>
    /// <exception cref="ArgumentException">The length of the destination isn't a multiple of n, the other one doesn't fit, or the spans overlap.</exception>
    public void Inverse(ReadOnlySpan<T> spectrum, Span<T> destination, IWorkers? workers = null)
    {
        int count = FourierArgument.Count(destination.Length, Length, nameof(destination));
        CheckSpectrum(spectrum.Length, count, nameof(spectrum));
        FourierArgument.Apart<T>(spectrum, destination, nameof(destination));
        fixed (T* from = spectrum, to = destination)
            Run(from, to, count, true, _inverse, workers);
    }

    /// <summary>Transforms on checked arguments.</summary>
    internal void Run(T* source, T* destination, int count, bool inverse, T scale, IWorkers? workers)
    {
        if (workers is null || workers.Count == 1 || count <= 1)
        {
            using var workspace = new Workspace<T>(Work);
            fixed (T* p = workspace.Span)
                Run(source, destination, count, inverse, scale, Workspace<T>.Align(p), workers);
            return;
        }

        Share(source, destination, count, inverse, scale, workers);
    }

    // Apart from Run, because a method with a lambda allocates its captured variables even where it returns before.
    private void Share(T* source, T* destination, int count, bool inverse, T scale, IWorkers workers)
    {
        int grain = (Math.Max(1, Grain / Length) + 15) / 16 * 16;
        nint sourceDistance = inverse ? 2 * SpectrumLength : Length, destinationDistance = inverse ? Length : 2 * SpectrumLength;
        workers.ForEach((count + grain - 1) / grain, i =>
        {
            using var workspace = new Workspace<T>(Work);
            nint first = (nint)i * grain;
            fixed (T* p = workspace.Span)
                Run(source + (first * sourceDistance), destination + (first * destinationDistance), (int)Math.Min(grain, count - first), inverse, scale, Workspace<T>.Align(p), null);
        });
    }

    /// <summary>Transforms in this thread, with the caller's work memory.</summary>
    internal void Run(T* source, T* destination, int count, bool inverse, T scale, T* work, IWorkers? workers)
    {
        if (_odd is not null)
        {
            if (inverse)
                _odd.Inverse(source, destination, count, scale, work);
            else
                _odd.Forward(source, destination, count, scale, work);
            return;
        }

        FftEngine<T> complex = _complex!;
        if (Length % 2 != 0)
        {
            Odd(complex, source, destination, count, inverse, scale, work);
            return;
        }

        int half = Length / 2, done = 0, width = Vector256<T>.Count;
        if (complex is StockhamEngine<T> { PrefersLanes: true } engine)
        {
            T* a = work + Pass.Scratch<T>(), b = a + (2 * SpectrumLength * width);
            for (; done + width <= count; done += width)
            {
                if (inverse)
                {
                    StockhamEngine<T>.Gather(source + ((nint)done * 2 * SpectrumLength), 2 * SpectrumLength, a, 2 * SpectrumLength);
                    JoinLanes(a, b);
                    StockhamEngine<T>.Scatter(engine.Dense(b, a, true, work), destination + ((nint)done * Length), Length, Length, scale);
                }
                else
                {
                    StockhamEngine<T>.Gather(source + ((nint)done * Length), Length, a, Length);
                    T* result = engine.Dense(a, b, false, work), other = result == a ? b : a;
                    SeparateLanes(result, other, scale);
                    StockhamEngine<T>.Scatter(other, destination + ((nint)done * 2 * SpectrumLength), 2 * SpectrumLength, 2 * SpectrumLength, T.One);
                }
            }
        }

        for (; done < count; done++)
        {
            if (inverse)
            {
                T* to = destination + ((nint)done * Length);
                Join(source + ((nint)done * 2 * SpectrumLength), to);
                complex.Single(to, to, true, scale, work, workers);
            }
            else
            {
                T* to = destination + ((nint)done * 2 * SpectrumLength);
                complex.Single(source + ((nint)done * Length), to, false, scale, work, workers);
                Separate(to);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Odd(FftEngine<T> complex, T* source, T* destination, int count, bool inverse, T scale, T* work)
    {
        T* lines = work + complex.Work;
        int n = Length, kept = SpectrumLength;
        for (int first = 0; first < count; first += Vector256<T>.Count)
        {
            int present = Math.Min(Vector256<T>.Count, count - first);
            for (int i = 0; i < present; i++)
            {
                T* line = lines + ((nint)i * 2 * n);
                if (inverse)
                {
                    T* from = source + ((nint)(first + i) * 2 * kept);
                    line[0] = from[0];
                    line[1] = T.Zero;
                    for (int k = 1; k < kept; k++)
                    {
                        line[2 * k] = line[2 * (n - k)] = from[2 * k];
                        line[(2 * k) + 1] = from[(2 * k) + 1];
                        line[(2 * (n - k)) + 1] = -from[(2 * k) + 1];
                    }
                }
                else
                {
                    T* from = source + ((nint)(first + i) * n);
                    for (int j = 0; j < n; j++)
                    {
                        line[2 * j] = from[j];
                        line[(2 * j) + 1] = T.Zero;
                    }
                }
            }

            complex.Rows(lines, n, lines, n, present, inverse, scale, work);
            for (int i = 0; i < present; i++)
            {
                T* line = lines + ((nint)i * 2 * n);
                if (inverse)
                {
                    T* to = destination + ((nint)(first + i) * n);
                    for (int j = 0; j < n; j++)
                        to[j] = line[2 * j];
                }
                else
                {
                    T* to = destination + ((nint)(first + i) * 2 * kept);
                    new Span<T>(line, 2 * kept).CopyTo(new Span<T>(to, 2 * kept));
                    to[1] = T.Zero;
                }
            }
        }
    }

    // With z[k] the transform of x[2 j] + i x[2 j + 1], h = n / 2 and w = exp(-2 pi i k / n): e = (z[k] + conj z[h - k]) / 2 is the even elements' spectrum,
    // o = -i w (z[k] - conj z[h - k]) / 2 the odd ones'; y[k] = e + o, and y[h - k] = conj(e - o).
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Separate(T* z)
    {
        int h = Length / 2, k = 1, width = Vector256<T>.Count;
        T first = z[0], second = z[1], half = T.CreateTruncating(0.5);
        (z[0], z[1], z[2 * h], z[(2 * h) + 1]) = (first + second, T.Zero, first - second, T.Zero);
        Vector256<T> halves = Vector256.Create(half);
        fixed (T* cos = _cos, sin = _sin)
        {
            for (; (2 * k) + (2 * width) - 2 < h; k += width)
            {
                T* mirror = z + (2 * (h - k - width + 1));
                Lanes.LoadPairs(z + (2 * k), out Vector256<T> zr, out Vector256<T> zi);
                Lanes.LoadPairs(mirror, out Vector256<T> mr, out Vector256<T> mi);
                SeparateOne(zr, zi, Lanes.Reverse(mr), Lanes.Reverse(mi), Vector256.Load(cos + k), Vector256.Load(sin + k), halves, out Vector256<T> yr, out Vector256<T> yi, out mr, out mi);
                Lanes.StorePairs(z + (2 * k), yr, yi);
                Lanes.StorePairs(mirror, Lanes.Reverse(mr), Lanes.Reverse(mi));
            }

            for (; 2 * k <= h; k++)
            {
                T* a = z + (2 * k), b = z + (2 * (h - k));
                T er = half * (a[0] + b[0]), ei = half * (a[1] - b[1]), dr = half * (a[0] - b[0]), di = half * (a[1] + b[1]);
                T or = T.FusedMultiplyAdd(di, cos[k], dr * sin[k]), oi = T.FusedMultiplyAdd(di, sin[k], -(dr * cos[k]));
                (b[0], b[1]) = (er - or, oi - ei);
                (a[0], a[1]) = (er + or, ei + oi);
            }
        }
    }

    /// <summary>The same for one vector of sequences side by side, which are scaled on the way in, as <see cref="Separate"/> finds them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void SeparateLanes(T* z, T* y, T scale)
    {
        int h = Length / 2, width = Vector256<T>.Count;
        Vector256<T> factor = Vector256.Create(scale), halves = Vector256.Create(T.CreateTruncating(0.5));
        Vector256<T> first = factor * Vector256.Load(z), second = factor * Vector256.Load(z + width);
        (first + second).Store(y);
        Vector256<T>.Zero.Store(y + width);
        (first - second).Store(y + (2 * h * width));
        Vector256<T>.Zero.Store(y + (2 * h * width) + width);
        for (int k = 1; 2 * k <= h; k++)
        {
            int at = 2 * k * width, mirror = 2 * (h - k) * width;
            SeparateOne(
                factor * Vector256.Load(z + at), factor * Vector256.Load(z + at + width), factor * Vector256.Load(z + mirror), factor * Vector256.Load(z + mirror + width), Vector256.Create(_cos[k]), Vector256.Create(_sin[k]), halves,
                out Vector256<T> yr, out Vector256<T> yi, out Vector256<T> mr, out Vector256<T> mi);
            mr.Store(y + mirror);
            mi.Store(y + mirror + width);
            yr.Store(y + at);
            yi.Store(y + at + width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SeparateOne(
        Vector256<T> zr, Vector256<T> zi, Vector256<T> mr, Vector256<T> mi, Vector256<T> c, Vector256<T> s, Vector256<T> half,
        out Vector256<T> yr, out Vector256<T> yi, out Vector256<T> wr, out Vector256<T> wi)
    {
        Vector256<T> er = half * (zr + mr), ei = half * (zi - mi), dr = half * (zr - mr), di = half * (zi + mi);
        Vector256<T> or = Lanes.MultiplyAdd(di, c, dr * s), oi = Lanes.MultiplySubtract(di, s, dr * c);
        (yr, yi, wr, wi) = (er + or, ei + oi, er - or, oi - ei);
    }

    // Undoes Separate, times 2: z[k] = e + d with e = y[k] + conj y[h - k], d = i conj(w) (y[k] - conj y[h - k]), and z[h - k] = conj(e - d).
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Join(T* y, T* z)
    {
        int h = Length / 2, k = 1, width = Vector256<T>.Count;
        (z[0], z[1]) = (y[0] + y[2 * h], y[0] - y[2 * h]);
        fixed (T* cos = _cos, sin = _sin)
        {
            for (; (2 * k) + (2 * width) - 2 < h; k += width)
            {
                int mirror = 2 * (h - k - width + 1);
                Lanes.LoadPairs(y + (2 * k), out Vector256<T> yr, out Vector256<T> yi);
                Lanes.LoadPairs(y + mirror, out Vector256<T> mr, out Vector256<T> mi);
                JoinOne(yr, yi, Lanes.Reverse(mr), Lanes.Reverse(mi), Vector256.Load(cos + k), Vector256.Load(sin + k), out Vector256<T> zr, out Vector256<T> zi, out mr, out mi);
                Lanes.StorePairs(z + (2 * k), zr, zi);
                Lanes.StorePairs(z + mirror, Lanes.Reverse(mr), Lanes.Reverse(mi));
            }

            for (; 2 * k <= h; k++)
            {
                T* a = y + (2 * k), b = y + (2 * (h - k)), p = z + (2 * k), q = z + (2 * (h - k));
                T er = a[0] + b[0], ei = a[1] - b[1], gr = a[0] - b[0], gi = a[1] + b[1];
                T dr = T.FusedMultiplyAdd(sin[k], gr, -(cos[k] * gi)), di = T.FusedMultiplyAdd(sin[k], gi, cos[k] * gr);
                (q[0], q[1]) = (er - dr, di - ei);
                (p[0], p[1]) = (er + dr, ei + di);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void JoinLanes(T* y, T* z)
    {
        int h = Length / 2, width = Vector256<T>.Count;
        Vector256<T> first = Vector256.Load(y), last = Vector256.Load(y + (2 * h * width));
        (first + last).Store(z);
        (first - last).Store(z + width);
        for (int k = 1; 2 * k <= h; k++)
        {
            int at = 2 * k * width, mirror = 2 * (h - k) * width;
            JoinOne(
                Vector256.Load(y + at), Vector256.Load(y + at + width), Vector256.Load(y + mirror), Vector256.Load(y + mirror + width), Vector256.Create(_cos[k]), Vector256.Create(_sin[k]),
                out Vector256<T> zr, out Vector256<T> zi, out Vector256<T> mr, out Vector256<T> mi);
            mr.Store(z + mirror);
            mi.Store(z + mirror + width);
            zr.Store(z + at);
            zi.Store(z + at + width);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void JoinOne(
        Vector256<T> yr, Vector256<T> yi, Vector256<T> mr, Vector256<T> mi, Vector256<T> c, Vector256<T> s,
        out Vector256<T> zr, out Vector256<T> zi, out Vector256<T> wr, out Vector256<T> wi)
    {
        Vector256<T> er = yr + mr, ei = yi - mi, gr = yr - mr, gi = yi + mi;
        Vector256<T> dr = Lanes.MultiplySubtract(s, gr, c * gi), di = Lanes.MultiplyAdd(s, gi, c * gr);
        (zr, zi, wr, wi) = (er + dr, ei + di, er - dr, di - ei);
    }

    private void CheckSpectrum(int length, int count, string name)
    {
        long expected = 2L * count * SpectrumLength;
        if (length != expected)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name} has {length} elements, {count} sequences of {Length} real elements have spectra of {expected}."), name);
    }
}
