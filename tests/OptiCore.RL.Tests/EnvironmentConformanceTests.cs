using System.Runtime.InteropServices;
using OptiCore.Persistence;
using OptiCore.RL.Environments;
using OptiCore.RL.Games;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests;

/// <summary>One row for each environment and wrapper; every promise of the protocol is checked for each.</summary>
public class EnvironmentConformanceTests
{
    private static readonly Row[] All =
    [
        new Row<float, int>("CartPole", n => new CartPole(n)),
        new Row<int, int>("FrozenLake", n => FrozenLake.Create(n)),
        new Row<int, int>("FrozenLake8x8", n => FrozenLake.Create8x8(n)),
        new Row<int, int>("CliffWalking", n => new TimeLimit<int, int>(CliffWalking.Create(n), 60), isDeterministic: true),
        new Row<int, int>("CliffWalkingSlippery", n => new TimeLimit<int, int>(CliffWalking.CreateSlippery(n), 60)),
        new Row<int, int>("Taxi", Taxi.Create),
        new Row<int, int>("TaxiInTheRain", n => Taxi.CreateRainy(n)),
        new Row<int, int>("FickleTaxi", n => new FickleTaxi(n, 1, 0.8)),
        new Row<int, int>("Blackjack", n => new Blackjack(n)),
        new Row<float, int>("MountainCar", n => new MountainCar(n)),
        new Row<float, float>("MountainCarContinuous", n => new MountainCarContinuous(n)),
        new Row<float, int>("Acrobot", n => new Acrobot(n)),
        new Row<float, int>("AcrobotWithNoise", n => new Acrobot(n) { Equations = AcrobotEquations.Paper, TorqueNoise = 0.5, MaxEpisodeSteps = 60 }),
        new Row<float, float>("Pendulum", n => new Pendulum(n) { Gravity = 9.81 }),
        new Row<float, int>("Spotlight", n => new PixelGame<Spotlight>(n)),
        new Row<float, int>("Crossfire", n => new PixelGame<Crossfire>(n)),
        new Row<float, int>("Warehouse", n => new PixelGame<Warehouse>(n)),
        new Row<float, int>("Lamplighter", n => new PixelGame<Lamplighter>(n)),
        new Row<float, int>("Intercept", n => new PixelGame<Intercept>(n)),
        new Row<int, int>("FourRooms", n => new GridWorld(GridLevels.FourRooms(), n, slip: 1.0 / 3)),
        new Row<int, int>("Mazes", n => new GridWorld([GridLevels.Maze(7, 7, RandomKey.FromSeed(1)), GridLevels.LockedMaze(5, 7, RandomKey.FromSeed(2))], n) { MaxEpisodeSteps = 200 }),
        new Row<float, int>("GridView", n => new GridView(new GridWorld([GridLevels.KeyDoor(5, 7, RandomKey.FromSeed(1)), GridLevels.Rooms(7, 7, RandomKey.FromSeed(2))], n) { MaxEpisodeSteps = 200 })),
        new Row<int, int>("DeepSea", n => DeepSea.Create(n), isDeterministic: true),
        new Row<int, int>("DeepSeaInWind", n => DeepSea.Create(n, isWindy: true)),
        new Row<float, int>("MemoryChain", n => new MemoryChain(n, 5, 3)),
        new Row<float, int>("UmbrellaChain", n => new UmbrellaChain(n, 6, 40)),
        new Row<float, float>("LinearQuadraticControl", LinearQuadraticControl.DoubleIntegrator),
        new Row<float, float>("CartPoleSwingUp", CartPoleSwingUp.Create),
        new Row<float, float>("Reacher", Reacher.Create),
        new Row<float, float>("PointMass", PointMass.Create),
        new Row<float, int>("PredatorPrey", n => new PredatorPrey(n)),
        new Row<float, int>("FlattenObservations", n => new FlattenObservations<int>(FrozenLake.Create(n))),
        new Row<float, int>("EpisodeStatistics", n => new EpisodeStatistics<float, int>(new CartPole(n))),
        new Row<float, int>("CheckedEnvironment", n => new CheckedEnvironment<float, int>(new CartPole(n))),
        new Row<float, int>("EpisodeRecorder", n => Recorded(new CartPole(n))),
        new Row<float, int>("NormalizeObservations", n => new NormalizeObservations<int>(new CartPole(n)), couples: true),
        new Row<float, int>("NormalizeObservationsFrozen", n => new NormalizeObservations<int>(new CartPole(n), Learned()) { IsFrozen = true }),
        new Row<float, int>("NormalizeRewards", n => new NormalizeRewards<float, int>(new MountainCar(n) { MaxEpisodeSteps = 50 }), couples: true),
        new Row<float, float>("NormalizeRewardsFrozen", n => new NormalizeRewards<float, float>(new Pendulum(n)) { IsFrozen = true }),
        new Row<float, int>("FrameStack", n => new FrameStack<float, int>(new CartPole(n), 4)),
        new Row<int, int>("FrameStackOfStates", n => new FrameStack<int, int>(FrozenLake.Create(n), 3)),
        new Row<float, int>("ClipObservations", n => new ClipObservations<int>(new CartPole(n), -0.1f, 0.1f)),
        new Row<float, float>("ClipRewards", n => new ClipRewards<float, float>(new Pendulum(n))),
        new Row<float, float>("ClipActions", n => new ClipActions<float>(new MountainCarContinuous(n) { MaxEpisodeSteps = 50 })),
        new Row<float, float>("RescaleActions", n => new RescaleActions<float>(new Pendulum(n))),
        new Row<float, int>("StickyActions", n => new StickyActions<float, int>(new CartPole(n)) { MaxRepeats = 3 }),
        new Row<float, int>("RepeatActions", n => new EnvironmentArray<float, int>(n, () => new RepeatActions<float, int>(new SingleEnvironment<float, int>(new CartPole()), 3))),
        new Row<float, int>("AllWrappers", n => new TimeLimit<float, int>(
            new FrameStack<float, int>(
                new ClipObservations<int>(new NormalizeObservations<int>(new NormalizeRewards<float, int>(new StickyActions<float, int>(new Acrobot(n)), new RunningMoments(1))), -5, 5), 2),
            40), couples: true),
    ];

    public static TheoryData<string> Names { get; } = [.. All.Select(row => row.Name)];

    [Theory, MemberData(nameof(Names))]
    public void The_checker_finds_nothing(string name) => Named(name).FindsNothing();

    [Theory, MemberData(nameof(Names))]
    public void The_same_key_gives_the_same_bits_and_another_key_others(string name) => Named(name).RepeatsByKey();

    [Theory, MemberData(nameof(Names))]
    public void An_environment_does_not_notice_how_many_run_together(string name) => Named(name).IgnoresCount();

    [Theory, MemberData(nameof(Names))]
    public void A_step_allocates_nothing(string name) => Named(name).AllocatesNothing();

    [Theory, MemberData(nameof(Names))]
    public void A_saved_and_loaded_environment_goes_on_to_identical_bits(string name) => Named(name).Resumes();

    [Theory, MemberData(nameof(Names))]
    public void An_environment_that_was_never_reset_says_so(string name) => Named(name).RefusesToStepBeforeReset();

    [Theory, MemberData(nameof(Names))]
    public void A_wrong_action_changes_nothing(string name) => Named(name).RefusesWrongActions();

    private static EpisodeRecorder<float, int> Recorded(CartPole inner) => new(inner, new EpisodeWriter<float, int>(Stream.Null, inner.ObservationSpace, inner.ActionSpace));

    private static RunningMoments Learned()
    {
        var moments = new RunningMoments(4);
        moments.Update([0.1f, 0.5f, -0.02f, 0.3f, -0.2f, -0.4f, 0.05f, -0.6f]);
        return moments;
    }

    private static Row Named(string name) => All.Single(row => row.Name == name);

    private abstract class Row(string name)
    {
        public string Name => name;

        public abstract void FindsNothing();

        public abstract void RepeatsByKey();

        public abstract void IgnoresCount();

        public abstract void AllocatesNothing();

        public abstract void Resumes();

        public abstract void RefusesToStepBeforeReset();

        public abstract void RefusesWrongActions();
    }

    private sealed class Row<TObservation, TAction>(string name, Func<int, IVectorEnvironment<TObservation, TAction>> create, bool isDeterministic = false, bool couples = false) : Row(name)
        where TObservation : unmanaged
        where TAction : unmanaged
    {
        private const int Steps = 300;
        private static readonly RandomKey Key = RandomKey.FromSeed(7);

        public override void FindsNothing()
        {
            // What learns from all environments at once couples them, and the checker says so.
            IReadOnlyList<EnvironmentFinding> findings = EnvironmentCheck.Run(create, RandomKey.FromSeed(21), steps: 700);
            Assert.Equal(couples ? [EnvironmentFault.Count] : [], findings.Select(finding => finding.Fault));
        }

        public override void RepeatsByKey()
        {
            Assert.Equal(Trace(create(5), Key, 0, 5), Trace(create(5), Key, 0, 5));
            Assert.Equal(isDeterministic, Trace(create(5), Key, 0, 5).AsSpan().SequenceEqual(Trace(create(5), RandomKey.FromSeed(8), 0, 5)));
        }

        public override void IgnoresCount()
        {
            byte[] alone = Trace(create(1), Key, 0, 1);
            byte[] seven = Trace(create(7), Key, 0, 7);
            byte[] many = Trace(create(64), Key, 0, 7);
            Assert.Equal(!couples, seven.AsSpan().SequenceEqual(many));
            Assert.Equal(!couples, alone.AsSpan().SequenceEqual(Trace(create(64), Key, 0, 1)));
        }

        public override void AllocatesNothing()
        {
            IVectorEnvironment<TObservation, TAction> environment = create(9);
            StepBuffers<TObservation> buffers = environment.CreateBuffers();
            environment.Reset(Key, buffers);
            TAction[] actions = Actions(environment, 0);
            Promises.AllocatesNothing(() => environment.Step(actions, buffers), $"a step of {Name}");
        }

        public override void Resumes()
        {
            IVectorEnvironment<TObservation, TAction> whole = create(4), loaded = create(4);
            StepBuffers<TObservation> buffers = whole.CreateBuffers(), others = whole.CreateBuffers();
            whole.Reset(Key, buffers);
            for (int t = 0; t < 37; t++)
                whole.Step(Actions(whole, t), buffers);
            byte[] saved = StateArchive.Save(whole);
            StateArchive.Load(loaded, saved);
            Assert.Equal(saved, StateArchive.Save(loaded));
            for (int t = 37; t < Steps; t++)
            {
                whole.Step(Actions(whole, t), buffers);
                loaded.Step(Actions(whole, t), others);
                Assert.Equal(buffers.Observations, others.Observations);
                Assert.Equal(buffers.Rewards, others.Rewards);
                Assert.Equal(buffers.Terminated, others.Terminated);
                Assert.Equal(buffers.Truncated, others.Truncated);
            }

            Assert.Equal(StateArchive.Save(whole), StateArchive.Save(loaded));
        }

        public override void RefusesToStepBeforeReset()
        {
            IVectorEnvironment<TObservation, TAction> environment = create(2);
            StepBuffers<TObservation> buffers = environment.CreateBuffers();
            TAction[] actions = Actions(environment, 0);
            Assert.Contains("Reset", Assert.Throws<InvalidOperationException>(() => environment.Step(actions, buffers)).Message, StringComparison.Ordinal);
            Assert.Throws<InvalidOperationException>(() => environment.Restart(0, buffers.Observation(0)));
        }

        public override void RefusesWrongActions()
        {
            IVectorEnvironment<TObservation, TAction> environment = create(3);
            StepBuffers<TObservation> buffers = environment.CreateBuffers();
            environment.Reset(Key, buffers);
            byte[] before = StateArchive.Save(environment);
            TAction[] actions = Actions(environment, 0);
            MemoryMarshal.AsBytes(actions.AsSpan(2)).Fill(0xFF);
            Assert.Equal("actions", Assert.Throws<ArgumentException>(() => environment.Step(actions, buffers)).ParamName);
            Assert.Equal(before, StateArchive.Save(environment));
        }

        /// <summary>Everything that the environments from <paramref name="first"/> on say, environment by environment, as bytes.</summary>
        private static byte[] Trace(IVectorEnvironment<TObservation, TAction> environment, RandomKey key, int first, int count)
        {
            StepBuffers<TObservation> buffers = environment.CreateBuffers();
            var trace = new MemoryStream();
            environment.Reset(key, buffers);
            for (int t = 0; t < Steps; t++)
            {
                environment.Step(Actions(environment, t), buffers);
                for (int i = first; i < first + count; i++)
                {
                    trace.Write(MemoryMarshal.AsBytes(buffers.Observation(i)));
                    trace.Write(BitConverter.GetBytes(buffers.Rewards[i]));
                    trace.Write([buffers.Terminated[i] ? (byte)1 : (byte)0, buffers.Truncated[i] ? (byte)1 : (byte)0]);
                    if (buffers.Terminated[i] || buffers.Truncated[i])
                        trace.Write(MemoryMarshal.AsBytes(buffers.FinalObservation(i)));
                }
            }

            return trace.ToArray();
        }

        private static TAction[] Actions(IVectorEnvironment<TObservation, TAction> environment, int step)
        {
            int length = environment.ActionSpace.Length;
            var actions = new TAction[environment.Count * length];
            for (int i = 0; i < environment.Count; i++)
                environment.ActionSpace.Sample(RandomKey.FromSeed(99).Fold(i).Fold(step), actions.AsSpan(i * length, length));
            return actions;
        }
    }
}
