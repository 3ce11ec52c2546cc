using FsCheck;
using FsCheck.Fluent;
using OptiCore.Dynamics;
using OptiCore.RL.Environments;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests;

/// <summary>Continuous control: the Riccati equation's costs, conserved energy, power balances and what simple controllers reach.</summary>
public class ControlTests
{
    /// <summary>Four numbers of [-1, 1] and two more.</summary>
    private static readonly Arbitrary<double[]> Numbers = Gen.Choose(-1_000_000, 1_000_000).Select(i => i * 1e-6).ArrayOf(6).ToArbitrary();

    [Theory]
    [InlineData(1.0)]
    [InlineData(0.9)]
    public void The_regulator_earns_the_optimal_value_and_no_other_gain_does(double discount)
    {
        LinearQuadraticControl environment = Quiet();
        RegulatorDesign design = environment.Regulator(discount);
        double best = environment.OptimalValue([0.7, -0.4], discount);
        Promises.Close(best, Roll(environment, design.Gain.ToArray(), discount), 1e-6, 0, "the regulator's return");
        foreach ((int element, double change) in new[] { (0, 0.3), (0, -0.3), (1, 0.3), (1, -0.3) })
        {
            double[] gain = design.Gain.ToArray();
            gain[element] += change;
            Assert.True(Roll(environment, gain, discount) < best - 1e-3);
        }
    }

    [Fact]
    public void The_optimal_value_solves_the_Bellman_equation_with_noise() => Forall.Check(Prop.ForAll(Numbers, x =>
    {
        const double Gamma = 0.95;
        LinearQuadraticControl environment = LinearQuadraticControl.DoubleIntegrator();
        RegulatorDesign design = environment.Regulator(Gamma);
        double u = -((design.Gain[0] * x[0]) + (design.Gain[1] * x[1]));
        double[] next = [x[0] + (0.1 * x[1]) + (0.005 * u), x[1] + (0.1 * u)];

        // The expectation over normal noise of a quadratic function is exact with two points at one deviation.
        double expected = (environment.OptimalValue([next[0], next[1] + 0.02], Gamma) + environment.OptimalValue([next[0], next[1] - 0.02], Gamma)) / 2;
        double reward = -((x[0] * x[0]) + (0.1 * x[1] * x[1]) + (0.1 * u * u));
        Promises.Close(environment.OptimalValue(x.AsSpan(0, 2), Gamma), reward + (Gamma * expected), 1e-10, 1e-12, "V(x)");
    }));

    [Fact]
    public void The_average_cost_of_the_regulator_is_the_predicted_one()
    {
        const int Count = 300, Steps = 1500;
        var environment = new LinearQuadraticControl(LinearPlant.Discrete([1, 0.1, 0, 1], [0.005, 0.1], step: 0.1), [1, 0, 0, 0.1], [0.1], [0.05, 0.2], Count) { MaxEpisodeSteps = int.MaxValue };
        StepBuffers<float> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(6), buffers);
        double[] gain = environment.Regulator().Gain.ToArray(), costs = new double[Count];
        float[] actions = new float[Count];
        for (int step = 0; step < Steps; step++)
        {
            for (int i = 0; i < Count; i++)
                actions[i] = (float)-((gain[0] * buffers.Observation(i)[0]) + (gain[1] * buffers.Observation(i)[1]));
            environment.Step(actions, buffers);

            // The first 200 steps forget the initial states.
            for (int i = 0; i < Count && step >= 200; i++)
                costs[i] -= buffers.Rewards[i] / (Steps - 200);
        }

        double mean = costs.Average(), error = Math.Sqrt(costs.Sum(c => (c - mean) * (c - mean)) / (Count - 1) / Count);
        Assert.InRange(mean, environment.AverageCost() - (4 * error), environment.AverageCost() + (4 * error));
        Assert.True(error < 0.01 * mean);
    }

    [Fact]
    public void A_wrong_linear_quadratic_problem_is_refused()
    {
        LinearPlant plant = LinearPlant.Discrete([1, 0.1, 0, 1], [0.005, 0.1], step: 0.1);
        Assert.Equal("q", Assert.Throws<ArgumentException>(() => new LinearQuadraticControl(plant, [1], [1])).ParamName);
        Assert.Equal("r", Assert.Throws<ArgumentException>(() => new LinearQuadraticControl(plant, [1, 0, 0, 1], [1, 2])).ParamName);
        Assert.Equal("noise", Assert.Throws<ArgumentException>(() => new LinearQuadraticControl(plant, [1, 0, 0, 1], [1], [0.1, -0.1])).ParamName);
        Assert.Equal("plant", Assert.Throws<ArgumentException>(() => new LinearQuadraticControl(LinearPlant.Continuous([0.0], [1.0]), [1], [1])).ParamName);
        Assert.Equal("discount", Assert.Throws<ArgumentException>(() => LinearQuadraticControl.DoubleIntegrator().OptimalValue([0, 0], 1)).ParamName);
        Assert.Equal("discount", Assert.Throws<ArgumentOutOfRangeException>(() => LinearQuadraticControl.DoubleIntegrator().Regulator(1.5)).ParamName);
        Assert.Throws<InvalidOperationException>(() => new LinearQuadraticControl(LinearPlant.Discrete([2.0], [0.0]), [1], [1]).AverageCost());
    }

    [Fact]
    public void The_swing_up_has_the_accelerations_of_the_cart_pole() => Forall.Check(Prop.ForAll(Numbers, n =>
    {
        // The vectorised cart-pole takes an Euler step: its velocities change by 0.02 times the acceleration.
        CartPoleState state = Swinging(n), euler = CartPole.Next(state, 1), derivative = CartPoleSwingUp.Derivative(state, 10);
        Promises.Close(euler.Velocity, state.Velocity + (0.02 * derivative.Velocity), 1e-12, 1e-12, "the cart's velocity");
        Promises.Close(euler.AngularVelocity, state.AngularVelocity + (0.02 * derivative.AngularVelocity), 1e-12, 1e-12, "the pole's velocity");
    }));

    [Fact]
    public void The_force_on_the_cart_is_the_only_power() => Forall.Check(Prop.ForAll(Numbers, n =>
    {
        const double H = 1e-5;
        CartPoleState state = Swinging(n), d = CartPoleSwingUp.Derivative(state, 10 * n[4]);
        double power = (CartPoleSwingUp.Energy(Ahead(state, d, H)) - CartPoleSwingUp.Energy(Ahead(state, d, -H))) / (2 * H);
        Promises.Close(10 * n[4] * state.Velocity, power, 1e-6, 1e-6, "dE/dt");

        static CartPoleState Ahead(CartPoleState s, CartPoleState d, double h) => new(
            s.Position + (h * d.Position), s.Velocity + (h * d.Velocity), s.Angle + (h * d.Angle), s.AngularVelocity + (h * d.AngularVelocity));
    }));

    [Fact]
    public void A_free_pole_keeps_its_energy()
    {
        var state = new CartPoleState(0, 0.3, 2.0, -1.5);
        double energy = CartPoleSwingUp.Energy(state);
        for (int step = 0; step < 500; step++)
            state = CartPoleSwingUp.Next(state, 0);
        Promises.Close(energy, CartPoleSwingUp.Energy(state), 0, 2e-5, "the energy after 10 s");
    }

    [Fact]
    public void Pumping_energy_swings_the_pole_up_and_feedback_holds_it()
    {
        double controlled = MeanReturn(CartPoleSwingUp.Create(20), (o, action) => action[0] = (float)SwingUp(o));
        double random = MeanReturn(CartPoleSwingUp.Create(20), Random(1));
        Assert.InRange(controlled, 300, 500);
        Assert.InRange(random, 0, 60);
    }

    [Fact]
    public void The_cart_that_leaves_the_rail_ends_the_episode()
    {
        var environment = new CartPoleSwingUp();
        float[] observation = new float[5];
        environment.SetState(new CartPoleState(2.39, 1, 0, 0));
        StepOutcome outcome = environment.Step([1f], observation);
        Assert.True(outcome.Terminated);
        Assert.Equal(1, outcome.Reward, 3);
        environment.SetState(new CartPoleState(0, 0, Math.PI, 0));
        Assert.Equal(new StepOutcome(0), environment.Step([0f], observation) with { Reward = 0 });
        environment.SetState(new CartPoleState(0, 0, double.NaN, 0));
        environment.Step([0f], observation);
        Assert.True(environment.Step([0f], observation).Terminated);
    }

    [Fact]
    public void The_arm_obeys_the_equations_of_Lagrange() => Forall.Check(Prop.ForAll(Numbers, n =>
    {
        // d/dt dT/dq' - dT/dq = u - 0.2 q', with every derivative of the kinetic energy by central differences.
        const double H = 1e-4;
        var state = new ReacherState(3 * n[0], 3 * n[1], 4 * n[2], 4 * n[3]);
        ReacherState d = Reacher.Derivative(state, n[4], n[5]);
        double[] torques = [n[4] - (0.2 * state.Velocity1), n[5] - (0.2 * state.Velocity2)];
        for (int joint = 0; joint < 2; joint++)
        {
            double momentumChange = (Momentum(Along(state, d, H), joint) - Momentum(Along(state, d, -H), joint)) / (2 * H);
            double slope = (Reacher.Energy(Turn(state, joint, H)) - Reacher.Energy(Turn(state, joint, -H))) / (2 * H);
            Promises.Close(torques[joint], momentumChange - slope, 0, 1e-5, $"joint {joint}");
        }

        static double Momentum(ReacherState s, int joint) =>
            (Reacher.Energy(joint == 0 ? s with { Velocity1 = s.Velocity1 + 0.5 } : s with { Velocity2 = s.Velocity2 + 0.5 })
            - Reacher.Energy(joint == 0 ? s with { Velocity1 = s.Velocity1 - 0.5 } : s with { Velocity2 = s.Velocity2 - 0.5 })) / 1;
        static ReacherState Turn(ReacherState s, int joint, double h) => joint == 0 ? s with { Angle1 = s.Angle1 + h } : s with { Angle2 = s.Angle2 + h };
        static ReacherState Along(ReacherState s, ReacherState d, double h) =>
            new(s.Angle1 + (h * d.Angle1), s.Angle2 + (h * d.Angle2), s.Velocity1 + (h * d.Velocity1), s.Velocity2 + (h * d.Velocity2));
    }));

    [Fact]
    public void The_arms_energy_is_that_of_its_rods() => Forall.Check(Prop.ForAll(Numbers, n =>
    {
        // Each rod as 2000 points of mass; their velocities by central differences.
        const double H = 1e-5;
        const int Points = 2000;
        var state = new ReacherState(3 * n[0], 3 * n[1], 4 * n[2], 4 * n[3]);
        double energy = 0;
        for (int point = 0; point < Points; point++)
        {
            double along = 0.5 * (point + 0.5) / Points;
            foreach (bool second in (bool[])[false, true])
            {
                (double x1, double y1) = Position(state, along, second, H);
                (double x0, double y0) = Position(state, along, second, -H);
                double vx = (x1 - x0) / (2 * H), vy = (y1 - y0) / (2 * H);
                energy += ((vx * vx) + (vy * vy)) / 2 / Points;
            }
        }

        Promises.Close(energy, Reacher.Energy(state), 1e-6, 1e-8, "the kinetic energy");

        static (double X, double Y) Position(ReacherState s, double along, bool second, double h)
        {
            double a = s.Angle1 + (h * s.Velocity1), b = a + s.Angle2 + (h * s.Velocity2);
            return second ? ((0.5 * Math.Cos(a)) + (along * Math.Cos(b)), (0.5 * Math.Sin(a)) + (along * Math.Sin(b))) : (along * Math.Cos(a), along * Math.Sin(a));
        }
    }));

    [Fact]
    public void Pulling_the_tip_towards_the_target_beats_random_torques()
    {
        double controlled = MeanReturn(Reacher.Create(40), Reach);
        double random = MeanReturn(Reacher.Create(40), Random(2));
        Assert.InRange(controlled, -75, 0);
        Assert.InRange(random, -300, 2 * controlled);
    }

    [Fact]
    public void The_reachers_reward_is_distance_and_effort()
    {
        var environment = new Reacher();
        float[] observation = new float[10];
        environment.SetState(new ReacherState(0, 0, 0, 0), 0.5, 0.5);
        Assert.Equal(-Math.Sqrt(0.5), environment.Step([0f, 0f], observation).Reward, 12);
        Assert.Equal([1f, 0f, 1f, 0f, 0f, 0f, 0.5f, 0.5f, -0.5f, 0.5f], observation);
        environment.SetState(new ReacherState(0, 0, 0, 0), 0.5, 0.5);
        StepOutcome clipped = environment.Step([5f, -5f], observation);
        (double x, double y) = Reacher.Tip(environment.State);
        Assert.Equal(-Math.Sqrt(((0.5 - x) * (0.5 - x)) + ((0.5 - y) * (0.5 - y))) - 0.02, clipped.Reward, 12);
        Assert.Equal(Reacher.Next(new ReacherState(0, 0, 0, 0), 1, -1), environment.State);
    }

    [Fact]
    public void A_point_mass_moves_as_the_law_of_constant_forces_says_until_a_wall_stops_it()
    {
        var state = new PointMassState(0.1, -0.2, 0.3, 0);
        for (int i = 0; i < 10; i++)
            state = PointMass.Next(state, -0.5, 1);
        Promises.Close(0.1 + 0.3 - 0.25, state.X, 1e-12, 1e-12, "x");
        Promises.Close(-0.2 + 0.5, state.Y, 1e-12, 1e-12, "y");
        Promises.Close(0.3 - 0.5, state.VelocityX, 1e-12, 1e-12, "x'");
        Promises.Close(1, state.VelocityY, 1e-12, 1e-12, "y'");
        Assert.Equal(new PointMassState(0, 1, 0, 0), PointMass.Next(new PointMassState(0, 0.95, 0, 0.6), 0, 0));
        Assert.Equal(new PointMassState(-1, 0, 0, 0), PointMass.Next(new PointMassState(-0.95, 0, -0.6, 0), 0, 0));
    }

    [Fact]
    public void The_reward_of_a_point_mass_is_one_in_the_middle_and_a_half_at_a_quarter_of_a_metre()
    {
        var environment = new PointMass();
        float[] observation = new float[4];
        environment.SetState(new PointMassState(0, 0, 0, 0));
        Assert.Equal(1, environment.Step([0f, 0f], observation).Reward);
        environment.SetState(new PointMassState(0.15, -0.2, 0, 0));
        Assert.Equal(0.5, environment.Step([0f, 0f], observation).Reward, 12);
        environment.SetState(new PointMassState(0, 0, 0, 0));
        environment.Step([7f, -7f], observation);
        Assert.Equal(PointMass.Next(new PointMassState(0, 0, 0, 0), 1, -1), environment.State);
        Assert.Equal([0.005f, -0.005f, 0.1f, -0.1f], observation);
    }

    private static LinearQuadraticControl Quiet() =>
        new(LinearPlant.Discrete([1, 0.1, 0, 1], [0.005, 0.1], step: 0.1), [1, 0, 0, 0.1], [0.1]) { MaxEpisodeSteps = 1000 };

    private static double Roll(LinearQuadraticControl environment, double[] gain, double discount)
    {
        StepBuffers<float> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(1), buffers);
        environment.SetState(0, [0.7, -0.4]);
        double total = 0, weight = 1;
        double[] x = new double[2];
        for (int step = 0; step < 400; step++)
        {
            environment.GetState(0, x);
            environment.Step([(float)-((gain[0] * x[0]) + (gain[1] * x[1]))], buffers);
            total += weight * buffers.Rewards[0];
            weight *= discount;
        }

        return total;
    }

    private static CartPoleState Swinging(double[] n) => new(n[0], 3 * n[1], Math.PI * n[2], 8 * n[3]);

    private delegate void Controller(ReadOnlySpan<float> observation, Span<float> action);

    private static double MeanReturn(IVectorEnvironment<float, float> environment, Controller controller)
    {
        StepBuffers<float> buffers = environment.CreateBuffers();
        environment.Reset(RandomKey.FromSeed(5), buffers);
        int width = environment.ActionSpace.Length;
        float[] actions = new float[environment.Count * width];
        bool[] ended = new bool[environment.Count];
        double total = 0;
        while (ended.Contains(false))
        {
            for (int i = 0; i < environment.Count; i++)
                controller(buffers.Observation(i), actions.AsSpan(i * width, width));
            environment.Step(actions, buffers);
            for (int i = 0; i < environment.Count; i++)
            {
                total += ended[i] ? 0 : buffers.Rewards[i];
                ended[i] |= buffers.Terminated[i] || buffers.Truncated[i];
            }
        }

        return total / environment.Count;
    }

    private static Controller Random(ulong seed)
    {
        RandomStream stream = RandomKey.FromSeed(seed).Stream();
        return (_, action) =>
        {
            foreach (ref float a in action)
                a = (float)((2 * stream.NextDouble()) - 1);
        };
    }

    /// <summary>Pumps the pole's energy to that of standing upright, then feeds back the state around upright (the gain of a linear-quadratic regulator).</summary>
    private static double SwingUp(ReadOnlySpan<float> o)
    {
        double x = o[0], v = o[1], cos = o[2], sin = o[3], omega = o[4];
        if (cos > 0.9 && Math.Abs(omega) < 4)
            return ((1.0 * x) + (2.0 * v) + (35 * Math.Atan2(sin, cos)) + (7 * omega)) / 10;
        double energy = (0.1 * 0.25 * 2 / 3 * omega * omega) + (0.1 * 9.8 * 0.5 * (cos - 1));
        double acceleration = Math.Clamp(40 * energy * omega * cos, -5, 5) - (2 * x) - v;
        return 1.1 * acceleration / 10;
    }

    /// <summary>The transposed Jacobian's torques of a spring between tip and target, with damping.</summary>
    private static void Reach(ReadOnlySpan<float> o, Span<float> action)
    {
        double a = Math.Atan2(o[1], o[0]), b = a + Math.Atan2(o[3], o[2]);
        double fx = 4 * o[8], fy = 4 * o[9];
        double x2 = -0.5 * Math.Sin(b), y2 = 0.5 * Math.Cos(b), x1 = x2 - (0.5 * Math.Sin(a)), y1 = y2 + (0.5 * Math.Cos(a));
        action[0] = (float)((x1 * fx) + (y1 * fy) - (0.8 * o[4]));
        action[1] = (float)((x2 * fx) + (y2 * fy) - (0.3 * o[5]));
    }
}
