using System.Globalization;
using System.Numerics;

namespace OptiCore.Optimizers;

/// <summary>Numbers that belong to an options record: copied, equal by content, and named in a checkpoint's configuration by their count and a checksum.</summary>
internal sealed class NumberList<T> : IEquatable<NumberList<T>> where T : unmanaged, INumber<T>
{
    private readonly T[] _values;

    public NumberList(ReadOnlySpan<T> values) => _values = values.ToArray();

    public int Count => _values.Length;

    public ReadOnlySpan<T> Span => _values;

    public T this[int i] => _values[i];

    public bool Equals(NumberList<T>? other) => other is not null && Span.SequenceEqual(other.Span);

    public override bool Equals(object? obj) => Equals(obj as NumberList<T>);

    public override int GetHashCode() => (int)Checksum();

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{_values.Length} numbers #{Checksum():x16}");

    /// <summary>Fowler, Noll and Vo's hash (FNV-1a) of the bytes: the same in every process.</summary>
    private ulong Checksum()
    {
        ulong hash = 14695981039346656037;
        foreach (byte b in System.Runtime.InteropServices.MemoryMarshal.AsBytes(Span))
            hash = (hash ^ b) * 1099511628211;
        return hash;
    }
}
