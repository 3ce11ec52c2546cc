using System.Globalization;
using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>The order in which <see cref="SuccessiveOverRelaxation"/> passes over the equations.</summary>
public enum RelaxationSweep
{
    /// <summary>From the first to the last: SOR.</summary>
    Forward,

    /// <summary>From the first to the last, then from the last to the first: SSOR. An iteration is both.</summary>
    Symmetric,
}

/// <summary>
/// Successive over-relaxation for A x = b: equation after equation, x_i moves w times as far as would satisfy it, x_(k+1) = x_k + (D/w + L)^-1 (b - A x_k), where A = L + D + U has the diagonal D and the strict triangles L and U. With w = 1 the
/// method of Gauss and Seidel.
/// </summary>
/// <remarks>
/// <para>Converges from everywhere if A is symmetric positive definite and 0 &lt; w &lt; 2 (A. M. Ostrowski, 1954), and for w in (0, 1] if A is strictly diagonally dominant. For consistently ordered matrices, such as the five-point Laplacian,
/// the error falls like (w - 1)^k from the best w on, which <see cref="OptimalRelaxation"/> knows if the spectral radius of Jacobi's method is known; below it, it falls far more slowly: D. M. Young (1954), Iterative methods for solving
/// partial difference equations of elliptic type, Trans. AMS 76. The symmetric form (J. W. Sheldon, 1955) is far less sensitive to w, needs more work, and is a preconditioner (<see cref="SsorPreconditioner{T}"/>).</para>
/// <para>Stops where |b - A x| &lt;= max(<see cref="RelativeTolerance"/> |b|, <see cref="AbsoluteTolerance"/>). As r_(k+1) = ((1/w - 1) D - U) (x_(k+1) - x_k), an iteration with its residual takes one pass over the elements of A, a symmetric
/// one two. The residual is updated, not computed: with <see cref="VerifyResidual"/> the true one is computed at the end, as in <see cref="ConjugateGradient"/>. 2 n numbers of workspace.</para>
/// <para>For a single system of any size <see cref="ConjugateGradient"/> is faster; relaxation is a smoother, and a solver whose cost for a sequence of alike systems is as good as its w.</para>
/// </remarks>
[Algorithm("SOR", "Iterative linear solvers", "Young (1954), Iterative methods for solving partial difference equations of elliptic type")]
public sealed record SuccessiveOverRelaxation
{
    /// <summary>The factor w, in (0, 2). Default: 1, the method of Gauss and Seidel.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 2).</exception>
    public double Relaxation { get; init => field = Require.InOpen(value, 0, 2); } = 1;

    /// <summary>The order of the equations. Default: forward.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't defined.</exception>
    public RelaxationSweep Sweep { get; init => field = Require.Defined(value); }

    /// <summary>The tolerance of the residual relative to |b|. Default: 1e-6.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double RelativeTolerance { get; init => field = Require.NonNegative(value); } = 1e-6;

    /// <summary>The absolute tolerance of the residual. Default: 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double AbsoluteTolerance { get; init => field = Require.NonNegative(value); }

    /// <summary>The largest number of iterations. Default: 10,000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int MaxIterations { get; init => field = Require.NonNegative(value); } = 10_000;

    /// <summary>Whether convergence is confirmed by a product. Default: true.</summary>
    public bool VerifyResidual { get; init; } = true;

    /// <summary>The best w for a consistently ordered matrix: 2 / (1 + sqrt(1 - r^2)), with the spectral radius r of Jacobi's method, which is cos(pi / (k + 1)) for the five-point Laplacian of a k x k grid.</summary>
    /// <param name="jacobiRadius">The radius r, in [0, 1).</param>
    /// <exception cref="ArgumentOutOfRangeException">The radius lies outside [0, 1).</exception>
    public static double OptimalRelaxation(double jacobiRadius)
    {
        Require.InHalfOpen(jacobiRadius, 0, 1, nameof(jacobiRadius));
        return 2 / (1 + Math.Sqrt((1 - jacobiRadius) * (1 + jacobiRadius)));
    }

    /// <summary>Solves A x = b.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The matrix A, n x n, with stored diagonal elements that aren't 0.</param>
    /// <param name="b">The right side, n elements. Is only read.</param>
    /// <param name="x">The starting point, n elements; replaced by the solution.</param>
    /// <param name="workspace">The memory; null for new memory.</param>
    /// <param name="observer">Watches the iterates; null for nobody.</param>
    /// <returns>The outcome: where the iterates grow beyond all bounds, <see cref="KrylovStatus.Breakdown"/> with the last finite residual's iterate in x.</returns>
    /// <exception cref="ArgumentException">A length doesn't fit, A isn't square, has a diagonal element that is 0 or isn't stored, or b or x isn't finite.</exception>
    public KrylovResult Solve<T>(CsrMatrix<T> a, ReadOnlySpan<T> b, Span<T> x, KrylovWorkspace<T>? workspace = null, IKrylovObserver<T>? observer = null)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        OperatorArgument.System(a, b, x, null);
        Pivots(a);
        int n = a.Rows, k = 0;
        Span<T> memory = (workspace ?? new KrylovWorkspace<T>()).Take(2L * n);
        Span<T> r = Krylov.Next(ref memory, n), z = Krylov.Next(ref memory, n);
        T right = Reduce.Norm(b);
        if (right == T.Zero)
        {
            x.Clear();
            return new(KrylovStatus.Converged, 0, 0);
        }

        T threshold = Krylov.Threshold(RelativeTolerance, right, AbsoluteTolerance);
        T norm = Krylov.Residual(a, b, x, r), confirmed = norm, omega = T.CreateTruncating(Relaxation);
        bool isTrue = true;
        while (true)
        {
            if (!T.IsFinite(norm))
                return new(KrylovStatus.Breakdown, k, Krylov.ToDouble(norm));
            if (norm <= threshold)
            {
                if (!VerifyResidual || isTrue)
                    return Ended(KrylovStatus.Converged, k, norm, x, observer);
                norm = Krylov.Residual(a, b, x, r);
                if (norm <= threshold)
                    return Ended(KrylovStatus.Converged, k, norm, x, observer);
                if (!(norm < confirmed / T.CreateTruncating(2)))
                    return Ended(KrylovStatus.Stagnated, k, norm, x, observer);
                (confirmed, isTrue) = (norm, true);
            }

            if (k >= MaxIterations)
                return Ended(KrylovStatus.IterationLimit, k, norm, x, observer);
            if (observer is not null && !observer.Continue(new KrylovStep<T> { Iteration = k, ResidualNorm = Krylov.ToDouble(norm), Solution = x }))
                return new(KrylovStatus.Stopped, k, Krylov.ToDouble(norm));
            Forward(a, omega, r, z);
            if (Sweep == RelaxationSweep.Symmetric)
            {
                if (!T.IsFinite(Reduce.Norm<T>(r)))
                    return Ended(KrylovStatus.Breakdown, k, norm, x, observer);
                VectorKernels.AddScaled(T.One, z, x);
                Backward(a, omega, r, z);
            }

            T before = norm;
            norm = Reduce.Norm<T>(r);
            if (!T.IsFinite(norm))
                return Ended(KrylovStatus.Breakdown, k, before, x, observer);
            VectorKernels.AddScaled(T.One, z, x);
            isTrue = false;
            k++;
        }
    }

    /// <summary>z = (D/w + L)^-1 r, then r = ((1/w - 1) D - U) z.</summary>
    private static void Forward<T>(CsrMatrix<T> a, T omega, Span<T> r, Span<T> z) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int[] starts = a.StartsArray, columns = a.ColumnsArray;
        T[] values = a.ValuesArray;
        for (int i = 0; i < r.Length; i++)
        {
            T sum = r[i];
            int p = starts[i];
            for (; columns[p] < i; p++)
                sum = T.FusedMultiplyAdd(-values[p], z[columns[p]], sum);
            z[i] = omega * sum / values[p];
        }

        T rest = (T.One / omega) - T.One;
        for (int i = 0; i < r.Length; i++)
        {
            T sum = T.Zero;
            int p = starts[i + 1] - 1;
            for (; columns[p] > i; p--)
                sum = T.FusedMultiplyAdd(-values[p], z[columns[p]], sum);
            r[i] = T.FusedMultiplyAdd(rest * values[p], z[i], sum);
        }
    }

    /// <summary>z = (D/w + U)^-1 r, then r = ((1/w - 1) D - L) z.</summary>
    private static void Backward<T>(CsrMatrix<T> a, T omega, Span<T> r, Span<T> z) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int[] starts = a.StartsArray, columns = a.ColumnsArray;
        T[] values = a.ValuesArray;
        for (int i = r.Length - 1; i >= 0; i--)
        {
            T sum = r[i];
            int p = starts[i + 1] - 1;
            for (; columns[p] > i; p--)
                sum = T.FusedMultiplyAdd(-values[p], z[columns[p]], sum);
            z[i] = omega * sum / values[p];
        }

        T rest = (T.One / omega) - T.One;
        for (int i = 0; i < r.Length; i++)
        {
            T sum = T.Zero;
            int p = starts[i];
            for (; columns[p] < i; p++)
                sum = T.FusedMultiplyAdd(-values[p], z[columns[p]], sum);
            r[i] = T.FusedMultiplyAdd(rest * values[p], z[i], sum);
        }
    }

    private static void Pivots<T>(CsrMatrix<T> a) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < a.Rows; i++)
        {
            int position = a.Find(i, i);
            if (position < 0 || T.IsZero(a.ValuesArray[position]))
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"a has no diagonal element, or one that is 0, in row {i}; relaxation divides by it."), nameof(a));
        }
    }

    private static KrylovResult Ended<T>(KrylovStatus status, int k, T norm, ReadOnlySpan<T> x, IKrylovObserver<T>? observer) where T : unmanaged, IFloatingPointIeee754<T>
    {
        observer?.Continue(new KrylovStep<T> { Iteration = k, ResidualNorm = Krylov.ToDouble(norm), Solution = x });
        return new(status, k, Krylov.ToDouble(norm));
    }
}
