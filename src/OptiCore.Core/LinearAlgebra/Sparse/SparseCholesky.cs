using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The Cholesky factorization P A P' = L L' of a sparse symmetric positive definite matrix. As an operator, it is the inverse of A.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
/// <remarks>
/// <para>The analysis of the structure is apart (<see cref="SparseAnalysis"/>): matrices with the same structure and new values are factored again without allocation. The elements on and below the diagonal are read. About
/// <see cref="SparseAnalysis.Operations"/> operations; a solution costs 4 for each element of L.</para>
/// <para>The factors live in the object; it has scratch memory, so one thread uses it at a time. For matrices with few elements off a band, or too large for their fill, prefer <see cref="ConjugateGradient"/> with <see cref="IncompleteCholesky{T}"/>; for
/// indefinite ones <see cref="SparseLdl{T}"/> or <see cref="SparseLu{T}"/>.</para>
/// <para>T. A. Davis (2006), Direct methods for sparse linear systems, chapter 4.</para>
/// </remarks>
[Algorithm("Sparse Cholesky", "Sparse factorizations", "Davis (2006), Direct methods for sparse linear systems")]
public sealed class SparseCholesky<T> : IAdjointOperator<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly SparseFactor<T> _factor;

    /// <summary>Allocates the memory for matrices of a structure; factors nothing.</summary>
    /// <param name="analysis">The analysis of the structure.</param>
    public SparseCholesky(SparseAnalysis analysis) => _factor = new(Require.NotNull(analysis));

    /// <summary>Analyses the structure of a matrix; factors nothing.</summary>
    /// <param name="a">A matrix with the structure, square.</param>
    /// <param name="ordering">The order of elimination.</param>
    /// <exception cref="ArgumentException">The matrix isn't square.</exception>
    public SparseCholesky(CsrMatrix<T> a, SparseOrdering ordering = SparseOrdering.MinimumDegree) : this(SparseAnalysis.Of(a, ordering))
    {
    }

    /// <summary>The analysis of the structure.</summary>
    public SparseAnalysis Analysis => _factor.Analysis;

    /// <inheritdoc/>
    public int Rows => Analysis.Order;

    /// <inheritdoc/>
    public int Columns => Analysis.Order;

    /// <summary>Factors a matrix; replaces the factorization before.</summary>
    /// <param name="a">A matrix with the analysed structure.</param>
    /// <param name="failedPivot">The row of A at whose elimination a pivot wasn't positive (or not finite), or -1.</param>
    /// <returns>False when A isn't positive definite to working precision; nothing can be solved then.</returns>
    /// <exception cref="ArgumentException">The matrix has another structure.</exception>
    public bool TryFactor(CsrMatrix<T> a, out int failedPivot) => _factor.TryFactor(a, positive: true, out failedPivot);

    /// <summary>Solves A x = b.</summary>
    /// <param name="b">The right side, n elements. Is only read.</param>
    /// <param name="x">Receives the solution, n elements; may be b.</param>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    /// <exception cref="InvalidOperationException">There is no complete factorization.</exception>
    public void Solve(ReadOnlySpan<T> b, Span<T> x) => _factor.Solve(b, x);

    /// <summary>The logarithm of the determinant of A.</summary>
    /// <exception cref="InvalidOperationException">There is no complete factorization.</exception>
    public double LogDeterminant() => _factor.LogAbsDeterminant();

    /// <summary>A copy of the factor L, with L L' = P A P'.</summary>
    public CsrMatrix<T> Lower() => _factor.Lower(roots: true);

    /// <summary>Writes A^-1 x.</summary>
    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<T> x, Span<T> y) => _factor.Solve(x, y);

    /// <summary>Writes A^-1 y: the inverse is symmetric.</summary>
    /// <inheritdoc/>
    public void ApplyAdjoint(ReadOnlySpan<T> y, Span<T> x) => _factor.Solve(y, x);
}

/// <summary>
/// The factorization P A P' = L D L' of a sparse symmetric matrix with diagonal D, without pivoting for size. For quasi-definite matrices (saddle points with definite blocks of both signs), for which every order has factors, and for
/// matrices shifted away from their eigenvalues. As an operator, it is the inverse of A.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
/// <remarks>
/// <para>Costs and memory are those of <see cref="SparseCholesky{T}"/>. Where pivots of an indefinite matrix become small beside its elements, digits are lost: check the residual, or prefer <see cref="SparseLu{T}"/>.</para>
/// <para>R. J. Vanderbei (1995), Symmetric quasidefinite matrices, SIAM J. Optim. 5, 100-113.</para>
/// </remarks>
[Algorithm("Sparse LDL'", "Sparse factorizations", "Davis (2006), Direct methods for sparse linear systems")]
public sealed class SparseLdl<T> : IAdjointOperator<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly SparseFactor<T> _factor;

    /// <summary>Allocates the memory for matrices of a structure; factors nothing.</summary>
    /// <param name="analysis">The analysis of the structure.</param>
    public SparseLdl(SparseAnalysis analysis) => _factor = new(Require.NotNull(analysis));

    /// <summary>Analyses the structure of a matrix; factors nothing.</summary>
    /// <param name="a">A matrix with the structure, square.</param>
    /// <param name="ordering">The order of elimination.</param>
    /// <exception cref="ArgumentException">The matrix isn't square.</exception>
    public SparseLdl(CsrMatrix<T> a, SparseOrdering ordering = SparseOrdering.MinimumDegree) : this(SparseAnalysis.Of(a, ordering))
    {
    }

    /// <summary>The analysis of the structure.</summary>
    public SparseAnalysis Analysis => _factor.Analysis;

    /// <inheritdoc/>
    public int Rows => Analysis.Order;

    /// <inheritdoc/>
    public int Columns => Analysis.Order;

    /// <summary>The pivots D, in the order of elimination.</summary>
    public ReadOnlySpan<T> Pivots => _factor.Pivots;

    /// <summary>The number of negative pivots: that of the negative eigenvalues of A (Sylvester's law of inertia).</summary>
    public int NegativePivots
    {
        get
        {
            int count = 0;
            foreach (T pivot in Pivots)
                count += pivot < T.Zero ? 1 : 0;
            return count;
        }
    }

    /// <summary>Factors a matrix; replaces the factorization before.</summary>
    /// <param name="a">A matrix with the analysed structure.</param>
    /// <param name="failedPivot">The row of A at whose elimination a pivot was 0 or not finite, or -1.</param>
    /// <returns>False when a pivot failed; nothing can be solved then.</returns>
    /// <exception cref="ArgumentException">The matrix has another structure.</exception>
    public bool TryFactor(CsrMatrix<T> a, out int failedPivot) => _factor.TryFactor(a, positive: false, out failedPivot);

    /// <summary>Solves A x = b.</summary>
    /// <param name="b">The right side, n elements. Is only read.</param>
    /// <param name="x">Receives the solution, n elements; may be b.</param>
    /// <exception cref="ArgumentException">A length doesn't fit.</exception>
    /// <exception cref="InvalidOperationException">There is no complete factorization.</exception>
    public void Solve(ReadOnlySpan<T> b, Span<T> x) => _factor.Solve(b, x);

    /// <summary>The logarithm of |det A|; the sign of det A is that of (-1)^<see cref="NegativePivots"/>.</summary>
    /// <exception cref="InvalidOperationException">There is no complete factorization.</exception>
    public double LogAbsDeterminant() => _factor.LogAbsDeterminant();

    /// <summary>A copy of the factor L, with ones on its diagonal.</summary>
    public CsrMatrix<T> Lower() => _factor.Lower(roots: false);

    /// <summary>Writes A^-1 x.</summary>
    /// <inheritdoc/>
    public void Apply(ReadOnlySpan<T> x, Span<T> y) => _factor.Solve(x, y);

    /// <summary>Writes A^-1 y: the inverse is symmetric.</summary>
    /// <inheritdoc/>
    public void ApplyAdjoint(ReadOnlySpan<T> y, Span<T> x) => _factor.Solve(y, x);
}
