using OptiCore.Persistence;

namespace OptiCore.RL.Environments;

/// <summary>
/// <see cref="Taxi"/> with fickle passengers, an option of Gymnasium's Taxi-v4: in some episodes the passenger, once picked up, wants to go elsewhere after the first move. Truncated after 200 steps.
/// </summary>
/// <remarks>
/// T. G. Dietterich (2000), "Hierarchical reinforcement learning with the MAXQ value function decomposition", section 7.1. Whether the passenger of an episode is fickle is drawn at its beginning;
/// the first step that moves the taxi with the passenger inside then replaces the destination by one of the other three, each as likely. Since that isn't seen in the state, the process
/// is no <see cref="TabularModel"/>; its moves are those of one.
/// </remarks>
public sealed class FickleTaxi : IVectorEnvironment<int, int>
{
    private const int InTaxi = 4;

    private readonly TabularEnvironment _inner;
    private readonly EpisodeKeys _keys;
    private readonly bool[] _pending;
    private readonly int[] _others;
    private readonly int[] _before;
    private readonly double _fickleProbability;

    /// <summary>Creates the environments; reset them before the first step.</summary>
    /// <param name="count">The number of environments.</param>
    /// <param name="fickleProbability">How likely the passenger of an episode is fickle.</param>
    /// <param name="intendedProbability">The probability of the intended direction: below 1 it rains.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is smaller than 1 or a probability not in [0, 1].</exception>
    public FickleTaxi(int count = 1, double fickleProbability = 0.3, double intendedProbability = 1)
    {
        _fickleProbability = Require.InClosed(fickleProbability, 0, 1, nameof(fickleProbability));
        Require.InClosed(intendedProbability, 0, 1, nameof(intendedProbability));
        _inner = new TabularEnvironment(intendedProbability < 1 ? Taxi.RainyModel(intendedProbability) : Taxi.Model(), count) { MaxEpisodeSteps = 200 };
        _keys = new EpisodeKeys(count);
        _pending = new bool[count];
        _others = new int[count];
        _before = new int[count];
    }

    /// <inheritdoc/>
    public int Count => _inner.Count;

    /// <inheritdoc/>
    public Space<int> ObservationSpace => _inner.ObservationSpace;

    /// <inheritdoc/>
    public Space<int> ActionSpace => _inner.ActionSpace;

    /// <summary>The state of one environment.</summary>
    /// <param name="index">The environment.</param>
    public int GetState(int index) => _inner.GetState(index);

    /// <summary>Puts one environment into a state. Its episode and the steps counted in it go on.</summary>
    /// <param name="index">The environment.</param>
    /// <param name="state">The state.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such state.</exception>
    public void SetState(int index, int state) => _inner.SetState(index, state);

    /// <inheritdoc/>
    public void Reset(RandomKey key, Span<int> observations)
    {
        _inner.Reset(key, observations);
        _keys.Reset(key);
        for (int i = 0; i < Count; i++)
            Begin(i, _keys.Current(i));
    }

    /// <inheritdoc/>
    public void Restart(int index, Span<int> observation)
    {
        _inner.Restart(index, observation);
        Begin(index, _keys.Next(index));
    }

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<int> actions, in StepOutput<int> output)
    {
        output.Check(Count, 1);
        for (int i = 0; i < _before.Length; i++)
            _before[i] = _inner.GetState(i);
        _inner.Step(actions, output);
        for (int i = 0; i < _before.Length; i++)
        {
            bool ended = output.Terminated[i] || output.Truncated[i];
            ref int next = ref ended ? ref output.FinalObservations[i] : ref output.Observations[i];
            (int row, int column, int passenger, int destination) = Taxi.Decode(_before[i]);
            (int nextRow, int nextColumn, int nextPassenger, _) = Taxi.Decode(next);
            if (_pending[i] && passenger == InTaxi && (row != nextRow || column != nextColumn))
            {
                _pending[i] = false;
                int elsewhere = _others[i] < destination ? _others[i] : _others[i] + 1;
                next = Taxi.Encode(nextRow, nextColumn, nextPassenger, elsewhere);
                if (!ended)
                    _inner.SetState(i, next);
            }

            if (ended)
                Begin(i, _keys.Next(i));
        }
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(_inner);
        archive.Transfer(_keys);
        archive.Transfer<bool>(_pending);
        archive.Transfer<int>(_others);
    }

    /// <summary>What the passenger is like and which of the three other places it would be are drawn at once, apart from the stream of the moves.</summary>
    private void Begin(int index, RandomKey key)
    {
        RandomStream stream = key.Fold("fickle").Stream();
        _pending[index] = stream.NextDouble() < _fickleProbability;
        _others[index] = Draw.Below(ref stream, 3);
    }
}
