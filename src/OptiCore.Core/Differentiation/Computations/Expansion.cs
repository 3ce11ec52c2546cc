using System.Numerics;

namespace OptiCore.Differentiation;

/// <summary>An argument that is repeated along some axes, written out for a range of elements.</summary>
internal sealed unsafe class Expansion<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly int[] _lengths, _strides;

    public Expansion(Operand source, Shape target)
    {
        Source = source;
        var lengths = new List<int>();
        var strides = new List<int>();
        int stride = 1;
        for (int fromEnd = 1; fromEnd <= target.Rank; fromEnd++)
        {
            int own = fromEnd <= source.Shape.Rank ? source.Shape[-fromEnd] : 1;
            int length = target[-fromEnd];
            if (length == 1)
                continue;
            int step = own == 1 ? 0 : stride;
            stride *= own;

            // From the innermost axis outwards; axes that are one in memory are one here.
            if (strides.Count > 0 && step == strides[^1] * (strides[^1] == 0 ? 0 : lengths[^1]))
                lengths[^1] *= length;
            else
            {
                lengths.Add(length);
                strides.Add(step);
            }
        }

        _lengths = [.. lengths];
        _strides = [.. strides];
    }

    /// <summary>The argument.</summary>
    public Operand Source { get; }

    /// <summary>The number of elements after which the argument repeats itself as a whole, or 0 if it doesn't.</summary>
    public int Period => _lengths.Length == 2 && _strides[0] == 1 && _strides[1] == 0 ? _lengths[0] : 0;

    /// <summary>Writes elements start to start + count - 1.</summary>
    public void Write(T* source, T* target, int start, int count)
    {
        int inner = _lengths[0];
        int at = start % inner, rest = start / inner;
        while (count > 0)
        {
            int offset = 0;
            for (int axis = 1, index = rest; axis < _lengths.Length; axis++)
            {
                offset += index % _lengths[axis] * _strides[axis];
                index /= _lengths[axis];
            }

            int run = Math.Min(inner - at, count);
            if (_strides[0] == 0)
                new Span<T>(target, run).Fill(source[offset]);
            else
                new ReadOnlySpan<T>(source + offset + at, run).CopyTo(new Span<T>(target, run));
            target += run;
            count -= run;
            at = 0;
            rest++;
        }
    }
}
