using BenchmarkDotNet.Attributes;
using OptiCore.Problems;
using OptiCore.Samplers;

namespace OptiCore.Benchmarks;

/// <summary>
/// The cost of a draw of each Markov kernel after warm-up (draws per second are 1 / mean) on a correlated normal target of 20 coordinates, whose density and gradient are the
/// baseline: the ratio is the number of gradients that a draw is worth. Draws of different kernels differ in effective size. Nothing may be allocated.
/// </summary>
[MemoryDiagnoser]
public class KernelBenchmarks
{
    private const int Dimension = 20;

    private readonly RandomKey _key = RandomKey.FromSeed(1);
    private readonly double[] _gradient = new double[Dimension];
    private MultivariateNormal _density = null!;
    private SamplerState _kernel = null!;
    private long _draw;

    [Params("random walk", "random walk, dense", "slice", "elliptical slice", "MALA", "Barker", "generalised HMC", "MALT", "underdamped Langevin", "MCLMC", "SGLD", "SGLD, control variate", "SGHMC", "Gibbs of slices", "Gibbs with gradients", "NUTS")]
    public string Kernel { get; set; } = "";

    [GlobalSetup]
    public void Setup()
    {
        _density = MultivariateNormal.Autoregressive(Dimension, 0.5);
        switch (Kernel)
        {
            case "random walk": Start(new RandomWalk()); break;
            case "random walk, dense": Start(new RandomWalk { Metric = new DenseMetric() }); break;
            case "slice": Start(new SliceSampler()); break;
            case "MALA": Start(new Mala()); break;
            case "Barker": Start(new Barker()); break;
            case "generalised HMC": Start(new GeneralizedHmc()); break;
            case "MALT": Start(new Malt()); break;
            case "underdamped Langevin": Start(new UnderdampedLangevin()); break;
            case "MCLMC": Start(new Mclmc()); break;
            case "NUTS": Start(new NoUTurn()); break;
            case "Gibbs of slices": Start(new Gibbs { Blocks = [Slices(0), Slices(Dimension / 2)] }); break;
            case "Gibbs with gradients": Start(new GibbsWithGradients()); break;
            case "elliptical slice": Begin(new EllipticalSlice().Start(Prior()), null); break;
            case "SGLD": Begin(new Sgld { StepSize = 1e-2 }.Start(Data()), null); break;
            case "SGLD, control variate": Begin(new Sgld { StepSize = 1e-2, Gradients = new ControlVariate { Center = new double[Dimension] } }.Start(Data()), null); break;
            case "SGHMC": Begin(new Sghmc().Start(Data()), null); break;
            default: throw new InvalidOperationException($"There is no kernel {Kernel}.");
        }
    }

    [Benchmark]
    public double Draw() => _kernel.Draw(_key.Fold(_draw++)).LogDensity;

    [Benchmark(Baseline = true)]
    public double DensityAndGradient() => _density.ValueAndGradient(_kernel.Position, _gradient);

    private static KernelBlock Slices(int first) => new() { Coordinates = [.. Enumerable.Range(first, Dimension / 2)], Kernel = new SliceSampler() };

    private void Start(ISampler<IDifferentiableFunction<double>> sampler) => Begin(sampler.Start(_density), sampler.Adaptation);

    private void Begin(SamplerState kernel, IAdaptation? adaptation)
    {
        const int WarmUp = 1000;
        _kernel = kernel;
        if (!kernel.MoveTo(new double[Dimension]))
            throw new InvalidOperationException("The chain can't start at zero.");
        AdaptationState? tuning = adaptation?.Start(kernel, WarmUp);
        for (int i = 0; i < WarmUp; i++)
        {
            tuning?.BeforeDraw(_key.Fold("trial").Fold(i));
            DrawStatistics statistics = kernel.Draw(_key.Fold(_draw++));
            tuning?.AfterDraw(i, statistics);
        }

        tuning?.Finish();
    }

    /// <summary>The same density: the prior N(0, I), and the rest as the likelihood.</summary>
    private GaussianPriorDensity Prior()
    {
        double[] covariance = new double[Dimension * Dimension];
        for (int i = 0; i < Dimension; i++)
            covariance[(i * Dimension) + i] = 1;
        return new GaussianPriorDensity(new double[Dimension], covariance, Function.BlackBox(Dimension, x =>
        {
            double squares = 0;
            foreach (double v in x)
                squares += v * v;
            return _density.Value(x) + (0.5 * squares);
        }));
    }

    /// <summary>A logistic regression of 1,000 observations: batches of 32 are its terms.</summary>
    private LogisticRegression<double> Data()
    {
        double[] features = new double[1000 * Dimension];
        int[] labels = new int[1000];
        RandomStream stream = _key.Fold("data").Stream();
        for (int i = 0; i < features.Length; i++)
            features[i] = stream.NextNormal();
        for (int i = 0; i < labels.Length; i++)
            labels[i] = stream.NextDouble() < 0.5 ? 1 : -1;
        return new LogisticRegression<double>(features, labels, 0.01);
    }
}
