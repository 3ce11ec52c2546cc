using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptiCore.Fourier;

/// <summary>The cosine and sine transforms of types I to IV: the four even and the four odd extensions of a real sequence.</summary>
public enum TrigonometricKind
{
    /// <summary>DCT-I: y[k] = x[0] + (-1)^k x[n-1] + 2 sum over j = 1, ..., n-2 of x[j] cos(pi j k / (n-1)). Its own inverse, times 2 (n-1); n at least 2.</summary>
    Cosine1,

    /// <summary>DCT-II, "the" cosine transform: y[k] = 2 sum_j x[j] cos(pi k (2 j + 1) / (2 n)). Inverse to DCT-III, times 2 n.</summary>
    Cosine2,

    /// <summary>DCT-III: y[k] = x[0] + 2 sum over j = 1, ..., n-1 of x[j] cos(pi (2 k + 1) j / (2 n)).</summary>
    Cosine3,

    /// <summary>DCT-IV: y[k] = 2 sum_j x[j] cos(pi (2 k + 1) (2 j + 1) / (4 n)). Its own inverse, times 2 n.</summary>
    Cosine4,

    /// <summary>DST-I: y[k] = 2 sum_j x[j] sin(pi (k + 1) (j + 1) / (n + 1)). Its own inverse, times 2 (n+1).</summary>
    Sine1,

    /// <summary>DST-II: y[k] = 2 sum_j x[j] sin(pi (k + 1) (2 j + 1) / (2 n)). Inverse to DST-III, times 2 n.</summary>
    Sine2,

    /// <summary>DST-III: y[k] = (-1)^k x[n-1] + 2 sum over j = 0, ..., n-2 of x[j] sin(pi (2 k + 1) (j + 1) / (2 n)).</summary>
    Sine3,

    /// <summary>DST-IV: y[k] = 2 sum_j x[j] sin(pi (2 k + 1) (2 j + 1) / (4 n)). Its own inverse, times 2 n.</summary>
    Sine4,
}

/// <summary>The discrete cosine and sine transforms of types I to IV of real sequences of one length n, and their inverses, in O(n log n) for every n.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <remarks>
/// <para>The conventions are SciPy's: without normalization as in <see cref="TrigonometricKind"/>, where the inverse has the factor 1 / (2 n), 1 / (2 (n-1)) or 1 / (2 (n+1)); orthonormal with
/// both factors' square root, and the elements of the extension's axis weighted so that the matrix is orthogonal.</para>
/// <para>Types II and III are one real transform of length n (Makhoul 1980, A fast cosine transform in one and two dimensions). Type IV is one complex transform
/// of length n / 2, or for odd n one real transform of length n, to which the residues modulo 8 n map it (the idea of Chan and Ho 1990, Direct methods for
/// computing discrete sinusoidal transforms). Type I is one real transform of the extension, of length 2 (n-1) or 2 (n+1): choose n so that this one is smooth.
/// A plan is immutable and may be used by any number of threads; nothing is allocated after the first calls; the same bits on all hardware.</para>
/// </remarks>
[Algorithm("Discrete cosine and sine transforms", "Fourier transforms", "Makhoul (1980), A fast cosine transform in one and two dimensions")]
public sealed unsafe class TrigonometricTransform<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Engine _forward;
    private readonly Engine _inverse;

    /// <summary>Computes the roots of unity for a length.</summary>
    /// <param name="kind">The transform.</param>
    /// <param name="length">The length n, at least 1, and for <see cref="TrigonometricKind.Cosine1"/> at least 2.</param>
    /// <param name="orthonormal">Whether the transform is orthogonal.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is too small or too large; the kind isn't defined.</exception>
    /// <exception cref="NotSupportedException">The element type is neither float nor double.</exception>
    public TrigonometricTransform(TrigonometricKind kind, int length, bool orthonormal = false)
    {
        Kind = Require.Defined(kind, nameof(kind));
        Length = Require.AtLeast(length, kind == TrigonometricKind.Cosine1 ? 2 : 1, nameof(length));
        IsOrthonormal = orthonormal;
        TrigonometricKind inverse = kind switch
        {
            TrigonometricKind.Cosine2 => TrigonometricKind.Cosine3,
            TrigonometricKind.Cosine3 => TrigonometricKind.Cosine2,
            TrigonometricKind.Sine2 => TrigonometricKind.Sine3,
            TrigonometricKind.Sine3 => TrigonometricKind.Sine2,
            _ => kind,
        };
        double period = 2.0 * (kind switch { TrigonometricKind.Cosine1 => length - 1, TrigonometricKind.Sine1 => (double)length + 1, _ => length });
        double root = 1 / Math.Sqrt(period);
        _forward = new Engine(kind, length, orthonormal, orthonormal ? root : 1);
        _inverse = new Engine(inverse, length, orthonormal, orthonormal ? root : 1 / period);
    }

    /// <summary>The transform.</summary>
    public TrigonometricKind Kind { get; }

    /// <summary>The length n.</summary>
    public int Length { get; }

    /// <summary>Whether the transform is orthogonal.</summary>
    public bool IsOrthonormal { get; }

    /// <summary>Transforms sequences that lie one after the other. O(n log n) each.</summary>
    /// <param name="source">Any number of sequences of n elements.</param>
    /// <param name="destination">As many elements; may be the source itself.</param>
    /// <param name="workers">Share the sequences; null for this thread alone.</param>
    /// <exception cref="ArgumentException">A length isn't a multiple of n, the lengths differ, or the spans overlap without being the same.</exception>
    public void Forward(ReadOnlySpan<T> source, Span<T> destination, IWorkers? workers = null) => Run(_forward, source, destination, workers);

    /// <summary>The inverse transform of sequences that lie one after the other.</summary>
    /// <param name="source">Any number of sequences of n elements.</param>
    /// <param name="destination">As many elements; may be the source itself.</param>
    /// <param name="workers">Share the sequences; null for this thread alone.</param>
    /// <exception cref="ArgumentException">A length isn't a multiple of n, the lengths differ, or the spans overlap without being the same.</exception>
    public void Inverse(ReadOnlySpan<T> source, Span<T> destination, IWorkers? workers = null) => Run(_inverse, source, destination, workers);

    private void Run(Engine engine, ReadOnlySpan<T> source, Span<T> destination, IWorkers? workers)
    {
        int count = FourierArgument.Count(source.Length, Length, nameof(source));
        Require.Length(destination.Length, source.Length, nameof(destination));
        FourierArgument.SameOrApart<T>(source, destination);
        fixed (T* from = source, to = destination)
        {
            if (workers is null || workers.Count == 1 || count <= Vector256<T>.Count)
                engine.Run(from, to, count);
            else
                Share(engine, from, to, count, workers);
        }
    }

    // Apart from Run, because a method with a lambda allocates its captured variables even where it doesn't come to it.
    private void Share(Engine engine, T* source, T* destination, int count, IWorkers workers)
    {
        int grain = (Math.Max(1, (1 << 15) / Length) + 15) / 16 * 16;
        workers.ForEach((count + grain - 1) / grain, i =>
        {
            nint first = (nint)i * grain;
            engine.Run(source + (first * Length), destination + (first * Length), (int)Math.Min(grain, count - first));
        });
    }

    /// <summary>One direction.</summary>
    private sealed class Engine
    {
        private readonly TrigonometricKind _kind;
        private readonly int _n;
        private readonly bool _orthonormal;
        private readonly T _scale;
        private readonly RealFft<T>? _real;
        private readonly FftEngine<T>? _complex;

        // Types II and III: exp(-i pi k / (2 n)). Type IV, even n: exp(-i pi (4 j + 1) / (4 n)), then exp(-i pi k / n).
        private readonly T[] _cos = [];
        private readonly T[] _sin = [];
        private readonly T[] _cosAfter = [];
        private readonly T[] _sinAfter = [];

        // Type IV, odd n: where element j goes, where result k comes from, and their signs.
        private readonly int[] _place = [];
        private readonly T[] _sign = [];
        private readonly int[] _frequency = [];
        private readonly bool _subtract;

        public Engine(TrigonometricKind kind, int n, bool orthonormal, double scale)
        {
            (_kind, _n, _orthonormal) = (kind, n, orthonormal);
            _scale = T.CreateTruncating(scale);
            switch (kind)
            {
                case TrigonometricKind.Cosine1:
                    _real = new RealFft<T>(checked(2 * (n - 1)), FourierScaling.None);
                    break;
                case TrigonometricKind.Sine1:
                    _real = new RealFft<T>(checked(2 * (n + 1)), FourierScaling.None);
                    break;
                case TrigonometricKind.Cosine4 or TrigonometricKind.Sine4 when n % 2 == 0:
                    _complex = FourierArgument.Engine<T>(n / 2);
                    (_cos, _sin) = Table(8L * n, n / 2, 4, 1);
                    (_cosAfter, _sinAfter) = Table(8L * n, n / 2, 4, 0);
                    _scale = T.CreateTruncating(2 * scale);
                    break;
                case TrigonometricKind.Cosine4 or TrigonometricKind.Sine4:
                    _real = new RealFft<T>(n, FourierScaling.None);
                    _scale = T.CreateTruncating(Math.Sqrt(2) * scale);
                    (_place, _frequency, _sign) = Residues(n);

                    // cos(pi m / 4) and sin(pi m / 4) with m = n^-1 = n modulo 8; the common sign goes into the signs of the results.
                    _subtract = n % 8 is 3 or 7;
                    if (n % 8 is 3 or 5)
                        _scale = -_scale;
                    break;
                default:
                    _real = new RealFft<T>(n, FourierScaling.None);
                    (_cos, _sin) = Table(4L * n, (n / 2) + 1, 1, 0);
                    if (kind is TrigonometricKind.Cosine2 or TrigonometricKind.Sine2)
                        _scale = T.CreateTruncating(2 * scale);
                    break;
            }
        }

        public void Run(T* source, T* destination, int count)
        {
            int width = Vector256<T>.Count, at = Math.Min(width, count);
            int line = _real?.Length ?? _n, spectrum = _real is null ? 0 : 2 * _real.SpectrumLength;
            int work = _real?.Work ?? _complex!.Work;
            using var workspace = new Workspace<T>(work + (at * (line + spectrum)) + (2 * width));
            fixed (T* p = workspace.Span)
            {
                T* w = Workspace<T>.Align(p), lines = w + work, spectra = lines + ((nint)at * line);
                for (int first = 0; first < count; first += width)
                {
                    int rows = Math.Min(width, count - first);
                    T* from = source + ((nint)first * _n), to = destination + ((nint)first * _n);
                    switch (_kind)
                    {
                        case TrigonometricKind.Cosine1 or TrigonometricKind.Sine1:
                            Type1(from, to, rows, lines, spectra, w);
                            break;
                        case TrigonometricKind.Cosine2 or TrigonometricKind.Sine2:
                            for (int i = 0; i < rows; i++)
                                Split(from + ((nint)i * _n), lines + ((nint)i * _n));
                            _real!.Run(lines, spectra, rows, false, _scale, w, null);
                            for (int i = 0; i < rows; i++)
                                After2(spectra + ((nint)i * spectrum), to + ((nint)i * _n));
                            break;
                        case TrigonometricKind.Cosine3 or TrigonometricKind.Sine3:
                            for (int i = 0; i < rows; i++)
                                Before3(from + ((nint)i * _n), spectra + ((nint)i * spectrum));
                            _real!.Run(spectra, lines, rows, true, _scale, w, null);
                            for (int i = 0; i < rows; i++)
                                Merge(lines + ((nint)i * _n), to + ((nint)i * _n));
                            break;
                        default:
                            if (_complex is not null)
                                Type4Even(from, to, rows, lines, w);
                            else
                                Type4Odd(from, to, rows, lines, spectra, w);
                            break;
                    }
                }
            }
        }

        private bool IsSine => _kind >= TrigonometricKind.Sine1;

        private void Type1(T* source, T* destination, int rows, T* lines, T* spectra, T* work)
        {
            int n = _n, m = _real!.Length, spectrum = 2 * _real.SpectrumLength;
            T end = _orthonormal ? T.CreateTruncating(Math.Sqrt(2)) : T.One, endAfter = _orthonormal ? T.CreateTruncating(Math.Sqrt(0.5)) : T.One;
            for (int i = 0; i < rows; i++)
            {
                T* x = source + ((nint)i * n), z = lines + ((nint)i * m);
                if (IsSine)
                {
                    z[0] = z[n + 1] = T.Zero;
                    for (int j = 0; j < n; j++)
                        (z[j + 1], z[m - 1 - j]) = (x[j], -x[j]);
                }
                else
                {
                    (z[0], z[n - 1]) = (end * x[0], end * x[n - 1]);
                    for (int j = 1; j < n - 1; j++)
                        z[j] = z[m - j] = x[j];
                }
            }

            _real.Run(lines, spectra, rows, false, _scale, work, null);
            for (int i = 0; i < rows; i++)
            {
                T* y = destination + ((nint)i * n), z = spectra + ((nint)i * spectrum);
                for (int k = 0; k < n; k++)
                    y[k] = IsSine ? -z[(2 * k) + 3] : z[2 * k];
                if (!IsSine)
                    (y[0], y[n - 1]) = (endAfter * y[0], endAfter * y[n - 1]);
            }
        }

        /// <summary>Elements of even index, then those of odd index backwards; for sines these with the opposite sign.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Split(T* x, T* v)
        {
            int n = _n, width = Vector256<T>.Count, j = 0;
            bool sine = IsSine;
            for (; 2 * (j + width) <= n; j += width)
            {
                Lanes.LoadPairs(x + (2 * j), out Vector256<T> even, out Vector256<T> odd);
                even.Store(v + j);
                Lanes.Reverse(sine ? -odd : odd).Store(v + n - j - width);
            }

            for (; 2 * j < n; j++)
            {
                v[j] = x[2 * j];
                if ((2 * j) + 1 < n)
                    v[n - 1 - j] = sine ? -x[(2 * j) + 1] : x[(2 * j) + 1];
            }
        }

        /// <summary>Undoes <see cref="Split"/>.</summary>
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Merge(T* v, T* x)
        {
            int n = _n, width = Vector256<T>.Count, j = 0;
            bool sine = IsSine;
            for (; 2 * (j + width) <= n; j += width)
            {
                Vector256<T> odd = Lanes.Reverse(Vector256.Load(v + n - j - width));
                Lanes.StorePairs(x + (2 * j), Vector256.Load(v + j), sine ? -odd : odd);
            }

            for (; 2 * j < n; j++)
            {
                x[2 * j] = v[j];
                if ((2 * j) + 1 < n)
                    x[(2 * j) + 1] = sine ? -v[n - 1 - j] : v[n - 1 - j];
            }
        }

        // With a + i b = exp(-i pi k / (2 n)) z[k]: y[k] = a, y[n - k] = -b. The sine transform has its results in the opposite order.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void After2(T* z, T* y)
        {
            int n = _n, width = Vector256<T>.Count, k = 1;
            bool sine = IsSine;
            T first = _orthonormal ? T.CreateTruncating(Math.Sqrt(0.5)) * z[0] : z[0];
            fixed (T* cos = _cos, sin = _sin)
            {
                for (; 2 * (k + width - 1) < n; k += width)
                {
                    Lanes.LoadPairs(z + (2 * k), out Vector256<T> re, out Vector256<T> im);
                    Vector256<T> c = Vector256.Load(cos + k), s = Vector256.Load(sin + k);
                    Vector256<T> a = Lanes.MultiplySubtract(re, c, im * s), b = -Lanes.MultiplyAdd(re, s, im * c);
                    if (sine)
                    {
                        Lanes.Reverse(a).Store(y + n - k - width);
                        b.Store(y + k - 1);
                    }
                    else
                    {
                        a.Store(y + k);
                        Lanes.Reverse(b).Store(y + n - k - width + 1);
                    }
                }

                for (; 2 * k <= n; k++)
                {
                    T re = z[2 * k], im = z[(2 * k) + 1];
                    T a = T.FusedMultiplyAdd(re, cos[k], -(im * sin[k])), b = -T.FusedMultiplyAdd(re, sin[k], im * cos[k]);
                    if (sine)
                        (y[k - 1], y[n - 1 - k]) = (b, a);
                    else
                        (y[n - k], y[k]) = (b, a);
                }
            }

            y[sine ? n - 1 : 0] = first;
        }

        // z[k] = (x[k] - i x[n - k]) exp(i pi k / (2 n)); the sine transform takes its elements in the opposite order.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Before3(T* x, T* z)
        {
            int n = _n, width = Vector256<T>.Count, k = 1;
            bool sine = IsSine;
            T first = x[sine ? n - 1 : 0];
            (z[0], z[1]) = (_orthonormal ? T.CreateTruncating(Math.Sqrt(2)) * first : first, T.Zero);
            fixed (T* cos = _cos, sin = _sin)
            {
                for (; 2 * (k + width - 1) < n; k += width)
                {
                    Vector256<T> p, q, c = Vector256.Load(cos + k), s = Vector256.Load(sin + k);
                    if (sine)
                        (p, q) = (Lanes.Reverse(Vector256.Load(x + n - k - width)), Vector256.Load(x + k - 1));
                    else
                        (p, q) = (Vector256.Load(x + k), Lanes.Reverse(Vector256.Load(x + n - k - width + 1)));
                    Lanes.StorePairs(z + (2 * k), Lanes.MultiplySubtract(p, c, q * s), -Lanes.MultiplyAdd(p, s, q * c));
                }

                for (; 2 * k <= n; k++)
                {
                    T p = x[sine ? n - 1 - k : k], q = x[sine ? k - 1 : n - k];
                    z[2 * k] = T.FusedMultiplyAdd(p, cos[k], -(q * sin[k]));
                    z[(2 * k) + 1] = -T.FusedMultiplyAdd(p, sin[k], q * cos[k]);
                }
            }
        }

        // z[j] = (x[2 j] + i x[n - 1 - 2 j]) exp(-i pi (4 j + 1) / (4 n)); then a + i b = exp(-i pi k / n) Z[k] gives y[2 k] = a, y[n - 1 - 2 k] = -b. The sine
        // transform of x is the cosine transform of x backwards, with the results of odd index negated.
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private void Type4Even(T* source, T* destination, int rows, T* lines, T* work)
        {
            int n = _n, h = n / 2;
            bool sine = IsSine;
            for (int i = 0; i < rows; i++)
            {
                T* x = source + ((nint)i * n), z = lines + ((nint)i * n);
                for (int j = 0; j < h; j++)
                {
                    T re = x[2 * j], im = x[n - 1 - (2 * j)];
                    if (sine)
                        (re, im) = (im, re);
                    z[2 * j] = T.FusedMultiplyAdd(re, _cos[j], -(im * _sin[j]));
                    z[(2 * j) + 1] = T.FusedMultiplyAdd(re, _sin[j], im * _cos[j]);
                }
            }

            _complex!.Rows(lines, h, lines, h, rows, false, _scale, work);
            for (int i = 0; i < rows; i++)
            {
                T* y = destination + ((nint)i * n), z = lines + ((nint)i * n);
                for (int k = 0; k < h; k++)
                {
                    T re = z[2 * k], im = z[(2 * k) + 1];
                    y[2 * k] = T.FusedMultiplyAdd(re, _cosAfter[k], -(im * _sinAfter[k]));
                    T b = T.FusedMultiplyAdd(re, _sinAfter[k], im * _cosAfter[k]);
                    y[n - 1 - (2 * k)] = sine ? b : -b;
                }
            }
        }

        private void Type4Odd(T* source, T* destination, int rows, T* lines, T* spectra, T* work)
        {
            int n = _n, spectrum = 2 * _real!.SpectrumLength;
            bool sine = IsSine;
            for (int i = 0; i < rows; i++)
            {
                T* x = source + ((nint)i * n), z = lines + ((nint)i * n);
                for (int j = 0; j < n; j++)
                    z[_place[j]] = _sign[j] * x[sine ? n - 1 - j : j];
            }

            _real.Run(lines, spectra, rows, false, _scale, work, null);
            for (int i = 0; i < rows; i++)
            {
                T* y = destination + ((nint)i * n), z = spectra + ((nint)i * spectrum);
                for (int k = 0; k < n; k++)
                {
                    int f = _frequency[k];
                    T re = z[2 * Math.Min(f, n - f)], im = z[(2 * Math.Min(f, n - f)) + 1];
                    if ((2 * f > n) != _subtract)
                        im = -im;
                    T result = _sign[k] * (re + im);
                    y[k] = sine && k % 2 != 0 ? -result : result;
                }
            }
        }

        private static (T[] Cos, T[] Sin) Table(long period, int count, int step, int offset)
        {
            var roots = new RootsOfUnity(period);
            T[] cos = new T[count], sin = new T[count];
            for (int i = 0; i < count; i++)
            {
                (double re, double im) = roots[((long)step * i) + offset];
                (cos[i], sin[i]) = (T.CreateTruncating(re), T.CreateTruncating(im));
            }

            return (cos, sin);
        }

        // An odd a = 2 j + 1 stands for the angle of a b / (8 n) turns. With b odd too, a, -a, a + 4 n and 4 n - a give the same cosine up to the sign, and
        // exactly one of them is 1 modulo 8: its residue modulo n, n odd, is the index of a real transform of length n.
        private static (int[] Place, int[] Frequency, T[] Sign) Residues(int n)
        {
            int[] place = new int[n], frequency = new int[n];
            T[] sign = new T[n];
            long eighth = 1;
            while (8 * eighth % n != 1 % n)
                eighth++;
            for (int j = 0; j < n; j++)
            {
                long period = 8L * n, a = (2L * j) + 1;
                foreach ((long candidate, bool negative) in (ReadOnlySpan<(long, bool)>)[(a, false), (period - a, false), (a + (4L * n), true), ((12L * n) - a, true)])
                {
                    if (candidate % 8 != 1)
                        continue;
                    place[j] = (int)(candidate % n);
                    frequency[j] = (int)(candidate % n * eighth % n);
                    sign[j] = negative ? -T.One : T.One;
                }
            }

            return (place, frequency, sign);
        }
    }
}
