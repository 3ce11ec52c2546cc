using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using OptiCore.Numerics;
using OptiCore.Randomness;

namespace OptiCore.Benchmarks;

/// <summary>
/// Width-independent reductions against TensorPrimitives, whose results depend on the vector width. Ten elements show the fixed cost, 4096 the kernel in
/// the first-level cache, 4 million the memory.
/// </summary>
[MemoryDiagnoser]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class ReduceBenchmarks
{
    private double[] _x = [];
    private double[] _y = [];

    [Params(10, 4096, 4_000_000)]
    public int Length { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _x = new double[Length];
        _y = new double[Length];
        RandomFill.Normal(RandomKey.FromSeed(1), _x);
        RandomFill.Normal(RandomKey.FromSeed(2), _y);
    }

    [BenchmarkCategory("Sum"), Benchmark(Baseline = true)]
    public double SumByTensorPrimitives() => TensorPrimitives.Sum<double>(_x);

    [BenchmarkCategory("Sum"), Benchmark]
    public double SumByLoop()
    {
        double sum = 0;
        foreach (double x in _x)
            sum += x;
        return sum;
    }

    [BenchmarkCategory("Sum"), Benchmark]
    public double Sum() => Reduce.Sum<double>(_x);

    [BenchmarkCategory("Dot"), Benchmark(Baseline = true)]
    public double DotByTensorPrimitives() => TensorPrimitives.Dot<double>(_x, _y);

    [BenchmarkCategory("Dot"), Benchmark]
    public double Dot() => Reduce.Dot<double>(_x, _y);

    [BenchmarkCategory("Norm"), Benchmark(Baseline = true)]
    public double NormByTensorPrimitives() => TensorPrimitives.Norm<double>(_x);

    [BenchmarkCategory("Norm"), Benchmark]
    public double Norm() => Reduce.Norm<double>(_x);

    [BenchmarkCategory("Norm"), Benchmark]
    public double MaxNorm() => Reduce.MaxNorm<double>(_x);

    [BenchmarkCategory("LogSumExp"), Benchmark(Baseline = true)]
    public double LogSumExpByLoop()
    {
        double largest = TensorPrimitives.Max<double>(_x), sum = 0;
        foreach (double x in _x)
            sum += Math.Exp(x - largest);
        return largest + Math.Log(sum);
    }

    [BenchmarkCategory("LogSumExp"), Benchmark]
    public double LogSumExp() => Reduce.LogSumExp<double>(_x);

    [BenchmarkCategory("Variance"), Benchmark(Baseline = true)]
    public double VarianceByMathNet() => MathNet.Numerics.Statistics.ArrayStatistics.Variance(_x);

    [BenchmarkCategory("Variance"), Benchmark]
    public double Variance() => Reduce.Variance<double>(_x);
}
