using OptiCore.Samplers;

namespace OptiCore.Gpu;

/// <summary>
/// Draws from a target density with thousands of chains on a device:
/// <code>using GpuDevice device = GpuDevices.Open();
/// GpuSamplingResult result = GpuSampling.Run(
///     device, new CheesHmc(), new GpuLogisticRegression(design, labels), new SamplingOptions { Chains = 16384, WarmUp = 500, Draws = 100 }, new GpuRecording { Thinning = 0 });
/// Console.WriteLine(result.Moments[0]);</code>
/// </summary>
/// <remarks>
/// <para>Methods, options and keys are those of OptiCore.Samplers. Given equal densities, momenta, uniform numbers and the arithmetic of trajectories have the bits of the processor's chains (of up to 4,096 coordinates). Without a
/// warm-up so have <see cref="CheesHmc"/> and <see cref="RandomWalk"/> their draws, as long as no uniform number lies within a rounding error of an acceptance probability, and <see cref="Meads"/> has in any case. Tuned ones agree to
/// rounding errors, as the sums over chains that tune <see cref="CheesHmc"/> are made in another order; errors grow from transition to transition as the flow is chaotic.</para>
/// <para><see cref="RandomWalk"/> is tuned for all chains together, by the mean acceptance probability and the variances over all chains, where chains of the processor are each tuned alone.</para>
/// <para>Of the options, <see cref="SamplingOptions.Workers"/> and <see cref="SamplingOptions.MaxDivergenceRecords"/> mean nothing here: divergences are counted, not located. <see cref="SamplingOptions.Initialization"/> must be null.</para>
/// </remarks>
public static class GpuSampling
{
    /// <summary>Runs ChEES-HMC to the end.</summary>
    /// <param name="device">The device.</param>
    /// <param name="method">The method.</param>
    /// <param name="density">The log density.</param>
    /// <param name="options">Chains, limits and reports.</param>
    /// <param name="recording">What is kept of the draws.</param>
    /// <param name="cancellationToken">Ends the run with the draws so far; never throws.</param>
    /// <exception cref="ArgumentException">An option doesn't suit the method or a device, or an initial point has the wrong length or an element that isn't finite.</exception>
    public static GpuSamplingResult Run(GpuDevice device, CheesHmc method, IGpuLogDensity density, SamplingOptions? options = null, GpuRecording? recording = null, CancellationToken cancellationToken = default)
    {
        using GpuSamplingRun run = Start(device, method, density, options, recording);
        return run.Complete(cancellationToken);
    }

    /// <summary>Runs MEADS to the end.</summary>
    /// <inheritdoc cref="Run(GpuDevice, CheesHmc, IGpuLogDensity, SamplingOptions?, GpuRecording?, CancellationToken)"/>
    public static GpuSamplingResult Run(GpuDevice device, Meads method, IGpuLogDensity density, SamplingOptions? options = null, GpuRecording? recording = null, CancellationToken cancellationToken = default)
    {
        using GpuSamplingRun run = Start(device, method, density, options, recording);
        return run.Complete(cancellationToken);
    }

    /// <summary>Runs random-walk Metropolis to the end.</summary>
    /// <inheritdoc cref="Run(GpuDevice, CheesHmc, IGpuLogDensity, SamplingOptions?, GpuRecording?, CancellationToken)"/>
    public static GpuSamplingResult Run(GpuDevice device, RandomWalk method, IGpuLogDensity density, SamplingOptions? options = null, GpuRecording? recording = null, CancellationToken cancellationToken = default)
    {
        using GpuSamplingRun run = Start(device, method, density, options, recording);
        return run.Complete(cancellationToken);
    }

    /// <summary>Starts a run of ChEES-HMC: all memory of the device is taken, nothing is evaluated yet.</summary>
    /// <inheritdoc cref="Run(GpuDevice, CheesHmc, IGpuLogDensity, SamplingOptions?, GpuRecording?, CancellationToken)"/>
    public static GpuSamplingRun Start(GpuDevice device, CheesHmc method, IGpuLogDensity density, SamplingOptions? options = null, GpuRecording? recording = null)
    {
        (options, recording) = Check(device, method, density, options, recording);
        if (options.Chains < 2 && options.WarmUp > 0)
            throw new ArgumentOutOfRangeException(nameof(options), options.Chains, "There is 1 chain but the trajectory length is tuned by the spread of at least 2, better 16 or more.");
        return new GpuSamplingRun(device, method, new GpuCheesChains(device, method, density, options.Chains, options.WarmUp), options, recording);
    }

    /// <summary>Starts a run of MEADS: all memory of the device is taken, nothing is evaluated yet.</summary>
    /// <inheritdoc cref="Run(GpuDevice, CheesHmc, IGpuLogDensity, SamplingOptions?, GpuRecording?, CancellationToken)"/>
    public static GpuSamplingRun Start(GpuDevice device, Meads method, IGpuLogDensity density, SamplingOptions? options = null, GpuRecording? recording = null)
    {
        (options, recording) = Check(device, method, density, options, recording);
        method.Check(options.Chains);
        return new GpuSamplingRun(device, method, new GpuMeadsChains(device, method, density, options.Chains), options, recording);
    }

    /// <summary>Starts a run of random-walk Metropolis: all memory of the device is taken, nothing is evaluated yet.</summary>
    /// <inheritdoc cref="Run(GpuDevice, CheesHmc, IGpuLogDensity, SamplingOptions?, GpuRecording?, CancellationToken)"/>
    public static GpuSamplingRun Start(GpuDevice device, RandomWalk method, IGpuLogDensity density, SamplingOptions? options = null, GpuRecording? recording = null)
    {
        (options, recording) = Check(device, method, density, options, recording);
        return new GpuSamplingRun(device, method, new GpuRandomWalkChains(device, method, density, options.Chains, options.WarmUp), options, recording);
    }

    private static (SamplingOptions Options, GpuRecording Recording) Check(GpuDevice device, object method, IGpuLogDensity density, SamplingOptions? options, GpuRecording? recording)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(density);
        options ??= new SamplingOptions();
        recording ??= new GpuRecording();
        Require.Positive(density.Dimension, nameof(density));
        if (options.Initialization is not null)
            throw new ArgumentException($"Chains of a device start from {nameof(SamplingOptions.InitialPoints)} or random points, without an initialization.", nameof(options));
        if (options.InitialPoints.Count > 1)
            Require.Length(options.InitialPoints.Count, options.Chains, nameof(SamplingOptions.InitialPoints));
        foreach (double[] point in options.InitialPoints)
        {
            Require.Length(point.Length, density.Dimension, nameof(SamplingOptions.InitialPoints));
            Require.AllFinite<double>(point, nameof(SamplingOptions.InitialPoints));
        }

        return (options, recording);
    }
}
