using System.Numerics.Tensors;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using OptiCore.Numerics;
using OptiCore.Randomness;

namespace OptiCore.Benchmarks;

/// <summary>Element-wise functions against TensorPrimitives: exp, sine and power of doubles, tanh of floats; 4096 elements stay in the first-level cache, a million come from memory.</summary>
[MemoryDiagnoser]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class VectorMathBenchmarks
{
    private double[] _x = [];
    private double[] _y = [];
    private double[] _z = [];
    private float[] _xs = [];
    private float[] _zs = [];

    [Params(4096, 1 << 20)]
    public int Length { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        (_x, _y, _z, _xs, _zs) = (new double[Length], new double[Length], new double[Length], new float[Length], new float[Length]);
        RandomFill.Exponential(RandomKey.FromSeed(1), _x);
        RandomFill.Normal(RandomKey.FromSeed(2), _y);
        RandomFill.Normal(RandomKey.FromSeed(3), _xs);
    }

    [BenchmarkCategory("Exp"), Benchmark(Baseline = true)]
    public void ExpByTensorPrimitives() => TensorPrimitives.Exp<double>(_y, _z);

    [BenchmarkCategory("Exp"), Benchmark]
    public void Exp() => VectorMath.Exp<double>(_y, _z);

    [BenchmarkCategory("Sin"), Benchmark(Baseline = true)]
    public void SinByTensorPrimitives() => TensorPrimitives.Sin<double>(_y, _z);

    [BenchmarkCategory("Sin"), Benchmark]
    public void Sin() => VectorMath.Sin<double>(_y, _z);

    [BenchmarkCategory("Pow"), Benchmark(Baseline = true)]
    public void PowByTensorPrimitives() => TensorPrimitives.Pow<double>(_x, _y, _z);

    [BenchmarkCategory("Pow"), Benchmark]
    public void Pow() => VectorMath.Pow<double>(_x, _y, _z);

    [BenchmarkCategory("Tanh"), Benchmark(Baseline = true)]
    public void TanhByTensorPrimitives() => TensorPrimitives.Tanh<float>(_xs, _zs);

    [BenchmarkCategory("Tanh"), Benchmark]
    public void Tanh() => VectorMath.Tanh<float>(_xs, _zs);
}
