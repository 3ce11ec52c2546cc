using OptiCore.LinearAlgebra;

namespace OptiCore.Optimizers;

/// <summary>
/// The expected improvement of a whole batch, q-EI = E max(best - min_i f(x_i), 0), maximised greedily: each point is chosen with the earlier ones of the batch fixed. Over these the expectation is the
/// mean of <see cref="Draws"/> draws of their values, over the new point's it is exact, so that the criterion is smooth.
/// </summary>
/// <remarks>
/// <para>With f_P drawn at the p pending points, f(x) has the mean mu_x + c'C^-1(f_P - mu_P) and the variance sigma_x^2 - c'C^-1 c; c and C are posterior covariances. The greedy choice reaches at least 1 - 1/e of the
/// best batch's value. The first point of a batch is that of the expected improvement.</para>
/// <para>D. Ginsbourger, R. Le Riche and L. Carraro (2008), A multi-points criterion for deterministic parallel global optimization based on Gaussian processes; the greedy choice by draws as in
/// J. Wilson, F. Hutter and M. Deisenroth (2018), Maximizing acquisition functions for Bayesian optimization, NeurIPS.</para>
/// </remarks>
public sealed record BatchExpectedImprovement : Acquisition
{
    /// <summary>The number of draws of the pending values. Default: 64.</summary>
    public int Draws { get; init => field = Require.Positive(value); } = 64;

    internal override bool KnowsPending => true;

    internal override void Propose(Proposal proposal, RandomKey key, Span<double> x)
    {
        int d = proposal.Space.Dimension, pending = proposal.Pending.Count / d;
        if (pending == 0)
        {
            new LogExpectedImprovement().Propose(proposal, key, x);
            return;
        }

        GaussianProcess process = proposal.Process;
        int m = pending + 1;
        double[] points = new double[m * d], draws = new double[Draws * pending], means = new double[m], covariance = new double[m * m], factor = new double[pending * pending], shared = new double[pending];
        proposal.Pending.CopyTo(points, 0);
        process.Sample(points.AsSpan(0, pending * d), key.Fold(1), draws);
        process.PredictJoint(points.AsSpan(0, pending * d), means.AsSpan(0, pending), factor);
        for (int i = 0; i < pending; i++)
            factor[(i * pending) + i] += 1e-9 * process.Variance;
        bool correlated = Cholesky.TryFactor<double>(factor, pending);
        proposal.Maximizer.Maximize(NumericalGradient.Of(proposal.Space, Promise), proposal.Incumbent, key.Fold(2), x);

        double Promise(ReadOnlySpan<double> inputs)
        {
            inputs.CopyTo(points.AsSpan(pending * d));
            process.PredictJoint(points, means, covariance);
            covariance.AsSpan(pending * m, pending).CopyTo(shared);
            if (correlated)
                Cholesky.Solve<double>(factor, pending, pending, shared);
            else
                shared.AsSpan().Clear();
            double variance = covariance[(pending * m) + pending];
            for (int i = 0; i < pending; i++)
                variance -= shared[i] * covariance[(pending * m) + i];
            double deviation = Math.Sqrt(Math.Max(variance, 1e-18 * process.Variance)), sum = 0;
            for (int s = 0; s < Draws; s++)
            {
                double mean = means[pending], least = proposal.Best;
                for (int i = 0; i < pending; i++)
                {
                    mean += shared[i] * (draws[(s * pending) + i] - means[i]);
                    least = Math.Min(least, draws[(s * pending) + i]);
                }

                // What the pending points improve is the same for every x.
                sum += deviation > 0 ? deviation * Math.Exp(NormalPoint.LogImprovement((least - mean) / deviation, out _)) : Math.Max(0, least - mean);
            }

            return Math.Log(Math.Max(sum / Draws, 1e-300));
        }
    }
}

/// <summary>Central differences of a promise in the scaled inputs that are continuous.</summary>
internal static class NumericalGradient
{
    private const double Step = 1e-5;

    public delegate double Value(ReadOnlySpan<double> inputs);

    public static AcquisitionMaximizer.Promise Of(SearchSpace space, Value value)
    {
        var moved = new double[space.Dimension];
        return (inputs, gradient) =>
        {
            for (int i = 0; i < gradient.Length; i++)
            {
                gradient[i] = 0;
                if (space.Variables[i].Choices > 0)
                    continue;
                inputs.CopyTo(moved);
                double high = Math.Min(1, inputs[i] + Step), low = Math.Max(0, inputs[i] - Step);
                moved[i] = high;
                double above = value(moved);
                moved[i] = low;
                gradient[i] = (above - value(moved)) / (high - low);
            }

            return value(inputs);
        };
    }
}
