using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// The modern Hopfield network with continuous states: stored patterns x_1 .. x_N are retrieved by xi' = X softmax(beta X^T xi), a step that never increases the energy
/// E(xi) = -lse(beta, X^T xi) + xi^T xi / 2 + log(N) / beta + M^2 / 2, where lse(beta, z) = log(sum_i exp(beta z_i)) / beta and M is the largest norm of a pattern.
/// </summary>
/// <remarks>
/// <para>The step is that of the concave-convex procedure, and is what a head of attention computes with beta = 1 / sqrt(d). A pattern separated from all others by
/// Delta_i = min_j (x_i^T x_i - x_i^T x_j) is retrieved in one step up to 2 (N - 1) M exp(-beta Delta_i); exponentially many in the dimension can be stored on a sphere. A small beta has one fixed
/// point near the mean of all patterns, a medium one metastable states near means of similar ones.</para>
/// <para>Patterns are rows. A step costs O(N d) for each state.</para>
/// </remarks>
[Algorithm("Modern Hopfield network", "Associative memory", "H. Ramsauer et al. (2021), Hopfield Networks is All You Need", Capabilities = "energy, retrieval; association, pooling and lookup layers")]
public static class ModernHopfield
{
    /// <summary>The energy of states.</summary>
    /// <param name="patterns">The stored patterns, [.., N, d].</param>
    /// <param name="states">The states, [.., S, d].</param>
    /// <param name="beta">The inverse temperature.</param>
    /// <returns>The energies, [.., S]; none is negative.</returns>
    /// <exception cref="ArgumentException">The shapes don't fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">beta isn't positive.</exception>
    public static Variable Energy(Variable patterns, Variable states, double beta)
    {
        Variable similarity = Similarity(patterns, states, Require.Positive(beta));
        Variable largest = Operations.Max(Operations.Sum(Operations.Square(patterns), -1), -1, keepAxis: true);
        return (Operations.LogSumExp(similarity) * (-1 / beta)) + (0.5 * Operations.Sum(Operations.Square(states), -1)) + (Math.Log(patterns.Shape[-2]) / beta) + (0.5 * largest);
    }

    /// <summary>One step of each state, xi' = X softmax(beta X^T xi).</summary>
    /// <param name="patterns">The stored patterns, [.., N, d].</param>
    /// <param name="states">The states, [.., S, d].</param>
    /// <param name="beta">The inverse temperature.</param>
    /// <returns>The next states, [.., S, d].</returns>
    /// <exception cref="ArgumentException">The shapes don't fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">beta isn't positive.</exception>
    public static Variable Update(Variable patterns, Variable states, double beta) => Operations.MatMul(Association(patterns, states, beta), patterns);

    /// <summary>Several steps; one is enough for patterns that are well separated.</summary>
    /// <param name="patterns">The stored patterns, [.., N, d].</param>
    /// <param name="states">The states, [.., S, d].</param>
    /// <param name="beta">The inverse temperature.</param>
    /// <param name="steps">How many.</param>
    /// <returns>The last states, [.., S, d].</returns>
    /// <exception cref="ArgumentException">The shapes don't fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">beta isn't positive, or the number of steps is negative.</exception>
    public static Variable Retrieve(Variable patterns, Variable states, double beta, int steps)
    {
        for (int i = 0; i < Require.NonNegative(steps); i++)
            states = Update(patterns, states, beta);
        return states;
    }

    /// <summary>How much of each pattern a step takes, softmax(beta X^T xi).</summary>
    /// <param name="patterns">The stored patterns, [.., N, d].</param>
    /// <param name="states">The states, [.., S, d].</param>
    /// <param name="beta">The inverse temperature.</param>
    /// <returns>Weights, [.., S, N], which sum to 1.</returns>
    /// <exception cref="ArgumentException">The shapes don't fit.</exception>
    /// <exception cref="ArgumentOutOfRangeException">beta isn't positive.</exception>
    public static Variable Association(Variable patterns, Variable states, double beta) => Operations.Softmax(Similarity(patterns, states, Require.Positive(beta)));

    private static Variable Similarity(Variable patterns, Variable states, double beta)
    {
        if (patterns.Rank < 2 || states.Rank < 2 || patterns.Shape[-1] != states.Shape[-1] || patterns.Shape[-2] == 0)
            throw new ArgumentException($"Patterns of the shape {patterns.Shape} and states of the shape {states.Shape}: both are matrices with rows of one length, and there is at least one pattern.");
        return beta * Operations.MatMul(states, Operations.Transpose(patterns));
    }
}
