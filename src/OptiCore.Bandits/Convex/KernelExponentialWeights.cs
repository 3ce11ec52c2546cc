using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// Exponential weights over a net of the ball for bandit losses of a scalar prediction, l_t(&lt;w, x_t&gt;), with losses estimated through a kernel in the prediction: w is drawn from the weights p, the number y that is played
/// uniformly between &lt;w, x&gt; and the mean prediction m, and every w of the net gets the estimate loss K(y | w) / sum_v p(v) K(y | v).
/// </summary>
/// <remarks>
/// <para>A. Saha, N. Natarajan, P. Netrapalli, P. Jain (2021), "Optimal regret algorithm for pseudo-1d bandit convex optimization", ICML: the branch for small d; the kernel is that of S. Bubeck, R. Eldan, Y. T. Lee (2017), "Kernel-based methods
/// for bandit convex optimization", STOC, in one dimension. K(. | w) is the uniform density between &lt;w, x&gt; and m, or within e of m on the side of &lt;w, x&gt; where they are closer than e. Convexity makes the loss of y at most the mean of those at
/// w and at the center, and one reward speaks for all w beyond y: the variance of the estimates is only B = 2 (1 + ln(2 R D / e)).</para>
/// <para>eta = sqrt(2 ln N / (T C^2 B)), N being the size of the net, e = R D / sqrt(T): the regret is at most 2 C sqrt(2 T B ln N) and what the net and e add, T L D times half the net's spacing and T L e; with a spacing of the order 1/sqrt(T), ln N is of the
/// order d ln T, and the regret sqrt(d T) up to logarithms. The net has <see cref="PointsPerAxis"/>^d points less those outside of the ball: O(N d) a round, for d up to 3 or so. For more features see <see cref="ScalarGradientDescent"/>.</para>
/// </remarks>
[Algorithm("Kernelized exponential weights (pseudo-1d)", "Bandit convex optimization", "A. Saha, N. Natarajan, P. Netrapalli, P. Jain (2021), Optimal regret algorithm for pseudo-1d bandit convex optimization")]
public sealed record KernelExponentialWeights
{
    private const int MostPoints = 1 << 24;

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

    /// <summary>The number of points of the net from one side of the ball to the other, at least 2. Default: 64.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 2.</exception>
    public int PointsPerAxis { get; init => field = Require.AtLeast(value, 2); } = 64;

    /// <summary>Begins with equal weights: allocates everything that choosing and updating need.</summary>
    /// <param name="dimension">The number d of features, at least 1.</param>
    /// <param name="key">The randomness of this run.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="dimension"/> is smaller than 1, or so large that the net has more than 2^24 points.</exception>
    public ScalarPredictionState Start(int dimension, RandomKey key)
    {
        Require.Positive(dimension, nameof(dimension));
        if (Math.Pow(PointsPerAxis, dimension) > MostPoints)
            throw new ArgumentOutOfRangeException(nameof(dimension), dimension, FormattableString.Invariant($"dimension is {dimension}: a net of {PointsPerAxis}^{dimension} points is too large."));
        return new State(this, dimension, key, Net(dimension));
    }

    /// <summary>The points of the grid inside of the ball, coordinate after coordinate.</summary>
    private double[] Net(int dimension)
    {
        int all = 1;
        for (int i = 0; i < dimension; i++)
            all *= PointsPerAxis;
        double[] net = new double[all * dimension];
        int count = 0;
        for (int index = 0; index < all; index++)
        {
            double squares = 0;
            for (int i = 0, rest = index; i < dimension; i++, rest /= PointsPerAxis)
            {
                // Midpoints of equal cells, so that the ball is covered to its edge.
                double w = Radius * ((2 * ((rest % PointsPerAxis) + 0.5) / PointsPerAxis) - 1);
                net[(count * dimension) + i] = w;
                squares += w * w;
            }

            count += squares <= Radius * Radius ? 1 : 0;
        }

        return net[..(count * dimension)];
    }

    private sealed class State : ScalarPredictionState
    {
        private readonly KernelExponentialWeights _policy;
        private readonly double[] _net, _losses, _probabilities, _predictions, _mean;
        private readonly double _rate, _closest;

        public State(KernelExponentialWeights policy, int dimension, RandomKey key, double[] net)
            : base(dimension, policy.FeatureNorm, key)
        {
            _policy = policy;
            _net = net;
            int count = net.Length / dimension;
            (_losses, _probabilities, _predictions, _mean) = (new double[count], new double[count], new double[count], new double[dimension]);
            double range = 2 * policy.Radius * policy.FeatureNorm;
            _closest = 0.5 * range / Math.Sqrt(policy.Horizon);
            double variance = 2 * (1 + Math.Log(range / _closest));
            _rate = Math.Sqrt(2 * Math.Log(count) / (policy.Horizon * variance)) / policy.LossBound;
            Forget();
        }

        public override ReadOnlySpan<double> Weights => _mean;

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            archive.Transfer(_losses.AsSpan());
            if (archive.IsLoading)
                Weigh();
        }

        private protected override double Play(ReadOnlySpan<double> features, RandomStream stream)
        {
            double u = stream.NextDouble(), share = stream.NextOpenDouble();
            int chosen = 0;
            for (int v = 0; v < _probabilities.Length; v++)
            {
                if (_probabilities[v] == 0)
                    continue;
                chosen = v;
                if (u < _probabilities[v])
                    break;
                u -= _probabilities[v];
            }

            double mean = Reduce.Dot<double>(_mean, features);
            double prediction = Reduce.Dot<double>(_net.AsSpan(chosen * Dimension, Dimension), features);
            return mean + (share * Reach(prediction - mean));
        }

        private protected override void Learn(ReadOnlySpan<double> features, RandomStream stream, double loss)
        {
            Require.InClosed(loss, 0, _policy.LossBound, nameof(loss));
            double y = Play(features, stream), mean = Reduce.Dot<double>(_mean, features), density = 0;
            for (int v = 0; v < _losses.Length; v++)
            {
                // The kernel K(y | v): y lies between the mean and its reach.
                double reach = Reach(Reduce.Dot<double>(_net.AsSpan(v * Dimension, Dimension), features) - mean), distance = y - mean;
                bool isBetween = reach > 0 ? distance >= 0 && distance <= reach : distance <= 0 && distance >= reach;
                _predictions[v] = isBetween ? 1 / Math.Abs(reach) : 0;
                density += _probabilities[v] * _predictions[v];
            }

            // The point that was drawn has the density of y above 0, except for the rounding at the end of its interval.
            if (density > 0)
            {
                for (int v = 0; v < _losses.Length; v++)
                    _losses[v] += loss * _predictions[v] / density;
            }

            Weigh();
        }

        private protected override void Forget()
        {
            Array.Clear(_losses);
            Weigh();
        }

        /// <summary>From the mean to the other end of the interval in which is played.</summary>
        private double Reach(double distance) => Math.Abs(distance) >= _closest ? distance : distance > 0 ? _closest : -_closest;

        private void Weigh()
        {
            double least = double.PositiveInfinity;
            foreach (double loss in _losses)
                least = Math.Min(least, loss);
            for (int v = 0; v < _losses.Length; v++)
                _losses[v] -= least;
            ExponentialWeights.Write(_losses, _rate, 0, _probabilities);
            Array.Clear(_mean);
            for (int v = 0; v < _probabilities.Length; v++)
            {
                for (int i = 0; i < Dimension; i++)
                    _mean[i] += _probabilities[v] * _net[(v * Dimension) + i];
            }
        }
    }
}
