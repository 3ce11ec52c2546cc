using System.Globalization;

namespace OptiCore.Bandits;

/// <summary>How often a search for the best arm was wrong, and how long it took.</summary>
public sealed class BestArmReport
{
    private readonly long[] _rewards;
    private readonly int[] _recommendations;

    internal BestArmReport(long[] rewards, int[] recommendations, int wrong, int unfinished)
    {
        _rewards = rewards;
        _recommendations = recommendations;
        Wrong = wrong;
        Unfinished = unfinished;
        double[] values = new double[rewards.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = rewards[i];
        (MeanRewards, StandardError) = Statistics.MeanAndStandardError(values);
    }

    /// <summary>The number of rewards of each replication.</summary>
    public ReadOnlySpan<long> Rewards => _rewards;

    /// <summary>The arm that each replication recommends, its best guess where it didn't finish.</summary>
    public ReadOnlySpan<int> Recommendations => _recommendations;

    /// <summary>The number of replications whose recommendation isn't a best arm, those that didn't finish included.</summary>
    public int Wrong { get; }

    /// <summary>The number of replications that reached the largest number of rewards.</summary>
    public int Unfinished { get; }

    /// <summary>The mean number of rewards.</summary>
    public double MeanRewards { get; }

    /// <summary>The standard error of <see cref="MeanRewards"/>.</summary>
    public double StandardError { get; }

    /// <summary>The figures in a line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Wrong} of {_rewards.Length} wrong, {Unfinished} unfinished, {MeanRewards:f1} +- {StandardError:f1} rewards");
}

/// <summary>Lets a method look for the best arm many times over.</summary>
/// <remarks>Replication r takes its rewards from <c>key.Fold("rewards").Fold(r)</c> and the method's own draws from <c>key.Fold("policy").Fold(r)</c>; the report has the same bits for any number of workers.</remarks>
public static class BestArmSimulator
{
    private const int ReplicationsPerPiece = 8;

    /// <summary>Simulates.</summary>
    /// <param name="policy">The method.</param>
    /// <param name="environment">The bandit; its best arms are those without a gap in round 0.</param>
    /// <param name="replications">The number of replications.</param>
    /// <param name="maximum">The number of rewards after which a replication is given up.</param>
    /// <param name="key">The randomness.</param>
    /// <param name="workers">Who does the replications; by default the calling thread.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is smaller than 1, or a reward lies outside the method's range.</exception>
    public static BestArmReport Run(IPureExploration policy, IBanditEnvironment environment, int replications, long maximum, RandomKey key, IWorkers? workers = null)
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(environment);
        Require.Positive(replications, nameof(replications));
        Require.Positive(maximum, nameof(maximum));
        long[] rewards = new long[replications];
        int[] recommendations = new int[replications];
        bool[] isUnfinished = new bool[replications];
        RandomKey rewardKey = key.Fold("rewards"), policyKey = key.Fold("policy");
        (workers ?? Workers.Serial).ForEach(((replications - 1) / ReplicationsPerPiece) + 1, piece =>
        {
            PureExplorationState state = policy.Start(environment.Arms, policyKey);
            for (int r = piece * ReplicationsPerPiece; r < Math.Min((piece + 1) * ReplicationsPerPiece, replications); r++)
            {
                state.Restart(policyKey.Fold(r));
                RandomKey own = rewardKey.Fold(r);
                while (!state.HasStopped && state.Updates < maximum)
                {
                    int arm = state.Choose();
                    long round = state.Updates;
                    state.Update(arm, environment.Reward(new Pull { Arm = arm, Round = round, EarlierPlays = state.Pulls[arm], Key = own.Fold((round * environment.Arms) + arm) }));
                }

                rewards[r] = state.Updates;
                recommendations[r] = state.Recommendation;
                isUnfinished[r] = !state.HasStopped;
            }
        });

        int wrong = 0, unfinished = 0;
        for (int r = 0; r < replications; r++)
        {
            wrong += isUnfinished[r] || environment.Gap(recommendations[r], 0) > 0 ? 1 : 0;
            unfinished += isUnfinished[r] ? 1 : 0;
        }

        return new BestArmReport(rewards, recommendations, wrong, unfinished);
    }
}
