using System.Globalization;
using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// Makes a vectorised environment of single ones. With <see cref="IWorkers"/> of more than one thread the environments step at the same time; results are
/// the same for any number. That pays where a step costs microseconds or more: handing work to threads isn't free, and it allocates, which the serial worker doesn't.
/// </summary>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed class EnvironmentArray<TObservation, TAction> : IVectorEnvironment<TObservation, TAction>
    where TObservation : unmanaged
    where TAction : unmanaged
{
    private readonly IEnvironment<TObservation, TAction>[] _environments;
    private readonly EpisodeKeys _keys;
    private readonly IWorkers _workers;
    private readonly Action<int> _stepOne;
    private readonly StepBuffers<TObservation> _buffers;
    private readonly TAction[] _actions;
    private readonly int _observationLength;
    private readonly int _actionLength;

    /// <summary>Creates the environments.</summary>
    /// <param name="count">How many.</param>
    /// <param name="create">Creates one; called <paramref name="count"/> times, so that no two share state.</param>
    /// <param name="workers">Who steps them; by default this thread.</param>
    /// <exception cref="ArgumentException">The environments differ in their spaces.</exception>
    public EnvironmentArray(int count, Func<IEnvironment<TObservation, TAction>> create, IWorkers? workers = null)
    {
        ArgumentNullException.ThrowIfNull(create);
        _keys = new EpisodeKeys(count);
        _environments = new IEnvironment<TObservation, TAction>[count];
        for (int i = 0; i < count; i++)
        {
            _environments[i] = Require.NotNull(create(), nameof(create));
            if (!_environments[i].ObservationSpace.Equals(ObservationSpace) || !_environments[i].ActionSpace.Equals(ActionSpace))
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Environment {i} has other spaces than environment 0."), nameof(create));
        }

        _workers = workers ?? Workers.Serial;
        _stepOne = StepOne;
        _observationLength = ObservationSpace.Length;
        _actionLength = ActionSpace.Length;
        _buffers = new StepBuffers<TObservation>(count, _observationLength);
        _actions = new TAction[count * _actionLength];
    }

    /// <inheritdoc/>
    public int Count => _environments.Length;

    /// <inheritdoc/>
    public Space<TObservation> ObservationSpace => _environments[0].ObservationSpace;

    /// <inheritdoc/>
    public Space<TAction> ActionSpace => _environments[0].ActionSpace;

    /// <summary>One of the single environments.</summary>
    /// <param name="index">Which.</param>
    public IEnvironment<TObservation, TAction> this[int index] => _environments[index];

    /// <inheritdoc/>
    public void Reset(RandomKey key, Span<TObservation> observations)
    {
        Require.Length(observations.Length, Count * _observationLength, nameof(observations));
        _keys.Reset(key);
        for (int i = 0; i < Count; i++)
            _environments[i].Reset(_keys.Current(i), observations.Slice(i * _observationLength, _observationLength));
    }

    /// <inheritdoc/>
    public void Restart(int index, Span<TObservation> observation)
    {
        Require.Length(observation.Length, _observationLength, nameof(observation));
        _keys.EnsureStarted();
        _environments[index].Reset(_keys.Next(index), observation);
    }

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<TAction> actions, in StepOutput<TObservation> output)
    {
        Require.Length(actions.Length, _actions.Length, nameof(actions));
        output.Check(Count, _observationLength);
        _keys.EnsureStarted();
        ActionCheck.Check(ActionSpace, actions);
        actions.CopyTo(_actions);
        _workers.ForEach(Count, _stepOne);
        _buffers.Observations.CopyTo(output.Observations);
        _buffers.Rewards.CopyTo(output.Rewards);
        _buffers.Terminated.CopyTo(output.Terminated);
        _buffers.Truncated.CopyTo(output.Truncated);
        for (int i = 0; i < Count; i++)
        {
            if (_buffers.Terminated[i] || _buffers.Truncated[i])
                _buffers.FinalObservation(i).CopyTo(output.FinalObservations[(i * _observationLength)..]);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="NotSupportedException">The single environments can't be saved.</exception>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Expect(Count, "a number of environments of");
        archive.Transfer(_keys);
        foreach (IEnvironment<TObservation, TAction> environment in _environments)
        {
            archive.Transfer(environment as IPersistent ?? throw new NotSupportedException(
                $"{environment.GetType().Name} can't be saved or loaded: it doesn't implement {nameof(IPersistent)}."));
        }
    }

    private void StepOne(int i)
    {
        IEnvironment<TObservation, TAction> environment = _environments[i];
        Span<TObservation> observation = _buffers.Observation(i);
        StepOutcome outcome = environment.Step(_actions.AsSpan(i * _actionLength, _actionLength), observation);
        _buffers.Rewards[i] = outcome.Reward;
        _buffers.Terminated[i] = outcome.Terminated;
        _buffers.Truncated[i] = outcome.Truncated;
        if (outcome.Terminated || outcome.Truncated)
        {
            observation.CopyTo(_buffers.FinalObservation(i));
            environment.Reset(_keys.Next(i), observation);
        }
    }
}
