using System.Text.Json;
using OptiCore.RL.Environments;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests;

/// <summary>Gymnasium's gridworlds: tables, recorded episodes and optimal values.</summary>
public class ToyTextTests
{
    private const string File = "golden/05_gym_toy_text.json";

    public static TheoryData<string> Tables { get; } = OfKind("table", "table_deterministic");

    public static TheoryData<string> Episodes { get; } = OfKind("episodes");

    public static TheoryData<string> Values { get; } = OfKind("optimal_values");

    [Theory]
    [MemberData(nameof(Tables))]
    public void The_model_is_the_recorded_table(string id)
    {
        JsonElement test = Reference.Cases(File)[id];
        TabularModel model = Environment(id).Model;
        bool deterministic = test.GetProperty("kind").GetString() == "table_deterministic";
        JsonElement[] rows = [.. test.GetProperty("table").EnumerateArray()];
        Assert.Equal(rows.Length, model.States);
        for (int state = 0; state < rows.Length; state++)
        {
            JsonElement[] actions = [.. rows[state].EnumerateArray()];
            Assert.Equal(actions.Length, model.Actions);
            for (int action = 0; action < actions.Length; action++)
            {
                TabularOutcome[] expected = deterministic
                    ? [Outcome(1, [.. actions[action].EnumerateArray()])]
                    : [.. actions[action].EnumerateArray().Select(o => Outcome(o[0].GetDouble(), [.. o.EnumerateArray().Skip(1)]))];
                Assert.Equal(expected, model.Outcomes(state, action).ToArray());
            }
        }
    }

    [Theory]
    [MemberData(nameof(Episodes))]
    public void A_recorded_episode_is_replayed_step_by_step(string id)
    {
        foreach (JsonElement episode in Reference.Cases(File)[id].GetProperty("episodes").EnumerateArray())
        {
            TabularEnvironment environment = Environment(id);
            StepBuffers<int> buffers = environment.CreateBuffers();
            environment.Reset(RandomKey.FromSeed(0), buffers);
            environment.SetState(0, episode.GetProperty("start").GetInt32());
            int[] actions = [.. episode.GetProperty("actions").EnumerateArray().Select(a => a.GetInt32())];
            double[] observations = episode.Numbers("observation"), rewards = episode.Numbers("reward");
            for (int t = 0; t < actions.Length; t++)
            {
                bool last = t == actions.Length - 1;
                environment.Step(actions.AsSpan(t, 1), buffers);
                bool terminated = buffers.Terminated[0], truncated = buffers.Truncated[0];
                Assert.Equal(observations[t], terminated || truncated ? buffers.FinalObservations[0] : buffers.Observations[0]);
                Assert.Equal(rewards[t], buffers.Rewards[0]);
                Assert.Equal(last && episode.GetProperty("terminated").GetBoolean(), terminated);
                Assert.Equal(last && episode.GetProperty("truncated").GetBoolean(), truncated);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Values))]
    public void Value_iteration_finds_the_recorded_optimal_values(string id)
    {
        JsonElement test = Reference.Cases(File)[id];
        TabularModel model = Environment(id).Model;
        TabularSolution solution = new ValueIteration { Discount = test.Number("gamma"), Tolerance = 1e-14 }.Solve(model);
        Assert.True(solution.Converged);
        double[] expected = test.Numbers("V");
        for (int state = 0; state < expected.Length; state++)
            Promises.Close(expected[state], solution.Values[state], 1e-11, 1e-11, $"V({state})");
    }

    [Fact]
    public void Value_iteration_that_runs_out_of_sweeps_says_so()
    {
        TabularSolution solution = new ValueIteration { MaxSweeps = 3 }.Solve(FrozenLake.Model(FrozenLake.Map4x4));
        Assert.False(solution.Converged);
        Assert.Equal(3, solution.Sweeps);
        Assert.True(solution.LastChange > 1e-10);
    }

    [Fact]
    public void The_optimal_policy_crosses_the_slippery_lake_in_about_74_percent_of_episodes()
    {
        TabularSolution solution = new ValueIteration { Discount = 0.99 }.Solve(FrozenLake.Model(FrozenLake.Map4x4));
        EvaluationResult result = solution.Policy.Evaluate(FrozenLake.Create(50), 4000, RandomKey.FromSeed(11));

        // The exact chance of the optimal policy within 100 steps, by forward propagation through the model.
        double exact = SuccessWithin(FrozenLake.Model(FrozenLake.Map4x4), solution.Policy, 100);
        Assert.InRange(exact, 0.72, 0.76);
        Assert.InRange(result.MeanReturn, exact - (4 * result.StandardError), exact + (4 * result.StandardError));
    }

    [Fact]
    public void Slips_have_the_stated_frequencies()
    {
        TabularEnvironment environment = FrozenLake.Create(1000);
        StepBuffers<int> buffers = environment.CreateBuffers();
        int[] actions = new int[1000];
        Array.Fill(actions, 2);
        int[] counts = new int[16];
        for (int repetition = 0; repetition < 12; repetition++)
        {
            environment.Reset(RandomKey.FromSeed((ulong)repetition), buffers);
            environment.Step(actions, buffers);
            foreach (int state in buffers.Observations)
                counts[state]++;
        }

        // Right from the corner: down to 4, right to 1, up (stays at 0), 4000 each; the deviation of a count is 52.
        foreach (int state in (int[])[0, 1, 4])
            Assert.InRange(counts[state], 4000 - 210, 4000 + 210);
        Assert.Equal(12_000, counts[0] + counts[1] + counts[4]);
    }

    [Theory]
    [InlineData("empty")]
    [InlineData("Row 1", "SF", "FFG")]
    [InlineData("'X'", "SX", "FG")]
    [InlineData("start", "FF", "FG")]
    [InlineData("goal", "SF", "FF")]
    public void A_wrong_map_is_refused_with_what_is_wrong(string expected, params string[] map)
    {
        ArgumentException exception = Assert.Throws<ArgumentException>(() => FrozenLake.Model(map));
        Assert.Contains(expected, exception.Message, StringComparison.Ordinal);
        Assert.Equal("map", exception.ParamName);
    }

    [Fact]
    public void Random_maps_are_solvable_and_repeatable()
    {
        for (ulong seed = 0; seed < 20; seed++)
        {
            IReadOnlyList<string> map = FrozenLake.RandomMap(6, RandomKey.FromSeed(seed), 0.6);
            Assert.True(FrozenLake.IsSolvable(map));
            Assert.Equal(map, FrozenLake.RandomMap(6, RandomKey.FromSeed(seed), 0.6));
            TabularSolution solution = new ValueIteration { Discount = 0.9 }.Solve(FrozenLake.Model(map, isSlippery: false));
            Assert.True(solution.Values[0] > 0);
        }

        Assert.False(FrozenLake.IsSolvable(["SH", "HG"]));
    }

    [Fact]
    public void A_custom_map_may_have_several_starts()
    {
        var environment = new TabularEnvironment(FrozenLake.Model(["SFS", "FFG"]), 2000);
        int[] observations = new int[2000];
        environment.Reset(RandomKey.FromSeed(5), observations);
        int left = observations.Count(state => state == 0);
        Assert.Equal(2000 - left, observations.Count(state => state == 2));
        Assert.InRange(left, 1000 - 90, 1000 + 90);
    }

    [Fact]
    public void A_model_whose_probabilities_do_not_add_up_is_refused()
    {
        ArgumentException exception = Assert.Throws<ArgumentException>(
            () => TabularModel.Create(2, 1, [1.0, 0.0], (s, a) => [new TabularOutcome(0.6, s, 0, false), new TabularOutcome(0.3, s, 0, false)]));
        Assert.Contains("state 0, action 0", exception.Message, StringComparison.Ordinal);
    }

    /// <summary>The exact probability of reaching the goal, by propagating the distribution of states through the model.</summary>
    internal static double SuccessWithin(TabularModel model, TabularPolicy policy, int steps, double exploration = 0)
    {
        double[] mass = model.InitialProbabilities.ToArray();
        double success = 0;
        for (int t = 0; t < steps; t++)
        {
            double[] next = new double[mass.Length];
            for (int state = 0; state < mass.Length; state++)
            {
                for (int action = 0; action < model.Actions; action++)
                {
                    double chosen = (exploration / model.Actions) + (action == policy.Actions[state] ? 1 - exploration : 0);
                    foreach (TabularOutcome outcome in model.Outcomes(state, action))
                    {
                        success += mass[state] * chosen * outcome.Probability * outcome.Reward;
                        if (!outcome.Terminated)
                            next[outcome.NextState] += mass[state] * chosen * outcome.Probability;
                    }
                }
            }

            mass = next;
        }

        return success;
    }

    private static TabularOutcome Outcome(double probability, JsonElement[] rest) =>
        new(probability, rest[0].GetInt32(), rest[1].GetDouble(), rest[2].ValueKind == JsonValueKind.Number ? rest[2].GetInt32() == 1 : rest[2].GetBoolean());

    private static TabularEnvironment Environment(string id)
    {
        bool slippery = id.Contains("slippery", StringComparison.Ordinal);
        return id.Split('/')[0] switch
        {
            "Taxi" => Taxi.Create(),
            // The recorder cut these episodes after 100 steps; the environment has no limit of its own.
            "CliffWalking" => new TabularEnvironment(CliffWalking.Model()) { MaxEpisodeSteps = 100 },
            string name when name.Contains("8x8", StringComparison.Ordinal) => FrozenLake.Create8x8(1, slippery),
            _ => FrozenLake.Create(1, slippery),
        };
    }

    private static TheoryData<string> OfKind(params string[] kinds) =>
        [.. Reference.Cases(File).Where(c => kinds.Contains(c.Value.GetProperty("kind").GetString())).Select(c => c.Key)];
}
