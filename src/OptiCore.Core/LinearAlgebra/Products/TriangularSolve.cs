using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The solution of a triangular system of small order for many right sides, two registers of them at a time: four unknowns of each, less what the
/// earlier ones contribute, stay in registers like a tile of a matrix product.
/// </summary>
/// <remarks>
/// Each right side is solved by x[i] = (b[i] - sum_q a[i,q] x[q]) / a[i,i], the sum taken from b[i] in order by fused multiply-adds. The division is a
/// multiplication by the reciprocal, if those of all pivots of the block are normal numbers: else a quotient in range could be lost on the way.
/// </remarks>
internal static unsafe class TriangularSolve
{
    /// <summary>The order down to which a triangle is halved. Part of the definition of the result.</summary>
    public const int Block = 64;

    private const int Group = 4;

    /// <summary>Where a triangle is divided: about the middle, at a whole block.</summary>
    public static int Half(int order) => ((order / 2) + Block - 1) / Block * Block;

    /// <summary>How many right sides a worker gets, so that their panels are whole.</summary>
    public static int Share(int count, int workers) => ((count / workers) + Block) / Block * Block;

    /// <summary>Solves op(A) X = B for an m x n matrix B, m being at most <see cref="Block"/>.</summary>
    public static void Left<T>(bool forward, Diagonal diagonal, int m, int n, T* a, nint row, nint column, T* b, nint ldb)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (!VectorKernels.IsVectorized<T>())
            Left<T, Register1<T>>(forward, diagonal, m, n, a, row, column, b, ldb);
        else if (GemmOperands<T>.Wide)
            Left<T, Register512<T>>(forward, diagonal, m, n, a, row, column, b, ldb);
        else if (Vector256.IsHardwareAccelerated)
            Left<T, Register256<T>>(forward, diagonal, m, n, a, row, column, b, ldb);
        else
            Left<T, Register128<T>>(forward, diagonal, m, n, a, row, column, b, ldb);
    }

    /// <summary>Solves X op(A) = B for an m x n matrix B, n being at most <see cref="Block"/>.</summary>
    public static void Right<T>(bool forward, Diagonal diagonal, int m, int n, T* a, nint row, nint column, T* b, nint ldb)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (!VectorKernels.IsVectorized<T>())
            Right<T, Register1<T>>(forward, diagonal, m, n, a, row, column, b, ldb);
        else if (GemmOperands<T>.Wide)
            Right<T, Register512<T>>(forward, diagonal, m, n, a, row, column, b, ldb);
        else if (Vector256.IsHardwareAccelerated)
            Right<T, Register256<T>>(forward, diagonal, m, n, a, row, column, b, ldb);
        else
            Right<T, Register128<T>>(forward, diagonal, m, n, a, row, column, b, ldb);
    }

    [SkipLocalsInit]
    internal static void Left<T, TRegister>(bool forward, Diagonal diagonal, int m, int n, T* a, nint row, nint column, T* b, nint ldb)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
    {
        int panel = 2 * TRegister.Count;
        T* packed = stackalloc T[PackedLength(m)];
        bool divide = Pack(forward, diagonal, m, a, row, column, packed);
        T* start = forward ? b : b + ((m - 1) * ldb);
        nint step = forward ? ldb : -ldb;
        int j = 0;
        for (; j <= n - panel; j += panel)
            Solve<T, TRegister>(m, packed, divide, start + j, step);
        if (j == n)
            return;

        // The last right sides are solved beside B, in a panel filled up with zeros.
        T* buffer = stackalloc T[Block * panel];
        new Span<T>(buffer, m * panel).Clear();
        for (int i = 0; i < m; i++)
            new Span<T>(start + (i * step) + j, n - j).CopyTo(new Span<T>(buffer + (i * panel), panel));
        Solve<T, TRegister>(m, packed, divide, buffer, panel);
        for (int i = 0; i < m; i++)
            new Span<T>(buffer + (i * panel), n - j).CopyTo(new Span<T>(start + (i * step) + j, n - j));
    }

    [SkipLocalsInit]
    internal static void Right<T, TRegister>(bool forward, Diagonal diagonal, int m, int n, T* a, nint row, nint column, T* b, nint ldb)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
    {
        // A row of X is a system with the transpose of op(A). Rows are transposed into a panel, and back.
        int panel = 2 * TRegister.Count;
        T* packed = stackalloc T[PackedLength(n)];
        bool divide = Pack(forward, diagonal, n, a, column, row, packed);
        T* buffer = stackalloc T[Block * panel];
        for (int i = 0; i < m; i += panel, b += panel * ldb)
        {
            int rows = Math.Min(panel, m - i);
            if (rows < panel)
                new Span<T>(buffer, n * panel).Clear();
            Packing.Lines(rows, n, b, ldb, 1, buffer, panel);
            Solve<T, TRegister>(n, packed, divide, forward ? buffer : buffer + ((n - 1) * panel), forward ? panel : -panel);
            Packing.Lines(n, rows, buffer, panel, 1, b, ldb);
        }
    }

    private static int PackedLength(int order)
    {
        int groups = (order + Group - 1) / Group;
        return Group * Group * groups * (groups + 1) / 2;
    }

    /// <summary>
    /// Writes the triangle in the order of the solution, for each group of rows the elements of one column after the other, and for the pivots their reciprocals.
    /// </summary>
    /// <returns>True if a reciprocal isn't a normal number: then the pivots themselves were written.</returns>
    [SkipLocalsInit]
    private static bool Pack<T>(bool forward, Diagonal diagonal, int order, T* a, nint row, nint column, T* packed) where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (!forward)
        {
            a += (order - 1) * (row + column);
            row = -row;
            column = -column;
        }

        T* pivots = stackalloc T[Block];
        bool divide = false;
        for (int i = 0; i < order; i++)
        {
            pivots[i] = diagonal == Diagonal.Unit ? T.One : T.One / a[i * (row + column)];
            divide |= !T.IsNormal(pivots[i]);
        }

        for (int i = 0; divide && i < order; i++)
            pivots[i] = a[i * (row + column)];
        for (int first = 0; first < order; first += Group)
        {
            int present = Math.Min(Group, order - first);
            for (int r = 0; r < present; r++)
            {
                T* from = a + ((first + r) * row), to = packed + r;
                for (int q = first + r; q > 0; q--, from += column, to += Group)
                    *to = *from;
                *to = pivots[first + r];
            }

            packed += Group * (first + Group);
        }

        return divide;
    }

    private static void Solve<T, TRegister>(int order, T* packed, bool divide, T* x, nint step)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
    {
        int first = 0;
        for (; first <= order - Group; first += Group)
        {
            Unknowns<T, TRegister, GemmInPlace.Four>(first, packed, divide, x, step);
            packed += Group * (first + Group);
        }

        switch (order - first)
        {
            case 1:
                Unknowns<T, TRegister, GemmInPlace.One>(first, packed, divide, x, step);
                break;
            case 2:
                Unknowns<T, TRegister, GemmInPlace.Two>(first, packed, divide, x, step);
                break;
            case 3:
                Unknowns<T, TRegister, GemmInPlace.Three>(first, packed, divide, x, step);
                break;
        }
    }

    /// <summary>Up to four unknowns of two registers of right sides.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Unknowns<T, TRegister, TRows>(int first, T* a, bool divide, T* x, nint step)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
        where TRows : struct, INumber
    {
        int width = TRegister.Count;
        T* y = x + (first * step);
        TRegister s00 = TRegister.Load(y), s01 = TRegister.Load(y + width), s10 = default, s11 = default, s20 = default, s21 = default, s30 = default, s31 = default;
        if (TRows.Value > 1)
        {
            s10 = TRegister.Load(y + step);
            s11 = TRegister.Load(y + step + width);
        }

        if (TRows.Value > 2)
        {
            s20 = TRegister.Load(y + (2 * step));
            s21 = TRegister.Load(y + (2 * step) + width);
        }

        if (TRows.Value > 3)
        {
            s30 = TRegister.Load(y + (3 * step));
            s31 = TRegister.Load(y + (3 * step) + width);
        }

        for (; first > 0; first--)
        {
            TRegister x0 = TRegister.Load(x), x1 = TRegister.Load(x + width), f = TRegister.All(a[0]);
            s00 = TRegister.FmaNegated(f, x0, s00);
            s01 = TRegister.FmaNegated(f, x1, s01);
            if (TRows.Value > 1)
            {
                f = TRegister.All(a[1]);
                s10 = TRegister.FmaNegated(f, x0, s10);
                s11 = TRegister.FmaNegated(f, x1, s11);
            }

            if (TRows.Value > 2)
            {
                f = TRegister.All(a[2]);
                s20 = TRegister.FmaNegated(f, x0, s20);
                s21 = TRegister.FmaNegated(f, x1, s21);
            }

            if (TRows.Value > 3)
            {
                f = TRegister.All(a[3]);
                s30 = TRegister.FmaNegated(f, x0, s30);
                s31 = TRegister.FmaNegated(f, x1, s31);
            }

            a += Group;
            x += step;
        }

        Finish<T, TRegister>(y, TRegister.All(a[0]), divide, ref s00, ref s01);
        if (TRows.Value > 1)
        {
            Subtract<T, TRegister>(a[1], s00, s01, ref s10, ref s11);
            Finish<T, TRegister>(y + step, TRegister.All(a[Group + 1]), divide, ref s10, ref s11);
        }

        if (TRows.Value > 2)
        {
            Subtract<T, TRegister>(a[2], s00, s01, ref s20, ref s21);
            Subtract<T, TRegister>(a[Group + 2], s10, s11, ref s20, ref s21);
            Finish<T, TRegister>(y + (2 * step), TRegister.All(a[(2 * Group) + 2]), divide, ref s20, ref s21);
        }

        if (TRows.Value > 3)
        {
            Subtract<T, TRegister>(a[3], s00, s01, ref s30, ref s31);
            Subtract<T, TRegister>(a[Group + 3], s10, s11, ref s30, ref s31);
            Subtract<T, TRegister>(a[(2 * Group) + 3], s20, s21, ref s30, ref s31);
            Finish<T, TRegister>(y + (3 * step), TRegister.All(a[(3 * Group) + 3]), divide, ref s30, ref s31);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Subtract<T, TRegister>(T factor, TRegister x0, TRegister x1, ref TRegister s0, ref TRegister s1)
        where T : unmanaged
        where TRegister : struct, IRegister<TRegister, T>
    {
        s0 = TRegister.FmaNegated(TRegister.All(factor), x0, s0);
        s1 = TRegister.FmaNegated(TRegister.All(factor), x1, s1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish<T, TRegister>(T* y, TRegister pivot, bool divide, ref TRegister s0, ref TRegister s1)
        where T : unmanaged
        where TRegister : struct, IRegister<TRegister, T>
    {
        s0 = divide ? s0 / pivot : s0 * pivot;
        s1 = divide ? s1 / pivot : s1 * pivot;
        s0.Store(y);
        s1.Store(y + TRegister.Count);
    }
}
