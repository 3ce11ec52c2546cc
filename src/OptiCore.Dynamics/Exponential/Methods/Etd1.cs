namespace OptiCore.Dynamics;

/// <summary>Exponential Euler: y(t + h) = e^(h L) y + h phi[1](h L) N(t, y). Exact where N is constant.</summary>
[Algorithm("ETD1", "Exponential integrators", "S. M. Cox, P. C. Matthews (2002), Exponential time differencing for stiff systems", Capabilities = "order 1, fixed step, dense or diagonal linear part")]
public static class Etd1
{
    /// <summary>The coefficients.</summary>
    public static ExponentialScheme Scheme { get; } = new([0], [[]], [[new(1, 1, 1)]]) { Name = "ETD1", Order = 1 };
}
