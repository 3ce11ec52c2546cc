using System.Buffers;

namespace OptiCore.Problems;

/// <summary>Vectors for the length of one evaluation, so that functions may be evaluated on several threads at once without allocating.</summary>
internal readonly ref struct Scratch
{
    private readonly double[] _buffer;

    /// <summary>Rents a span of several vectors, one after the other; what they hold is arbitrary.</summary>
    public Scratch(int dimension, int vectors, out Span<double> span)
    {
        _buffer = ArrayPool<double>.Shared.Rent(dimension * vectors);
        span = _buffer.AsSpan(0, dimension * vectors);
    }

    public void Dispose() => ArrayPool<double>.Shared.Return(_buffer);
}
