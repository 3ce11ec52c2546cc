namespace OptiCore.Samplers;

/// <summary>
/// The fixed-lag smoother: the law of x_t is estimated by the weighted ancestors of the particles of step min(t + lag, T), while these are still many. A short lag has bias, since later observations are ignored; a long one variance.
/// </summary>
/// <remarks>Needs no transition density. Costs N lag operations a step. G. Kitagawa, S. Sato (2001), Monte Carlo smoothing and self-organising state-space model; J. Olsson, O. Cappé, R. Douc, E. Moulines (2008), Sequential Monte Carlo smoothing
/// with application to parameter estimation in nonlinear state space models.</remarks>
[Algorithm("Fixed-lag smoother", "Particle smoothing", "Kitagawa, Sato (2001), Monte Carlo smoothing and self-organising state-space model", Capabilities = "no transition density")]
public sealed record FixedLagSmoother
{
    /// <summary>The number of later observations that count. Default: 20.</summary>
    public int Lag { get; init => field = Require.NonNegative(value); } = 20;

    /// <summary>Estimates the means and variances of all states.</summary>
    /// <param name="history">The particles of a filter.</param>
    /// <param name="means">Receives n elements for each step.</param>
    /// <param name="variances">Receives n elements for each step.</param>
    /// <exception cref="ArgumentException">A span's length isn't n T.</exception>
    public void Run(ParticleHistory history, Span<double> means, Span<double> variances)
    {
        ArgumentNullException.ThrowIfNull(history);
        int n = history.StateCount, steps = history.Count, size = history.Size;
        Require.Length(means.Length, n * steps, nameof(means));
        Require.Length(variances.Length, n * steps, nameof(variances));
        int[] indices = new int[size];
        double[] values = new double[size];
        for (int t = 0; t < steps; t++)
        {
            int last = Math.Min(steps - 1, t + Lag);
            for (int i = 0; i < size; i++)
                indices[i] = i;
            for (int s = last; s > t; s--)
            {
                ReadOnlySpan<int> ancestors = history.Ancestors(s);
                for (int i = 0; i < size; i++)
                    indices[i] = ancestors[indices[i]];
            }

            ReadOnlySpan<double> weights = history.Weights(last);
            double total = Numerics.Reduce.Sum(weights);
            for (int j = 0; j < n; j++)
            {
                ReadOnlySpan<double> states = history.States(t)[j];
                for (int i = 0; i < size; i++)
                    values[i] = states[indices[i]];
                double mean = Numerics.Reduce.Dot(weights, values) / total;
                for (int i = 0; i < size; i++)
                    values[i] = (values[i] - mean) * (values[i] - mean);
                means[(t * n) + j] = mean;
                variances[(t * n) + j] = Numerics.Reduce.Dot(weights, values) / total;
            }
        }
    }
}
