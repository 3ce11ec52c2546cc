using System.Buffers;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The solution of a triangular system of an order up to <see cref="Block"/> for many right sides, two registers of them at a time: six unknowns of each,
/// less what the earlier ones contribute, stay in registers like a tile of a matrix product.
/// </summary>
/// <remarks>
/// Unknowns are found in groups of six, from the first or from the last: x[i] = (b[i] - sum_q a[i,q] x[q]) / a[i,i], the sum taken from b[i] by fused
/// multiply-adds, first over the groups that are solved in ascending order of q, then over the solved ones of its own group. The division is a
/// multiplication by the reciprocal, if those of all pivots of the block are normal numbers: else a quotient in range could be lost on the way.
/// </remarks>
internal static unsafe class TriangularSolve
{
    /// <summary>The order down to which a triangle is halved. Part of the definition of the result. A panel of that many rows lies in half of the L1 cache.</summary>
    public const int Block = 256;

    /// <summary>The unknowns of a group. Part of the definition of the result.</summary>
    public const int Group = 6;

    // The triangles of so small an order are packed on the stack.
    private const int SmallOrder = 64;
    private const int Alignment = 64;

    // Right sides are shared among workers in whole panels of the widest registers.
    private const int Panels = 64;

    /// <summary>Where a triangle is divided: about the middle, at a whole block.</summary>
    public static int Half(int order) => ((order / 2) + Block - 1) / Block * Block;

    /// <summary>How many right sides a worker gets, so that their panels are whole.</summary>
    public static int Share(int count, int workers) => ((count + workers - 1) / workers + Panels - 1) / Panels * Panels;

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
        if (m <= SmallOrder)
        {
            T* packed = stackalloc T[PackedLength(m)];
            SolveLeft<T, TRegister>(forward, Pack(forward, diagonal, m, a, row, column, packed), m, n, packed, b, ldb);
            return;
        }

        T[] rented = ArrayPool<T>.Shared.Rent(PackedLength(m));
        fixed (T* packed = rented)
            SolveLeft<T, TRegister>(forward, Pack(forward, diagonal, m, a, row, column, packed), m, n, packed, b, ldb);
        ArrayPool<T>.Shared.Return(rented);
    }

    [SkipLocalsInit]
    internal static void Right<T, TRegister>(bool forward, Diagonal diagonal, int m, int n, T* a, nint row, nint column, T* b, nint ldb)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
    {
        // A row of X is a system with the transpose of op(A).
        if (n <= SmallOrder)
        {
            T* packed = stackalloc T[PackedLength(n)];
            SolveRight<T, TRegister>(forward, Pack(forward, diagonal, n, a, column, row, packed), m, n, packed, b, ldb);
            return;
        }

        T[] rented = ArrayPool<T>.Shared.Rent(PackedLength(n));
        fixed (T* packed = rented)
            SolveRight<T, TRegister>(forward, Pack(forward, diagonal, n, a, column, row, packed), m, n, packed, b, ldb);
        ArrayPool<T>.Shared.Return(rented);
    }

    /// <summary>The solutions are written to B and, for the later unknowns to read, one row after the other beside it: rows of B may lie so that they push each other out of the cache.</summary>
    [SkipLocalsInit]
    private static void SolveLeft<T, TRegister>(bool forward, bool divide, int m, int n, T* packed, T* b, nint ldb)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
    {
        int panel = 2 * TRegister.Count, j = 0;
        T* room = stackalloc T[(m * panel) + (Alignment / sizeof(T))];
        T* x = Align(room);
        for (; j <= n - panel; j += panel)
            Solve<T, TRegister>(forward, divide, m, packed, b + j, ldb, x, panel);
        if (j == n)
            return;

        // The last right sides are solved in a panel filled up with zeros.
        new Span<T>(x, m * panel).Clear();
        for (int i = 0; i < m; i++)
            new Span<T>(b + (i * ldb) + j, n - j).CopyTo(new Span<T>(x + (i * panel), panel));
        Solve<T, TRegister>(forward, divide, m, packed, x, panel, x, panel);
        for (int i = 0; i < m; i++)
            new Span<T>(x + (i * panel), n - j).CopyTo(new Span<T>(b + (i * ldb) + j, n - j));
    }

    /// <summary>Rows are transposed into a panel, and back.</summary>
    [SkipLocalsInit]
    private static void SolveRight<T, TRegister>(bool forward, bool divide, int m, int n, T* packed, T* b, nint ldb)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
    {
        int panel = 2 * TRegister.Count;
        T* room = stackalloc T[(n * panel) + (Alignment / sizeof(T))];
        T* x = Align(room);
        for (int i = 0; i < m; i += panel, b += panel * ldb)
        {
            int rows = Math.Min(panel, m - i);
            if (rows < panel)
                new Span<T>(x, n * panel).Clear();
            Packing.Lines(rows, n, b, ldb, 1, x, panel);
            Solve<T, TRegister>(forward, divide, n, packed, x, panel, x, panel);
            Packing.Lines(n, rows, x, panel, 1, b, ldb);
        }
    }

    private static T* Align<T>(T* pointer) where T : unmanaged => (T*)(((nuint)pointer + (Alignment - 1)) & ~(nuint)(Alignment - 1));

    private static int PackedLength(int order)
    {
        int groups = (order + Group - 1) / Group;
        return Group * Group * groups * (groups + 1) / 2;
    }

    /// <summary>
    /// Writes the triangle in the order of the solution: for each group the columns of its rows that are multiplied with known unknowns, then those of its own
    /// triangle, with the reciprocals of the pivots on the diagonal.
    /// </summary>
    /// <returns>True if a reciprocal isn't a normal number: then the pivots themselves were written.</returns>
    [SkipLocalsInit]
    private static bool Pack<T>(bool forward, Diagonal diagonal, int order, T* a, nint row, nint column, T* packed) where T : unmanaged, IFloatingPointIeee754<T>
    {
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
            // The rows of a group are counted in the order in which they are solved, the earlier groups' columns from the left.
            int present = Math.Min(Group, order - first), start = forward ? first : order - 1 - first;
            T* rows = a + (start * row);
            if (forward)
                Packing.Lines(present, first, rows, row, column, packed, Group);
            else
                Packing.Lines(present, first, rows + ((order - first) * column), -row, column, packed, Group);
            packed += Group * first;
            nint down = forward ? row : -row, right = forward ? column : -column;
            T* corner = rows + (start * column);
            for (int q = 0; q < present; q++, packed += Group)
            {
                packed[q] = pivots[forward ? first + q : start - q];
                for (int r = q + 1; r < present; r++)
                    packed[r] = corner[(r * down) + (q * right)];
            }

            packed += Group * (Group - present);
        }

        return divide;
    }

    /// <summary>Solves for one panel: b + i stepB are the right sides of unknown i, x + i stepX receives it as well.</summary>
    private static void Solve<T, TRegister>(bool forward, bool divide, int order, T* packed, T* b, nint stepB, T* x, nint stepX)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
    {
        T* y = x;
        nint stepY = stepX, back = 0;
        if (!forward)
        {
            // The unknowns that are known begin after the group.
            b += (order - 1) * stepB;
            y += (order - 1) * stepX;
            x += order * stepX;
            stepB = -stepB;
            stepY = -stepX;
            back = Group * stepX;
        }

        for (int first = 0; first < order; first += Group)
        {
            int present = Math.Min(Group, order - first);
            Unknowns<T, TRegister>(present, first, packed, Group, packed + (Group * first), divide, x, stepX, y, stepY, b, stepB);
            packed += Group * (first + Group);
            x -= back;
            y += Group * stepY;
            b += Group * stepB;
        }
    }

    /// <summary>
    /// Up to six unknowns r of two registers of right sides: those at b + r stepB, less sum_q a[q stepA + r] x[q stepX] over so many terms, solved with the
    /// triangle, whose element (r, q) lies at q <see cref="Group"/> + r. The results go to y + r stepY, and back to b if that isn't the same place.
    /// </summary>
    /// <param name="rows">The unknowns.</param>
    /// <param name="depth">The terms.</param>
    /// <param name="a">The coefficients of what is known.</param>
    /// <param name="stepA">The distance between terms of <paramref name="a"/>.</param>
    /// <param name="triangle">The coefficients of the unknowns, with reciprocals of the pivots; null to leave the differences unsolved.</param>
    /// <param name="divide">Whether the triangle holds the pivots themselves.</param>
    /// <param name="x">What is known.</param>
    /// <param name="stepX">The distance between terms of <paramref name="x"/>.</param>
    /// <param name="y">Receives the unknowns.</param>
    /// <param name="stepY">The distance between unknowns.</param>
    /// <param name="b">The right sides.</param>
    /// <param name="stepB">The distance between right sides.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Unknowns<T, TRegister>(
        int rows, int depth, T* a, nint stepA, T* triangle, bool divide, T* x, nint stepX, T* y, nint stepY, T* b, nint stepB)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
    {
        switch (rows)
        {
            case 1:
                Unknowns<T, TRegister, GemmInPlace.One>(depth, a, stepA, triangle, divide, x, stepX, y, stepY, b, stepB);
                break;
            case 2:
                Unknowns<T, TRegister, GemmInPlace.Two>(depth, a, stepA, triangle, divide, x, stepX, y, stepY, b, stepB);
                break;
            case 3:
                Unknowns<T, TRegister, GemmInPlace.Three>(depth, a, stepA, triangle, divide, x, stepX, y, stepY, b, stepB);
                break;
            case 4:
                Unknowns<T, TRegister, GemmInPlace.Four>(depth, a, stepA, triangle, divide, x, stepX, y, stepY, b, stepB);
                break;
            case 5:
                Unknowns<T, TRegister, GemmInPlace.Five>(depth, a, stepA, triangle, divide, x, stepX, y, stepY, b, stepB);
                break;
            default:
                Unknowns<T, TRegister, GemmInPlace.Six>(depth, a, stepA, triangle, divide, x, stepX, y, stepY, b, stepB);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Unknowns<T, TRegister, TRows>(
        int depth, T* a, nint stepA, T* triangle, bool divide, T* x, nint stepX, T* y, nint stepY, T* b, nint stepB)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
        where TRows : struct, INumber
    {
        int width = TRegister.Count;
        T* from = b;
        TRegister s00 = TRegister.Load(from), s01 = TRegister.Load(from + width), s10 = default, s11 = default, s20 = default, s21 = default;
        TRegister s30 = default, s31 = default, s40 = default, s41 = default, s50 = default, s51 = default;
        if (TRows.Value > 1)
        {
            from += stepB;
            s10 = TRegister.Load(from);
            s11 = TRegister.Load(from + width);
        }

        if (TRows.Value > 2)
        {
            from += stepB;
            s20 = TRegister.Load(from);
            s21 = TRegister.Load(from + width);
        }

        if (TRows.Value > 3)
        {
            from += stepB;
            s30 = TRegister.Load(from);
            s31 = TRegister.Load(from + width);
        }

        if (TRows.Value > 4)
        {
            from += stepB;
            s40 = TRegister.Load(from);
            s41 = TRegister.Load(from + width);
        }

        if (TRows.Value > 5)
        {
            from += stepB;
            s50 = TRegister.Load(from);
            s51 = TRegister.Load(from + width);
        }

        for (; depth > 0; depth--)
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

            if (TRows.Value > 4)
            {
                f = TRegister.All(a[4]);
                s40 = TRegister.FmaNegated(f, x0, s40);
                s41 = TRegister.FmaNegated(f, x1, s41);
            }

            if (TRows.Value > 5)
            {
                f = TRegister.All(a[5]);
                s50 = TRegister.FmaNegated(f, x0, s50);
                s51 = TRegister.FmaNegated(f, x1, s51);
            }

            a += stepA;
            x += stepX;
        }

        if (triangle != null)
        {
            // Each unknown, once found, is subtracted from the later ones.
            T* t = triangle;
            TRegister f = TRegister.All(t[0]);
            s00 = divide ? s00 / f : s00 * f;
            s01 = divide ? s01 / f : s01 * f;
            if (TRows.Value > 1)
            {
                f = TRegister.All(t[1]);
                s10 = TRegister.FmaNegated(f, s00, s10);
                s11 = TRegister.FmaNegated(f, s01, s11);
            }

            if (TRows.Value > 2)
            {
                f = TRegister.All(t[2]);
                s20 = TRegister.FmaNegated(f, s00, s20);
                s21 = TRegister.FmaNegated(f, s01, s21);
            }

            if (TRows.Value > 3)
            {
                f = TRegister.All(t[3]);
                s30 = TRegister.FmaNegated(f, s00, s30);
                s31 = TRegister.FmaNegated(f, s01, s31);
            }

            if (TRows.Value > 4)
            {
                f = TRegister.All(t[4]);
                s40 = TRegister.FmaNegated(f, s00, s40);
                s41 = TRegister.FmaNegated(f, s01, s41);
            }

            if (TRows.Value > 5)
            {
                f = TRegister.All(t[5]);
                s50 = TRegister.FmaNegated(f, s00, s50);
                s51 = TRegister.FmaNegated(f, s01, s51);
            }

            if (TRows.Value > 1)
            {
                t += Group;
                f = TRegister.All(t[1]);
                s10 = divide ? s10 / f : s10 * f;
                s11 = divide ? s11 / f : s11 * f;
            }

            if (TRows.Value > 2)
            {
                f = TRegister.All(t[2]);
                s20 = TRegister.FmaNegated(f, s10, s20);
                s21 = TRegister.FmaNegated(f, s11, s21);
            }

            if (TRows.Value > 3)
            {
                f = TRegister.All(t[3]);
                s30 = TRegister.FmaNegated(f, s10, s30);
                s31 = TRegister.FmaNegated(f, s11, s31);
            }

            if (TRows.Value > 4)
            {
                f = TRegister.All(t[4]);
                s40 = TRegister.FmaNegated(f, s10, s40);
                s41 = TRegister.FmaNegated(f, s11, s41);
            }

            if (TRows.Value > 5)
            {
                f = TRegister.All(t[5]);
                s50 = TRegister.FmaNegated(f, s10, s50);
                s51 = TRegister.FmaNegated(f, s11, s51);
            }

            if (TRows.Value > 2)
            {
                t += Group;
                f = TRegister.All(t[2]);
                s20 = divide ? s20 / f : s20 * f;
                s21 = divide ? s21 / f : s21 * f;
            }

            if (TRows.Value > 3)
            {
                f = TRegister.All(t[3]);
                s30 = TRegister.FmaNegated(f, s20, s30);
                s31 = TRegister.FmaNegated(f, s21, s31);
            }

            if (TRows.Value > 4)
            {
                f = TRegister.All(t[4]);
                s40 = TRegister.FmaNegated(f, s20, s40);
                s41 = TRegister.FmaNegated(f, s21, s41);
            }

            if (TRows.Value > 5)
            {
                f = TRegister.All(t[5]);
                s50 = TRegister.FmaNegated(f, s20, s50);
                s51 = TRegister.FmaNegated(f, s21, s51);
            }

            if (TRows.Value > 3)
            {
                t += Group;
                f = TRegister.All(t[3]);
                s30 = divide ? s30 / f : s30 * f;
                s31 = divide ? s31 / f : s31 * f;
            }

            if (TRows.Value > 4)
            {
                f = TRegister.All(t[4]);
                s40 = TRegister.FmaNegated(f, s30, s40);
                s41 = TRegister.FmaNegated(f, s31, s41);
            }

            if (TRows.Value > 5)
            {
                f = TRegister.All(t[5]);
                s50 = TRegister.FmaNegated(f, s30, s50);
                s51 = TRegister.FmaNegated(f, s31, s51);
            }

            if (TRows.Value > 4)
            {
                t += Group;
                f = TRegister.All(t[4]);
                s40 = divide ? s40 / f : s40 * f;
                s41 = divide ? s41 / f : s41 * f;
            }

            if (TRows.Value > 5)
            {
                f = TRegister.All(t[5]);
                s50 = TRegister.FmaNegated(f, s40, s50);
                s51 = TRegister.FmaNegated(f, s41, s51);
                f = TRegister.All(t[Group + 5]);
                s50 = divide ? s50 / f : s50 * f;
                s51 = divide ? s51 / f : s51 * f;
            }
        }

        Write<T, TRegister, TRows>(y, stepY, s00, s01, s10, s11, s20, s21, s30, s31, s40, s41, s50, s51);
        if (b != y)
            Write<T, TRegister, TRows>(b, stepB, s00, s01, s10, s11, s20, s21, s30, s31, s40, s41, s50, s51);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Write<T, TRegister, TRows>(
        T* y, nint step, TRegister s00, TRegister s01, TRegister s10, TRegister s11, TRegister s20, TRegister s21, TRegister s30, TRegister s31, TRegister s40, TRegister s41, TRegister s50, TRegister s51)
        where T : unmanaged, IFloatingPointIeee754<T>
        where TRegister : struct, IRegister<TRegister, T>
        where TRows : struct, INumber
    {
        int width = TRegister.Count;
        s00.Store(y);
        s01.Store(y + width);
        if (TRows.Value > 1)
        {
            y += step;
            s10.Store(y);
            s11.Store(y + width);
        }

        if (TRows.Value > 2)
        {
            y += step;
            s20.Store(y);
            s21.Store(y + width);
        }

        if (TRows.Value > 3)
        {
            y += step;
            s30.Store(y);
            s31.Store(y + width);
        }

        if (TRows.Value > 4)
        {
            y += step;
            s40.Store(y);
            s41.Store(y + width);
        }

        if (TRows.Value > 5)
        {
            y += step;
            s50.Store(y);
            s51.Store(y + width);
        }
    }
}
