using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptiCore.Fourier;

/// <summary>
/// The self-sorting transform of a length without large prime factors: decimation in frequency, where each pass splits every sequence
/// into as many as its radix and leaves them in order, so that there is no bit reversal.
/// </summary>
/// <remarks>
/// Cochran et al. (1967), What is the fast Fourier transform?; Temperton (1983), Self-sorting mixed-radix fast Fourier transforms; Van Loan (1992),
/// Computational frameworks for the fast Fourier transform, section 1.7.
/// </remarks>
internal sealed unsafe class StockhamEngine<T> : FftEngine<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    // Between two arrays of the workspace, so that powers of two don't all fall into one set of the cache.
    private const int Apart = 144;

    private readonly Step<T>[] _steps;
    private readonly T[] _twiddleRe;
    private readonly T[] _twiddleIm;
    private readonly int _array;

    public StockhamEngine(int length)
        : base(length)
    {
        List<int> radices = Radices.Of(length, Vector256<T>.Count);
        var roots = new RootsOfUnity(length);
        _steps = new Step<T>[radices.Count];
        int size = 0, count = length;
        for (int i = 0; i < radices.Count; i++)
        {
            count /= radices[i];
            _steps[i] = new Step<T>(radices[i], count, size, OddRoots(radices[i]));
            if (count > 1)
                size += (radices[i] - 1) * count;
        }

        _twiddleRe = new T[size];
        _twiddleIm = new T[size];
        foreach (Step<T> step in _steps)
        {
            if (step.Count == 1)
                continue;
            int stride = length / (step.Radix * step.Count), at = step.Twiddles;
            for (int k = 1; k < step.Radix; k++)
            {
                for (int p = 0; p < step.Count; p++, at++)
                {
                    (double re, double im) = roots[(long)stride * k * p];
                    _twiddleRe[at] = T.CreateTruncating(re);
                    _twiddleIm[at] = T.CreateTruncating(im);
                }
            }
        }

        // Narrow passes write up to one vector too far.
        _array = ((length + 15) / 16 * 16) + Apart;
    }

    public override int Work => Math.Max(4 * _array, VerticalWork(Vector256<T>.Count)) + Pass.Scratch<T>();

    /// <summary>The work memory of <see cref="Vertical"/>, without scratch memory.</summary>
    public int VerticalWork(int lanes) => 4 * Length * lanes;

    /// <summary>Whether rows are transformed a vector at a time, which short lengths prefer.</summary>
    public bool PrefersLanes => Length < 16 * Vector256<T>.Count || _steps[0].Count < Vector256<T>.Count || _steps[0].Radix < Vector256<T>.Count;

    public override void Single(T* source, T* destination, bool inverse, T scale, T* work, IWorkers? workers = null)
    {
        if (inverse)
            Single<ExchangedPairs<T>>(source, destination, scale, work);
        else
            Single<Pairs<T>>(source, destination, scale, work);
    }

    public override void Rows(T* source, nint sourceDistance, T* destination, nint destinationDistance, int count, bool inverse, T scale, T* work)
    {
        int done = 0;
        if (PrefersLanes)
        {
            for (int width = Vector256<T>.Count; done + width <= count; done += width)
            {
                T* from = source + (2 * done * sourceDistance), to = destination + (2 * done * destinationDistance);
                T* a = work + Pass.Scratch<T>(), b = a + (2 * Length * width);
                Gather(from, 2 * sourceDistance, a, 2 * Length);
                T* result = Dense(a, b, inverse, work);
                Scatter(result, to, 2 * destinationDistance, 2 * Length, scale);
            }
        }

        base.Rows(source + (2 * done * sourceDistance), sourceDistance, destination + (2 * done * destinationDistance), destinationDistance, count - done, inverse, scale, work);
    }

    public override void Columns(T* source, nint sourceStride, T* destination, nint destinationStride, int count, bool inverse, T scale, T* work)
    {
        int whole = count / Vector256<T>.Count * Vector256<T>.Count;
        for (int first = 0; first < whole; first += Vector256<T>.Count)
        {
            T* from = source + (2 * first), to = destination + (2 * first);
            if (inverse)
                Vertical<ExchangedPairs<T>, ExchangedPairs<T>, NoTwiddles<T>>(from, from, sourceStride, to, to, destinationStride, Vector256<T>.Count, scale, null, null, work);
            else
                Vertical<Pairs<T>, Pairs<T>, NoTwiddles<T>>(from, from, sourceStride, to, to, destinationStride, Vector256<T>.Count, scale, null, null, work);
        }

        base.Columns(source + (2 * whole), sourceStride, destination + (2 * whole), destinationStride, count - whole, inverse, scale, work);
    }

    /// <summary>Transforms neighbouring columns, whole vectors of them; in one pass over the source and one over the destination.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Vertical<TIn, TOut, TLast>(T* inRe, T* inIm, nint inStride, T* outRe, T* outIm, nint outStride, int lanes, T scale, T* lastRe, T* lastIm, T* work)
        where TIn : struct, IComplexMemory<T>
        where TOut : struct, IComplexMemory<T>
        where TLast : struct, ITwiddles<T>
    {
        T* a = work + Pass.Scratch<T>(), b = a + (2 * (nint)Length * lanes);
        fixed (T* re = _twiddleRe, im = _twiddleIm)
        {
            if (_steps.Length == 1)
            {
                Pass.Run<T, TIn, TOut, TLast>(_steps[0], inRe, inIm, inStride, outRe, outIm, outStride, 1, lanes, scale, lastRe, lastIm, work);
                return;
            }

            nint stride = 2 * lanes;
            int rows = _steps[0].Radix, offset = _steps[0].Twiddles - _steps[0].Count;
            Pass.Run<T, TIn, Split<T>, SharedTwiddles<T>>(_steps[0], inRe, inIm, inStride, a, a + lanes, stride, 1, lanes, scale, re + offset, im + offset, work);
            for (int i = 1; i < _steps.Length - 1; i++)
            {
                offset = _steps[i].Twiddles - _steps[i].Count;
                Pass.Run<T, Split<T>, Split<T>, SharedTwiddles<T>>(_steps[i], a, a + lanes, stride, b, b + lanes, stride, rows, lanes, scale, re + offset, im + offset, work);
                rows *= _steps[i].Radix;
                T* other = a;
                a = b;
                b = other;
            }

            Pass.Run<T, Split<T>, TOut, TLast>(_steps[^1], a, a + lanes, stride, outRe, outIm, outStride, rows, lanes, scale, lastRe, lastIm, work);
        }
    }

    /// <summary>
    /// Transforms one vector of sequences that <see cref="Gather"/> has prepared; or <paramref name="rows"/> such vectors, element by element in turn. Returns which of the two arrays holds the
    /// result.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public T* Dense(T* a, T* b, bool inverse, T* scratch, int rows = 1)
    {
        int width = Vector256<T>.Count;
        int re = inverse ? width : 0, im = inverse ? 0 : width;
        fixed (T* twiddleRe = _twiddleRe, twiddleIm = _twiddleIm)
        {
            foreach (Step<T> step in _steps)
            {
                int offset = step.Twiddles - step.Count;
                if (step.Count == 1)
                    Pass.Run<T, Split<T>, Split<T>, NoTwiddles<T>>(step, a + re, a + im, 2 * width, b + re, b + im, 2 * width, rows, width, default, null, null, scratch);
                else
                    Pass.Run<T, Split<T>, Split<T>, SharedTwiddles<T>>(step, a + re, a + im, 2 * width, b + re, b + im, 2 * width, rows, width, default, twiddleRe + offset, twiddleIm + offset, scratch);
                rows *= step.Radix;
                T* other = a;
                a = b;
                b = other;
            }
        }

        return a;
    }

    /// <summary>Reads one vector of rows so that equal places lie side by side: of pairs first the real parts, then the imaginary ones.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Gather(T* source, nint distance, T* to, int elements)
    {
        int width = Vector256<T>.Count, i = 0;
        for (; i <= elements - width; i += width)
            Lanes.Transpose(source + i, distance, to + ((nint)i * width), width);
        for (; i < elements; i++)
        {
            for (int row = 0; row < width; row++)
                to[((nint)i * width) + row] = source[i + (row * distance)];
        }
    }

    /// <summary>Undoes <see cref="Gather"/>, times the scale.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Scatter(T* from, T* destination, nint distance, int elements, T scale)
    {
        int width = Vector256<T>.Count, i = 0;
        if (scale != T.One)
        {
            Vector256<T> factor = Vector256.Create(scale);
            for (int j = 0; j < elements; j++)
                (factor * Vector256.Load(from + ((nint)j * width))).Store(from + ((nint)j * width));
        }

        for (; i <= elements - width; i += width)
            Lanes.Transpose(from + ((nint)i * width), width, destination + i, distance);
        for (; i < elements; i++)
        {
            for (int row = 0; row < width; row++)
                destination[i + (row * distance)] = from[((nint)i * width) + row];
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Single<TPairs>(T* source, T* destination, T scale, T* work)
        where TPairs : struct, IComplexMemory<T>
    {
        int width = Vector256<T>.Count, length = Length;
        bool exchanged = typeof(TPairs) == typeof(ExchangedPairs<T>);
        int reAt = exchanged ? 1 : 0;
        T* scratch = work, a = work + Pass.Scratch<T>(), b = a + (2 * _array);
        fixed (T* re = _twiddleRe, im = _twiddleIm)
        {
            int lanes = 1;
            for (int i = 0; i < _steps.Length; i++)
            {
                ref readonly Step<T> step = ref _steps[i];
                int offset = step.Twiddles - step.Count;
                bool across = step.Count >= width && step.Radix is 2 or 3 or 4 or 5 or 8;
                if (i == 0 && step.Count >= width && across)
                {
                    Pass.RunAcross<T, TPairs>(step, source, source, a, a + _array, re + offset, im + offset, scratch);
                }
                else
                {
                    if (i == 0)
                    {
                        for (nint j = 0; j < length; j++)
                        {
                            b[j] = source[(2 * j) + reAt];
                            b[_array + j] = source[(2 * j) + 1 - reAt];
                        }
                    }

                    if (step.Count == 1 && lanes >= width)
                    {
                        Pass.Run<T, Split<T>, TPairs, NoTwiddles<T>>(step, b, b + _array, lanes, destination, destination, lanes, 1, lanes, scale, null, null, scratch);
                        return;
                    }

                    if (step.Count == 1)
                        Pass.Run<T, Split<T>, Split<T>, NoTwiddles<T>>(step, b, b + _array, lanes, a, a + _array, lanes, 1, lanes, scale, null, null, scratch);
                    else
                        Pass.Run<T, Split<T>, Split<T>, SharedTwiddles<T>>(step, b, b + _array, lanes, a, a + _array, lanes, 1, lanes, scale, re + offset, im + offset, scratch);
                }

                lanes *= step.Radix;
                T* other = a;
                a = b;
                b = other;
            }

            for (nint j = 0; j < length; j++)
            {
                destination[(2 * j) + reAt] = scale * b[j];
                destination[(2 * j) + 1 - reAt] = scale * b[_array + j];
            }
        }
    }

    private static T[] OddRoots(int radix)
    {
        if (radix is 1 or 2 or 3 or 4 or 5 or 8)
            return [];
        int half = (radix - 1) / 2;
        var roots = new RootsOfUnity(radix);
        T[] table = new T[2 * half * half];
        for (int k = 1; k <= half; k++)
        {
            for (int j = 1; j <= half; j++)
            {
                (double re, double im) = roots[(long)j * k];
                int at = 2 * (((k - 1) * half) + j - 1);
                table[at] = T.CreateTruncating(re);
                table[at + 1] = T.CreateTruncating(-im);
            }
        }

        return table;
    }
}
