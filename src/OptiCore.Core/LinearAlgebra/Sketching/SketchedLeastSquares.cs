using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// Least squares min |b - A x| for very tall matrices by a sketch as preconditioner: R of the QR factorization of S A makes A R^-1 well conditioned whatever A is, and <see cref="Lsqr"/> on it takes a few dozen iterations
/// to full accuracy.
/// </summary>
/// <remarks>
/// <para>The condition number of A R^-1 is about (1 + d) / (1 - d) with the sketch's distortion d = sqrt(n / s). Rank deficiency is handled by the pivoted factorization: coefficients beyond the numerical rank of S A are 0. The first guess is the solution of the sketched
/// problem. A sketch costs what it says; the factorization 2 s n^2, each iteration 4 m n for a dense matrix. Direct methods are cheaper below some thousand rows for each column.</para>
/// <para>H. Avron, P. Maymounkov, S. Toledo (2010), Blendenpik: supercharging LAPACK's least-squares solver, SIAM J. Sci. Comput. 32, 1217-1236; V. Rokhlin, M. Tygert (2008), A fast randomized algorithm for overdetermined linear least-squares
/// regression, PNAS 105; X. Meng, M. A. Saunders, M. W. Mahoney (2014), LSRN: a parallel iterative solver for strongly over- or underdetermined systems.</para>
/// </remarks>
[Algorithm("Sketch-and-precondition least squares", "Sketches", "Avron, Maymounkov, Toledo (2010), Blendenpik: supercharging LAPACK's least-squares solver")]
public sealed record SketchedLeastSquares
{
    /// <summary>The tolerance of LSQR for both of its rules. Default: 1e-12; the machine epsilon counts where it is larger.</summary>
    public double Tolerance { get; init => field = Require.NonNegative(value); } = 1e-12;

    /// <summary>The largest number of iterations. Default: 200.</summary>
    public int MaxIterations { get; init => field = Require.NonNegative(value); } = 200;

    /// <summary>Solves the problem of a dense matrix. Allocates the sketch of A and its factorization.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The matrix A, m x n, row-major.</param>
    /// <param name="b">The right side, m elements.</param>
    /// <param name="x">Receives the solution, n elements, n at least 1.</param>
    /// <param name="sketch">The sketch, s x m with s at least n: 2 n to 4 n for <see cref="GaussianSketch{T}"/> and <see cref="HadamardSketch{T}"/>.</param>
    /// <param name="workers">Who computes pieces of the sketch; null for the calling thread.</param>
    /// <exception cref="ArgumentException">A length doesn't fit, the sketch has too few rows, or an element isn't finite.</exception>
    public KrylovResult Solve<T>(ReadOnlyMemory<T> a, ReadOnlySpan<T> b, Span<T> x, ISketch<T> sketch, IWorkers? workers = null) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = Prepare(b, x, sketch);
        Require.Length(a.Length, checked(sketch.Columns * n), nameof(a));
        Require.AllFinite(a.Span, nameof(a));
        T[] sketched = new T[sketch.Rows * n];
        sketch.Apply(a.Span, n, n, sketched, n, workers);
        return Solve(LinearOperator.Dense(a, sketch.Columns, n), sketched, b, x, sketch);
    }

    /// <summary>Solves the problem of a sparse matrix.</summary>
    /// <inheritdoc cref="Solve{T}(ReadOnlyMemory{T}, ReadOnlySpan{T}, Span{T}, ISketch{T}, IWorkers?)"/>
    public KrylovResult Solve<T>(CsrMatrix<T> a, ReadOnlySpan<T> b, Span<T> x, CountSketch<T> sketch) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(a);
        int n = Prepare(b, x, sketch);
        if (a.Columns != n)
            throw new ArgumentException($"a has {a.Columns} columns, expected the {n} elements of x.", nameof(a));
        Require.AllFinite<T>(a.Values, nameof(a));
        T[] sketched = new T[sketch.Rows * n];
        sketch.Apply(a, sketched, n);
        return Solve(a, sketched, b, x, sketch);
    }

    private static int Prepare<T>(ReadOnlySpan<T> b, Span<T> x, ISketch<T> sketch) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(sketch);
        Require.Length(b.Length, sketch.Columns, nameof(b));
        Require.AllFinite(b, nameof(b));
        int n = Require.Positive(x.Length, nameof(x) + ".Length");
        return sketch.Rows >= n ? n : throw new ArgumentException($"sketch has {sketch.Rows} rows, fewer than the {n} unknowns.", nameof(sketch));
    }

    private KrylovResult Solve<T>(IAdjointOperator<T> a, T[] sketched, ReadOnlySpan<T> b, Span<T> x, ISketch<T> sketch) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int n = x.Length;
        var qr = new PivotedQr<T>(sketch.Rows, n);
        qr.Factor(sketched);
        int rank = qr.Rank();
        var inverse = new PermutedInverse<T>(qr, rank);

        // The sketched problem's solution first; LSQR finds the correction from the residual.
        T[] sb = new T[sketch.Rows], start = new T[n], residual = new T[b.Length], y = new T[rank], correction = new T[n];
        sketch.Apply(b, sb);
        qr.Solve(sb, start);
        a.Apply(start, residual);
        Krylov.ScaleAdd(-T.One, residual, b);
        KrylovResult result = new Lsqr { MatrixTolerance = Tolerance, RightSideTolerance = Tolerance, ConditionLimit = 0, MaxIterations = MaxIterations }
            .Solve(LinearOperator.Compose(a, inverse), residual, y);
        inverse.Apply(y, correction);
        for (int i = 0; i < n; i++)
            x[i] = start[i] + correction[i];
        return result with { SolutionNorm = Krylov.ToDouble(Numerics.Reduce.Norm<T>(x)), OperatorNorm = double.NaN };
    }

    /// <summary>x = P R^-1 y, with the leading block of R.</summary>
    private sealed class PermutedInverse<T>(PivotedQr<T> qr, int rank) : IAdjointOperator<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly T[] _work = new T[rank];

        public int Rows => qr.Columns;

        public int Columns => rank;

        public void Apply(ReadOnlySpan<T> x, Span<T> y)
        {
            OperatorArgument.Check(this, x, y);
            x.CopyTo(_work);
            qr.SolveR(_work);
            y.Clear();
            for (int i = 0; i < rank; i++)
                y[qr.Permutation[i]] = _work[i];
        }

        public void ApplyAdjoint(ReadOnlySpan<T> y, Span<T> x)
        {
            OperatorArgument.CheckAdjoint(this, y, x);
            for (int i = 0; i < rank; i++)
                x[i] = y[qr.Permutation[i]];
            qr.SolveRTransposed(x);
        }
    }
}
