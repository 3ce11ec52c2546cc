using System.Globalization;
using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Randomness;
using OptiCore.Solving;

namespace OptiCore.Samplers;

/// <summary>
/// Nested sampling: N live points of the prior; again and again the one of the lowest likelihood dies and is replaced by a draw of the prior above that likelihood, so that the prior volume X above it shrinks by exp(-1/N). The evidence is the sum of
/// L_i (X_{i-1} - X_i), and the dead points with these weights are draws of the posterior.
/// <code>
/// NestedResult result = new NestedSampling { LivePoints = 400 }.Run(problem, RandomKey.FromSeed(1));
/// Console.WriteLine($"{result.LogEvidence} +- {result.LogEvidenceError}");
/// </code>
/// </summary>
/// <remarks>
/// <para>Ends when the live points can add at most the part <see cref="RemainingEvidence"/> to the logarithm of the evidence; they are then counted with equal shares of the remaining volume. The error of log Z is sqrt(H / N) with the information H in nats: what the
/// chance in the volumes makes, not a bias of a <see cref="Proposal"/> that misses parts of the region; test by other seeds or more live points. Costs about N H evaluations times those of a draw.</para>
/// <para>J. Skilling (2006), Nested sampling for general Bayesian computation.</para>
/// </remarks>
[Algorithm("Nested sampling", "Sequential Monte Carlo", "Skilling (2006), Nested sampling for general Bayesian computation", Capabilities = "evidence with error, posterior weights; ellipsoids, slices or random walks")]
public sealed record NestedSampling
{
    /// <summary>The number N of live points. Default: 500.</summary>
    public int LivePoints { get; init => field = Require.AtLeast(value, 4); } = 500;

    /// <summary>How points above the threshold are drawn. Default: from ellipsoids.</summary>
    public INestedProposal Proposal { get; init => field = Require.NotNull(value); } = new EllipsoidProposal();

    /// <summary>The run ends when log(Z + largest live likelihood times the remaining volume) - log Z is below this. Default: 0.01.</summary>
    public double RemainingEvidence { get; init => field = Require.Positive(value); } = 0.01;

    /// <summary>The largest number of dead points. Default: 1,000,000.</summary>
    public int MaxIterations { get; init => field = Require.Positive(value); } = 1_000_000;

    /// <summary>Draws the live points.</summary>
    /// <param name="problem">Prior and likelihood.</param>
    /// <param name="key">The run's randomness: iteration k uses <c>key.Fold(k)</c>.</param>
    public NestedState Start(INestedProblem problem, RandomKey key) => new(this, Require.NotNull(problem), key);

    /// <summary>Runs to the end.</summary>
    /// <param name="problem">Prior and likelihood.</param>
    /// <param name="key">The run's randomness: iteration k uses <c>key.Fold(k)</c>.</param>
    /// <param name="cancellationToken">Stops the run after an iteration; the result counts the live points as they are.</param>
    /// <returns>The evidence and the weighted points; Stopped at <see cref="MaxIterations"/> or by cancellation, Failed where no new point was found.</returns>
    public NestedResult Run(INestedProblem problem, RandomKey key, CancellationToken cancellationToken = default)
    {
        NestedState state = Start(problem, key);
        while (state.Status == RunStatus.Running && !cancellationToken.IsCancellationRequested)
            state.Step();
        return state.Finish();
    }
}

/// <summary>A running <see cref="NestedSampling"/>: one step is one dead point.</summary>
public sealed class NestedState : IPersistent
{
    private readonly NestedSampling _options;
    private readonly RandomKey _key;
    private readonly LivePoints _live;
    private readonly NestedRegion _region;
    private readonly NestedProposalState _proposal;
    private readonly double[] _point;
    private double[] _dead, _deadLogs;
    private int _count;
    private double _logEvidence = double.NegativeInfinity;
    private RunStatus _status = RunStatus.Running;

    internal NestedState(NestedSampling options, INestedProblem problem, RandomKey key)
    {
        (_options, _key, _region, Dimension) = (options, key, new NestedRegion(problem), problem.Dimension);
        int n = problem.Dimension, size = options.LivePoints;
        (_live, _proposal, _point) = (new LivePoints(size, n), options.Proposal.Start(n), new double[n]);
        (_dead, _deadLogs) = (new double[size * n], new double[size]);
        RandomFill.Uniform(key.Fold("live"), _live.Cube);
        RandomFill.Uniform(key.Fold("labels"), _live.Labels);
        for (int i = 0; i < size; i++)
            _live.LogLikelihoods[i] = _region.Evaluate(_live.Point(i));
    }

    /// <summary>The number n of coordinates.</summary>
    public int Dimension { get; }

    /// <summary>Running until the live points can add little; Stopped at the limit; Failed where no point above the threshold was found.</summary>
    public RunStatus Status => _status;

    /// <summary>The number of dead points.</summary>
    public int Count => _count;

    /// <summary>The logarithm of the evidence of the dead points alone.</summary>
    public double LogEvidence => _logEvidence;

    /// <summary>How often the likelihood was evaluated.</summary>
    public long Evaluations => _region.Evaluations;

    /// <summary>Lets the worst live point die and replaces it. Allocates only when the list of dead points or the ellipsoids grow.</summary>
    public void Step()
    {
        if (_status != RunStatus.Running)
            return;
        int worst = 0, size = _live.Count, n = Dimension;
        for (int i = 1; i < size; i++)
        {
            if (Below(i, worst))
                worst = i;
        }

        double threshold = _live.LogLikelihoods[worst];
        _region.Raise(threshold, _live.Labels[worst]);
        _live.LogVolume = -(double)_count / size;
        RandomKey key = _key.Fold(_count);
        if (!_proposal.TryDraw(_live, _region, key, _point))
        {
            _status = RunStatus.Failed;
            return;
        }

        if (_count == _deadLogs.Length)
        {
            Array.Resize(ref _deadLogs, 2 * _count);
            Array.Resize(ref _dead, 2 * _count * n);
        }

        _deadLogs[_count] = threshold;
        _live.Point(worst).CopyTo(_dead.AsSpan(_count * n, n));
        _logEvidence = LogSum(_logEvidence, threshold + LogShell(_count));
        _point.CopyTo(_live.Cube, worst * n);
        (_live.LogLikelihoods[worst], _live.Labels[worst]) = (_region.LastLogLikelihood, _region.LastLabel);
        _count++;
        double best = Reduce.Max<double>(_live.LogLikelihoods);
        if (LogSum(_logEvidence, best - ((double)_count / size)) - _logEvidence < _options.RemainingEvidence)
            _status = RunStatus.Completed;
        else if (_count >= _options.MaxIterations)
            _status = RunStatus.Stopped;
    }

    /// <summary>The evidence and the weighted points so far, the live ones counted with equal shares of the remaining volume.</summary>
    public NestedResult Finish()
    {
        int n = Dimension, size = _live.Count, total = _count + size;
        double[] points = new double[total * n], logs = new double[total], weights = new double[total];
        int[] order = CubeSpread.All(size);
        Array.Sort(order, (a, b) => a == b ? 0 : Below(a, b) ? -1 : 1);
        double rest = -((double)_count / size) - Math.Log(size);
        for (int i = 0; i < total; i++)
        {
            bool dead = i < _count;
            logs[i] = dead ? _deadLogs[i] : _live.LogLikelihoods[order[i - _count]];
            weights[i] = logs[i] + (dead ? LogShell(i) : rest);
            _region.Transform(dead ? _dead.AsSpan(i * n, n) : _live.Point(order[i - _count]));
            _region.LastParameters.CopyTo(points.AsSpan(i * n));
        }

        return new NestedResult(n, size, points, logs, weights, _status == RunStatus.Running ? RunStatus.Stopped : _status, _region.Evaluations);
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer<double>(_live.Cube);
        archive.Transfer<double>(_live.LogLikelihoods);
        archive.Transfer<double>(_live.Labels);
        archive.Transfer(ref _dead);
        archive.Transfer(ref _deadLogs);
        archive.Transfer(ref _count);
        archive.Transfer(ref _logEvidence);
        archive.Transfer(ref _status);
        long evaluations = _region.Evaluations;
        archive.Transfer(ref evaluations);
        _region.Evaluations = evaluations;
        archive.Transfer(_proposal);
    }

    private bool Below(int i, int j) =>
        _live.LogLikelihoods[i] < _live.LogLikelihoods[j] || (_live.LogLikelihoods[i] == _live.LogLikelihoods[j] && _live.Labels[i] < _live.Labels[j]);

    /// <summary>log(X_{i-1} - X_i) with X_i = exp(-i/N).</summary>
    private double LogShell(int i) => (-(double)i / _live.Count) + Math.Log(-Math.Exp(-1.0 / _live.Count) + 1);

    private static double LogSum(double a, double b)
    {
        double largest = Math.Max(a, b);
        return double.IsNegativeInfinity(largest) ? largest : largest + Math.Log(Math.Exp(a - largest) + Math.Exp(b - largest));
    }
}

/// <summary>What <see cref="NestedSampling"/> computed.</summary>
public sealed class NestedResult
{
    private readonly double[] _points, _logLikelihoods, _logWeights;

    internal NestedResult(int n, int live, double[] points, double[] logLikelihoods, double[] logWeights, RunStatus status, long evaluations)
    {
        (Dimension, _points, _logLikelihoods, Status, Evaluations) = (n, points, logLikelihoods, status, evaluations);
        LogEvidence = Reduce.LogSumExp<double>(logWeights);
        _logWeights = logWeights;
        double information = 0, squares = 0;
        for (int i = 0; i < logWeights.Length; i++)
        {
            logWeights[i] -= LogEvidence;
            double w = Math.Exp(logWeights[i]);
            squares += w * w;
            if (w > 0)
                information += w * (logLikelihoods[i] - LogEvidence);
        }

        (Information, EffectiveSize) = (information, 1 / squares);
        LogEvidenceError = Math.Sqrt(Math.Max(0, information) / live);
    }

    /// <summary>The number n of coordinates.</summary>
    public int Dimension { get; }

    /// <summary>Completed, Stopped or Failed.</summary>
    public RunStatus Status { get; }

    /// <summary>The outcome in one sentence.</summary>
    public string Message => Status switch
    {
        RunStatus.Completed => string.Create(CultureInfo.InvariantCulture, $"The evidence is complete after {Count} points and {Evaluations} evaluations."),
        RunStatus.Failed => "No point above the threshold was found.",
        _ => string.Create(CultureInfo.InvariantCulture, $"The run was stopped after {Count} points."),
    };

    /// <summary>The logarithm of the evidence Z.</summary>
    public double LogEvidence { get; }

    /// <summary>The standard error of <see cref="LogEvidence"/>, sqrt(H / N).</summary>
    public double LogEvidenceError { get; }

    /// <summary>The information H of the posterior over the prior, in nats.</summary>
    public double Information { get; }

    /// <summary>The effective sample size of the weighted points.</summary>
    public double EffectiveSize { get; }

    /// <summary>How often the likelihood was evaluated.</summary>
    public long Evaluations { get; }

    /// <summary>The number of points, dead and live.</summary>
    public int Count => _logWeights.Length;

    /// <summary>The points in order of likelihood, n parameters each.</summary>
    public ReadOnlySpan<double> Points => _points;

    /// <summary>The log likelihoods of the points.</summary>
    public ReadOnlySpan<double> LogLikelihoods => _logLikelihoods;

    /// <summary>The logarithms of the posterior weights, which sum to 1.</summary>
    public ReadOnlySpan<double> LogWeights => _logWeights;

    /// <summary>The posterior mean of one parameter.</summary>
    /// <param name="parameter">The parameter.</param>
    public double Mean(int parameter)
    {
        double sum = 0;
        for (int i = 0; i < Count; i++)
            sum += Math.Exp(_logWeights[i]) * _points[(i * Dimension) + parameter];
        return sum;
    }

    /// <summary>Writes equally weighted draws of the posterior, by systematic resampling.</summary>
    /// <param name="key">The randomness.</param>
    /// <param name="draws">Receives whole points, n elements each.</param>
    /// <exception cref="ArgumentException">The length isn't a multiple of n.</exception>
    public void Draw(RandomKey key, Span<double> draws)
    {
        if (draws.Length % Dimension != 0)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{nameof(draws)} has {draws.Length} elements; a multiple of {Dimension} was expected."), nameof(draws));
        int[] chosen = new int[draws.Length / Dimension];
        double[] weights = new double[Count];
        VectorMath.Exp<double>(_logWeights, weights);
        Resampling.Draw(new SystematicResampling(), weights, key, chosen);
        for (int i = 0; i < chosen.Length; i++)
            Points.Slice(chosen[i] * Dimension, Dimension).CopyTo(draws[(i * Dimension)..]);
    }

    /// <summary>This result if it is complete.</summary>
    /// <exception cref="SolverException">It isn't; the message says why.</exception>
    public NestedResult EnsureCompleted() => Status == RunStatus.Completed ? this : throw new SolverException(Message);
}
