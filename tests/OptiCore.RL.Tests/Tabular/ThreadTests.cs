using OptiCore.Persistence;

namespace OptiCore.RL.Tests.Tabular;

/// <summary>Environments may step in several threads; what is learnt does not depend on it.</summary>
public class ThreadTests
{
    [Fact]
    public void Every_agent_learns_the_same_bits_whatever_number_of_threads_steps_its_environments()
    {
        IAgent<int, int>[] agents =
        [
            new QLearning(), new DoubleQLearning(), new Sarsa { Lambda = 0.7 }, new ExpectedSarsa(), new WatkinsQLambda(), new PengQLambda(), new TreeBackup(), new QSigma(), new DynaQ { CuriosityBonus = 0.1 },
            new PrioritizedSweeping(), new DifferentialQLearning { CenteringRate = 0.1 }, new UcbValueIteration { Horizon = 5, BonusScale = 0.01 }, new Psrl { Horizon = 5 },
        ];
        foreach (IAgent<int, int> agent in agents)
        {
            TrainingRun<int, int> serial = agent.Start(new EnvironmentArray<int, int>(6, () => new Ring()), RandomKey.FromSeed(1));
            TrainingRun<int, int> threads = agent.Start(new EnvironmentArray<int, int>(6, () => new Ring(), Workers.Threads(3)), RandomKey.FromSeed(1));
            serial.Train(1200);
            threads.Train(1200);
            Assert.True(serial.Episodes > 20);
            Assert.Equal(StateArchive.Save(serial.State), StateArchive.Save(threads.State));
        }
    }

    /// <summary>Five states in a ring with a random wind; a step to the first one ends, or the seventh is the last.</summary>
    private sealed class Ring : IEnvironment<int, int>
    {
        private RandomStream _stream;
        private int _state;
        private int _steps;

        public Space<int> ObservationSpace { get; } = new Discrete(5);

        public Space<int> ActionSpace { get; } = new Discrete(2);

        public void Reset(RandomKey key, Span<int> observation)
        {
            _stream = key.Stream();
            _steps = 0;
            observation[0] = _state = 1 + _stream.NextInt32(4);
        }

        public StepOutcome Step(ReadOnlySpan<int> action, Span<int> observation)
        {
            _state = (_state + (action[0] == 0 ? 4 : 1) + (_stream.NextDouble() < 0.2 ? 1 : 0)) % 5;
            observation[0] = _state;
            return new StepOutcome(_state == 0 ? 1 : -0.1, _state == 0, ++_steps == 7);
        }
    }
}
