namespace OptiCore.Bandits;

/// <summary>
/// Chooses among estimators that are ordered from the least biased to the least varying, such as one estimator at falling clipping thresholds: the last one whose interval
/// [estimate - 2 c, estimate + 2 c] still meets those of all before it, c being its confidence half-width.
/// </summary>
/// <remarks>
/// <para>Y. Su, P. Srinath, A. Krishnamurthy (2020), "Adaptive estimator selection for off-policy evaluation" (SLOPE, after Lepski's principle): up to a constant, the chosen one is as good as the
/// best of the candidates in hindsight, without any knowledge of the biases. Half-widths are z standard errors, and never above that of the candidate before, as the paper's monotony asks.</para>
/// <para>The cost of evaluating every candidate.</para>
/// </remarks>
[Algorithm("SLOPE", "Off-policy evaluation", "Y. Su, P. Srinath, A. Krishnamurthy (2020), Adaptive estimator selection for off-policy evaluation", Capabilities = "chooses a setting")]
public sealed record Slope : IOffPolicyEstimator
{
    /// <summary>The candidates, from the least biased to the one of least variance, at least one.</summary>
    /// <exception cref="ArgumentException">There is none, or one is null.</exception>
    public required IReadOnlyList<IOffPolicyEstimator> Candidates
    {
        get;
        init
        {
            if (Require.NotNull(value).Count == 0)
                throw new ArgumentException($"{nameof(Candidates)} is empty; at least one estimator is needed.", nameof(value));
            foreach (IOffPolicyEstimator candidate in value)
                Require.NotNull(candidate, nameof(Candidates));
            field = [.. value];
        }
    }

    /// <summary>The number z of standard errors in a half-width. Default: 2.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, zero, NaN or infinite.</exception>
    public double StandardErrors { get; init => field = Require.Positive(value); } = 2;

    bool IOffPolicyEstimator.NeedsRewardModel
    {
        get
        {
            bool needs = false;
            foreach (IOffPolicyEstimator candidate in Candidates)
                needs |= candidate.NeedsRewardModel;
            return needs;
        }
    }

    bool IOffPolicyEstimator.TakesPositions
    {
        get
        {
            bool takes = true;
            foreach (IOffPolicyEstimator candidate in Candidates)
                takes &= candidate.TakesPositions;
            return takes;
        }
    }

    /// <summary>Clipped inverse propensity weighting at thresholds that halve from the largest to 1.</summary>
    /// <param name="largest">The largest threshold, at least 1: the largest weight of the log, say.</param>
    public static Slope ForClipping(double largest)
    {
        var candidates = new List<IOffPolicyEstimator>();
        for (double lambda = RequireAtLeastOne(largest); lambda >= 1; lambda /= 2)
            candidates.Add(new ClippedInversePropensity { Lambda = lambda });
        return new Slope { Candidates = candidates };
    }

    /// <summary>Switch-DR at thresholds that halve from the largest to 1, then the direct method.</summary>
    /// <param name="largest">The largest threshold, at least 1: the largest weight of the log, say.</param>
    public static Slope ForSwitching(double largest)
    {
        var candidates = new List<IOffPolicyEstimator>();
        for (double lambda = RequireAtLeastOne(largest); lambda >= 1; lambda /= 2)
            candidates.Add(new SwitchDoublyRobust { Lambda = lambda });
        candidates.Add(new DirectMethod());
        return new Slope { Candidates = candidates };
    }

    /// <summary>DR with optimistic shrinkage: doubly robust, lambda falling by factors of 4 from the square of the largest weight to 1, then the direct method.</summary>
    /// <param name="largest">The largest weight, at least 1.</param>
    public static Slope ForShrinkage(double largest)
    {
        var candidates = new List<IOffPolicyEstimator> { new DoublyRobust() };
        for (double root = RequireAtLeastOne(largest); root >= 1; root /= 2)
            candidates.Add(new ShrinkageDoublyRobust { Lambda = root * root });
        candidates.Add(new DirectMethod());
        return new Slope { Candidates = candidates };
    }

    /// <inheritdoc/>
    public void Evaluate(OffPolicyData data, EstimatorTerms terms)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(terms);
        EstimatorTerms? chosen = null;
        double low = double.NegativeInfinity, high = double.PositiveInfinity, width = double.PositiveInfinity;
        int choice = 0;
        for (int c = 0; c < Candidates.Count; c++)
        {
            EstimatorTerms candidate = OffPolicy.Terms(Candidates[c], data);
            double estimate = candidate.Estimate();

            // A single decision has no standard error: nothing then speaks against any candidate.
            double error = candidate.StandardError();
            width = Math.Min(width, double.IsNaN(error) ? double.PositiveInfinity : StandardErrors * error);
            low = Math.Max(low, estimate - (2 * width));
            high = Math.Min(high, estimate + (2 * width));
            if (chosen is not null && !(low <= high))
                break;
            chosen = candidate;
            choice = c;
        }

        chosen!.Values.CopyTo(terms.Values);
        chosen.Numerators.CopyTo(terms.Numerators);
        chosen.Denominators.CopyTo(terms.Denominators);
        chosen.Weights.CopyTo(terms.Weights);
        (terms.IsRatio, terms.HasWeights) = (chosen.IsRatio, chosen.HasWeights);
        terms.Note = $"chose {Candidates[choice]}";
    }

    /// <summary>The number of candidates and the kind of the first.</summary>
    public override string ToString() => FormattableString.Invariant($"{nameof(Slope)} {{ {Candidates.Count} candidates from {Candidates[0].GetType().Name} }}");

    private static double RequireAtLeastOne(double largest) =>
        largest >= 1 && double.IsFinite(largest) ? largest : throw new ArgumentOutOfRangeException(nameof(largest), largest, "largest must be at least 1 and finite.");
}
