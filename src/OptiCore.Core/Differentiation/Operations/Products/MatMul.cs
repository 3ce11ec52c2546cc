using System.Numerics;
using OptiCore.LinearAlgebra;

namespace OptiCore.Differentiation;

/// <summary>Products of the matrices of the last two axes, op(A) op(B); the axes before them broadcast.</summary>
internal sealed record MatMulOperation(bool TransposeA, bool TransposeB) : Operation
{
    public override string Name => "matmul";

    /// <summary>The product with transposes taken up and with rows of a batch as rows of one matrix, where one matrix on the right serves all.</summary>
    public static Variable Of(Variable a, Variable b, bool transposeA, bool transposeB)
    {
        if (IsTransposed(a))
            return Of(Operations.Transpose(a), b, !transposeA, transposeB);
        if (IsTransposed(b))
            return Of(a, Operations.Transpose(b), transposeA, !transposeB);
        if (a.Rank <= 2 || b.Rank != 2 || transposeA)
            return new MatMulOperation(transposeA, transposeB).ApplyOne(a, b);
        Variable rows = Operations.Reshape(a, [a.Shape.ElementCount / Math.Max(1, a.Shape[-1]), a.Shape[-1]]);
        Variable product = new MatMulOperation(false, transposeB).ApplyOne(rows, b);
        return Operations.Reshape(product, a.Shape.With(-1, product.Shape[-1]));
    }

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs)
    {
        (Shape a, Shape b) = (inputs[0], inputs[1]);
        if (a.Rank < 2 || b.Rank < 2)
            throw Misfit("both need two axes.", inputs);
        if (a[TransposeA ? -2 : -1] != b[TransposeB ? -1 : -2])
            throw Misfit($"{a[TransposeA ? -2 : -1]} columns{(TransposeA ? " (transposed)" : "")} on the left, {b[TransposeB ? -1 : -2]} rows{(TransposeB ? " (transposed)" : "")} on the right.", inputs);
        if (!Shape.TryBroadcast(a.Leading(a.Rank - 2), b.Leading(b.Rank - 2), out Shape leading))
            throw Misfit("the axes before the matrices don't broadcast.", inputs);
        return [Shape.Create([.. leading.Lengths, a[TransposeA ? -1 : -2], b[TransposeB ? -2 : -1]])];
    }

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents)
    {
        (Variable a, Variable b, Variable g) = (node.Inputs[0], node.Inputs[1], cotangents[0]!.Value);
        Variable full = input == 0
            ? TransposeA ? Of(b, g, TransposeB, true) : Of(g, b, false, !TransposeB)
            : TransposeB ? Of(g, a, true, TransposeA) : Of(a, g, !TransposeA, false);
        return Operations.SumTo(full, node.Inputs[input].Shape);
    }

    internal override Variable[] Batch(ReadOnlySpan<Variable> inputs, ReadOnlySpan<bool> batched, int size)
    {
        Variable[] aligned = Batching.Align(inputs, batched, size);
        return [Of(aligned[0], aligned[1], TransposeA, TransposeB)];
    }

    internal override Kernel<T> Lower<T>(KernelSite site) => new MatMulKernel<T>(site, TransposeA, TransposeB);

    /// <summary>True if rows of the argument are columns here: transposed once more, nothing or rows that stay whole are left to be moved.</summary>
    private static bool IsTransposed(Variable x) => x.Rank > 1 && x.Node.Operation is TransposeOperation { Order: var order } && order.Values[^2] == x.Rank - 1;

    private sealed unsafe class MatMulKernel<T> : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly KernelSite _site;
        private readonly bool _transposeA, _transposeB;
        private readonly int _m, _n, _k, _lda, _ldb;
        private readonly int[] _a, _b;

        public MatMulKernel(KernelSite site, bool transposeA, bool transposeB)
        {
            _site = site;
            (_transposeA, _transposeB) = (transposeA, transposeB);
            (Shape a, Shape b, Shape c) = (site.Inputs[0].Shape, site.Inputs[1].Shape, site.Outputs[0].Shape);
            (_m, _n, _k) = (c[-2], c[-1], a[transposeA ? -2 : -1]);
            (_lda, _ldb) = (Math.Max(1, a[-1]), Math.Max(1, b[-1]));
            _a = MatrixOffsets.Of(a, c);
            _b = MatrixOffsets.Of(b, c);
        }

        public override void Run(Frame<T> frame)
        {
            // The shapes have been checked when the operation was written, and the plan of memory keeps results apart from arguments.
            T* a = frame.At(_site.Inputs[0]), b = frame.At(_site.Inputs[1]), c = frame.At(_site.Outputs[0]);
            for (int i = 0; i < _a.Length; i++, c += _m * _n)
                Gemm.Run(_transposeA, _transposeB, _m, _n, _k, T.One, a + _a[i], _lda, b + _b[i], _ldb, T.Zero, c, _n, frame.Workers);
        }
    }
}
