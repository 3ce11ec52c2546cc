using System.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// LSMR for least squares, min |b - A x|^2 + damp^2 |x|^2: in exact arithmetic the iterates of <see cref="Minres"/> on the normal equations, so that |A' r| falls monotonically (and |r| in practice too):
/// it can be stopped earlier than <see cref="Lsqr"/>.
/// </summary>
/// <remarks>
/// <para>The bidiagonalization, the start from x = 0 and the stopping rules are those of <see cref="Lsqr"/>. The condition number is that of the triangular factor, without the last column's provisional part.</para>
/// <para>One product with A and one with A' for each iteration, and 3 m + 6 n operations beside them; m + 4 n numbers of workspace.</para>
/// <para>D. C.-L. Fong, M. A. Saunders (2011), LSMR: an iterative algorithm for sparse least-squares problems, SIAM J. Sci. Comput. 33, 2950-2971.</para>
/// </remarks>
[Algorithm("LSMR", "Iterative least squares", "Fong, Saunders (2011), LSMR: an iterative algorithm for sparse least-squares problems")]
public sealed record Lsmr
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
        Span<T> memory = (workspace ?? new KrylovWorkspace<T>()).Take(GolubKahan<T>.Memory(m, n) + (2L * n));
        var bidiagonal = new GolubKahan<T>(a, ref memory);
        Span<T> h = Krylov.Next(ref memory, n), hBar = Krylov.Next(ref memory, n);
        x.Clear();
        hBar.Clear();
        bidiagonal.Start(b);
        bidiagonal.V.CopyTo(h);
        T damp = T.CreateSaturating(Damping), rightNorm = bidiagonal.Beta;
        T alphaBar = bidiagonal.Alpha, zetaBar = bidiagonal.Alpha * bidiagonal.Beta, rho = T.One, rhoBar = T.One, cBar = T.One, sBar = T.Zero;
        var estimate = new ResidualEstimate<T>(rightNorm);
        T largest = T.Zero, smallest = T.PositiveInfinity, residual = rightNorm, xNorm = T.Zero;
        double condition = 1;
        var stop = new LeastSquaresStop(MatrixTolerance, RightSideTolerance, ConditionLimit, Krylov.ToDouble(Krylov.Epsilon<T>()));
        for (int k = 0; ; k++)
        {
            var result = new KrylovResult(KrylovStatus.Converged, k, Krylov.ToDouble(Undamped(residual, damp, xNorm)))
            {
                NormalResidualNorm = Krylov.ToDouble(T.Abs(zetaBar)),
                OperatorNorm = Math.Sqrt(bidiagonal.Squares + (k * Damping * Damping)),
                ConditionNumber = condition,
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

            // The rotations of the paper: damping away, B to upper bidiagonal R, R' to upper bidiagonal.
            T alphaHat = T.Hypot(alphaBar, damp);
            (T cHat, T sHat) = (alphaBar / alphaHat, damp / alphaHat);
            T rhoBefore = rho, rhoBarBefore = rhoBar, thetaBar = T.Zero;
            rho = T.Hypot(alphaHat, bidiagonal.Beta);
            (T c, T s) = (alphaHat / rho, bidiagonal.Beta / rho);
            T theta = s * bidiagonal.Alpha;
            alphaBar = c * bidiagonal.Alpha;
            thetaBar = sBar * rho;
            T partial = cBar * rho;
            rhoBar = T.Hypot(partial, theta);
            (cBar, sBar) = (partial / rhoBar, theta / rhoBar);
            T zeta = cBar * zetaBar;
            zetaBar = -sBar * zetaBar;

            Krylov.ScaleAdd(-(thetaBar / rhoBefore) * (rho / rhoBarBefore), hBar, h);
            VectorKernels.AddScaled(zeta / rho / rhoBar, hBar, x);
            Krylov.ScaleAdd(-theta / rho, h, bidiagonal.V);
            residual = estimate.Next(cHat, sHat, c, s, thetaBar, rhoBar, zeta);
            if (k > 0)
            {
                largest = T.Max(largest, rhoBarBefore);
                smallest = T.Min(smallest, rhoBarBefore);
                condition = Krylov.ToDouble(T.Max(largest, partial) / T.Min(smallest, partial));
            }

            xNorm = Numerics.Reduce.Norm<T>(x);
        }
    }

    private static T Undamped<T>(T residual, T damp, T xNorm) where T : unmanaged, IFloatingPointIeee754<T>
    {
        T part = damp * xNorm;
        return T.Sqrt(T.Max(T.Zero, (residual - part) * (residual + part)));
    }

    /// <summary>The norm of (b - A x, damp x) without another vector: section 5.1 of the paper.</summary>
    private struct ResidualEstimate<T>(T beta) where T : unmanaged, IFloatingPointIeee754<T>
    {
        private T _betaDots = beta;
        private T _betaDot = T.Zero;
        private T _rhoDot = T.One;
        private T _tau = T.Zero;
        private T _theta = T.Zero;
        private T _zeta = T.Zero;
        private T _squares = T.Zero;

        public T Next(T cHat, T sHat, T c, T s, T thetaBar, T rhoBar, T zeta)
        {
            T acute = cHat * _betaDots, check = -sHat * _betaDots, hat = c * acute;
            _betaDots = -s * acute;
            T rhoTilde = T.Hypot(_rhoDot, thetaBar), cTilde = _rhoDot / rhoTilde, sTilde = thetaBar / rhoTilde, thetaBefore = _theta;
            _theta = sTilde * rhoBar;
            _rhoDot = cTilde * rhoBar;
            _betaDot = (cTilde * hat) - (sTilde * _betaDot);
            _tau = (_zeta - (thetaBefore * _tau)) / rhoTilde;
            T tauDot = (zeta - (_theta * _tau)) / _rhoDot;
            _zeta = zeta;
            _squares += check * check;
            T difference = _betaDot - tauDot;
            return T.Sqrt(_squares + (difference * difference) + (_betaDots * _betaDots));
        }
    }
}
