using OptiCore.Persistence;

namespace OptiCore.Bandits;

public static partial class BanditSimulator
{
    /// <summary>Simulates policies that choose pairs of arms and are told winners.</summary>
    /// <param name="policies">The policies, at least one.</param>
    /// <param name="bandit">The preferences that they play against.</param>
    /// <param name="regret">Which regret of a duel is added up. Default: the mean of the gaps of both arms.</param>
    /// <param name="options">How long, how often and where.</param>
    /// <param name="cancellationToken">Ends the simulation early; complete replications are kept and reported. Never throws.</param>
    /// <returns>The regret of each policy, in the order given. An arm's pulls are its appearances in pairs, two in a duel with itself.</returns>
    /// <remarks>Replication r has the same winner for a pair in a round for every policy, by <c>Key.Fold("rewards").Fold(r)</c>.</remarks>
    /// <exception cref="ArgumentException">There is no policy.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A checkpoint lies beyond the last round, or the regret isn't defined.</exception>
    public static RegretReport Run(
        IReadOnlyList<IDuelingPolicy> policies, IDuelingBandit bandit, DuelRegret regret = DuelRegret.Average, SimulationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(bandit);
        Require.Defined(regret, nameof(regret));
        return Run(policies, (policy, settings, checkpoints) => new DuelingContest(policy, bandit, regret, settings, checkpoints), options ?? new SimulationOptions(), cancellationToken);
    }

    private sealed class DuelingContest(IDuelingPolicy policy, IDuelingBandit bandit, DuelRegret kind, SimulationOptions options, int[] checkpoints)
        : Contest(policy, bandit.Arms, options, checkpoints)
    {
        protected override IPersistent Start() => policy.Start(bandit.Arms, _policyKey);

        protected override void Play(IPersistent player, int replication)
        {
            var state = (DuelingState)player;
            SimulationOptions options = Options;
            int[] checkpoints = Checkpoints;
            state.Restart(_policyKey.Fold(replication));
            RandomKey rewards = _rewards.Fold(replication);
            long arms = bandit.Arms, pairs = arms * arms;
            long row = (long)replication * checkpoints.Length;
            double regret = 0;
            int checkpoint = 0;
            for (int round = 0; round < options.Rounds; round++)
            {
                Duel duel = state.Choose();
                long pair = (Math.Min(duel.First, duel.Second) * arms) + Math.Max(duel.First, duel.Second);
                state.Update(duel, bandit.Winner(duel, rewards.Fold((round * pairs) + pair)));
                double first = bandit.Gap(duel.First), second = bandit.Gap(duel.Second);
                regret += kind switch
                {
                    DuelRegret.Strong => Math.Max(first, second),
                    DuelRegret.Weak => Math.Min(first, second),
                    _ => 0.5 * (first + second),
                };
                if (checkpoint < checkpoints.Length && round + 1 == checkpoints[checkpoint])
                    _regret[row + checkpoint++] = regret;
            }

            ReadOnlySpan<long> appearances = state.Appearances;
            for (int arm = 0; arm < appearances.Length; arm++)
                _pulls[(replication * arms) + arm] = appearances[arm];
            _complete[replication] = true;
        }
    }
}
