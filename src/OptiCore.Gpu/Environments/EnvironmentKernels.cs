using ILGPU;
using ILGPU.Runtime;

namespace OptiCore.Gpu;

/// <summary>The kernels of <see cref="GpuEnvironment{TWorld, TState, TObservation, TElement, TAction}"/>, one environment a thread. Episode e of environment i has the key <c>key.Fold(i).Fold(e)</c>, as on the processor.</summary>
internal static class EnvironmentKernels
{
    /// <summary>Begins episode 0 everywhere.</summary>
    [Kernel]
    public static void Reset<TWorld, TState, TObservation, TAction>(
        TWorld world, RandomKey key, ArrayView<double> states, ArrayView<int> steps, ArrayView<long> episodes, ArrayView<TObservation> observations, ArrayView<double> returns, ArrayView<double> finished)
        where TWorld : struct, IDeviceWorld<TState, TObservation, TAction>
        where TState : unmanaged
        where TObservation : unmanaged
        where TAction : unmanaged
    {
        long count = steps.Length;
        for (long i = Threads.First; i < count; i += Threads.Count)
        {
            TState state = world.Begin(DeviceRandom.Fold(DeviceRandom.Fold(key, (ulong)i), 0));
            world.Store(state, states, i, count);
            observations[i] = world.Observe(state);
            steps[i] = 0;
            episodes[i] = 0;
            returns[i] = 0;
            finished[i] = 0;
        }
    }

    /// <summary>One step everywhere; episodes that end are followed by the next.</summary>
    [Kernel]
    public static void Step<TWorld, TState, TObservation, TAction>(
        TWorld world, RandomKey key, int limit, ArrayView<TAction> actions, ArrayView<double> states, ArrayView<int> steps, ArrayView<long> episodes,
        ArrayView<TObservation> observations, ArrayView<TObservation> finals, ArrayView<double> rewards, ArrayView<byte> terminated, ArrayView<byte> truncated)
        where TWorld : struct, IDeviceWorld<TState, TObservation, TAction>
        where TState : unmanaged
        where TObservation : unmanaged
        where TAction : unmanaged
    {
        long count = steps.Length;
        for (long i = Threads.First; i < count; i += Threads.Count)
        {
            TState state = world.Load(states, i, count);
            RandomKey own = DeviceRandom.Fold(key, (ulong)i);
            bool end = world.Step(ref state, actions[i], DeviceRandom.Fold(own, (ulong)episodes[i]), out double reward);
            int step = steps[i] + 1;
            bool cut = step >= limit;
            TObservation observation = world.Observe(state);
            if (end | cut)
            {
                finals[i] = observation;
                long episode = episodes[i] + 1;
                episodes[i] = episode;
                step = 0;
                state = world.Begin(DeviceRandom.Fold(own, (ulong)episode));
                observation = world.Observe(state);
            }

            world.Store(state, states, i, count);
            observations[i] = observation;
            steps[i] = step;
            rewards[i] = reward;
            terminated[i] = (byte)(end ? 1 : 0);
            truncated[i] = (byte)(cut ? 1 : 0);
        }
    }

    /// <summary>Many steps everywhere with actions of a policy. The state stays in registers; memory is read once and written once.</summary>
    [Kernel]
    public static void Run<TWorld, TState, TObservation, TAction, TPolicy>(
        TWorld world, TPolicy policy, RandomKey key, RandomKey actionKey, long firstStep, int stepCount, int limit, ArrayView<double> states, ArrayView<int> steps, ArrayView<long> episodes,
        ArrayView<TObservation> observations, ArrayView<double> returns, ArrayView<double> finished)
        where TWorld : struct, IDeviceWorld<TState, TObservation, TAction>
        where TState : unmanaged
        where TObservation : unmanaged
        where TAction : unmanaged
        where TPolicy : unmanaged, IDevicePolicy<TObservation, TAction>
    {
        long count = steps.Length;
        for (long i = Threads.First; i < count; i += Threads.Count)
        {
            TState state = world.Load(states, i, count);
            TObservation observation = world.Observe(state);
            TPolicy actor = policy;
            actor.Begin(DeviceRandom.Fold(actionKey, (ulong)i), firstStep);
            RandomKey own = DeviceRandom.Fold(key, (ulong)i);
            long episode = episodes[i];
            RandomKey current = DeviceRandom.Fold(own, (ulong)episode);
            int step = steps[i];
            double total = returns[i], ended = finished[i];
            for (int k = 0; k < stepCount; k++)
            {
                bool end = world.Step(ref state, actor.Act(observation), current, out double reward);
                total = ExactMath.Add(total, reward);
                step++;
                if (end | step >= limit)
                {
                    ended = ExactMath.Add(ended, total);
                    total = 0;
                    step = 0;
                    episode++;
                    current = DeviceRandom.Fold(own, (ulong)episode);
                    state = world.Begin(current);
                }

                observation = world.Observe(state);
            }

            world.Store(state, states, i, count);
            observations[i] = observation;
            steps[i] = step;
            episodes[i] = episode;
            returns[i] = total;
            finished[i] = ended;
        }
    }
}
