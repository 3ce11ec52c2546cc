using OptiCore.Optimizers;
using OptiCore.Persistence;
using OptiCore.RL.Environments;

namespace OptiCore.RL.Tests.Agents;

/// <summary>What only searches in the parameters of policies promise.</summary>
public class PolicySearchTests
{
    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void Evolution_strategies_balance_the_pole(int seed)
    {
        var agent = new EvolutionStrategySearch { Torso = Torso.Tanh(8), Solver = new OpenAiEs { Pairs = 16, Noise = 0.1, Rule = new Adam { LearningRate = 0.05 } } };
        TrainingResult<float, int> result = agent.Start(new CartPole(16), RandomKey.FromSeed((ulong)seed), new TrainingOptions { CurveInterval = 10_000 }).Train(200_000);
        Assert.InRange(result.LastPolicy.Evaluate(new CartPole(20), 100, RandomKey.FromSeed(50)).MeanReturn, 475, 500);
    }

    [Theory, InlineData(1), InlineData(2), InlineData(3)]
    public void Augmented_random_search_balances_the_pole(int seed)
    {
        TrainingResult<float, int> result = new AugmentedRandomSearch().Start(new CartPole(16), RandomKey.FromSeed((ulong)seed), new TrainingOptions { CurveInterval = 10_000 }).Train(50_000);
        Assert.InRange(result.LastPolicy.Evaluate(new CartPole(20), 100, RandomKey.FromSeed(50)).MeanReturn, 475, 500);
    }

    [Fact]
    public void The_first_step_of_augmented_random_search_is_the_gradient()
    {
        // The return of M is -(M x - 1)^2 with x = (1, 2): its gradient at 0 is 2 x. With s = nu delta'x, normal of variance v = 5 nu^2, the two returns of a direction are -1 +- 2 s - s^2:
        // the sum over N directions of (r+ - r-) delta is 4 nu N x in expectation, and sigma_R^2 = 4 v + 2 v^2.
        const double Nu = 0.5, Alpha = 0.1, V = 5 * Nu * Nu;
        var agent = new AugmentedRandomSearch { Directions = 4_000, Noise = Nu, StepSize = Alpha, NormalizesObservations = false };
        PolicySearchState<float> state = Generation(agent, 100);
        double factor = Alpha * 4 * Nu / Math.Sqrt((4 * V) + (2 * V * V));

        // The deviation of an element of the estimate is below factor * |x| / sqrt(N) = 0.6 % of its length.
        Assert.Equal(factor * 1, state.Parameters[0], 4 * factor * Math.Sqrt(5.0 / 4000));
        Assert.Equal(factor * 2, state.Parameters[1], 4 * factor * Math.Sqrt(5.0 / 4000));
        Assert.True(Math.Abs(state.Metrics[0] - (-1 - V)) < 4 * Math.Sqrt(((4 * V) + (2 * V * V)) / 4000));
    }

    [Fact]
    public void Only_the_best_directions_are_followed_by_the_formula()
    {
        var agent = new AugmentedRandomSearch { Directions = 6, TopDirections = 2, Noise = 0.4, StepSize = 0.3, NormalizesObservations = false };
        TrainingRun<float, float> run = agent.Start(Targets(3), RandomKey.FromSeed(4));
        var state = (PolicySearchState<float>)run.State;
        double[] points = state.Solver.Query.Points.ToArray();
        while (state.Generations == 0)
            run.Step();
        double[] returns = [.. Enumerable.Range(0, 12).Select(k => Return(points.AsSpan(2 * k, 2)))];
        int[] best = [.. Enumerable.Range(0, 6).OrderByDescending(k => Math.Max(returns[2 * k], returns[(2 * k) + 1])).Take(2)];
        double[] used = [.. best.SelectMany(k => new[] { returns[2 * k], returns[(2 * k) + 1] })];
        double deviation = Math.Sqrt(used.Sum(r => (r - used.Average()) * (r - used.Average())) / 4);
        for (int j = 0; j < 2; j++)
        {
            double step = best.Sum(k => (returns[2 * k] - returns[(2 * k) + 1]) * points[(4 * k) + j] / 0.4) * 0.3 / (2 * deviation);
            Assert.Equal(step, state.Parameters[j], 1e-5);
        }
    }

    [Fact]
    public void A_generation_of_evolution_strategies_follows_centred_ranks()
    {
        var agent = new EvolutionStrategySearch { Torso = null, Solver = new OpenAiEs { Pairs = 3, Noise = 0.5, Rule = new Sgd { LearningRate = 0.1 } } };
        TrainingRun<float, float> run = agent.Start(Targets(4), RandomKey.FromSeed(2));
        var state = (PolicySearchState<float>)run.State;
        double[] points = state.Solver.Query.Points.ToArray();
        float[] before = state.Parameters.ToArray();
        while (state.Generations == 0)
            run.Step();
        double[] returns = [.. Enumerable.Range(0, 6).Select(k => ReturnWithBias(points.AsSpan(3 * k, 3)))];
        double[] ranks = [.. returns.Select(r => (returns.Count(other => other < r) / 5.0) - 0.5)];
        for (int j = 0; j < 3; j++)
        {
            double gradient = Enumerable.Range(0, 3).Sum(k => (ranks[2 * k] - ranks[(2 * k) + 1]) * (points[(6 * k) + j] - before[j]) / 0.5) / (6 * 0.5);
            Assert.Equal(before[j] + (0.1 * gradient), state.Parameters[j], 1e-5);
        }
    }

    [Theory, InlineData(1, 1), InlineData(3, 1), InlineData(40, 1), InlineData(7, 3)]
    public void What_is_learnt_does_not_depend_on_the_number_of_environments(int environments, int episodes)
    {
        // The worlds are the same for all keys: a candidate has the same return wherever and however often it is played, but for the rounding of means.
        var agent = new EvolutionStrategySearch { Torso = null, Solver = new CmaEs { InitialStep = 0.3 } };
        float[] expected = Parameters(agent, 16), actual = Parameters(agent with { EpisodesPerCandidate = episodes }, environments);
        Assert.Equal(expected, actual);

        static float[] Parameters(EvolutionStrategySearch agent, int environments)
        {
            TrainingRun<float, float> run = agent.Start(Targets(environments), RandomKey.FromSeed(3));
            var state = (PolicySearchState<float>)run.State;
            while (state.Generations < 5)
                run.Step();
            return state.Parameters.ToArray();
        }
    }

    [Fact]
    public void Episodes_without_end_are_cut()
    {
        // Three environments play seven candidates: two rounds and one candidate more.
        var agent = new EvolutionStrategySearch { Torso = null, Solver = new OpenAiEs { Pairs = 3 }, MaxEpisodeSteps = 11 };
        var endless = new EnvironmentArray<float, float>(3, () => new Target { EpisodeSteps = int.MaxValue });
        TrainingRun<float, float> run = agent.Start(endless, RandomKey.FromSeed(3));
        var state = (PolicySearchState<float>)run.State;
        double expected = Enumerable.Range(0, 7).Average(k => ReturnWithBias(state.Solver.Query.Point(k)));
        for (int i = 0; i < 33; i++)
        {
            Assert.Equal(0, state.Generations);
            run.Step();
        }

        Assert.Equal(1, state.Generations);
        Assert.Equal(11 * expected, state.Metrics[0], 1e-4);
    }

    [Fact]
    public void Observations_are_normalised_by_what_was_seen_before_the_generation()
    {
        var agent = new AugmentedRandomSearch { Directions = 5 };
        TrainingRun<float, float> run = agent.Start(Targets(10, noisy: true), RandomKey.FromSeed(1));
        var state = (PolicySearchState<float>)run.State;
        Assert.Equal([0, 0, 1, 1], state.Parameters[..4].ToArray());
        while (state.Generations < 200)
            run.Step();

        // The first element is always 1, the second is uniform in [0, 4].
        Assert.Equal(1, state.Parameters[0], 1e-3f);
        Assert.Equal(2, state.Parameters[1], 0.15f);
        Assert.Equal(Math.Sqrt(12) / 4, state.Parameters[3], 0.03f);
        Assert.Equal(run.State.CurrentPolicy().Evaluate(Targets(4), 4, RandomKey.FromSeed(1)).MeanReturn, Return(state), 1e-4);

        static double Return(PolicySearchState<float> state)
        {
            ReadOnlySpan<float> p = state.Parameters;
            double y = (p[4] * ((1 - p[0]) * p[2])) + (p[5] * ((2 - p[1]) * p[3]));
            return -(y - 1) * (y - 1);
        }
    }

    [Fact]
    public void A_search_that_has_converged_plays_what_it_found()
    {
        var agent = new EvolutionStrategySearch { Torso = null, Solver = new CmaEs { InitialStep = 0.3, PointTolerance = 1e-3 } };
        TrainingRun<float, float> run = agent.Start(Targets(4), RandomKey.FromSeed(3));
        run.Train(40_000);
        var state = (PolicySearchState<float>)run.State;
        Assert.True(state.IsOver);
        Assert.InRange(state.CurrentPolicy().Evaluate(Targets(1), 1, RandomKey.FromSeed(1)).MeanReturn, -1e-4, 0);
        byte[] before = StateArchive.Save(state);
        run.Train(400);
        Assert.Equal(before, StateArchive.Save(state));
        Assert.Equal(run.Curve[^1].MeanReturn, state.CurrentPolicy().Evaluate(Targets(1), 1, RandomKey.FromSeed(1)).MeanReturn, 1e-2);
    }

    [Fact]
    public void More_best_directions_than_directions_are_refused() =>
        Assert.Throws<ArgumentException>(() => new AugmentedRandomSearch { TopDirections = 9 }.Start(Targets(1), RandomKey.FromSeed(1)));

    private static PolicySearchState<float> Generation(IAgent<float, float> agent, int environments)
    {
        TrainingRun<float, float> run = agent.Start(Targets(environments), RandomKey.FromSeed(1));
        var state = (PolicySearchState<float>)run.State;
        while (state.Generations == 0)
            run.Step();
        return state;
    }

    private static double Return(ReadOnlySpan<double> m) => -(m[0] + (2 * m[1]) - 1) * (m[0] + (2 * m[1]) - 1);

    private static double ReturnWithBias(ReadOnlySpan<double> m) => -(m[0] + (2 * m[1]) + m[2] - 1) * (m[0] + (2 * m[1]) + m[2] - 1);

    private static EnvironmentArray<float, float> Targets(int count, bool noisy = false) => new(count, () => new Target { IsNoisy = noisy });

    /// <summary>Shows (1, 2) and pays -(a - 1)^2, once. If noisy the second element is uniform in [0, 4].</summary>
    private sealed class Target : IEnvironment<float, float>
    {
        private int _step;

        public bool IsNoisy { get; init; }

        public int EpisodeSteps { get; init; } = 1;

        public Space<float> ObservationSpace { get; } = new Box(-4, 4, 2);

        public Space<float> ActionSpace { get; } = new Box(float.NegativeInfinity, float.PositiveInfinity, 1);

        public void Reset(RandomKey key, Span<float> observation)
        {
            _step = 0;
            (observation[0], observation[1]) = (1, IsNoisy ? (float)(4 * key.Stream().NextDouble()) : 2);
        }

        public StepOutcome Step(ReadOnlySpan<float> action, Span<float> observation)
        {
            (observation[0], observation[1]) = (1, 2);
            double miss = action[0] - 1;
            return new StepOutcome(-miss * miss, ++_step == EpisodeSteps);
        }
    }
}
