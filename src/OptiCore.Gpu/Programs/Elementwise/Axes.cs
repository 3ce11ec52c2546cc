using OptiCore.Differentiation;

namespace OptiCore.Gpu;

/// <summary>Lengths and strides of the axes along which the elements of a run lie in memory, innermost first; neighbours that are one in memory are one here.</summary>
internal readonly struct Axes : IEquatable<Axes>
{
    private Axes((int Length, int Stride)[] list) => List = list;

    public (int Length, int Stride)[] List { get; }

    /// <summary>True if one number serves all elements.</summary>
    public bool IsNumber => List.Length == 1 && List[0].Stride == 0;

    /// <summary>True if neighbouring elements are the same.</summary>
    public bool IsSpread => List[0].Stride == 0;

    /// <summary>A number of elements in order.</summary>
    public static Axes Contiguous(int count) => new([(count, 1)]);

    /// <summary>A tensor repeated to a shape.</summary>
    public static Axes Repeated(Shape own, Shape target)
    {
        if (own.ElementCount == target.ElementCount)
            return Contiguous(target.ElementCount);
        var list = new (int Length, int Stride)[target.Rank];
        int stride = 1;
        for (int fromEnd = 1; fromEnd <= target.Rank; fromEnd++)
        {
            int length = fromEnd <= own.Rank ? own[-fromEnd] : 1;
            list[fromEnd - 1] = (target[-fromEnd], length == 1 ? 0 : stride);
            stride *= length;
        }

        return Of(list);
    }

    /// <summary>Axes, innermost first.</summary>
    public static Axes Of(ReadOnlySpan<(int Length, int Stride)> axes)
    {
        var list = new List<(int Length, int Stride)>();
        foreach ((int length, int stride) in axes)
        {
            if (length == 1)
                continue;
            if (list.Count > 0 && stride == (list[^1].Stride == 0 ? 0 : list[^1].Stride * list[^1].Length))
                list[^1] = (list[^1].Length * length, list[^1].Stride);
            else
                list.Add((length, stride));
        }

        if (list.Count == 0)
            list.Add((1, 1));
        return new Axes([.. list]);
    }

    /// <summary>True if the elements follow one another in memory.</summary>
    public bool IsContiguous(int count) => List.Length == 1 && (List[0].Stride == 1 || count == 1);

    /// <summary>True if registers of some elements each can be read or written at once.</summary>
    public bool Fits(int offset, int count, int width)
    {
        if (IsNumber)
            return true;
        if (count % width != 0 || List[0].Length % width != 0 || List[0].Stride is not (0 or 1))
            return false;
        if (IsSpread)
            return true;
        for (int i = 1; i < List.Length; i++)
        {
            if (List[i].Stride % width != 0)
                return false;
        }

        return offset % width == 0;
    }

    public bool Equals(Axes other) => List.AsSpan().SequenceEqual(other.List);

    public override bool Equals(object? obj) => obj is Axes other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach ((int length, int stride) in List)
            hash.Add((length, stride));
        return hash.ToHashCode();
    }
}
