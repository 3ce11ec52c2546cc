using BenchmarkDotNet.Attributes;
using MathNet.Numerics.LinearAlgebra;
using OptiCore.LinearAlgebra;

namespace OptiCore.Benchmarks;

/// <summary>Square matrix products on one thread: ours against Math.NET Numerics' managed provider.</summary>
/// <remarks>dotnet run -c Release --project benchmarks/OptiCore.Benchmarks -- --filter '*GemmBenchmarks*' --job short</remarks>
[MemoryDiagnoser]
public class GemmBenchmarks
{
    private double[] _a = [], _b = [], _c = [];
    private float[] _a32 = [], _b32 = [], _c32 = [];
    private Matrix<double> _ma = null!, _mb = null!, _mc = null!;

    /// <summary>The order of the matrices.</summary>
    [Params(8, 64, 512)]
    public int N { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        MathNet.Numerics.Control.UseManaged();
        MathNet.Numerics.Control.UseSingleThread();
        _a = Fill(1);
        _b = Fill(2);
        _c = new double[N * N];
        _a32 = [.. _a.Select(v => (float)v)];
        _b32 = [.. _b.Select(v => (float)v)];
        _c32 = new float[N * N];
        _ma = Matrix<double>.Build.Dense(N, N, _a);
        _mb = Matrix<double>.Build.Dense(N, N, _b);
        _mc = Matrix<double>.Build.Dense(N, N);
    }

    [Benchmark(Baseline = true)]
    public void MathNetManaged() => _ma.Multiply(_mb, _mc);

    [Benchmark]
    public void Double() => Blas.Multiply<double>(_a, _b, _c, N, N, N);

    [Benchmark]
    public void DoubleTransposed() => Blas.Gemm<double>(false, true, N, N, N, 1, _a, N, _b, N, 0, _c, N);

    [Benchmark]
    public void Single() => Blas.Multiply<float>(_a32, _b32, _c32, N, N, N);

    private double[] Fill(ulong seed)
    {
        var stream = RandomKey.FromSeed(seed).Stream();
        double[] values = new double[N * N];
        foreach (ref double value in values.AsSpan())
            value = (stream.NextUInt32() * (1.0 / 4294967296.0)) - 0.5;
        return values;
    }
}
