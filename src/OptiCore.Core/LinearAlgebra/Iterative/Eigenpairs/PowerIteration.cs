using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.LinearAlgebra;

/// <summary>
/// The power iteration x = A x / |A x| for the eigenvalue of the largest magnitude; with a solving operator (A - shift I)^-1 and <see cref="Shift"/>, inverse iteration for the eigenvalue nearest to the shift.
/// </summary>
/// <remarks>
/// <para>The eigenvalue is the Rayleigh quotient, with quadratically small error for symmetric operators. Converged where |A x - lambda x| &lt;= <see cref="Tolerance"/> |lambda|, of the operator that is applied. The error falls by |lambda_2 / lambda_1| in each
/// iteration; two dominant eigenvalues of equal magnitude and different sign, or a complex pair, don't converge. One product and 6 n operations for each iteration; n numbers of workspace. For more than a rough value prefer
/// <see cref="Lanczos"/>.</para>
/// <para>G. H. Golub, C. F. Van Loan (2013), Matrix computations, 4th edition, sections 7.3 and 7.6.</para>
/// </remarks>
[Algorithm("Power iteration", "Iterative eigenproblems", "Golub, Van Loan (2013), Matrix computations")]
public sealed record PowerIteration
{
    /// <summary>The tolerance of the residual relative to |lambda|. Default: 1e-8; at least 10 machine epsilons count.</summary>
    public double Tolerance { get; init => field = Require.Positive(value); } = 1e-8;

    /// <summary>The largest number of iterations. Default: 1000.</summary>
    public int MaxIterations { get; init => field = Require.NonNegative(value); } = 1000;

    /// <summary>Null for the operator's own eigenvalue. Else the operator is the inverse of A - shift I, and the value returned is shift + 1 / mu, an eigenvalue of A.</summary>
    public double? Shift { get; init => field = value is { } v ? Require.Finite(v, nameof(Shift)) : null; }

    /// <summary>Computes the dominant eigenpair.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="a">The operator, n x n, n at least 1.</param>
    /// <param name="value">Receives the eigenvalue.</param>
    /// <param name="vector">Receives the eigenvector, n elements, of length 1.</param>
    /// <param name="key">The key of the starting vector.</param>
    /// <param name="workspace">The memory; null for new memory.</param>
    /// <exception cref="ArgumentException">A length doesn't fit, or the operator isn't square.</exception>
    public EigenResult Solve<T>(ILinearOperator<T> a, out T value, Span<T> vector, RandomKey key, KrylovWorkspace<T>? workspace = null) where T : unmanaged, IFloatingPointIeee754<T>
    {
        value = T.NaN;
        EigenBasis.Check(a, new Span<T>(ref value), vector);
        int n = a.Rows;
        Span<T> y = (workspace ?? new KrylovWorkspace<T>()).Take(n);
        T tolerance = Tolerances.Of<T>(Tolerance);
        EigenBasis.Replace<T>(key, vector, vector, 0, n);
        for (int iteration = 1; ; iteration++)
        {
            a.Apply(vector, y);
            T lambda = Reduce.Dot<T>(vector, y), norm = Reduce.Norm<T>(y);
            if (!T.IsFinite(lambda) || !T.IsFinite(norm))
                return new(KrylovStatus.Breakdown, iteration, 0, double.NaN);
            value = Shift is { } shift ? T.CreateTruncating(shift) + (T.One / lambda) : lambda;
            Krylov.ScaleAdd(-lambda, vector, y);
            T residual = Reduce.Norm<T>(vector);
            bool converged = residual <= tolerance * T.Abs(lambda) || norm == T.Zero;
            if (converged || norm == T.Zero || iteration >= MaxIterations)
            {
                // One step further than the residual says, which costs nothing.
                y.CopyTo(vector);
                if (norm == T.Zero)
                    EigenBasis.Replace<T>(key, vector, vector, 0, n);
                else
                    Krylov.Divide(vector, norm);
                return new(converged ? KrylovStatus.Converged : KrylovStatus.IterationLimit, iteration, converged ? 1 : 0, Krylov.ToDouble(residual));
            }

            y.CopyTo(vector);
            Krylov.Divide(vector, norm);
        }
    }
}
