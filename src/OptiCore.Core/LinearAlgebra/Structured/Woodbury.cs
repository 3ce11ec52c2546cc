using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// Solves (A + U V') x = b from the factors of A when the change has low rank k: x = y - Z (I + V'Z)^-1 V'y with A y = b, A Z = U. Set up once in about 2 n^2 k operations, then
/// 2 n^2 + 4 n k for each right side, instead of a new factorization.
/// </summary>
/// <typeparam name="T">The element type.</typeparam>
/// <remarks>
/// <para>The result is as accurate as the conditions of A and of the small matrix I + V'Z allow, which can be worse than that of A + U V' itself, when A is nearly singular: see
/// <see cref="ReciprocalCondition"/>. For a rank of one it is the formula of Sherman and Morrison. For symmetric positive definite changes prefer <see cref="CholeskyUpdate"/>.</para>
/// <para>The object is allocated once for a size. Woodbury (1950), Inverting modified matrices; Yip (1986), A note on the stability of solving a rank-p modification of a
/// linear system by the Sherman-Morrison-Woodbury formula.</para>
/// </remarks>
public sealed class Woodbury<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[] _solved;
    private readonly T[] _v;
    private readonly T[] _small;
    private readonly T[] _inner;
    private readonly T[] _outer;
    private readonly int[] _permutation;
    private T _norm;

    /// <summary>Allocates everything for systems of one size.</summary>
    /// <param name="order">The order n of A, at least 1.</param>
    /// <param name="rank">The number k of columns of U and V, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is smaller than 1.</exception>
    public Woodbury(int order, int rank)
    {
        Order = Require.Positive(order, nameof(order));
        Rank = Require.Positive(rank, nameof(rank));
        _solved = new T[checked(order * rank)];
        _v = new T[order * rank];
        _small = new T[rank * rank];
        _inner = new T[rank];
        _outer = new T[rank];
        _permutation = new int[rank];
    }

    /// <summary>The order n of A.</summary>
    public int Order { get; }

    /// <summary>The number k of columns of U and V.</summary>
    public int Rank { get; }

    /// <summary>An estimate of the reciprocal 1-norm condition of I + V'A^-1 U; where it is near the machine epsilon, factor A + U V' itself.</summary>
    public T ReciprocalCondition => ConditionEstimate.Lu<T>(_small, Rank, Rank, _permutation, _norm);

    /// <summary>Sets a change up.</summary>
    /// <param name="lu">The factors of A, contiguous, n^2 elements.</param>
    /// <param name="permutation">The permutation of A's factorization.</param>
    /// <param name="u">U, n x k, row-major.</param>
    /// <param name="v">V, n x k, row-major.</param>
    /// <returns>False when I + V'A^-1 U, and with it A + U V', is singular or not finite.</returns>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    public bool TryFactor(ReadOnlySpan<T> lu, ReadOnlySpan<int> permutation, ReadOnlySpan<T> u, ReadOnlySpan<T> v)
    {
        int n = Order, k = Rank;
        Require.Length(lu.Length, checked(n * n), nameof(lu));
        Require.Length(permutation.Length, n, nameof(permutation));
        Require.Length(u.Length, n * k, nameof(u));
        Require.Length(v.Length, n * k, nameof(v));
        v.CopyTo(_v);
        for (int i = 0; i < n; i++)
            u.Slice(permutation[i] * k, k).CopyTo(_solved.AsSpan(i * k));
        Blas.Trsm(Side.Left, Triangle.Lower, false, Diagonal.Unit, n, k, T.One, lu, n, _solved, k);
        Blas.Trsm(Side.Left, Triangle.Upper, false, Diagonal.Stored, n, k, T.One, lu, n, _solved, k);
        for (int i = 0; i < k; i++)
        {
            _small.AsSpan(i * k, k).Clear();
            _small[(i * k) + i] = T.One;
        }

        Blas.Gemm(true, false, k, k, n, T.One, v, k, _solved, k, T.One, _small, k);
        _norm = MatrixNorm.One<T>(_small, k, k, k);
        return Lu.TryFactor<T>(_small, k, k, _permutation);
    }

    /// <summary>Solves (A + U V') x = b.</summary>
    /// <param name="lu">The factors of A, contiguous, as they were set up with.</param>
    /// <param name="permutation">The permutation of A's factorization.</param>
    /// <param name="b">The right side, n elements. Is only read.</param>
    /// <param name="x">Receives n elements; must not overlap b.</param>
    /// <exception cref="ArgumentException">A span has another length.</exception>
    public void Solve(ReadOnlySpan<T> lu, ReadOnlySpan<int> permutation, ReadOnlySpan<T> b, Span<T> x)
    {
        int n = Order, k = Rank;
        Lu.Solve(lu, n, n, permutation, b, x);
        Blas.Gemv(true, n, k, T.One, _v, k, x, T.Zero, _inner);
        Lu.Solve<T>(_small, k, k, _permutation, _inner, _outer);
        Blas.Gemv(false, n, k, -T.One, _solved, k, _outer, T.One, x);
    }
}
