using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>A dense Hessian from n products with unit vectors, in reverse communication. Both triangles get the mean of the two products that know an element.</summary>
internal sealed class DenseHessian(int n) : IPersistent
{
    private readonly double[] _matrix = new double[checked(n * n)];
    private readonly double[] _product = new double[n];
    private int _columns;

    public ReadOnlySpan<double> Matrix => _matrix;

    public void Begin() => _columns = 0;

    /// <summary>Writes the next unit vector; false when the matrix is complete.</summary>
    public bool TryAsk(Span<double> direction)
    {
        if (_columns == n)
            return false;
        direction.Clear();
        direction[_columns] = 1;
        return true;
    }

    public void Tell(ReadOnlySpan<double> product)
    {
        product.CopyTo(_matrix.AsSpan(_columns * n, n));
        if (++_columns < n)
            return;
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
                _matrix[(i * n) + j] = _matrix[(j * n) + i] = 0.5 * (_matrix[(i * n) + j] + _matrix[(j * n) + i]);
        }
    }

    /// <summary>H v.</summary>
    public void Multiply(ReadOnlySpan<double> v, Span<double> result) => Blas.Gemv<double>(false, n, n, 1, _matrix, n, v, 0, result);

    /// <summary>-(g.p + 1/2 p.Hp).</summary>
    public double Reduction(ReadOnlySpan<double> g, ReadOnlySpan<double> p)
    {
        Multiply(p, _product);
        return -(Reduce.Dot(g, p) + (0.5 * Reduce.Dot(_product, p)));
    }

    /// <summary>Factors H + shift I = L L^T; false if it isn't positive definite.</summary>
    public bool TryCholesky(double shift, double[] factor)
    {
        _matrix.CopyTo(factor, 0);
        for (int i = 0; shift != 0 && i < n; i++)
            factor[(i * n) + i] += shift;
        return Cholesky.TryFactor<double>(factor, n);
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer<double>(_matrix);
        archive.Transfer(ref _columns);
    }
}
