using System.Globalization;
using OptiCore.Numerics;

namespace OptiCore.Bandits;

/// <summary>What would another policy have earned? Answers from logged decisions, without playing.</summary>
/// <remarks>
/// <code>
/// DecisionLog log = DecisionLog.Read(stream);
/// TargetPolicy target = TargetPolicy.From(log, (decision, position, probabilities) => probabilities[Best(decision.Context)] = 1);
/// OffPolicyReport report = OffPolicy.Evaluate(log, target, new OffPolicyOptions { RewardModel = new TabularRewardModel() });
/// Console.WriteLine(report);   // a table of estimates with intervals and effective sample sizes, and plain warnings
/// </code>
/// <para>Trust an estimate when several estimators agree, the effective sample size is large and there is no warning. Inverse propensity weighting is unbiased but varies wildly when the policies
/// differ; the direct method hardly varies but is as wrong as its model; doubly robust estimators are in between, and unbiased when the propensities are right.</para>
/// <para>M. Dudik, D. Erhan, J. Langford, L. Li (2014), "Doubly robust policy evaluation and optimization"; Y. Saito, S. Aihara, M. Matsutani, Y. Narita (2021), "Open Bandit Dataset and
/// Pipeline".</para>
/// </remarks>
public static class OffPolicy
{
    /// <summary>The estimators for decisions of one position, at their default settings.</summary>
    public static IReadOnlyList<IOffPolicyEstimator> StandardEstimators { get; } =
    [
        new InversePropensity(),
        new SelfNormalizedInversePropensity(),
        new ClippedInversePropensity(),
        new DirectMethod(),
        new DoublyRobust(),
        new SelfNormalizedDoublyRobust(),
        new SwitchDoublyRobust(),
        new ShrinkageDoublyRobust(),
    ];

    /// <summary>The estimators for decisions of several positions.</summary>
    public static IReadOnlyList<IOffPolicyEstimator> RankingEstimators { get; } =
    [
        new RankingInversePropensity(),
        new IndependentInversePropensity(),
        new RewardInteractionInversePropensity(),
        new CascadeDoublyRobust(),
    ];

    /// <summary>Estimates the value of a target policy.</summary>
    /// <param name="log">The decisions.</param>
    /// <param name="target">The policy, made for this log.</param>
    /// <param name="options">Estimators, reward model, intervals.</param>
    /// <exception cref="ArgumentException">The log is empty, the policy is of another log, or an estimator doesn't take decisions of that shape.</exception>
    /// <exception cref="InvalidOperationException">An estimator needs a reward model and there is none.</exception>
    public static OffPolicyReport Evaluate(DecisionLog log, TargetPolicy target, OffPolicyOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(target);
        options ??= new OffPolicyOptions();
        IReadOnlyList<IOffPolicyEstimator> estimators = options.Estimators ?? Computable(log, options.RewardModel is not null);
        bool needsModel = false;
        foreach (IOffPolicyEstimator estimator in estimators)
        {
            if (estimator.NeedsRewardModel && options.RewardModel is null)
                throw new InvalidOperationException($"{estimator.GetType().Name} needs a reward model: set {nameof(OffPolicyOptions)}.{nameof(OffPolicyOptions.RewardModel)}.");
            needsModel |= estimator.NeedsRewardModel;
        }

        // The check of log against target comes before a model is fitted.
        var data = new OffPolicyData(log, target);
        if (needsModel)
            data = new OffPolicyData(log, target, Predict(options.RewardModel!, log, target));
        return Evaluate(data, options with { Estimators = estimators });
    }

    /// <summary>Estimates the value of a target policy from data whose predictions are known already.</summary>
    /// <param name="data">The decisions with the target policy and the predictions.</param>
    /// <param name="options">Estimators and intervals; the reward model isn't used.</param>
    /// <exception cref="ArgumentException">An estimator doesn't take decisions of that shape.</exception>
    /// <exception cref="InvalidOperationException">An estimator needs predictions and there are none.</exception>
    public static OffPolicyReport Evaluate(OffPolicyData data, OffPolicyOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        options ??= new OffPolicyOptions();
        IReadOnlyList<IOffPolicyEstimator> estimators = options.Estimators ?? Computable(data.Log, !data.Predictions.IsEmpty);
        if (estimators.Count == 0)
            throw new ArgumentException("There is no estimator to evaluate with.", nameof(options));
        var estimates = new OffPolicyEstimate[estimators.Count];
        var warnings = new List<string>();
        OffPolicyWarnings.OfData(data, options, warnings);
        for (int e = 0; e < estimates.Length; e++)
        {
            EstimatorTerms terms = Terms(Require.NotNull(estimators[e], nameof(options)), data);
            ConfidenceInterval interval = options.Interval.Around(terms, options.Confidence);
            double size = terms.HasWeights ? EffectiveSampleSize(terms.Weights) : double.NaN;
            string note = terms.Note.Length == 0 || interval.Note.Length == 0 ? terms.Note + interval.Note : $"{terms.Note}; {interval.Note}";
            estimates[e] = new OffPolicyEstimate(
                estimators[e], terms.Estimate(), terms.StandardError(), interval.Low, interval.High, size, terms.HasWeights ? Reduce.Max<double>(terms.Weights) : double.NaN, note);
            OffPolicyWarnings.OfEstimate(estimates[e], options, warnings);
        }

        return new OffPolicyReport(data.Count, Reduce.Sum(data.Rewards) / data.Count, options.Confidence, estimates, [.. warnings]);
    }

    /// <summary>The terms of one estimator.</summary>
    /// <param name="estimator">The estimator.</param>
    /// <param name="data">The decisions with the target policy and the predictions.</param>
    /// <exception cref="ArgumentException">The estimator doesn't take decisions of several positions.</exception>
    /// <exception cref="InvalidOperationException">The estimator needs predictions and there are none.</exception>
    public static EstimatorTerms Terms(IOffPolicyEstimator estimator, OffPolicyData data)
    {
        ArgumentNullException.ThrowIfNull(estimator);
        ArgumentNullException.ThrowIfNull(data);
        if (data.Log.Shape.Positions > 1 && !estimator.TakesPositions)
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture, $"{estimator.GetType().Name} takes decisions of one position, the log's have {data.Log.Shape.Positions}."), nameof(estimator));
        }

        if (estimator.NeedsRewardModel && data.Predictions.IsEmpty)
            throw new InvalidOperationException($"{estimator.GetType().Name} needs the predictions of a reward model, and the data has none.");
        var terms = new EstimatorTerms(data.Count);
        estimator.Evaluate(data, terms);
        return terms;
    }

    /// <summary>Kish's effective sample size (sum w)^2 / sum w^2: n for equal weights, 1 when one counts alone, 0 when all are 0.</summary>
    /// <param name="weights">The weights.</param>
    public static double EffectiveSampleSize(ReadOnlySpan<double> weights)
    {
        double sum = Reduce.Sum(weights), squares = Reduce.SumOfSquares(weights);
        return squares > 0 ? sum / squares * sum : 0;
    }

    internal static double[] Predict(IRewardModel model, DecisionLog log, TargetPolicy target)
    {
        double[] predictions = new double[target.Probabilities.Length];
        model.Fit(log, target).Predict(log, predictions);
        return predictions;
    }

    internal static void RequireOnePosition(DecisionLog log, string name)
    {
        if (log.Shape.Positions != 1)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name} has decisions of {log.Shape.Positions} positions, expected 1."), name);
    }

    internal static void RequireFits(DecisionLog log, PolicyState policy)
    {
        if (policy.Arms != log.Shape.Actions)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"policy has {policy.Arms} arms, the log {log.Shape.Actions} actions."), nameof(policy));
        if (policy.ContextLength != 0 && policy.ContextLength != log.Shape.ContextLength)
        {
            throw new ArgumentException(string.Create(
                CultureInfo.InvariantCulture, $"policy takes contexts of {policy.ContextLength} numbers, the log's have {log.Shape.ContextLength}."), nameof(policy));
        }
    }

    private static List<IOffPolicyEstimator> Computable(DecisionLog log, bool hasModel)
    {
        var estimators = new List<IOffPolicyEstimator>();
        foreach (IOffPolicyEstimator estimator in log.Shape.Positions == 1 ? StandardEstimators : RankingEstimators)
        {
            if (hasModel || !estimator.NeedsRewardModel)
                estimators.Add(estimator);
        }

        return estimators;
    }
}
