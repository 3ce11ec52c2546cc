namespace OptiCore.Optimizers;

/// <summary>
/// beta = max(0, y.g_new / g.g): E. Polak, G. Ribière (1969), Note sur la convergence de méthodes de directions conjuguées, R.I.R.O. 16, 35-43, with the restriction of
/// M. J. D. Powell and J. C. Gilbert, J. Nocedal (1992), Global convergence properties of conjugate gradient methods for optimization, SIAM J. Optim. 2, 21-42. Restarts by itself where steps are short.
/// </summary>
public sealed record PolakRibierePlus : IConjugateGradientBeta
{
    /// <inheritdoc/>
    public double Evaluate(in ConjugateGradientProducts products) => Math.Max(0, products.ChangeNew / products.OldSquare);
}
