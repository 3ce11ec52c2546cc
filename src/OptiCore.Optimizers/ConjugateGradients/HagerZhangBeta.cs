namespace OptiCore.Optimizers;

/// <summary>
/// beta = max((y - 2 d y.y / d.y).g_new / d.y, -1 / (|d| min(eta, |g|))): CG_DESCENT of W. W. Hager and H. Zhang (2005), A new conjugate gradient method with guaranteed descent and an
/// efficient line search, SIAM J. Optim. 16, 170-192. d_new.g_new &lt;= -7/8 |g_new|^2 whatever the search; made for <see cref="HagerZhang"/>.
/// </summary>
public sealed record HagerZhangBeta : IConjugateGradientBeta
{
    /// <summary>eta: how negative beta may become. Default: 0.01.</summary>
    public double Truncation { get; init => field = Require.Positive(value); } = 0.01;

    /// <inheritdoc/>
    public double Evaluate(in ConjugateGradientProducts products)
    {
        double beta = (products.ChangeNew - (2 * products.DirectionNew * products.ChangeSquare / products.DirectionChange)) / products.DirectionChange;
        double least = -1 / (Math.Sqrt(products.DirectionSquare) * Math.Min(Truncation, Math.Sqrt(products.OldSquare)));
        return Math.Max(beta, least);
    }
}
