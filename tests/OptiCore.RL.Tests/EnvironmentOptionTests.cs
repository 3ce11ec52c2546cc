using System.Text.Json;
using OptiCore.RL.Environments;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests;

/// <summary>The options of Gymnasium's environments, against what Gymnasium does with them.</summary>
public class EnvironmentOptionTests
{
    private const string File = "gymnasium/options.json";

    [Fact]
    public void The_slippery_cliff_is_the_recorded_table() => IsTable("CliffWalkingSlippery-v1", CliffWalking.CreateSlippery().Model);

    [Fact]
    public void A_lake_with_other_rates_and_rewards_is_the_recorded_table() => IsTable(
        "FrozenLake-v1 success_rate 0.7, rewards 10, -5, -0.5",
        FrozenLake.Model(FrozenLake.Map4x4, successRate: 0.7, rewards: new FrozenLakeRewards { Goal = 10, Hole = -5, Ice = -0.5 }));

    [Fact]
    public void The_rainy_taxi_is_the_recorded_table() => IsTable("Taxi-v4 rainy 0.6, destination 2", Taxi.CreateRainy(1, 0.6).Model, 2, 4);

    [Fact]
    public void The_taxis_mask_is_the_recorded_one()
    {
        JsonElement masks = Reference.Cases("golden/05_gym_toy_text.json")["Taxi/action_mask"].GetProperty("mask");
        bool[] mask = new bool[6];
        for (int state = 0; state < 500; state++)
        {
            Taxi.ActionMask(state, mask);
            Assert.Equal(masks[state].EnumerateArray().Select(x => x.GetInt32() == 1), mask);
        }
    }

    public static TheoryData<int> Episodes { get; } = [.. Enumerable.Range(0, Reference.Json(File).GetProperty("episodes").GetArrayLength())];

    [Theory]
    [MemberData(nameof(Episodes))]
    public void A_recorded_episode_with_options_is_replayed(int index)
    {
        JsonElement episode = Reference.Json(File).GetProperty("episodes")[index], options = episode.GetProperty("options");
        double[] s = episode.Numbers("start");
        switch (episode.GetProperty("environment").GetString())
        {
            case "CartPole-v1":
                var cartPole = new CartPole { SuttonBartoReward = true };
                Replay<int>(cartPole, episode, a => (int)a, () => cartPole.SetState(0, new CartPoleState(s[0], s[1], s[2], s[3])), () => cartPole.GetState(0) is var c ? [c.Position, c.Velocity, c.Angle, c.AngularVelocity] : []);
                break;
            case "Pendulum-v1":
                var pendulum = new Pendulum { Gravity = options.Number("g") };
                Replay(pendulum, episode, a => (float)a, () => pendulum.SetState(0, new PendulumState(s[0], s[1])), () => pendulum.GetState(0) is var p ? [p.Angle, p.AngularVelocity] : []);
                break;
            case "MountainCar-v0":
                var car = new MountainCar { GoalVelocity = options.Number("goal_velocity") };
                Replay(car, episode, a => (int)a, () => car.SetState(0, new MountainCarState(s[0], s[1])), () => car.GetState(0) is var m ? [m.Position, m.Velocity] : []);
                break;
            default:
                var acrobot = new Acrobot { Equations = AcrobotEquations.Paper };
                Replay(acrobot, episode, a => (int)a, () => acrobot.SetState(0, new AcrobotState(s[0], s[1], s[2], s[3])), () => acrobot.GetState(0) is var a ? [a.Angle1, a.Angle2, a.Velocity1, a.Velocity2] : []);
                break;
        }
    }

    [Fact]
    public void A_disturbed_torque_is_uniform_between_its_bounds()
    {
        // From rest the second link's velocity after one step is monotone in the torque: the extremes of undisturbed torques bound it, and its mean is that without noise.
        const int Count = 4000;
        Acrobot noisy = new(Count) { TorqueNoise = 0.5 }, still = new(1);
        StepBuffers<float> buffers = noisy.CreateBuffers(), one = still.CreateBuffers();
        noisy.Reset(RandomKey.FromSeed(1), buffers);
        still.Reset(RandomKey.FromSeed(1), one);
        for (int i = 0; i < Count; i++)
            noisy.SetState(i, default);
        still.SetState(0, default);
        int[] torque = new int[Count];
        Array.Fill(torque, 2);
        noisy.Step(torque, buffers);
        still.Step([2], one);
        double full = still.GetState(0).Velocity2;
        double[] velocities = [.. Enumerable.Range(0, Count).Select(i => noisy.GetState(i).Velocity2 / full)];
        Assert.InRange(velocities.Min(), 0.5 - 1e-3, 0.51);
        Assert.InRange(velocities.Max(), 1.49, 1.5 + 1e-3);

        // A uniform number of [0.5, 1.5) has a deviation of 0.29; the pull of gravity within the step is of the order 1e-3.
        Assert.InRange(velocities.Average(), 1 - (4 * 0.29 / Math.Sqrt(Count)) - 1e-3, 1 + (4 * 0.29 / Math.Sqrt(Count)) + 1e-3);
    }

    [Fact]
    public void A_fickle_passenger_changes_the_destination_once_and_only_in_its_share_of_episodes()
    {
        const int Count = 9000;
        var environment = new FickleTaxi(Count);
        StepBuffers<int> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(3), buffers);

        // The passenger is inside, the taxi in the middle, the destination R (0). The first step is blocked by nothing; the second moves again.
        int start = Taxi.Encode(2, 2, 4, 0);
        for (int i = 0; i < Count; i++)
            environment.SetState(i, start);
        int[] north = new int[Count], pickUp = new int[Count], south = new int[Count];
        Array.Fill(north, 1);
        Array.Fill(pickUp, 4);
        environment.Step(pickUp, buffers);
        Assert.All(buffers.Observations, state => Assert.Equal(start, state));
        environment.Step(north, buffers);
        int[] after = [.. buffers.Observations];
        int[] counts = new int[4];
        foreach (int state in after)
        {
            Assert.Equal((1, 2, 4), (Taxi.Decode(state).Row, Taxi.Decode(state).Column, Taxi.Decode(state).Passenger));
            counts[Taxi.Decode(state).Destination]++;
        }

        // 30 % of passengers, a third each to the three other places: 900 with a deviation of 28.
        for (int destination = 1; destination <= 3; destination++)
            Assert.InRange(counts[destination], 900 - 115, 900 + 115);
        environment.Step(south, buffers);
        Assert.Equal(after.Select(state => Taxi.Decode(state).Destination), buffers.Observations.Select(state => Taxi.Decode(state).Destination));
    }

    [Fact]
    public void A_passenger_who_changes_at_the_time_limit_does_so_in_the_final_observation()
    {
        var environment = new FickleTaxi(1, fickleProbability: 1);
        StepBuffers<int> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(3), buffers);
        environment.SetState(0, Taxi.Encode(2, 2, 4, 0));
        for (int t = 0; t < 199; t++)
            environment.Step([4], buffers);
        environment.Step([1], buffers);
        Assert.True(buffers.Truncated[0]);
        Assert.Equal((1, 2, 4), (Taxi.Decode(buffers.FinalObservations[0]).Row, Taxi.Decode(buffers.FinalObservations[0]).Column, Taxi.Decode(buffers.FinalObservations[0]).Passenger));
        Assert.NotEqual(0, Taxi.Decode(buffers.FinalObservations[0]).Destination);
        Assert.NotEqual(4, Taxi.Decode(buffers.Observations[0]).Passenger);
    }

    [Fact]
    public void Wrong_options_are_refused_by_name()
    {
        Assert.Equal("GoalVelocity", Assert.Throws<ArgumentOutOfRangeException>(() => new MountainCar { GoalVelocity = double.NaN }).ParamName);
        Assert.Equal("GoalVelocity", Assert.Throws<ArgumentOutOfRangeException>(() => new MountainCarContinuous { GoalVelocity = double.NegativeInfinity }).ParamName);
        Assert.Equal("Gravity", Assert.Throws<ArgumentOutOfRangeException>(() => new Pendulum { Gravity = double.PositiveInfinity }).ParamName);
        Assert.Equal("TorqueNoise", Assert.Throws<ArgumentOutOfRangeException>(() => new Acrobot { TorqueNoise = -1 }).ParamName);
        Assert.Equal("Equations", Assert.Throws<ArgumentOutOfRangeException>(() => new Acrobot { Equations = (AcrobotEquations)7 }).ParamName);
        Assert.Equal("MaxEpisodeSteps", Assert.Throws<ArgumentOutOfRangeException>(() => new Pendulum { MaxEpisodeSteps = 0 }).ParamName);
        Assert.Equal("Ice", Assert.Throws<ArgumentOutOfRangeException>(() => new FrozenLakeRewards { Ice = double.NaN }).ParamName);
        Assert.Equal("fickleProbability", Assert.Throws<ArgumentOutOfRangeException>(() => new FickleTaxi(1, 1.5)).ParamName);
        Assert.Equal("intendedProbability", Assert.Throws<ArgumentOutOfRangeException>(() => Taxi.RainyModel(-0.1)).ParamName);
        Assert.Equal("count", Assert.Throws<ArgumentOutOfRangeException>(() => new Acrobot(0)).ParamName);
    }

    private static void Replay<TAction>(IVectorEnvironment<float, TAction> environment, JsonElement episode, Func<double, TAction> convert, Action setState, Func<double[]> state)
        where TAction : unmanaged
    {
        StepBuffers<float> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(0), buffers);
        setState();
        double[] actions = episode.Numbers("actions"), rewards = episode.Numbers("reward");
        JsonElement[] states = [.. episode.GetProperty("state").EnumerateArray()];
        for (int t = 0; t < actions.Length; t++)
        {
            bool last = t == actions.Length - 1;
            environment.Step([convert(actions[t])], buffers);
            Promises.Close(rewards[t], buffers.Rewards[0], 1e-11, 0, $"reward {t}");
            Assert.Equal(last && episode.GetProperty("terminated").GetBoolean(), buffers.Terminated[0]);
            Assert.Equal(last && episode.GetProperty("truncated").GetBoolean(), buffers.Truncated[0]);
            if (buffers.Terminated[0] || buffers.Truncated[0])
                continue;
            double[] expected = states[t].Numbers(), actual = state();
            for (int j = 0; j < expected.Length; j++)
                Promises.Close(expected[j], actual[j], 1e-11, 1e-11, $"state {t}, element {j}");
        }
    }

    private static void IsTable(string name, TabularModel model, int first = 0, int stride = 1)
    {
        JsonElement[] rows = [.. Reference.Json(File).GetProperty("tables").GetProperty(name).EnumerateArray()];
        Assert.Equal(model.States / stride, rows.Length);
        for (int row = 0; row < rows.Length; row++)
        {
            for (int action = 0; action < model.Actions; action++)
            {
                TabularOutcome[] expected = [.. rows[row][action].EnumerateArray().Select(o => new TabularOutcome(o[0].GetDouble(), o[1].GetInt32(), o[2].GetDouble(), o[3].GetInt32() == 1))];
                Assert.Equal(expected, model.Outcomes(first + (row * stride), action).ToArray());
            }
        }
    }
}
