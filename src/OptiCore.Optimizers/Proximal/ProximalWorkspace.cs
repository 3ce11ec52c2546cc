using OptiCore.LinearAlgebra;

namespace OptiCore.Optimizers;

/// <summary>
/// The scratch memory of proximal operators, projections and linear oracles: buffers by number, made at their first use and kept, so that operators themselves can be immutable and
/// shared. For one thread. Holds nothing that a next call relies on.
/// </summary>
public sealed class ProximalWorkspace
{
    private double[][] _numbers = [];
    private int[][] _indices = [];
    private ProximalWorkspace?[] _nested = [];
    private Svd<double>? _svd;
    private SymmetricEigen<double>? _eigen;

    /// <summary>A buffer whose content is arbitrary.</summary>
    /// <param name="slot">Its number, from 0.</param>
    /// <param name="length">The number of elements.</param>
    public Span<double> Numbers(int slot, int length) => Buffer(ref _numbers, slot, length);

    /// <summary>A buffer of integers whose content is arbitrary.</summary>
    /// <param name="slot">Its number, from 0; apart from those of <see cref="Numbers"/>.</param>
    /// <param name="length">The number of elements.</param>
    public Span<int> Indices(int slot, int length) => Buffer(ref _indices, slot, length);

    /// <summary>The memory of an operator inside an operator.</summary>
    /// <param name="slot">Its number, from 0.</param>
    public ProximalWorkspace Nested(int slot)
    {
        if (slot >= _nested.Length)
            Array.Resize(ref _nested, slot + 1);
        return _nested[slot] ??= new ProximalWorkspace();
    }

    /// <summary>A decomposition of matrices of one size, with thin singular vectors.</summary>
    internal Svd<double> Svd(int rows, int columns)
    {
        if (_svd is null || _svd.Rows != rows || _svd.Columns != columns)
            _svd = new Svd<double>(rows, columns);
        return _svd;
    }

    /// <summary>A decomposition of symmetric matrices of one order, with eigenvectors.</summary>
    internal SymmetricEigen<double> Eigen(int order)
    {
        if (_eigen is null || _eigen.Order != order)
            _eigen = new SymmetricEigen<double>(order);
        return _eigen;
    }

    private static Span<T> Buffer<T>(ref T[][] buffers, int slot, int length)
    {
        if (slot >= buffers.Length)
        {
            int before = buffers.Length;
            Array.Resize(ref buffers, slot + 1);
            Array.Fill(buffers, [], before, buffers.Length - before);
        }

        if (buffers[slot].Length < length)
            buffers[slot] = new T[length];
        return buffers[slot].AsSpan(0, length);
    }
}
