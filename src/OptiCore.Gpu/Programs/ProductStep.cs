using System.Numerics;
using System.Runtime.CompilerServices;
using ILGPU;
using OptiCore.Differentiation;

namespace OptiCore.Gpu;

/// <summary>Products of matrices that lie in a program's memory: one launch where they lie at equal distances.</summary>
internal sealed class ProductStep<T> : ProgramStep<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    // The terms from which on the rows of a matrix are summed in lanes.
    private static readonly int ShortSum = 64 / Unsafe.SizeOf<T>();

    private readonly MatMulOperation _product;
    private readonly int _m, _n, _k;
    private readonly MatrixPlaces _a, _b, _c;
    private readonly int _strideA, _strideB, _strideC;
    private readonly bool _isBatch, _isVector;

    public ProductStep(MatMulOperation product, int m, int n, int k, MatrixPlaces a, MatrixPlaces b, MatrixPlaces c)
    {
        _product = product;
        (_m, _n, _k, _a, _b, _c) = (m, n, k, a, b, c);
        _isBatch = TryStride(a, out _strideA) & TryStride(b, out _strideB) & TryStride(c, out _strideC);

        // The processor multiplies by a vector otherwise than by a matrix. Short sums have the same bits either way, and batches of them are one launch as products of matrices.
        _isVector = n == 1 && c.Stride == 1 && (product.TransposeB || b.Stride == 1) && (c.Offsets.Length == 1 || k >= ShortSum);
    }

    public override void Launch(GpuProgram<T> program, GpuStream stream)
    {
        ArrayView<T> memory = program.Memory.View;
        MatrixProducts products = program.Products(stream);
        if (_isVector && products.Method == MatrixMethod.Reproducible)
        {
            (int rows, int columns) = _product.TransposeA ? (_k, _m) : (_m, _k);
            for (int i = 0; i < _c.Offsets.Length; i++)
            {
                products.Gemv(
                    _product.TransposeA, rows, columns, T.One, From(memory, _a.Offsets[i]), _a.Stride, memory.SubView(_b.Offsets[i], _k), T.Zero, memory.SubView(_c.Offsets[i], _m), rowBlock: Math.Max(1, rows));
            }

            return;
        }

        if (_isBatch && _c.Offsets.Length > 1)
        {
            products.GemmBatched(
                _c.Offsets.Length, _product.TransposeA, _product.TransposeB, _m, _n, _k, T.One, From(memory, _a.Offsets[0]), _a.Stride, _strideA, From(memory, _b.Offsets[0]), _b.Stride, _strideB,
                T.Zero, From(memory, _c.Offsets[0]), _c.Stride, _strideC);
            return;
        }

        for (int i = 0; i < _c.Offsets.Length; i++)
        {
            products.Gemm(
                _product.TransposeA, _product.TransposeB, _m, _n, _k, T.One, From(memory, _a.Offsets[i]), _a.Stride, From(memory, _b.Offsets[i]), _b.Stride,
                T.Zero, From(memory, _c.Offsets[i]), _c.Stride);
        }
    }

    private static ArrayView<T> From(ArrayView<T> memory, int offset) => memory.SubView(offset, memory.Length - offset);

    /// <summary>The distance between neighbouring matrices, if it is the same for all.</summary>
    private static bool TryStride(MatrixPlaces places, out int stride)
    {
        int[] offsets = places.Offsets;
        stride = offsets.Length > 1 ? offsets[1] - offsets[0] : 0;
        for (int i = 2; i < offsets.Length; i++)
        {
            if (offsets[i] - offsets[i - 1] != stride)
                return false;
        }

        return stride >= 0;
    }
}
