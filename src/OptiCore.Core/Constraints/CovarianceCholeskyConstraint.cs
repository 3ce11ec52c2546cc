using OptiCore.Differentiation;

namespace OptiCore;

/// <summary>
/// A lower triangular matrix with a positive diagonal, the Cholesky factor of a covariance matrix: n x n from n (n + 1) / 2 coordinates, the lower triangle row by row with L[i,i] = e^u[i,i].
/// The density is with respect to the lower triangle: log |J| = sum_i u[i,i].
/// </summary>
public sealed record CovarianceCholeskyConstraint : Constraint
{
    /// <summary>A factor of order n.</summary>
    /// <param name="order">n, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">n is less than 1.</exception>
    public CovarianceCholeskyConstraint(int order)
        : base([Require.Positive(order), order], order * (order + 1) / 2)
    {
    }

    /// <inheritdoc/>
    public override double Constrain(ReadOnlySpan<double> u, Span<double> x)
    {
        CheckLengths(u, x);
        return Fill(Shape[0], u, x);
    }

    /// <inheritdoc/>
    public override void Unconstrain(ReadOnlySpan<double> x, Span<double> u, string name = "x")
    {
        CheckLengths(u, x);
        int n = Shape[0];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double value = x[(i * n) + j];
                if (!double.IsFinite(value))
                    throw Violation(name, (i * n) + j, value, "it must be finite");
                if (j > i && value != 0)
                    throw Violation(name, (i * n) + j, value, "elements above the diagonal of a Cholesky factor must be 0");
                if (j == i && !(value > 0))
                    throw Violation(name, (i * n) + j, value, "the diagonal of a Cholesky factor must be positive");
            }
        }

        Flatten(n, x, u);
    }

    /// <inheritdoc/>
    public override void Pullback(ReadOnlySpan<double> u, ReadOnlySpan<double> x, ReadOnlySpan<double> gradientX, Span<double> gradientU)
    {
        CheckLengths(u, x, gradientX, gradientU);
        int n = Shape[0], next = 0;
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
                gradientU[next++] = gradientX[(i * n) + j];
            gradientU[next++] = (gradientX[(i * n) + i] * x[(i * n) + i]) + 1;
        }
    }

    /// <inheritdoc/>
    public override Variable Constrain(Variable u, out Variable logJacobian)
    {
        CheckShape(u);
        Variable l = Fill(Shape[0], u, out Variable diagonal);
        logJacobian = Operations.Sum(diagonal);
        return l;
    }

    /// <summary>Computes L and the sum of the logarithms of its diagonal.</summary>
    internal static double Fill(int n, ReadOnlySpan<double> u, Span<double> l)
    {
        double sum = 0;
        int next = 0;
        l.Clear();
        for (int i = 0; i < n; i++)
        {
            u.Slice(next, i).CopyTo(l[(i * n)..]);
            next += i;
            sum += u[next];
            l[(i * n) + i] = Math.Exp(u[next++]);
        }

        return sum;
    }

    /// <summary>The coordinates of L.</summary>
    internal static void Flatten(int n, ReadOnlySpan<double> l, Span<double> u)
    {
        int next = 0;
        for (int i = 0; i < n; i++)
        {
            l.Slice(i * n, i).CopyTo(u[next..]);
            next += i;
            u[next++] = Math.Log(l[(i * n) + i]);
        }
    }

    /// <summary>L in operations, and the logarithms of its diagonal.</summary>
    internal static Variable Fill(int n, Variable u, out Variable diagonal)
    {
        double[] onDiagonal = new double[n], diagonalPlaces = new double[n], below = new double[n * (n - 1) / 2], belowPlaces = new double[n * (n - 1) / 2];
        for (int i = 0, next = 0, belowNext = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++, belowNext++)
            {
                below[belowNext] = next++;
                belowPlaces[belowNext] = (i * n) + j;
            }

            onDiagonal[i] = next++;
            diagonalPlaces[i] = (i * n) + i;
        }

        diagonal = Operations.Take(u, Variable.Constant<double>(onDiagonal, [n]));
        Variable l = CorrelationFactor.Square(Operations.Exp(diagonal), Variable.Constant<double>(diagonalPlaces, [n]), n);
        return n == 1
            ? l
            : l + CorrelationFactor.Square(Operations.Take(u, Variable.Constant<double>(below, [below.Length])), Variable.Constant<double>(belowPlaces, [below.Length]), n);
    }
}
