using System.Reflection;
using OptiCore.Samplers;

namespace OptiCore.Gpu.Tests;

/// <summary>The particle filter of a device against the Kalman filter and the processor's.</summary>
public sealed class FilterTests(SimulatedDevice fixture) : IClassFixture<SimulatedDevice>, IKernelRows
{
    private const double A = 0.9, Q = 0.7, R = 0.5, P = 2;

    // A series with a missing observation.
    private static readonly double[] Observations = [0.3, 1.2, -0.4, double.NaN, 0.9, 2.1, 1.6, -0.2];

    public static IEnumerable<MethodInfo> Rows =>
    [
        KernelTable.Of(typeof(FilterKernels), nameof(FilterKernels.Move), typeof(Level), typeof(DeviceVector1), typeof(DeviceVector1)),
        KernelTable.Of(typeof(FilterKernels), nameof(FilterKernels.Move), typeof(Still), typeof(DeviceVector2), typeof(DeviceVector1)),
        .. from state in new[] { typeof(DeviceVector1), typeof(DeviceVector2) }
           from name in new[] { nameof(FilterKernels.Weigh), nameof(FilterKernels.Gather), nameof(FilterKernels.Conclude) }
           select KernelTable.Of(typeof(FilterKernels), name, state),
        KernelTable.Of(typeof(FilterKernels), nameof(FilterKernels.Accumulate)),
    ];

    /// <summary>x_0 ~ N(0, P), x_t = A x_{t-1} + N(0, Q), y_t = x_t + N(0, R).</summary>
    internal readonly struct Level : IDeviceStateSpaceModel<DeviceVector1, DeviceVector1>
    {
        public DeviceVector1 DrawInitial(ref DeviceRandom random) => new(Normal(ref random, P));

        public DeviceVector1 DrawTransition(int step, DeviceVector1 previous, ref DeviceRandom random) => new((A * previous.X) + Normal(ref random, Q));

        public DeviceReal LogObservation(int step, DeviceVector1 observation, DeviceVector1 state)
        {
            DeviceReal rest = observation.X - state.X;
            return -(rest * rest / (2 * R)) - (0.5 * DeviceReal.Log(new DeviceReal(2 * Math.PI * R)));
        }

        private static DeviceReal Normal(ref DeviceRandom random, double variance) => DeviceReal.Sqrt(new DeviceReal(variance)) * new DeviceReal(random.NextNormal());
    }

    /// <summary>States that stay what they were: a number in [0, 1) and its square. The density of an observation y is e^(-y x).</summary>
    internal readonly struct Still : IDeviceStateSpaceModel<DeviceVector2, DeviceVector1>
    {
        public DeviceVector2 DrawInitial(ref DeviceRandom random)
        {
            DeviceReal x = new(random.NextDouble());
            return new DeviceVector2(x, x * x);
        }

        public DeviceVector2 DrawTransition(int step, DeviceVector2 previous, ref DeviceRandom random) => previous;

        public DeviceReal LogObservation(int step, DeviceVector1 observation, DeviceVector2 state) => -(observation.X * state.X);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(1)]
    public void Likelihoods_and_means_are_those_of_the_Kalman_filter(double threshold)
    {
        var model = new LinearGaussianModel([0], [P], new LinearGaussianStep(a: [A], q: [Q], h: [1], r: [R]));
        GaussianFilterResult exact = GaussianFilter.Run(new KalmanFilter(), model, Observations);
        const int Runs = 12, Particles = 700;
        using var filter = new GpuBootstrapFilter<Level, DeviceVector1, DeviceVector1>(fixture.Device, default, Particles, threshold);
        double[] ours = new double[Runs], theirs = new double[Runs], last = new double[Runs];
        for (int run = 0; run < Runs; run++)
        {
            GpuFilterResult result = filter.Run(Observations, RandomKey.FromSeed((ulong)run));
            ours[run] = Math.Exp(result.LogLikelihood - exact.LogLikelihood);
            last[run] = result.Mean(Observations.Length - 1)[0] - exact.Mean(Observations.Length - 1)[0];
            theirs[run] = Math.Exp(ParticleFilter.Run(new BootstrapFilter(), model, Observations, new ParticleFilterOptions { Particles = Particles, Threshold = threshold, Key = RandomKey.FromSeed((ulong)run) }).LogLikelihood - exact.LogLikelihood);
            Assert.False(result.IsFailed);
            Assert.Equal(result.LogLikelihood, Sum(result.Increments), 1e-12);
            Assert.Equal(0, result.Increments[3], 1e-12);
            Assert.All(result.EffectiveSizes.ToArray(), size => Assert.InRange(size, 1, Particles * (1 + 1e-12)));
        }

        // The estimates of likelihoods are unbiased; four standard errors, of which ours are about those of the processor's filter.
        (double mean, double error) = Moments(ours);
        (double processor, double processorError) = Moments(theirs);
        Assert.InRange(mean, 1 - (4 * error), 1 + (4 * error));
        Assert.InRange(mean - processor, -4 * (error + processorError), 4 * (error + processorError));
        Assert.InRange(error / processorError, 1 / 3.0, 3);
        (mean, error) = Moments(last);
        Assert.InRange(mean, -4 * error, 4 * error);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(4500)]
    public void Systematic_resampling_copies_particles_as_often_as_they_weigh(int particles)
    {
        using var filter = new GpuBootstrapFilter<Still, DeviceVector2, DeviceVector1>(fixture.Device, default, particles, threshold: 1);
        RandomKey key = RandomKey.FromSeed(3);
        filter.Run([2.5], key);
        double[] states = filter.States.ToArray()[..particles], weights = filter.Weights.ToArray();
        double total = weights.Sum();
        GpuFilterResult result = filter.Run([2.5, 0], key);
        ILookup<double, double> copies = filter.States.ToArray()[..particles].ToLookup(x => x);

        Assert.Equal(particles, result.EffectiveSizes[1], 1e-9 * particles);
        int all = 0;
        for (int i = 0; i < particles; i++)
        {
            double expected = particles * weights[i] / total;
            int count = copies[states[i]].Count();
            all += count;
            Assert.Equal(Math.Exp(-2.5 * (states[i] - states.Min())), weights[i], 1e-12);
            Assert.InRange(count, (int)Math.Floor(expected - 1e-9), (int)Math.Ceiling(expected + 1e-9));
        }

        // Copies keep their order, so that all of them together are the particles.
        Assert.Equal(particles, all);
        double weighted = 0;
        for (int i = 0; i < particles; i++)
            weighted += weights[i] * states[i] / total;
        Assert.Equal(weighted, result.Mean(0)[0], 1e-12);
    }

    [Fact]
    public void Runs_repeat_to_the_bit_and_failures_are_told()
    {
        using var filter = new GpuBootstrapFilter<Still, DeviceVector2, DeviceVector1>(fixture.Device, default, 100);
        GpuFilterResult first = filter.Run([1, 7, 2], RandomKey.FromSeed(1)), second = filter.Run([1, 7, 2], RandomKey.FromSeed(1)), other = filter.Run([1, 7, 2], RandomKey.FromSeed(2));
        Assert.Equal(first.LogLikelihood, second.LogLikelihood);
        Assert.Equal(first.EffectiveSizes.ToArray(), second.EffectiveSizes.ToArray());
        Assert.NotEqual(first.LogLikelihood, other.LogLikelihood);

        // Weights are relative to the largest: however unlikely an observation is, the filter goes on unless the logarithms themselves are infinite.
        Assert.False(filter.Run([1, double.MaxValue, 2], RandomKey.FromSeed(1)).IsFailed);
        using var impossible = new GpuBootstrapFilter<Level, DeviceVector1, DeviceVector1>(fixture.Device, default, 50);
        GpuFilterResult failed = impossible.Run([0, 1e200, 0], RandomKey.FromSeed(1));
        Assert.True(failed.IsFailed);
        Assert.True(double.IsFinite(failed.Increments[0]));
        Assert.Throws<ArgumentException>(() => filter.Run([], RandomKey.FromSeed(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new GpuBootstrapFilter<Still, DeviceVector2, DeviceVector1>(fixture.Device, default, 1));
    }

    private static double Sum(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double value in values)
            sum += value;
        return sum;
    }

    private static (double Mean, double Error) Moments(double[] values)
    {
        double mean = values.Average(), squares = values.Sum(value => (value - mean) * (value - mean));
        return (mean, Math.Sqrt(squares / (values.Length - 1) / values.Length));
    }
}
