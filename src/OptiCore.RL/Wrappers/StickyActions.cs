using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// With some probability the action of a step is replaced by the one done before, so that a policy can't play a deterministic environment from memory. The first action of an episode is always done.
/// </summary>
/// <remarks>
/// M. C. Machado, M. G. Bellemare, E. Talvitie, J. Veness, M. Hausknecht, M. Bowling (2018), "Revisiting the arcade learning environment: evaluation protocols and open problems for general agents",
/// section 5.2. StickyAction of Gymnasium: <see cref="MaxRepeats"/> makes an action that sticks do so for several steps, a number drawn for each time. Episode e of environment i draws
/// from <c>key.Fold(i).Fold(e).Fold("sticky")</c>.
/// </remarks>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed class StickyActions<TObservation, TAction> : IVectorEnvironment<TObservation, TAction>
    where TObservation : unmanaged
    where TAction : unmanaged
{
    private readonly IVectorEnvironment<TObservation, TAction> _inner;
    private readonly EpisodeKeys _keys;
    private readonly RandomStream[] _streams;
    private readonly TAction[] _last;
    private readonly bool[] _hasLast;
    private readonly int[] _repeatsLeft;
    private readonly int _length;

    /// <summary>Wraps an environment.</summary>
    /// <param name="inner">The environment.</param>
    /// <param name="probability">How likely an action is replaced, of [0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">The probability is not in [0, 1).</exception>
    public StickyActions(IVectorEnvironment<TObservation, TAction> inner, double probability = 0.25)
    {
        _inner = Require.NotNull(inner);
        Probability = Require.InHalfOpen(probability, 0, 1, nameof(probability));
        _length = inner.ActionSpace.Length;
        _keys = new EpisodeKeys(inner.Count);
        _streams = new RandomStream[inner.Count];
        _last = new TAction[inner.Count * _length];
        _hasLast = new bool[inner.Count];
        _repeatsLeft = new int[inner.Count];
    }

    /// <summary>How likely an action is replaced.</summary>
    public double Probability { get; }

    /// <summary>The least number of steps that an action sticks. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is smaller than 1.</exception>
    public int MinRepeats { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The largest number of steps that an action sticks; below <see cref="MinRepeats"/> that one counts. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is smaller than 1.</exception>
    public int MaxRepeats { get; init => field = Require.Positive(value); } = 1;

    /// <inheritdoc/>
    public int Count => _inner.Count;

    /// <inheritdoc/>
    public Space<TObservation> ObservationSpace => _inner.ObservationSpace;

    /// <inheritdoc/>
    public Space<TAction> ActionSpace => _inner.ActionSpace;

    /// <summary>The actions that were done last, one row for each environment.</summary>
    public ReadOnlySpan<TAction> LastActions => _last;

    /// <inheritdoc/>
    public void Reset(RandomKey key, Span<TObservation> observations)
    {
        _inner.Reset(key, observations);
        _keys.Reset(key);
        for (int i = 0; i < Count; i++)
            Begin(i, _keys.Current(i));
    }

    /// <inheritdoc/>
    public void Restart(int index, Span<TObservation> observation)
    {
        _inner.Restart(index, observation);
        Begin(index, _keys.Next(index));
    }

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<TAction> actions, in StepOutput<TObservation> output)
    {
        Require.Length(actions.Length, _last.Length, nameof(actions));
        output.Check(Count, ObservationSpace.Length);
        _keys.EnsureStarted();
        ActionCheck.Check(ActionSpace, actions);
        for (int i = 0; i < _hasLast.Length; i++)
        {
            if (!Sticks(i))
                actions.Slice(i * _length, _length).CopyTo(_last.AsSpan(i * _length));
            _hasLast[i] = true;
        }

        _inner.Step(_last, output);
        for (int i = 0; i < _hasLast.Length; i++)
        {
            if (output.Terminated[i] || output.Truncated[i])
                Begin(i, _keys.Next(i));
        }
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(_inner);
        archive.Transfer(_keys);
        archive.Transfer<TAction>(_last);
        archive.Transfer<bool>(_hasLast);
        archive.Transfer<int>(_repeatsLeft);
        for (int i = 0; i < Count; i++)
        {
            ulong position = _streams[i].Position;
            archive.Transfer(ref position);
            if (archive.IsLoading)
                _streams[i] = RandomStream.At(_keys.Current(i).Fold("sticky"), position);
        }
    }

    private bool Sticks(int index)
    {
        if (_repeatsLeft[index] == 0)
        {
            if (!_hasLast[index] || _streams[index].NextDouble() >= Probability)
                return false;
            _repeatsLeft[index] = MinRepeats;
            if (MaxRepeats > MinRepeats)
                _repeatsLeft[index] += Draw.Below(ref _streams[index], MaxRepeats - MinRepeats + 1);
        }

        _repeatsLeft[index]--;
        return true;
    }

    private void Begin(int index, RandomKey key)
    {
        _streams[index] = key.Fold("sticky").Stream();
        _hasLast[index] = false;
        _repeatsLeft[index] = 0;
        _last.AsSpan(index * _length, _length).Clear();
    }
}
