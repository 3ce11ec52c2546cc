namespace OptiCore.Optimizers;

/// <summary>Thompson sampling: the smallest value of one joint draw of the posterior at scrambled Sobol points and points near the best. Every point of a batch has its own draw.</summary>
/// <remarks>W. R. Thompson (1933); for Gaussian processes and batches: K. Kandasamy, A. Krishnamurthy, J. Schneider and B. Póczos (2018), Parallelised Bayesian optimisation via Thompson sampling, AISTATS.
/// A draw at m points costs m^3 / 3 operations.</remarks>
public sealed record PosteriorSampling : Acquisition
{
    /// <summary>The number of points of a draw. Default: 512.</summary>
    public int Points { get; init => field = Require.AtLeast(value, 64); } = 512;

    internal override bool KnowsPending => true;

    internal override void Propose(Proposal proposal, RandomKey key, Span<double> x)
    {
        int d = proposal.Space.Dimension;
        double[] units = new double[Points * d], inputs = new double[Points * d], draw = new double[Points];
        proposal.Maximizer.Spread(proposal.Incumbent, key.Fold(0), units);
        for (int i = 0; i < Points; i++)
        {
            proposal.Space.FromUnit(units.AsSpan(i * d, d), x);
            proposal.Space.ToInputs(x, inputs.AsSpan(i * d, d));
        }

        proposal.Process.Sample(inputs, key.Fold(1), draw);
        int best = 0;
        for (int i = 1; i < Points; i++)
        {
            if (draw[i] < draw[best])
                best = i;
        }

        proposal.Space.FromUnit(units.AsSpan(best * d, d), x);
    }
}
