namespace OptiCore.Optimizers;

/// <summary>
/// beta = g_new.g_new / d.y: Y. H. Dai, Y. Yuan (1999), A nonlinear conjugate gradient method with a strong global convergence property, SIAM J. Optim. 10, 177-182. Descends with every Wolfe search.
/// </summary>
public sealed record DaiYuan : IConjugateGradientBeta
{
    /// <inheritdoc/>
    public double Evaluate(in ConjugateGradientProducts products) => products.NewSquare / products.DirectionChange;
}
