namespace OptiCore.Samplers;

/// <summary>
/// The snooker update: a walker moves along the line through a companion c by a multiple of the difference of two others, projected onto that line,
/// y = x + gamma (P c_1 - P c_2), and is accepted with probability min(1, |y - c|^(n - 1) p(y) / (|x - c|^(n - 1) p(x))).
/// </summary>
/// <remarks>
/// ter Braak, Vrugt (2008), Differential evolution Markov chain with snooker updater and fewer chains: gamma uniform on [1.2, 2.2]. Takes turns with
/// <see cref="DifferentialEvolutionMove"/> in <see cref="MixtureOfMoves"/>, where the paper gives it a tenth of the transitions. In halves as <see cref="StretchMove"/>.
/// </remarks>
[Algorithm("Snooker update", "Ensembles of walkers", "ter Braak, Vrugt (2008), Differential evolution Markov chain with snooker updater and fewer chains")]
public sealed record SnookerMove : IEnsembleSampler<IFunction<double>>, IWalkerMove
{
    /// <summary>The least gamma. Default: 1.2.</summary>
    public double LeastScale { get; init => field = Require.Positive(value); } = 1.2;

    /// <summary>The width of the interval of gamma above <see cref="LeastScale"/>. Default: 1.</summary>
    public double ScaleWidth { get; init => field = Require.NonNegative(value); } = 1;

    /// <inheritdoc/>
    public int LeastCompanions => 3;

    /// <inheritdoc/>
    public EnsembleState Start(IFunction<double> target, int chains, int warmUp) => WalkerEnsemble.Start(target, chains, [new WeightedMove(this)]);

    /// <inheritdoc/>
    public double Propose(ReadOnlySpan<double> walker, Companions companions, ref RandomStream stream, Span<double> proposal)
    {
        // Three different companions: the third among those that are left, past the smaller and then past the larger of the pair.
        (int first, int second) = companions.DrawPair(ref stream);
        int third = (int)stream.NextUInt32((uint)companions.Count - 2);
        third += third >= Math.Min(first, second) ? 1 : 0;
        third += third >= Math.Max(first, second) ? 1 : 0;
        ReadOnlySpan<double> a = companions[first], b = companions[second], c = companions[third];
        double gamma = LeastScale + (ScaleWidth * stream.NextDouble());
        double square = 0, along = 0;
        for (int i = 0; i < proposal.Length; i++)
        {
            double line = walker[i] - c[i];
            square += line * line;
            along += line * (a[i] - b[i]);
        }

        // y = x + gamma t (x - c) with t = (x - c).(c_1 - c_2) / |x - c|^2, so that |y - c| = |1 + gamma t| |x - c|.
        double stretch = gamma * along / square;
        if (!double.IsFinite(stretch))
        {
            walker.CopyTo(proposal);
            return double.NegativeInfinity;
        }

        for (int i = 0; i < proposal.Length; i++)
            proposal[i] = walker[i] + (stretch * (walker[i] - c[i]));
        return proposal.Length == 1 ? 0 : (proposal.Length - 1) * Math.Log(Math.Abs(1 + stretch));
    }
}
