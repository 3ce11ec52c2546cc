using BenchmarkDotNet.Attributes;
using OptiCore.LinearAlgebra;

namespace OptiCore.Benchmarks;

/// <summary>Products with the five-point Laplacian of a grid, and with a matrix of 200 elements a row.</summary>
[MemoryDiagnoser]
public class SparseProductBenchmarks
{
    private CsrMatrix<double> _a = null!;
    private CsrMatrix<double> _long = null!;
    private double[] _x = [];
    private double[] _y = [];
    private double[] _xs = [];
    private double[] _ys = [];

    [Params(30, 100, 300)]
    public int Grid { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _a = SparseGrids.Laplacian(Grid);
        int n = Grid * Grid, rows = n / 40;
        int[] i = new int[200 * rows], j = new int[i.Length];
        double[] v = new double[i.Length];
        for (int p = 0; p < i.Length; p++)
            (i[p], j[p], v[p]) = (p / 200, (int)((p * 2654435761L) % n), 1.0 / (p + 1));
        _long = CsrMatrix<double>.FromTriplets(rows, n, i, j, v);
        _x = new double[n];
        _y = new double[n];
        _xs = new double[8 * n];
        _ys = new double[8 * n];
        _x.AsSpan().Fill(1);
        _xs.AsSpan().Fill(1);
    }

    [Benchmark]
    public void Vector() => _a.Apply(_x, _y);

    [Benchmark]
    public void LongRows() => _long.Apply(_x, _y.AsSpan(0, _long.Rows));

    [Benchmark]
    public void Adjoint() => _a.ApplyAdjoint(_x, _y);

    [Benchmark]
    public void EightVectors() => _a.Multiply(_xs, 8, 8, _ys, 8);

    [Benchmark]
    public CsrMatrix<double> Square() => _a.Multiply(_a);

    [Benchmark]
    public CsrMatrix<double> Transpose() => _a.Transpose();
}

/// <summary>Factorizations of the five-point Laplacian, and of a convection-diffusion operator on the same grid.</summary>
[MemoryDiagnoser]
public class SparseFactorizationBenchmarks
{
    private CsrMatrix<double> _a = null!;
    private CsrMatrix<double> _unsymmetric = null!;
    private SparseCholesky<double> _cholesky = null!;
    private SparseLu<double> _blocks = null!;
    private SparseLu<double> _columns = null!;
    private double[] _b = [];
    private double[] _x = [];

    [Params(30, 100, 300)]
    public int Grid { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _a = SparseGrids.Laplacian(Grid);
        _unsymmetric = SparseGrids.Laplacian(Grid, 0.5);
        _cholesky = new SparseCholesky<double>(_a);
        _blocks = new SparseLu<double>(_unsymmetric);
        _columns = new SparseLu<double>(_unsymmetric, SparseLuStrategy.Unsymmetric);
        _b = new double[Grid * Grid];
        _x = new double[_b.Length];
        _b.AsSpan().Fill(1);
        _cholesky.TryFactor(_a, out _);
        _blocks.TryFactor(_unsymmetric, out _);
    }

    [Benchmark]
    public int[] Order() => SparseOrderings.Compute(_a, SparseOrdering.MinimumDegree);

    [Benchmark]
    public SparseAnalysis Analysis() => SparseAnalysis.Of(_a);

    [Benchmark]
    public bool Cholesky() => _cholesky.TryFactor(_a, out _);

    [Benchmark]
    public bool LuByBlocks() => _blocks.TryFactor(_unsymmetric, out _);

    [Benchmark]
    public bool LuByColumns() => _columns.TryFactor(_unsymmetric, out _);

    [Benchmark]
    public void CholeskySolve() => _cholesky.Solve(_b, _x);

    [Benchmark]
    public void LuSolve() => _blocks.Solve(_b, _x);
}

internal static class SparseGrids
{
    public static CsrMatrix<double> Laplacian(int k, double convection = 0)
    {
        List<int> i = [], j = [];
        List<double> v = [];
        for (int p = 0; p < k * k; p++)
        {
            int r = p / k, c = p % k;
            Add(p, 4);
            if (r > 0)
                Add(p - k, -1);
            if (r < k - 1)
                Add(p + k, -1);
            if (c > 0)
                Add(p - 1, -1 - convection);
            if (c < k - 1)
                Add(p + 1, -1 + convection);

            void Add(int to, double value)
            {
                i.Add(p);
                j.Add(to);
                v.Add(value);
            }
        }

        return CsrMatrix<double>.FromTriplets(k * k, k * k, i.ToArray(), j.ToArray(), v.ToArray());
    }
}
