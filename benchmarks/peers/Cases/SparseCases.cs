using OptiCore.LinearAlgebra;

namespace OptiCore.Peers.Cases;

/// <summary>Sparse products, conjugate gradients and factorizations of the five-point Laplacian, beside scipy.sparse.</summary>
internal static class SparseCases
{
    private const string Import = "import scipy.sparse as sp, scipy.sparse.linalg as sl\nn = len(starts) - 1\na = sp.csr_matrix((values, columns, starts), shape=(n, n))\n";

    private static readonly int[] Grids = [30, 100, 300];

    public static IEnumerable<PeerCase> All =>
    [
        .. Grids.Select(k => new PeerCase($"sparse matvec grid {k}", "SciPy", () => Product(k))),
        new PeerCase("sparse matvec 200 per row", "SciPy", LongRows),
        .. Grids.Select(k => new PeerCase($"sparse A A grid {k}", "SciPy", () => Square(k))),
        .. Grids.Select(k => new PeerCase($"CG 1e-8 grid {k}", "SciPy", () => Gradients(k))),
        .. Grids.Select(k => new PeerCase($"sparse Cholesky grid {k}", "SciPy splu", () => Factor(k, analyse: true))),
        .. Grids.Select(k => new PeerCase($"sparse Cholesky again grid {k}", "SciPy splu", () => Factor(k, analyse: false))),
        .. Grids.Select(k => new PeerCase($"sparse LU convection {k}", "SciPy splu", () => Unsymmetric(k))),
        .. Grids.Select(k => new PeerCase($"sparse solve grid {k}", "SciPy splu", () => Solve(k))),
    ];

    private static CsrMatrix<double> Grid(int k, double convection = 0)
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

    private static double[] Right(int n)
    {
        double[] b = new double[n];
        for (int i = 0; i < n; i++)
            b[i] = (((7 * i) % 11) - 5) / 5.0;
        return b;
    }

    private static PeerArray[] Arrays(CsrMatrix<double> a, double[] b) =>
        [PeerArray.Of("starts", a.RowStarts), PeerArray.Of("columns", a.ColumnIndices), PeerArray.Of<double>("values", a.Values), PeerArray.Of<double>("b", b)];

    private static Contest Product(int k) => Product(Grid(k));

    private static Contest Product(CsrMatrix<double> a)
    {
        double[] b = Right(a.Columns), y = new double[a.Rows];
        return new(() => a.Apply(b, y), new Python(Import, "a @ b", Arrays(a, b)));
    }

    private static Contest LongRows()
    {
        const int N = 5000;
        int[] i = new int[200 * N], j = new int[i.Length];
        double[] v = new double[i.Length];
        for (int p = 0; p < i.Length; p++)
            (i[p], j[p], v[p]) = (p / 200, (int)((p * 2654435761L) % N), 1.0 / (p + 1));
        return Product(CsrMatrix<double>.FromTriplets(N, N, i, j, v));
    }

    private static Contest Square(int k)
    {
        CsrMatrix<double> a = Grid(k);
        return new(() => a.Multiply(a), new Python(Import, "a @ a", Arrays(a, Right(k * k))));
    }

    private static Contest Gradients(int k)
    {
        CsrMatrix<double> a = Grid(k);
        double[] b = Right(k * k), x = new double[k * k];
        var workspace = new KrylovWorkspace<double>();
        ConjugateGradient method = new() { RelativeTolerance = 1e-8 };
        return new(
            () =>
            {
                Array.Clear(x);
                method.Solve(a, b, x, workspace);
            },
            new Python(Import, "sl.cg(a, b, tol=1e-8, atol=0)", Arrays(a, b)));
    }

    private static Contest Factor(int k, bool analyse)
    {
        CsrMatrix<double> a = Grid(k);
        var again = new SparseCholesky<double>(a);
        return new(
            () => (analyse ? new SparseCholesky<double>(a) : again).TryFactor(a, out _),
            new Python(Import + "c = a.tocsc()", "sl.splu(c, permc_spec='MMD_AT_PLUS_A', diag_pivot_thresh=0.0, options=dict(SymmetricMode=True))", Arrays(a, Right(k * k))));
    }

    private static Contest Unsymmetric(int k)
    {
        CsrMatrix<double> a = Grid(k, 0.5);
        return new(() => new SparseLu<double>(a).TryFactor(a, out _), new Python(Import + "c = a.tocsc()", "sl.splu(c)", Arrays(a, Right(k * k))));
    }

    private static Contest Solve(int k)
    {
        CsrMatrix<double> a = Grid(k);
        double[] b = Right(k * k), x = new double[k * k];
        var cholesky = new SparseCholesky<double>(a);
        cholesky.TryFactor(a, out _);
        return new(
            () => cholesky.Solve(b, x),
            new Python(Import + "lu = sl.splu(a.tocsc(), permc_spec='MMD_AT_PLUS_A', diag_pivot_thresh=0.0, options=dict(SymmetricMode=True))", "lu.solve(b)", Arrays(a, b)));
    }
}
