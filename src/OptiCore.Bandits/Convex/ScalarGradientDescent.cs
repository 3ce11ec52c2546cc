using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// Gradient descent for bandit losses of a scalar prediction, l_t(&lt;w, x_t&gt;): plays &lt;w, x&gt; + delta s, s = 1 or -1 with equal probability, and steps w by -eta (loss / delta) s x, back into the ball of radius R - delta / D
/// if need be. Only the prediction is perturbed, so the regret doesn't depend on the number of features.
/// </summary>
/// <remarks>
/// <para>A. Saha, N. Natarajan, P. Netrapalli, P. Jain (2021), "Optimal regret algorithm for pseudo-1d bandit convex optimization", ICML: the branch for large d. For convex l_t of values in [0, C], L-Lipschitz, features of norm at most D and the ball
/// of radius R the estimate has the gradient of the smoothed loss for its mean and a norm of at most C D / delta. With eta = R delta / (C D sqrt(T)) and delta = sqrt(R D C / (3 L)) T^(-1/4), at most R D / 2, the regret against the best
/// w is at most 2 T^(3/4) sqrt(3 R D C L): the lower bound is of the order min(sqrt(d T), T^(3/4)), so take <see cref="KernelExponentialWeights"/> while d is below about sqrt(T).</para>
/// <para>O(d) a round.</para>
/// </remarks>
[Algorithm("Pseudo-1d gradient descent", "Bandit convex optimization", "A. Saha, N. Natarajan, P. Netrapalli, P. Jain (2021), Optimal regret algorithm for pseudo-1d bandit convex optimization")]
public sealed record ScalarGradientDescent
{
    /// <summary>The number T of rounds that the policy is meant for.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public required long Horizon { get; init => field = Require.Positive(value); }

    /// <summary>The radius R of the ball of weights about the origin, positive. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Radius { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The largest norm D of features, positive. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double FeatureNorm { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The largest loss C, positive; the smallest is 0. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double LossBound { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The Lipschitz constant L of losses in the prediction, positive. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Lipschitz { get; init => field = Require.Positive(value); } = 1;

    /// <summary>Begins at the origin: allocates everything that choosing and updating need.</summary>
    /// <param name="dimension">The number d of features, at least 1.</param>
    /// <param name="key">The randomness of this run.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="dimension"/> is smaller than 1.</exception>
    public ScalarPredictionState Start(int dimension, RandomKey key) => new State(this, dimension, key);

    private sealed class State(ScalarGradientDescent policy, int dimension, RandomKey key) : ScalarPredictionState(dimension, policy.FeatureNorm, key)
    {
        private readonly double[] _weights = new double[dimension];
        private readonly double _delta = Math.Min(
            Math.Sqrt(policy.Radius * policy.FeatureNorm * policy.LossBound / (3 * policy.Lipschitz)) * Math.Pow(policy.Horizon, -0.25),
            0.5 * policy.Radius * policy.FeatureNorm);

        public override ReadOnlySpan<double> Weights => _weights;

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            archive.Transfer(_weights.AsSpan());
        }

        private protected override double Play(ReadOnlySpan<double> features, RandomStream stream) =>
            Reduce.Dot<double>(_weights, features) + (_delta * Sign(ref stream));

        private protected override void Learn(ReadOnlySpan<double> features, RandomStream stream, double loss)
        {
            Require.InClosed(loss, 0, policy.LossBound, nameof(loss));

            // eta / delta.
            double rate = policy.Radius / (policy.LossBound * policy.FeatureNorm * Math.Sqrt(policy.Horizon));
            double scale = -rate * loss * Sign(ref stream);
            for (int i = 0; i < _weights.Length; i++)
                _weights[i] += scale * features[i];
            double norm = Reduce.Norm<double>(_weights), limit = policy.Radius - (_delta / policy.FeatureNorm);
            for (int i = 0; i < _weights.Length && norm > limit; i++)
                _weights[i] *= limit / norm;
        }

        private protected override void Forget() => Array.Clear(_weights);

        private static double Sign(ref RandomStream stream) => stream.NextDouble() < 0.5 ? 1 : -1;
    }
}
