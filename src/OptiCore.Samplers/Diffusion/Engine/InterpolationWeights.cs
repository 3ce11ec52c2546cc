namespace OptiCore.Samplers;

/// <summary>Weights of functions' values at nodes that are exact for polynomials.</summary>
internal static class InterpolationWeights
{
    /// <summary>
    /// Solves sum_j w_j r_j^k = m_k for k = 0, ..., n - 1: the weights w that give a linear functional with moments m for every polynomial of degree below n through values at the nodes r.
    /// </summary>
    /// <remarks>Å. Björck, V. Pereyra (1970), "Solution of Vandermonde systems of equations": n^2 operations, accurate for nodes in order.</remarks>
    /// <param name="nodes">The n nodes, all different.</param>
    /// <param name="weights">The n moments; replaced by the weights.</param>
    public static void Solve(ReadOnlySpan<double> nodes, Span<double> weights)
    {
        int n = nodes.Length;
        for (int k = 0; k < n - 1; k++)
        {
            for (int i = n - 1; i > k; i--)
                weights[i] -= nodes[k] * weights[i - 1];
        }

        for (int k = n - 2; k >= 0; k--)
        {
            for (int i = k + 1; i < n; i++)
                weights[i] /= nodes[i] - nodes[i - k - 1];
            for (int i = k; i < n - 1; i++)
                weights[i] -= weights[i + 1];
        }
    }

    /// <summary>The weights of the Lagrange interpolation at a point.</summary>
    public static void Lagrange(ReadOnlySpan<double> nodes, double at, Span<double> weights)
    {
        for (int j = 0; j < nodes.Length; j++)
        {
            weights[j] = 1;
            for (int l = 0; l < nodes.Length; l++)
            {
                if (l != j)
                    weights[j] *= (at - nodes[l]) / (nodes[j] - nodes[l]);
            }
        }
    }
}
