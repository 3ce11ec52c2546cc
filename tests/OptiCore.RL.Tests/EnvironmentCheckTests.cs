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

        public int Count => count;

        public Space<int> ObservationSpace => _inner.ObservationSpace;

        public Space<int> ActionSpace => _inner.ActionSpace;

        public void Reset(RandomKey key, Span<int> observations) =>
            _inner.Reset(fault == EnvironmentFault.Count ? key.Fold(count) : key, fault == EnvironmentFault.Arguments ? observations[..count] : observations);

        public void Restart(int index, Span<int> observation)
        {
            _inner.Restart(index, observation);
            if (fault == EnvironmentFault.Autoreset)
                observation[0] = 1;
        }

        public void Step(ReadOnlySpan<int> actions, in StepOutput<int> output)
        {
            int[] final = new int[output.FinalObservations.Length];
            double[] rewards = new double[output.Rewards.Length];
            _inner.Step(actions, new StepOutput<int>
            {
                Observations = output.Observations,
                Rewards = fault == EnvironmentFault.NotWritten ? rewards : output.Rewards,
                Terminated = output.Terminated,
                Truncated = output.Truncated,
                FinalObservations = fault == EnvironmentFault.FinalObservation ? final : output.FinalObservations,
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
}
