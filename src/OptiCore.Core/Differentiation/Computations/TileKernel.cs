using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using OptiCore.Numerics;

namespace OptiCore.Differentiation;

/// <summary>One element-wise operation over the elements of a tile. Virtual per tile, in vector registers inside.</summary>
internal abstract unsafe class TileKernel<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Computes n elements of y from those of up to three arguments; y may be any of them.</summary>
    public abstract void Run(T* a, T* b, T* c, T* y, int n);
}

/// <summary>How the arguments of a function of two numbers are read.</summary>
internal interface IPairing
{
    /// <summary>True if the first argument is one number for all elements.</summary>
    static abstract bool IsLeftNumber { get; }

    /// <summary>True if the second is.</summary>
    static abstract bool IsRightNumber { get; }
}

/// <summary>Both arguments vary.</summary>
internal readonly struct Both : IPairing
{
    public static bool IsLeftNumber => false;

    public static bool IsRightNumber => false;
}

/// <summary>The second argument varies.</summary>
internal readonly struct NumberAndSpan : IPairing
{
    public static bool IsLeftNumber => true;

    public static bool IsRightNumber => false;
}

/// <summary>The first argument varies.</summary>
internal readonly struct SpanAndNumber : IPairing
{
    public static bool IsLeftNumber => false;

    public static bool IsRightNumber => true;
}

/// <summary>Neither varies.</summary>
internal readonly struct Numbers : IPairing
{
    public static bool IsLeftNumber => true;

    public static bool IsRightNumber => true;
}

/// <summary>A function of one number.</summary>
internal sealed unsafe class UnaryTile<T, TFunction> : TileKernel<T>
    where T : unmanaged, IFloatingPointIeee754<T>
    where TFunction : struct, IUnary
{
    public override void Run(T* a, T* b, T* c, T* y, int n) => TFunction.Apply(new ReadOnlySpan<T>(a, n), new Span<T>(y, n));
}

/// <summary>A function of two numbers in registers.</summary>
internal sealed unsafe class BinaryTile<T, TFunction, TPairing> : TileKernel<T>
    where T : unmanaged, IFloatingPointIeee754<T>
    where TFunction : struct, IBinary
    where TPairing : struct, IPairing
{
    public override void Run(T* a, T* b, T* c, T* y, int n)
    {
        if (Avx512F.IsSupported)
            Run<Lanes512<T>>(a, b, y, n);
        else if (Vector128.IsHardwareAccelerated)
            Run<Lanes256<T>>(a, b, y, n);
        else
            Run<Lanes1<T>>(a, b, y, n);
    }

    private static void Run<L>(T* a, T* b, T* y, int n) where L : struct, ILanes<L, T>
    {
        int width = L.Count, i = 0;
        L left = L.All(*a), right = L.All(*b);
        for (; i <= n - (4 * width); i += 4 * width)
        {
            L first = TFunction.Of(Left(a, i, left), Right(b, i, right));
            L second = TFunction.Of(Left(a, i + width, left), Right(b, i + width, right));
            L third = TFunction.Of(Left(a, i + (2 * width), left), Right(b, i + (2 * width), right));
            L fourth = TFunction.Of(Left(a, i + (3 * width), left), Right(b, i + (3 * width), right));
            first.Store(ref *y, (nuint)i);
            second.Store(ref *y, (nuint)(i + width));
            third.Store(ref *y, (nuint)(i + (2 * width)));
            fourth.Store(ref *y, (nuint)(i + (3 * width)));
        }

        for (; i <= n - width; i += width)
            TFunction.Of(Left(a, i, left), Right(b, i, right)).Store(ref *y, (nuint)i);
        for (; i < n; i++)
            y[i] = TFunction.Of(new Lanes1<T>(a[TPairing.IsLeftNumber ? 0 : i]), new Lanes1<T>(b[TPairing.IsRightNumber ? 0 : i])).Value;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Left<L>(T* a, int i, L number) where L : struct, ILanes<L, T> => TPairing.IsLeftNumber ? number : L.Load(ref *a, (nuint)i);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static L Right<L>(T* b, int i, L number) where L : struct, ILanes<L, T> => TPairing.IsRightNumber ? number : L.Load(ref *b, (nuint)i);
}

/// <summary>A function of two numbers by a call.</summary>
internal sealed unsafe class BinaryCallTile<T, TFunction> : TileKernel<T>
    where T : unmanaged, IFloatingPointIeee754<T>
    where TFunction : struct, IBinaryCall
{
    public override void Run(T* a, T* b, T* c, T* y, int n) => TFunction.Apply(new ReadOnlySpan<T>(a, n), new ReadOnlySpan<T>(b, n), new Span<T>(y, n));
}

/// <summary>y = mask != 0 ? b : c.</summary>
internal sealed unsafe class SelectTile<T> : TileKernel<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public override void Run(T* a, T* b, T* c, T* y, int n)
    {
        int width = Vector<T>.Count, i = 0;
        for (; i <= n - width; i += width)
        {
            Vector<T> isZero = Vector.Equals(Vector.Load(a + i), Vector<T>.Zero);
            Vector.Store(Vector.ConditionalSelect(isZero, Vector.Load(c + i), Vector.Load(b + i)), y + i);
        }

        for (; i < n; i++)
            y[i] = a[i] == T.Zero ? c[i] : b[i];
    }
}

/// <summary>y = a.</summary>
internal sealed unsafe class CopyTile<T> : TileKernel<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public override void Run(T* a, T* b, T* c, T* y, int n) => new ReadOnlySpan<T>(a, n).CopyTo(new Span<T>(y, n));
}

/// <summary>y = the number a.</summary>
internal sealed unsafe class FillTile<T> : TileKernel<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    public override void Run(T* a, T* b, T* c, T* y, int n) => new Span<T>(y, n).Fill(*a);
}
