using System.Globalization;

namespace OptiCore.Bandits;

/// <summary>Arms that pay 1 with a probability that drifts, else 0: each mean is a random walk with normal steps, reflected at 0 and 1.</summary>
/// <remarks>
/// <para>The mean of arm k in round t + 1 is that of round t plus step Z, folded back into [0, 1]; Z are standard normal draws of <c>Key.Fold(k)</c>. The whole path is a function of the key, computed
/// once: 8 K T bytes. The walk's stationary law is uniform. The setting is that of A. Slivkins, E. Upfal (2008), "Adapting to a changing environment: the Brownian restless bandits".</para>
/// </remarks>
public sealed class DriftingBandit : IBanditEnvironment
{
    private readonly double[] _means, _best;

    /// <summary>Creates the bandit.</summary>
    /// <param name="start">The mean of each arm in round 0, in [0, 1]; at least one.</param>
    /// <param name="step">The standard deviation of a step, at least 0.</param>
    /// <param name="rounds">The number T of rounds that can be played.</param>
    /// <param name="key">The randomness of the path.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no arm or round, a mean lies outside [0, 1], or the step is negative or not finite.</exception>
    public DriftingBandit(ReadOnlySpan<double> start, double step, int rounds, RandomKey key)
    {
        Arms = Require.Positive(start.Length, nameof(start));
        foreach (double mean in start)
            Require.InClosed(mean, 0, 1, nameof(start));
        Require.NonNegative(step, nameof(step));
        Require.Positive(rounds, nameof(rounds));
        _means = new double[checked(rounds * Arms)];
        _best = new double[rounds];
        for (int arm = 0; arm < Arms; arm++)
        {
            RandomStream stream = key.Fold(arm).Stream();
            double mean = start[arm];
            for (int round = 0; round < rounds; round++)
            {
                _means[(round * Arms) + arm] = mean;
                mean = Reflect(mean + (step * stream.NextNormal()));
            }
        }

        for (int round = 0; round < rounds; round++)
            _best[round] = PiecewiseConstantBandit.Largest(_means.AsSpan(round * Arms, Arms));
    }

    /// <inheritdoc/>
    public int Arms { get; }

    /// <summary>The number T of rounds that can be played.</summary>
    public int Rounds => _best.Length;

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The round isn't one of the path.</exception>
    public double Mean(int arm, long round) => _means[(Row(round) * Arms) + arm];

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">The round isn't one of the path.</exception>
    public double Gap(int arm, long round) => _best[Row(round)] - Mean(arm, round);

    /// <inheritdoc/>
    public double Reward(in Pull pull) => pull.Key.Stream().NextDouble() < Mean(pull.Arm, pull.Round) ? 1 : 0;

    /// <summary>Folds the line onto [0, 1]: the triangle wave of period 2.</summary>
    private static double Reflect(double x)
    {
        double phase = Math.Abs(x) % 2;
        return phase <= 1 ? phase : 2 - phase;
    }

    private int Row(long round) => round >= 0 && round < _best.Length
        ? (int)round
        : throw new ArgumentOutOfRangeException(nameof(round), round, string.Create(CultureInfo.InvariantCulture, $"round is {round} but the path has rounds 0 to {_best.Length - 1}."));
}
