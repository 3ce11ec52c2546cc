using System.Globalization;
using OptiCore.Solving;

namespace OptiCore.Samplers;

/// <summary>
/// The sequential Monte Carlo sampler with adaptive tempering: N particles of the reference p_0 are carried to p_0 L through laws p_0 L^lambda, each exponent chosen so that the effective sample size of the weights is <see cref="EssTarget"/> N; then the
/// particles are resampled and moved. It gives draws of laws with several modes, and the evidence.
/// <code>
/// SmcResult result = new SmcSampler { Particles = 2000 }.Run(TemperedTarget.From(prior, logLikelihood), new KernelMove(), key);
/// Console.WriteLine(result.LogEvidence);
/// </code>
/// </summary>
/// <remarks>
/// <para>The evidence is the product of the means of the incremental weights. With fixed exponents it is unbiased; the adaptive choice makes it consistent. Moves are tuned from the particles of the stage before. With <see cref="ChainLength"/> P &gt; 1 the
/// sampler is waste-free: N / P particles are resampled, each makes a chain of P states, and all states are kept, which mostly is better than the last states of N chains at the same cost.</para>
/// <para>Costs N <see cref="Steps"/> moves a stage; the number of stages grows as the root of the dimension. P. Del Moral, A. Doucet, A. Jasra (2006), Sequential Monte Carlo samplers; the exponents by bisection in A. Jasra, D. A. Stephens, A. Doucet,
/// T. Tsagaris (2011), Inference for Lévy-driven stochastic volatility models via adaptive sequential Monte Carlo; H.-D. Dau, N. Chopin (2022), Waste-free sequential Monte Carlo.</para>
/// </remarks>
[Algorithm("SMC sampler", "Sequential Monte Carlo", "Del Moral, Doucet, Jasra (2006), Sequential Monte Carlo samplers", Capabilities = "adaptive tempering, evidence, waste-free")]
public sealed record SmcSampler
{
    /// <summary>The number N of particles. Default: 1,000.</summary>
    public int Particles { get; init => field = Require.AtLeast(value, 2); } = 1000;

    /// <summary>The part of N that the effective sample size may fall to from one law to the next. Default: 0.5.</summary>
    public double EssTarget { get; init => field = Require.InOpen(value, 0, 1); } = 0.5;

    /// <summary>The number of moves of each particle a stage, without waste-free chains. Default: 5.</summary>
    public int Steps { get; init => field = Require.Positive(value); } = 5;

    /// <summary>The length P of waste-free chains; must divide N. 1, the default, for the plain sampler.</summary>
    public int ChainLength { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The resampling scheme. Default: systematic.</summary>
    public IResampling Resampling { get; init => field = Require.NotNull(value); } = new SystematicResampling();

    /// <summary>The largest number of stages. Default: 1,000.</summary>
    public int MaxStages { get; init => field = Require.Positive(value); } = 1000;

    /// <summary>Draws the particles of the reference.</summary>
    /// <typeparam name="TTarget">What the move needs of a target.</typeparam>
    /// <param name="target">The target.</param>
    /// <param name="move">The move.</param>
    /// <param name="key">The run's randomness.</param>
    /// <param name="workers">Works on the particles; null for the calling thread. The particles are the same for any number.</param>
    /// <exception cref="ArgumentException"><see cref="ChainLength"/> doesn't divide the number of particles.</exception>
    public SmcState Start<TTarget>(TTarget target, ITemperedMove<TTarget> move, RandomKey key, IWorkers? workers = null) where TTarget : ITemperedTarget
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(move);
        if (Particles % ChainLength != 0 || Particles == ChainLength)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{nameof(ChainLength)} is {ChainLength} but must divide {nameof(Particles)}, {Particles}, into at least 2 chains."), nameof(target));
        var movers = new TemperedMover[(Particles + SmcState.BlockSize - 1) / SmcState.BlockSize];
        for (int b = 0; b < movers.Length; b++)
            movers[b] = move.Start(target);
        return new SmcState(this, target, movers, move.InitialScale(target.Dimension), move.TargetAcceptance, key, workers ?? Workers.Serial);
    }

    /// <summary>Runs all stages.</summary>
    /// <typeparam name="TTarget">What the move needs of a target.</typeparam>
    /// <param name="target">The target.</param>
    /// <param name="move">The move.</param>
    /// <param name="key">The run's randomness.</param>
    /// <param name="workers">Works on the particles; null for the calling thread. The particles are the same for any number.</param>
    /// <param name="cancellationToken">Stops the run after a stage.</param>
    /// <returns>The particles and the evidence; Failed where L is 0 at every particle, Stopped at <see cref="MaxStages"/> or by cancellation, with the particles of the last law.</returns>
    public SmcResult Run<TTarget>(TTarget target, ITemperedMove<TTarget> move, RandomKey key, IWorkers? workers = null, CancellationToken cancellationToken = default) where TTarget : ITemperedTarget
    {
        SmcState state = Start(target, move, key, workers);
        while (state.Status == RunStatus.Running && !cancellationToken.IsCancellationRequested)
            state.Step();
        return new SmcResult(state);
    }
}

/// <summary>What a <see cref="SmcSampler"/> computed.</summary>
public sealed class SmcResult
{
    private readonly double[] _points;

    internal SmcResult(SmcState state)
    {
        (_points, Dimension, Particles) = (state.Points.ToArray(), state.Dimension, state.Size);
        Status = state.Status == RunStatus.Running ? RunStatus.Stopped : state.Status;
        (LogEvidence, Exponents, Acceptance) = (state.LogEvidence, [.. state.Exponents], [.. state.Acceptance]);
        Message = Status switch
        {
            RunStatus.Completed => string.Create(CultureInfo.InvariantCulture, $"The target was reached in {Exponents.Count} stages."),
            RunStatus.Failed => "The target's factor is 0 at every particle.",
            _ => string.Create(CultureInfo.InvariantCulture, $"The run was stopped at the exponent {state.Exponent:g6}."),
        };
    }

    /// <summary>The number n of coordinates.</summary>
    public int Dimension { get; }

    /// <summary>The number N of particles.</summary>
    public int Particles { get; }

    /// <summary>Completed, Stopped or Failed.</summary>
    public RunStatus Status { get; }

    /// <summary>The outcome in one sentence.</summary>
    public string Message { get; }

    /// <summary>The equally weighted particles, n elements each.</summary>
    public ReadOnlySpan<double> Points => _points;

    /// <summary>The logarithm of the estimate of the integral of p_0 L; of p_0 L^lambda with the last exponent where the run was stopped.</summary>
    public double LogEvidence { get; }

    /// <summary>The exponents of the stages.</summary>
    public IReadOnlyList<double> Exponents { get; }

    /// <summary>The acceptance rates of the stages.</summary>
    public IReadOnlyList<double> Acceptance { get; }

    /// <summary>One coordinate of all particles.</summary>
    /// <param name="coordinate">The coordinate.</param>
    public double[] Values(int coordinate)
    {
        double[] values = new double[Particles];
        for (int i = 0; i < values.Length; i++)
            values[i] = _points[(i * Dimension) + coordinate];
        return values;
    }

    /// <summary>This result if the target was reached.</summary>
    /// <exception cref="SolverException">It wasn't; the message says why.</exception>
    public SmcResult EnsureCompleted() => Status == RunStatus.Completed ? this : throw new SolverException(Message);
}
