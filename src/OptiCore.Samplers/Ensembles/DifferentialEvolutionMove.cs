namespace OptiCore.Samplers;

/// <summary>
/// Differential evolution as a Markov chain (DE-MC): a walker takes a multiple of the difference of two companions,
/// y = x + gamma (c_1 - c_2) + e, with e uniform on [-b, b]^n.
/// </summary>
/// <remarks>
/// ter Braak (2006), A Markov chain Monte Carlo version of the genetic algorithm differential evolution: gamma = 2.38 / sqrt(2 n), and now and then 1, by which a walker jumps from one mode to another
/// when the companions lie in both. The paper moves one walker after the other in view of all; here halves move in view of each other, as with <see cref="StretchMove"/>, so that each half is
/// evaluated at once. Commonly joined with <see cref="SnookerMove"/> by <see cref="MixtureOfMoves"/>.
/// </remarks>
[Algorithm("DE-MC", "Ensembles of walkers", "ter Braak (2006), A Markov chain Monte Carlo version of the genetic algorithm differential evolution")]
public sealed record DifferentialEvolutionMove : IEnsembleSampler<IFunction<double>>, IWalkerMove
{
    /// <summary>The multiple gamma of the difference; 0, the default, for 2.38 / sqrt(2 n).</summary>
    public double Scale { get; init => field = Require.NonNegative(value); }

    /// <summary>The probability of a step with gamma = 1 in [0, 1]. Default: 0.1, as every tenth generation of the paper.</summary>
    public double JumpProbability { get; init => field = Require.InClosed(value, 0, 1); } = 0.1;

    /// <summary>The half width b of the noise, small beside the target's scales. Default: 1e-4.</summary>
    public double Noise { get; init => field = Require.NonNegative(value); } = 1e-4;

    /// <inheritdoc/>
    public int LeastCompanions => 2;

    /// <inheritdoc/>
    public EnsembleState Start(IFunction<double> target, int chains, int warmUp) => WalkerEnsemble.Start(target, chains, [new WeightedMove(this)]);

    /// <inheritdoc/>
    public double Propose(ReadOnlySpan<double> walker, Companions companions, ref RandomStream stream, Span<double> proposal)
    {
        (int first, int second) = companions.DrawPair(ref stream);
        ReadOnlySpan<double> a = companions[first], b = companions[second];
        double gamma = JumpProbability > 0 && stream.NextDouble() < JumpProbability ? 1 : Scale > 0 ? Scale : 2.38 / Math.Sqrt(2 * proposal.Length);
        for (int i = 0; i < proposal.Length; i++)
        {
            double noise = Noise > 0 ? Noise * ((2 * stream.NextDouble()) - 1) : 0;
            proposal[i] = walker[i] + (gamma * (a[i] - b[i])) + noise;
        }

        return 0;
    }
}
