using ILGPU;
using ILGPU.Runtime;
using OptiCore.Devices;

namespace OptiCore.Gpu;

/// <summary>What a particle filter found.</summary>
public sealed class GpuFilterResult
{
    private readonly double[] _increments, _sizes, _means;

    internal GpuFilterResult(int dimension, double logLikelihood, double[] increments, double[] sizes, double[] means)
    {
        Dimension = dimension;
        LogLikelihood = logLikelihood;
        _increments = increments;
        _sizes = sizes;
        _means = means;
    }

    /// <summary>The number n of state variables.</summary>
    public int Dimension { get; }

    /// <summary>The logarithm of the estimate of the likelihood p(y_0, ..., y_T), which is unbiased (its exponential is); negative infinity if the filter failed.</summary>
    public double LogLikelihood { get; }

    /// <summary>True if no particle explained some observation. What follows it is of no meaning.</summary>
    public bool IsFailed => double.IsNegativeInfinity(LogLikelihood);

    /// <summary>What each observation added to <see cref="LogLikelihood"/>.</summary>
    public ReadOnlySpan<double> Increments => _increments;

    /// <summary>The effective sample size (sum w)^2 / sum w^2 after each observation.</summary>
    public ReadOnlySpan<double> EffectiveSizes => _sizes;

    /// <summary>The mean of x_t given y_0, ..., y_t, n elements.</summary>
    /// <param name="step">The step t.</param>
    public ReadOnlySpan<double> Mean(int step) => _means.AsSpan(step * Dimension, Dimension);
}

/// <summary>
/// The bootstrap particle filter on a device, one particle a thread: states are drawn of the model, weighted by the density of the observation, and resampled systematically where the effective size asks for it. For thousands to millions of
/// particles.
/// </summary>
/// <remarks>
/// <para>N. J. Gordon, D. J. Salmond, A. F. M. Smith (1993), "Novel approach to nonlinear/non-Gaussian Bayesian state estimation"; J. Carpenter, P. Clifford, P. Fearnhead (1999), "Improved particle filter for nonlinear problems", for the
/// resampling.</para>
/// <para>Particle i of step t draws from <c>key.Fold(t).Fold(i)</c>, so that results have the same bits on every device and for any number of threads. They are other draws than those of
/// <see cref="OptiCore.Samplers.BootstrapFilter"/>, whose particles share keys by blocks: the estimates agree within their Monte Carlo error.</para>
/// <para>Five launches a step, O(N) work and O(log N) for each particle where it is resampled; the host waits only at the end. 8 (2 n + 3) N bytes.</para>
/// </remarks>
/// <typeparam name="TModel">The model.</typeparam>
/// <typeparam name="TState">The state, n elements.</typeparam>
/// <typeparam name="TObservation">The observation, p elements.</typeparam>
public sealed class GpuBootstrapFilter<TModel, TState, TObservation> : IDisposable
    where TModel : unmanaged, IDeviceStateSpaceModel<TState, TObservation>
    where TState : unmanaged, IDeviceVector<TState>
    where TObservation : unmanaged, IDeviceVector<TObservation>
{
    private readonly GpuDevice _device;
    private readonly TModel _model;
    private readonly double _threshold;
    private readonly GpuBuffer<double> _logWeights, _weights, _cumulative, _sums, _squares, _moments, _upperSums, _upperSquares, _upperMoments, _facts;
    private readonly GpuBuffer<ulong> _slots;
    private readonly Action<AcceleratorStream, KernelConfig, TModel, RandomKey, int, int, double, long, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<ulong>> _move;
    private readonly Action<AcceleratorStream, KernelConfig, long, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<ulong>, ArrayView<double>, ArrayView<double>, ArrayView<double>> _weigh;
    private readonly Action<AcceleratorStream, KernelConfig, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>> _gather;
    private readonly Action<AcceleratorStream, KernelConfig, int, int, double, double, long, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<ulong>, ArrayView<double>, ArrayView<double>, ArrayView<double>> _conclude;
    private readonly Action<AcceleratorStream, KernelConfig, long, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>> _accumulate;
    private GpuBuffer<double> _states, _previous;

    /// <summary>Takes the memory and compiles the kernels.</summary>
    /// <param name="device">The device.</param>
    /// <param name="model">The model.</param>
    /// <param name="particles">The number N of particles, at least 2.</param>
    /// <param name="threshold">Particles are resampled before a step where the effective sample size is at most this part of N: 1 before every step, 0 never.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is smaller than 2 or the threshold outside [0, 1].</exception>
    /// <exception cref="DeviceOutOfMemoryException">The device hasn't as much memory.</exception>
    public GpuBootstrapFilter(GpuDevice device, TModel model, int particles, double threshold = 0.5)
    {
        ArgumentNullException.ThrowIfNull(device);
        Particles = Require.AtLeast(particles, 2, nameof(particles));
        _threshold = Require.InClosed(threshold, 0, 1, nameof(threshold));
        _device = device;
        _model = model;
        long n = TState.Length, chunks = Parts(particles), uppers = Parts(chunks);
        _states = device.Allocate<double>(n * particles);
        _previous = device.Allocate<double>(n * particles);
        _logWeights = device.Allocate<double>(particles);
        _weights = device.Allocate<double>(particles);
        _cumulative = device.Allocate<double>(particles);
        _sums = device.Allocate<double>(chunks);
        _squares = device.Allocate<double>(chunks);
        _moments = device.Allocate<double>(n * chunks);
        _upperSums = device.Allocate<double>(uppers);
        _upperSquares = device.Allocate<double>(uppers);
        _upperMoments = device.Allocate<double>(n * uppers);
        _facts = device.Allocate<double>(FilterKernels.Facts);
        _slots = device.Allocate<ulong>(FilterKernels.Slots);
        _move = device.Kernel<Action<AcceleratorStream, KernelConfig, TModel, RandomKey, int, int, double, long, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<ulong>>>(
            FilterKernels.Move<TModel, TState, TObservation>);
        _weigh = device.Kernel<Action<AcceleratorStream, KernelConfig, long, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<ulong>, ArrayView<double>, ArrayView<double>, ArrayView<double>>>(FilterKernels.Weigh<TState>);
        _gather = device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>>>(FilterKernels.Gather<TState>);
        _conclude = device.Kernel<Action<AcceleratorStream, KernelConfig, int, int, double, double, long, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<ulong>, ArrayView<double>, ArrayView<double>, ArrayView<double>>>(
            FilterKernels.Conclude<TState>);
        _accumulate = device.Kernel<Action<AcceleratorStream, KernelConfig, long, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>, ArrayView<double>>>(FilterKernels.Accumulate);
    }

    /// <summary>The number N of particles.</summary>
    public int Particles { get; }

    /// <summary>The particles after the last observation, n x N: element k of particle i at k N + i.</summary>
    public DeviceBuffer<double> States => _states;

    /// <summary>The weights of the particles after the last observation, proportional to their probabilities; the largest is 1.</summary>
    public DeviceBuffer<double> Weights => _weights;

    /// <summary>Filters a series of observations from its beginning, and waits for the end.</summary>
    /// <param name="observations">The observations y_0, y_1, ..., row-major with p elements each; one with an element that isn't finite counts as missing.</param>
    /// <param name="key">The randomness.</param>
    /// <exception cref="ArgumentException">The length isn't a multiple of p, or 0.</exception>
    public GpuFilterResult Run(ReadOnlySpan<double> observations, RandomKey key)
    {
        int p = TObservation.Length, n = TState.Length, steps = observations.Length / p;
        if (steps == 0 || observations.Length % p != 0)
            throw new ArgumentException($"observations has {observations.Length} elements, not a positive multiple of {p}.", nameof(observations));
        double[] columns = new double[observations.Length];
        for (int i = 0; i < observations.Length; i++)
            columns[((i % p) * steps) + (i / p)] = observations[i];

        AcceleratorStream stream = _device.Native(null);
        using DeviceBuffer<double> seen = _device.Upload<double>(columns);
        using GpuBuffer<double> increments = _device.Allocate<double>(steps), sizes = _device.Allocate<double>(steps), means = _device.Allocate<double>((long)n * steps);
        _facts.Clear();
        _slots.Clear();
        for (int step = 0; step < steps; step++)
        {
            RandomKey own = key.Fold(step);
            (_states, _previous) = (_previous, _states);
            _move(
                stream, _device.Shape(Particles), _model, own, step, steps, own.Fold("resampling").Stream().NextDouble(), Particles, _device.View(seen), _previous.View, _states.View, _logWeights.View,
                _cumulative.View, _facts.View, _slots.View);
            _weigh(stream, _device.Shape(_sums.Length), Particles, _states.View, _logWeights.View, _weights.View, _slots.View, _sums.View, _squares.View, _moments.View);
            _gather(stream, _device.Shape(_upperSums.Length), _sums.View, _squares.View, _moments.View, _upperSums.View, _upperSquares.View, _upperMoments.View);
            _conclude(
                stream, new KernelConfig(1, 1), step, steps, _threshold, Math.Log(Particles), Particles, _upperSums.View, _upperSquares.View, _upperMoments.View, _facts.View, _slots.View,
                increments.View, sizes.View, means.View);
            _accumulate(stream, _device.Shape(_sums.Length), Particles, _weights.View, _sums.View, _upperSums.View, _facts.View, _cumulative.View);
        }

        double[] byElement = means.ToArray(), rows = new double[byElement.Length];
        for (int i = 0; i < rows.Length; i++)
            rows[i] = byElement[((i % n) * steps) + (i / n)];
        return new GpuFilterResult(n, _facts.ToArray()[FilterKernels.LogLikelihood], increments.ToArray(), sizes.ToArray(), rows);
    }

    /// <summary>Gives the memory back.</summary>
    public void Dispose()
    {
        foreach (GpuBuffer<double> buffer in (ReadOnlySpan<GpuBuffer<double>>)[_states, _previous, _logWeights, _weights, _cumulative, _sums, _squares, _moments, _upperSums, _upperSquares, _upperMoments, _facts])
            buffer.Dispose();
        _slots.Dispose();
    }

    private static long Parts(long count) => (count + FilterKernels.Chunk - 1) / FilterKernels.Chunk;
}
