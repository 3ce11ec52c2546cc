using System.Text.Json;
using OptiCore.RL.Environments;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests;

/// <summary>Episodes recorded from Gymnasium 1.2.3, replayed from their initial states.</summary>
public class ClassicControlTests
{
    private const string File = "golden/05_gym_classic_control.json";

    public static TheoryData<string> Ids { get; } =
        [.. Reference.Cases(File).Keys.Where(id => !id.StartsWith("MountainCarContinuous", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_recorded_episode_is_replayed_step_by_step(string id)
    {
        JsonElement test = Reference.Cases(File)[id];
        foreach (JsonElement episode in test.GetProperty("episodes").EnumerateArray())
            Replay(test.GetProperty("environment").GetString()!, episode);
    }

    [Fact]
    public void The_scalar_transition_of_the_cart_pole_has_the_bits_of_the_vectorised_step()
    {
        var environment = new CartPole(5);
        StepBuffers<float> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(3), buffers);
        for (int step = 0; step < 400; step++)
        {
            int[] actions = [step % 2, step / 2 % 2, 0, 1, step % 3 == 0 ? 1 : 0];
            CartPoleState[] expected = [.. Enumerable.Range(0, 5).Select(i => CartPole.Next(environment.GetState(i), actions[i]))];
            environment.Step(actions, buffers);
            for (int i = 0; i < 5; i++)
            {
                Assert.Equal(CartPole.IsTerminal(expected[i]), buffers.Terminated[i]);
                if (!buffers.Terminated[i])
                    Assert.Equal(expected[i], environment.GetState(i));
            }
        }
    }

    [Fact]
    public void Sine_and_cosine_of_small_angles_are_within_an_ulp_of_the_library()
    {
        for (int k = -30_000; k <= 30_000; k++)
        {
            double x = k * 1e-5;
            SmallAngle.SinCos(new System.Numerics.Vector<double>(x), out var sin, out var cos);
            (double s, double c) = Math.SinCos(x);
            Assert.True(Math.Abs(sin[0] - s) <= Math.BitIncrement(Math.Abs(s)) - Math.Abs(s), $"sin({x:r})");
            Assert.True(Math.Abs(cos[0] - c) <= Math.BitIncrement(Math.Abs(c)) - Math.Abs(c), $"cos({x:r})");
        }
    }

    [Fact]
    public void A_state_that_is_not_a_number_ends_the_episode()
    {
        var environment = new CartPole(1);
        StepBuffers<float> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(3), buffers);
        environment.SetState(0, new CartPoleState(0, 0, double.NaN, 0));
        environment.Step([1], buffers);
        Assert.True(buffers.Terminated[0]);
        Assert.True(environment.ObservationSpace.Contains(buffers.Observation(0)));
    }

    private static void Replay(string name, JsonElement episode)
    {
        double[] initial = episode.Numbers("initial_state");
        JsonElement[] actions = [.. episode.GetProperty("actions").EnumerateArray()];
        double[][] observations = Rows(episode, "observation"), states = Rows(episode, "state");
        double[] rewards = episode.Numbers("reward"), tolerances = episode.Numbers("state_tol_every_50");
        Player player = Start(name, initial);
        for (int t = 0; t < actions.Length; t++)
        {
            bool last = t == actions.Length - 1;
            double tolerance = tolerances[t / 50];
            (double reward, bool terminated, bool truncated, double[] observation) = player.Step(actions[t].GetDouble());
            Promises.Close(rewards[t], reward, name == "Pendulum-v1" ? 1e-12 : 0, 20 * tolerance, $"reward {t}");
            Assert.Equal(last && episode.GetProperty("terminated").GetBoolean(), terminated);
            Assert.Equal(last && episode.GetProperty("truncated").GetBoolean(), truncated);
            for (int j = 0; j < observation.Length; j++)
                Promises.Close(observations[t][j], observation[j], 1.2e-7, tolerance, $"observation {t}, element {j}");

            // After the end the environment holds the next episode's state; the final observation above covers that step.
            if (terminated || truncated)
                continue;
            double[] state = player.State();
            for (int j = 0; j < state.Length; j++)
                Promises.Close(states[t][j], state[j], 0, tolerance, $"state {t}, element {j}");
        }
    }

    private static double[][] Rows(JsonElement episode, string property) =>
        [.. episode.GetProperty(property).EnumerateArray().Select(row => row.Numbers())];

    private sealed record Player(Func<double, (double Reward, bool Terminated, bool Truncated, double[] Observation)> Step, Func<double[]> State);

    private static Player Start(string name, double[] s)
    {
        switch (name)
        {
            case "CartPole-v1":
                var cartPole = new CartPole(1);
                return Begin<int>(
                    cartPole,
                    action => (int)action,
                    () => cartPole.SetState(0, new CartPoleState(s[0], s[1], s[2], s[3])),
                    () => cartPole.GetState(0) is var c ? [c.Position, c.Velocity, c.Angle, c.AngularVelocity] : []);
            case "MountainCar-v0":
                var car = new MountainCar();
                return Begin(Limited(() => car, 200), action => (int)action, () => car.SetState(s[0], s[1]), () => [car.Position, car.Velocity]);
            case "Acrobot-v1":
                var acrobot = new Acrobot();
                return Begin(
                    Limited(() => acrobot, 500),
                    action => (int)action,
                    () => acrobot.SetState(new AcrobotState(s[0], s[1], s[2], s[3])),
                    () => [acrobot.State.Angle1, acrobot.State.Angle2, acrobot.State.Velocity1, acrobot.State.Velocity2]);
            default:
                var pendulum = new Pendulum();
                return Begin(Limited(() => pendulum, 200), action => (float)action, () => pendulum.SetState(s[0], s[1]), () => [pendulum.Angle, pendulum.AngularVelocity]);
        }
    }

    private static TimeLimit<float, TAction> Limited<TAction>(Func<IEnvironment<float, TAction>> create, int steps) where TAction : unmanaged =>
        new(new EnvironmentArray<float, TAction>(1, create), steps);

    private static Player Begin<TAction>(IVectorEnvironment<float, TAction> environment, Func<double, TAction> convert, Action setState, Func<double[]> state)
        where TAction : unmanaged
    {
        StepBuffers<float> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(0), buffers);
        setState();
        return new Player(
            action =>
            {
                environment.Step([convert(action)], buffers);
                bool ended = buffers.Terminated[0] || buffers.Truncated[0];
                float[] observation = ended ? buffers.FinalObservations : buffers.Observations;
                return (buffers.Rewards[0], buffers.Terminated[0], buffers.Truncated[0], [.. observation.Select(x => (double)x)]);
            },
            state);
    }
}
