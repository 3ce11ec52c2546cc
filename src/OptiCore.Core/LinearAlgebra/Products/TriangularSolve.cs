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
internal static unsafe partial class TriangularSolve
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
}
