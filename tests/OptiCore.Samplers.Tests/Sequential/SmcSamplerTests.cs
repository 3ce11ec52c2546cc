using OptiCore.Distributions;
using OptiCore.Persistence;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Samplers.Tests.Sequential;

/// <summary>What holds for every move of the SMC sampler: one row in the table, every law for every row; evidences in closed form.</summary>
public class SmcSamplerTests
{
    private const int N = 3;

    /// <summary>A prior N(0, 4 I) and the likelihood of one observation y = (1, -1, 2) with covariance R: the evidence is N(y; 0, 4 I + R), the posterior mean 4 (4 I + R)^-1 y.</summary>
    private static readonly double[] Noise = [0.5, 0.3, 0, 0.3, 0.6, -0.1, 0, -0.1, 0.4], Y = [1, -1, 2];

    private static readonly IDifferentiableTemperedTarget Conjugate = TemperedTarget.From(
        new MultivariateNormal(new double[N], [4, 0, 0, 0, 4, 0, 0, 0, 4]), Function.WithGradient<double>(N, static (x, g) =>
        {
            var law = new MultivariateNormal(Y, Noise);
            law.LogDensityGradient(x, g);
            return law.LogDensity(x);
        }));

    private static readonly Dictionary<string, Func<SmcSampler, IDifferentiableTemperedTarget, RandomKey, IWorkers?, SmcState>> Table = new()
    {
        ["random walk"] = (s, t, k, w) => s.Start(t, new RandomWalkMove(), k, w),
        ["HMC"] = (s, t, k, w) => (s with { Steps = 2 }).Start(t, new KernelMove(), k, w),
        ["HMC, dense metric"] = (s, t, k, w) => (s with { Steps = 2 }).Start(t, new KernelMove { Kernel = new Hmc { Metric = new DenseMetric() } }, k, w),
        ["random walk, waste-free"] = (s, t, k, w) => (s with { ChainLength = 20 }).Start(t, new RandomWalkMove(), k, w),
    };

    public static TheoryData<string> Moves => [.. Table.Keys];

    private static double ExactLogEvidence
    {
        get
        {
            double[] covariance = [.. Noise];
            for (int i = 0; i < N; i++)
                covariance[(i * N) + i] += 4;
            return new MultivariateNormal(new double[N], covariance).LogDensity(Y);
        }
    }

    /// <summary>Evidence and posterior moments over 16 runs of 400 particles: |z| below 4.5, with an allowance for the bias of order 1/N.</summary>
    [Theory]
    [MemberData(nameof(Moves))]
    public void Evidence_and_posterior_are_those_in_closed_form(string move)
    {
        const int Runs = 16, Size = 400;
        double[] s = [.. Noise], exactMean = [.. Y];
        for (int i = 0; i < N; i++)
            s[(i * N) + i] += 4;
        Assert.True(LinearAlgebra.Cholesky.TryFactor<double>(s, N));
        LinearAlgebra.Cholesky.Solve<double>(s, N, N, exactMean);
        double[] evidence = new double[Runs];
        double[][] means = new double[Runs][];
        for (int r = 0; r < Runs; r++)
        {
            SmcState state = Table[move](new SmcSampler { Particles = Size }, Conjugate, RandomKey.FromSeed(4).Fold(r), null);
            while (state.Status == RunStatus.Running)
                state.Step();
            Assert.Equal(RunStatus.Completed, state.Status);
            Assert.Equal(1, state.Exponent);
            Assert.All(state.Acceptance.ToArray(), a => Assert.InRange(a, 0.05, 1));
            evidence[r] = state.LogEvidence;
            means[r] = [.. Enumerable.Range(0, N).Select(j => Enumerable.Range(0, Size).Average(i => state.Points[(i * N) + j]))];
        }

        Check(evidence, ExactLogEvidence, 5.0 / Size, "log evidence");
        for (int j = 0; j < N; j++)
            Check([.. means.Select(m => m[j])], 4 * exactMean[j], 2.0 / Size, $"mean {j}");
        Assert.InRange(evidence.Max() - evidence.Min(), 0, 2);
    }

    [Fact]
    public void Both_modes_of_a_mixture_keep_their_weights()
    {
        // The likelihood has a mode of weight 0.3 at -4 and one of 0.7 at 4 in each of 2 coordinates' first, under a wide prior.
        var narrow = new Normal(0, 0.5);
        ITemperedTarget target = TemperedTarget.BlackBox(
            new MultivariateNormal(new double[2], [100, 0, 0, 100]), Function.BlackBox(2, x => Math.Log((0.3 * Math.Exp(narrow.LogDensity(x[0] + 4))) + (0.7 * Math.Exp(narrow.LogDensity(x[0] - 4)))) + narrow.LogDensity(x[1])));
        double[] share = [.. Enumerable.Range(0, 8).Select(r => new SmcSampler { Particles = 1000 }.Run(target, new RandomWalkMove(), RandomKey.FromSeed(6).Fold(r)).EnsureCompleted().Values(0).Average(x => x > 0 ? 1.0 : 0))];
        Check(share, 0.7, 0.01, "share of the right mode");
    }

    [Theory]
    [MemberData(nameof(Moves))]
    public void Particles_depend_on_the_key_alone_and_can_be_saved(string move)
    {
        var sampler = new SmcSampler { Particles = 200 };
        SmcState serial = Table[move](sampler, Conjugate, RandomKey.FromSeed(4), null), parallel = Table[move](sampler, Conjugate, RandomKey.FromSeed(4), Workers.Threads(3)), resumed = Table[move](sampler, Conjugate, RandomKey.FromSeed(4), null);
        serial.Step();
        parallel.Step();
        StateArchive.Load(resumed, StateArchive.Save(serial));
        foreach (SmcState state in (SmcState[])[serial, parallel, resumed])
        {
            while (state.Status == RunStatus.Running)
                state.Step();
        }

        Promises.SameBits(serial.Points, parallel.Points, "three workers");
        Promises.SameBits(serial.Points, resumed.Points, "resumed");
        Promises.SameBits(serial.Exponents, resumed.Exponents, "exponents");
        Assert.Equal(serial.LogEvidence, parallel.LogEvidence);
        Assert.Equal(serial.LogEvidence, resumed.LogEvidence);
    }

    /// <summary>Stages are many where the effective size may fall by a ten-thousandth only: between two of them nothing is allocated but room for their exponents, twice as much each time that it is full.</summary>
    [Theory]
    [MemberData(nameof(Moves))]
    public void A_stage_allocates_nothing(string move)
    {
        IDifferentiableTemperedTarget narrow = TemperedTarget.From(
            new MultivariateNormal(new double[N], [4, 0, 0, 0, 4, 0, 0, 0, 4]), Function.WithGradient<double>(N, static (x, g) =>
            {
                double value = 0;
                for (int i = 0; i < N; i++)
                {
                    g[i] = 1e12 * (1 - x[i]);
                    value -= 0.5e12 * (1 - x[i]) * (1 - x[i]);
                }

                return value;
            }));
        SmcState state = Table[move](new SmcSampler { Particles = 100, EssTarget = 0.9999, MaxStages = 1_000_000 }, narrow, RandomKey.FromSeed(9), null);
        Promises.AllocatesNothing(
            () =>
            {
                state.Step();
                if (state.Status != RunStatus.Running)
                    throw new InvalidOperationException($"No stages are left after {state.Exponents.Length}.");
            },
            move);
    }

    [Fact]
    public void Limits_impossible_targets_and_mistakes()
    {
        SmcResult stopped = new SmcSampler { Particles = 50, MaxStages = 1 }.Run(Conjugate, new RandomWalkMove(), RandomKey.FromSeed(1));
        Assert.Equal(RunStatus.Stopped, stopped.Status);
        Assert.Single(stopped.Exponents);
        Assert.Throws<SolverException>(stopped.EnsureCompleted);
        SmcResult impossible = new SmcSampler { Particles = 50 }.Run(TemperedTarget.BlackBox(new MultivariateNormal([0], [1]), Function.BlackBox(1, static _ => double.NaN)), new RandomWalkMove(), RandomKey.FromSeed(1));
        Assert.Equal(RunStatus.Failed, impossible.Status);
        Assert.Throws<ArgumentException>(() => new SmcSampler { Particles = 50, ChainLength = 7 }.Start(Conjugate, new RandomWalkMove(), RandomKey.FromSeed(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SmcSampler { EssTarget = 1 });

        // A likelihood that is 0 on half of the prior: the evidence is that of the other half.
        SmcResult half = new SmcSampler { Particles = 4000 }.Run(TemperedTarget.BlackBox(new MultivariateNormal([0], [1]), Function.BlackBox(1, static x => x[0] > 0 ? 0 : double.NegativeInfinity)), new RandomWalkMove(), RandomKey.FromSeed(1));
        Assert.Equal(Math.Log(0.5), half.EnsureCompleted().LogEvidence, 0.1);
        Assert.All(half.Values(0), x => Assert.True(x > 0));
    }

    private static void Check(double[] values, double expected, double allowance, string what)
    {
        double mean = values.Average(), error = Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1) / values.Length);
        Assert.True(Math.Abs(mean - expected) < (4.5 * error) + allowance, $"{what}: {mean} against {expected}, standard error {error}.");
    }
}
