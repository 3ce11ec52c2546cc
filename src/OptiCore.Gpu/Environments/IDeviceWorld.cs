using ILGPU;

namespace OptiCore.Gpu;

/// <summary>
/// A task that is simulated on a device, one environment a thread: its states and how they change. Implemented as a small struct, which is compiled into the kernels of <see cref="GpuEnvironment{TWorld, TState, TObservation, TElement, TAction}"/>.
/// </summary>
/// <remarks>
/// Members are called inside kernels: nothing may allocate or throw. What is random is a function of the episode's key, so that it doesn't depend on how steps are divided into launches. To give the processor's bits write arithmetic over
/// <see cref="DeviceReal"/> or <see cref="ExactMath"/>.
/// </remarks>
/// <typeparam name="TState">The state of one environment, in registers.</typeparam>
/// <typeparam name="TObservation">What is observed of it, one row of the observations.</typeparam>
/// <typeparam name="TAction">An action.</typeparam>
public interface IDeviceWorld<TState, TObservation, TAction>
    where TState : unmanaged
    where TObservation : unmanaged
    where TAction : unmanaged
{
    /// <summary>The number of doubles that a state takes in memory. Read on the host.</summary>
    int Numbers { get; }

    /// <summary>The state in which an episode begins.</summary>
    /// <param name="episode">The episode's key.</param>
    TState Begin(RandomKey episode);

    /// <summary>One step.</summary>
    /// <param name="state">The state, which becomes the next one.</param>
    /// <param name="action">The action.</param>
    /// <param name="episode">The episode's key.</param>
    /// <param name="reward">The reward.</param>
    /// <returns>Whether the task reached its end.</returns>
    bool Step(ref TState state, TAction action, RandomKey episode, out double reward);

    /// <summary>What is observed of a state.</summary>
    /// <param name="state">The state.</param>
    TObservation Observe(TState state);

    /// <summary>Reads a state from memory, number k at k <paramref name="count"/> + <paramref name="index"/>, so that neighbouring threads read neighbouring numbers.</summary>
    /// <param name="memory">The states of all environments.</param>
    /// <param name="index">The environment.</param>
    /// <param name="count">The number of environments.</param>
    TState Load(ArrayView<double> memory, long index, long count);

    /// <summary>Writes a state where <see cref="Load"/> reads it.</summary>
    /// <param name="state">The state.</param>
    /// <param name="memory">The states of all environments.</param>
    /// <param name="index">The environment.</param>
    /// <param name="count">The number of environments.</param>
    void Store(TState state, ArrayView<double> memory, long index, long count);
}
