using System.Globalization;
using OptiCore.Numerics;

namespace OptiCore.Bandits;

/// <summary>What speaks against trusting estimates, in sentences.</summary>
internal static class OffPolicyWarnings
{
    // The mean weight is 1 in expectation; beyond four standard errors something is wrong with the propensities or the target.
    private const double MeanWeightErrors = 4;

    public static void OfData(OffPolicyData data, OffPolicyOptions options, List<string> warnings)
    {
        if (data.Log.TornLine > 0)
            Add(warnings, $"Line {data.Log.TornLine} of the log, its last, was torn and isn't among the decisions.");

        double[] weights = new double[data.Count];
        RankingInversePropensity.JointWeights(data, weights);
        double size = OffPolicy.EffectiveSampleSize(weights);
        if (size == 0)
        {
            Add(warnings, $"The target never takes a logged action: the log says nothing of it.");
            return;
        }

        if (size < options.SmallSample)
            Add(warnings, $"The importance weights leave an effective sample of {size:f1} out of {data.Count} decisions: estimates that weight rewards vary widely.");
        int largest = Reduce.ArgMax<double>(weights);
        double share = weights[largest] / Reduce.Sum<double>(weights);
        if (share > options.LargeShare)
            Add(warnings, $"Decision {largest} alone carries {share:p0} of the importance weights.");

        (double mean, double variance) = Reduce.MeanAndVariance<double>(weights);
        double error = Math.Sqrt(variance / weights.Length);
        if (weights.Length > 1 && Math.Abs(mean - 1) > MeanWeightErrors * error + 1e-9)
            Add(warnings, $"The mean importance weight is {mean:g4}, expected 1 within {error:g2} a standard error: the propensities are wrong, or the target takes actions that were never logged.");
        Support(data, warnings);
    }

    public static void OfEstimate(OffPolicyEstimate estimate, OffPolicyOptions options, List<string> warnings)
    {
        if (double.IsNaN(estimate.Value))
            Add(warnings, $"{estimate.Estimator.GetType().Name} has no estimate: all its weights are 0.");
        else if (estimate.EffectiveSampleSize < options.SmallSample)
            Add(warnings, $"{estimate.Estimator.GetType().Name}: effective sample size {estimate.EffectiveSampleSize:f1}, below {options.SmallSample}.");
    }

    private static void Support(OffPolicyData data, List<string> warnings)
    {
        ReadOnlySpan<double> logging = data.Log.Probabilities, target = data.Target.Probabilities;
        double lost = 0;
        for (int i = 0; i < logging.Length; i++)
            lost += logging[i] == 0 ? target[i] : 0;
        if (lost > 0)
        {
            Add(warnings,
                $"The target gives {100 * lost * data.Log.Shape.Actions / logging.Length:g2} % of its probability to actions that the logging policy never takes: no weighting of the log can make up for them.");
        }
    }

    private static void Add(List<string> warnings, FormattableString text) => warnings.Add(text.ToString(CultureInfo.InvariantCulture));
}
