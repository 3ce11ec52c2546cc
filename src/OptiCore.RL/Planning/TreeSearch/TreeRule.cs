namespace OptiCore.RL.Planning;

/// <summary>Which formula a tree search goes by.</summary>
internal enum TreeFormula
{
    UpperConfidence,
    Predictor,
    Entropy,
    RelativeEntropy,
    Tsallis,
}

/// <summary>The formulas of the five searches, over the actions of one node, with values from the view of the player to move.</summary>
internal readonly record struct TreeRule
{
    public required TreeFormula Formula { get; init; }

    /// <summary>C of UCT, the constant of PUCT, epsilon of the regularised searches.</summary>
    public required double Exploration { get; init; }

    /// <summary>The base of PUCT's logarithm.</summary>
    public double ExplorationBase { get; init; }

    /// <summary>tau of the regularised searches.</summary>
    public double Temperature { get; init; }

    /// <summary>Whether relative entropy is measured from the visits instead of the priors.</summary>
    public bool FromVisits { get; init; }

    /// <summary>The value of an action that was never taken.</summary>
    public double InitialValue { get; init; }

    /// <summary>Whether the value of a node is a function of the values of its actions, not a mean of returns.</summary>
    public bool IsRegularized => Formula >= TreeFormula.Entropy;

    /// <summary>The action to take.</summary>
    /// <param name="values">Q of each action.</param>
    /// <param name="visits">How often each was taken.</param>
    /// <param name="priors">The prior of each.</param>
    /// <param name="scratch">As many numbers.</param>
    /// <param name="stream">The randomness of the search.</param>
    public int Select(ReadOnlySpan<double> values, ReadOnlySpan<int> visits, ReadOnlySpan<double> priors, Span<double> scratch, ref RandomStream stream)
    {
        long total = 0;
        foreach (int n in visits)
            total += n;
        if (IsRegularized)
            return Draw(values, visits, priors, total, scratch, ref stream);

        double log = Math.Log(Math.Max(total, 1)), root = Math.Sqrt(total);
        double c = Formula == TreeFormula.Predictor ? Math.Log((1 + total + ExplorationBase) / ExplorationBase) + Exploration : Exploration;
        int best = 0;
        double bestScore = double.NegativeInfinity;
        for (int a = 0; a < values.Length; a++)
        {
            double score = Formula == TreeFormula.Predictor
                ? values[a] + (c * priors[a] * root / (1 + visits[a]))
                : visits[a] == 0 ? double.PositiveInfinity : values[a] + (c * Math.Sqrt(log / visits[a]));
            if (score > bestScore)
                (best, bestScore) = (a, score);
        }

        return best;
    }

    /// <summary>The regularised policy, grad Omega*(Q), and the value tau Omega*(Q / tau).</summary>
    /// <param name="values">Q of each action.</param>
    /// <param name="visits">How often each was taken.</param>
    /// <param name="priors">The prior of each.</param>
    /// <param name="policy">Receives the policy.</param>
    public double Regularized(ReadOnlySpan<double> values, ReadOnlySpan<int> visits, ReadOnlySpan<double> priors, Span<double> policy)
    {
        if (Formula == TreeFormula.Tsallis)
            return SparseMax(values, policy);
        double largest = double.NegativeInfinity, sum = 0;
        foreach (double q in values)
            largest = Math.Max(largest, q);
        long total = 0;
        foreach (int n in visits)
            total += n;
        for (int a = 0; a < values.Length; a++)
        {
            // Visits are counted one higher, so that no action is ruled out before it was taken.
            double weight = Formula == TreeFormula.Entropy ? 1 : FromVisits ? (visits[a] + 1.0) / (total + values.Length) : priors[a];
            sum += policy[a] = weight * Math.Exp((values[a] - largest) / Temperature);
        }

        foreach (ref double p in policy)
            p /= sum;
        return largest + (Temperature * Math.Log(sum));
    }

    /// <summary>
    /// The projection p of q / tau onto the simplex, and tau (p'q / tau - |p|^2 / 2 + 1/2), which is the sparsemax value.
    /// </summary>
    private double SparseMax(ReadOnlySpan<double> values, Span<double> policy)
    {
        // Values are taken from the largest down; the policy's storage holds them sorted for a while.
        for (int a = 0; a < values.Length; a++)
            policy[a] = values[a] / Temperature;
        policy.Sort();
        double sum = 0, threshold = 0;
        int support = 0;
        for (int k = policy.Length - 1; k >= 0; k--)
        {
            double q = policy[k];
            if (1 + ((support + 1) * q) <= sum + q)
                break;
            support++;
            sum += q;
            threshold = (sum - 1) / support;
        }

        double value = 0;
        for (int a = 0; a < values.Length; a++)
        {
            double p = Math.Max((values[a] / Temperature) - threshold, 0);
            policy[a] = p;
            value += p * ((values[a] / Temperature) - (p / 2));
        }

        return Temperature * (value + 0.5);
    }

    /// <summary>E3W: the regularised policy, mixed with the uniform one by lambda = epsilon |A| / log(N + 1).</summary>
    private int Draw(ReadOnlySpan<double> values, ReadOnlySpan<int> visits, ReadOnlySpan<double> priors, long total, Span<double> policy, ref RandomStream stream)
    {
        Regularized(values, visits, priors, policy);
        double lambda = total == 0 ? 1 : Math.Min(Exploration * values.Length / Math.Log(total + 1), 1);
        double uniform = stream.NextDouble(), cumulative = 0;
        for (int a = 0; a < policy.Length; a++)
        {
            cumulative += ((1 - lambda) * policy[a]) + (lambda / policy.Length);
            if (cumulative > uniform)
                return a;
        }

        return policy.Length - 1;
    }
}
