using System.Globalization;
using OptiCore.Persistence;
using OptiCore.Samplers;
using OptiCore.Solving;

namespace OptiCore.Gpu;

/// <summary>A run of chains on a device, which can be driven step by step, stopped, saved and continued to identical bits.</summary>
/// <remarks>Started by <see cref="GpuSampling"/>. All memory of the device is taken at the start. Steps of a run that isn't tuned, and whose draws stay on the device, only put work on its stream; limits are looked at in between.</remarks>
public sealed class GpuSamplingRun : IPersistent, IDisposable
{
    private const int InitialAttempts = 100;

    private readonly GpuDevice _device;
    private readonly GpuChains _chains;
    private readonly SamplingOptions _options;
    private readonly GpuRecording _recording;
    private readonly ChainMoments? _moments;
    private readonly HostDraws? _draws;
    private readonly string _kind;
    private readonly string _configuration;
    private int _iteration;
    private bool _isPlaced;
    private long _warmUpTicks;
    private long _samplingTicks;
    private long _reportedAt;
    private StopReason _reason;

    internal GpuSamplingRun(GpuDevice device, object method, GpuChains chains, SamplingOptions options, GpuRecording recording)
    {
        _device = device;
        _chains = chains;
        _options = options;
        _recording = recording;
        _kind = method.GetType().FullName ?? method.GetType().Name;
        _configuration = string.Create(
            CultureInfo.InvariantCulture,
            $"{Checkpoint.Describe(method)} on a device, {chains.Shape.Dimension} coordinates, {options.Chains} chains of {options.WarmUp} + {options.Draws} draws with key {options.Key}, {Checkpoint.Describe(recording)}");
        try
        {
            if (recording.KeepsMoments)
                _moments = new ChainMoments(device, chains.Shape, options.Draws, recording.Batches);
            if (recording.Thinning > 0)
                _draws = new HostDraws(chains.Shape, options.Draws / recording.Thinning);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The outcome so far.</summary>
    public RunStatus Status =>
        _reason is StopReason.NonFiniteStart ? RunStatus.Failed
        : IsDone ? RunStatus.Completed
        : _reason is not StopReason.None ? RunStatus.Stopped
        : RunStatus.Running;

    /// <summary>Why the run ended before its draws were complete: <see cref="StopReason.Cancelled"/>, <see cref="StopReason.MaxTime"/> or <see cref="StopReason.NonFiniteStart"/>; otherwise <see cref="StopReason.None"/>.</summary>
    public StopReason Reason => _reason;

    /// <summary>The number of complete transitions, warm-up included.</summary>
    public int Iteration => _iteration;

    /// <summary>What came out so far. Waits for the device and copies the draws.</summary>
    public GpuSamplingResult Result
    {
        get
        {
            long divergences = 0;
            int[] ofChains = _chains.Divergences.ToArray();
            foreach (int count in ofChains)
                divergences += count;
            TimeSpan warmUp = TimeSpan.FromTicks(_warmUpTicks), sampling = TimeSpan.FromTicks(_samplingTicks);
            double stepSize = _chains.StepSize;
            double[] inverse = _chains.InverseMetric;
            return new GpuSamplingResult
            {
                Status = Status,
                Reason = _reason,
                Message = Sentence(),
                Iterations = _iteration,
                Draws = _draws is null ? null : new SamplingResult(Names(), _draws.Chains(_iteration, stepSize, inverse, ofChains, _chains.Evaluations, warmUp, sampling))
                {
                    Status = Status,
                    Reason = _reason,
                    Message = Sentence(),
                    WarmUp = _options.WarmUp,
                    Elapsed = warmUp + sampling,
                },
                Moments = _moments is not null && _iteration > _options.WarmUp + 1 ? _moments.Result() : [],
                Divergences = divergences,
                StepSize = stepSize,
                InverseMetric = inverse,
                Evaluations = _chains.Evaluations,
                WarmUpTime = warmUp,
                SamplingTime = sampling,
            };
        }
    }

    private bool IsDone => _iteration == _options.WarmUp + _options.Draws;

    /// <summary>Runs to the end.</summary>
    /// <param name="cancellationToken">Ends the run with the draws so far; never throws.</param>
    public GpuSamplingResult Complete(CancellationToken cancellationToken = default)
    {
        while (Step(cancellationToken))
        {
        }

        return Result;
    }

    /// <summary>Makes one transition of every chain.</summary>
    /// <param name="cancellationToken">Ends the run with the draws so far; never throws.</param>
    /// <returns>True while the run goes on.</returns>
    public bool Step(CancellationToken cancellationToken = default)
    {
        // Limits are looked at anew each time, so that a stopped run goes on once they allow it.
        if (_reason != StopReason.NonFiniteStart)
            _reason = StopReason.None;
        if (_reason != StopReason.None || IsDone)
            return false;
        if (cancellationToken.IsCancellationRequested)
            _reason = StopReason.Cancelled;
        else if (_options.MaxTime != TimeSpan.MaxValue && _warmUpTicks + _samplingTicks >= _options.MaxTime.Ticks)
            _reason = StopReason.MaxTime;
        if (_reason != StopReason.None)
            return false;
        long startedAt = _options.Clock.GetTimestamp();
        if (!_isPlaced && !Place())
        {
            _reason = StopReason.NonFiniteStart;
            return false;
        }

        _isPlaced = true;
        bool isWarmUp = _iteration < _options.WarmUp;
        _chains.Draw(_options.Key, _iteration, isWarmUp);
        if (!isWarmUp)
            Keep(_iteration - _options.WarmUp);
        else if (_iteration == _options.WarmUp - 1)
            _chains.FinishTuning();
        _iteration++;
        if (IsDone || _iteration == _options.WarmUp)
            _device.Synchronize();
        long ticks = _options.Clock.GetElapsedTime(startedAt).Ticks;
        if (isWarmUp)
            _warmUpTicks += ticks;
        else
            _samplingTicks += ticks;
        if (_options.Progress is not null)
            Report(_options.Progress, isWarmUp);
        return !IsDone;
    }

    /// <summary>Writes the run, warm-up and draws included, so that another process can go on with it to identical bits.</summary>
    /// <param name="stream">Receives the checkpoint; stays open.</param>
    public void Save(Stream stream) => Checkpoint.Write(stream, _kind, _configuration, this);

    /// <summary>Replaces this run, started with the same method, sizes, key and recording, by a saved one.</summary>
    /// <param name="stream">The checkpoint.</param>
    /// <exception cref="CheckpointException">It is truncated, damaged or of another method, configuration or size; the run is unchanged.</exception>
    public void Load(Stream stream) => Checkpoint.Read(stream, _kind, _configuration, this);

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(ref _iteration);
        archive.Transfer(ref _isPlaced);
        archive.Transfer(ref _warmUpTicks);
        archive.Transfer(ref _samplingTicks);
        archive.Transfer(ref _reason);
        archive.Transfer(_chains);
        if (_moments is not null)
            archive.Transfer(_moments);
        if (_draws is not null)
            archive.Transfer(_draws);
    }

    /// <summary>Gives the memory of the device back.</summary>
    public void Dispose()
    {
        _chains.Dispose();
        _moments?.Dispose();
    }

    /// <summary>Puts chains where the density is finite: at the points that are given, or at random ones, each chain from its own key.</summary>
    private bool Place()
    {
        int n = _chains.Shape.Dimension, chains = _chains.Shape.Chains;
        double[] positions = new double[checked(n * chains)], point = new double[n];
        int[] isUnusable = new int[chains];
        isUnusable.AsSpan().Fill(1);
        IReadOnlyList<double[]> given = _options.InitialPoints;
        for (int attempt = 0; attempt < (given.Count > 0 ? 1 : InitialAttempts); attempt++)
        {
            for (int c = 0; c < chains; c++)
            {
                if (isUnusable[c] == 0)
                    continue;
                if (given.Count > 0)
                    given[given.Count == 1 ? 0 : c].CopyTo(point, 0);
                else
                    StartingPoint.Uniform(_options.Key.Fold(c).Fold("initial").Fold(attempt), _options.InitialRadius, point);
                for (int i = 0; i < n; i++)
                    positions[(i * chains) + c] = point[i];
            }

            _chains.Positions.CopyFrom(positions);
            _chains.EvaluateStart(isUnusable);
            if (!isUnusable.AsSpan().Contains(1))
                return true;
        }

        return false;
    }

    private void Keep(int draw)
    {
        _moments?.Add(_chains.Positions);
        if (_draws is not null && (draw + 1) % _recording.Thinning == 0)
            _draws.Add(_chains);
    }

    private void Report(IProgress<SamplingProgress> progress, bool isWarmUp)
    {
        long now = _options.Clock.GetTimestamp();
        if (!IsDone && _reportedAt != 0 && _options.Clock.GetElapsedTime(_reportedAt, now) < _options.ProgressInterval)
            return;
        _reportedAt = now;
        int divergences = 0;
        foreach (int count in _chains.Divergences.ToArray())
            divergences += count;
        progress.Report(new SamplingProgress(0, _options.Chains, _iteration, _options.WarmUp + _options.Draws, isWarmUp, _chains.StepSize, divergences));
    }

    private string[] Names()
    {
        string[] names = new string[_chains.Shape.Dimension];
        for (int i = 0; i < names.Length; i++)
            names[i] = string.Create(CultureInfo.InvariantCulture, $"x[{i + 1}]");
        return names;
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
                : string.Create(c, $"No starting point with a finite log density and gradient was found in {InitialAttempts} tries within [-{_options.InitialRadius}, {_options.InitialRadius}]; give {nameof(SamplingOptions.InitialPoints)}."),
            _ when _reason == StopReason.Cancelled => "The run was cancelled; the draws so far are kept.",
            _ => string.Create(c, $"The time limit of {_options.MaxTime} was reached; the draws so far are kept."),
        };
    }
}
