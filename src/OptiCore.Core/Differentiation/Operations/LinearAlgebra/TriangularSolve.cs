using System.Numerics;
using OptiCore.LinearAlgebra;

namespace OptiCore.Differentiation;

/// <summary>The X with op(A) X = B or X op(A) = B for a triangular A; the axes before the matrices broadcast.</summary>
internal sealed record TriangularSolveOperation(Side Side, Triangle Triangle, bool Transposed, Diagonal Diagonal) : Operation
{
    public override string Name => "triangular-solve";

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs)
    {
        (Shape a, Shape b) = (SquareMatrix.Require(inputs[0], Name), inputs[1]);
        if (b.Rank < 2 || b[Side == Side.Left ? -2 : -1] != a[-1])
            throw Misfit($"the right sides must have {(Side == Side.Left ? "as many rows" : "as many columns")} as the matrix.", inputs);
        if (!Shape.TryBroadcast(a.Leading(a.Rank - 2), b.Leading(b.Rank - 2), out Shape leading))
            throw Misfit("the axes before the matrices don't broadcast.", inputs);
        return [b.Trailing(2).After(leading.Lengths)];
    }

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents)
    {
        Variable x = new(node, 0), a = node.Inputs[0];
        Variable g = (this with { Transposed = !Transposed }).ApplyOne(a, cotangents[0]!.Value);
        if (input == 1)
            return Operations.SumTo(g, node.Inputs[1].Shape);
        Variable full = (Side == Side.Left, Transposed) switch
        {
            (true, false) => Operations.MatMul(g, Operations.Transpose(x)),
            (true, true) => Operations.MatMul(x, Operations.Transpose(g)),
            (false, false) => Operations.MatMul(Operations.Transpose(x), g),
            (false, true) => Operations.MatMul(Operations.Transpose(g), x),
        };
        int offset = Diagonal == Diagonal.Stored ? 0 : 1;
        Variable part = Operations.SumTo(full, a.Shape);
        return -(Triangle == Triangle.Lower ? Operations.LowerTriangle(part, -offset) : Operations.UpperTriangle(part, offset));
    }

    internal override Variable[] Batch(ReadOnlySpan<Variable> inputs, ReadOnlySpan<bool> batched, int size) => Apply(Batching.Align(inputs, batched, size));

    internal override Kernel<T> Lower<T>(KernelSite site) => new TriangularSolveKernel<T>(site, this);

    private sealed class TriangularSolveKernel<T> : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly KernelSite _site;
        private readonly TriangularSolveOperation _operation;
        private readonly int[] _a, _b;

        public TriangularSolveKernel(KernelSite site, TriangularSolveOperation operation)
        {
            _site = site;
            _operation = operation;
            _a = MatrixPlaces.Of(site.Inputs[0].Shape, null, site.Outputs[0].Shape).Offsets;
            _b = MatrixPlaces.Of(site.Inputs[1].Shape, null, site.Outputs[0].Shape).Offsets;
        }

        public override void Run(Frame<T> frame)
        {
            (Side side, Triangle triangle, bool transposed, Diagonal diagonal) = _operation;
            ReadOnlySpan<T> a = frame.Span(_site.Inputs[0]), b = frame.Span(_site.Inputs[1]);
            Span<T> target = frame.Span(_site.Outputs[0]);
            int n = _site.Inputs[0].Shape[-1], rows = _site.Outputs[0].Shape[-2], columns = _site.Outputs[0].Shape[-1], size = rows * columns;
            for (int i = 0; i < _a.Length; i++)
            {
                Span<T> x = target.Slice(i * size, size);
                b.Slice(_b[i], size).CopyTo(x);
                ReadOnlySpan<T> matrix = a.Slice(_a[i], n * n);
                if (side == Side.Left && columns == 1)
                    Blas.Trsv(triangle, transposed, diagonal, n, matrix, Math.Max(1, n), x);
                else
                    Blas.Trsm(side, triangle, transposed, diagonal, rows, columns, T.One, matrix, Math.Max(1, n), x, Math.Max(1, columns), frame.Workers);
            }
        }
    }
}
