using OptiCore.Differentiation;
using OptiCore.Optimizers;

namespace OptiCore.RL.Tests;

/// <content>Agents that learn what to learn: from demonstrations and from preferences.</content>
public partial class AgentConformanceTests
{
    private static Row[] Rewarded =>
    [
        new Row<float, float>(
            new Gail
            {
                Demonstrations = Echoes(),
                Learner = SmallTd3 with { TargetNoise = 0 },
                Replay = Recent,
                Discriminator = Torso.Tanh(16, 16),
                BatchSize = 32,

                // Values of a reward that still moves lag behind it: it comes to rest.
                Optimizer = new Adam { LearningRate = Schedule.Linear(3e-3, 0, 5_000) },
            },
            Worlds.Echo, 20_000, state => ImitatedValue((GailState)state), Worlds.EndlessEcho)
        {
            ValueSteps = 40_000,
            Random = (2.5, 5),
            Reached = 9,
        },
        new Row<float, float>(
            new Pebble
            {
                Teacher = new EchoTeacher(),
                Learner = SmallSac with { UpdatesPerTransition = 0.5, Temperature = 3e-4 },
                Rewards = new PreferenceModel { Torso = Torso.Tanh(32, 32), SegmentLength = 5, Capacity = 400, BatchSize = 32, MaxEpochs = 30, TargetAccuracy = 0.95, Optimizer = Brisk },
                PretrainingSteps = 40,
                QueryInterval = 1_000,
                QueriesPerSession = 100,
                MaxQueries = 400,
                UpdatesAfterReset = 20,
            },
            Worlds.Echo, 20_000, state => PreferredValue((PebbleState)state), Worlds.EndlessEcho)
        {
            ValueSteps = 24_000,
            Random = (2.5, 5),
            Reached = 8.5,
            Explored = 8,
        },
    ];

    /// <summary>Numbers that are answered by the same.</summary>
    private static ReplayBuffer<float, float> Echoes()
    {
        var data = new ReplayBuffer<float, float>(new ReplayOptions { Capacity = 200 }, 1, 1);
        for (int i = 0; i < 200; i++)
        {
            float shown = (i / 99.5f) - 1;
            data.Add(new Transition<float, float> { Observations = [shown], Actions = [shown], Rewards = [0], Terminated = [false], Truncated = [true], NextObservations = [shown] });
        }

        return data;
    }

    /// <summary>The value of the endless world where the reward is learnt, in units of the reward that the policy gets there.</summary>
    private static double ImitatedValue(GailState state)
    {
        float[] action = new float[1], reward = new float[1];
        state.Act([1], action);
        state.Judge([1], action, reward);
        var learner = (Td3State)state.Learner;
        return Number(learner.Critics, p => learner.Value(p, Ones, action[0] * Ones)) / reward[0];
    }

    private static double PreferredValue(PebbleState state)
    {
        float[] action = new float[1], reward = new float[1];
        state.Act([1], action);
        state.Rewards.Rewards([1], action, reward);
        return Number(state.Learner.Critics, p => state.Learner.Value(p, Ones, action[0] * Ones)) / reward[0];
    }

    /// <summary>Prefers actions that are nearer to what was observed, whatever was paid for them: in the endless world all pay the same.</summary>
    private sealed class EchoTeacher : IPreferenceTeacher
    {
        public Preference Compare(in TrajectorySegment first, in TrajectorySegment second, RandomKey key) => Distance(first) < Distance(second) ? Preference.First : Preference.Second;

        private static double Distance(in TrajectorySegment segment)
        {
            double sum = 0;
            for (int t = 0; t < segment.Actions.Length; t++)
                sum += Math.Abs(segment.Actions[t] - segment.Observations[t]);
            return sum;
        }
    }
}
