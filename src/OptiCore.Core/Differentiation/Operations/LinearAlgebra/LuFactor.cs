using System.Numerics;
using OptiCore.LinearAlgebra;

namespace OptiCore.Differentiation;

/// <summary>The factors and the permutation of <see cref="Lu"/>, for the operations that are given a matrix together with its factors.</summary>
/// <remarks>
/// Those operations have the derivative by the matrix, none by the factors, and so this one has none either: a matrix is factored once for a solution, a determinant and all of their
/// derivatives, since their rules need the same factors again.
/// </remarks>
internal sealed record LuFactorOperation : Operation
{
    public override string Name => "lu-factor";

    internal override bool IsPiecewiseConstant => true;

    internal override Shape[] Infer(ReadOnlySpan<Shape> inputs) => [SquareMatrix.Require(inputs[0], Name), inputs[0].With(-1, 1)];

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) => null;

    internal override Kernel<T> Lower<T>(KernelSite site)
    {
        Places.RequireExact<T>(site.Inputs[0].Shape[-1], Name);
        return new LuFactorKernel<T>(site);
    }

    /// <summary>The permutation of a matrix as integers.</summary>
    public static void Permutation<T>(ReadOnlySpan<T> numbers, Span<int> permutation) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < permutation.Length; i++)
            permutation[i] = int.CreateTruncating(numbers[i]);
    }

    /// <summary>True if a pivot is 0 or not a number: no system can be solved.</summary>
    public static bool IsSingular<T>(ReadOnlySpan<T> factors, int n) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < n; i++)
        {
            T pivot = factors[i * (n + 1)];
            if (pivot == T.Zero || !T.IsFinite(pivot))
                return true;
        }

        return false;
    }

    private sealed class LuFactorKernel<T>(KernelSite site) : Kernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override object NewState(Frame<T> frame) => new int[site.Inputs[0].Shape[-1]];

        public override void Run(Frame<T> frame)
        {
            int n = site.Inputs[0].Shape[-1], size = n * n;
            Span<T> factors = frame.Span(site.Outputs[0]), numbers = frame.Span(site.Outputs[1]);
            var permutation = (int[])frame.States[site.Index]!;
            frame.Span(site.Inputs[0]).CopyTo(factors);
            for (int i = 0; i < numbers.Length; i++)
            {
                if (i % n == 0)
                    Lu.TryFactor(factors.Slice(i / n * size, size), n, n, permutation);
                numbers[i] = T.CreateTruncating(permutation[i % n]);
            }
        }
    }
}
