using OptiCore.Differentiation;

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
                Learner = SmallTd3,
                Replay = Recent,
                Discriminator = Torso.Tanh(16, 16),
                BatchSize = 32,
                PenaltyScale = 1,
                Optimizer = Brisk,
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
                Teacher = new ScriptedTeacher(),
                Learner = SmallSac,
                Rewards = new PreferenceModel { Torso = Torso.Tanh(16, 16), SegmentLength = 3, Capacity = 400, BatchSize = 32, MaxEpochs = 20, Optimizer = Brisk },
                PretrainingSteps = 500,
                QueryInterval = 1_000,
                QueriesPerSession = 40,
                MaxQueries = 200,
                UpdatesAfterReset = 20,
            },
            Worlds.Echo, 20_000, state => PreferredValue((PebbleState)state), Worlds.EndlessEcho)
        {
            ValueSteps = 40_000,
            Random = (2.5, 5),
            Reached = 9,
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
}
