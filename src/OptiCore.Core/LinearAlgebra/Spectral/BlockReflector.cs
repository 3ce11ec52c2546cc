using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// Products of Householder reflections in the compact form H_1 H_2 ... H_k = I - V' T V, whose application is two matrix products. The reflection vectors are
/// the rows of V.
/// </summary>
/// <remarks>Schreiber and Van Loan (1989), A storage-efficient WY representation for products of Householder transformations.</remarks>
internal sealed class BlockReflector<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[] _vectors;
    private readonly T[] _triangle;
    private readonly T[] _gram;
    private readonly T[] _work;
    private readonly T[] _work2;
    private readonly int _length;

    /// <param name="block">The most reflections at a time.</param>
    /// <param name="length">The longest reflection vector.</param>
    /// <param name="lines">The most rows (columns) that they are applied to.</param>
    public BlockReflector(int block, int length, int lines)
    {
        Block = block;
        _length = Math.Max(1, length);
        _vectors = new T[block * _length];
        _triangle = new T[block * block];
        _gram = new T[block * block];
        _work = new T[block * Math.Max(1, lines)];
        _work2 = new T[block * Math.Max(1, lines)];
    }

    /// <summary>The most reflections at a time.</summary>
    public int Block { get; }

    /// <summary>The vector of one reflection, to be filled whole before <see cref="Form"/>; zeros included.</summary>
    public Span<T> Vector(int i) => _vectors.AsSpan(i * _length, _length);

    /// <summary>Computes T from the vectors and their factors tau.</summary>
    public void Form(int count, int width, ReadOnlySpan<T> tau)
    {
        Blas.Gemm(false, true, count, count, width, T.One, _vectors, _length, _vectors, _length, T.Zero, _gram, Block);
        for (int j = 0; j < count; j++)
        {
            Span<T> row = _triangle.AsSpan(j * Block, Block);
            row[..j].Clear();
            row[j] = tau[j];

            // Column j of T is -tau_j T[0..j, 0..j] (V v_j).
            for (int i = 0; i < j; i++)
            {
                T sum = T.Zero;
                for (int l = i; l < j; l++)
                    sum = T.FusedMultiplyAdd(_triangle[(i * Block) + l], _gram[(l * Block) + j], sum);
                _triangle[(i * Block) + j] = -tau[j] * sum;
            }
        }
    }

    /// <summary>X = X (I - V' T V), or with the transpose of the product, for a matrix of <paramref name="rows"/> rows and <paramref name="width"/> columns.</summary>
    public void ApplyRight(int count, int width, bool transpose, Span<T> x, int rows, int ldx)
    {
        if (rows == 0 || count == 0)
            return;
        Blas.Gemm(false, true, rows, count, width, T.One, x, ldx, _vectors, _length, T.Zero, _work, Block);
        Blas.Gemm(false, transpose, rows, count, count, T.One, _work, Block, _triangle, Block, T.Zero, _work2, Block);
        Blas.Gemm(false, false, rows, width, count, -T.One, _work2, Block, _vectors, _length, T.One, x, ldx);
    }

    /// <summary>X = (I - V' T V) X, or with the transpose of the product, for a matrix of <paramref name="width"/> rows and <paramref name="columns"/> columns.</summary>
    public void ApplyLeft(int count, int width, bool transpose, Span<T> x, int columns, int ldx)
    {
        if (columns == 0 || count == 0)
            return;
        Blas.Gemm(false, false, count, columns, width, T.One, _vectors, _length, x, ldx, T.Zero, _work, columns);
        Blas.Gemm(transpose, false, count, columns, count, T.One, _triangle, Block, _work, columns, T.Zero, _work2, columns);
        Blas.Gemm(true, false, width, columns, count, -T.One, _vectors, _length, _work2, columns, T.One, x, ldx);
    }
}
