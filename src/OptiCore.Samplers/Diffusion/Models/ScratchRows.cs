using System.Buffers;

namespace OptiCore.Samplers;

/// <summary>Memory for as long as one evaluation takes, from the shared pool, so that models of models allocate nothing and may run at the same time.</summary>
internal readonly ref struct ScratchRows
{
    private readonly double[] _array;

    private ScratchRows(double[] array, int length)
    {
        _array = array;
        Span = array.AsSpan(0, length);
    }

    public Span<double> Span { get; }

    public static ScratchRows Rent(int length) => new(ArrayPool<double>.Shared.Rent(length), length);

    public void Dispose() => ArrayPool<double>.Shared.Return(_array);
}
