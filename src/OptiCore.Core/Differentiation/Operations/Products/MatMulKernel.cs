using System.Numerics;
using OptiCore.LinearAlgebra;

namespace OptiCore.Differentiation;

/// <summary>
/// Computes products of matrices, each factor and the result at their own places, and with them a run of element-wise operations over the results: after every block of rows of a large matrix, or
/// after as many small matrices as make such a block.
/// </summary>
internal sealed unsafe class MatMulKernel<T> : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly KernelSite _site;
    private readonly bool _transposeA, _transposeB, _isSmall, _isVector;
    private readonly int _m, _n, _k;
    private readonly MatrixPlaces _a, _b, _c;
    private readonly TileProgram<T>? _then;

    /// <summary>A kernel for the shapes of the left factor and of the result as the product sees them.</summary>
    public MatMulKernel(KernelSite site, bool transposeA, bool transposeB, Shape left, Shape result, MatrixPlaces a, MatrixPlaces b, MatrixPlaces c, TileProgram<T>? then)
    {
        _site = site;
        (_transposeA, _transposeB) = (transposeA, transposeB);
        (_m, _n, _k) = (result[-2], result[-1], left[transposeA ? -2 : -1]);
        (_a, _b, _c) = (a, b, c);
        _then = then;

        // A matrix by a vector is read once, as it lies; there is nothing to pack.
        _isVector = _n == 1 && c.Stride == 1 && (transposeB || b.Stride == 1);
        _isSmall = (long)_m * _n * sizeof(T) <= GemmEpilogue.BlockBytes;
    }

    public override object? NewState(Frame<T> frame)
    {
        bool divides = frame.Workers is not null && _isSmall && _c.Offsets.Length > 1 && (long)_m * _n * _k * _c.Offsets.Length > Gemm.ThreadsPay;
        return divides || _then is not null ? new Pieces(this, frame, divides ? Math.Min(frame.Workers!.Count, _c.Offsets.Length) : 1) : null;
    }

    public override void Run(Frame<T> frame)
    {
        var pieces = (Pieces?)frame.States[_site.Index];
        if (pieces is { Count: > 1 })
            pieces.Run();
        else
            Run(frame, pieces, 0, 0, _c.Offsets.Length);
    }

    private void Run(Frame<T> frame, Pieces? epilogue, int piece, int from, int to)
    {
        // The shapes have been checked when the operation was written, and the plan of memory keeps results apart from arguments.
        T* a = frame.At(_site.Inputs[0]), b = frame.At(_site.Inputs[1]), c = frame.At(_site.Outputs[0]);
        int[] ofA = _a.Offsets, ofB = _b.Offsets, ofC = _c.Offsets;
        int elements = _m * _n, done = from * elements;
        for (int i = from; i < to; i++)
        {
            if (_isVector)
                Blas.GemvCore(_transposeA, _transposeA ? _k : _m, _transposeA ? _m : _k, T.One, a + ofA[i], _a.Stride, b + ofB[i], T.Zero, c + ofC[i]);
            else
            {
                var product = new GemmOperands<T>(_transposeA, _transposeB, _m, _n, _k, T.One, a + ofA[i], _a.Stride, b + ofB[i], _b.Stride, T.Zero, c + ofC[i], _c.Stride);
                if (_isSmall || epilogue is null)
                    Gemm.Run(product, epilogue is { Count: > 1 } ? null : frame.Workers, null);
                else
                {
                    epilogue.Matrix = i * elements;
                    Gemm.Run(product, frame.Workers, _then is null ? null : epilogue);
                    continue;
                }
            }

            int ready = (i + 1) * elements;
            if (_then is not null && (i == to - 1 || (long)(ready - done) * sizeof(T) >= GemmEpilogue.BlockBytes))
            {
                _then.Run(frame, piece, done, ready);
                done = ready;
            }
        }
    }

    /// <summary>Small matrices divided among threads; and the run over the rows of a large one.</summary>
    private sealed class Pieces : GemmEpilogue
    {
        private readonly MatMulKernel<T> _kernel;
        private readonly Frame<T> _frame;
        private readonly Action<int> _work;
        private readonly int _matrices;

        public Pieces(MatMulKernel<T> kernel, Frame<T> frame, int count)
        {
            _kernel = kernel;
            _frame = frame;
            Count = count;
            _matrices = kernel._c.Offsets.Length;
            _work = Work;
        }

        /// <summary>The number of pieces.</summary>
        public int Count { get; }

        /// <summary>The first element of the matrix that is being computed.</summary>
        public int Matrix { get; set; }

        public void Run() => _frame.Workers!.ForEach(Count, _work);

        public override void Rows(int first, int rows, int piece) =>
            _kernel._then!.Run(_frame, piece, Matrix + (first * _kernel._n), Matrix + ((first + rows) * _kernel._n));

        private void Work(int piece) => _kernel.Run(_frame, this, piece, (int)((long)_matrices * piece / Count), (int)((long)_matrices * (piece + 1) / Count));
    }
}
