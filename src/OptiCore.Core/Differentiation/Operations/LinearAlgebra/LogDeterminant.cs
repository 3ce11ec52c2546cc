using System.Numerics;
using OptiCore.LinearAlgebra;

namespace OptiCore.Differentiation;

/// <summary>
/// The logarithm of the absolute value of the determinant of A, and its sign. The arguments are A, which derivatives pass through, and the factors of <see cref="LuFactorOperation"/>.
/// For a singular A -infinity and 0.
/// </summary>
internal sealed record LogDeterminantOperation : Operation
{
    public override string Name => "log-determinant";

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs)
    {
        Shape leading = SquareMatrix.Require(inputs[0], Name).Leading(inputs[0].Rank - 2);
        return [leading, leading];
    }

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents)
    {
        if (input > 0 || cotangents[0] is not { } g)
            return null;
        Variable inverse = new InverseOperation(false).ApplyOne(node.Inputs);
        return Operations.ExpandAxis(Operations.ExpandAxis(g, -1), -1) * Operations.Transpose(inverse);
    }

    internal override Kernel<T> Lower<T>(KernelSite site) => new LogDeterminantKernel<T>(site);

    private sealed class LogDeterminantKernel<T>(KernelSite site) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override object NewState(Frame<T> frame) => new int[site.Inputs[0].Shape[-1]];

        public override void Run(Frame<T> frame)
        {
            int n = site.Inputs[0].Shape[-1], size = n * n;
            ReadOnlySpan<T> factors = frame.Span(site.Inputs[1]), numbers = frame.Span(site.Inputs[2]);
            Span<T> logarithms = frame.Span(site.Outputs[0]), signs = frame.Span(site.Outputs[1]);
            var permutation = (int[])frame.States[site.Index]!;
            for (int i = 0; i < logarithms.Length; i++)
            {
                LuFactorOperation.Permutation(numbers.Slice(i * n, n), permutation);
                logarithms[i] = T.CreateTruncating(Lu.LogDeterminant(factors.Slice(i * size, size), n, Math.Max(1, n), permutation, out int sign));
                signs[i] = T.IsNaN(logarithms[i]) ? T.NaN : T.CreateTruncating(sign);
            }
        }
    }
}
