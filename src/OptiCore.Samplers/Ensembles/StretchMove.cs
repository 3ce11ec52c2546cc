namespace OptiCore.Samplers;

/// <summary>
/// The affine-invariant stretch move: a walker x moves along the line through a companion c to y = c + z (x - c), where z has the density
/// proportional to 1 / sqrt(z) on [1 / a, a], and is accepted with probability min(1, z^(n - 1) p(y) / p(x)). The sampler of emcee.
/// </summary>
/// <remarks>
/// <para>Goodman, Weare (2010), Ensemble samplers with affine invariance; the parallel form of Foreman-Mackey, Hogg, Lang, Goodman (2013), emcee: The MCMC
/// hammer: a transition splits the walkers at random into two halves and moves each half in view of the other.</para>
/// <para>Needs values only; a transition evaluates each walker once, in calls of <see cref="IBatchFunction{T}.Values"/> where the target has it. The walkers (the run's chains) must be at least
/// 2 n and must start from points that aren't linearly dependent. How well it works doesn't depend on scales and correlations, but on n: beyond a few dozen coordinates, and wherever gradients
/// are to be had, take <see cref="NoUTurn"/>.</para>
/// </remarks>
[Algorithm("Stretch move", "Ensembles of walkers", "Goodman, Weare (2010), Ensemble samplers with affine invariance; Foreman-Mackey, Hogg, Lang, Goodman (2013), emcee: The MCMC hammer")]
public sealed record StretchMove : IEnsembleSampler<IFunction<double>>, IWalkerMove
{
    /// <summary>a &gt; 1, the longest stretch. Default: 2.</summary>
    public double Scale
    {
        get;
        init => field = value > 1 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(Scale), value, $"{nameof(Scale)} is {value} but must be finite and greater than 1.");
    } = 2;

    /// <inheritdoc/>
    public int LeastCompanions => 1;

    /// <inheritdoc/>
    public EnsembleState Start(IFunction<double> target, int chains, int warmUp) => WalkerEnsemble.Start(target, chains, [new WeightedMove(this)]);

    /// <inheritdoc/>
    public double Propose(ReadOnlySpan<double> walker, Companions companions, ref RandomStream stream, Span<double> proposal)
    {
        ReadOnlySpan<double> companion = companions[(int)stream.NextUInt32((uint)companions.Count)];

        // The distribution function of z is (sqrt(a z) - 1) / (a - 1).
        double root = ((Scale - 1) * stream.NextDouble()) + 1;
        double z = root * root / Scale;
        for (int i = 0; i < proposal.Length; i++)
            proposal[i] = companion[i] + (z * (walker[i] - companion[i]));
        return (proposal.Length - 1) * Math.Log(z);
    }
}
