using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// LSQR for least squares, min |b - A x|^2 + damp^2 |x|^2, with any operator A that knows its transposed products: in exact arithmetic the iterates of conjugate gradients on the normal
/// equations, without squaring the condition number.
/// </summary>
/// <remarks>
/// <para>Golub-Kahan bidiagonalization from b; the bidiagonal least-squares problem by plane rotations. Starts from x = 0, which gives the solution of least norm where there are several. To start from x0, solve for the
/// correction with b - A x0. The damped residual norm |(b - A x, damp x)| never grows.</para>
/// <para>The stopping rules of the paper, with r = b - A x (and A extended by damp I where there is damping): 1. |r| &lt;= <see cref="RightSideTolerance"/> |b| + <see cref="MatrixTolerance"/> |A| |x|, the system is compatible; 2.
/// |A' r| &lt;= <see cref="MatrixTolerance"/> |A| |r|, x is a least-squares solution; both are <see cref="KrylovStatus.Converged"/>. 3. an estimate of the condition number reaches
/// <see cref="ConditionLimit"/>. A tolerance below the machine epsilon counts as the machine epsilon.</para>
/// <para>One product with A and one with A' for each iteration, and 3 m + 5 n operations beside them; m + 3 n numbers of workspace. <see cref="Lsmr"/> stops earlier for rule 2, since its |A' r| is monotone.</para>
/// <para>C. C. Paige, M. A. Saunders (1982), LSQR: an algorithm for sparse linear equations and sparse least squares, ACM Trans. Math. Softw. 8, 43-71.</para>
/// </remarks>
[Algorithm("LSQR", "Iterative least squares", "Paige, Saunders (1982), LSQR: an algorithm for sparse linear equations and sparse least squares")]
public sealed record Lsqr
{
    /// <summary>The factor of |x| in the minimised function. Default: 0.</summary>
    public double Damping { get; init => field = Require.NonNegative(value); }

    /// <summary>The relative error of A that is tolerated. Default: 1e-6.</summary>
    public double MatrixTolerance { get; init => field = Require.NonNegative(value); } = 1e-6;

    /// <summary>The relative error of b that is tolerated. Default: 1e-6.</summary>
    public double RightSideTolerance { get; init => field = Require.NonNegative(value); } = 1e-6;

    /// <summary>The condition number at which the run ends. Default: 1e8; 0 for none.</summary>
    public double ConditionLimit { get; init => field = Require.NonNegative(value); } = 1e8;

    /// <summary>The largest number of iterations; null for 2 n.</summary>
    public int? MaxIterations { get; init => field = value is { } v ? Require.NonNegative(v) : null; }

    /// <summary>Solves the least-squares problem.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The operator A, m x n.</param>
    /// <param name="b">The right side, m elements. Is only read.</param>
    /// <param name="x">Receives the solution, n elements; what it holds isn't read.</param>
    /// <param name="workspace">The memory; null for new memory.</param>
    /// <param name="observer">Watches the iterates; null for nobody.</param>
    /// <exception cref="ArgumentException">A length doesn't fit, or b isn't finite.</exception>
    public KrylovResult Solve<T>(IAdjointOperator<T> a, ReadOnlySpan<T> b, Span<T> x, KrylovWorkspace<T>? workspace = null, IKrylovObserver<T>? observer = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        GolubKahan<T>.Check(a, b, x);
        int m = a.Rows, n = a.Columns, limit = Krylov.Limit(MaxIterations, 2L * n);
        Span<T> memory = (workspace ?? new KrylovWorkspace<T>()).Take(GolubKahan<T>.Memory(m, n) + n);
        var bidiagonal = new GolubKahan<T>(a, ref memory);
        Span<T> w = Krylov.Next(ref memory, n);
        x.Clear();
        bidiagonal.Start(b);
        T rightNorm = bidiagonal.Beta, damp = T.CreateSaturating(Damping);
        bidiagonal.V.CopyTo(w);
        T rhoBar = bidiagonal.Alpha, phiBar = bidiagonal.Beta, dampedSquares = T.Zero, directions = T.Zero;
        T xSquares = T.Zero, z = T.Zero, c2 = -T.One, s2 = T.Zero, xNorm = T.Zero;
        T normal = bidiagonal.Alpha * bidiagonal.Beta;
        var stop = new LeastSquaresStop(MatrixTolerance, RightSideTolerance, ConditionLimit, Krylov.ToDouble(Krylov.Epsilon<T>()));
        for (int k = 0; ; k++)
        {
            T residual = T.Hypot(phiBar, T.Sqrt(dampedSquares));
            double aNorm = Math.Sqrt(bidiagonal.Squares + (k * Damping * Damping));
            var result = new KrylovResult(KrylovStatus.Converged, k, Krylov.ToDouble(Undamped(residual, damp, xNorm)))
            {
                NormalResidualNorm = Krylov.ToDouble(normal),
                OperatorNorm = aNorm,
                ConditionNumber = aNorm * Math.Sqrt(Krylov.ToDouble(directions)),
                SolutionNorm = Krylov.ToDouble(xNorm),
            };
            bool goesOn = observer is null || observer.Continue(new KrylovStep<T> { Iteration = k, ResidualNorm = result.ResidualNorm, Solution = x });
            if (stop.At(k, Krylov.ToDouble(residual), Krylov.ToDouble(rightNorm), result) is { } status)
                return result with { Status = status };
            if (!goesOn)
                return result with { Status = KrylovStatus.Stopped };
            if (k >= limit)
                return result with { Status = KrylovStatus.IterationLimit };
            bidiagonal.Step();
            if (!T.IsFinite(bidiagonal.Alpha) || !T.IsFinite(bidiagonal.Beta))
                return result with { Status = KrylovStatus.Breakdown };

            // First the damping is rotated away, then the subdiagonal.
            T rhoDamped = damp > T.Zero ? T.Hypot(rhoBar, damp) : rhoBar;
            if (damp > T.Zero)
            {
                T psi = damp / rhoDamped * phiBar;
                phiBar = rhoBar / rhoDamped * phiBar;
                dampedSquares += psi * psi;
            }

            T rho = T.Hypot(rhoDamped, bidiagonal.Beta);
            T c = rhoDamped / rho, s = bidiagonal.Beta / rho;
            T theta = s * bidiagonal.Alpha;
            rhoBar = -c * bidiagonal.Alpha;
            T phi = c * phiBar;
            phiBar = s * phiBar;
            directions += Reduce.SumOfSquares<T>(w) / (rho * rho);
            VectorKernels.AddScaled(phi / rho, w, x);
            Krylov.ScaleAdd(-theta / rho, w, bidiagonal.V);

            // A rotation from the right gives the norm of x from the lower triangle.
            T delta = s2 * rho, gammaBar = -c2 * rho, right = phi - (delta * z), zBar = right / gammaBar;
            xNorm = T.Sqrt(xSquares + (zBar * zBar));
            T gamma = T.Hypot(gammaBar, theta);
            (c2, s2) = (gammaBar / gamma, theta / gamma);
            z = right / gamma;
            xSquares += z * z;
            normal = T.Abs(phiBar * bidiagonal.Alpha * c);
        }
    }

    private static T Undamped<T>(T residual, T damp, T xNorm) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T part = damp * xNorm;
        return T.Sqrt(T.Max(T.Zero, (residual - part) * (residual + part)));
    }
}
