using ILGPU;
using ILGPU.Runtime;
using OptiCore.Bandits;
using OptiCore.Devices;

namespace OptiCore.Gpu;

/// <summary>The pseudo-regret of a policy over the replications of a device.</summary>
public sealed class GpuRegret
{
    private readonly int[] _checkpoints;
    private readonly double[] _means, _errors, _pulls;

    internal GpuRegret(int replications, int[] checkpoints, double[] means, double[] errors, double[] pulls)
    {
        Replications = replications;
        _checkpoints = checkpoints;
        _means = means;
        _errors = errors;
        _pulls = pulls;
    }

    /// <summary>The number of replications.</summary>
    public int Replications { get; }

    /// <summary>The numbers of rounds after which regret is recorded, ascending.</summary>
    public ReadOnlySpan<int> Checkpoints => _checkpoints;

    /// <summary>The mean regret at each checkpoint.</summary>
    public ReadOnlySpan<double> MeanRegret => _means;

    /// <summary>The standard error of each mean; NaN of a single replication.</summary>
    public ReadOnlySpan<double> StandardErrors => _errors;

    /// <summary>The mean number of plays of each arm at the end.</summary>
    public ReadOnlySpan<double> MeanPulls => _pulls;
}

/// <summary>
/// Plays a policy against a bandit in millions of replications, one a thread of a device, and measures its regret.
/// <code>
/// GpuRegret regret = GpuBanditSimulator.Run(device, new BernoulliBandit(0.5, 0.6), new DeviceUcb1(1), new SimulationOptions { Rounds = 10_000, Replications = 1_000_000 });
/// </code>
/// </summary>
/// <remarks>
/// <para>Replication r takes its rewards from <c>Key.Fold("rewards").Fold(r)</c> and the policy's draws from <c>Key.Fold("policy").Fold(r)</c>, as in <see cref="BanditSimulator"/>: where a policy and a bandit have the processor's bits, every
/// replication's regret has. Means and errors are sums in an order of their own, the same on every device and for any number of threads; they agree with the processor's within a relative 1e-12.</para>
/// <para>Memory: 8 bytes for each replication and checkpoint or arm, and a few rows of doubles for each running thread. One launch for all rounds.</para>
/// </remarks>
public static class GpuBanditSimulator
{
    /// <summary>Simulates against arms of 0 and 1.</summary>
    /// <typeparam name="TPolicy">The policy.</typeparam>
    /// <param name="device">The device.</param>
    /// <param name="bandit">The arms.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="options">How long, how often and where; workers, quantiles and progress aren't used.</param>
    /// <exception cref="ArgumentOutOfRangeException">A checkpoint lies beyond the last round.</exception>
    public static GpuRegret Run<TPolicy>(GpuDevice device, BernoulliBandit bandit, TPolicy policy, SimulationOptions? options = null)
        where TPolicy : unmanaged, IDeviceBanditPolicy
    {
        ArgumentNullException.ThrowIfNull(bandit);
        return Run<BernoulliArms, TPolicy>(device, default, bandit.Means, bandit.Arms, policy, options);
    }

    /// <summary>Simulates against arms with normal rewards.</summary>
    /// <inheritdoc cref="Run{TPolicy}(GpuDevice, BernoulliBandit, TPolicy, SimulationOptions?)"/>
    public static GpuRegret Run<TPolicy>(GpuDevice device, GaussianBandit bandit, TPolicy policy, SimulationOptions? options = null)
        where TPolicy : unmanaged, IDeviceBanditPolicy
    {
        ArgumentNullException.ThrowIfNull(bandit);
        return Run<GaussianArms, TPolicy>(device, default, [.. bandit.Means, .. bandit.StandardDeviations], bandit.Arms, policy, options);
    }

    /// <summary>Simulates against any bandit that is written for kernels.</summary>
    /// <typeparam name="TBandit">The bandit.</typeparam>
    /// <typeparam name="TPolicy">The policy.</typeparam>
    /// <param name="device">The device.</param>
    /// <param name="bandit">How rewards are drawn.</param>
    /// <param name="table">The bandit's numbers; the first ones are the arms' means.</param>
    /// <param name="arms">The number of arms.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="options">How long, how often and where; workers, quantiles and progress aren't used.</param>
    /// <exception cref="ArgumentException">The table is shorter than the arms.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no arm, or a checkpoint lies beyond the last round.</exception>
    public static GpuRegret Run<TBandit, TPolicy>(GpuDevice device, TBandit bandit, ReadOnlySpan<double> table, int arms, TPolicy policy, SimulationOptions? options = null)
        where TBandit : unmanaged, IDeviceBandit
        where TPolicy : unmanaged, IDeviceBanditPolicy
    {
        ArgumentNullException.ThrowIfNull(device);
        Require.Positive(arms);
        if (table.Length < arms)
            throw new ArgumentException($"The table has {table.Length} numbers but there are {arms} arms, whose means it begins with.", nameof(table));
        options ??= new SimulationOptions();
        int[] checkpoints = options.ResolveCheckpoints();
        int rounds = options.Rounds, replications = options.Replications, rows = DeviceArms.Own + policy.OwnRows;
        double best = double.NegativeInfinity;
        foreach (double mean in table[..arms])
            best = Math.Max(best, Require.Finite(mean, nameof(table)));

        // The policies' logarithms are the processor's, whatever its library rounds them to.
        double[] logarithms = new double[rounds + 1];
        for (int t = 0; t < logarithms.Length; t++)
            logarithms[t] = Math.Log(t);

        KernelConfig shape = device.Shape(replications);
        long threads = (long)shape.GridDim.X * shape.GroupDim.X;
        using DeviceBuffer<double> numbers = device.Upload(table), logs = device.Upload<double>(logarithms);
        using DeviceBuffer<int> times = device.Upload<int>(checkpoints);
        using GpuBuffer<double> memory = device.Allocate<double>(threads * rows * arms), regrets = device.Allocate<double>((long)replications * checkpoints.Length), pulls = device.Allocate<double>((long)replications * arms);
        var play = device.Kernel<Action<AcceleratorStream, KernelConfig, TBandit, TPolicy, RandomKey, RandomKey, int, int, int, double, ArrayView<double>, ArrayView<double>, ArrayView<int>, ArrayView<double>, ArrayView<double>, ArrayView<double>>>(
            BanditKernels.Play<TBandit, TPolicy>);
        play(
            device.Native(null), shape, bandit, policy, options.Key.Fold("rewards"), options.Key.Fold("policy"), arms, rows, rounds, best, device.View(numbers), device.View(logs), device.View(times),
            memory.View, regrets.View, pulls.View);

        double[] means = Sums(device, regrets, checkpoints.Length, new double[checkpoints.Length], squares: false);
        for (int c = 0; c < means.Length; c++)
            means[c] /= replications;
        double[] errors = Sums(device, regrets, checkpoints.Length, means, squares: true);
        for (int c = 0; c < errors.Length; c++)
            errors[c] = replications < 2 ? double.NaN : Math.Sqrt(errors[c] / (replications - 1) / replications);
        double[] played = Sums(device, pulls, arms, new double[arms], squares: false);
        for (int arm = 0; arm < played.Length; arm++)
            played[arm] /= replications;
        return new GpuRegret(replications, checkpoints, means, errors, played);
    }

    /// <summary>The sum of each row, or of the squares of its distances to a centre.</summary>
    private static double[] Sums(GpuDevice device, GpuBuffer<double> values, int rows, double[] centres, bool squares)
    {
        using GpuBuffer<double> partial = device.Allocate<double>((long)rows * BanditKernels.Partials);
        using DeviceBuffer<double> offsets = device.Upload<double>(centres);
        var sum = device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<double>, long, ArrayView<double>, int, ArrayView<double>>>(BanditKernels.Sum);
        sum(device.Native(null), device.Shape(partial.Length), values.View, values.Length / rows, device.View(offsets), squares ? 1 : 0, partial.View);
        double[] parts = partial.ToArray(), sums = new double[rows];
        for (int row = 0; row < rows; row++)
        {
            for (int j = 0; j < BanditKernels.Partials; j++)
                sums[row] += parts[(row * BanditKernels.Partials) + j];
        }

        return sums;
    }
}
