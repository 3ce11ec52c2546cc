using System.Reflection;
using OptiCore.Devices;
using OptiCore.RL;
using OptiCore.RL.Environments;

namespace OptiCore.Gpu.Tests;

/// <summary>Environments on a device against those of the processor, bit for bit.</summary>
public sealed class EnvironmentTests(SimulatedDevice fixture) : IClassFixture<SimulatedDevice>, IKernelRows
{
    private static readonly RandomKey Key = RandomKey.FromSeed(11);

    public static IEnumerable<MethodInfo> Rows =>
    [
        .. World(typeof(CartPoleWorld), typeof(CartPoleState), typeof(CartPoleObservation), typeof(int), typeof(RandomActions<CartPoleObservation>), typeof(LinearPush), typeof(ConstantAction<CartPoleObservation, int>)),
        .. World(typeof(PendulumWorld), typeof(SpinningPendulum), typeof(PendulumObservation), typeof(float), typeof(RandomNumbers<PendulumObservation>), typeof(LinearTorque)),
        .. World(typeof(GridMoves), typeof(TableState), typeof(int), typeof(int), typeof(RandomActions<int>)),
        .. World(typeof(TabularMoves), typeof(TableState), typeof(int), typeof(int), typeof(RandomActions<int>)),
    ];

    private static IEnumerable<MethodInfo> World(Type world, Type state, Type observation, Type action, params Type[] policies)
    {
        yield return KernelTable.Of(typeof(EnvironmentKernels), nameof(EnvironmentKernels.Reset), world, state, observation, action);
        yield return KernelTable.Of(typeof(EnvironmentKernels), nameof(EnvironmentKernels.Step), world, state, observation, action);
        foreach (Type policy in policies)
            yield return KernelTable.Of(typeof(EnvironmentKernels), nameof(EnvironmentKernels.Run), world, state, observation, action, policy);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Cart_poles_step_as_on_the_processor(bool suttonBarto)
    {
        using var device = new GpuCartPole(fixture.Device, 19, maxEpisodeSteps: 25, suttonBarto);
        var processor = new CartPole(19) { MaxEpisodeSteps = 25, SuttonBartoReward = suttonBarto };

        Check(device, processor, 60, (environment, step) => (int)(RandomStream.At(Key.Fold(environment), (ulong)step).NextUInt32() >> 31));
    }

    [Fact]
    public void Pendulums_step_as_on_the_processor()
    {
        using var device = new GpuPendulum(fixture.Device, 13, maxEpisodeSteps: 30, gravity: 9.81);
        var processor = new Pendulum(13) { MaxEpisodeSteps = 30, Gravity = 9.81 };

        Check(device, processor, 70, (environment, step) => (RandomStream.At(Key.Fold(environment), (ulong)step).NextUInt32() / 4e8f) - 5);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.3)]
    public void Grid_worlds_step_as_on_the_processor(double slip)
    {
        GridLevel[] levels = [new("S.#", "..G"), new("..D", "#KG"), new("G.", "..")];
        var processor = new GridWorld(levels, 17, slip) { MaxEpisodeSteps = 12 };
        using var device = new GpuGridWorld(fixture.Device, processor, 17);

        Check(device, processor, 50, (environment, step) => (int)(RandomStream.At(Key.Fold(environment), (ulong)step).NextUInt32() >> 30));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Frozen_lakes_step_as_on_the_processor(bool isSlippery)
    {
        TabularEnvironment processor = FrozenLake.Create(17, isSlippery);
        using var device = new GpuTabularEnvironment(fixture.Device, processor, 17);

        Check(device, processor, 110, (environment, step) => (int)(RandomStream.At(Key.Fold(environment), (ulong)step).NextUInt32() >> 30));
    }

    [Fact]
    public void Many_steps_of_one_launch_are_single_steps()
    {
        const int Count = 9;
        RandomKey actions = Key.Fold("actions");
        using var fused = new GpuCartPole(fixture.Device, Count, 30);
        fused.Reset(Key);
        fused.Run(new RandomActions<CartPoleObservation>(2), 5, actions);
        fused.Run(new RandomActions<CartPoleObservation>(2), 46, actions);

        var processor = new CartPole(Count) { MaxEpisodeSteps = 30 };
        var buffers = new StepBuffers<float>(Count, 4);
        processor.Reset(Key, buffers.Observations);
        double[] running = new double[Count], finished = new double[Count];
        long[] episodes = new long[Count];
        int[] chosen = new int[Count];
        for (int step = 0; step < 51; step++)
        {
            for (int i = 0; i < Count; i++)
                chosen[i] = (int)(RandomStream.At(actions.Fold(i), (ulong)step).NextUInt32() >> 31);
            processor.Step(chosen, buffers.Output);
            for (int i = 0; i < Count; i++)
            {
                running[i] += buffers.Rewards[i];
                if (!buffers.Terminated[i] && !buffers.Truncated[i])
                    continue;
                finished[i] += running[i];
                running[i] = 0;
                episodes[i]++;
            }
        }

        Assert.Contains(episodes, count => count > 1);
        Assert.Equal(buffers.Observations, fused.Observations.ToArray());
        Assert.Equal(running, fused.Returns.ToArray());
        Assert.Equal(finished, fused.FinishedReturns.ToArray());
        Assert.Equal(episodes, fused.Episodes.ToArray());
    }

    [Fact]
    public void Policies_in_kernels_choose_by_what_they_see()
    {
        const int Count = 6;
        var weights = new CartPoleObservation(0.1f, 0.3f, 1.5f, 1f);
        using var fused = new GpuCartPole(fixture.Device, Count);
        fused.Reset(Key);
        fused.Run(new LinearPush(weights), 120, Key);

        var processor = new CartPole(Count);
        var buffers = new StepBuffers<float>(Count, 4);
        processor.Reset(Key, buffers.Observations);
        int[] chosen = new int[Count];
        for (int step = 0; step < 120; step++)
        {
            for (int i = 0; i < Count; i++)
            {
                Span<float> seen = buffers.Observation(i);
                chosen[i] = (weights.Position * seen[0]) + (weights.Velocity * seen[1]) + (weights.Angle * seen[2]) + (weights.AngularVelocity * seen[3]) > 0 ? 1 : 0;
            }

            processor.Step(chosen, buffers.Output);
        }

        Assert.Equal(buffers.Observations, fused.Observations.ToArray());
        Assert.All(fused.Episodes.ToArray(), ended => Assert.Equal(0, ended));
    }

    [Fact]
    public void Pendulums_of_one_launch_are_those_of_single_steps()
    {
        const int Count = 5;
        using var fused = new GpuPendulum(fixture.Device, Count, 20);
        using var single = new GpuPendulum(fixture.Device, Count, 20);
        fused.Reset(Key);
        single.Reset(Key);
        fused.Run(new RandomNumbers<PendulumObservation>(-3, 2), 33, Key);
        float[] torques = new float[Count];
        using DeviceBuffer<float> actions = fixture.Device.Allocate<float>(Count);
        for (int step = 0; step < 33; step++)
        {
            for (int i = 0; i < Count; i++)
                torques[i] = -3 + (5 * ((RandomStream.At(Key.Fold(i), (ulong)step).NextUInt32() >> 8) * (1f / (1 << 24))));
            actions.CopyFrom(torques);
            single.Step(actions);
        }

        Assert.Equal(single.Observations.ToArray(), fused.Observations.ToArray());
        Assert.Equal(single.States.ToArray(), fused.States.ToArray());
    }

    [Fact]
    public void Steps_allocate_nothing_but_a_simulations_launches()
    {
        using var environments = new GpuCartPole(fixture.Device, 4);
        using DeviceBuffer<int> actions = fixture.Device.Zeros<int>(4);
        environments.Reset(Key);
        Round();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Round();
        Round();

        // ILGPU's simulation makes one object for each of the four launches, which holds the kernel's arguments: 328 bytes were seen.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, fixture.Device.IsSimulated ? 4 * 400 : 0);

        void Round()
        {
            environments.Step(actions);
            environments.Run(new RandomActions<CartPoleObservation>(2), 3, Key);
        }
    }

    [Fact]
    public void Misuse_is_told()
    {
        using var environments = new GpuCartPole(fixture.Device, 3);
        using DeviceBuffer<int> actions = fixture.Device.Allocate<int>(3), few = fixture.Device.Allocate<int>(2);

        Assert.Throws<InvalidOperationException>(() => environments.Step(actions));
        environments.Reset(Key);
        Assert.Throws<ArgumentException>(() => environments.Step(few));
        Assert.Throws<ArgumentOutOfRangeException>(() => environments.Run(default(ConstantAction<CartPoleObservation, int>), -1, Key));
        Assert.Throws<ArgumentOutOfRangeException>(() => new GpuCartPole(fixture.Device, 0));
    }

    private void Check<TWorld, TState, TObservation, TElement, TAction>(
        GpuEnvironment<TWorld, TState, TObservation, TElement, TAction> device, IVectorEnvironment<TElement, TAction> processor, int steps, Func<int, int, TAction> choose)
        where TWorld : struct, IDeviceWorld<TState, TObservation, TAction>
        where TState : unmanaged
        where TObservation : unmanaged
        where TElement : unmanaged
        where TAction : unmanaged
    {
        int n = device.Count, length = device.ObservationLength, ends = 0;
        var expected = new StepBuffers<TElement>(n, length);
        processor.Reset(Key, expected.Observations);
        device.Reset(Key);
        Assert.Equal(expected.Observations, device.Observations.ToArray());
        var chosen = new TAction[n];
        using DeviceBuffer<TAction> actions = fixture.Device.Allocate<TAction>(n);
        for (int step = 0; step < steps; step++)
        {
            for (int i = 0; i < n; i++)
                chosen[i] = choose(i, step);
            actions.CopyFrom(chosen);
            processor.Step(chosen, expected.Output);
            device.Step(actions);
            Assert.Equal(expected.Observations, device.Observations.ToArray());
            Assert.Equal(expected.Rewards, device.Rewards.ToArray());
            Assert.Equal(expected.Terminated, Array.ConvertAll(device.Terminated.ToArray(), flag => flag != 0));
            Assert.Equal(expected.Truncated, Array.ConvertAll(device.Truncated.ToArray(), flag => flag != 0));
            Assert.Equal(expected.FinalObservations, device.FinalObservations.ToArray());
            for (int i = 0; i < n; i++)
                ends += expected.Terminated[i] || expected.Truncated[i] ? 1 : 0;
        }

        Assert.True(ends > n, "too few episodes ended to see the next ones begin");
    }
}
