namespace OptiCore.Optimizers;

/// <summary>
/// The knowledge gradient for continuous points: by how much the smallest posterior mean is expected to fall when x is observed, min_a mu_a - E min_a (mu_a + s_a Z), over the points a observed so far and x
/// itself; s_a = cov(f(a), f(x)) / sqrt(var f(x) + noise). It values what is learned elsewhere too, and asks again at a noisy point where that pays.
/// </summary>
/// <remarks>
/// <para>E of the minimum of lines in a standard normal Z is exact: the lower envelope's corners z_1 &lt; z_2 &lt; ... give sum_i (s_(i+1) - s_i) h(-|z_i|) with h(z) = phi(z) + z Phi(z), by sorting the slopes. The covariances
/// with all observations are s^2 eta R^-1 k(x), one solve. Cost: n^2 + n log n a point; the gradient by central differences.</para>
/// <para>W. Scott, P. Frazier and W. Powell (2011), The correlated knowledge gradient for simulation optimization of continuous parameters using Gaussian process regression, SIAM J. Optim. 21, 996-1026;
/// the expectation by P. Frazier, W. Powell and S. Dayanik (2009), The knowledge-gradient policy for correlated normal beliefs, INFORMS J. Comput. 21, 599-613.</para>
/// </remarks>
public sealed record KnowledgeGradient : Acquisition
{
    internal override void Propose(Proposal proposal, RandomKey key, Span<double> x)
    {
        GaussianProcess process = proposal.Process;
        int n = process.Count;
        double[] means = new double[n + 1], slopes = new double[n + 1];
        var lines = new (double Slope, double Mean)[n + 1];
        proposal.Maximizer.Maximize(
            NumericalGradient.Of(proposal.Space, inputs => Math.Log(Math.Max(Of(process, inputs, means, slopes, lines), 1e-300))), proposal.Incumbent, key, x);
    }

    /// <summary>The knowledge gradient of observing at some inputs.</summary>
    internal static double Of(GaussianProcess process, ReadOnlySpan<double> inputs, Span<double> means, Span<double> slopes, Span<(double Slope, double Mean)> lines)
    {
        int n = process.Count;
        process.PredictWithObservations(inputs, out double mean, out double variance, slopes[..n]);
        double deviation = Math.Sqrt(variance + (process.NoiseRatio * process.Variance));
        if (!(deviation > 0))
            return 0;
        double least = mean;
        for (int i = 0; i < n; i++)
        {
            means[i] = process.PosteriorMean(i);
            least = Math.Min(least, means[i]);
            lines[i] = (-slopes[i] / deviation, -means[i]);
        }

        lines[n] = (-variance / deviation, -mean);
        return ExpectedMaximum(lines[..(n + 1)]) + least;
    }

    /// <summary>E max_i (mean_i + slope_i Z) for a standard normal Z. Sorts the lines.</summary>
    internal static double ExpectedMaximum(Span<(double Slope, double Mean)> lines)
    {
        lines.Sort();
        int kept = 0;
        Span<double> corners = lines.Length <= 256 ? stackalloc double[lines.Length] : new double[lines.Length];
        foreach ((double slope, double mean) in lines)
        {
            // Of parallel lines the highest, which comes last, counts; a line that the new one overtakes before it led is none of the envelope's.
            while (kept > 0 && (lines[kept - 1].Slope == slope || (kept > 1 && Corner(lines[kept - 1], (slope, mean)) <= corners[kept - 1])))
                kept--;
            lines[kept] = (slope, mean);
            corners[kept] = kept == 0 ? double.NegativeInfinity : Corner(lines[kept - 1], (slope, mean));
            kept++;
        }

        // E max = (the line that leads at Z = 0) + sum of slope changes times h(-|z|).
        double sum = double.NegativeInfinity;
        for (int i = 0; i < kept; i++)
            sum = Math.Max(sum, lines[i].Mean);
        for (int i = 1; i < kept; i++)
            sum += (lines[i].Slope - lines[i - 1].Slope) * Math.Exp(NormalPoint.LogImprovement(-Math.Abs(corners[i]), out _));
        return sum;
    }

    /// <summary>Where a steeper line overtakes another.</summary>
    private static double Corner((double Slope, double Mean) line, (double Slope, double Mean) steeper) => (line.Mean - steeper.Mean) / (steeper.Slope - line.Slope);
}
