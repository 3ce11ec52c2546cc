namespace OptiCore.Gpu;

/// <summary>The numbers of a product C = alpha op(A) op(B) + beta C, or of several at equal distances, as its kernel takes them.</summary>
/// <typeparam name="L">The number.</typeparam>
internal struct ProductShape<L> where L : unmanaged
{
    /// <summary>The rows of op(A) and C.</summary>
    public int Rows;

    /// <summary>The columns of op(B) and C.</summary>
    public int Columns;

    /// <summary>The terms of each sum.</summary>
    public int Depth;

    /// <summary>Where the sums are split, the terms of a piece, which is then the number of the product; otherwise 0.</summary>
    public int Piece;

    /// <summary>The products.</summary>
    public int Count;

    /// <summary>1 if A is stored transposed.</summary>
    public int TransposeA;

    /// <summary>1 if B is stored transposed.</summary>
    public int TransposeB;

    /// <summary>1 if each four of A from a multiple of four on lie at an address that is a multiple of their size.</summary>
    public int AlignedA;

    /// <summary>The same of B.</summary>
    public int AlignedB;

    /// <summary>The same of C.</summary>
    public int AlignedC;

    /// <summary>1 if C isn't read.</summary>
    public int Overwrite;

    /// <summary>The distances between rows.</summary>
    public long LeadingA;

    /// <summary>The same of B.</summary>
    public long LeadingB;

    /// <summary>The same of C.</summary>
    public long LeadingC;

    /// <summary>The distances between matrices.</summary>
    public long StrideA;

    /// <summary>The same of B.</summary>
    public long StrideB;

    /// <summary>The same of C.</summary>
    public long StrideC;

    /// <summary>The factor of the products.</summary>
    public L Alpha;

    /// <summary>The factor of C.</summary>
    public L Beta;
}
