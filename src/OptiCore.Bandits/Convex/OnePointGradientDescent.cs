namespace OptiCore.Bandits;

/// <summary>
/// Bandit gradient descent with one evaluation a round: plays y + delta u, u uniform on the unit sphere, and steps y by -nu loss u, back into the ball of radius R - delta if need be; (d / delta) loss u has the gradient of the
/// smoothed loss for its mean.
/// </summary>
/// <remarks>
/// <para>A. D. Flaxman, A. T. Kalai, H. B. McMahan (2005), "Online convex optimization in the bandit setting: gradient descent without a gradient", SODA. For convex losses, bounded by C in absolute value and L-Lipschitz in the ball of radius R,
/// theorem 2 has nu = R / (C sqrt(T)) and delta = T^(-1/4) sqrt(R d C r / (3 (L r + C))), here with r = R and delta at most R / 2, and a regret of at most 2 T^(3/4) sqrt(3 R d C (L + C / R)) against the best fixed point, whoever chooses the losses.</para>
/// <para>O(d) a round. With two evaluations <see cref="TwoPointGradientDescent"/> has regret sqrt(T); where losses depend on a scalar prediction only, <see cref="ScalarGradientDescent"/> and
/// <see cref="KernelExponentialWeights"/> don't pay for d or reach sqrt(T).</para>
/// </remarks>
[Algorithm("Bandit gradient descent (one point)", "Bandit convex optimization", "A. D. Flaxman, A. T. Kalai, H. B. McMahan (2005), Online convex optimization in the bandit setting: gradient descent without a gradient")]
public sealed record OnePointGradientDescent
{
    /// <summary>The number T of rounds that the policy is meant for.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public required long Horizon { get; init => field = Require.Positive(value); }

    /// <summary>The radius R of the ball about the origin, positive. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Radius { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The bound C of absolute losses, positive. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double LossBound { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The Lipschitz constant L of losses, positive. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Lipschitz { get; init => field = Require.Positive(value); } = 1;

    /// <summary>Begins at the origin: allocates everything that choosing and updating need.</summary>
    /// <param name="dimension">The dimension d, at least 1.</param>
    /// <param name="key">The randomness of this run.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="dimension"/> is smaller than 1.</exception>
    public ConvexBanditState Start(int dimension, RandomKey key)
    {
        double delta = Math.Pow(Horizon, -0.25) * Math.Sqrt(Radius * dimension * LossBound * Radius / (3 * ((Lipschitz * Radius) + LossBound)));
        delta = Math.Min(delta, 0.5 * Radius);
        return new ConvexBanditState(dimension, 1, Radius, delta, Radius / (LossBound * Math.Sqrt(Horizon)) * delta / dimension, key);
    }
}
