namespace OptiCore.Optimizers;

/// <summary>
/// The formula for beta in the direction d_new = -g_new + beta d of nonlinear conjugate gradients: a value, so that a formula of one's own needs no more than these products.
/// </summary>
public interface IConjugateGradientBeta
{
    /// <summary>beta; a value that isn't finite restarts the method.</summary>
    /// <param name="products">The inner products of the last step.</param>
    double Evaluate(in ConjugateGradientProducts products);
}

/// <summary>Inner products of the old direction d, the old and the new gradient g and g_new, and y = g_new - g.</summary>
public readonly record struct ConjugateGradientProducts
{
    /// <summary>g.g.</summary>
    public required double OldSquare { get; init; }

    /// <summary>g_new.g_new.</summary>
    public required double NewSquare { get; init; }

    /// <summary>y.g_new.</summary>
    public required double ChangeNew { get; init; }

    /// <summary>y.y.</summary>
    public required double ChangeSquare { get; init; }

    /// <summary>d.y, positive after a step that meets the Wolfe conditions.</summary>
    public required double DirectionChange { get; init; }

    /// <summary>d.g_new.</summary>
    public required double DirectionNew { get; init; }

    /// <summary>d.d.</summary>
    public required double DirectionSquare { get; init; }
}
