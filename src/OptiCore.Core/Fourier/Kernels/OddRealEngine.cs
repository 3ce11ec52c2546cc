using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptiCore.Fourier;

/// <summary>
/// The transform of real sequences of an odd length n = r m and its inverse, in half the operations of a complex one: of the r subsequences that one pass of radix r makes of a real sequence,
/// the first is real again and the last (r - 1) / 2 mirror those before them, so that (r - 1) / 2 complex transforms of length m and one real one are left.
/// </summary>
/// <remarks>
/// Sorensen, Jones, Heideman and Burrus (1987), Real-valued fast Fourier transform algorithms, for radix r. The radix is the largest prime factor, by its definition with the symmetry of cosines and
/// sines: (r - 1)^2 / 2 fused multiply-adds, which up to <see cref="LargestRadix"/> cost far less than a convolution.
/// </remarks>
internal sealed unsafe class OddRealEngine<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public const int LargestRadix = 127;

    // Up to here a vector of sequences side by side lies in the L2 cache with all its work memory.
    private const int LongestLanes = 1024;

    private readonly int _length;
    private readonly int _radix;
    private readonly int _half;
    private readonly int _columns;
    private readonly StockhamEngine<T>? _complex;
    private readonly OddRealEngine<T>? _real;

    // cos(2 pi j k / r) and -sin(2 pi j k / r), for k in blocks of four and j within each as they are used.
    private readonly T[] _roots;

    // exp(-2 pi i p k / n), all columns p for each k.
    private readonly T[] _twiddleRe;
    private readonly T[] _twiddleIm;

    private OddRealEngine(int length, int radix)
    {
        (_length, _radix, _half, _columns) = (length, radix, (radix - 1) / 2, length / radix);
        if (_columns > 1)
        {
            _complex = new StockhamEngine<T>(_columns);
            _real = new OddRealEngine<T>(_columns, RadixOf(_columns));
        }

        var rootsOfRadix = new RootsOfUnity(radix);
        var roots = new List<T>(2 * _half * _half);
        for (int first = 1; first <= _half;)
        {
            int block = BlockAt(first);
            for (int j = 1; j <= _half; j++)
            {
                for (int k = first; k < first + block; k++)
                {
                    (double re, double im) = rootsOfRadix[(long)j * k];
                    roots.Add(T.CreateTruncating(re));
                    roots.Add(T.CreateTruncating(im));
                }
            }

            first += block;
        }

        _roots = [.. roots];
        _twiddleRe = new T[_half * _columns];
        _twiddleIm = new T[_half * _columns];
        var twiddles = new RootsOfUnity(length);
        for (int k = 1; k <= _half; k++)
        {
            for (int p = 0; p < _columns; p++)
            {
                (double re, double im) = twiddles[(long)k * p];
                _twiddleRe[((k - 1) * _columns) + p] = T.CreateTruncating(re);
                _twiddleIm[((k - 1) * _columns) + p] = T.CreateTruncating(im);
            }
        }
    }

    /// <summary>The elements of work memory that one call needs.</summary>
    public int Work => Math.Max(UsesLanes ? (((2 * _length) + 1) * Vector256<T>.Count) + LanesWork : 0, (2 * _length) + (4 * _half * Vector256<T>.Count) + InnerWork);

    // The row of sums, its spectrum, the complex rows twice, and the terms and results of one column.
    private int LanesWork => (((2 * _columns) + 1 + (4 * _half * _columns) + (4 * _half)) * Vector256<T>.Count) + InnerWork;

    private int InnerWork => Math.Max(Math.Max(_complex?.Work ?? 0, Pass.Scratch<T>()), _real?.Work ?? 0);

    private bool UsesLanes => _length <= LongestLanes || _columns < Vector256<T>.Count;

    private int SpectrumLength => (_length / 2) + 1;

    /// <summary>The engine for an odd length from 3 on, null if it has a prime factor that is too large.</summary>
    public static OddRealEngine<T>? Create(int length)
    {
        if (length < 3)
            return null;
        int radix = RadixOf(length);
        return radix <= LargestRadix && Radices.IsSmooth(length / radix, Pass.LargestRadix) ? new OddRealEngine<T>(length, radix) : null;
    }

    /// <summary>Transforms real sequences that lie one after the other.</summary>
    public void Forward(T* source, T* spectrum, int count, T scale, T* work)
    {
        int width = Vector256<T>.Count, done = 0, elements = 2 * SpectrumLength;
        T* x = work, y = x + ((nint)_length * width), rest = y + ((nint)elements * width);
        for (; UsesLanes && done + width <= count; done += width)
        {
            StockhamEngine<T>.Gather(source + ((nint)done * _length), _length, x, _length);
            ForwardLanes(x, y, rest);
            StockhamEngine<T>.Scatter(y, spectrum + ((nint)done * elements), elements, elements, scale);
        }

        for (; done < count; done++)
        {
            T* to = spectrum + ((nint)done * elements);
            Forward(source + ((nint)done * _length), to, work);
            for (int i = 0; i < elements; i++)
                to[i] *= scale;
        }
    }

    /// <summary>The inverse of <see cref="Forward(T*, T*, int, T, T*)"/>, times n.</summary>
    public void Inverse(T* spectrum, T* destination, int count, T scale, T* work)
    {
        int width = Vector256<T>.Count, done = 0, elements = 2 * SpectrumLength;
        T* x = work, y = x + ((nint)_length * width), rest = y + ((nint)elements * width);
        for (; UsesLanes && done + width <= count; done += width)
        {
            StockhamEngine<T>.Gather(spectrum + ((nint)done * elements), elements, y, elements);
            InverseLanes(y, x, rest);
            StockhamEngine<T>.Scatter(x, destination + ((nint)done * _length), _length, _length, scale);
        }

        for (; done < count; done++)
        {
            T* to = destination + ((nint)done * _length);
            Inverse(spectrum + ((nint)done * elements), to, work);
            for (int i = 0; i < _length; i++)
                to[i] *= scale;
        }
    }

    /// <summary>One sequence: the lanes are neighbouring columns, or all but one stay empty where there are too few.</summary>
    private void Forward(T* x, T* y, T* work)
    {
        int width = Vector256<T>.Count;
        if (_columns < width)
        {
            T* lanes = work, spectra = lanes + ((nint)_length * width), rest = spectra + ((nint)2 * SpectrumLength * width);
            Spread(x, lanes, _length);
            ForwardLanes(lanes, spectra, rest);
            Collect(spectra, y, 2 * SpectrumLength);
            return;
        }

        int m = _columns;
        T* sums = work, spectrum = sums + m, rows = spectrum + (m + 1), terms = rows + ((nint)2 * _half * m), results = terms + (2 * _half * width), free = results + (2 * _half * width);
        fixed (T* re = _twiddleRe, im = _twiddleIm)
        {
            for (int p = 0; ; p = Math.Min(p + width, m - width))
            {
                SumsAndDifferences(x + p, m, terms).Store(sums + p);
                Turn(terms, Vector256.Load(x + p), results);
                for (int k = 1; k <= _half; k++)
                {
                    Twiddled(results + (2 * (k - 1) * width), Vector256.Load(re + ((k - 1) * m) + p), Vector256.Load(im + ((k - 1) * m) + p), out Vector256<T> r, out Vector256<T> i);
                    Lanes.StorePairs(rows + (2 * (((nint)(k - 1) * m) + p)), r, i);
                }

                if (p == m - width)
                    break;
            }
        }

        _complex!.Rows(rows, m, rows, m, _half, false, T.One, free);
        _real!.Forward(sums, spectrum, free);
        for (int q = 0; q <= m / 2; q++)
            (y[2 * _radix * q], y[(2 * _radix * q) + 1]) = (spectrum[2 * q], spectrum[(2 * q) + 1]);
        for (int k = 1; k <= _half; k++)
        {
            T* row = rows + ((nint)2 * (k - 1) * m);
            for (int q = 0; q < m; q++)
            {
                int f = k + (_radix * q);
                if (2 * f < _length)
                    (y[2 * f], y[(2 * f) + 1]) = (row[2 * q], row[(2 * q) + 1]);
                else
                    (y[2 * (_length - f)], y[(2 * (_length - f)) + 1]) = (row[2 * q], -row[(2 * q) + 1]);
            }
        }
    }

    private void Inverse(T* y, T* x, T* work)
    {
        int width = Vector256<T>.Count;
        if (_columns < width)
        {
            T* lanes = work, spectra = lanes + ((nint)_length * width), rest = spectra + ((nint)2 * SpectrumLength * width);
            Spread(y, spectra, 2 * SpectrumLength);
            InverseLanes(spectra, lanes, rest);
            Collect(lanes, x, _length);
            return;
        }

        int m = _columns;
        T* sums = work, spectrum = sums + m, rows = spectrum + (m + 1), terms = rows + ((nint)2 * _half * m), results = terms + (2 * _half * width), free = results + (2 * _half * width);
        for (int q = 0; q <= m / 2; q++)
            (spectrum[2 * q], spectrum[(2 * q) + 1]) = (y[2 * _radix * q], y[(2 * _radix * q) + 1]);
        for (int k = 1; k <= _half; k++)
        {
            T* row = rows + ((nint)2 * (k - 1) * m);
            for (int q = 0; q < m; q++)
            {
                int f = k + (_radix * q);
                (row[2 * q], row[(2 * q) + 1]) = 2 * f < _length ? (y[2 * f], y[(2 * f) + 1]) : (y[2 * (_length - f)], -y[(2 * (_length - f)) + 1]);
            }
        }

        _complex!.Rows(rows, m, rows, m, _half, true, T.One, free);
        _real!.Inverse(spectrum, sums, free);
        fixed (T* re = _twiddleRe, im = _twiddleIm)
        {
            for (int p = 0; ; p = Math.Min(p + width, m - width))
            {
                Vector256<T> first = Vector256.Load(sums + p), sum = first;
                for (int k = 1; k <= _half; k++)
                {
                    Lanes.LoadPairs(rows + (2 * (((nint)(k - 1) * m) + p)), out Vector256<T> r, out Vector256<T> i);
                    sum += Untwiddled(r, i, Vector256.Load(re + ((k - 1) * m) + p), Vector256.Load(im + ((k - 1) * m) + p), terms + (2 * (k - 1) * width));
                }

                sum.Store(x + p);
                Turn(terms, first, results);
                Mirrored(results, x + p, m);
                if (p == m - width)
                    break;
            }
        }
    }

    /// <summary>One vector of sequences side by side.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ForwardLanes(T* x, T* y, T* work)
    {
        int width = Vector256<T>.Count, m = _columns;
        T* sums = work, spectrum = sums + ((nint)m * width), a = spectrum + ((nint)(m + 1) * width), b = a + ((nint)2 * _half * m * width);
        T* terms = b + ((nint)2 * _half * m * width), results = terms + (2 * _half * width), free = results + (2 * _half * width);
        fixed (T* re = _twiddleRe, im = _twiddleIm)
        {
            for (int p = 0; p < m; p++)
            {
                T* column = x + ((nint)p * width);
                SumsAndDifferences(column, (nint)m * width, terms).Store(sums + ((nint)p * width));
                Turn(terms, Vector256.Load(column), results);
                T* to = m == 1 ? y + (2 * width) : a + ((nint)2 * _half * p * width);
                for (int k = 1; k <= _half; k++)
                {
                    Twiddled(results + (2 * (k - 1) * width), Vector256.Create(re[((k - 1) * m) + p]), Vector256.Create(im[((k - 1) * m) + p]), out Vector256<T> r, out Vector256<T> i);
                    r.Store(to + (2 * (k - 1) * width));
                    i.Store(to + (2 * (k - 1) * width) + width);
                }
            }
        }

        if (m == 1)
        {
            Vector256.Load(sums).Store(y);
            Vector256<T>.Zero.Store(y + width);
            return;
        }

        T* rows = _complex!.Dense(a, b, false, free, _half);
        _real!.ForwardLanes(sums, spectrum, free);
        for (int q = 0; q <= m / 2; q++)
            Copy(spectrum + ((nint)2 * q * width), y + ((nint)2 * _radix * q * width), false);
        for (int q = 0; q < m; q++)
        {
            for (int k = 1; k <= _half; k++, rows += 2 * width)
            {
                int f = k + (_radix * q);
                Copy(rows, y + ((nint)2 * Math.Min(f, _length - f) * width), 2 * f > _length);
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void InverseLanes(T* y, T* x, T* work)
    {
        int width = Vector256<T>.Count, m = _columns;
        T* sums = work, spectrum = sums + ((nint)m * width), a = spectrum + ((nint)(m + 1) * width), b = a + ((nint)2 * _half * m * width);
        T* terms = b + ((nint)2 * _half * m * width), results = terms + (2 * _half * width), free = results + (2 * _half * width), rows = y + (2 * width);
        if (m == 1)
        {
            Vector256.Load(y).Store(sums);
        }
        else
        {
            for (int q = 0; q <= m / 2; q++)
                Copy(y + ((nint)2 * _radix * q * width), spectrum + ((nint)2 * q * width), false);
            T* to = a;
            for (int q = 0; q < m; q++)
            {
                for (int k = 1; k <= _half; k++, to += 2 * width)
                {
                    int f = k + (_radix * q);
                    Copy(y + ((nint)2 * Math.Min(f, _length - f) * width), to, 2 * f > _length);
                }
            }

            rows = _complex!.Dense(a, b, true, free, _half);
            _real!.InverseLanes(spectrum, sums, free);
        }

        fixed (T* re = _twiddleRe, im = _twiddleIm)
        {
            for (int p = 0; p < m; p++)
            {
                Vector256<T> first = Vector256.Load(sums + ((nint)p * width)), sum = first;
                for (int k = 1; k <= _half; k++, rows += 2 * width)
                    sum += Untwiddled(Vector256.Load(rows), Vector256.Load(rows + width), Vector256.Create(re[((k - 1) * m) + p]), Vector256.Create(im[((k - 1) * m) + p]), terms + (2 * (k - 1) * width));
                T* column = x + ((nint)p * width);
                sum.Store(column);
                Turn(terms, first, results);
                Mirrored(results, column, (nint)m * width);
            }
        }
    }

    /// <summary>x[j] + x[r - j] and x[j] - x[r - j] for j of 1 to (r - 1) / 2; returns the sum of all.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Vector256<T> SumsAndDifferences(T* x, nint step, T* terms)
    {
        Vector256<T> sum = Vector256.Load(x);
        T* low = x + step, high = x + ((_radix - 1) * step);
        for (int j = 0; j < _half; j++, low += step, high -= step, terms += 2 * Vector256<T>.Count)
        {
            Vector256<T> a = Vector256.Load(low), b = Vector256.Load(high), both = a + b;
            both.Store(terms);
            (a - b).Store(terms + Vector256<T>.Count);
            sum += both;
        }

        return sum;
    }

    /// <summary>The results k of 1 to (r - 1) / 2: first + sum_j t[j] cos(2 pi j k / r), and -sum_j d[j] sin(2 pi j k / r).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Turn(T* terms, Vector256<T> first, T* results)
    {
        int width = Vector256<T>.Count, half = _half;
        fixed (T* table = _roots)
        {
            T* roots = table;
            int k = 1;
            for (; k + 3 <= half; k += 4, results += 8 * width)
            {
                Vector256<T> e0 = first, e1 = first, e2 = first, e3 = first, o0 = default, o1 = default, o2 = default, o3 = default;
                T* t = terms;
                for (int j = 0; j < half; j++, t += 2 * width, roots += 8)
                {
                    Vector256<T> sum = Vector256.Load(t), difference = Vector256.Load(t + width);
                    e0 = Lanes.MultiplyAdd(Vector256.Create(roots[0]), sum, e0);
                    o0 = Lanes.MultiplyAdd(Vector256.Create(roots[1]), difference, o0);
                    e1 = Lanes.MultiplyAdd(Vector256.Create(roots[2]), sum, e1);
                    o1 = Lanes.MultiplyAdd(Vector256.Create(roots[3]), difference, o1);
                    e2 = Lanes.MultiplyAdd(Vector256.Create(roots[4]), sum, e2);
                    o2 = Lanes.MultiplyAdd(Vector256.Create(roots[5]), difference, o2);
                    e3 = Lanes.MultiplyAdd(Vector256.Create(roots[6]), sum, e3);
                    o3 = Lanes.MultiplyAdd(Vector256.Create(roots[7]), difference, o3);
                }

                e0.Store(results);
                o0.Store(results + width);
                e1.Store(results + (2 * width));
                o1.Store(results + (3 * width));
                e2.Store(results + (4 * width));
                o2.Store(results + (5 * width));
                e3.Store(results + (6 * width));
                o3.Store(results + (7 * width));
            }

            for (; k <= half; k++, results += 2 * width)
            {
                Vector256<T> e = first, o = default;
                T* t = terms;
                for (int j = 0; j < half; j++, t += 2 * width, roots += 2)
                {
                    e = Lanes.MultiplyAdd(Vector256.Create(roots[0]), Vector256.Load(t), e);
                    o = Lanes.MultiplyAdd(Vector256.Create(roots[1]), Vector256.Load(t + width), o);
                }

                e.Store(results);
                o.Store(results + width);
            }
        }
    }

    /// <summary>The inverse's last step: x[j] = e[j] + o[j] and x[r - j] = e[j] - o[j].</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Mirrored(T* results, T* x, nint step)
    {
        T* low = x + step, high = x + ((_radix - 1) * step);
        for (int j = 0; j < _half; j++, low += step, high -= step, results += 2 * Vector256<T>.Count)
        {
            Vector256<T> e = Vector256.Load(results), o = Vector256.Load(results + Vector256<T>.Count);
            (e + o).Store(low);
            (e - o).Store(high);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Twiddled(T* pair, Vector256<T> c, Vector256<T> s, out Vector256<T> re, out Vector256<T> im)
    {
        Vector256<T> x = Vector256.Load(pair), y = Vector256.Load(pair + Vector256<T>.Count);
        re = Lanes.MultiplySubtract(x, c, y * s);
        im = Lanes.MultiplyAdd(x, s, y * c);
    }

    /// <summary>Writes twice the product with the factor's conjugate, and returns its real part.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<T> Untwiddled(Vector256<T> x, Vector256<T> y, Vector256<T> c, Vector256<T> s, T* pair)
    {
        Vector256<T> re = Lanes.MultiplyAdd(x, c, y * s), im = Lanes.MultiplySubtract(y, c, x * s);
        re += re;
        re.Store(pair);
        (im + im).Store(pair + Vector256<T>.Count);
        return re;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Copy(T* from, T* to, bool conjugate)
    {
        Vector256.Load(from).Store(to);
        Vector256<T> im = Vector256.Load(from + Vector256<T>.Count);
        (conjugate ? -im : im).Store(to + Vector256<T>.Count);
    }

    private static void Spread(T* from, T* lanes, int elements)
    {
        for (int i = 0; i < elements; i++)
            Vector256.CreateScalar(from[i]).Store(lanes + ((nint)i * Vector256<T>.Count));
    }

    private static void Collect(T* lanes, T* to, int elements)
    {
        for (int i = 0; i < elements; i++)
            to[i] = lanes[(nint)i * Vector256<T>.Count];
    }

    /// <summary>How many results <see cref="Turn"/> does at a time from the given one on.</summary>
    private int BlockAt(int first) => first + 3 <= _half ? 4 : 1;

    /// <summary>The largest prime factor; 9 in place of 3, for half as many passes.</summary>
    private static int RadixOf(int length)
    {
        int largest = 1, rest = length;
        for (int f = 3; (long)f * f <= rest; f += 2)
        {
            for (; rest % f == 0; rest /= f)
                largest = f;
        }

        largest = Math.Max(largest, rest);
        return largest == 3 && length % 9 == 0 ? 9 : largest;
    }
}
