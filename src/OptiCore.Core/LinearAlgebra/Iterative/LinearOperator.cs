using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// Linear operators from matrices and delegates, and operators made of operators. Where all parts know their transposed products, so does the whole: the
/// result is then an <see cref="IAdjointOperator{T}"/>.
/// </summary>
/// <remarks>Parts are referenced, not copied: changing the elements of a matrix changes the operator. Scratch memory is allocated when the operator is made, products
/// allocate nothing.</remarks>
public static class LinearOperator
{
    /// <summary>The operator of a delegate.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="rows">The number m of rows.</param>
    /// <param name="columns">The number n of columns.</param>
    /// <param name="apply">Writes A x.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    public static ILinearOperator<T> From<T>(int rows, int columns, OperatorProduct<T> apply) where T : unmanaged, IFloatingPointIeee754<T> =>
        new DelegateOperator<T>(rows, columns, apply);

    /// <summary>The operator of two delegates.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="rows">The number m of rows.</param>
    /// <param name="columns">The number n of columns.</param>
    /// <param name="apply">Writes A x.</param>
    /// <param name="adjoint">Writes A' y.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is negative.</exception>
    public static IAdjointOperator<T> From<T>(int rows, int columns, OperatorProduct<T> apply, OperatorProduct<T> adjoint) where T : unmanaged, IFloatingPointIeee754<T> =>
        new AdjointDelegateOperator<T>(rows, columns, apply, adjoint);

    /// <summary>The operator of a dense row-major matrix. A product costs 2 m n operations.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The matrix, m x n.</param>
    /// <param name="rows">The number m of rows.</param>
    /// <param name="columns">The number n of columns.</param>
    /// <param name="lda">The distance between rows; 0 for n.</param>
    /// <exception cref="ArgumentException">The matrix doesn't fit into its memory.</exception>
    public static IAdjointOperator<T> Dense<T>(ReadOnlyMemory<T> a, int rows, int columns, int lda = 0) where T : unmanaged, IFloatingPointIeee754<T> =>
        new DenseOperator<T>(a, rows, columns, lda == 0 ? Math.Max(1, columns) : lda);

    /// <summary>The identity.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="order">The order n.</param>
    /// <exception cref="ArgumentOutOfRangeException">The order is negative.</exception>
    public static IAdjointOperator<T> Identity<T>(int order) where T : unmanaged, IFloatingPointIeee754<T> => new IdentityOperator<T>(order);

    /// <summary>The diagonal matrix of given elements.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="diagonal">The diagonal, n elements.</param>
    public static IAdjointOperator<T> Diagonal<T>(ReadOnlyMemory<T> diagonal) where T : unmanaged, IFloatingPointIeee754<T> => new DiagonalOperator<T>(diagonal);

    /// <summary>The matrix U V' of low rank. A product costs 2 k (m + n) operations.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="u">The matrix U, m x k, row-major.</param>
    /// <param name="v">The matrix V, n x k, row-major.</param>
    /// <param name="rank">The number k of columns of both, at least 1.</param>
    /// <exception cref="ArgumentException">A length isn't a multiple of the rank.</exception>
    public static IAdjointOperator<T> LowRank<T>(ReadOnlyMemory<T> u, ReadOnlyMemory<T> v, int rank) where T : unmanaged, IFloatingPointIeee754<T> =>
        new LowRankOperator<T>(u, v, rank);

    /// <summary>Says that an operator is symmetric, so that its own products are those of its transpose. Isn't checked.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The symmetric operator.</param>
    /// <exception cref="ArgumentException">The operator isn't square.</exception>
    public static IAdjointOperator<T> Symmetric<T>(ILinearOperator<T> a) where T : unmanaged, IFloatingPointIeee754<T> => new SymmetricOperator<T>(a);

    /// <summary>The transpose A'.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The operator A.</param>
    public static IAdjointOperator<T> Transpose<T>(IAdjointOperator<T> a) where T : unmanaged, IFloatingPointIeee754<T> =>
        a is TransposeOperator<T> twice ? twice.Transposed : new TransposeOperator<T>(Require.NotNull(a));

    /// <summary>The multiple alpha A.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="alpha">The factor.</param>
    /// <param name="a">The operator A.</param>
    public static ILinearOperator<T> Scale<T>(T alpha, ILinearOperator<T> a) where T : unmanaged, IFloatingPointIeee754<T> => new ScaledOperator<T>(alpha, Require.NotNull(a));

    /// <inheritdoc cref="Scale{T}(T, ILinearOperator{T})"/>
    public static IAdjointOperator<T> Scale<T>(T alpha, IAdjointOperator<T> a) where T : unmanaged, IFloatingPointIeee754<T> => new AdjointScaledOperator<T>(alpha, Require.NotNull(a));

    /// <summary>The sum A + beta B; with the identity as B, a shifted operator.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The operator A.</param>
    /// <param name="beta">The factor of B.</param>
    /// <param name="b">The operator B, of the same size.</param>
    /// <exception cref="ArgumentException">The sizes differ.</exception>
    public static ILinearOperator<T> Add<T>(ILinearOperator<T> a, T beta, ILinearOperator<T> b) where T : unmanaged, IFloatingPointIeee754<T> => new SumOperator<T>(a, beta, b);

    /// <inheritdoc cref="Add{T}(ILinearOperator{T}, T, ILinearOperator{T})"/>
    public static IAdjointOperator<T> Add<T>(IAdjointOperator<T> a, T beta, IAdjointOperator<T> b) where T : unmanaged, IFloatingPointIeee754<T> => new AdjointSumOperator<T>(a, beta, b);

    /// <summary>The product A B: first B, then A.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The operator A, m x k.</param>
    /// <param name="b">The operator B, k x n.</param>
    /// <exception cref="ArgumentException">A has another number of columns than B has rows.</exception>
    public static ILinearOperator<T> Compose<T>(ILinearOperator<T> a, ILinearOperator<T> b) where T : unmanaged, IFloatingPointIeee754<T> => new ProductOperator<T>(a, b);

    /// <inheritdoc cref="Compose{T}(ILinearOperator{T}, ILinearOperator{T})"/>
    public static IAdjointOperator<T> Compose<T>(IAdjointOperator<T> a, IAdjointOperator<T> b) where T : unmanaged, IFloatingPointIeee754<T> => new AdjointProductOperator<T>(a, b);
}
