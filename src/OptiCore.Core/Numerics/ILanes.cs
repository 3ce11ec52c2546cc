using System.Numerics;

namespace OptiCore.Numerics;

/// <summary>
/// A register of numbers: the few operations from which the kernels of this folder are written once, for every vector width.
/// </summary>
/// <remarks>
/// Every operation is either correctly rounded (+, -, *, /, square root) or acts on bits, and none is fused with another, so a kernel gives
/// the same bits for one lane at a time (<see cref="Lanes1{T}"/>), for 256-bit registers (<see cref="Lanes256{T}"/>, which the runtime splits
/// into two halves where the processor has only 128 bits) and for 512-bit registers (<see cref="Lanes512{T}"/>). A comparison gives lanes with
/// all bits set or none.
/// </remarks>
/// <typeparam name="TSelf">The register.</typeparam>
/// <typeparam name="T">The element, <see cref="float"/> or <see cref="double"/>.</typeparam>
internal interface ILanes<TSelf, T>
    where TSelf : struct, ILanes<TSelf, T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The number of lanes.</summary>
    static abstract int Count { get; }

    /// <summary>The same number in each lane.</summary>
    static abstract TSelf All(T value);

    /// <summary>The same bits in each lane; for float the low 32.</summary>
    static abstract TSelf AllBits(long bits);

    /// <summary>Reads <see cref="Count"/> elements.</summary>
    static abstract TSelf Load(ref readonly T source, nuint index);

    /// <summary>Writes <see cref="Count"/> elements.</summary>
    void Store(ref T destination, nuint index);

    static abstract TSelf operator +(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a, TSelf b);

    static abstract TSelf operator *(TSelf a, TSelf b);

    static abstract TSelf operator /(TSelf a, TSelf b);

    static abstract TSelf operator &(TSelf a, TSelf b);

    static abstract TSelf operator |(TSelf a, TSelf b);

    static abstract TSelf operator ^(TSelf a, TSelf b);

    static abstract TSelf Sqrt(TSelf a);

    static abstract TSelf Abs(TSelf a);

    /// <summary>e^x, see <see cref="LaneMath"/>.</summary>
    static abstract TSelf Exp(TSelf a);

    /// <summary>The larger number; NaN if either is NaN.</summary>
    static abstract TSelf Max(TSelf a, TSelf b);

    /// <summary>All bits where a &lt; b; none where either is NaN.</summary>
    static abstract TSelf Less(TSelf a, TSelf b);

    /// <summary>All bits where a = b; none where either is NaN.</summary>
    static abstract TSelf Equal(TSelf a, TSelf b);

    /// <summary>The bits of <paramref name="a"/> where the mask is set, of <paramref name="b"/> elsewhere.</summary>
    static abstract TSelf Select(TSelf mask, TSelf a, TSelf b);

    /// <summary>The sum of the bits as integers of the element's size.</summary>
    static abstract TSelf AddBits(TSelf a, TSelf b);

    /// <summary>The difference of the bits as integers of the element's size.</summary>
    static abstract TSelf SubtractBits(TSelf a, TSelf b);

    /// <summary>The bits moved up.</summary>
    static abstract TSelf ShiftLeft(TSelf a, int count);

    /// <summary>The bits moved down, zeros from above.</summary>
    static abstract TSelf ShiftRight(TSelf a, int count);

    /// <summary>
    /// Splits pairs: two registers of consecutive pairs become one of first and one of second members, in an order that
    /// <see cref="Zip"/> undoes.
    /// </summary>
    static abstract void Unzip(TSelf a, TSelf b, out TSelf first, out TSelf second);

    /// <summary>The inverse of <see cref="Unzip"/>.</summary>
    static abstract void Zip(TSelf first, TSelf second, out TSelf a, out TSelf b);
}
