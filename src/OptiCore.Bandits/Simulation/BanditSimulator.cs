using System.Collections.Concurrent;
using System.Globalization;
using OptiCore.Solving;

namespace OptiCore.Bandits;

/// <summary>Plays policies against an environment many times over and measures their regret.</summary>
/// <remarks>
/// Replication r takes its rewards from <c>Key.Fold("rewards").Fold(r)</c>, the same for every policy, and the policy's own draws from
/// <c>Key.Fold("policy").Fold(r)</c>. Replications are independent pieces: the report has the same bits for any number of workers.
/// A replication allocates nothing; states are handed from one to the next.
/// </remarks>
public static class BanditSimulator
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
        ArgumentNullException.ThrowIfNull(policies);
        ArgumentNullException.ThrowIfNull(environment);
        if (policies.Count == 0)
            throw new ArgumentException("policies is empty; at least one policy is needed.", nameof(policies));
        options ??= new SimulationOptions();

        int[] checkpoints = options.ResolveCheckpoints();
        var contests = new Contest[policies.Count];
        for (int i = 0; i < contests.Length; i++)
            contests[i] = new Contest(Require.NotNull(policies[i], nameof(policies)), environment, options, checkpoints);

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
    private sealed class Contest(IBanditPolicy policy, IBanditEnvironment environment, SimulationOptions options, int[] checkpoints)
    {
        private readonly ConcurrentBag<BanditState> _idle = [];
        private readonly double[] _regret = new double[(long)options.Replications * checkpoints.Length];
        private readonly long[] _pulls = new long[(long)options.Replications * environment.Arms];
        private readonly bool[] _complete = new bool[options.Replications];
        private readonly RandomKey _rewards = options.Key.Fold("rewards");
        private readonly RandomKey _policyKey = options.Key.Fold("policy");

        public int Play(int first, int end, CancellationToken cancellationToken)
        {
            if (!_idle.TryTake(out BanditState? state))
                state = policy.Start(environment.Arms, _policyKey);
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

            double[] pulls = new double[environment.Arms];
            for (int arm = 0; arm < pulls.Length; arm++)
            {
                long sum = 0;
                for (int r = 0; r < _complete.Length; r++)
                    sum += _complete[r] ? _pulls[((long)r * pulls.Length) + arm] : 0;
                pulls[arm] = sum / (double)replications;
            }

            return new PolicyRegret(policy, replications, means, errors, bands, pulls);
        }

        private void Play(BanditState state, int replication)
        {
            state.Restart(_policyKey.Fold(replication));
            RandomKey rewards = _rewards.Fold(replication);
            long arms = environment.Arms;
            long row = (long)replication * checkpoints.Length;
            double regret = 0;
            int checkpoint = 0;
            for (int round = 0; round < options.Rounds; round++)
            {
                int arm = state.Choose();
                double reward = environment.Reward(new Pull { Arm = arm, Round = round, Key = rewards.Fold((round * arms) + arm) });
                state.Update(arm, reward);
                regret += environment.Gap(arm, round);
                if (checkpoint < checkpoints.Length && round + 1 == checkpoints[checkpoint])
                    _regret[row + checkpoint++] = regret;
            }

            ReadOnlySpan<long> pulls = state.Pulls;
            for (int arm = 0; arm < pulls.Length; arm++)
                _pulls[(replication * arms) + arm] = pulls[arm];
            _complete[replication] = true;
        }
    }
}
