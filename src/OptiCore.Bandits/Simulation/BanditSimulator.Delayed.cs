using OptiCore.Persistence;

namespace OptiCore.Bandits;

public static partial class BanditSimulator
{
    /// <summary>
    /// Simulates policies whose rewards come late or never. Regret is counted when an arm is played. Policies are told rewards as they arrive; delays are common random numbers too.
    /// </summary>
    /// <param name="policies">The policies, at least one.</param>
    /// <param name="bandit">The bandit that they play.</param>
    /// <param name="options">How long, how often and where.</param>
    /// <param name="cancellationToken">Ends the simulation early; complete replications are kept and reported. Never throws.</param>
    /// <returns>The regret of each policy, in the order given.</returns>
    /// <exception cref="ArgumentException">There is no policy.</exception>
    public static RegretReport Run(IReadOnlyList<IBanditPolicy> policies, DelayedBandit bandit, SimulationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(bandit);
        return Run(policies, (policy, settings, checkpoints) => new DelayedContest(policy, bandit, settings, checkpoints), options ?? new SimulationOptions(), cancellationToken);
    }

    private sealed class DelayedContest(IBanditPolicy policy, DelayedBandit bandit, SimulationOptions options, int[] checkpoints)
        : Contest(policy, bandit.Inner.Arms, options, checkpoints)
    {
        private readonly RandomKey _delays = options.Key.Fold("delays");

        protected override IPersistent Start() => policy.Start(bandit.Inner.Arms, _policyKey);

        protected override void Play(IPersistent player, int replication)
        {
            var state = (BanditState)player;
            IBanditEnvironment environment = bandit.Inner;
            SimulationOptions options = Options;
            int[] checkpoints = Checkpoints;
            state.Restart(_policyKey.Fold(replication));
            RandomKey rewards = _rewards.Fold(replication), delays = _delays.Fold(replication);
            int arms = environment.Arms;
            long[] played = new long[arms];
            long row = (long)replication * checkpoints.Length;
            double regret = 0;
            int checkpoint = 0;

            // Rewards on their way, by the round before which they arrive, then by the round in which they were earned.
            var pending = new PriorityQueue<(int Arm, double Reward), (long Arrival, long Round)>();
            for (long round = 0; round < options.Rounds; round++)
            {
                while (pending.TryPeek(out (int Arm, double Reward) arrived, out (long Arrival, long Round) due) && due.Arrival <= round)
                {
                    pending.Dequeue();
                    state.Update(arrived.Arm, arrived.Reward);
                }

                int arm = state.Choose(round);
                var pull = new Pull { Arm = arm, Round = round, EarlierPlays = played[arm]++, Key = rewards.Fold((round * arms) + arm) };
                long delay = bandit.Delay(delays.Fold(round));
                if (delay >= 0)
                    pending.Enqueue((arm, environment.Reward(pull)), (round + 1 + delay, round));
                regret += environment.Gap(pull);
                if (checkpoint < checkpoints.Length && round + 1 == checkpoints[checkpoint])
                    _regret[row + checkpoint++] = regret;
            }

            for (int arm = 0; arm < arms; arm++)
                _pulls[((long)replication * arms) + arm] = played[arm];
            _complete[replication] = true;
        }
    }
}
