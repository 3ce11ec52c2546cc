namespace OptiCore.Optimizers;

/// <summary>
/// beta = g_new.g_new / g.g: R. Fletcher, C. M. Reeves (1964), Function minimization by conjugate gradients, Comput. J. 7, 149-154. Converges with a strong Wolfe search of
/// eta &lt; 1/2, but takes many short steps once the direction has become bad.
/// </summary>
public sealed record FletcherReeves : IConjugateGradientBeta
{
    /// <inheritdoc/>
    public double Evaluate(in ConjugateGradientProducts products) => products.NewSquare / products.OldSquare;
}
