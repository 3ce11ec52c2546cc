using System.Numerics;

namespace OptiCore.Fourier;

/// <summary>
/// The transform of a length with a large prime factor: with j k = (j^2 + k^2 - (j - k)^2) / 2 it is a convolution with the chirp exp(i pi j^2 / n), done
/// by transforms of a smooth length of at least 2 n - 1.
/// </summary>
/// <remarks>
/// Bluestein (1970), A linear filtering approach to the computation of discrete Fourier transform. j^2 is reduced modulo 2 n in integers, so
/// that the chirp is as exact as the roots.
/// </remarks>
internal sealed unsafe class BluesteinEngine<T> : FftEngine<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly FftEngine<T> _inner;
    private readonly T[] _chirp;
    private readonly T[] _kernel;

    public BluesteinEngine(int length)
        : base(length)
    {
        int size = Radices.NextSmooth(checked((2 * length) - 1), 16);
        _inner = Create(size);
        _chirp = new T[2 * length];
        _kernel = new T[2 * size];
        var roots = new RootsOfUnity(2L * length);
        for (long j = 0; j < length; j++)
        {
            (double re, double im) = roots[j * j % (2L * length)];
            _chirp[2 * j] = T.CreateTruncating(re);
            _chirp[(2 * j) + 1] = T.CreateTruncating(im);
            foreach (long at in (ReadOnlySpan<long>)[j, (size - j) % size])
            {
                _kernel[2 * at] = T.CreateTruncating(re);
                _kernel[(2 * at) + 1] = T.CreateTruncating(-im);
            }
        }

        using var work = new Workspace<T>(_inner.Work);
        fixed (T* kernel = _kernel, w = work.Span)
            _inner.Single(kernel, kernel, false, T.One / T.CreateTruncating(size), Workspace<T>.Align(w));
    }

    public override int Work => (2 * _inner.Length) + _inner.Work;

    public override void Single(T* source, T* destination, bool inverse, T scale, T* work, IWorkers? workers = null)
    {
        T* line = work, rest = work + (2 * _inner.Length);
        fixed (T* chirp = _chirp, kernel = _kernel)
        {
            ComplexProduct.Multiply(source, chirp, line, Length, inverse, false, T.One);
            new Span<T>(line + (2 * Length), 2 * (_inner.Length - Length)).Clear();
            _inner.Single(line, line, false, T.One, rest, workers);
            ComplexProduct.Multiply(line, kernel, line, _inner.Length, false, false, T.One);
            _inner.Single(line, line, true, T.One, rest, workers);
            ComplexProduct.Multiply(line, chirp, destination, Length, false, inverse, scale);
        }
    }
}
