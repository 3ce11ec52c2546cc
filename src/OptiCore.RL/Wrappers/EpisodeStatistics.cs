using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>Keeps the undiscounted return and the length of episodes while they are played; changes nothing else.</summary>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed class EpisodeStatistics<TObservation, TAction> : IVectorEnvironment<TObservation, TAction>
    where TObservation : unmanaged
    where TAction : unmanaged
{
    private readonly IVectorEnvironment<TObservation, TAction> _inner;
    private readonly double[] _runningReturns;
    private readonly int[] _runningLengths;
    private readonly double[] _lastReturns;
    private readonly int[] _lastLengths;
    private long _episodes;
    private double _totalReturn;
    private long _totalLength;

    /// <summary>Watches an environment.</summary>
    /// <param name="inner">The environment.</param>
    public EpisodeStatistics(IVectorEnvironment<TObservation, TAction> inner)
    {
        _inner = Require.NotNull(inner);
        _runningReturns = new double[inner.Count];
        _runningLengths = new int[inner.Count];
        _lastReturns = new double[inner.Count];
        _lastLengths = new int[inner.Count];
    }

    /// <inheritdoc/>
    public int Count => _inner.Count;

    /// <inheritdoc/>
    public Space<TObservation> ObservationSpace => _inner.ObservationSpace;

    /// <inheritdoc/>
    public Space<TAction> ActionSpace => _inner.ActionSpace;

    /// <summary>The number of episodes that ended since the last reset. Episodes given up by <see cref="Restart"/> don't count.</summary>
    public long Episodes => _episodes;

    /// <summary>The sum of the returns of those episodes.</summary>
    public double TotalReturn => _totalReturn;

    /// <summary>The sum of the lengths of those episodes.</summary>
    public long TotalLength => _totalLength;

    /// <summary>The mean return of those episodes; NaN before the first has ended.</summary>
    public double MeanReturn => _totalReturn / _episodes;

    /// <summary>The return of the last episode that ended in each environment.</summary>
    public ReadOnlySpan<double> LastReturns => _lastReturns;

    /// <summary>The length of the last episode that ended in each environment; 0 before there is one.</summary>
    public ReadOnlySpan<int> LastLengths => _lastLengths;

    /// <inheritdoc/>
    public void Reset(RandomKey key, Span<TObservation> observations)
    {
        _inner.Reset(key, observations);
        Array.Clear(_runningReturns);
        Array.Clear(_runningLengths);
        Array.Clear(_lastReturns);
        Array.Clear(_lastLengths);
        _episodes = 0;
        _totalReturn = 0;
        _totalLength = 0;
    }

    /// <inheritdoc/>
    public void Restart(int index, Span<TObservation> observation)
    {
        _inner.Restart(index, observation);
        _runningReturns[index] = 0;
        _runningLengths[index] = 0;
    }

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<TAction> actions, in StepOutput<TObservation> output)
    {
        _inner.Step(actions, output);
        for (int i = 0; i < _runningReturns.Length; i++)
        {
            _runningReturns[i] += output.Rewards[i];
            _runningLengths[i]++;
            if (!(output.Terminated[i] || output.Truncated[i]))
                continue;
            _episodes++;
            _totalReturn += _lastReturns[i] = _runningReturns[i];
            _totalLength += _lastLengths[i] = _runningLengths[i];
            _runningReturns[i] = 0;
            _runningLengths[i] = 0;
        }
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(_inner);
        archive.Transfer<double>(_runningReturns);
        archive.Transfer<int>(_runningLengths);
        archive.Transfer<double>(_lastReturns);
        archive.Transfer<int>(_lastLengths);
        archive.Transfer(ref _episodes);
        archive.Transfer(ref _totalReturn);
        archive.Transfer(ref _totalLength);
    }
}
