using System.Numerics;
using OptiCore.LinearAlgebra;

namespace OptiCore.Differentiation;

/// <summary>The eigenvalues of (A + A') / 2, ascending, and its eigenvectors as columns; all NaN where an element of A isn't finite.</summary>
/// <remarks>
/// The derivative is that of M. Giles (2008), "An extended collection of matrix derivative results for forward and reverse mode", section 3.1. Eigenvectors have one only where their
/// eigenvalue is simple: those of equal eigenvalues may turn freely. Between them the rule takes 0, which is right for results that depend on the space of such vectors as a whole, such as
/// the projection onto it, and wrong for functions V f(w) V' of the matrix.
/// </remarks>
internal sealed record SymmetricEigenOperation : Operation
{
    public override string Name => "symmetric-eigen";

    internal override int ScratchCount(Node node) => node.Shapes[0].Rank == 0 ? 0 : node.Shapes[0][-1] * node.Shapes[0][-1];

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => [SquareMatrix.Require(inputs[0], Name).Without(-1, 1), inputs[0]];

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents)
    {
        Variable values = new(node, 0), vectors = new(node, 1), transposed = Operations.Transpose(vectors);
        Variable? inner = null;
        if (cotangents[0] is { } byValues)
            inner = Operations.DiagonalMatrix(byValues);
        if (cotangents[1] is { } byVectors)
        {
            Variable gaps = Operations.ExpandAxis(values, -2) - Operations.ExpandAxis(values, -1), isEqual = Operations.EqualTo(gaps, 0);
            Variable turn = Operations.MatMul(transposed, byVectors) * Operations.Select(isEqual, 0, 1 / Operations.Select(isEqual, 1, gaps));
            inner = inner is { } diagonal ? diagonal + turn : turn;
        }

        return SquareMatrix.SymmetricPart(Operations.MatMul(vectors, Operations.MatMul(inner!.Value, transposed)));
    }

    internal override Kernel<T> Lower<T>(KernelSite site) => new SymmetricEigenKernel<T>(site);

    private sealed class SymmetricEigenKernel<T>(KernelSite site) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override object NewState(Frame<T> frame) => new SymmetricEigen<T>(site.Inputs[0].Shape[-1]);

        public override void Run(Frame<T> frame)
        {
            int n = site.Inputs[0].Shape[-1], size = n * n;
            ReadOnlySpan<T> source = frame.Span(site.Inputs[0]);
            Span<T> values = frame.Span(site.Outputs[0]), vectors = frame.Span(site.Outputs[1]), lower = frame.Span(site.Scratch);
            var eigen = (SymmetricEigen<T>)frame.States[site.Index]!;
            for (int at = 0; at < source.Length; at += size)
            {
                Span<T> own = values.Slice(at / n, n);
                if (SquareMatrix.SymmetricLower(source.Slice(at, size), n, lower) && eigen.Factor(lower))
                {
                    eigen.Values.CopyTo(own);
                    eigen.CopyVectors(vectors.Slice(at, size), n);
                    continue;
                }

                own.Fill(T.NaN);
                vectors.Slice(at, size).Fill(T.NaN);
            }
        }
    }
}
