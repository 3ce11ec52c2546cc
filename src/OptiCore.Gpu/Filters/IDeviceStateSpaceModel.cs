namespace OptiCore.Gpu;

/// <summary>A state-space model inside kernels, for one particle a thread: x_0 is drawn, x_t given x_{t-1} is drawn, and the density of y_t given x_t is known. Implemented as a small struct.</summary>
/// <typeparam name="TState">The state x.</typeparam>
/// <typeparam name="TObservation">The observation y.</typeparam>
public interface IDeviceStateSpaceModel<TState, TObservation>
    where TState : unmanaged, IDeviceVector<TState>
    where TObservation : unmanaged, IDeviceVector<TObservation>
{
    /// <summary>Draws x_0.</summary>
    /// <param name="random">The randomness of this particle.</param>
    TState DrawInitial(ref DeviceRandom random);

    /// <summary>Draws x_t given x_{t-1}.</summary>
    /// <param name="step">The step t, from 1.</param>
    /// <param name="previous">The state x_{t-1}.</param>
    /// <param name="random">The randomness of this particle.</param>
    TState DrawTransition(int step, TState previous, ref DeviceRandom random);

    /// <summary>log p(y_t | x_t), normalised; negative infinity where the observation is impossible.</summary>
    /// <param name="step">The step t.</param>
    /// <param name="observation">The observation y_t.</param>
    /// <param name="state">The state x_t.</param>
    DeviceReal LogObservation(int step, TObservation observation, TState state);
}
