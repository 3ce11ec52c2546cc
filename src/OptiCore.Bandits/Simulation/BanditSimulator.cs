using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Bandits;

/// <summary>Plays policies against an environment many times over and measures their regret.</summary>
/// <remarks>
/// Replication r takes its rewards from <c>Key.Fold("rewards").Fold(r)</c>, the same for every policy, and the policy's own draws from
/// <c>Key.Fold("policy").Fold(r)</c>. Replications are independent pieces: the report has the same bits for any number of workers.
/// A replication allocates nothing; states are handed from one to the next.
/// </remarks>
public static partial class BanditSimulator
{
    // Long enough that handing out a piece costs nothing beside it, short enough that the last pieces don't keep one worker alone.
    private const int ReplicationsPerPiece = 8;

    /// <summary>Simulates.</summary>
    /// <param name="policies">The policies, at least one.</param>
    /// <param name="environment">The bandit that they play.</param>
    /// <param name="options">How long, how often and where.</param>
    /// <param name="cancellationToken">Ends the simulation early; complete replications are kept and reported. Never throws.</param>
    /// <returns>The regret of each policy, in the order given.</returns>
    /// <exception cref="ArgumentException">There is no policy.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A checkpoint lies beyond the last round, or a reward outside a policy's range.</exception>
    public static RegretReport Run(
        IReadOnlyList<IBanditPolicy> policies, IBanditEnvironment environment, SimulationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(environment);
        return Run(policies, (policy, settings, checkpoints) => new BanditContest(policy, environment, settings, checkpoints), options ?? new SimulationOptions(), cancellationToken);
    }

    /// <summary>Simulates policies that see contexts. Replication r has the same contexts for every policy, from <c>Key.Fold("contexts").Fold(r)</c>.</summary>
    /// <param name="policies">The policies, at least one; their contexts must have the length of the bandit's.</param>
    /// <param name="bandit">The contextual bandit that they play.</param>
    /// <param name="options">How long, how often and where.</param>
    /// <param name="cancellationToken">Ends the simulation early; complete replications are kept and reported. Never throws.</param>
    /// <returns>The regret of each policy, in the order given: the sum over rounds of the best mean in the context minus that of the arm played.</returns>
    /// <exception cref="ArgumentException">There is no policy, or one takes contexts of another length than the bandit's.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A checkpoint lies beyond the last round, or a reward outside a policy's range.</exception>
    public static RegretReport Run(
        IReadOnlyList<IContextualPolicy> policies, IContextualBandit bandit, SimulationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(bandit);
        return Run(policies, (policy, settings, checkpoints) => new ContextualContest(policy, bandit, settings, checkpoints), options ?? new SimulationOptions(), cancellationToken);
    }

    private static RegretReport Run<TPolicy>(
        IReadOnlyList<TPolicy> policies, Func<TPolicy, SimulationOptions, int[], Contest> enter, SimulationOptions options, CancellationToken cancellationToken)
        where TPolicy : class, IPolicy
    {
        ArgumentNullException.ThrowIfNull(policies);
        if (policies.Count == 0)
            throw new ArgumentException("policies is empty; at least one policy is needed.", nameof(policies));
        int[] checkpoints = options.ResolveCheckpoints();
        var contests = new Contest[policies.Count];
        for (int i = 0; i < contests.Length; i++)
            contests[i] = enter(Require.NotNull(policies[i], nameof(policies)), options, checkpoints);

        int piecesPerPolicy = ((options.Replications - 1) / ReplicationsPerPiece) + 1;
        long total = (long)options.Replications * contests.Length, completed = 0;
        var gate = new Lock();
        bool cancelled = false;
        try
        {
            options.Workers.ForEach(
                checked(piecesPerPolicy * contests.Length),
                piece =>
                {
                    int first = piece % piecesPerPolicy * ReplicationsPerPiece;
                    int done = contests[piece / piecesPerPolicy].Play(first, Math.Min(first + ReplicationsPerPiece, options.Replications), cancellationToken);
                    if (options.Progress is { } progress)
                    {
                        lock (gate)
                            progress.Report(new SimulationProgress(completed += done, total));
                    }
                },
                cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            cancelled = true;
        }

        var results = new PolicyRegret[contests.Length];
        long kept = 0;
        for (int i = 0; i < contests.Length; i++)
        {
            results[i] = contests[i].Summarise(options.Quantiles);
            kept += results[i].Replications;
        }

        // Cancellation may also strike inside the last pieces, after all were handed out.
        cancelled |= kept < total;
        return new RegretReport(
            cancelled ? RunStatus.Stopped : RunStatus.Completed,
            string.Create(CultureInfo.InvariantCulture, $"{(cancelled ? "Cancelled" : "Completed")}: {kept} of {total} replications of {options.Rounds} rounds."),
            options.Rounds, checkpoints, [.. options.Quantiles], results);
    }

    /// <summary>One policy's replications: each writes into its own rows.</summary>
    private abstract class Contest(IPolicy policy, int arms, SimulationOptions options, int[] checkpoints)
    {
        private readonly ConcurrentBag<IPersistent> _idle = [];
        protected readonly double[] _regret = new double[(long)options.Replications * checkpoints.Length];
        protected readonly long[] _pulls = new long[(long)options.Replications * arms];
        protected readonly bool[] _complete = new bool[options.Replications];
        protected readonly RandomKey _rewards = options.Key.Fold("rewards");
        protected readonly RandomKey _policyKey = options.Key.Fold("policy");

        protected SimulationOptions Options => options;

        protected int[] Checkpoints => checkpoints;

        public int Play(int first, int end, CancellationToken cancellationToken)
        {
            if (!_idle.TryTake(out IPersistent? state))
                state = Start();
            int done = 0;
            for (int replication = first; replication < end && !cancellationToken.IsCancellationRequested; replication++, done++)
                Play(state, replication);
            _idle.Add(state);
            return done;
        }

        public PolicyRegret Summarise(IReadOnlyList<double> quantiles)
        {
            int replications = 0;
            foreach (bool complete in _complete)
                replications += complete ? 1 : 0;

            double[] means = new double[checkpoints.Length], errors = new double[checkpoints.Length];
            double[][] bands = new double[checkpoints.Length][];
            double[] values = new double[replications];
            for (int c = 0; c < checkpoints.Length; c++)
            {
                int count = 0;
                for (int r = 0; r < _complete.Length; r++)
                {
                    if (_complete[r])
                        values[count++] = _regret[((long)r * checkpoints.Length) + c];
                }

                (means[c], errors[c]) = Statistics.MeanAndStandardError(values);
                Array.Sort(values);
                bands[c] = new double[quantiles.Count];
                for (int q = 0; q < quantiles.Count; q++)
                    bands[c][q] = Statistics.Quantile(values, quantiles[q]);
            }

            double[] pulls = new double[arms];
            for (int arm = 0; arm < pulls.Length; arm++)
            {
                long sum = 0;
                for (int r = 0; r < _complete.Length; r++)
                    sum += _complete[r] ? _pulls[((long)r * pulls.Length) + arm] : 0;
                pulls[arm] = sum / (double)replications;
            }

            return new PolicyRegret(policy, replications, means, errors, bands, pulls);
        }

        protected abstract IPersistent Start();

        protected abstract void Play(IPersistent player, int replication);
    }

    private sealed class BanditContest(IBanditPolicy policy, IBanditEnvironment environment, SimulationOptions options, int[] checkpoints)
        : Contest(policy, environment.Arms, options, checkpoints)
    {
        protected override IPersistent Start() => policy.Start(environment.Arms, _policyKey);

        protected override void Play(IPersistent player, int replication)
        {
            var state = (BanditState)player;
            SimulationOptions options = Options;
            int[] checkpoints = Checkpoints;
            state.Restart(_policyKey.Fold(replication));
            RandomKey rewards = _rewards.Fold(replication);
            long arms = environment.Arms;
            long row = (long)replication * checkpoints.Length;
            double regret = 0;
            int checkpoint = 0;
            for (int round = 0; round < options.Rounds; round++)
            {
                int arm = state.Choose();
                var pull = new Pull { Arm = arm, Round = round, EarlierPlays = state.Pulls[arm], Key = rewards.Fold((round * arms) + arm) };
                state.Update(arm, environment.Reward(pull));
                regret += environment.Gap(pull);
                if (checkpoint < checkpoints.Length && round + 1 == checkpoints[checkpoint])
                    _regret[row + checkpoint++] = regret;
            }

            ReadOnlySpan<long> pulls = state.Pulls;
            for (int arm = 0; arm < pulls.Length; arm++)
                _pulls[(replication * arms) + arm] = pulls[arm];
            _complete[replication] = true;
        }
    }

    private sealed class ContextualContest(IContextualPolicy policy, IContextualBandit bandit, SimulationOptions options, int[] checkpoints)
        : Contest(policy, bandit.Arms, options, checkpoints)
    {
        private readonly int _length = bandit.HasActionFeatures ? checked(bandit.Arms * bandit.Features) : bandit.Features;
        private readonly RandomKey _contexts = options.Key.Fold("contexts");

        protected override IPersistent Start()
        {
            ContextualState state = policy.Start(bandit.Arms, bandit.Features, _policyKey);
            return state.ContextLength == _length ? state : throw new ArgumentException(
                string.Create(CultureInfo.InvariantCulture, $"{policy.GetType().Name} takes contexts of {state.ContextLength} numbers, the bandit shows {_length}."), nameof(policy));
        }

        protected override void Play(IPersistent player, int replication)
        {
            var state = (ContextualState)player;
            SimulationOptions options = Options;
            int[] checkpoints = Checkpoints;
            state.Restart(_policyKey.Fold(replication));
            RandomKey rewards = _rewards.Fold(replication), contexts = _contexts.Fold(replication);
            long arms = bandit.Arms;
            long row = (long)replication * checkpoints.Length;
            double regret = 0;
            int checkpoint = 0;
            double[] context = ArrayPool<double>.Shared.Rent(_length);
            for (int index = 0; index < options.Rounds; index++)
            {
                Span<double> shown = context.AsSpan(0, _length);
                RandomKey key = contexts.Fold(index);
                bandit.Context(key, shown);
                var round = new ContextualRound { Context = shown, Key = key };
                int arm = state.Choose(shown, index);
                state.Update(shown, arm, bandit.Reward(round, arm, rewards.Fold((index * arms) + arm)));
                double best = double.NegativeInfinity;
                for (int other = 0; other < arms; other++)
                    best = Math.Max(best, bandit.Mean(round, other));
                regret += best - bandit.Mean(round, arm);
                if (checkpoint < checkpoints.Length && index + 1 == checkpoints[checkpoint])
                    _regret[row + checkpoint++] = regret;
            }

            ArrayPool<double>.Shared.Return(context);
            ReadOnlySpan<long> pulls = state.Pulls;
            for (int arm = 0; arm < pulls.Length; arm++)
                _pulls[(replication * arms) + arm] = pulls[arm];
            _complete[replication] = true;
        }
    }
}
