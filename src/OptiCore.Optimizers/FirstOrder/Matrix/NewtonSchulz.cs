using System.Numerics;
using System.Numerics.Tensors;
using OptiCore.LinearAlgebra;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <summary>
/// Approximate orthogonalisation X := U V' of a matrix U S V' by the odd quintic iteration X := a X + (b A + c A^2) X with A = X X', begun at X / |X|_F.
/// </summary>
/// <remarks>
/// With K. Jordan's coefficients (3.4445, -4.7750, 2.0315), chosen for the largest slope at 0, singular values above about 0.001 of the norm come to lie in [0.7, 1.2] after five iterations; they don't converge to 1. About 4 k^2 l + 2 k^3
/// operations an iteration for k = the smaller side and l = the larger. All buffers are allocated by the constructor.
/// </remarks>
/// <param name="rows">The rows of the matrix.</param>
/// <param name="columns">The columns of the matrix.</param>
internal sealed class NewtonSchulz<T>(int rows, int columns) where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[] _gram = new T[checked(Math.Min(rows, columns) * Math.Min(rows, columns))];
    private readonly T[] _polynomial = new T[Math.Min(rows, columns) * Math.Min(rows, columns)];
    private readonly T[] _next = new T[checked(rows * columns)];

    /// <summary>Orthogonalises a matrix in place; zero stays zero.</summary>
    public void Orthogonalize(Span<T> x, int iterations, IWorkers workers)
    {
        T norm = Reduce.Norm<T>(x, workers);
        if (norm == T.Zero)
            return;
        TensorPrimitives.Divide(x, norm, x);
        int k = Math.Min(rows, columns);
        bool tall = rows > columns;
        T a = T.CreateTruncating(3.4445), b = T.CreateTruncating(-4.7750), c = T.CreateTruncating(2.0315);
        for (int i = 0; i < iterations; i++)
        {
            Blas.Gemm(tall, !tall, k, k, tall ? rows : columns, T.One, x, columns, x, columns, T.Zero, _gram.AsSpan(), k, workers);
            _gram.CopyTo(_polynomial, 0);
            Blas.Gemm<T>(false, false, k, k, k, c, _gram, k, _gram, k, b, _polynomial, k, workers);
            x.CopyTo(_next);
            if (tall)
                Blas.Gemm<T>(false, false, rows, columns, k, T.One, x, columns, _polynomial, k, a, _next, columns, workers);
            else
                Blas.Gemm<T>(false, false, rows, columns, k, T.One, _polynomial, k, x, columns, a, _next, columns, workers);
            _next.CopyTo(x);
        }
    }
}
