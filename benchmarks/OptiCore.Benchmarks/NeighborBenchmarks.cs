using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using OptiCore.KernelMethods;
using OptiCore.Neighbors;
using OptiCore.Randomness;

namespace OptiCore.Benchmarks;

/// <summary>
/// The ten nearest of 100000 points for a hundred queries: every point, the tree and the graph. The tree wins in few dimensions, every point against the tree from
/// about 12 on, the graph against both wherever an approximate answer will do.
/// </summary>
[MemoryDiagnoser]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByCategory)]
[CategoriesColumn]
public class NeighborBenchmarks
{
    private const int Count = 100_000, Queries = 100, Neighbors = 10;

    private readonly int[] _indices = new int[Queries * Neighbors];
    private readonly float[] _distances = new float[Queries * Neighbors];
    private float[] _points = [];
    private float[] _queries = [];
    private KdTree<float>? _tree;
    private Hnsw<float>? _graph;

    [Params(3, 8, 16, 32)]
    public int Dimension { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _points = new float[Count * Dimension];
        _queries = new float[Queries * Dimension];
        RandomFill.Normal(RandomKey.FromSeed(1), _points);
        RandomFill.Normal(RandomKey.FromSeed(2), _queries);
        _tree = new KdTree<float>(_points, Dimension);
        _graph = new Hnsw<float>(Dimension, RandomKey.FromSeed(3), new HnswOptions { ConstructionCandidates = 100 }, Count);
        _graph.AddRange(_points);
    }

    [BenchmarkCategory("Search"), Benchmark(Baseline = true)]
    public void EveryPoint() => BruteForceNeighbors.NearestOfEach<float>(_points, Dimension, _queries, Neighbors, _indices, _distances);

    [BenchmarkCategory("Search"), Benchmark]
    public void Tree() => _tree!.NearestOfEach(_queries, Neighbors, _indices, _distances);

    [BenchmarkCategory("Search"), Benchmark]
    public void Graph() => _graph!.NearestOfEach(_queries, Neighbors, 100, _indices, _distances);

    [BenchmarkCategory("Build"), Benchmark]
    public KdTree<float> BuildTree() => new(_points, Dimension);
}

/// <summary>Random Fourier features of a thousand points and kernels from packed codes, against the dot product of full precision.</summary>
[MemoryDiagnoser]
public class FeatureBenchmarks
{
    private const int Count = 1000, Dimension = 32, Features = 1024;

    private readonly float[] _points = new float[Count * Dimension];
    private readonly float[] _features = new float[Count * Features];
    private readonly LloydMaxQuantizer _one = new(1);
    private readonly LloydMaxQuantizer _two = new(2);
    private byte[] _oneBit = [];
    private byte[] _twoBits = [];
    private RandomFourierFeatures<float>? _map;

    [GlobalSetup]
    public void Setup()
    {
        RandomFill.Normal(RandomKey.FromSeed(1), _points);
        _map = new RandomFourierFeatures<float>(Dimension, Features, ShiftInvariantKernel.Gaussian(0.1), RandomKey.FromSeed(2));
        _map.Transform(_points, _features);
        _oneBit = new byte[_one.PackedLength(Features)];
        _twoBits = new byte[_two.PackedLength(Features)];
        _one.Encode<float>(_features.AsSpan(0, Features), _oneBit);
        _two.Encode<float>(_features.AsSpan(0, Features), _twoBits);
    }

    [Benchmark]
    public void Transform() => _map!.Transform(_points, _features);

    [Benchmark]
    public float FullKernel() => RandomFourierFeatures<float>.Estimate(_features.AsSpan(0, Features), _features.AsSpan(Features, Features));

    [Benchmark]
    public double OneBitKernel() => _one.Kernel(_oneBit, _oneBit, Features);

    [Benchmark]
    public double TwoBitKernel() => _two.Kernel(_twoBits, _twoBits, Features);
}
