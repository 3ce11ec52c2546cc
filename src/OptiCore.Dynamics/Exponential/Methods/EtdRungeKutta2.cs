namespace OptiCore.Dynamics;

/// <summary>ETDRK2: an exponential Euler step Y, corrected by h phi[2](h L) (N(t + h, Y) - N(t, y)). Exact where N is linear in time.</summary>
[Algorithm("ETDRK2", "Exponential integrators", "S. M. Cox, P. C. Matthews (2002), Exponential time differencing for stiff systems", Capabilities = "order 2, fixed step, dense or diagonal linear part")]
public static class EtdRungeKutta2
{
    /// <summary>The coefficients: equation 22 of the paper.</summary>
    public static ExponentialScheme Scheme { get; } = new(
        [0, 1],
        [[], [[new(1, 1, 1)]]],
        [[new(1, 1, 1), new(2, 1, -1)], [new(2, 1, 1)]])
    {
        Name = "ETDRK2",
        Order = 2,
    };
}
