using System.Numerics;

namespace OptiCore.Numerics;

/// <summary>
/// A register of numbers: the few operations from which the kernels of this folder are written once, for every vector width.
/// </summary>
/// <remarks>
/// Every operation is either correctly rounded (+, -, *, /, square root, fused multiply-add) or acts on bits, and none is fused unasked, so a kernel gives
/// the same bits for one lane at a time (<see cref="Lanes1{T}"/>), for 256-bit registers (<see cref="Lanes256{T}"/>, which the runtime splits
/// into two halves where the processor has only 128 bits) and for 512-bit registers (<see cref="Lanes512{T}"/>). A comparison gives lanes with
/// all bits set or none.
/// </remarks>
/// <typeparam name="TSelf">The register.</typeparam>
internal interface ILaneArithmetic<TSelf>
    where TSelf : struct, ILaneArithmetic<TSelf>
{
    /// <summary>The sign's bit in each lane.</summary>
    static abstract TSelf SignBit { get; }

    /// <summary>The smallest number from which on all are whole, 2^23 or 2^52.</summary>
    static abstract TSelf WholeFrom { get; }

    /// <summary>The same number in each lane, rounded to the element.</summary>
    static abstract TSelf Constant(double value);

    /// <summary>The same bits in each lane; for float the low 32.</summary>
    static abstract TSelf AllBits(long bits);

    static abstract TSelf operator +(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a, TSelf b);

    static abstract TSelf operator *(TSelf a, TSelf b);

    static abstract TSelf operator /(TSelf a, TSelf b);

    static abstract TSelf operator &(TSelf a, TSelf b);

    static abstract TSelf operator |(TSelf a, TSelf b);

    static abstract TSelf operator ^(TSelf a, TSelf b);

    static abstract TSelf Sqrt(TSelf a);

    /// <summary>a b + c with one rounding, on all hardware: slower, not different, where there is no instruction for it.</summary>
    static abstract TSelf Fma(TSelf a, TSelf b, TSelf c);

    static abstract TSelf Abs(TSelf a);

    /// <summary>e^x, see <see cref="LaneMath"/>.</summary>
    static abstract TSelf Exp(TSelf a);

    /// <summary>The larger number; NaN if either is NaN.</summary>
    static abstract TSelf Max(TSelf a, TSelf b);

    /// <summary>The smaller number, in one instruction; without a meaning where either is NaN or both are zeros.</summary>
    static abstract TSelf Least(TSelf a, TSelf b);

    /// <summary>All bits where a &lt; b; none where either is NaN.</summary>
    static abstract TSelf Less(TSelf a, TSelf b);

    /// <summary>All bits where a = b; none where either is NaN.</summary>
    static abstract TSelf Equal(TSelf a, TSelf b);

    /// <summary>The bits of <paramref name="a"/> where the mask is set, of <paramref name="b"/> elsewhere.</summary>
    static abstract TSelf Select(TSelf mask, TSelf a, TSelf b);

    /// <summary>Whether any lane of a comparison's result is set.</summary>
    static abstract bool Any(TSelf mask);

    /// <summary>Whether all lanes of a comparison's result are set.</summary>
    static abstract bool Every(TSelf mask);

    /// <summary>The sum of the bits as integers of the element's size.</summary>
    static abstract TSelf AddBits(TSelf a, TSelf b);

    /// <summary>The difference of the bits as integers of the element's size.</summary>
    static abstract TSelf SubtractBits(TSelf a, TSelf b);

    /// <summary>The bits moved up.</summary>
    static abstract TSelf ShiftLeft(TSelf a, int count);

    /// <summary>The bits moved down, zeros from above.</summary>
    static abstract TSelf ShiftRight(TSelf a, int count);
}

/// <summary>A register whose elements come from and go to memory.</summary>
/// <typeparam name="TSelf">The register.</typeparam>
/// <typeparam name="T">The element, <see cref="float"/> or <see cref="double"/>.</typeparam>
internal interface ILanes<TSelf, T> : ILaneArithmetic<TSelf>
    where TSelf : struct, ILanes<TSelf, T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The number of lanes.</summary>
    static abstract int Count { get; }

    /// <summary>The same number in each lane.</summary>
    static abstract TSelf All(T value);

    /// <summary>Reads <see cref="Count"/> elements.</summary>
    static abstract TSelf Load(ref readonly T source, nuint index);

    /// <summary>Reads fewer than <see cref="Count"/> elements and touches no other; the lanes beyond are zeros.</summary>
    static abstract TSelf LoadPart(ref readonly T source, nuint index, nuint count);

    /// <summary>All bits in the first lanes, none in the others.</summary>
    static abstract TSelf FirstLanes(nuint count);

    /// <summary>Brings lane j + step to lane j for j &lt; step, a power of two below <see cref="Count"/>; the other lanes are of no meaning.</summary>
    static abstract TSelf Descend(TSelf a, int step);

    /// <summary>The number in the first lane.</summary>
    static abstract T First(TSelf a);

    /// <summary>The bits of the number in the first lane; for float the low 32.</summary>
    static abstract long FirstBits(TSelf a);

    /// <summary>Lanes of doubles only: f(x), one lane after the other, where <paramref name="usual"/> isn't set, and <paramref name="result"/> where it is. Not inlined.</summary>
    static abstract TSelf OneByOne<TFunction>(TSelf x, TSelf usual, TSelf result) where TFunction : struct, IOneLane;

    /// <summary>Writes <see cref="Count"/> elements.</summary>
    void Store(ref T destination, nuint index);

    /// <summary>Lanes of doubles only: reads <see cref="Count"/> floats, which is exact.</summary>
    static abstract TSelf LoadSingle(ref readonly float source, nuint index);

    /// <summary>Lanes of doubles only: writes <see cref="Count"/> floats, each rounded to nearest.</summary>
    void StoreSingle(ref float destination, nuint index);

    /// <summary>
    /// Splits pairs: two registers of consecutive pairs become one of first and one of second members, in an order that
    /// <see cref="Zip"/> undoes.
    /// </summary>
    static abstract void Unzip(TSelf a, TSelf b, out TSelf first, out TSelf second);

    /// <summary>The inverse of <see cref="Unzip"/>.</summary>
    static abstract void Zip(TSelf first, TSelf second, out TSelf a, out TSelf b);
}
