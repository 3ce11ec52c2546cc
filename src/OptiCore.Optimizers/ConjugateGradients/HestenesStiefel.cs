namespace OptiCore.Optimizers;

/// <summary>
/// beta = y.g_new / d.y: M. R. Hestenes, E. Stiefel (1952), Methods of conjugate gradients for solving linear systems, J. Res. Nat. Bur. Standards 49, 409-436. Keeps d_new.y = 0 whatever the search.
/// </summary>
public sealed record HestenesStiefel : IConjugateGradientBeta
{
    /// <inheritdoc/>
    public double Evaluate(in ConjugateGradientProducts products) => products.ChangeNew / products.DirectionChange;
}
