using FsCheck;
using FsCheck.Fluent;
using OptiCore.Optimizers;
using OptiCore.RL.Environments;
using OptiCore.RL.Tests.Planning;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests.Offline;

/// <summary>Estimates from data beside exact values.</summary>
public class FittedQEvaluationTests
{
    private const double Discount = 0.8;

    private static readonly FittedQEvaluation Tabular = new() { Torso = Torso.Relu(), Updates = 1500, BatchSize = 128, TargetRate = 0.02, Optimizer = new Adam { LearningRate = 0.02 } };

    [Fact]
    public void One_hot_states_give_the_exact_value() => Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
    {
        (TabularModel model, ReplayBuffer<float, int> data) = Sampled((ulong)seed, 4000);
        int[] actions = [.. Enumerable.Range(0, model.States).Select(s => (s + seed) % model.Actions)];
        double expected = Models.Evaluate(Empirical(data, model.Actions), actions, Discount).Average();
        PolicyValueEstimate estimate = Tabular.Evaluate(new Table(actions, model.States), data, new Discrete(model.Actions), OneHots(model.States), RandomKey.FromSeed((ulong)seed));
        Promises.Close(expected, estimate.Value, 0.02, 0.03, "value");
        Assert.True(double.IsNaN(estimate.StandardError));
    }).Check(Forall.Config.WithMaxTest(4));

    [Fact]
    public void Resampled_episodes_say_how_far_the_estimate_may_be_off()
    {
        // Episodes of one step with payments of +1 and -1: the standard error of a mean of n is 1 / sqrt(n).
        const int N = 400;
        var rows = new (float, int, double)[N];
        RandomStream stream = RandomKey.FromSeed(1).Stream();
        foreach (ref (float, int, double) row in rows.AsSpan())
            row = (1, 0, stream.NextDouble() < 0.5 ? -1 : 1);
        double mean = rows.Average(row => row.Item3);
        FittedQEvaluation evaluation = Tabular with { Updates = 300, Resamples = 30 };
        PolicyValueEstimate estimate = evaluation.Evaluate(new Table([0], 1), DataSets.Bandit<int>(rows), new Discrete(1), [1], RandomKey.FromSeed(2), Workers.Threads(2));
        Promises.Close(mean, estimate.Value, 0, 0.02, "value");
        Assert.InRange(estimate.StandardError, 0.6 / Math.Sqrt(N), 1.5 / Math.Sqrt(N));
        Assert.Equal(30, estimate.Resampled.Count);
        Assert.Equal(estimate.Resampled, evaluation.Evaluate(new Table([0], 1), DataSets.Bandit<int>(rows), new Discrete(1), [1], RandomKey.FromSeed(2)).Resampled);
    }

    [Fact]
    public void Continuous_actions_are_valued_between_those_of_the_data()
    {
        // Pays 1 - a^2; the policy plays 0.5.
        var rows = new (float, float, double)[500];
        RandomStream stream = RandomKey.FromSeed(3).Stream();
        foreach (ref (float, float, double) row in rows.AsSpan())
        {
            double action = (2 * stream.NextDouble()) - 1;
            row = (1, (float)action, 1 - (action * action));
        }

        FittedQEvaluation evaluation = Tabular with { Torso = Torso.Tanh(32), TargetRate = 0.05, Optimizer = new Adam { LearningRate = 5e-3 } };
        PolicyValueEstimate estimate = evaluation.Evaluate(new Half(), DataSets.Bandit<float>(rows), new Box(-1, 1, 1), [1, 1], RandomKey.FromSeed(4));
        Promises.Close(0.75, estimate.Value, 0, 0.04, "value");
    }

    [Fact]
    public void What_does_not_fit_is_refused_in_a_sentence()
    {
        ReplayBuffer<float, int> one = DataSets.Bandit<int>((1, 0, 1.0)), empty = new(new ReplayOptions { Capacity = 4 }, 1, 1), steps = new(new ReplayOptions { Capacity = 4, Steps = 2 }, 1, 1);
        steps.Add(new Transition<float, int> { Observations = [1], Actions = [0], Rewards = [1], Terminated = [true], Truncated = [false], NextObservations = [1] });
        Assert.Contains("no transitions", Refused(empty, [1]), StringComparison.Ordinal);
        Assert.Contains("2 steps", Refused(steps, [1]), StringComparison.Ordinal);
        Assert.Contains("0 elements", Refused(one, []), StringComparison.Ordinal);
        Assert.Equal("Resamples", Assert.Throws<ArgumentOutOfRangeException>(() => new FittedQEvaluation { Resamples = 1 }).ParamName);
        Assert.Equal("TargetRate", Assert.Throws<ArgumentOutOfRangeException>(() => new FittedQEvaluation { TargetRate = 0 }).ParamName);
    }

    private static string Refused(ReplayBuffer<float, int> data, float[] initial) =>
        Assert.Throws<ArgumentException>(() => Tabular.Evaluate(new Table([0], 1), data, new Discrete(1), initial, default)).Message;

    /// <summary>Transitions of uniform play in a random decision process, seen as one-hot.</summary>
    private static (TabularModel Model, ReplayBuffer<float, int> Data) Sampled(ulong seed, int transitions)
    {
        TabularModel model = Models.Random(seed, 4, 2);
        var environment = new FlattenObservations<int>(new TabularEnvironment(model, 8) { MaxEpisodeSteps = 20 });
        return (model, DataSets.Collect(environment, new RandomPolicy<float, int>(environment.ActionSpace), transitions, RandomKey.FromSeed(seed), Discount).Data);
    }

    /// <summary>The decision process whose probabilities are the frequencies of the data.</summary>
    private static TabularModel Empirical(ReplayBuffer<float, int> data, int actions)
    {
        int states = data.ObservationLength;
        var outcomes = new List<TabularOutcome>[states * actions];
        foreach (ref List<TabularOutcome> pair in outcomes.AsSpan())
            pair = [];
        for (int slot = 0; slot < data.Count; slot++)
        {
            int state = data.Observations.Slice(slot * states, states).IndexOf(1), next = data.NextObservations.Slice(slot * states, states).IndexOf(1);
            outcomes[(state * actions) + data.Actions[slot]].Add(new TabularOutcome(1, Math.Max(next, 0), data.Rewards[slot], data.Terminated[slot]));
        }

        return TabularModel.Create(states, actions, [.. Enumerable.Repeat(1.0 / states, states)], (s, a) =>
        {
            List<TabularOutcome> seen = outcomes[(s * actions) + a];
            return [.. seen.Select(outcome => outcome with { Probability = 1.0 / seen.Count })];
        });
    }

    private static float[] OneHots(int n)
    {
        float[] rows = new float[n * n];
        for (int i = 0; i < n; i++)
            rows[(i * n) + i] = 1;
        return rows;
    }

    private sealed class Table(int[] choices, int states) : IPolicy<float, int>
    {
        public void Act(ReadOnlySpan<float> observations, RandomKey key, Span<int> actions)
        {
            // A row of zeros isn't a state: what follows the end is never asked for.
            for (int i = 0; i < actions.Length; i++)
                actions[i] = choices[Math.Max(observations.Slice(i * states, states).IndexOf(1), 0)];
        }
    }

    private sealed class Half : IPolicy<float, float>
    {
        public void Act(ReadOnlySpan<float> observations, RandomKey key, Span<float> actions) => actions.Fill(0.5f);
    }
}
