namespace OptiCore.Bandits;

/// <summary>
/// Bandit gradient descent with two evaluations a round: plays y + delta u and y - delta u, u uniform on the unit sphere, and steps y by -eta d / (2 delta) (loss(y + delta u) - loss(y - delta u)) u, back into the ball of radius
/// R - delta if need be.
/// </summary>
/// <remarks>
/// <para>A. Agarwal, O. Dekel, L. Xiao (2010), "Optimal algorithms for online convex optimization with multi-point bandit feedback", COLT. The estimate is bounded by d L however small delta is, so delta = R ln T / T costs next to nothing, and with
/// eta = R / (d L sqrt(T)) the regret, the mean loss of both points against the best fixed one, is at most d L R sqrt(T) + 3 L R ln T for convex L-Lipschitz losses.</para>
/// <para>O(d) a round. For simulators and for pairs of equal users; with one evaluation see <see cref="OnePointGradientDescent"/>.</para>
/// </remarks>
[Algorithm("Bandit gradient descent (two points)", "Bandit convex optimization", "A. Agarwal, O. Dekel, L. Xiao (2010), Optimal algorithms for online convex optimization with multi-point bandit feedback")]
public sealed record TwoPointGradientDescent
{
    /// <summary>The number T of rounds that the policy is meant for.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public required long Horizon { get; init => field = Require.Positive(value); }

    /// <summary>The radius R of the ball about the origin, positive. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Radius { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The Lipschitz constant L of losses, positive. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Lipschitz { get; init => field = Require.Positive(value); } = 1;

    /// <summary>Begins at the origin: allocates everything that choosing and updating need.</summary>
    /// <param name="dimension">The dimension d, at least 1.</param>
    /// <param name="key">The randomness of this run.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="dimension"/> is smaller than 1.</exception>
    public ConvexBanditState Start(int dimension, RandomKey key)
    {
        double delta = Radius * Math.Min(0.5, Math.Log(Math.Max(2, Horizon)) / Horizon);
        return new ConvexBanditState(dimension, 2, Radius, delta, Radius / (dimension * Lipschitz * Math.Sqrt(Horizon)), key);
    }
}
