using System.Globalization;
using OptiCore.Persistence;

namespace OptiCore.RL.Environments;

/// <summary>
/// Plays a <see cref="TabularModel"/>: observations are states, actions are action numbers. Gridworlds and other small worlds are models, and this is their common engine.
/// </summary>
/// <remarks>
/// An outcome is drawn by inversion: the first one whose cumulative probability exceeds a uniform number. A step with one possible outcome draws nothing.
/// Nothing is allocated by <see cref="Step"/>.
/// </remarks>
public sealed class TabularEnvironment : IVectorEnvironment<int, int>
{
    private readonly TabularModel _model;
    private readonly EpisodeKeys _keys;
    private readonly RandomStream[] _streams;
    private readonly int[] _states;
    private readonly int[] _steps;

    /// <summary>Creates the environments; reset them before the first step.</summary>
    /// <param name="model">The world.</param>
    /// <param name="count">The number of environments.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is smaller than 1.</exception>
    public TabularEnvironment(TabularModel model, int count = 1)
    {
        _model = Require.NotNull(model);
        Count = Require.Positive(count, nameof(count));
        _keys = new EpisodeKeys(count);
        _streams = new RandomStream[count];
        _states = new int[count];
        _steps = new int[count];
        ObservationSpace = new Discrete(model.States);
        ActionSpace = new Discrete(model.Actions);
    }

    /// <summary>The step after which an episode is truncated. Default: none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The limit is smaller than 1.</exception>
    public int MaxEpisodeSteps { get; init => field = Require.Positive(value); } = int.MaxValue;

    /// <summary>The world that is played.</summary>
    public TabularModel Model => _model;

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public Space<int> ObservationSpace { get; }

    /// <inheritdoc/>
    public Space<int> ActionSpace { get; }

    /// <summary>The state of one environment.</summary>
    /// <param name="index">The environment.</param>
    public int GetState(int index) => _states[index];

    /// <summary>Puts one environment into a state. Its episode and the steps counted in it go on.</summary>
    /// <param name="index">The environment.</param>
    /// <param name="state">The state.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such state.</exception>
    public void SetState(int index, int state)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)state, (uint)_model.States, nameof(state));
        _states[index] = state;
    }

    /// <inheritdoc/>
    public void Reset(RandomKey key, Span<int> observations)
    {
        Require.Length(observations.Length, Count, nameof(observations));
        _keys.Reset(key);
        for (int i = 0; i < Count; i++)
            observations[i] = Begin(i, _keys.Current(i));
    }

    /// <inheritdoc/>
    public void Restart(int index, Span<int> observation)
    {
        Require.Length(observation.Length, 1, nameof(observation));
        _keys.EnsureStarted();
        observation[0] = Begin(index, _keys.Next(index));
    }

    /// <inheritdoc/>
    public void Step(ReadOnlySpan<int> actions, in StepOutput<int> output)
    {
        Require.Length(actions.Length, Count, nameof(actions));
        output.Check(Count, 1);
        _keys.EnsureStarted();
        int wrong = actions.IndexOfAnyExceptInRange(0, _model.Actions - 1);
        if (wrong >= 0)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The action of environment {wrong} is {actions[wrong]} but must be in 0..{_model.Actions - 1}."), nameof(actions));

        for (int i = 0; i < actions.Length; i++)
        {
            ReadOnlySpan<TabularOutcome> outcomes = _model.Outcomes(_states[i], actions[i]);
            ref readonly TabularOutcome outcome = ref outcomes[0];
            if (outcomes.Length > 1)
                outcome = ref Pick(outcomes, _streams[i].NextDouble());

            bool truncated = ++_steps[i] >= MaxEpisodeSteps;
            _states[i] = outcome.NextState;
            output.Observations[i] = outcome.NextState;
            output.Rewards[i] = outcome.Reward;
            output.Terminated[i] = outcome.Terminated;
            output.Truncated[i] = truncated;
            if (outcome.Terminated || truncated)
            {
                output.FinalObservations[i] = outcome.NextState;
                output.Observations[i] = Begin(i, _keys.Next(i));
            }
        }
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Expect(Count, "a number of environments of");
        archive.Expect(MaxEpisodeSteps, "a time limit of");
        archive.Expect(_model.States, "a number of states of");
        archive.Transfer(_keys);
        archive.Transfer<int>(_states);
        archive.Transfer<int>(_steps);
        for (int i = 0; i < Count; i++)
        {
            ulong position = _streams[i].Position;
            archive.Transfer(ref position);
            if (archive.IsLoading)
                _streams[i] = RandomStream.At(_keys.Current(i), position);
        }
    }

    private static ref readonly TabularOutcome Pick(ReadOnlySpan<TabularOutcome> outcomes, double uniform)
    {
        int last = outcomes.Length - 1;
        double cumulative = 0;
        for (int k = 0; k < last; k++)
        {
            cumulative += outcomes[k].Probability;
            if (cumulative > uniform)
                return ref outcomes[k];
        }

        return ref outcomes[last];
    }

    private int Begin(int index, RandomKey key)
    {
        _streams[index] = key.Stream();
        _steps[index] = 0;
        return _states[index] = PickInitial(_streams[index].NextDouble());
    }

    private int PickInitial(double uniform)
    {
        ReadOnlySpan<double> probabilities = _model.InitialProbabilities;
        double cumulative = 0;
        int last = 0;
        for (int state = 0; state < probabilities.Length; state++)
        {
            if (probabilities[state] == 0)
                continue;
            last = state;
            cumulative += probabilities[state];
            if (cumulative > uniform)
                break;
        }

        return last;
    }
}
