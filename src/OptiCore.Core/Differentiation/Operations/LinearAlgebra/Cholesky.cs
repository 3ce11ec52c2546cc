using System.Numerics;
using OptiCore.LinearAlgebra;

namespace OptiCore.Differentiation;

/// <summary>The lower triangular L with (A + A') / 2 = L L', zeros above; all NaN where there is none.</summary>
/// <remarks>The derivative is that of I. Murray (2016), "Differentiation of the Cholesky decomposition", equation 10, in products and triangular systems of whole matrices.</remarks>
internal sealed record CholeskyOperation : Operation
{
    public override string Name => "cholesky";

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => [SquareMatrix.Require(inputs[0], Name)];

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents)
    {
        // With Phi the lower triangle and half of the diagonal: L^-T Phi(L' G) L^-1, made symmetric.
        Variable l = new(node, 0), inner = Operations.MatMul(Operations.Transpose(l), cotangents[0]!.Value);
        Variable phi = 0.5 * (Operations.LowerTriangle(inner) + Operations.LowerTriangle(inner, -1));
        Variable left = new TriangularSolveOperation(Side.Left, Triangle.Lower, true, Diagonal.Stored).ApplyOne(l, phi);
        return SquareMatrix.SymmetricPart(new TriangularSolveOperation(Side.Right, Triangle.Lower, false, Diagonal.Stored).ApplyOne(l, left));
    }

    internal override Kernel<T> Lower<T>(KernelSite site) => new CholeskyKernel<T>(site);

    private sealed class CholeskyKernel<T>(KernelSite site) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override void Run(Frame<T> frame)
        {
            int n = site.Inputs[0].Shape[-1], size = n * n;
            ReadOnlySpan<T> source = frame.Span(site.Inputs[0]);
            Span<T> target = frame.Span(site.Outputs[0]);
            for (int at = 0; at < source.Length; at += size)
            {
                Span<T> l = target.Slice(at, size);
                if (!SquareMatrix.SymmetricLower(source.Slice(at, size), n, l) || !Cholesky.TryFactor(l, n))
                    l.Fill(T.NaN);
            }
        }
    }
}
