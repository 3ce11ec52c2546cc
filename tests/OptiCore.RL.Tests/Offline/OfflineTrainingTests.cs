using OptiCore.Persistence;
using OptiCore.RL.Environments;
using OptiCore.Solving;

namespace OptiCore.RL.Tests.Offline;

/// <summary>What learning from data promises, whatever the agent.</summary>
public class OfflineTrainingTests
{
    private static readonly Box Observations = new(-10, 10, 4);
    private static readonly Dqn Agent = new() { Torso = Torso.Relu(8), BatchSize = 32 };

    [Fact]
    public void A_line_is_written_for_every_point_and_the_highest_evaluation_is_kept()
    {
        var writer = new StringWriter();
        TrainReport<float, int> report = Train.Offline(Agent, DataSets.Pole.Data, Observations, new Discrete(2), 250, Settings with { Table = writer, Evaluation = () => new CartPole(10), EvaluationEpisodes = 10 });
        Assert.Equal([100L, 200, 250], report.Result.Curve.Select(point => point.Steps));
        Assert.Equal(report.Result.Curve.Max(point => point.MeanReturn), report.Result.BestMeanReturn);
        Assert.Equal(report.Result.BestMeanReturn, report.BestPolicy.Evaluate(new CartPole(10), 10, Settings.Key.Fold("evaluation")).MeanReturn);
        Assert.Equal(["updates", "evaluation", "length", "updates per second", "loss", "value"], report.Log.Columns);
        Assert.Equal(3, report.Log.Rows.Count);
        string[] lines = writer.ToString().Trim().Split('\n');
        Assert.Equal(5, lines.Length);
        Assert.Contains("updates/s", lines[0], StringComparison.Ordinal);
        Assert.Contains("250 updates", lines[4], StringComparison.Ordinal);
        Assert.Contains("evaluated", Page(report), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_collected_is_what_happened()
    {
        // Two lanes of episodes of three steps, five steps each: the last ones are cut.
        var environment = new TimeLimit<int, int>(Worlds.Endless(2), 3);
        ReplayBuffer<int, int> data = new RandomPolicy<int, int>(environment.ActionSpace).Collect(environment, 9, RandomKey.FromSeed(1), discount: 0.5, steps: 2);
        Assert.Equal(10, data.Count);
        Assert.Equal([false, false, false, false, true, true, false, false, true, true], data.Truncated.ToArray());
        Assert.DoesNotContain(true, data.Terminated.ToArray());
        Assert.All(data.Rewards.ToArray(), reward => Assert.Equal(1, reward));
        Assert.Equal((0.5, 2), (data.Options.Discount, data.Options.Steps));

        // The final observation of an episode isn't the first of the next.
        ReplayBuffer<float, int> falls = new DataSets.Balancing(0, good: false).Collect(new CartPole(1), 200, RandomKey.FromSeed(2));
        for (int slot = 0; slot < falls.Count; slot++)
            Assert.Equal(falls.Terminated[slot], Math.Abs(falls.NextObservations[(4 * slot) + 2]) > 12 * Math.PI / 180);
    }

    [Fact]
    public void Nothing_is_added_to_the_data_and_no_environment_is_needed()
    {
        long added = DataSets.Pole.Data.Added;
        TrainReport<float, int> report = Train.Offline(Agent, DataSets.Pole.Data, Observations, new Discrete(2), 50, Settings);
        Assert.Equal(RunStatus.Completed, report.Result.Status);
        Assert.Equal(50, report.Result.Steps);
        Assert.True(double.IsNaN(report.Result.BestMeanReturn));
        Assert.Equal(added, DataSets.Pole.Data.Added);
        Assert.DoesNotContain("evaluated", Page(report), StringComparison.Ordinal);
    }

    [Fact]
    public void It_ends_when_an_evaluation_is_good_enough_or_on_request()
    {
        TrainSettings<float, int> easy = Settings with { Evaluation = () => new CartPole(10), EvaluationEpisodes = 10, Training = new TrainingOptions { CurveInterval = 100, TargetReturn = 1 } };
        TrainingResult<float, int> reached = Train.Offline(Agent, DataSets.Pole.Data, Observations, new Discrete(2), 1000, easy).Result;
        Assert.Equal((StopReason.TargetReached, 100), (reached.Reason, reached.Steps));
        using var source = new CancellationTokenSource();
        source.Cancel();
        TrainingResult<float, int> cancelled = Train.Offline(Agent, DataSets.Pole.Data, Observations, new Discrete(2), 1000, Settings, source.Token).Result;
        Assert.Equal((StopReason.Cancelled, 0), (cancelled.Reason, cancelled.Steps));
        Assert.NotNull(cancelled.BestPolicy);
    }

    [Fact]
    public void A_pretrained_agent_plays_what_it_learnt_and_goes_on_as_any_other()
    {
        var agent = new Pretrained<int>(Agent with { Exploration = 0.01, UpdatesPerTransition = 0.1 }, DataSets.Pole.Data, 500) { Capacity = 20_000 };
        TrainingRun<float, int> run = agent.Start(new CartPole(4), RandomKey.FromSeed(1));
        var state = (ReplayAgentState<int>)run.State;
        Assert.Equal(500, state.Updates);
        Assert.Equal(DataSets.Pole.Data.Count, state.Memory.Buffer.Count);
        Assert.Equal(DataSets.Pole.Data.Rewards, state.Memory.Buffer.Rewards);
        Assert.Equal(DataSets.Pole.Data.NextObservations, state.Memory.Buffer.NextObservations);
        run.Train(2000);
        Assert.Equal(DataSets.Pole.Data.Count + 2000, state.Memory.Buffer.Count);
        Assert.Equal(12_000, DataSets.Pole.Data.Count);
        var stream = new MemoryStream();
        run.Save(stream);
        stream.Position = 0;
        TrainingRun<float, int> resumed = agent.Start(new CartPole(4), RandomKey.FromSeed(1));
        resumed.Load(stream);
        run.Train(400);
        resumed.Train(400);
        Assert.Equal(StateArchive.Save(run), StateArchive.Save(resumed));
        Assert.Contains("can't hold the 12000", Assert.Throws<ArgumentException>(() => (agent with { Capacity = 100 }).Start(new CartPole(4), default)).Message, StringComparison.Ordinal);
        Assert.Contains("Ppo doesn't", Assert.Throws<ArgumentException>(() => new Pretrained<int>(new Ppo(), DataSets.Pole.Data, 1).Start(new CartPole(4), default)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_does_not_fit_is_named()
    {
        ReplayBuffer<float, int> data = DataSets.Pole.Data, empty = new(new ReplayOptions { Capacity = 8 }, 4, 1);
        Assert.Contains("Ppo doesn't learn from a memory", Refused(new Ppo(), data, Observations), StringComparison.Ordinal);
        Assert.Contains("is empty", Refused(Agent, empty, Observations), StringComparison.Ordinal);
        Assert.Contains("observations of 4 and actions of 1", Refused(Agent, data, new Box(-1, 1, 3)), StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => Train.Offline(Agent, data, Observations, new Discrete(2), 0, Settings));
    }

    private static TrainSettings<float, int> Settings => new() { Table = null, Key = RandomKey.FromSeed(7), Training = new TrainingOptions { CurveInterval = 100 } };

    private static string Page(TrainReport<float, int> report)
    {
        var writer = new StringWriter();
        report.ToReport("Learnt from data").Write(writer);
        return writer.ToString();
    }

    private static string Refused(IAgent<float, int> agent, ReplayBuffer<float, int> data, Space<float> observations) =>
        Assert.Throws<ArgumentException>(() => Train.Offline(agent, data, observations, new Discrete(2), 10, Settings)).Message;
}
