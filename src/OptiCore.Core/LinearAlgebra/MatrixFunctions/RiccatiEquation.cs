using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The algebraic Riccati equations of the linear-quadratic regulator: the symmetric X for which the feedback u = -K x, with K = R^-1 B' X or (R + B' X B)^-1 B' X A, makes the
/// closed loop stable and minimises the integral (sum) of x' Q x + u' R u.
/// </summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>; the computation is in double precision for both.</typeparam>
/// <remarks>
/// <para>Continuous time, A' X + X A - X B R^-1 B' X + Q = 0: the invariant subspace of the Hamiltonian matrix that belongs to its stable eigenvalues, from an ordered Schur form.
/// About 250 n^3 complex operations. Discrete time, X = A' X A - A' X B (R + B' X B)^-1 B' X A + Q: the structured doubling algorithm, which converges quadratically and needs no
/// inverse of A; about 12 n^3 operations in each of usually fewer than 10 steps.</para>
/// <para>The object is allocated once for a size; nothing is allocated after the constructor.</para>
/// <para>Laub (1979), A Schur method for solving algebraic Riccati equations; Chu, Fan, Lin and Wang (2004), Structure-preserving algorithms for periodic discrete-time
/// algebraic Riccati equations.</para>
/// </remarks>
public sealed class RiccatiEquation<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int MaxDoublings = 60;

    private readonly ComplexSchur _schur;
    private readonly double[] _hamiltonian;
    private readonly double[] _a;
    private readonly double[] _g;
    private readonly double[] _h;
    private readonly double[] _w;
    private readonly double[] _v1;
    private readonly double[] _v2;
    private readonly double[] _v3;
    private readonly double[] _b;
    private readonly double[] _rb;
    private readonly double[] _r;
    private readonly Complex[] _upper;
    private readonly Complex[] _lower;
    private readonly int[] _permutation;
    private static readonly Predicate<Complex> IsStable = static w => w.Real < 0;

    /// <summary>Allocates everything for equations of one size.</summary>
    /// <param name="states">The order n of A, at least 1.</param>
    /// <param name="controls">The number m of columns of B, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is smaller than 1.</exception>
    public RiccatiEquation(int states, int controls)
    {
        States = Require.Positive(states, nameof(states));
        Controls = Require.Positive(controls, nameof(controls));
        int square = checked(states * states);
        _schur = new ComplexSchur(2 * states);
        _hamiltonian = new double[4 * square];
        _a = new double[square];
        _g = new double[square];
        _h = new double[square];
        _w = new double[square];
        _v1 = new double[square];
        _v2 = new double[square];
        _v3 = new double[square];
        _b = new double[states * controls];
        _rb = new double[states * controls];
        _r = new double[controls * controls];
        _upper = new Complex[square];
        _lower = new Complex[square];
        _permutation = new int[Math.Max(states, controls)];
    }

    /// <summary>The order n of A.</summary>
    public int States { get; }

    /// <summary>The number m of columns of B.</summary>
    public int Controls { get; }

    /// <summary>Solves A' X + X A - X B R^-1 B' X + Q = 0.</summary>
    /// <param name="a">The matrix A, n x n, row-major.</param>
    /// <param name="b">The matrix B, n x m, row-major.</param>
    /// <param name="q">The symmetric matrix Q, n x n, row-major.</param>
    /// <param name="r">The symmetric positive definite matrix R, m x m, row-major.</param>
    /// <param name="x">Receives X, n x n.</param>
    /// <returns>False when there is no stabilising solution (an eigenvalue of the Hamiltonian matrix is imaginary, or the subspace has no such basis) or R isn't positive definite: the result is then NaN.</returns>
    /// <exception cref="ArgumentException">A length doesn't fit, or an element isn't finite.</exception>
    public bool TrySolveContinuous(ReadOnlySpan<T> a, ReadOnlySpan<T> b, ReadOnlySpan<T> q, ReadOnlySpan<T> r, Span<T> x)
    {
        int n = States, order = 2 * n;
        bool solved = Read(a, b, q, r, x);
        if (solved)
        {
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    _hamiltonian[(i * order) + j] = _a[(i * n) + j];
                    _hamiltonian[(i * order) + n + j] = -_g[(i * n) + j];
                    _hamiltonian[((n + i) * order) + j] = -_h[(i * n) + j];
                    _hamiltonian[((n + i) * order) + n + j] = -_a[(j * n) + i];
                }
            }

            solved = _schur.Factor(_hamiltonian) && _schur.MoveToFront(IsStable) == n && SolveSubspace();
        }

        return Write(solved, x);
    }

    /// <summary>Solves X = A' X A - A' X B (R + B' X B)^-1 B' X A + Q.</summary>
    /// <param name="a">The matrix A, n x n, row-major.</param>
    /// <param name="b">The matrix B, n x m, row-major.</param>
    /// <param name="q">The symmetric positive semidefinite matrix Q, n x n, row-major.</param>
    /// <param name="r">The symmetric positive definite matrix R, m x m, row-major.</param>
    /// <param name="x">Receives X, n x n.</param>
    /// <returns>False when the doubling doesn't converge (there is no stabilising solution) or R isn't positive definite: the result is then NaN.</returns>
    /// <exception cref="ArgumentException">A length doesn't fit, or an element isn't finite.</exception>
    public bool TrySolveDiscrete(ReadOnlySpan<T> a, ReadOnlySpan<T> b, ReadOnlySpan<T> q, ReadOnlySpan<T> r, Span<T> x) => Write(Read(a, b, q, r, x) && Double(), x);

    /// <summary>Copies the matrices; G = B R^-1 B'.</summary>
    private bool Read(ReadOnlySpan<T> a, ReadOnlySpan<T> b, ReadOnlySpan<T> q, ReadOnlySpan<T> r, Span<T> x)
    {
        int n = States, m = Controls;
        Convert(a, _a, nameof(a));
        Convert(b, _b, nameof(b));
        Convert(q, _h, nameof(q));
        Convert(r, _r, nameof(r));
        Require.Length(x.Length, n * n, nameof(x));
        if (!Cholesky.TryFactor<double>(_r, m))
            return false;

        // With R = L L', G = W' W for W = L^-1 B'.
        MatrixCopy.Transpose<double>(n, m, _b, m, _rb, n);
        Blas.Trsm(Side.Left, Triangle.Lower, false, Diagonal.Stored, m, n, 1.0, _r, m, _rb, n);
        Blas.Gemm(true, false, n, n, m, 1.0, _rb, n, _rb, n, 0.0, _g, n);
        return true;
    }

    private static void Convert(ReadOnlySpan<T> from, double[] to, string name)
    {
        Require.Length(from.Length, to.Length, name);
        Require.AllFinite(from, name);
        for (int i = 0; i < to.Length; i++)
            to[i] = double.CreateChecked(from[i]);
    }

    private bool Write(bool solved, Span<T> x)
    {
        int n = States;
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                x[(i * n) + j] = solved ? T.CreateTruncating((_h[(i * n) + j] + _h[(j * n) + i]) / 2) : T.NaN;
        }

        return solved;
    }

    /// <summary>X = U2 U1^-1 for the basis (U1; U2), by Gaussian elimination on X U1 = U2.</summary>
    private bool SolveSubspace()
    {
        int n = States, order = 2 * n;
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                // Transposed: U1' X' = U2'.
                _upper[(j * n) + i] = _schur.Vectors[(i * order) + j];
                _lower[(j * n) + i] = _schur.Vectors[((n + i) * order) + j];
            }
        }

        for (int step = 0; step < n; step++)
        {
            int pivot = step;
            for (int i = step + 1; i < n; i++)
            {
                if (Complex.Abs(_upper[(i * n) + step]) > Complex.Abs(_upper[(pivot * n) + step]))
                    pivot = i;
            }

            // The vectors are orthonormal: a pivot of the size of rounding is none.
            if (Complex.Abs(_upper[(pivot * n) + step]) < n * SpectralKernels.Epsilon<double>())
                return false;
            for (int j = 0; j < n; j++)
            {
                (_upper[(step * n) + j], _upper[(pivot * n) + j]) = (_upper[(pivot * n) + j], _upper[(step * n) + j]);
                (_lower[(step * n) + j], _lower[(pivot * n) + j]) = (_lower[(pivot * n) + j], _lower[(step * n) + j]);
            }

            for (int i = 0; i < n; i++)
            {
                if (i == step)
                    continue;
                Complex factor = _upper[(i * n) + step] / _upper[(step * n) + step];
                for (int j = step; j < n; j++)
                    _upper[(i * n) + j] -= factor * _upper[(step * n) + j];
                for (int j = 0; j < n; j++)
                    _lower[(i * n) + j] -= factor * _lower[(step * n) + j];
            }
        }

        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                _h[(j * n) + i] = (_lower[(i * n) + j] / _upper[(i * n) + i]).Real;
        }

        return true;
    }

    /// <summary>A = A W^-1 A, G = G + A W^-1 G A', H = H + A' H W^-1 A with W = I + G H, until H stands still.</summary>
    private bool Double()
    {
        int n = States;
        for (int step = 0; step < MaxDoublings; step++)
        {
            Blas.Multiply<double>(_g, _h, _w, n, n, n);
            for (int i = 0; i < n; i++)
                _w[(i * n) + i] += 1;
            if (!Lu.TryFactor(_w, n, n, _permutation.AsSpan(0, n)))
                return false;
            DenseSolve.Left(_w, n, _permutation, _a, _v1, n);
            DenseSolve.Left(_w, n, _permutation, _g, _v2, n);
            Blas.Multiply<double>(_a, _v2, _v3, n, n, n);
            Blas.Gemm(false, true, n, n, n, 1.0, _v3, n, _a, n, 1.0, _g, n);
            Blas.Multiply<double>(_h, _v1, _v2, n, n, n);
            Blas.Gemm(true, false, n, n, n, 1.0, _a, n, _v2, n, 0.0, _v3, n);
            Blas.Multiply<double>(_a, _v1, _v2, n, n, n);
            _v2.CopyTo(_a, 0);
            double change = Numerics.Reduce.MaxNorm<double>(_v3);
            for (int i = 0; i < _h.Length; i++)
                _h[i] += _v3[i];
            double size = Numerics.Reduce.MaxNorm<double>(_h);
            if (!double.IsFinite(size))
                return false;
            if (change <= SpectralKernels.Epsilon<double>() * size)
                return true;
        }

        return false;
    }
}
