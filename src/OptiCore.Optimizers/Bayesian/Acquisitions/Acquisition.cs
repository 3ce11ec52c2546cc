namespace OptiCore.Optimizers;

/// <summary>
/// What evaluating a point promises under the posterior of a Gaussian process: larger is better. One that depends on the posterior mean and standard deviation at the point alone
/// derives from <see cref="PointwiseAcquisition"/>.
/// </summary>
public abstract record Acquisition
{
    private protected Acquisition()
    {
    }

    /// <summary>Whether points whose values are pending enter by themselves; else a batch is made by lies (<see cref="BayesianOptimization.Lie"/>).</summary>
    internal virtual bool KnowsPending => false;

    /// <summary>Writes the next point to evaluate.</summary>
    internal abstract void Propose(Proposal proposal, RandomKey key, Span<double> x);
}

/// <summary>An acquisition that is a function of the posterior mean and standard deviation at the point. A new one is a record with one method.</summary>
public abstract record PointwiseAcquisition : Acquisition
{
    /// <summary>The promise and its derivatives. Means and deviations are in units of the process's standard deviation.</summary>
    /// <param name="mean">The posterior mean mu.</param>
    /// <param name="deviation">The posterior standard deviation sigma &gt; 0.</param>
    /// <param name="best">The value to improve on.</param>
    /// <param name="byMean">Receives the derivative with respect to the mean.</param>
    /// <param name="byDeviation">Receives the derivative with respect to the standard deviation.</param>
    public abstract double Evaluate(double mean, double deviation, double best, out double byMean, out double byDeviation);

    internal sealed override void Propose(Proposal proposal, RandomKey key, Span<double> x)
    {
        GaussianProcess process = proposal.Process;
        double scale = process.Variance > 0 ? Math.Sqrt(process.Variance) : 1, best = (proposal.Best - process.Mean) / scale;
        var varianceGradient = new double[process.Dimension];
        proposal.Maximizer.Maximize(Promise, proposal.Incumbent, key, x);

        double Promise(ReadOnlySpan<double> inputs, Span<double> gradient)
        {
            process.Predict(inputs, out double mean, out double variance, gradient, gradient.IsEmpty ? default : varianceGradient);
            double deviation = Math.Sqrt(Math.Max(variance, 1e-18 * process.Variance)) / scale;
            if (deviation == 0)
                deviation = 1e-9;
            double promise = Evaluate((mean - process.Mean) / scale, deviation, best, out double byMean, out double byDeviation);
            for (int i = 0; i < gradient.Length; i++)
                gradient[i] = (byMean * gradient[i] / scale) + (byDeviation * varianceGradient[i] / (2 * deviation * scale * scale));
            return promise;
        }
    }
}
