using BenchmarkDotNet.Attributes;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Providers.LinearAlgebra;
using OptiCore.LinearAlgebra;

namespace OptiCore.Benchmarks;

/// <summary>Factorizations of square matrices on one thread: ours against Math.NET Numerics' managed provider.</summary>
/// <remarks>dotnet run -c Release --project benchmarks/OptiCore.Benchmarks -- --filter '*FactorizationBenchmarks*' --job short</remarks>
[MemoryDiagnoser]
public class FactorizationBenchmarks
{
    private double[] _matrix = [], _work = [];
    private float[] _matrix32 = [], _work32 = [];
    private int[] _permutation = [];
    private Qr<double> _qr = null!;
    private Qr<float> _qr32 = null!;
    private Matrix<double> _theirs = null!;

    /// <summary>The order of the matrix.</summary>
    [Params(64, 256, 1024)]
    public int N { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        LinearAlgebraControl.UseManaged();
        MathNet.Numerics.Control.UseSingleThread();
        var stream = RandomKey.FromSeed(1).Stream();
        _matrix = new double[N * N];
        for (int i = 0; i < N; i++)
        {
            for (int j = 0; j <= i; j++)
                _matrix[(i * N) + j] = _matrix[(j * N) + i] = (stream.NextUInt32() * (1.0 / 4294967296.0)) - 0.5;
            _matrix[i * (N + 1)] = 4 * Math.Sqrt(N);
        }

        _work = new double[N * N];
        _matrix32 = [.. _matrix.Select(v => (float)v)];
        _work32 = new float[N * N];
        _permutation = new int[N];
        _qr = new Qr<double>(N, N);
        _qr32 = new Qr<float>(N, N);
        _theirs = Matrix<double>.Build.Dense(N, N, _matrix);
    }

    [Benchmark(Baseline = true)]
    public double MathNetCholesky() => _theirs.Cholesky().DeterminantLn;

    [Benchmark]
    public bool CholeskyDouble()
    {
        _matrix.CopyTo(_work, 0);
        return Cholesky.TryFactor<double>(_work, N);
    }

    [Benchmark]
    public bool CholeskySingle()
    {
        _matrix32.CopyTo(_work32, 0);
        return Cholesky.TryFactor<float>(_work32, N);
    }

    [Benchmark]
    public double MathNetLu() => _theirs.LU().Determinant;

    [Benchmark]
    public bool LuDouble()
    {
        _matrix.CopyTo(_work, 0);
        return Lu.TryFactor(_work, N, N, _permutation);
    }

    [Benchmark]
    public bool LuSingle()
    {
        _matrix32.CopyTo(_work32, 0);
        return Lu.TryFactor(_work32, N, N, _permutation);
    }

    [Benchmark]
    public void QrDouble() => _qr.Factor(_matrix);

    [Benchmark]
    public void QrSingle() => _qr32.Factor(_matrix32);
}
