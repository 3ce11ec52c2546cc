using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace OptiCore.LinearAlgebra;

/// <summary>How much of a tile is computed.</summary>
internal enum Cover
{
    /// <summary>All elements.</summary>
    Whole,

    /// <summary>Some elements of a row.</summary>
    Part,

    /// <summary>No element.</summary>
    None,
}

/// <summary>
/// C = alpha op(A) op(B) + beta C on checked arguments: sizes, places and strides, one of each operand's two being 1. Optionally only a triangle of C.
/// </summary>
internal unsafe struct GemmOperands<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The whole product.</summary>
    public GemmOperands(bool transposeA, bool transposeB, int m, int n, int k, T alpha, T* a, int lda, T* b, int ldb, T beta, T* c, int ldc)
    {
        Rows = m;
        Columns = n;
        Depth = k;
        Alpha = alpha;
        Beta = beta;
        A = a;
        RowA = transposeA ? 1 : lda;
        DepthA = transposeA ? lda : 1;
        B = b;
        DepthB = transposeB ? 1 : ldb;
        ColumnB = transposeB ? ldb : 1;
        C = c;
        RowC = ldc;
    }

    public int Rows, Columns, Depth;
    public T Alpha, Beta;
    public T* A, B, C;
    public nint RowA, DepthA, DepthB, ColumnB, RowC;

    /// <summary>The triangle of C that is computed, or null for all of C.</summary>
    public Triangle? Triangle;

    /// <summary>The column of the diagonal in the first row, for a block of a triangle.</summary>
    public int Diagonal;

    /// <summary>Whether registers of 512 bits are worth using: asked of the instruction set, because the runtime prefers narrower ones on processors where they pay in products.</summary>
    public static bool Wide => Avx512F.IsSupported;

    /// <summary>The part of the product that writes a block of C, cut off where C ends.</summary>
    public readonly GemmOperands<T> Block(int row, int column, int rows, int columns)
    {
        GemmOperands<T> block = this;
        block.Rows = Math.Min(rows, Rows - row);
        block.Columns = Math.Min(columns, Columns - column);
        block.A += row * RowA;
        block.B += column * ColumnB;
        block.C += (row * RowC) + column;
        block.Diagonal += row - column;
        return block;
    }

    /// <summary>How much of a tile of C is computed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly Cover CoverOf(int row, int column, int rows, int columns) => Triangle is null ? Cover.Whole : CoverOfTriangle(row, column, rows, columns);

    /// <summary>Which of so many columns of a row are computed, counted from the first of them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly (int From, int To) Covered(int row, int column, int columns)
    {
        if (Triangle is not { } triangle)
            return (0, columns);
        int diagonal = Math.Clamp(row + Diagonal - column + (triangle == LinearAlgebra.Triangle.Lower ? 1 : 0), 0, columns);
        return triangle == LinearAlgebra.Triangle.Lower ? (0, diagonal) : (diagonal, columns);
    }

    private readonly Cover CoverOfTriangle(int row, int column, int rows, int columns)
    {
        (int from, int to) = Covered(row, column, columns);
        (int lastFrom, int lastTo) = Covered(row + rows - 1, column, columns);
        return Math.Max(to - from, lastTo - lastFrom) == 0 ? Cover.None : Math.Min(to - from, lastTo - lastFrom) == columns ? Cover.Whole : Cover.Part;
    }
}
