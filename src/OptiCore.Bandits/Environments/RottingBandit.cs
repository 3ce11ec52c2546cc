using System.Globalization;

namespace OptiCore.Bandits;

/// <summary>Rested rotting bandit: the mean of an arm falls with the number of its own plays; rewards are normal around it.</summary>
/// <remarks>
/// <para>N. Levine, K. Crammer, S. Mannor (2017), "Rotting bandits". Because means never rise, the best policy plays the arm with the largest present mean, so that its T rounds collect the T largest
/// of all means mu_k(0), mu_k(1), ...: round t adds the t-th largest of them minus the mean of the play to the regret. The sum over rounds is the regret against that policy; single terms may be
/// negative.</para>
/// <para>The means are computed once, for at most T plays of each arm: 8 (K + 1) T bytes.</para>
/// </remarks>
public sealed class RottingBandit : IBanditEnvironment
{
    private readonly double[] _means, _oracle;
    private readonly double _deviation;

    /// <summary>Creates the bandit.</summary>
    /// <param name="arms">The number K of arms.</param>
    /// <param name="rounds">The number T of rounds that can be played.</param>
    /// <param name="mean">The mean of an arm after so many plays of it; it must not rise with the plays.</param>
    /// <param name="standardDeviation">The standard deviation of rewards, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number isn't positive, a mean isn't finite, or the deviation is negative or not finite.</exception>
    /// <exception cref="ArgumentException">A mean rises.</exception>
    public RottingBandit(int arms, int rounds, Func<int, int, double> mean, double standardDeviation)
    {
        Arms = Require.Positive(arms, nameof(arms));
        Rounds = Require.Positive(rounds, nameof(rounds));
        ArgumentNullException.ThrowIfNull(mean);
        _deviation = Require.NonNegative(standardDeviation, nameof(standardDeviation));
        _means = new double[checked(arms * rounds)];
        for (int arm = 0; arm < arms; arm++)
        {
            for (int plays = 0; plays < rounds; plays++)
            {
                double value = _means[(arm * rounds) + plays] = Require.Finite(mean(arm, plays), nameof(mean));
                if (plays > 0 && value > _means[(arm * rounds) + plays - 1])
                    throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"mean of arm {arm} rises after {plays} plays; rotting means fall or stay."), nameof(mean));
            }
        }

        double[] sorted = [.. _means];
        Array.Sort(sorted);
        _oracle = new double[rounds];
        for (int round = 0; round < rounds; round++)
            _oracle[round] = sorted[sorted.Length - 1 - round];
    }

    /// <inheritdoc/>
    public int Arms { get; }

    /// <summary>The number T of rounds that can be played.</summary>
    public int Rounds { get; }

    /// <summary>The mean of an arm after so many plays of it.</summary>
    /// <param name="arm">The arm, from 0.</param>
    /// <param name="plays">The earlier plays, below <see cref="Rounds"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no such plays.</exception>
    public double MeanAfter(int arm, long plays)
    {
        if (plays < 0 || plays >= Rounds)
            throw new ArgumentOutOfRangeException(nameof(plays), plays, string.Create(CultureInfo.InvariantCulture, $"plays is {plays} but must be one of 0 to {Rounds - 1}."));
        return _means[(arm * Rounds) + plays];
    }

    /// <summary>The expected reward of an arm's first play.</summary>
    /// <param name="arm">The arm, from 0.</param>
    /// <param name="round">The round, which doesn't enter.</param>
    public double Mean(int arm, long round) => MeanAfter(arm, 0);

    /// <summary>What an arm's first play in this round adds to the regret.</summary>
    /// <param name="arm">The arm, from 0.</param>
    /// <param name="round">The round, below <see cref="Rounds"/>.</param>
    public double Gap(int arm, long round) => _oracle[round] - MeanAfter(arm, 0);

    /// <inheritdoc/>
    public double Gap(in Pull pull) => _oracle[pull.Round] - MeanAfter(pull.Arm, pull.EarlierPlays);

    /// <inheritdoc/>
    public double Reward(in Pull pull)
    {
        RandomStream stream = pull.Key.Stream();
        return MeanAfter(pull.Arm, pull.EarlierPlays) + (_deviation * stream.NextNormal());
    }
}
