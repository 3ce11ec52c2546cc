using System.Globalization;

namespace OptiCore.RL;

/// <summary>Undiscounted returns of complete episodes.</summary>
public sealed record EvaluationResult
{
    /// <summary>The return of each episode.</summary>
    public required double[] Returns { get; init; }

    /// <summary>The length of each episode.</summary>
    public required int[] Lengths { get; init; }

    /// <summary>The mean return.</summary>
    public double MeanReturn => Statistics.Mean(Returns);

    /// <summary>The standard error of the mean return: the sample deviation over the square root of the number of episodes; NaN for one episode.</summary>
    public double StandardError => Statistics.StandardError(Returns);

    /// <summary>Mean return, standard error and number of episodes in one line.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{MeanReturn:g6} +- {StandardError:g3} over {Returns.Length} episodes");
}

/// <summary>Measures policies and agents.</summary>
public static class Evaluation
{
    /// <summary>Plays complete episodes with a policy.</summary>
    /// <typeparam name="TObservation">The element type of observations.</typeparam>
    /// <typeparam name="TAction">The element type of actions.</typeparam>
    /// <param name="policy">The policy.</param>
    /// <param name="environment">Where it plays; it is reset. Its episodes must end.</param>
    /// <param name="episodes">The number of episodes. Each environment plays the same number (one more for the first ones), so that short episodes aren't favoured.</param>
    /// <param name="key">All randomness: <c>key.Fold("environment")</c> and <c>key.Fold("policy").Fold(step)</c>.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="OperationCanceledException">Cancellation was requested.</exception>
    public static EvaluationResult Evaluate<TObservation, TAction>(
        this IPolicy<TObservation, TAction> policy, IVectorEnvironment<TObservation, TAction> environment, int episodes, RandomKey key, CancellationToken cancellationToken = default)
        where TObservation : unmanaged
        where TAction : unmanaged
    {
        ArgumentNullException.ThrowIfNull(policy);
        ArgumentNullException.ThrowIfNull(environment);
        Require.Positive(episodes, nameof(episodes));
        var recorded = new EpisodeStatistics<TObservation, TAction>(environment);
        StepBuffers<TObservation> buffers = recorded.CreateBuffers();
        var actions = new TAction[recorded.Count * recorded.ActionSpace.Length];
        double[] returns = new double[episodes];
        int[] lengths = new int[episodes];
        int[] played = new int[recorded.Count];
        var player = new PolicyPlayer<TObservation, TAction>(policy, recorded.Count);
        RandomKey policyKey = key.Fold("policy");
        recorded.Reset(key.Fold("environment"), buffers);
        int missing = episodes;
        for (long step = 0; missing > 0; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            player.Act(buffers.Observations, policyKey.Fold(step), actions);
            recorded.Step(actions, buffers);
            player.Observe(buffers.Terminated, buffers.Truncated);
            for (int i = 0; i < played.Length; i++)
            {
                if (!(buffers.Terminated[i] || buffers.Truncated[i]))
                    continue;
                long slot = ((long)played[i]++ * played.Length) + i;
                if (slot < episodes)
                {
                    returns[slot] = recorded.LastReturns[i];
                    lengths[slot] = recorded.LastLengths[i];
                    missing--;
                }
            }
        }

        return new EvaluationResult { Returns = returns, Lengths = lengths };
    }

    /// <summary>Trains an agent with several keys and evaluates each policy: the least that a claim about a learning algorithm needs.</summary>
    /// <typeparam name="TObservation">The element type of observations.</typeparam>
    /// <typeparam name="TAction">The element type of actions.</typeparam>
    /// <param name="agent">The agent.</param>
    /// <param name="createEnvironment">Creates an environment; called twice for each seed, for training and for evaluation.</param>
    /// <param name="study">How much.</param>
    /// <param name="key">All randomness: seed s uses <c>key.Fold(s)</c>.</param>
    /// <param name="workers">Train seeds at the same time; results are the same for any number. Default: this thread.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="OperationCanceledException">Cancellation was requested.</exception>
    public static SeedStudyResult Study<TObservation, TAction>(
        this IAgent<TObservation, TAction> agent, Func<IVectorEnvironment<TObservation, TAction>> createEnvironment, SeedStudy study, RandomKey key,
        IWorkers? workers = null, CancellationToken cancellationToken = default)
        where TObservation : unmanaged
        where TAction : unmanaged
    {
        ArgumentNullException.ThrowIfNull(agent);
        ArgumentNullException.ThrowIfNull(createEnvironment);
        ArgumentNullException.ThrowIfNull(study);
        var evaluations = new EvaluationResult[study.Seeds];
        var curves = new IReadOnlyList<LearningPoint>[study.Seeds];
        (workers ?? Workers.Serial).ForEach(
            study.Seeds,
            seed =>
            {
                RandomKey seedKey = key.Fold(seed);
                TrainingResult<TObservation, TAction> result = agent.Start(createEnvironment(), seedKey.Fold("training"), study.Training).Train(study.TrainingSteps, null, cancellationToken);
                cancellationToken.ThrowIfCancellationRequested();
                curves[seed] = result.Curve;
                evaluations[seed] = result.BestPolicy.Evaluate(createEnvironment(), study.EvaluationEpisodes, seedKey.Fold("evaluation"), cancellationToken);
            },
            cancellationToken);

        double[] scores = new double[study.Seeds];
        for (int seed = 0; seed < scores.Length; seed++)
            scores[seed] = evaluations[seed].MeanReturn;
        (double low, double high) = Statistics.BootstrapInterquartileMean(scores, study.Resamples, study.Confidence, key.Fold("bootstrap"));
        return new SeedStudyResult
        {
            Evaluations = evaluations,
            Scores = scores,
            InterquartileMean = Statistics.InterquartileMean(scores),
            IntervalLow = low,
            IntervalHigh = high,
            Curves = curves,
            Curve = StudyPoint.Summarize(curves, study, key.Fold("curve")),
        };
    }
}

/// <summary>The extent of a study over several seeds.</summary>
public sealed record SeedStudy
{
    /// <summary>The number of seeds. Default: 10.</summary>
    public int Seeds { get; init => field = Require.Positive(value); } = 10;

    /// <summary>The number of transitions that each seed trains for. Default: 500,000.</summary>
    public long TrainingSteps { get; init => field = Require.Positive(value); } = 500_000;

    /// <summary>The number of episodes that each policy is evaluated with. Default: 100.</summary>
    public int EvaluationEpisodes { get; init => field = Require.Positive(value); } = 100;

    /// <summary>How training is watched; a target return here ends a seed's training early.</summary>
    public TrainingOptions Training { get; init => field = Require.NotNull(value); } = new();

    /// <summary>The number of bootstrap resamples of the interval. Default: 2,000.</summary>
    public int Resamples { get; init => field = Require.Positive(value); } = 2_000;

    /// <summary>The confidence of the interval, in (0, 1). Default: 0.95.</summary>
    public double Confidence { get; init => field = Require.InOpen(value, 0, 1); } = 0.95;
}

/// <summary>The scores of an agent over several seeds.</summary>
/// <remarks>
/// The interquartile mean is the mean of the middle half of the scores: robust against outlying seeds, far less wasteful than the median. With its percentile bootstrap interval it is what
/// R. Agarwal, M. Schwarzer, P. S. Castro, A. C. Courville, M. G. Bellemare (2021), "Deep reinforcement learning at the edge of the statistical precipice", asks to report.
/// </remarks>
public sealed record SeedStudyResult
{
    /// <summary>The evaluation of each seed's best policy.</summary>
    public required EvaluationResult[] Evaluations { get; init; }

    /// <summary>The mean return of each seed.</summary>
    public required double[] Scores { get; init; }

    /// <summary>The mean of the scores.</summary>
    public double Mean => Statistics.Mean(Scores);

    /// <summary>The standard error of the mean of the scores; NaN for one seed.</summary>
    public double StandardError => Statistics.StandardError(Scores);

    /// <summary>The interquartile mean of the scores.</summary>
    public required double InterquartileMean { get; init; }

    /// <summary>The lower end of the interquartile mean's bootstrap interval.</summary>
    public required double IntervalLow { get; init; }

    /// <summary>The upper end of the interquartile mean's bootstrap interval.</summary>
    public required double IntervalHigh { get; init; }

    /// <summary>The learning curve of each seed.</summary>
    public required IReadOnlyList<LearningPoint>[] Curves { get; init; }

    /// <summary>Their interquartile means with bootstrap intervals, as far as every seed has points.</summary>
    public required StudyPoint[] Curve { get; init; }

    /// <summary>The interquartile mean with its interval in one line.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"IQM {InterquartileMean:g6} [{IntervalLow:g6}, {IntervalHigh:g6}] over {Scores.Length} seeds");
}
