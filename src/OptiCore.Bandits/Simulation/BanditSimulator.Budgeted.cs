using System.Buffers;
using OptiCore.Persistence;

namespace OptiCore.Bandits;

public static partial class BanditSimulator
{
    /// <summary>Simulates policies that pay for their plays, until a resource is spent or the last round is played.</summary>
    /// <param name="policies">The policies, at least one.</param>
    /// <param name="bandit">The bandit that they play.</param>
    /// <param name="budgets">What there is of each resource, positive.</param>
    /// <param name="options">How long, how often and where; <see cref="SimulationOptions.Rounds"/> is the limit T of time.</param>
    /// <param name="cancellationToken">Ends the simulation early; complete replications are kept and reported. Never throws.</param>
    /// <returns>
    /// The regret of each policy, in the order given: after t rounds t / T times the bound of the best mixture of arms (<see cref="KnapsackBound.LinearProgramBound"/>) minus the expected rewards of the plays that
    /// counted. After the last round it is the bound minus what was earned; before, a policy that spends early may be ahead.
    /// </returns>
    /// <exception cref="ArgumentException">There is no policy, or there aren't as many budgets as resources.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A checkpoint lies beyond the last round, or a budget isn't positive and finite.</exception>
    public static RegretReport Run(
        IReadOnlyList<IBudgetedPolicy> policies, IBudgetedBandit bandit, IReadOnlyList<double> budgets, SimulationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(bandit);
        ArgumentNullException.ThrowIfNull(budgets);
        options ??= new SimulationOptions();
        double[] amounts = [.. budgets];
        double rate = bandit.LinearProgramBound(amounts, options.Rounds) / options.Rounds;
        return Run(policies, (policy, settings, checkpoints) => new BudgetedContest(policy, bandit, amounts, rate, settings, checkpoints), options, cancellationToken);
    }

    private sealed class BudgetedContest(IBudgetedPolicy policy, IBudgetedBandit bandit, double[] budgets, double rate, SimulationOptions options, int[] checkpoints)
        : Contest(policy, bandit.Arms, options, checkpoints)
    {
        protected override IPersistent Start() => policy.Start(bandit.Arms, budgets, Options.Rounds, _policyKey);

        protected override void Play(IPersistent player, int replication)
        {
            var state = (BudgetedState)player;
            int[] checkpoints = Checkpoints;
            state.Restart(_policyKey.Fold(replication));
            RandomKey rewards = _rewards.Fold(replication);
            long arms = bandit.Arms;
            long row = (long)replication * checkpoints.Length;
            double earned = 0;
            int checkpoint = 0;
            double[] rented = ArrayPool<double>.Shared.Rent(budgets.Length);
            Span<double> costs = rented.AsSpan(0, budgets.Length);
            for (int round = 0; !state.IsExhausted; round++)
            {
                int arm = state.Choose();
                double reward = bandit.Play(arm, rewards.Fold((round * arms) + arm), costs);
                state.Update(arm, reward, costs);
                earned += state.IsOverdrawn ? 0 : bandit.Mean(arm);
                if (checkpoint < checkpoints.Length && round + 1 == checkpoints[checkpoint])
                    _regret[row + checkpoint++] = (rate * (round + 1)) - earned;
            }

            ArrayPool<double>.Shared.Return(rented);
            for (; checkpoint < checkpoints.Length; checkpoint++)
                _regret[row + checkpoint] = (rate * checkpoints[checkpoint]) - earned;
            ReadOnlySpan<long> pulls = state.Pulls;
            for (int arm = 0; arm < pulls.Length; arm++)
                _pulls[(replication * arms) + arm] = pulls[arm];
            _complete[replication] = true;
        }
    }
}
