using System.Globalization;

namespace OptiCore.Bandits;

/// <summary>
/// The oblivious adversary: the losses of all arms in all rounds are fixed before the first play, by whatever rule, and an arm pays 1 - its loss. Regret is against the best fixed arm in hindsight.
/// </summary>
/// <remarks>
/// <para>P. Auer, N. Cesa-Bianchi, Y. Freund, R. E. Schapire (2002), "The nonstochastic multiarmed bandit problem". The best arm is that of the smallest sum of losses over all T rounds of the sequence, the first of
/// equal ones; a round adds the loss of the play minus that of the best arm to the regret, which may be negative. Checkpoints before the last round measure against the same arm, and simulations must not be longer than
/// the sequence.</para>
/// <para>Nothing is drawn: every replication meets the same losses, and only the policy's own randomness differs. 8 K T bytes.</para>
/// </remarks>
public sealed class LossSequenceBandit : IBanditEnvironment
{
    private readonly double[] _losses;

    /// <summary>Creates the bandit.</summary>
    /// <param name="arms">The number K of arms.</param>
    /// <param name="losses">The losses in [0, 1], those of all arms in the first round, then in the second, and so on; at least one round.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no arm, or a loss is NaN or outside [0, 1].</exception>
    /// <exception cref="ArgumentException">The number of losses isn't a positive multiple of the number of arms.</exception>
    public LossSequenceBandit(int arms, ReadOnlySpan<double> losses)
    {
        Arms = Require.Positive(arms, nameof(arms));
        if (losses.IsEmpty || losses.Length % arms != 0)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"losses has {losses.Length} numbers; it must have one for each round and each of the {arms} arms."), nameof(losses));
        foreach (double loss in losses)
            Require.InClosed(loss, 0, 1, nameof(losses));
        _losses = losses.ToArray();
        double least = double.PositiveInfinity;
        for (int arm = 0; arm < arms; arm++)
        {
            double sum = 0;
            for (int round = 0; round < Rounds; round++)
                sum += _losses[(round * arms) + arm];
            if (sum < least)
                (least, BestArm) = (sum, arm);
        }
    }

    /// <summary>The adversary that ruins a policy without randomness: its play of each round, which can be computed beforehand, loses 1 and every other arm nothing. The policy loses T, the best arm at most T / K.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="arms">The number K of arms, at least 2.</param>
    /// <param name="rounds">The number T of rounds.</param>
    /// <exception cref="ArgumentException">The policy's choices depend on its key, so that nobody knows them beforehand.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There are too few arms or rounds.</exception>
    public static LossSequenceBandit Against(IBanditPolicy policy, int arms, int rounds)
    {
        ArgumentNullException.ThrowIfNull(policy);
        Require.AtLeast(arms, 2, nameof(arms));
        Require.Positive(rounds, nameof(rounds));
        double[] losses = new double[checked(arms * rounds)];
        BanditState state = policy.Start(arms, RandomKey.FromSeed(0)), other = policy.Start(arms, RandomKey.FromSeed(1));
        for (int round = 0; round < rounds; round++)
        {
            int arm = state.Choose();
            if (other.Choose() != arm)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The choices of {policy.GetType().Name} depend on its key: in round {round} they aren't known beforehand."), nameof(policy));
            losses[(round * arms) + arm] = 1;
            state.Update(arm, 0);
            other.Update(arm, 0);
        }

        return new LossSequenceBandit(arms, losses);
    }

    /// <inheritdoc/>
    public int Arms { get; }

    /// <summary>The number T of rounds of the sequence.</summary>
    public int Rounds => _losses.Length / Arms;

    /// <summary>The arm with the smallest sum of losses, the first of equal ones.</summary>
    public int BestArm { get; }

    /// <summary>The loss of an arm in a round.</summary>
    /// <param name="arm">The arm, from 0.</param>
    /// <param name="round">The round, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The round isn't one of the sequence.</exception>
    public double Loss(int arm, long round) => round >= 0 && round < Rounds
        ? _losses[((int)round * Arms) + arm]
        : throw new ArgumentOutOfRangeException(nameof(round), round, string.Create(CultureInfo.InvariantCulture, $"round is {round} but the sequence has rounds 0 to {Rounds - 1}."));

    /// <summary>The reward of the round, 1 - loss.</summary>
    /// <param name="arm">The arm, from 0.</param>
    /// <param name="round">The round, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The round isn't one of the sequence.</exception>
    public double Mean(int arm, long round) => 1 - Loss(arm, round);

    /// <summary>The loss of the arm minus that of the best arm in hindsight; may be negative.</summary>
    /// <param name="arm">The arm, from 0.</param>
    /// <param name="round">The round, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The round isn't one of the sequence.</exception>
    public double Gap(int arm, long round) => Loss(arm, round) - Loss(BestArm, round);

    /// <inheritdoc/>
    public double Reward(in Pull pull) => Mean(pull.Arm, pull.Round);
}
