using System.Numerics;
using OptiCore.LinearAlgebra;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>A symmetric positive semidefinite matrix that changes slowly and an orthogonal basis that follows its eigenvectors by a step of orthogonal iteration at a time.</summary>
internal sealed class EigenBasis<T>(int order) : IPersistent where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly T[] _matrix = new T[checked(order * order)];
    private readonly T[] _vectors = new T[order * order];
    private readonly T[] _product = new T[order * order];
    private readonly Qr<T> _qr = new(order, order);
    private readonly SymmetricEigen<T> _eigen = new(order);

    /// <summary>The matrix, row-major.</summary>
    public Span<T> Matrix => _matrix;

    /// <summary>The basis, one vector a column, row-major.</summary>
    public ReadOnlySpan<T> Vectors => _vectors;

    /// <summary>The basis becomes the eigenvectors; the identity where their iteration doesn't converge.</summary>
    public void Decompose()
    {
        if (_eigen.Factor(_matrix))
        {
            _eigen.CopyVectors(_vectors, order);
            return;
        }

        Array.Clear(_vectors);
        for (int i = 0; i < order; i++)
            _vectors[(i * order) + i] = T.One;
    }

    /// <summary>One step of orthogonal iteration: the basis becomes the Q of (matrix times basis).</summary>
    public void Improve(IWorkers workers)
    {
        Blas.Gemm<T>(false, false, order, order, order, T.One, _matrix, order, _vectors, order, T.Zero, _product, order, workers);
        _qr.Factor(_product);
        _qr.CopyQ(_vectors);
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        archive.Transfer<T>(_matrix);
        archive.Transfer<T>(_vectors);
    }
}
