using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.Differentiation;

/// <summary>The digamma function, psi(x) = d log Gamma(x)/dx.</summary>
internal readonly struct PsiFunction : IUnary
{
    public static string Name => "digamma";

    public static Type InLanes => typeof(DigammaFunction);

    public static void Apply<T>(ReadOnlySpan<T> x, Span<T> y) where T : unmanaged, IFloatingPointIeee754<T> => VectorMath.Digamma(x, y);

    public static Variable Pull(Variable x, Variable y, Variable g) => g * new PolygammaOperation(1).ApplyOne(x);
}

/// <summary>The derivative of order n, of 1 or more, of the digamma function.</summary>
internal sealed record PolygammaOperation(int Order) : ElementwiseOperation
{
    public override string Name => "polygamma";

    internal override bool TakesNumbers => false;

    internal override Variable? Cotangent(Node node, int input, ReadOnlySpan<Variable?> cotangents) =>
        cotangents[0]!.Value * new PolygammaOperation(Order + 1).ApplyOne(node.Inputs[0]);

    internal override TileKernel<T> Tile<T>(ReadOnlySpan<bool> isNumber) => new PolygammaTile<T>(Order);

    private sealed unsafe class PolygammaTile<T>(int order) : TileKernel<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        public override void Run(T* a, T* b, T* c, T* y, int n)
        {
            for (int i = 0; i < n; i++)
                y[i] = T.CreateTruncating(SpecialFunctions.Polygamma(order, double.CreateTruncating(a[i])));
        }
    }
}
