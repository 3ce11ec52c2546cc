using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.Differentiation;

/// <summary>The derivative of order n of the digamma function; of order 0 the digamma function itself.</summary>
internal sealed record PolygammaOperation(int Order) : ElementwiseOperation
{
    public override string Name => Order == 0 ? "digamma" : "polygamma";

    internal override bool TakesNumbers => false;

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) =>
        cotangents[0]!.Value * new PolygammaOperation(Order + 1).ApplyOne(node.Inputs[0]);

    internal override TileKernel<T> Tile<T>(ReadOnlySpan<bool> isNumber) => new PolygammaTile<T>(Order);

    private sealed unsafe class PolygammaTile<T>(int order) : TileKernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override void Run(T* a, T* b, T* c, T* y, int n)
        {
            if (order == 0)
            {
                VectorMath.Digamma(new ReadOnlySpan<T>(a, n), new Span<T>(y, n));
                return;
            }

            for (int i = 0; i < n; i++)
                y[i] = T.CreateTruncating(SpecialFunctions.Polygamma(order, double.CreateTruncating(a[i])));
        }
    }
}
