using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// A register of the linear algebra: the few operations from which its kernels are written once, for every vector width. Each is correctly rounded
/// or acts on bits, lane by lane, so all widths give the same bits.
/// </summary>
/// <typeparam name="TSelf">The register.</typeparam>
/// <typeparam name="T">The element.</typeparam>
/// <remarks>The lanes of <see cref="OptiCore.Numerics"/> never fuse; here the fused multiply-add is the point.</remarks>
internal interface IRegister<TSelf, T>
    where TSelf : struct, IRegister<TSelf, T>
    where T : unmanaged
{
    /// <summary>The number of lanes.</summary>
    static abstract int Count { get; }

    /// <summary>The same number in each lane.</summary>
    static abstract TSelf All(T value);

    /// <summary>Reads <see cref="Count"/> elements.</summary>
    static abstract unsafe TSelf Load(T* source);

    /// <summary>Writes <see cref="Count"/> elements.</summary>
    unsafe void Store(T* destination);

    /// <summary>a b + c with one rounding.</summary>
    static abstract TSelf Fma(TSelf a, TSelf b, TSelf c);

    /// <summary>c - a b with one rounding.</summary>
    static abstract TSelf FmaNegated(TSelf a, TSelf b, TSelf c);

    static abstract TSelf operator +(TSelf a, TSelf b);

    static abstract TSelf operator -(TSelf a, TSelf b);

    static abstract TSelf operator *(TSelf a, TSelf b);

    static abstract TSelf operator /(TSelf a, TSelf b);

    static abstract TSelf operator &(TSelf a, TSelf b);

    static abstract TSelf Sqrt(TSelf a);

    static abstract TSelf Abs(TSelf a);

    /// <summary>A mask of the lanes where a &gt; b; not where either is NaN.</summary>
    static abstract TSelf Greater(TSelf a, TSelf b);

    /// <summary>The lanes of <paramref name="a"/> where the mask is set, of <paramref name="b"/> elsewhere.</summary>
    static abstract TSelf Select(TSelf mask, TSelf a, TSelf b);
}

/// <summary>One element: the remainders, and the element types without vectors.</summary>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly struct Register1<T>(T value) : IRegister<Register1<T>, T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T _v = value;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register1<T> All(T value) => new(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Register1<T> Load(T* source) => new(*source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void Store(T* destination) => *destination = _v;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register1<T> Fma(Register1<T> a, Register1<T> b, Register1<T> c) => new(T.FusedMultiplyAdd(a._v, b._v, c._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register1<T> FmaNegated(Register1<T> a, Register1<T> b, Register1<T> c) => new(T.FusedMultiplyAdd(-a._v, b._v, c._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register1<T> operator +(Register1<T> a, Register1<T> b) => new(a._v + b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register1<T> operator -(Register1<T> a, Register1<T> b) => new(a._v - b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register1<T> operator *(Register1<T> a, Register1<T> b) => new(a._v * b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register1<T> operator /(Register1<T> a, Register1<T> b) => new(a._v / b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register1<T> operator &(Register1<T> a, Register1<T> b) => b._v == T.Zero ? new(T.Zero) : a;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register1<T> Sqrt(Register1<T> a) => new(T.Sqrt(a._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register1<T> Abs(Register1<T> a) => new(T.Abs(a._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register1<T> Greater(Register1<T> a, Register1<T> b) => new(a._v > b._v ? T.One : T.Zero);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register1<T> Select(Register1<T> mask, Register1<T> a, Register1<T> b) => mask._v != T.Zero ? a : b;
}

/// <summary>A register of 128 bits.</summary>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly struct Register128<T>(Vector128<T> value) : IRegister<Register128<T>, T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Vector128<T> _v = value;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector128<T>.Count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128<T> All(T value) => new(Vector128.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Register128<T> Load(T* source) => new(Vector128.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void Store(T* destination) => _v.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128<T> Fma(Register128<T> a, Register128<T> b, Register128<T> c) => new(VectorKernels.Fma(a._v, b._v, c._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128<T> FmaNegated(Register128<T> a, Register128<T> b, Register128<T> c) => new(VectorKernels.FmaNegated(a._v, b._v, c._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128<T> operator +(Register128<T> a, Register128<T> b) => new(a._v + b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128<T> operator -(Register128<T> a, Register128<T> b) => new(a._v - b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128<T> operator *(Register128<T> a, Register128<T> b) => new(a._v * b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128<T> operator /(Register128<T> a, Register128<T> b) => new(a._v / b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128<T> operator &(Register128<T> a, Register128<T> b) => new(a._v & b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128<T> Sqrt(Register128<T> a) => new(Vector128.Sqrt(a._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128<T> Abs(Register128<T> a) => new(Vector128.Abs(a._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128<T> Greater(Register128<T> a, Register128<T> b) => new(Vector128.GreaterThan(a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register128<T> Select(Register128<T> mask, Register128<T> a, Register128<T> b) => new(Vector128.ConditionalSelect(mask._v, a._v, b._v));
}

/// <summary>A register of 256 bits.</summary>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly struct Register256<T>(Vector256<T> value) : IRegister<Register256<T>, T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Vector256<T> _v = value;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector256<T>.Count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256<T> All(T value) => new(Vector256.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Register256<T> Load(T* source) => new(Vector256.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void Store(T* destination) => _v.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256<T> Fma(Register256<T> a, Register256<T> b, Register256<T> c) => new(VectorKernels.Fma(a._v, b._v, c._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256<T> FmaNegated(Register256<T> a, Register256<T> b, Register256<T> c) => new(VectorKernels.FmaNegated(a._v, b._v, c._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256<T> operator +(Register256<T> a, Register256<T> b) => new(a._v + b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256<T> operator -(Register256<T> a, Register256<T> b) => new(a._v - b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256<T> operator *(Register256<T> a, Register256<T> b) => new(a._v * b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256<T> operator /(Register256<T> a, Register256<T> b) => new(a._v / b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256<T> operator &(Register256<T> a, Register256<T> b) => new(a._v & b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256<T> Sqrt(Register256<T> a) => new(Vector256.Sqrt(a._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256<T> Abs(Register256<T> a) => new(Vector256.Abs(a._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256<T> Greater(Register256<T> a, Register256<T> b) => new(Vector256.GreaterThan(a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register256<T> Select(Register256<T> mask, Register256<T> a, Register256<T> b) => new(Vector256.ConditionalSelect(mask._v, a._v, b._v));
}

/// <summary>A register of 512 bits.</summary>
[method: MethodImpl(MethodImplOptions.AggressiveInlining)]
internal readonly struct Register512<T>(Vector512<T> value) : IRegister<Register512<T>, T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly Vector512<T> _v = value;

    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512<T>.Count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512<T> All(T value) => new(Vector512.Create(value));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static unsafe Register512<T> Load(T* source) => new(Vector512.Load(source));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public unsafe void Store(T* destination) => _v.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512<T> Fma(Register512<T> a, Register512<T> b, Register512<T> c) => new(VectorKernels.Fma(a._v, b._v, c._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512<T> FmaNegated(Register512<T> a, Register512<T> b, Register512<T> c) => new(VectorKernels.FmaNegated(a._v, b._v, c._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512<T> operator +(Register512<T> a, Register512<T> b) => new(a._v + b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512<T> operator -(Register512<T> a, Register512<T> b) => new(a._v - b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512<T> operator *(Register512<T> a, Register512<T> b) => new(a._v * b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512<T> operator /(Register512<T> a, Register512<T> b) => new(a._v / b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512<T> operator &(Register512<T> a, Register512<T> b) => new(a._v & b._v);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512<T> Sqrt(Register512<T> a) => new(Vector512.Sqrt(a._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512<T> Abs(Register512<T> a) => new(Vector512.Abs(a._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512<T> Greater(Register512<T> a, Register512<T> b) => new(Vector512.GreaterThan(a._v, b._v));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Register512<T> Select(Register512<T> mask, Register512<T> a, Register512<T> b) => new(Vector512.ConditionalSelect(mask._v, a._v, b._v));
}
