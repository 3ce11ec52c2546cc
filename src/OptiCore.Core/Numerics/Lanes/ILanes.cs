using System.Numerics;

namespace OptiCore.Numerics;

/// <summary>
/// A register of numbers: the few operations in which element-wise kernels are written once, for vector registers of every width and for the threads of a GPU.
/// </summary>
/// <remarks>
/// <para>
/// A kernel is a method that is generic over the register and sees one register at a time: <c>L.Sqrt((a * x) + b)</c> with <c>L : struct, ILanes&lt;L, T&gt;</c>. It doesn't know how
/// many elements that is: one lane at a time, 256 or 512 bits, or one element of a thread of a GPU. So it can't branch on elements; a comparison gives lanes with all bits set or none, and
/// <see cref="Select"/> takes one of two numbers by it.
/// </para>
/// <para>
/// On CPUs every operation is either correctly rounded (+, -, *, /, square root, fused multiply-add) or acts on bits, and none is fused unasked, so that a kernel gives the same bits
/// for every width. So it is in the registers of OptiCore.Gpu, whose results have the same bits.
/// </para>
/// </remarks>
/// <typeparam name="TSelf">The register.</typeparam>
public interface ILaneArithmetic<TSelf>
    where TSelf : struct, ILaneArithmetic<TSelf>
{
    /// <summary>The sign's bit in each lane.</summary>
    static abstract TSelf SignBit { get; }

    /// <summary>The smallest number from which on all are whole, 2^23 or 2^52.</summary>
    static abstract TSelf WholeFrom { get; }

    /// <summary>The same number in each lane, rounded to the element. For numbers that are known when the kernel is compiled; others come in the element's type (<see cref="ILanes{TSelf, T}.All"/>).</summary>
    /// <param name="value">The number.</param>
    static abstract TSelf Constant(double value);

    /// <summary>The same bits in each lane; for float the low 32.</summary>
    /// <param name="bits">The bits.</param>
    static abstract TSelf AllBits(long bits);

    /// <summary>The sums.</summary>
    /// <param name="a">The first terms.</param>
    /// <param name="b">The second terms.</param>
    static abstract TSelf operator +(TSelf a, TSelf b);

    /// <summary>The differences.</summary>
    /// <param name="a">What is subtracted from.</param>
    /// <param name="b">What is subtracted.</param>
    static abstract TSelf operator -(TSelf a, TSelf b);

    /// <summary>The products.</summary>
    /// <param name="a">The first factors.</param>
    /// <param name="b">The second factors.</param>
    static abstract TSelf operator *(TSelf a, TSelf b);

    /// <summary>The quotients.</summary>
    /// <param name="a">The numerators.</param>
    /// <param name="b">The denominators.</param>
    static abstract TSelf operator /(TSelf a, TSelf b);

    /// <summary>The bits that are set in both.</summary>
    /// <param name="a">Numbers or the result of a comparison.</param>
    /// <param name="b">Numbers or the result of a comparison.</param>
    static abstract TSelf operator &(TSelf a, TSelf b);

    /// <summary>The bits that are set in either.</summary>
    /// <param name="a">Numbers or the result of a comparison.</param>
    /// <param name="b">Numbers or the result of a comparison.</param>
    static abstract TSelf operator |(TSelf a, TSelf b);

    /// <summary>The bits that are set in one of the two.</summary>
    /// <param name="a">Numbers or the result of a comparison.</param>
    /// <param name="b">Numbers or the result of a comparison.</param>
    static abstract TSelf operator ^(TSelf a, TSelf b);

    /// <summary>The square roots, correctly rounded; NaN below 0.</summary>
    /// <param name="a">The numbers.</param>
    static abstract TSelf Sqrt(TSelf a);

    /// <summary>a b + c with one rounding, on all hardware: slower, not different, where there is no instruction for it.</summary>
    /// <param name="a">The first factors.</param>
    /// <param name="b">The second factors.</param>
    /// <param name="c">The terms.</param>
    static abstract TSelf Fma(TSelf a, TSelf b, TSelf c);

    /// <summary>The magnitudes.</summary>
    /// <param name="a">The numbers.</param>
    static abstract TSelf Abs(TSelf a);

    /// <summary>The number, but 0 where its magnitude is below the smallest normal number of the element's type; NaN stays.</summary>
    /// <param name="a">The numbers.</param>
    static abstract TSelf Normal(TSelf a);

    /// <summary>e^x, wrong by 1 unit in the last place at most.</summary>
    /// <param name="a">The exponents.</param>
    static abstract TSelf Exp(TSelf a);

    /// <summary>The larger number; NaN if either is NaN.</summary>
    /// <param name="a">The first numbers.</param>
    /// <param name="b">The second numbers.</param>
    static abstract TSelf Max(TSelf a, TSelf b);

    /// <summary>The smaller number, in one instruction; without a meaning where either is NaN or both are zeros.</summary>
    /// <param name="a">The first numbers.</param>
    /// <param name="b">The second numbers.</param>
    static abstract TSelf Least(TSelf a, TSelf b);

    /// <summary>All bits where a &lt; b; none where either is NaN.</summary>
    /// <param name="a">The first numbers.</param>
    /// <param name="b">The second numbers.</param>
    static abstract TSelf Less(TSelf a, TSelf b);

    /// <summary>All bits where a = b; none where either is NaN.</summary>
    /// <param name="a">The first numbers.</param>
    /// <param name="b">The second numbers.</param>
    static abstract TSelf Equal(TSelf a, TSelf b);

    /// <summary>The bits of <paramref name="a"/> where the mask is set, of <paramref name="b"/> elsewhere.</summary>
    /// <param name="mask">The result of a comparison.</param>
    /// <param name="a">The numbers where it holds.</param>
    /// <param name="b">The numbers where it doesn't.</param>
    static abstract TSelf Select(TSelf mask, TSelf a, TSelf b);

    /// <summary>The numbers of <paramref name="where"/> where a &lt; b, of <paramref name="elsewhere"/> where that isn't so or either is NaN: a comparison and a selection in one, which is faster.</summary>
    /// <param name="a">The first numbers to be compared.</param>
    /// <param name="b">The second numbers to be compared.</param>
    /// <param name="where">The numbers where a &lt; b.</param>
    /// <param name="elsewhere">The other numbers.</param>
    static abstract TSelf SelectLess(TSelf a, TSelf b, TSelf where, TSelf elsewhere);

    /// <summary>Whether any lane of a comparison's result is set.</summary>
    /// <param name="mask">The result of a comparison.</param>
    static abstract bool Any(TSelf mask);

    /// <summary>Whether all lanes of a comparison's result are set.</summary>
    /// <param name="mask">The result of a comparison.</param>
    static abstract bool Every(TSelf mask);

    /// <summary>The sum of the bits as integers of the element's size.</summary>
    /// <param name="a">The first terms.</param>
    /// <param name="b">The second terms.</param>
    static abstract TSelf AddBits(TSelf a, TSelf b);

    /// <summary>The difference of the bits as integers of the element's size.</summary>
    /// <param name="a">What is subtracted from.</param>
    /// <param name="b">What is subtracted.</param>
    static abstract TSelf SubtractBits(TSelf a, TSelf b);

    /// <summary>The bits moved up.</summary>
    /// <param name="a">The bits.</param>
    /// <param name="count">By how many places, less than the element has.</param>
    static abstract TSelf ShiftLeft(TSelf a, int count);

    /// <summary>The bits moved down, zeros from above.</summary>
    /// <param name="a">The bits.</param>
    /// <param name="count">By how many places, less than the element has.</param>
    static abstract TSelf ShiftRight(TSelf a, int count);
}

/// <summary>A register whose elements, of a given type, come from and go to memory.</summary>
/// <remarks>A register takes the bytes of its elements, in their order: a reference to an element, with enough elements behind it, may be taken for a reference to a register.</remarks>
/// <typeparam name="TSelf">The register.</typeparam>
/// <typeparam name="T">The element, <see cref="float"/> or <see cref="double"/>.</typeparam>
public interface ILanes<TSelf, T> : ILaneArithmetic<TSelf>
    where TSelf : struct, ILanes<TSelf, T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The number of lanes.</summary>
    static abstract int Count { get; }

    /// <summary>The same number in each lane.</summary>
    /// <param name="value">The number.</param>
    static abstract TSelf All(T value);

    /// <summary>Reads <see cref="Count"/> elements.</summary>
    /// <param name="source">The element at index 0. No alignment is asked for.</param>
    /// <param name="index">The index of the first element to be read.</param>
    static abstract TSelf Load(ref readonly T source, nuint index);

    /// <summary>Writes <see cref="Count"/> elements.</summary>
    /// <param name="destination">The element at index 0. No alignment is asked for.</param>
    /// <param name="index">The index of the first element to be written.</param>
    void Store(ref T destination, nuint index);

    /// <summary>The bits of the number in the first lane; for float the low 32.</summary>
    internal static abstract long FirstBits(TSelf a);

    /// <summary>Lanes of doubles only: f(x), one lane after the other, where <paramref name="usual"/> isn't set, and <paramref name="result"/> where it is. Not inlined.</summary>
    internal static abstract TSelf OneByOne<TFunction>(TSelf x, TSelf usual, TSelf result) where TFunction : struct, IOneLane;
}

/// <summary>A register of the processor: it can be filled in part, and numbers move between its lanes.</summary>
/// <typeparam name="TSelf">The register.</typeparam>
/// <typeparam name="T">The element, <see cref="float"/> or <see cref="double"/>.</typeparam>
internal interface IVectorLanes<TSelf, T> : ILanes<TSelf, T>
    where TSelf : struct, IVectorLanes<TSelf, T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Reads fewer than <see cref="ILanes{TSelf, T}.Count"/> elements and touches no other; the lanes beyond are zeros.</summary>
    static abstract TSelf LoadPart(ref readonly T source, nuint index, nuint count);

    /// <summary>All bits in the first lanes, none in the others.</summary>
    static abstract TSelf FirstLanes(nuint count);

    /// <summary>Brings lane j + step to lane j for j &lt; step, a power of two below <see cref="ILanes{TSelf, T}.Count"/>; the other lanes are of no meaning.</summary>
    static abstract TSelf Descend(TSelf a, int step);

    /// <summary>The number in the first lane.</summary>
    static abstract T First(TSelf a);

    /// <summary>Lanes of doubles only: reads <see cref="ILanes{TSelf, T}.Count"/> floats, which is exact.</summary>
    static abstract TSelf LoadSingle(ref readonly float source, nuint index);

    /// <summary>Lanes of doubles only: writes <see cref="ILanes{TSelf, T}.Count"/> floats, each rounded to nearest.</summary>
    void StoreSingle(ref float destination, nuint index);

    /// <summary>
    /// Splits pairs: two registers of consecutive pairs become one of first and one of second members, in an order that
    /// <see cref="Zip"/> undoes.
    /// </summary>
    static abstract void Unzip(TSelf a, TSelf b, out TSelf first, out TSelf second);

    /// <summary>The inverse of <see cref="Unzip"/>.</summary>
    static abstract void Zip(TSelf first, TSelf second, out TSelf a, out TSelf b);
}
