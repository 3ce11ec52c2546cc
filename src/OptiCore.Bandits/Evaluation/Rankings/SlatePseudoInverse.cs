using System.Globalization;
using OptiCore.LinearAlgebra;

namespace OptiCore.Bandits;

/// <summary>Writes the probabilities of all S slates under both policies.</summary>
/// <param name="decision">The logged decision.</param>
/// <param name="logging">Receives the S probabilities of the logging policy.</param>
/// <param name="target">Receives those of the target policy.</param>
public delegate void SlateProbabilities(LoggedDecision decision, Span<double> logging, Span<double> target);

/// <summary>
/// The pseudo-inverse estimator (PI) for slates: mean(theta' Gamma^+ 1_s (r_1 + ... + r_L)), where 1_s marks the L pairs (position, action) of the logged slate s, Gamma is the mean of 1_s 1_s' under
/// the logging policy and theta the mean of 1_s under the target.
/// </summary>
/// <remarks>
/// <para>A. Swaminathan, A. Krishnamurthy, A. Agarwal, M. Dudik, J. Langford, D. Jose, I. Zitouni (2017), "Off-policy evaluation for slate recommendation". Unbiased when the expected reward of a slate
/// is a sum over its positions and every slate of the target can be logged; the number of decisions that it needs grows with L K, not K^L. Weights may be negative.</para>
/// <para>Where both policies pick every position independently (no <see cref="Law"/> given), the weight has the closed form w_1 + ... + w_L - L + 1. Else list the slates with their
/// probabilities: a reward that belongs to the slate as a whole is written at one position, 0 at the others.</para>
/// <para>O(n L) in closed form; with a law, O(S L^2 + (L K)^3) for each decision whose probabilities differ from those of the decision before, and O(S) for the others.</para>
/// </remarks>
[Algorithm("Slate pseudo-inverse", "Off-policy evaluation of rankings", "A. Swaminathan, A. Krishnamurthy, A. Agarwal, M. Dudik, J. Langford, D. Jose, I. Zitouni (2017), Off-policy evaluation for slate recommendation", Capabilities = "slates")]
public sealed record SlatePseudoInverse : IOffPolicyEstimator
{
    /// <summary>The slates, S L actions; null where every position is picked independently.</summary>
    public IReadOnlyList<int>? Slates { get; init; }

    /// <summary>The probabilities of the slates under both policies; null where every position is picked independently.</summary>
    public SlateProbabilities? Law { get; init; }

    bool IOffPolicyEstimator.NeedsRewardModel => false;

    bool IOffPolicyEstimator.TakesPositions => true;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">One of <see cref="Slates"/> and <see cref="Law"/> is missing, the slates don't fit the log, or probabilities aren't those of a law; the message names the decision.</exception>
    public void Evaluate(OffPolicyData data, EstimatorTerms terms)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(terms);
        if (Slates is null != Law is null)
            throw new ArgumentException($"{nameof(Slates)} and {nameof(Law)} belong together: one is missing.", nameof(data));
        if (Slates is null)
            Factored(data, terms.Weights);
        else
            Enumerated(data, terms.Weights);
        for (int i = 0; i < data.Count; i++)
            terms.Values[i] = terms.Weights[i] * RankingInversePropensity.TotalReward(data, i);
    }

    /// <summary>Whether slates are listed.</summary>
    public override string ToString() => Slates is null ? nameof(SlatePseudoInverse) : $"{nameof(SlatePseudoInverse)} {{ Law of slates }}";

    private static void Factored(OffPolicyData data, Span<double> weights)
    {
        int positions = data.Log.Shape.Positions;
        for (int i = 0; i < weights.Length; i++)
        {
            double sum = 1 - positions;
            foreach (double weight in data.Weights.Slice(i * positions, positions))
                sum += weight;
            weights[i] = sum;
        }
    }

    private void Enumerated(OffPolicyData data, Span<double> weights)
    {
        int positions = data.Log.Shape.Positions, actions = data.Log.Shape.Actions, size = positions * actions;
        int[] slates = [.. Slates!];
        if (slates.Length == 0 || slates.Length % positions != 0)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{nameof(Slates)} has {slates.Length} elements, expected a multiple of {positions}."), nameof(data));
        for (int s = 0; s < slates.Length; s++)
        {
            if ((uint)slates[s] >= (uint)actions)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{nameof(Slates)}[{s}] is {slates[s]} but must be one of 0 to {actions - 1}."), nameof(data));
        }

        int count = slates.Length / positions;
        double[] laws = new double[2 * count], last = new double[2 * count], solution = new double[size];
        for (int i = 0; i < weights.Length; i++)
        {
            Array.Clear(laws);
            Law!(data.Log[i], laws.AsSpan(0, count), laws.AsSpan(count));
            if (i == 0 || !laws.AsSpan().SequenceEqual(last))
            {
                if (DecisionShape.LawFault(laws, count, nameof(Law)) is { } fault)
                    throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Decision {i}: {fault.Message}"), nameof(data));
                Solve(slates, laws, positions, actions, solution);
                laws.CopyTo(last, 0);
            }

            double weight = 0;
            for (int l = 0; l < positions; l++)
                weight += solution[(l * actions) + data.Log.Actions[(i * positions) + l]];
            weights[i] = weight;
        }
    }

    /// <summary>Gamma^+ theta.</summary>
    private static void Solve(int[] slates, double[] laws, int positions, int actions, double[] solution)
    {
        int size = positions * actions, count = laws.Length / 2;
        double[] gamma = new double[size * size], theta = new double[size];
        for (int s = 0; s < count; s++)
        {
            for (int l = 0; l < positions; l++)
            {
                int row = (l * actions) + slates[(s * positions) + l];
                theta[row] += laws[count + s];
                for (int m = 0; m < positions; m++)
                    gamma[(row * size) + (m * actions) + slates[(s * positions) + m]] += laws[s];
            }
        }

        // Gamma is singular: the marks of each position sum to 1. Its rank is found with room for the rounding of the sums.
        var orthogonal = new CompleteOrthogonal<double>(size, size);
        orthogonal.Factor(gamma, 1e-12);
        orthogonal.Solve(theta, solution);
    }
}
