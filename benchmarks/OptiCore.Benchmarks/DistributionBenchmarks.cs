using BenchmarkDotNet.Attributes;
using OptiCore.Distributions;
using OptiCore.Randomness;

namespace OptiCore.Benchmarks;

/// <summary>4,096 draws, log densities and quantiles of laws on the real line. Divide by 4,096 for one.</summary>
[MemoryDiagnoser]
public class DistributionBenchmarks
{
    private const int Length = 4096;

    private readonly RandomKey _key = RandomKey.FromSeed(1);
    private readonly double[] _draws = new double[Length];
    private readonly double[] _points = new double[Length];
    private readonly double[] _probabilities = new double[Length];

    [ParamsSource(nameof(Laws))]
    public NamedLaw Law { get; set; } = null!;

    public static IEnumerable<NamedLaw> Laws =>
    [
        new(new Normal(1, 2)), new(new Gamma(2.5)), new(new Beta(2, 3)), new(new StudentT(5)), new(new Weibull(1.5, 2)), new(new VonMises(0, 2)),
        new(new Poisson(30)), new(new Binomial(100, 0.3)), new(new NegativeBinomial(5, 0.3)), new(new Categorical(1, 2, 3, 4, 5)),
    ];

    [GlobalSetup]
    public void Setup()
    {
        Law.Law.Fill(_key, _points);
        RandomFill.UniformOpen(_key, _probabilities);
    }

    [Benchmark]
    public void Draw() => Law.Law.Fill(_key, _draws);

    [Benchmark]
    public double LogDensity()
    {
        double sum = 0;
        foreach (double x in _points)
            sum += Law.Law.LogDensity(x);
        return sum;
    }

    [Benchmark]
    public double Quantile()
    {
        double sum = 0;
        foreach (double p in _probabilities)
            sum += Law.Law.Quantile(p);
        return sum;
    }

    /// <summary>A law under a short name for the table.</summary>
    public sealed record NamedLaw(IDistribution Law)
    {
        public override string ToString() => Law.GetType().Name;
    }
}

/// <summary>256 draws, log densities and gradients with respect to the parameters of laws of vectors of eight elements, or of matrices of order eight.</summary>
[MemoryDiagnoser]
public class MultivariateDistributionBenchmarks
{
    private const int Count = 256;

    private readonly RandomKey _key = RandomKey.FromSeed(1);
    private double[] _draws = [];
    private double[] _points = [];
    private double[] _gradient = [];

    [ParamsSource(nameof(Laws))]
    public NamedLaw Law { get; set; } = null!;

    public static IEnumerable<NamedLaw> Laws
    {
        get
        {
            double[] location = new double[8], matrix = new double[64];
            for (int i = 0; i < 64; i++)
                matrix[i] = i % 9 == 0 ? 2 : 0.5;
            return
            [
                new(new MultivariateNormal(location, matrix)), new(new MultivariateStudentT(5, location, matrix)), new(new Dirichlet(1, 2, 3, 4, 5, 6, 7, 8)),
                new(new Multinomial(100, 0.1, 0.1, 0.1, 0.2, 0.1, 0.1, 0.2, 0.1)), new(new VonMisesFisher([1, 2, 3, 4, 5, 6, 7, 8], 3)),
                new(new Wishart(12, matrix, 8)), new(new InverseWishart(12, matrix, 8)), new(new LkjCorrelation(8, 2)),
            ];
        }
    }

    [GlobalSetup]
    public void Setup()
    {
        _points = new double[Count * Law.Law.Dimension];
        _draws = new double[_points.Length];
        _gradient = new double[Law.Law.ParameterCount];
        Law.Law.Fill(_key, _points);
    }

    [Benchmark]
    public void Draw() => Law.Law.Fill(_key, _draws);

    [Benchmark]
    public double LogDensity()
    {
        double sum = 0;
        for (int i = 0; i < Count; i++)
            sum += Law.Law.LogDensity(_points.AsSpan(i * Law.Law.Dimension, Law.Law.Dimension));
        return sum;
    }

    [Benchmark]
    public double ParameterGradient()
    {
        double sum = 0;
        for (int i = 0; i < Count; i++)
        {
            Law.Law.LogDensityParameterGradient(_points.AsSpan(i * Law.Law.Dimension, Law.Law.Dimension), _gradient);
            sum += _gradient[0];
        }

        return sum;
    }

    /// <summary>A law under a short name for the table.</summary>
    public sealed record NamedLaw(IMultivariateDistribution Law)
    {
        public override string ToString() => Law.GetType().Name;
    }
}

/// <summary>Single draws from a stream, one after the other.</summary>
[MemoryDiagnoser]
public class SingleDrawBenchmarks
{
    private RandomStream _stream = RandomKey.FromSeed(1).Stream();
    private readonly GammaDraw _alpha = new(2.5);
    private readonly GammaDraw _beta = new(7);

    [Benchmark]
    public double Normal() => _stream.NextNormal();

    [Benchmark]
    public double Exponential() => _stream.NextExponential();

    [Benchmark]
    public double Gamma() => _stream.NextGamma(2.5);

    [Benchmark]
    public double GammaPrepared() => _alpha.Next(ref _stream);

    [Benchmark]
    public double Beta() => _stream.NextBeta(2.5, 7);

    [Benchmark]
    public double BetaPrepared() => GammaDraw.NextBeta(_alpha, _beta, ref _stream);

    [Benchmark]
    public double Poisson() => _stream.NextPoisson(30);
}
