namespace OptiCore.Samplers;

/// <summary>
/// The affine-invariant walk move: a walker takes a normal step of the covariance of some companions,
/// y = x + 1 / sqrt(s) sum_j z_j (c_j - mean of c), z_j ~ N(0, 1).
/// </summary>
/// <remarks>
/// Goodman, Weare (2010), Ensemble samplers with affine invariance, equation 11, in halves as <see cref="StretchMove"/>. A proposal costs O(s n) and s normal numbers, twice. With all companions and
/// many coordinates the steps are too long to be accepted; three companions, as in the paper, or the stretch move do better there.
/// </remarks>
[Algorithm("Walk move", "Ensembles of walkers", "Goodman, Weare (2010), Ensemble samplers with affine invariance")]
public sealed record WalkMove : IEnsembleSampler<IFunction<double>>, IWalkerMove
{
    /// <summary>The number s of companions drawn for a step, at least 2; all are taken where there are fewer. Default: 3.</summary>
    public int Subset { get; init => field = Require.AtLeast(value, 2); } = 3;

    /// <inheritdoc/>
    public int LeastCompanions => 2;

    /// <inheritdoc/>
    public EnsembleState Start(IFunction<double> target, int chains, int warmUp) => WalkerEnsemble.Start(target, chains, [new WeightedMove(this)]);

    /// <inheritdoc/>
    public double Propose(ReadOnlySpan<double> walker, Companions companions, ref RandomStream stream, Span<double> proposal)
    {
        // sum_j z_j (c_j - mean) = sum_j (z_j - mean of z) (c_j - x): the first pass finds the mean of z, the second replays the same numbers.
        int size = Math.Min(Subset, companions.Count);
        RandomStream replay = stream;
        double mean = 0;
        for (int j = 0, left = size; left > 0; j++)
        {
            if (!Take(ref stream, left, companions.Count - j))
                continue;
            left--;
            mean += stream.NextNormal();
        }

        mean /= size;
        double scale = 1 / Math.Sqrt(size);
        walker.CopyTo(proposal);
        for (int j = 0, left = size; left > 0; j++)
        {
            if (!Take(ref replay, left, companions.Count - j))
                continue;
            left--;
            double weight = scale * (replay.NextNormal() - mean);
            ReadOnlySpan<double> companion = companions[j];
            for (int i = 0; i < proposal.Length; i++)
                proposal[i] += weight * (companion[i] - walker[i]);
        }

        return 0;
    }

    /// <summary>Selection sampling: takes each of the remaining companions with the probability (still to take) / (still to come), which makes all subsets equally likely.</summary>
    private static bool Take(ref RandomStream stream, int take, int come) => take == come || stream.NextDouble() * come < take;
}
