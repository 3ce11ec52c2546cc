using System.Runtime.InteropServices;
using OptiCore.Persistence;
using OptiCore.RL.Environments;
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
        new Row<int, int>("Taxi", Taxi.Create),
        new Row<float, int>("MountainCar", MountainCar.Create),
        new Row<float, int>("Acrobot", Acrobot.Create),
        new Row<float, float>("Pendulum", Pendulum.Create),
        new Row<float, int>("FlattenObservations", n => new FlattenObservations<int>(FrozenLake.Create(n))),
        new Row<float, int>("EpisodeStatistics", n => new EpisodeStatistics<float, int>(new CartPole(n))),
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

    private sealed class Row<TObservation, TAction>(string name, Func<int, IVectorEnvironment<TObservation, TAction>> create, bool isDeterministic = false) : Row(name)
        where TObservation : unmanaged
        where TAction : unmanaged
    {
        private const int Steps = 300;
        private static readonly RandomKey Key = RandomKey.FromSeed(7);

        public override void FindsNothing() =>
            Assert.Empty(EnvironmentCheck.Run(create, RandomKey.FromSeed(21), steps: 700));

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
            Assert.Equal(seven, many);
            Assert.Equal(alone, Trace(create(64), Key, 0, 1));
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
