using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// Records episodes while they are played, and hands each to a writer when it ends; changes nothing else. An episode that <see cref="Restart"/> gives up, as a time limit outside does, is written as
/// truncated at the observation that it had come to. What is still running when recording stops isn't written.
/// </summary>
/// <remarks>A running episode is kept in memory. Nothing is allocated once the longest episode has been played.</remarks>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed class EpisodeRecorder<TObservation, TAction> : IVectorEnvironment<TObservation, TAction>
    where TObservation : unmanaged
    where TAction : unmanaged
{
    private readonly IVectorEnvironment<TObservation, TAction> _inner;
    private readonly EpisodeWriter<TObservation, TAction> _writer;
    private readonly Tape[] _tapes;
    private readonly int _observationLength;
    private readonly int _actionLength;

    /// <summary>Watches an environment.</summary>
    /// <param name="inner">The environment.</param>
    /// <param name="writer">Receives the episodes; it stays the caller's to dispose of.</param>
    public EpisodeRecorder(IVectorEnvironment<TObservation, TAction> inner, EpisodeWriter<TObservation, TAction> writer)
    {
        _inner = Require.NotNull(inner);
        _writer = Require.NotNull(writer);
        _observationLength = inner.ObservationSpace.Length;
        _actionLength = inner.ActionSpace.Length;
        _tapes = new Tape[inner.Count];
        for (int i = 0; i < _tapes.Length; i++)
            _tapes[i] = new Tape(_observationLength, _actionLength);
    }

    /// <summary>Every how many episodes of an environment one is written: the first, and so on. Default: 1, all.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is smaller than 1.</exception>
    public int Every { get; init => field = Require.Positive(value); } = 1;

    /// <inheritdoc/>
    public int Count => _inner.Count;

    /// <inheritdoc/>
    public Space<TObservation> ObservationSpace => _inner.ObservationSpace;

    /// <inheritdoc/>
    public Space<TAction> ActionSpace => _inner.ActionSpace;

    /// <inheritdoc/>
    public void Reset(RandomKey key, Span<TObservation> observations)
    {
        _inner.Reset(key, observations);
        for (int i = 0; i < _tapes.Length; i++)
            _tapes[i].Begin(0, observations.Slice(i * _observationLength, _observationLength));
    }

    /// <inheritdoc/>
    public void Restart(int index, Span<TObservation> observation)
    {
        _inner.Restart(index, observation);
        End(index, false, true, observation);
    }

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<TAction> actions, in StepOutput<TObservation> output)
    {
        _inner.Step(actions, output);
        for (int i = 0; i < _tapes.Length; i++)
        {
            bool ended = output.Terminated[i] || output.Truncated[i];
            Span<TObservation> next = output.Observations.Slice(i * _observationLength, _observationLength);
            _tapes[i].Add(actions.Slice(i * _actionLength, _actionLength), output.Rewards[i], ended ? output.FinalObservations.Slice(i * _observationLength, _observationLength) : next);
            if (ended)
                End(i, output.Terminated[i], output.Truncated[i], next);
        }
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(_inner);
        foreach (Tape tape in _tapes)
            archive.Transfer(tape);
    }

    private void End(int index, bool terminated, bool truncated, ReadOnlySpan<TObservation> next)
    {
        Tape tape = _tapes[index];
        if (tape.Length > 0 && tape.Number % Every == 0)
            _writer.Write(index, tape.Number, tape.Observations, tape.Actions, tape.Rewards, terminated, truncated);
        tape.Begin(tape.Number + 1, next);
    }

    /// <summary>The running episode of one environment.</summary>
    private sealed class Tape(int observationLength, int actionLength) : IPersistent
    {
        private TObservation[] _observations = new TObservation[32 * observationLength];
        private TAction[] _actions = new TAction[31 * actionLength];
        private double[] _rewards = new double[31];
        private int _length;
        private long _number;

        public int Length => _length;

        public long Number => _number;

        public ReadOnlySpan<TObservation> Observations => _observations.AsSpan(0, (_length + 1) * observationLength);

        public ReadOnlySpan<TAction> Actions => _actions.AsSpan(0, _length * actionLength);

        public ReadOnlySpan<double> Rewards => _rewards.AsSpan(0, _length);

        public void Begin(long number, ReadOnlySpan<TObservation> observation)
        {
            _number = number;
            _length = 0;
            observation.CopyTo(_observations);
        }

        public void Add(ReadOnlySpan<TAction> action, double reward, ReadOnlySpan<TObservation> observation)
        {
            if (_length == _rewards.Length)
            {
                int capacity = Math.Max(31, checked(2 * _length));
                Array.Resize(ref _rewards, capacity);
                Array.Resize(ref _actions, checked(capacity * actionLength));
                Array.Resize(ref _observations, checked((capacity + 1) * observationLength));
            }

            action.CopyTo(_actions.AsSpan(_length * actionLength));
            _rewards[_length++] = reward;
            observation.CopyTo(_observations.AsSpan(_length * observationLength));
        }

        public void Persist(StateArchive archive)
        {
            archive.Transfer(ref _number);
            archive.Transfer(ref _length);

            // Only what was played: longer episodes of before are no part of the state.
            TObservation[] observations = archive.IsLoading ? [] : Observations.ToArray();
            TAction[] actions = archive.IsLoading ? [] : Actions.ToArray();
            double[] rewards = archive.IsLoading ? [] : Rewards.ToArray();
            archive.Transfer(ref observations);
            archive.Transfer(ref actions);
            archive.Transfer(ref rewards);
            if (archive.IsLoading)
                (_observations, _actions, _rewards) = (observations, actions, rewards);
        }
    }
}
