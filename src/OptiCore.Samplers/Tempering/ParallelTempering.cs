namespace OptiCore.Samplers;

/// <summary>
/// Parallel tempering: replicas of a chain at inverse temperatures beta from nearly 0 to 1 explore p^beta, or r + beta l for a density in two parts (<see cref="IDifferentiableTemperableFunction{T}"/>), and
/// neighbours swap positions with probability min(1, exp((beta' - beta)(l(x) - l(x')))). Modes that are far apart at beta = 1, whose draws are kept, are joined where beta is small.
/// </summary>
/// <remarks>
/// <para>Swendsen, Wang (1986), Replica Monte Carlo simulation of spin glasses; Geyer (1991), Markov chain Monte Carlo maximum likelihood. Swaps are those of even pairs of neighbours in one transition and
/// of odd ones in the next: Syed, Bouchard-Cote, Deligiannidis, Doucet (2022), Non-reversible parallel tempering: a scalable highly parallel MCMC scheme, whose replicas travel instead of diffusing; the
/// inverse temperatures are adapted as there (<see cref="TemperingLadder"/>).</para>
/// <para>A transition costs one of the inner kernel for each rung; swaps evaluate nothing. Each rung tunes its own kernel. What became of the replicas, and the evidence, is in
/// <see cref="ChainResult.Report"/>, a <see cref="TemperingReport"/>. Energies are not reported: they aren't those of one trajectory. Where one mode is enough, or modes are joined, take the inner kernel alone.</para>
/// </remarks>
[Algorithm("Parallel tempering", "Tempering", "Syed, Bouchard-Cote, Deligiannidis, Doucet (2022), Non-reversible parallel tempering: a scalable highly parallel MCMC scheme")]
public sealed record ParallelTempering : ISampler<IDifferentiableFunction<double>>
{
    /// <summary>The kernel of each rung; one that needs no gradients will do too. Default: <see cref="NoUTurn"/>.</summary>
    public ISampler<IDifferentiableFunction<double>> Kernel { get; init => field = Require.NotNull(value); } = new NoUTurn();

    /// <summary>The inverse temperatures.</summary>
    public TemperingLadder Ladder { get; init => field = Require.NotNull(value); } = new();

    /// <summary>Tunes each rung by the kernel's own rule, and the ladder.</summary>
    public IAdaptation? Adaptation => TemperingAdaptation.For(Kernel.Adaptation, Ladder);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The whole density would be tempered down to 0, or a target splits its value but not its gradient.</exception>
    public SamplerState Start(IDifferentiableFunction<double> target)
    {
        ArgumentNullException.ThrowIfNull(target);
        double[] betas = Ladder.Start(target is ITemperableFunction<double>);
        var kernels = new SamplerState[betas.Length];
        var targets = new Replica[betas.Length];
        for (int r = 0; r < betas.Length; r++)
        {
            var tempered = new DifferentiableReplica(target) { Beta = betas[r] };
            targets[r] = tempered;
            kernels[r] = Kernel.Start(tempered);
        }

        return new TemperingState(kernels, targets);
    }
}

/// <summary>Parallel tempering of a density without gradients; see <see cref="ParallelTempering"/>.</summary>
/// <remarks>Syed, Bouchard-Cote, Deligiannidis, Doucet (2022), Non-reversible parallel tempering: a scalable highly parallel MCMC scheme.</remarks>
/// <param name="Kernel">The kernel of each rung.</param>
[Algorithm("Parallel tempering without gradients", "Tempering", "Syed, Bouchard-Cote, Deligiannidis, Doucet (2022), Non-reversible parallel tempering: a scalable highly parallel MCMC scheme")]
public sealed record GradientFreeParallelTempering(ISampler<IFunction<double>> Kernel) : ISampler<IFunction<double>>
{
    /// <summary>The kernel of each rung.</summary>
    public ISampler<IFunction<double>> Kernel { get; init => field = Require.NotNull(value); } = Require.NotNull(Kernel);

    /// <summary>The inverse temperatures.</summary>
    public TemperingLadder Ladder { get; init => field = Require.NotNull(value); } = new();

    /// <summary>Tunes each rung by the kernel's own rule, and the ladder.</summary>
    public IAdaptation? Adaptation => TemperingAdaptation.For(Kernel.Adaptation, Ladder);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The whole density would be tempered down to 0.</exception>
    public SamplerState Start(IFunction<double> target)
    {
        ArgumentNullException.ThrowIfNull(target);
        double[] betas = Ladder.Start(target is ITemperableFunction<double>);
        var kernels = new SamplerState[betas.Length];
        var targets = new Replica[betas.Length];
        for (int r = 0; r < betas.Length; r++)
        {
            targets[r] = new Replica(target) { Beta = betas[r] };
            kernels[r] = Kernel.Start(targets[r]);
        }

        return new TemperingState(kernels, targets);
    }
}

/// <summary>Tunes the kernel of each rung and the ladder.</summary>
internal sealed record TemperingAdaptation(IAdaptation? Inner, bool AdaptsLadder) : IAdaptation
{
    public static TemperingAdaptation? For(IAdaptation? inner, TemperingLadder ladder) => inner is null && !ladder.Adapts ? null : new(inner, ladder.Adapts);

    public AdaptationState Start(SamplerState kernel, int warmUp) => kernel is TemperingState state
        ? state.StartAdaptation(Inner, AdaptsLadder, warmUp)
        : throw new ArgumentException($"{nameof(TemperingAdaptation)} tunes replicas, which {kernel?.GetType().Name} doesn't have.", nameof(kernel));
}
