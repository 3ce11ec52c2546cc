using System.Numerics;
using OptiCore.LinearAlgebra;

namespace OptiCore.Differentiation;

/// <summary>The inverse of A. The arguments are A, which derivatives pass through, and its factors, as those of <see cref="SolveOperation"/>. All NaN where A is singular.</summary>
internal sealed record InverseOperation(bool IsPositiveDefinite) : Operation
{
    public override string Name => "inverse";

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => [SquareMatrix.Require(inputs[0], Name)];

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents)
    {
        if (input > 0)
            return null;
        Variable inverse = new(node, 0), g = cotangents[0]!.Value;
        if (IsPositiveDefinite)
            return -Operations.MatMul(inverse, Operations.MatMul(SquareMatrix.SymmetricPart(g), inverse));
        Variable transposed = Operations.Transpose(inverse);
        return -Operations.MatMul(transposed, Operations.MatMul(g, transposed));
    }

    internal override Kernel<T> Lower<T>(KernelSite site) => new InverseKernel<T>(site, IsPositiveDefinite);

    private sealed class InverseKernel<T>(KernelSite site, bool isPositiveDefinite) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override object? NewState(Frame<T> frame) => isPositiveDefinite ? null : new int[site.Inputs[0].Shape[-1]];

        public override void Run(Frame<T> frame)
        {
            int n = site.Inputs[0].Shape[-1], size = n * n;
            ReadOnlySpan<T> factors = frame.Span(site.Inputs[1]);
            Span<T> target = frame.Span(site.Outputs[0]);
            for (int at = 0; at < target.Length; at += size)
            {
                ReadOnlySpan<T> factor = factors.Slice(at, size);
                Span<T> inverse = target.Slice(at, size);
                if (LuFactorOperation.IsSingular(factor, n))
                    inverse.Fill(T.NaN);
                else if (isPositiveDefinite)
                    Cholesky.Inverse(factor, n, n, inverse, n);
                else
                {
                    var permutation = (int[])frame.States[site.Index]!;
                    LuFactorOperation.Permutation(frame.Span(site.Inputs[2]).Slice(at / n, n), permutation);
                    Lu.Inverse(factor, n, n, permutation, inverse, n);
                }
            }
        }
    }
}
