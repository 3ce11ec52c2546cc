using ILGPU;
using ILGPU.Runtime;
using OptiCore.Devices;

namespace OptiCore.Gpu;

/// <summary>
/// Many environments of one kind that step together on a device, one a thread; everything lies in the device's memory. The semantics are those of <see cref="RL.IVectorEnvironment{TObservation, TAction}"/>: terminated and truncated apart,
/// the final observation kept, the next episode begun at once with a key of its own. The library's worlds give its bits too: <see cref="GpuCartPole"/>, <see cref="GpuPendulum"/>, <see cref="GpuGridWorld"/>.
/// </summary>
/// <remarks>
/// <para>A step costs one launch and passes once over the memory of states, observations and results. <see cref="Run"/> makes many steps in one launch with the state in registers, for policies that are compiled into the kernel. Nothing
/// is allocated after the first call of each.</para>
/// <para>Members only put work on the device's stream; reading a buffer waits for it. Actions are not checked, as that would wait too: what a wrong one does the world says.</para>
/// </remarks>
/// <typeparam name="TWorld">The task.</typeparam>
/// <typeparam name="TState">The state of one environment, in registers.</typeparam>
/// <typeparam name="TObservation">What is observed of it, one row of the observations.</typeparam>
/// <typeparam name="TElement">The elements of a row in memory.</typeparam>
/// <typeparam name="TAction">An action.</typeparam>
public class GpuEnvironment<TWorld, TState, TObservation, TElement, TAction> : IDisposable
    where TWorld : struct, IDeviceWorld<TState, TObservation, TAction>
    where TState : unmanaged
    where TObservation : unmanaged
    where TElement : unmanaged
    where TAction : unmanaged
{
    private readonly GpuDevice _device;
    private readonly TWorld _world;
    private readonly int _limit;
    private readonly GpuBuffer<double> _states, _rewards, _returns, _finishedReturns;
    private readonly GpuBuffer<int> _steps;
    private readonly GpuBuffer<long> _episodes;
    private readonly GpuBuffer<TElement> _observations, _finalObservations;
    private readonly GpuBuffer<byte> _terminated, _truncated;
    private readonly Action<AcceleratorStream, KernelConfig, TWorld, RandomKey, ArrayView<double>, ArrayView<int>, ArrayView<long>, ArrayView<TObservation>, ArrayView<double>, ArrayView<double>> _reset;
    private readonly Action<AcceleratorStream, KernelConfig, TWorld, RandomKey, int, ArrayView<TAction>, ArrayView<double>, ArrayView<int>, ArrayView<long>, ArrayView<TObservation>, ArrayView<TObservation>, ArrayView<double>, ArrayView<byte>, ArrayView<byte>> _step;
    private readonly Dictionary<Type, Delegate> _runs = [];
    private RandomKey _key;
    private long _time;
    private bool _isStarted;

    /// <summary>Creates the environments; reset them before the first step.</summary>
    /// <param name="device">The device.</param>
    /// <param name="world">The task.</param>
    /// <param name="count">The number of environments.</param>
    /// <param name="maxEpisodeSteps">The step after which an episode is truncated.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is smaller than 1.</exception>
    /// <exception cref="DeviceOutOfMemoryException">The device hasn't as much memory.</exception>
    public unsafe GpuEnvironment(GpuDevice device, TWorld world, int count, int maxEpisodeSteps = int.MaxValue)
    {
        ArgumentNullException.ThrowIfNull(device);
        _device = device;
        _world = world;
        Count = Require.Positive(count, nameof(count));
        _limit = Require.Positive(maxEpisodeSteps, nameof(maxEpisodeSteps));
        ObservationLength = sizeof(TObservation) / sizeof(TElement);
        _states = device.Allocate<double>((long)world.Numbers * count);
        _steps = device.Allocate<int>(count);
        _episodes = device.Allocate<long>(count);
        _observations = device.Allocate<TElement>((long)ObservationLength * count);
        _finalObservations = device.Allocate<TElement>((long)ObservationLength * count);
        _finalObservations.Clear();
        _rewards = device.Allocate<double>(count);
        _terminated = device.Allocate<byte>(count);
        _truncated = device.Allocate<byte>(count);
        _returns = device.Allocate<double>(count);
        _finishedReturns = device.Allocate<double>(count);
        _reset = device.Kernel<Action<AcceleratorStream, KernelConfig, TWorld, RandomKey, ArrayView<double>, ArrayView<int>, ArrayView<long>, ArrayView<TObservation>, ArrayView<double>, ArrayView<double>>>(
            EnvironmentKernels.Reset<TWorld, TState, TObservation, TAction>);
        _step = device.Kernel<Action<AcceleratorStream, KernelConfig, TWorld, RandomKey, int, ArrayView<TAction>, ArrayView<double>, ArrayView<int>, ArrayView<long>, ArrayView<TObservation>, ArrayView<TObservation>, ArrayView<double>, ArrayView<byte>, ArrayView<byte>>>(
            EnvironmentKernels.Step<TWorld, TState, TObservation, TAction>);
    }

    /// <summary>The number n of environments.</summary>
    public int Count { get; }

    /// <summary>The number of elements of one observation.</summary>
    public int ObservationLength { get; }

    /// <summary>The step after which an episode is truncated.</summary>
    public int MaxEpisodeSteps => _limit;

    /// <summary>The observations to act on next, n rows: of the running episodes, or the first of the next one where an episode has ended.</summary>
    public DeviceBuffer<TElement> Observations => _observations;

    /// <summary>The last observations of the episodes that ended in the last <see cref="Step"/>, n rows; other rows are older. <see cref="Run"/> doesn't write them.</summary>
    public DeviceBuffer<TElement> FinalObservations => _finalObservations;

    /// <summary>The rewards of the last <see cref="Step"/>.</summary>
    public DeviceBuffer<double> Rewards => _rewards;

    /// <summary>1 where the task reached its end in the last <see cref="Step"/>, else 0.</summary>
    public DeviceBuffer<byte> Terminated => _terminated;

    /// <summary>1 where the episode was cut off in the last <see cref="Step"/>, else 0.</summary>
    public DeviceBuffer<byte> Truncated => _truncated;

    /// <summary>The numbers of the running episodes, from 0: how many have ended in each environment.</summary>
    public DeviceBuffer<long> Episodes => _episodes;

    /// <summary>The steps of the running episodes so far.</summary>
    public DeviceBuffer<int> EpisodeSteps => _steps;

    /// <summary>The states of all environments as the world lays them out, number k of environment i at k n + i.</summary>
    public DeviceBuffer<double> States => _states;

    /// <summary>The sum of rewards in the running episodes, of steps made by <see cref="Run"/>.</summary>
    public DeviceBuffer<double> Returns => _returns;

    /// <summary>The sum of rewards over all episodes of each environment that ended in <see cref="Run"/> since the reset, of steps made by it.</summary>
    public DeviceBuffer<double> FinishedReturns => _finishedReturns;

    /// <summary>Begins episode 0 everywhere. O(n), one launch.</summary>
    /// <param name="key">The randomness: episode e of environment i has the key <c>key.Fold(i).Fold(e)</c>.</param>
    public void Reset(RandomKey key)
    {
        _key = key;
        _time = 0;
        _isStarted = true;
        _reset(_device.Native(null), _device.Shape(Count), _world, key, _states.View, _steps.View, _episodes.View, Rows(_observations), _returns.View, _finishedReturns.View);
    }

    /// <summary>One step everywhere; where an episode ends the next begins. O(n), one launch.</summary>
    /// <param name="actions">The actions, n of them, on the same device.</param>
    /// <exception cref="ArgumentException">The buffer lies on another device or has another length.</exception>
    /// <exception cref="InvalidOperationException">The environments were never reset.</exception>
    public void Step(DeviceBuffer<TAction> actions)
    {
        EnsureStarted();
        ArrayView<TAction> chosen = _device.View(actions);
        if (chosen.Length != Count)
            throw new ArgumentException($"actions has {chosen.Length} elements but there are {Count} environments.", nameof(actions));
        _step(
            _device.Native(null), _device.Shape(Count), _world, _key, _limit, chosen, _states.View, _steps.View, _episodes.View,
            Rows(_observations), Rows(_finalObservations), _rewards.View, _terminated.View, _truncated.View);
        _time++;
    }

    /// <summary>Many steps everywhere in one launch. The same steps, bit for bit, as so many calls of <see cref="Step"/> with the policy's actions, and for any division into launches; it writes the last observations and sums of rewards only.</summary>
    /// <typeparam name="TPolicy">The policy, compiled into the kernel.</typeparam>
    /// <param name="policy">The policy.</param>
    /// <param name="steps">The number of steps.</param>
    /// <param name="key">The randomness of actions: those of environment i come from <c>key.Fold(i)</c>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    /// <exception cref="InvalidOperationException">The environments were never reset.</exception>
    public void Run<TPolicy>(TPolicy policy, int steps, RandomKey key)
        where TPolicy : unmanaged, IDevicePolicy<TObservation, TAction>
    {
        EnsureStarted();
        Require.NonNegative(steps);
        if (!_runs.TryGetValue(typeof(TPolicy), out Delegate? known))
        {
            known = _device.Kernel<Launch<TPolicy>>(EnvironmentKernels.Run<TWorld, TState, TObservation, TAction, TPolicy>);
            _runs.Add(typeof(TPolicy), known);
        }

        ((Launch<TPolicy>)known)(
            _device.Native(null), _device.Shape(Count), _world, policy, _key, key, _time, steps, _limit, _states.View, _steps.View, _episodes.View, Rows(_observations), _returns.View, _finishedReturns.View);
        _time += steps;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the memory back.</summary>
    /// <param name="disposing">Whether <see cref="Dispose()"/> was called.</param>
    protected virtual void Dispose(bool disposing)
    {
        if (!disposing)
            return;
        _states.Dispose();
        _steps.Dispose();
        _episodes.Dispose();
        _observations.Dispose();
        _finalObservations.Dispose();
        _rewards.Dispose();
        _terminated.Dispose();
        _truncated.Dispose();
        _returns.Dispose();
        _finishedReturns.Dispose();
    }

    private static ArrayView<TObservation> Rows(GpuBuffer<TElement> buffer) => buffer.View.Cast<TObservation>();

    private void EnsureStarted()
    {
        if (!_isStarted)
            throw new InvalidOperationException("The environments were never reset: call Reset(key) before the first step.");
    }

    private delegate void Launch<TPolicy>(
        AcceleratorStream stream, KernelConfig shape, TWorld world, TPolicy policy, RandomKey key, RandomKey actionKey, long firstStep, int stepCount, int limit, ArrayView<double> states, ArrayView<int> steps,
        ArrayView<long> episodes, ArrayView<TObservation> observations, ArrayView<double> returns, ArrayView<double> finished);
}
