namespace OptiCore.Differentiation;

/// <summary>Some integers that are compared by value: a permutation of axes, offsets.</summary>
internal readonly struct AxisList(params int[] values) : IEquatable<AxisList>
{
    private readonly int[] _values = values;

    public ReadOnlySpan<int> Values => _values;

    public bool Equals(AxisList other) => Values.SequenceEqual(other.Values);

    public override bool Equals(object? obj) => obj is AxisList other && Equals(other);

    public override int GetHashCode()
    {
        var hash = new HashCode();
        foreach (int value in Values)
            hash.Add(value);
        return hash.ToHashCode();
    }

    public override string ToString() => $"({string.Join(", ", _values)})";
}
