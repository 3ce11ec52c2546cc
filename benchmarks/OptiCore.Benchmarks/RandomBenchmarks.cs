using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using MathNet.Numerics.Random;
using OptiCore.Randomness;

namespace OptiCore.Benchmarks;

/// <summary>
/// Bulk random draws against a scalar loop over the same stream, against MathNet.Numerics (Mersenne twister) and the in-box generator.
/// Each category has its own baseline.
/// </summary>
[MemoryDiagnoser]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class RandomBenchmarks
{
    private readonly RandomKey _key = RandomKey.FromSeed(1);
    private readonly MersenneTwister _twister = new(1);
    private readonly Random _inBox = new(1);
    private double[] _doubles = [];
    private float[] _floats = [];
    private uint[] _words = [];
    private int[] _indices = [];
    private AliasTable _table = new([1]);

    [Params(4096)]
    public int Length { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _doubles = new double[Length];
        _floats = new float[Length];
        _words = new uint[Length];
        _indices = new int[Length];
        double[] weights = new double[1000];
        RandomFill.Uniform(_key, weights);
        _table = new AliasTable(weights);
    }

    /// <summary>Philox one block at a time, without the stream's bookkeeping.</summary>
    [BenchmarkCategory("Words"), Benchmark(Baseline = true)]
    public void WordsByScalarPhilox()
    {
        uint[] words = _words;
        ulong block = 0;
        for (int i = 0; i + 4 <= words.Length; i += 4, block++)
        {
            uint c0 = (uint)block, c1 = (uint)(block >> 32), c2 = (uint)_key.Low, c3 = (uint)(_key.Low >> 32);
            Philox.Block(ref c0, ref c1, ref c2, ref c3, (uint)_key.High, (uint)(_key.High >> 32));
            words[i] = c0;
            words[i + 1] = c1;
            words[i + 2] = c2;
            words[i + 3] = c3;
        }
    }

    [BenchmarkCategory("Words"), Benchmark]
    public void Words() => RandomFill.Bits(_key, _words);

    [BenchmarkCategory("Uniform"), Benchmark(Baseline = true)]
    public void UniformByStream()
    {
        RandomStream stream = _key.Stream();
        foreach (ref double x in _doubles.AsSpan())
            x = stream.NextDouble();
    }

    [BenchmarkCategory("Uniform"), Benchmark]
    public void UniformByMathNet() => _twister.NextDoubles(_doubles);

    [BenchmarkCategory("Uniform"), Benchmark]
    public void UniformInBox()
    {
        foreach (ref double x in _doubles.AsSpan())
            x = _inBox.NextDouble();
    }

    [BenchmarkCategory("Uniform"), Benchmark]
    public void Uniform() => RandomFill.Uniform(_key, _doubles);

    [BenchmarkCategory("Uniform"), Benchmark]
    public void UniformSingle() => RandomFill.Uniform(_key, _floats);

    [BenchmarkCategory("Normal"), Benchmark(Baseline = true)]
    public void NormalByMathNet() => MathNet.Numerics.Distributions.Normal.Samples(_twister, _doubles, 0, 1);

    [BenchmarkCategory("Normal"), Benchmark]
    public void NormalByStream()
    {
        RandomStream stream = _key.Stream();
        foreach (ref double x in _doubles.AsSpan())
            x = stream.NextNormal();
    }

    [BenchmarkCategory("Normal"), Benchmark]
    public void Normal() => RandomFill.Normal(_key, _doubles);

    [BenchmarkCategory("Normal"), Benchmark]
    public void NormalSingle() => RandomFill.Normal(_key, _floats);

    [BenchmarkCategory("Exponential"), Benchmark(Baseline = true)]
    public void ExponentialByMathNet() => MathNet.Numerics.Distributions.Exponential.Samples(_twister, _doubles, 1);

    [BenchmarkCategory("Exponential"), Benchmark]
    public void Exponential() => RandomFill.Exponential(_key, _doubles);

    [BenchmarkCategory("Exponential"), Benchmark]
    public void Gumbel() => RandomFill.Gumbel(_key, _doubles);

    [BenchmarkCategory("Gamma"), Benchmark(Baseline = true)]
    public void GammaByMathNet() => MathNet.Numerics.Distributions.Gamma.Samples(_twister, _doubles, 2.5, 1);

    [BenchmarkCategory("Gamma"), Benchmark]
    public void Gamma() => RandomFill.Gamma(_key, 2.5, _doubles);

    [BenchmarkCategory("Categorical"), Benchmark(Baseline = true)]
    public void IntegersInBox()
    {
        foreach (ref int x in _indices.AsSpan())
            x = _inBox.Next(1000);
    }

    [BenchmarkCategory("Categorical"), Benchmark]
    public void Integers() => RandomFill.Integers(_key, 1000, _indices);

    [BenchmarkCategory("Categorical"), Benchmark]
    public void Alias() => _table.Fill(_key, _indices);
}
