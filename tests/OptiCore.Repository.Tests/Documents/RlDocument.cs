using OptiCore.Optimizers;
using OptiCore.Persistence;
using OptiCore.RL;
using OptiCore.RL.Environments;

namespace OptiCore.Repository.Tests.Documents;

/// <summary>The code of docs/rl.md.</summary>
public class RlDocument
{
    [Fact]
    public void WriteYourEnvironment()
    {
        foreach (EnvironmentFinding finding in EnvironmentCheck.Run(() => new Thermostat(), RandomKey.FromSeed(1)))
            Console.WriteLine(finding);
        Assert.Empty(EnvironmentCheck.Run(() => new Thermostat(), RandomKey.FromSeed(1)));

        var rooms = new TimeLimit<float, float>(new EnvironmentArray<float, float>(16, () => new Thermostat()), 100);
        var agent = new Ppo { Discount = 0.95, Optimizer = new ClipByNorm(0.5).Then(new Adam { LearningRate = 1e-3 }) };
        TrainReport<float, float> report = Train.Run(agent, rooms, 60_000);

        double learnt = report.BestPolicy.Evaluate(rooms, 50, RandomKey.FromSeed(2)).MeanReturn;
        double random = new RandomPolicy<float, float>(rooms.ActionSpace).Evaluate(rooms, 50, RandomKey.FromSeed(2)).MeanReturn;
        Assert.True(learnt > random / 4, $"{learnt} is not well above {random}.");
        Assert.True(report.Log.Rows.Count >= 5);
    }

    [Fact]
    public void LearnFromData()
    {
        ReplayBuffer<float, int> data = new Operators().Collect(new CartPole(16), 12_000, RandomKey.FromSeed(1), discount: 0.99);

        var agent = new Iql { Actor = Torso.Relu(32, 32), Critic = Torso.Relu(32, 32), Value = Torso.Relu(32, 32), InverseTemperature = 10, BatchSize = 128, TargetRate = 0.02, Optimizer = new Adam { LearningRate = 1e-3 } };
        TrainReport<float, int> report = Train.Offline(agent, data, new CartPole(1).ObservationSpace, new Discrete(2), 3_000, new TrainSettings<float, int>
        {
            Training = new TrainingOptions { CurveInterval = 1_000, Workers = Workers.AllCores },
            Evaluation = () => new CartPole(20),
        });
        Assert.True(report.Result.BestMeanReturn > 150, report.ToString());

        var poles = new CartPole(64);
        float[] initial = new float[64 * 4];
        poles.Reset(RandomKey.FromSeed(3), initial);
        PolicyValueEstimate estimate = new FittedQEvaluation { BatchSize = 128, Updates = 10_000 }.Evaluate(report.BestPolicy, data, new Discrete(2), initial, RandomKey.FromSeed(2));

        // Balancing for long is worth 1 / (1 - 0.99) = 100, falling at once 9.
        Assert.InRange(estimate.Value, 70, 120);
    }

    [Fact]
    public void LearnFromDemonstrations()
    {
        ReplayBuffer<float, float> demonstrations = new Pusher().Collect(PointMass.Create(4), 400, RandomKey.FromSeed(6), discount: 0.99);
        var cloning = new BehaviourCloning { Updates = 300 };
        NetworkPolicy<float> clone = cloning.Fit(demonstrations, new Box(-1, 1, 2), RandomKey.FromSeed(1)).Policy;
        IReadOnlyList<NetworkPolicy<float>> clones = new DatasetAggregation { Cloning = cloning }.Fit(new Pusher(), PointMass.Create(4), RandomKey.FromSeed(2));
        Assert.Equal(5, clones.Count);
        Assert.InRange(clone.Evaluate(PointMass.Create(20), 40, RandomKey.FromSeed(3)).MeanReturn, 40, 95);

        var agent = new Gail { Demonstrations = demonstrations, Learner = new Sac(), Reward = AdversarialReward.LogOdds };
        TrainingRun<float, float> run = agent.Start(PointMass.Create(8), RandomKey.FromSeed(1));
        run.Train(16);
    }

    [Fact]
    public void LearnFromPreferences()
    {
        var agent = new Pebble { Teacher = new Nearer(), Rewards = new PreferenceModel { SegmentLength = 20 }, MaxQueries = 300 };
        TrainingRun<float, float> run = agent.Start(PointMass.Create(8), RandomKey.FromSeed(1));
        run.Train(16);
    }

    [Fact]
    public void WriteYourAgent()
    {
        TrainingRun<float, int> run = new HillClimbing().Start(new CartPole(8), RandomKey.FromSeed(1));
        TrainingResult<float, int> result = run.Train(400_000);
        Assert.InRange(result.BestPolicy.Evaluate(new CartPole(8), 50, RandomKey.FromSeed(2)).MeanReturn, 150, 500);
    }

    // Pushes the mass to the middle as a damped spring does.
    private sealed class Pusher : IPolicy<float, float>
    {
        public void Act(ReadOnlySpan<float> observations, RandomKey key, Span<float> actions)
        {
            for (int i = 0; i < actions.Length; i++)
                actions[i] = Math.Clamp((-4 * observations[(4 * (i / 2)) + (i % 2)]) - (3.5f * observations[(4 * (i / 2)) + 2 + (i % 2)]), -1, 1);
        }
    }
}

// Of 16 poles 3 are balanced, with noise, and the others thrown over, with noise.
public sealed class Operators : IPolicy<float, int>
{
    public void Act(ReadOnlySpan<float> observations, RandomKey key, Span<int> actions)
    {
        for (int i = 0; i < actions.Length; i++)
        {
            ReadOnlySpan<float> pole = observations.Slice(4 * i, 4);
            RandomStream stream = key.Fold(i).Stream();
            bool right = (0.1f * pole[0]) + (0.3f * pole[1]) + (3 * pole[2]) + pole[3] > 0 == i < 3;
            actions[i] = stream.NextDouble() < 0.25 ? stream.NextInt32(2) : right ? 1 : 0;
        }
    }
}

// Keeps a room at 20 degrees: the action heats or cools by up to 2 degrees a step, the weather pulls towards 10.
public sealed class Thermostat : IEnvironment<float, float>, IPersistent
{
    private float _temperature;

    public Space<float> ObservationSpace { get; } = new Box(-40, 60, 1);

    public Space<float> ActionSpace { get; } = new Box(-1, 1, 1);

    public void Reset(RandomKey key, Span<float> observation) => observation[0] = _temperature = 10 + (float)(20 * key.Stream().NextDouble());

    public StepOutcome Step(ReadOnlySpan<float> action, Span<float> observation)
    {
        _temperature += (2 * Math.Clamp(action[0], -1, 1)) + (0.1f * (10 - _temperature));
        observation[0] = _temperature;
        return new StepOutcome(-Math.Abs(_temperature - 20));
    }

    public void Persist(StateArchive archive) => archive.Transfer(ref _temperature);
}

// Prefers to end nearer to the middle.
public sealed class Nearer : IPreferenceTeacher
{
    public Preference Compare(in TrajectorySegment first, in TrajectorySegment second, RandomKey key) =>
        Distance(first) < Distance(second) ? Preference.First : Preference.Second;

    private static double Distance(in TrajectorySegment segment) => double.Hypot(segment.Observations[^4], segment.Observations[^3]);
}

// Random changes of a linear policy, kept while they do no worse over some episodes.
public sealed record HillClimbing : IAgent<float, int>
{
    public AgentState<float, int> Start(AgentSetup<float, int> setup) => new State(setup);

    private sealed class State(AgentSetup<float, int> setup) : AgentState<float, int>
    {
        private readonly int _inputs = setup.ObservationSpace.Length;
        private readonly float[] _best = new float[setup.ObservationSpace.Length], _trial = new float[setup.ObservationSpace.Length], _kept = new float[setup.ObservationSpace.Length];
        private double _bestReturn = double.NegativeInfinity, _return;
        private int _episodes;
        private long _trials;

        public override void Explore(ReadOnlySpan<float> observations, long steps, Span<int> actions) => Play(_trial, observations, actions);

        public override void Act(ReadOnlySpan<float> observations, Span<int> actions) => Play(_best, observations, actions);

        public override AgentAdvance Observe(in Transition<float, int> transition)
        {
            for (int i = 0; i < transition.Rewards.Length; i++)
            {
                _return += transition.Rewards[i];
                _episodes += transition.Terminated[i] || transition.Truncated[i] ? 1 : 0;
            }

            if (_episodes < 16)
                return AgentAdvance.Continue;
            if (_return / _episodes >= _bestReturn)
            {
                _bestReturn = _return / _episodes;
                _trial.CopyTo(_best, 0);
            }

            RandomStream stream = setup.Key.Fold(_trials++).Stream();
            for (int j = 0; j < _inputs; j++)
                _trial[j] = _best[j] + (0.5f * (float)stream.NextNormal());
            (_return, _episodes) = (0, 0);
            return AgentAdvance.RestartEpisodes;
        }

        public override void KeepPolicy() => _best.CopyTo(_kept, 0);

        public override IPolicy<float, int> CurrentPolicy() => new Policy([.. _best]);

        public override IPolicy<float, int> KeptPolicy() => new Policy([.. _kept]);

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<float>(_best);
            archive.Transfer<float>(_trial);
            archive.Transfer<float>(_kept);
            archive.Transfer(ref _bestReturn);
            archive.Transfer(ref _return);
            archive.Transfer(ref _episodes);
            archive.Transfer(ref _trials);
        }
    }

    private sealed class Policy(float[] weights) : IPolicy<float, int>
    {
        public void Act(ReadOnlySpan<float> observations, RandomKey key, Span<int> actions) => Play(weights, observations, actions);
    }

    private static void Play(float[] weights, ReadOnlySpan<float> observations, Span<int> actions)
    {
        for (int i = 0; i < actions.Length; i++)
        {
            float sum = 0;
            for (int j = 0; j < weights.Length; j++)
                sum += weights[j] * observations[(i * weights.Length) + j];
            actions[i] = sum > 0 ? 1 : 0;
        }
    }
}
