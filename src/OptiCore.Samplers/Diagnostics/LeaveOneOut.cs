using System.Globalization;

namespace OptiCore.Samplers;

/// <summary>What leave-one-out cross-validation says of a model.</summary>
/// <param name="Elpd">The expected log pointwise predictive density: the sum over observations of log p(y_i | all others). Higher is better.</param>
/// <param name="StandardError">Its standard error, over observations.</param>
/// <param name="EffectiveParameters">p_loo: how much less it is than the log density of the same data with each observation included.</param>
/// <param name="Pointwise">The terms of the sum, one an observation.</param>
/// <param name="Shapes">The Pareto shape k of each observation's weights: below 0.7 its term can be trusted.</param>
public sealed record LeaveOneOutEstimate(double Elpd, double StandardError, double EffectiveParameters, IReadOnlyList<double> Pointwise, IReadOnlyList<double> Shapes)
{
    // Vehtari, Simpson, Gelman, Yao, Gabry (2024): beyond this the bias of smoothed weights is too large.
    private const double LargestShape = 0.7;

    /// <summary>The number of observations whose term can't be trusted: their shape k is above 0.7.</summary>
    public int Untrusted
    {
        get
        {
            int count = 0;
            foreach (double k in Shapes)
                count += k > LargestShape ? 1 : 0;
            return count;
        }
    }

    /// <summary>This estimate less another one of the same observations, and the standard error of the difference. Positive where this model predicts better.</summary>
    /// <param name="other">The estimate of another model.</param>
    /// <exception cref="ArgumentException">It has another number of observations.</exception>
    public (double Difference, double StandardError) Minus(LeaveOneOutEstimate other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Require.Length(other.Pointwise.Count, Pointwise.Count, nameof(other));
        double[] differences = new double[Pointwise.Count];
        double sum = 0;
        for (int i = 0; i < differences.Length; i++)
            sum += differences[i] = Pointwise[i] - other.Pointwise[i];
        return (sum, LeaveOneOut.ErrorOfSum(differences));
    }

    /// <summary>The estimates in one line, and a warning where weights can't be trusted.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"elpd {Elpd:f2} +- {StandardError:f2}, {EffectiveParameters:f2} effective parameters{(Untrusted == 0 ? "" : $"; {Untrusted} of {Shapes.Count} observations have k above {LargestShape}: their terms are too optimistic, fit the model without them")}");
}

/// <summary>
/// Leave-one-out cross-validation from the draws of one posterior, without fitting it again: the draws are weighted with 1 / p(y_i | theta), smoothed by <see cref="ParetoSmoothing"/>.
/// </summary>
/// <remarks>Vehtari, Gelman, Gabry (2017), Practical Bayesian model evaluation using leave-one-out cross-validation and WAIC.</remarks>
public static class LeaveOneOut
{
    /// <summary>Estimates the predictive accuracy.</summary>
    /// <param name="logLikelihood">log p(y_i | theta_s), one row of observations for each draw s.</param>
    /// <param name="observations">The number of observations in a row.</param>
    /// <param name="relativeEfficiency">The effective sample size of the draws divided by their number; 1 for independent draws.</param>
    /// <exception cref="ArgumentException">The length isn't a multiple of the observations, or an element isn't finite.</exception>
    public static LeaveOneOutEstimate Estimate(ReadOnlySpan<double> logLikelihood, int observations, double relativeEfficiency = 1)
    {
        Require.Positive(observations, nameof(observations));
        int draws = logLikelihood.Length / observations;
        Require.Length(logLikelihood.Length, Math.Max(1, draws) * observations, nameof(logLikelihood));
        Require.AllFinite(logLikelihood, nameof(logLikelihood));
        double[] pointwise = new double[observations], shapes = new double[observations], ratios = new double[draws], weights = new double[draws];
        double elpd = 0, included = 0;
        for (int i = 0; i < observations; i++)
        {
            double largest = double.NegativeInfinity;
            for (int s = 0; s < draws; s++)
            {
                ratios[s] = -logLikelihood[(s * observations) + i];
                largest = Math.Max(largest, -ratios[s]);
            }

            shapes[i] = ParetoSmoothing.Smooth(ratios, weights, relativeEfficiency);
            double left = 0, whole = 0;
            for (int s = 0; s < draws; s++)
            {
                left += Math.Exp(weights[s] - ratios[s] - largest);
                whole += Math.Exp(-ratios[s] - largest);
            }

            pointwise[i] = largest + Math.Log(left);
            elpd += pointwise[i];
            included += largest + Math.Log(whole / draws);
        }

        return new LeaveOneOutEstimate(elpd, ErrorOfSum(pointwise), included - elpd, pointwise, shapes);
    }

    /// <summary>sqrt(n var), with the population variance as in the paper's software.</summary>
    internal static double ErrorOfSum(ReadOnlySpan<double> terms)
    {
        double mean = 0, squares = 0;
        foreach (double v in terms)
            mean += v / terms.Length;
        foreach (double v in terms)
            squares += (v - mean) * (v - mean);
        return Math.Sqrt(squares);
    }
}
