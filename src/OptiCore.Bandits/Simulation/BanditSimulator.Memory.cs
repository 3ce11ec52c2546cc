using System.Buffers;
using OptiCore.Persistence;

namespace OptiCore.Bandits;

public static partial class BanditSimulator
{
    /// <summary>Simulates policies on a bandit with memory. Contextual policies are shown the features of the arms in every round.</summary>
    /// <param name="policies">The policies, at least one; each an <see cref="IBanditPolicy"/> or, where arms have features, an <see cref="IContextualPolicy"/> that takes the features of each arm.</param>
    /// <param name="bandit">The bandit that they play.</param>
    /// <param name="options">How long, how often and where.</param>
    /// <param name="cancellationToken">Ends the simulation early; complete replications are kept and reported. Never throws.</param>
    /// <returns>The regret of each policy, in the order given: the sum over rounds of <see cref="IBanditWithMemory.Benchmark"/> minus the mean of the arm played in the state that its own plays have led to.</returns>
    /// <exception cref="ArgumentException">There is no policy, or one takes contexts that the bandit doesn't have.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A checkpoint lies beyond the last round, or a reward outside a policy's range.</exception>
    public static RegretReport Run(IReadOnlyList<IPolicy> policies, IBanditWithMemory bandit, SimulationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(bandit);
        return Run(policies, (policy, settings, checkpoints) => new MemoryContest(policy, bandit, settings, checkpoints), options ?? new SimulationOptions(), cancellationToken);
    }

    private sealed class MemoryContest(IPolicy policy, IBanditWithMemory bandit, SimulationOptions options, int[] checkpoints) : Contest(policy, bandit.Arms, options, checkpoints)
    {
        private readonly IPolicy _player = policy;

        protected override PolicyState Start()
        {
            PolicyState? state = _player switch
            {
                IBanditPolicy plain => plain.Start(bandit.Arms, _policyKey),
                IContextualPolicy contextual when bandit.Features > 0 => contextual.Start(bandit.Arms, bandit.Features, _policyKey),
                _ => null,
            };
            return state is not null && (state.ContextLength == 0 || state.ContextLength == bandit.ActionFeatures.Length) ? state : throw new ArgumentException(
                $"{_player.GetType().Name} takes contexts that the bandit doesn't have: it shows the features of each arm, {bandit.ActionFeatures.Length} numbers.", "policies");
        }

        protected override void Play(IPersistent player, int replication)
        {
            var state = (PolicyState)player;
            SimulationOptions options = Options;
            int[] checkpoints = Checkpoints;
            state.Restart(_policyKey.Fold(replication));
            RandomKey rewards = _rewards.Fold(replication);
            ReadOnlySpan<double> context = state.ContextLength == 0 ? default : bandit.ActionFeatures;
            long row = (long)replication * checkpoints.Length, arms = bandit.Arms;
            double regret = 0;
            int checkpoint = 0;
            double[] rented = ArrayPool<double>.Shared.Rent(bandit.StateLength);
            Span<double> memory = rented.AsSpan(0, bandit.StateLength);
            bandit.Begin(memory);
            for (int round = 0; round < options.Rounds; round++)
            {
                int arm = state.Choose(context, round);
                regret += bandit.Benchmark - bandit.Mean(memory, arm);
                state.Update(context, arm, bandit.Play(memory, arm, rewards.Fold(round)));
                if (checkpoint < checkpoints.Length && round + 1 == checkpoints[checkpoint])
                    _regret[row + checkpoint++] = regret;
            }

            ArrayPool<double>.Shared.Return(rented);
            ReadOnlySpan<long> pulls = state.Pulls;
            for (int arm = 0; arm < pulls.Length; arm++)
                _pulls[(replication * arms) + arm] = pulls[arm];
            _complete[replication] = true;
        }
    }
}
