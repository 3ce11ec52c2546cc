using OptiCore.Persistence;
using OptiCore.RL.Environments;

namespace OptiCore.RL.Tests;

/// <summary>The checker is shown environments with one mistake each and has to name it.</summary>
public class EnvironmentCheckTests
{
    private static int _calls;

    [Theory]
    [InlineData(EnvironmentFault.Arguments)]
    [InlineData(EnvironmentFault.Observation)]
    [InlineData(EnvironmentFault.Reward)]
    [InlineData(EnvironmentFault.NotWritten)]
    [InlineData(EnvironmentFault.FinalObservation)]
    [InlineData(EnvironmentFault.Autoreset)]
    [InlineData(EnvironmentFault.Determinism)]
    [InlineData(EnvironmentFault.Count)]
    [InlineData(EnvironmentFault.Persistence)]
    [InlineData(EnvironmentFault.Reset)]
    [InlineData(EnvironmentFault.Allocation)]
    public void A_mistake_of_a_vectorised_environment_is_named(EnvironmentFault fault)
    {
        EnvironmentFinding finding = Assert.Single(EnvironmentCheck.Run<int, int>(count => new Broken(count, fault), RandomKey.FromSeed(2)));
        Assert.Equal(fault, finding.Fault);
        Assert.EndsWith(".", finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_count_is_named() =>
        Assert.Equal(EnvironmentFault.Shape, Assert.Single(EnvironmentCheck.Run<int, int>(_ => FrozenLake.Create(2), RandomKey.FromSeed(2))).Fault);

    [Fact]
    public void An_unbroken_environment_passes() =>
        Assert.Empty(EnvironmentCheck.Run<int, int>(count => new Broken(count, null), RandomKey.FromSeed(2)));

    [Fact]
    public void Mistakes_of_a_single_environment_are_named()
    {
        Assert.Equal(EnvironmentFault.Observation, Only(() => new Walk { Step = -1 }));
        Assert.Equal(EnvironmentFault.Reward, Only(() => new Walk { Reward = double.NaN }));
        Assert.Equal(EnvironmentFault.Persistence, Only(() => new Walk()));
    }

    [Fact]
    public void An_observation_that_is_not_a_number_is_named_with_its_place()
    {
        EnvironmentFinding finding = Assert.Single(EnvironmentCheck.Run(() => new Walk { Step = float.NaN }, RandomKey.FromSeed(2)));
        Assert.Equal(EnvironmentFault.Observation, finding.Fault);
        Assert.Contains("step 0", finding.Message, StringComparison.Ordinal);
        Assert.EndsWith("Element 0 isn't a number.", finding.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Carelessness.StepsBeforeReset, EnvironmentFault.Arguments, "before the first reset")]
    [InlineData(Carelessness.TakesAnyAction, EnvironmentFault.Arguments, "the action (-1) of environment 2")]
    [InlineData(Carelessness.RestartsIntoAnyLength, EnvironmentFault.Arguments, "Restart accepts a span of 4 elements")]
    [InlineData(Carelessness.LeavesAnElement, EnvironmentFault.NotWritten, "element 2 of the observation")]
    public void A_careless_vectorised_environment_is_told_what_it_did(Carelessness carelessness, EnvironmentFault fault, string expected)
    {
        EnvironmentFinding finding = Assert.Single(EnvironmentCheck.Run<float, int>(count => new Careless(count, carelessness), RandomKey.FromSeed(2)));
        Assert.Equal(fault, finding.Fault);
        Assert.Contains(expected, finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_environment_of_careful_habits_passes() =>
        Assert.Empty(EnvironmentCheck.Run<float, int>(count => new Careless(count, Carelessness.None), RandomKey.FromSeed(2)));

    [Theory]
    [InlineData(float.NaN, 1, "The observation of environment 1 in step 1 is (NaN), which is outside")]
    [InlineData(-0.2f, 1, "The observation of environment 0 in step 1 is (-0.2), which is outside")]
    [InlineData(0.2f, double.NaN, "The reward of environment 0 in step 1 is NaN")]
    [InlineData(0.8f, 1, "The final observation of environment 0 in step 2 is (1.6), which is outside")]
    public void A_watched_environment_throws_at_the_first_wrong_thing(float step, double reward, string expected)
    {
        int created = 0;
        var environment = new CheckedEnvironment<float, int>(new EnvironmentArray<float, int>(2, () => new Walk { Step = float.IsNaN(step) && created++ == 0 ? 0.1f : step, Reward = reward }));
        StepBuffers<float> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(1), buffers);
        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(() =>
        {
            for (int t = 0; t < 5; t++)
                environment.Step([0, 0], buffers);
        });
        Assert.StartsWith(expected, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_exception_of_the_environment_reaches_the_caller() =>
        Assert.Throws<TimeoutException>(() => EnvironmentCheck.Run(() => new Walk { Throws = true }, RandomKey.FromSeed(2)));

    private static EnvironmentFault Only(Func<Walk> create) => Assert.Single(EnvironmentCheck.Run(create, RandomKey.FromSeed(2))).Fault;

    /// <summary>A walk of five steps to the right, written as a user would; it can't be saved.</summary>
    private sealed class Walk : IEnvironment<float, int>
    {
        private float _position;

        public float Step { get; init; } = 0.2f;

        public double Reward { get; init; } = 1;

        public bool Throws { get; init; }

        public Space<float> ObservationSpace { get; } = new Box(0, 1.5f, 1);

        public Space<int> ActionSpace { get; } = new Discrete(2);

        public void Reset(RandomKey key, Span<float> observation) => observation[0] = _position = 0;

        StepOutcome IEnvironment<float, int>.Step(ReadOnlySpan<int> action, Span<float> observation)
        {
            if (Throws)
                throw new TimeoutException();
            observation[0] = _position += Step;
            return new StepOutcome(Reward, _position >= 1);
        }
    }

    /// <summary>A frozen lake that makes one mistake.</summary>
    private sealed class Broken(int count, EnvironmentFault? fault) : IVectorEnvironment<int, int>
    {
        private readonly TabularEnvironment _inner = FrozenLake.Create(count);
        private readonly int[] _final = new int[count];
        private readonly double[] _rewards = new double[count];
        private byte[] _garbage = [];
        private bool _played;

        public int Count => count;

        public Space<int> ObservationSpace => _inner.ObservationSpace;

        public Space<int> ActionSpace => _inner.ActionSpace;

        public void Reset(RandomKey key, Span<int> observations)
        {
            RandomKey used = fault == EnvironmentFault.Count ? key.Fold(count) : fault == EnvironmentFault.Reset && _played ? key.Fold("again") : key;
            _inner.Reset(used, fault == EnvironmentFault.Arguments ? observations[..count] : observations);
        }

        public void Restart(int index, Span<int> observation)
        {
            _inner.Restart(index, observation);
            if (fault == EnvironmentFault.Autoreset)
                observation[0] = 1;
        }

        public void Step(ReadOnlySpan<int> actions, in StepOutput<int> output)
        {
            _played = true;
            if (fault == EnvironmentFault.Allocation)
                _garbage = new byte[_garbage.Length + 1];
            _inner.Step(actions, new StepOutput<int>
            {
                Observations = output.Observations,
                Rewards = fault == EnvironmentFault.NotWritten ? _rewards : output.Rewards,
                Terminated = output.Terminated,
                Truncated = output.Truncated,
                FinalObservations = fault == EnvironmentFault.FinalObservation ? _final : output.FinalObservations,
            });
            switch (fault)
            {
                case EnvironmentFault.Observation:
                    output.Observations[0] = 16;
                    break;
                case EnvironmentFault.Reward:
                    output.Rewards[0] = double.NegativeInfinity;
                    break;
                case EnvironmentFault.Determinism:
                    output.Rewards[0] = Interlocked.Increment(ref _calls);
                    break;
            }
        }

        public void Persist(StateArchive archive)
        {
            if (fault != EnvironmentFault.Persistence)
                archive.Transfer(_inner);
        }
    }

    public enum Carelessness
    {
        None,
        StepsBeforeReset,
        TakesAnyAction,
        RestartsIntoAnyLength,
        LeavesAnElement,
    }

    /// <summary>Counts its steps in an observation of three elements; episodes last ten of them.</summary>
    private sealed class Careless(int count, Carelessness carelessness) : IVectorEnvironment<float, int>
    {
        private readonly EpisodeKeys _keys = new(count);
        private readonly int[] _steps = new int[count];

        public int Count => count;

        public Space<float> ObservationSpace { get; } = new Box(0, 10, 3);

        public Space<int> ActionSpace { get; } = new Discrete(2);

        public void Reset(RandomKey key, Span<float> observations)
        {
            Require.Length(observations.Length, 3 * count, nameof(observations));
            _keys.Reset(key);
            Array.Clear(_steps);
            observations.Clear();
        }

        public void Restart(int index, Span<float> observation)
        {
            if (carelessness != Carelessness.RestartsIntoAnyLength)
                Require.Length(observation.Length, 3, nameof(observation));
            _keys.Next(index);
            _steps[index] = 0;
            observation.Clear();
        }

        public void Step(ReadOnlySpan<int> actions, in StepOutput<float> output)
        {
            Require.Length(actions.Length, count, nameof(actions));
            output.Check(count, 3);
            if (carelessness != Carelessness.StepsBeforeReset)
                _keys.EnsureStarted();
            if (carelessness != Carelessness.TakesAnyAction && actions.ContainsAnyExceptInRange(0, 1))
                throw new ArgumentException("An action is neither 0 nor 1.", nameof(actions));
            output.Terminated.Clear();
            output.Rewards.Fill(1);
            for (int i = 0; i < count; i++)
            {
                Span<float> observation = output.Observations.Slice(3 * i, 3);
                bool ended = output.Truncated[i] = ++_steps[i] == 10;
                observation[..(carelessness == Carelessness.LeavesAnElement ? 2 : 3)].Fill(_steps[i]);
                if (!ended)
                    continue;
                observation.CopyTo(output.FinalObservations[(3 * i)..]);
                Restart(i, observation);
            }
        }

        public void Persist(StateArchive archive)
        {
            archive.Transfer(_keys);
            archive.Transfer<int>(_steps);
        }
    }
}
