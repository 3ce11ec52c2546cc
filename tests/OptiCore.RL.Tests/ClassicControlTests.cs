using System.Text.Json;
using OptiCore.Numerics;
using OptiCore.RL.Environments;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests;

/// <summary>Episodes recorded from Gymnasium 1.2.3, replayed from their initial states.</summary>
public class ClassicControlTests
{
    private const string File = "golden/05_gym_classic_control.json";

    public static TheoryData<string> Ids { get; } = [.. Reference.Cases(File).Keys];

    public static TheoryData<string> Continuous { get; } = [.. Reference.Cases(File).Keys.Where(id => id.StartsWith("MountainCarContinuous", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Ids))]
    public void A_recorded_episode_is_replayed_step_by_step(string id)
    {
        JsonElement test = Reference.Cases(File)[id];
        foreach (JsonElement episode in test.GetProperty("episodes").EnumerateArray())
            Replay(test.GetProperty("environment").GetString()!, episode);
    }

    /// <summary>The recorded double-precision states come from actions that aren't rounded to floats, so the forces are set directly.</summary>
    [Theory]
    [MemberData(nameof(Continuous))]
    public void The_continuous_mountain_car_moves_as_recorded_in_double_precision(string id)
    {
        foreach (JsonElement episode in Reference.Cases(File)[id].GetProperty("episodes").EnumerateArray())
        {
            double[] initial = episode.Numbers("initial_state"), actions = episode.Numbers("actions"), tolerances = episode.Numbers("state_tol_every_50");
            double[][] states = Rows(episode, "state_double");
            var cars = new MountainCarDynamics(1);
            (cars.Positions[0], cars.Velocities[0]) = (initial[0], initial[1]);
            for (int t = 0; t < actions.Length; t++)
            {
                cars.Pushes[0] = Math.Clamp(actions[t], -1, 1) * 0.0015;
                cars.Advance();
                Promises.Close(states[t][0], cars.Positions[0], 0, tolerances[t / 50], $"position {t}");
                Promises.Close(states[t][1], cars.Velocities[0], 0, tolerances[t / 50], $"velocity {t}");
            }
        }
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
            SmallAngle.SinCos(Real8.Constant(x), out Real8 sin, out Real8 cos);
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
        bool inFloats = name == "MountainCarContinuous-v0";
        double[][] observations = Rows(episode, "observation"), states = Rows(episode, inFloats ? "state_double" : "state");
        double[] rewards = episode.Numbers(inFloats ? "reward_double" : "reward"), tolerances = episode.Numbers("state_tol_every_50");

        // Gymnasium rounds the state of this task to floats; its double-precision record comes from actions that aren't rounded, so forces differ by up to 4.5e-11 a step.
        double drift = inFloats ? 2 * episode.Number("float32_vs_double_max") : 0, rounding = inFloats ? 1e-8 : 0;
        Player player = Start(name, initial);
        for (int t = 0; t < actions.Length; t++)
        {
            bool last = t == actions.Length - 1;
            double tolerance = tolerances[t / 50] + rounding;
            (double reward, bool terminated, bool truncated, double[] observation) = player.Step(actions[t].GetDouble());
            Promises.Close(rewards[t], reward, name == "Pendulum-v1" ? 1e-12 : 0, 20 * tolerance, $"reward {t}");
            Assert.Equal(last && episode.GetProperty("terminated").GetBoolean(), terminated);
            Assert.Equal(last && episode.GetProperty("truncated").GetBoolean(), truncated);
            for (int j = 0; j < observation.Length; j++)
                Promises.Close(observations[t][j], observation[j], 1.2e-7, tolerance + drift, $"observation {t}, element {j}");

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
                return Begin(car, action => (int)action, () => car.SetState(0, new MountainCarState(s[0], s[1])), () => [car.GetState(0).Position, car.GetState(0).Velocity]);
            case "MountainCarContinuous-v0":
                var continuous = new MountainCarContinuous();
                return Begin(
                    continuous,
                    action => (float)action,
                    () => continuous.SetState(0, new MountainCarState(s[0], s[1])),
                    () => [continuous.GetState(0).Position, continuous.GetState(0).Velocity]);
            case "Acrobot-v1":
                var acrobot = new Acrobot();
                return Begin(
                    acrobot,
                    action => (int)action,
                    () => acrobot.SetState(0, new AcrobotState(s[0], s[1], s[2], s[3])),
                    () => acrobot.GetState(0) is var a ? [a.Angle1, a.Angle2, a.Velocity1, a.Velocity2] : []);
            default:
                var pendulum = new Pendulum();
                return Begin(pendulum, action => (float)action, () => pendulum.SetState(0, new PendulumState(s[0], s[1])), () => [pendulum.GetState(0).Angle, pendulum.GetState(0).AngularVelocity]);
        }
    }

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
