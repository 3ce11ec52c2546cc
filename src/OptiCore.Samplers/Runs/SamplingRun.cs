using System.Globalization;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Samplers;

/// <summary>
/// Several chains on one target: it owns their number and length, limits, time, progress, cancellation and checkpoints.
/// </summary>
/// <remarks>
/// <see cref="Complete"/> goes to the end, <see cref="Step"/> makes one transition of every chain; they can be mixed. A run that was stopped by a
/// limit, by cancellation or by an exception of the density goes on from exactly there, and every complete draw is kept. After warm-up a transition
/// allocates nothing. A run is used by one thread at a time; it uses several through <see cref="SamplingOptions.Workers"/>.
/// </remarks>
public sealed class SamplingRun : IPersistent
{
    // Fewer workers than chains take turns, so that a run that is stopped early has draws of every chain.
    private const int TransitionsPerTurn = 25;

    private readonly string _kind;
    private readonly string _configuration;
    private readonly SamplingOptions _options;
    private readonly ChainGroup[] _groups;
    private readonly string[] _names;
    private readonly Action<int> _work;
    private int _turn;
    private CancellationToken _cancellation;
    private long _elapsedTicks;
    private long _startedAt;
    private volatile StopReason _reason;
    private volatile bool _threw;

    private SamplingRun(object sampler, IProblem<double> target, SamplingOptions options, ChainGroup[] groups)
    {
        _options = options;
        _kind = sampler.GetType().FullName ?? sampler.GetType().Name;
        _configuration = string.Create(CultureInfo.InvariantCulture, $"{Checkpoint.Describe(sampler)} on {target.Dimension} coordinates, {options.Chains} chains of {options.WarmUp} + {options.Draws} draws with key {options.Key}");
        _names = target is IReportedParameters named ? [.. named.ParameterNames] : DefaultNames(target.Dimension);
        _groups = groups;
        _work = Work;
    }

    /// <summary>The outcome so far.</summary>
    public RunStatus Status =>
        _reason is StopReason.NonFiniteStart ? RunStatus.Failed
        : IsDone() ? RunStatus.Completed
        : _reason is not StopReason.None ? RunStatus.Stopped
        : RunStatus.Running;

    /// <summary>Why the run ended before its draws were complete: <see cref="StopReason.Cancelled"/>, <see cref="StopReason.MaxTime"/> or <see cref="StopReason.NonFiniteStart"/>; otherwise <see cref="StopReason.None"/>.</summary>
    public StopReason Reason => _reason;

    /// <summary>The number of transitions that every chain has completed, warm-up included.</summary>
    public int Iteration
    {
        get
        {
            int least = int.MaxValue;
            foreach (ChainGroup group in _groups)
                least = Math.Min(least, group.Iteration);
            return least;
        }
    }

    /// <summary>What came out so far. Copies the draws.</summary>
    public SamplingResult Result
    {
        get
        {
            var chains = new ChainResult[_options.Chains];
            int c = 0;
            foreach (ChainGroup group in _groups)
            {
                for (int i = 0; i < group.Records.Length; i++)
                    chains[c++] = group.Result(i);
            }

            return new SamplingResult(_names, chains)
            {
                Status = Status,
                Reason = _reason,
                Message = Sentence(),
                WarmUp = _options.WarmUp,
                Elapsed = TimeSpan.FromTicks(_elapsedTicks),
            };
        }
    }

    /// <summary>Starts a run of independent chains. Nothing is evaluated yet.</summary>
    /// <typeparam name="TTarget">What the kernel needs of the target.</typeparam>
    /// <param name="sampler">The kernel.</param>
    /// <param name="target">The log density; one that is <see cref="IReportedParameters"/> too names and constrains its parameters.</param>
    /// <param name="options">Chains, limits and reports; default: <see cref="SamplingOptions"/> as it is.</param>
    /// <exception cref="ArgumentException">An initial point has the wrong length or an element that isn't finite, or there is neither one nor one for each chain.</exception>
    public static SamplingRun Start<TTarget>(ISampler<TTarget> sampler, TTarget target, SamplingOptions? options = null) where TTarget : IProblem<double>
    {
        ArgumentNullException.ThrowIfNull(sampler);
        options = Check(target, options);
        var groups = new ChainGroup[options.Chains];
        var reporting = new Lock();
        for (int c = 0; c < groups.Length; c++)
            groups[c] = SingleChain.Start(c, sampler, target, options, reporting);
        return new SamplingRun(sampler, target, options, groups);
    }

    /// <summary>Starts a run of chains that move together. Nothing is evaluated yet.</summary>
    /// <typeparam name="TTarget">What the rule needs of the target.</typeparam>
    /// <param name="sampler">The rule.</param>
    /// <param name="target">The log density; one that is <see cref="IReportedParameters"/> too names and constrains its parameters.</param>
    /// <param name="options">The number of chains (walkers), limits and reports; default: <see cref="SamplingOptions"/> as it is.</param>
    /// <exception cref="ArgumentException">An initial point has the wrong length or an element that isn't finite, there is neither one nor one for each chain, or the rule needs more chains.</exception>
    public static SamplingRun Start<TTarget>(IEnsembleSampler<TTarget> sampler, TTarget target, SamplingOptions? options = null) where TTarget : IProblem<double>
    {
        ArgumentNullException.ThrowIfNull(sampler);
        options = Check(target, options);
        EnsembleState ensemble = sampler.Start(target, options.Chains, options.WarmUp);
        return new SamplingRun(sampler, target, options, [new EnsembleChains(ensemble, target, options, new Lock())]);
    }

    /// <summary>Runs to the end.</summary>
    /// <param name="cancellationToken">Ends the run with the draws so far; never throws.</param>
    public SamplingResult Complete(CancellationToken cancellationToken = default)
    {
        int turn = _options.Workers.Count >= _groups.Length ? int.MaxValue : TransitionsPerTurn;
        while (Advance(turn, cancellationToken))
        {
        }

        return Result;
    }

    /// <summary>Makes one transition of every chain that isn't complete.</summary>
    /// <param name="cancellationToken">Ends the run with the draws so far; never throws.</param>
    /// <returns>True while the run goes on.</returns>
    public bool Step(CancellationToken cancellationToken = default) => Advance(1, cancellationToken);

    /// <summary>Writes the run, warm-up and draws included, so that another process can go on with it to identical bits.</summary>
    /// <param name="stream">Receives the checkpoint; stays open.</param>
    public void Save(Stream stream) => Checkpoint.Write(stream, _kind, _configuration, this);

    /// <summary>Replaces this run, started with the same kernel, target, numbers of chains and draws, and key, by a saved one.</summary>
    /// <param name="stream">The checkpoint.</param>
    /// <exception cref="CheckpointException">It is truncated, damaged or of another kernel, configuration or target size; the run is unchanged.</exception>
    public void Load(Stream stream) => Checkpoint.Read(stream, _kind, _configuration, this);

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(ref _elapsedTicks);
        StopReason reason = _reason;
        archive.Transfer(ref reason);
        _reason = reason;
        foreach (ChainGroup group in _groups)
            archive.Transfer(group);
    }

    private static SamplingOptions Check(IProblem<double> target, SamplingOptions? options)
    {
        ArgumentNullException.ThrowIfNull(target);
        options ??= new SamplingOptions();
        if (target.Dimension < 1)
            throw new ArgumentException("The density takes points of any length; make it with a number of variables, such as Function.From(3, x => ...).", nameof(target));
        if (options.InitialPoints.Count > 1)
            Require.Length(options.InitialPoints.Count, options.Chains, nameof(SamplingOptions.InitialPoints));
        foreach (double[] point in options.InitialPoints)
        {
            Require.Length(point.Length, target.Dimension, nameof(SamplingOptions.InitialPoints));
            Require.AllFinite<double>(point, nameof(SamplingOptions.InitialPoints));
        }

        return options;
    }

    private static string[] DefaultNames(int count)
    {
        string[] names = new string[count];
        for (int i = 0; i < count; i++)
            names[i] = string.Create(CultureInfo.InvariantCulture, $"x[{i + 1}]");
        return names;
    }

    private bool Advance(int turn, CancellationToken cancellationToken)
    {
        // Limits are looked at anew each time, so that a stopped run goes on once they allow it.
        if (_reason != StopReason.NonFiniteStart)
            _reason = StopReason.None;
        if (_reason != StopReason.None || IsDone())
            return false;
        _turn = turn;
        _threw = false;
        _cancellation = cancellationToken;
        _startedAt = _options.Clock.GetTimestamp();
        try
        {
            // An ensemble uses the workers itself.
            if (_groups.Length == 1)
                Work(0);
            else
                _options.Workers.ForEach(_groups.Length, _work, CancellationToken.None);
        }
        finally
        {
            _elapsedTicks += _options.Clock.GetElapsedTime(_startedAt).Ticks;
        }

        return _reason == StopReason.None && !IsDone();
    }

    private void Work(int c)
    {
        ChainGroup group = _groups[c];
        for (int i = 0; i < _turn && !group.IsDone && _reason == StopReason.None && !_threw; i++)
        {
            StopReason limit = Limit();
            if (limit == StopReason.None && !TryAdvance(group))
                limit = StopReason.NonFiniteStart;
            if (limit != StopReason.None)
            {
                _reason = limit;
                return;
            }
        }
    }

    private bool TryAdvance(ChainGroup group)
    {
        bool returned = false;
        try
        {
            bool advanced = group.Advance();
            returned = true;
            return advanced;
        }
        finally
        {
            // The other chains shall not go on for long while an exception waits for them.
            _threw |= !returned;
        }
    }

    private StopReason Limit()
    {
        if (_cancellation.IsCancellationRequested)
            return StopReason.Cancelled;
        if (_options.MaxTime != TimeSpan.MaxValue && _elapsedTicks + _options.Clock.GetElapsedTime(_startedAt).Ticks >= _options.MaxTime.Ticks)
            return StopReason.MaxTime;
        return StopReason.None;
    }

    private bool IsDone()
    {
        foreach (ChainGroup group in _groups)
        {
            if (!group.IsDone)
                return false;
        }

        return true;
    }

    private string Sentence()
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        return Status switch
        {
            RunStatus.Completed => string.Create(c, $"All {_options.Draws} draws of {_options.Chains} chains are complete."),
            RunStatus.Running => "The run goes on.",
            RunStatus.Failed => _options.InitialPoints.Count > 0
                ? "The log density or its gradient is not finite at an initial point."
                : string.Create(c, $"No starting point with a finite log density and gradient was found in 100 tries within [-{_options.InitialRadius}, {_options.InitialRadius}]; give {nameof(SamplingOptions.InitialPoints)}."),
            _ when _reason == StopReason.Cancelled => "The run was cancelled; the draws so far are kept.",
            _ => string.Create(c, $"The time limit of {_options.MaxTime} was reached; the draws so far are kept."),
        };
    }
}
