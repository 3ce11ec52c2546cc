using System.Globalization;
using System.Numerics;

namespace OptiCore.Fourier;

/// <summary>The discrete Fourier transform along all axes of a row-major array of complex numbers, and its inverse.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <remarks>
/// The last axis is transformed along rows, the others along columns, one vector of neighbouring columns at a time, so that memory is
/// read in whole cache lines and never transposed. O(N log N) for N elements in all. As <see cref="Fft{T}"/>: immutable, shared by threads, nothing allocated
/// after the first calls, the same bits everywhere and for any number of workers. To transform some axes only use <see cref="Fft{T}.Transform"/>.
/// </remarks>
public sealed unsafe class FftNd<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly int[] _shape;
    private readonly Fft<T>[] _axes;

    /// <summary>Computes the roots of unity for a shape.</summary>
    /// <param name="shape">The lengths of the axes, the last one contiguous; each at least 1.</param>
    /// <param name="scaling">Which direction carries a factor, where n is the number of all elements.</param>
    /// <exception cref="ArgumentException">The shape is empty or has too many elements for a span.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A length is smaller than 1; the scaling isn't defined.</exception>
    /// <exception cref="NotSupportedException">The element type is neither float nor double.</exception>
    public FftNd(ReadOnlySpan<int> shape, FourierScaling scaling = FourierScaling.Inverse)
    {
        Count = ShapeArgument.Count(shape, nameof(shape));
        _shape = shape.ToArray();
        Scaling = Require.Defined(scaling, nameof(scaling));
        _axes = new Fft<T>[shape.Length];
        for (int i = 0; i < shape.Length; i++)
        {
            int same = shape[..i].IndexOf(shape[i]);
            _axes[i] = same >= 0 ? _axes[same] : new Fft<T>(shape[i], FourierScaling.None);
        }
    }

    /// <summary>The lengths of the axes.</summary>
    public ReadOnlySpan<int> Shape => _shape;

    /// <summary>The number of complex numbers of an array.</summary>
    public int Count { get; }

    /// <summary>Which direction carries a factor.</summary>
    public FourierScaling Scaling { get; }

    /// <summary>The transform.</summary>
    /// <param name="source">(re, im) pairs, row-major.</param>
    /// <param name="destination">As many elements; may be the source itself.</param>
    /// <param name="workers">Share rows and columns; null for this thread alone.</param>
    /// <exception cref="ArgumentException">A length is wrong, or the spans overlap without being the same.</exception>
    public void Forward(ReadOnlySpan<T> source, Span<T> destination, IWorkers? workers = null) => Run(source, destination, false, workers);

    /// <summary>The inverse transform.</summary>
    /// <param name="source">(re, im) pairs, row-major.</param>
    /// <param name="destination">As many elements; may be the source itself.</param>
    /// <param name="workers">Share rows and columns; null for this thread alone.</param>
    /// <exception cref="ArgumentException">A length is wrong, or the spans overlap without being the same.</exception>
    public void Inverse(ReadOnlySpan<T> source, Span<T> destination, IWorkers? workers = null) => Run(source, destination, true, workers);

    private void Run(ReadOnlySpan<T> source, Span<T> destination, bool inverse, IWorkers? workers)
    {
        Require.Length(source.Length, 2 * Count, nameof(source));
        Require.Length(destination.Length, 2 * Count, nameof(destination));
        FourierArgument.SameOrApart<T>(source, destination);
        fixed (T* from = source, to = destination)
        {
            int n = _shape[^1];
            var rows = new FourierLayout(Count / n, 1, n);
            _axes[^1].Run(from, rows, to, rows, inverse, Scaling.Factor<T>(inverse, Count), workers);
            OuterAxes(_axes.AsSpan(0, _axes.Length - 1), _shape, n, to, inverse, workers);
        }
    }

    /// <summary>Transforms all axes but the last, in place.</summary>
    internal static void OuterAxes(ReadOnlySpan<Fft<T>> axes, ReadOnlySpan<int> shape, int last, T* data, bool inverse, IWorkers? workers)
    {
        int inner = last;
        for (int axis = axes.Length - 1; axis >= 0; axis--)
        {
            int n = shape[axis], outer = 1;
            for (int i = 0; i < axis; i++)
                outer *= shape[i];
            var columns = new FourierLayout(inner, inner, 1);
            for (nint i = 0; i < outer; i++)
            {
                T* slab = data + (2 * i * n * inner);
                axes[axis].Run(slab, columns, slab, columns, inverse, T.One, workers);
            }

            inner *= n;
        }
    }
}

/// <summary>The discrete Fourier transform along all axes of a row-major array of real numbers, of which the half with n / 2 + 1 elements along the last axis is kept, and its inverse.</summary>
/// <typeparam name="T">The element type, float or double.</typeparam>
/// <remarks>The last axis is done by <see cref="RealFft{T}"/>, the others as in <see cref="FftNd{T}"/>: half the work of the complex transform.</remarks>
public sealed unsafe class RealFftNd<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly int[] _shape;
    private readonly RealFft<T> _last;
    private readonly Fft<T>[] _axes;

    /// <summary>Computes the roots of unity for a shape.</summary>
    /// <param name="shape">The lengths of the axes of the real array, the last one contiguous; each at least 1.</param>
    /// <param name="scaling">Which direction carries a factor, where n is the number of all real elements.</param>
    /// <exception cref="ArgumentException">The shape is empty or has too many elements for a span.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A length is smaller than 1; the scaling isn't defined.</exception>
    /// <exception cref="NotSupportedException">The element type is neither float nor double.</exception>
    public RealFftNd(ReadOnlySpan<int> shape, FourierScaling scaling = FourierScaling.Inverse)
    {
        Count = ShapeArgument.Count(shape, nameof(shape));
        _shape = shape.ToArray();
        Scaling = Require.Defined(scaling, nameof(scaling));
        _last = new RealFft<T>(shape[^1], FourierScaling.None);
        _axes = new Fft<T>[shape.Length - 1];
        for (int i = 0; i < _axes.Length; i++)
        {
            int same = shape[..i].IndexOf(shape[i]);
            _axes[i] = same >= 0 ? _axes[same] : new Fft<T>(shape[i], FourierScaling.None);
        }
    }

    /// <summary>The lengths of the axes of the real array.</summary>
    public ReadOnlySpan<int> Shape => _shape;

    /// <summary>The number of real elements.</summary>
    public int Count { get; }

    /// <summary>The number of complex numbers of a spectrum: the shape with n / 2 + 1 for the last length n.</summary>
    public int SpectrumCount => Count / _shape[^1] * _last.SpectrumLength;

    /// <summary>Which direction carries a factor.</summary>
    public FourierScaling Scaling { get; }

    /// <summary>The transform.</summary>
    /// <param name="source">The real array, row-major.</param>
    /// <param name="spectrum">(re, im) pairs, row-major.</param>
    /// <param name="workers">Share rows and columns; null for this thread alone.</param>
    /// <exception cref="ArgumentException">A length is wrong or the spans overlap.</exception>
    public void Forward(ReadOnlySpan<T> source, Span<T> spectrum, IWorkers? workers = null)
    {
        Require.Length(source.Length, Count, nameof(source));
        Require.Length(spectrum.Length, 2 * SpectrumCount, nameof(spectrum));
        FourierArgument.Apart<T>(source, spectrum, nameof(spectrum));
        fixed (T* from = source, to = spectrum)
        {
            _last.Run(from, to, Count / _shape[^1], false, Scaling.Factor<T>(false, Count), workers);
            FftNd<T>.OuterAxes(_axes, _shape, _last.SpectrumLength, to, false, workers);
        }
    }

    /// <summary>The inverse. The spectrum is overwritten, because the outer axes are transformed in it.</summary>
    /// <param name="spectrum">(re, im) pairs, row-major; destroyed.</param>
    /// <param name="destination">The real array, row-major.</param>
    /// <param name="workers">Share rows and columns; null for this thread alone.</param>
    /// <exception cref="ArgumentException">A length is wrong or the spans overlap.</exception>
    public void Inverse(Span<T> spectrum, Span<T> destination, IWorkers? workers = null)
    {
        Require.Length(spectrum.Length, 2 * SpectrumCount, nameof(spectrum));
        Require.Length(destination.Length, Count, nameof(destination));
        FourierArgument.Apart<T>(spectrum, destination, nameof(destination));
        fixed (T* from = spectrum, to = destination)
        {
            FftNd<T>.OuterAxes(_axes, _shape, _last.SpectrumLength, from, true, workers);
            _last.Run(from, to, Count / _shape[^1], true, Scaling.Factor<T>(true, Count), workers);
        }
    }
}

/// <summary>The check of a shape.</summary>
internal static class ShapeArgument
{
    public static int Count(ReadOnlySpan<int> shape, string name)
    {
        if (shape.IsEmpty)
            throw new ArgumentException($"{name} is empty, expected the length of at least one axis.", name);
        long count = 1;
        foreach (int length in shape)
        {
            count *= Require.Positive(length, name);
            if (count > Array.MaxLength / 2)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name} has more elements than a span of pairs holds."), name);
        }

        return (int)count;
    }
}
