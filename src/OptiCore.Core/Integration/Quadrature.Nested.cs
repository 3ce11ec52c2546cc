using System.Buffers;

namespace OptiCore.Integration;

public static partial class Quadrature
{
    /// <summary>
    /// The rule of Clenshaw and Curtis on n + 1 = 9, 17, 33, ... Chebyshev points until two agree: the integral of the interpolating polynomial. All points are kept
    /// from one rule to the next.
    /// </summary>
    /// <remarks>For analytic integrands as good as Gauss's rule with the same points (Trefethen 2008, Is Gauss quadrature better than
    /// Clenshaw-Curtis?). Up to 1,025 evaluations. Both ends are evaluated. Clenshaw and Curtis (1960), A method for numerical integration on an
    /// automatic computer.</remarks>
    /// <param name="f">The integrand.</param>
    /// <param name="a">The lower end, finite.</param>
    /// <param name="b">The upper end, finite.</param>
    /// <param name="options">The tolerances. Default: <see cref="QuadratureOptions.Default"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">An end isn't finite.</exception>
    public static QuadratureResult ClenshawCurtis(Func<double, double> f, double a, double b, QuadratureOptions? options = null)
    {
        const int Largest = 1024;
        Require.NotNull(f);
        options ??= QuadratureOptions.Default;
        double centre = (0.5 * Require.Finite(a)) + (0.5 * Require.Finite(b)), radius = (0.5 * b) - (0.5 * a);
        double[] rented = ArrayPool<double>.Shared.Rent(2 * (Largest + 1));
        Span<double> values = rented.AsSpan(0, Largest + 1), cosines = rented.AsSpan(Largest + 1, Largest + 1);
        for (int j = 0; j <= Largest; j++)
            cosines[j] = double.SinPi((Largest - (2.0 * j)) / (2.0 * Largest));
        double before = double.NaN, value = 0, error = double.PositiveInfinity;
        int evaluations = 0, level = 0;
        QuadratureStatus status = QuadratureStatus.LimitReached;
        for (int n = 8; n <= Largest; n *= 2, level++)
        {
            int stride = Largest / n;
            for (int j = 0; j <= n; j++)
            {
                if (n > 8 && j % 2 == 0)
                    continue;
                values[j * stride] = f(centre + (radius * cosines[j * stride]));
                evaluations++;
            }

            value = radius * ClenshawCurtisSum(values, cosines, n, stride);
            if (!double.IsFinite(value))
            {
                status = QuadratureStatus.NotFinite;
                break;
            }

            error = n == 8 ? double.PositiveInfinity : Math.Max(Math.Abs(value - before), 2 * Epsilon * Math.Abs(value));
            if (error <= options.Bound(value))
            {
                status = QuadratureStatus.Converged;
                break;
            }

            before = value;
        }

        ArrayPool<double>.Shared.Return(rented);
        return new QuadratureResult(value, error, evaluations, level + 1, status);
    }

    // The weights in closed form: w[j] = 2 c[j] / n (1 - sum' 2 / (4 k^2 - 1) cos(2 j k pi / n)), the last term halved.
    private static double ClenshawCurtisSum(ReadOnlySpan<double> values, ReadOnlySpan<double> cosines, int n, int stride)
    {
        double sum = 0;
        for (int j = 0; j <= n; j++)
        {
            double weight = 1;
            for (int k = 1; k <= n / 2; k++)
            {
                // cos(2 j k pi / n) from the table of cos(i pi / n), of which the period is 2 n.
                int i = (int)(2L * j * k % (2 * n));
                double cosine = cosines[(i <= n ? i : (2 * n) - i) * stride];
                weight -= (2 * k == n ? 1.0 : 2.0) / ((4.0 * k * k) - 1) * cosine;
            }

            sum += (j == 0 || j == n ? 1.0 : 2.0) / n * weight * values[j * stride];
        }

        return sum;
    }

    /// <summary>
    /// Romberg's method: the trapezoidal rule with 1, 2, 4, ... panels, extrapolated to step 0 by Richardson's scheme. For smooth integrands whose
    /// evaluation on a uniform grid is convenient; the Gauss-Kronrod methods need fewer points.
    /// </summary>
    /// <remarks>Both ends are evaluated. At least 17 evaluations, at most 65,537. Romberg (1955), Vereinfachte numerische Integration.</remarks>
    /// <param name="f">The integrand.</param>
    /// <param name="a">The lower end, finite.</param>
    /// <param name="b">The upper end, finite.</param>
    /// <param name="options">The tolerances. Default: <see cref="QuadratureOptions.Default"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">An end isn't finite.</exception>
    public static QuadratureResult Romberg(Func<double, double> f, double a, double b, QuadratureOptions? options = null)
    {
        const int Levels = 16;
        Require.NotNull(f);
        options ??= QuadratureOptions.Default;
        double length = Require.Finite(b) - Require.Finite(a), trapezoid = 0.5 * length * (f(a) + f(b));
        Span<double> row = stackalloc double[Levels + 1];
        row[0] = trapezoid;
        double error = double.PositiveInfinity;
        int evaluations = 2;
        for (int level = 1; level <= Levels; level++)
        {
            int fresh = 1 << (level - 1);
            double sum = 0;
            for (int i = 0; i < fresh; i++)
                sum += f(a + (length * ((i + 0.5) / fresh)));
            evaluations += fresh;
            trapezoid = 0.5 * (trapezoid + (length / fresh * sum));
            double previous = row[level - 1];
            Richardson(row, level, trapezoid);
            double value = row[level];
            if (!double.IsFinite(value))
                return new QuadratureResult(value, double.PositiveInfinity, evaluations, level + 1, QuadratureStatus.NotFinite);
            error = Math.Max(Math.Abs(value - previous), 2 * Epsilon * Math.Abs(value));
            if (level >= 4 && error <= options.Bound(value))
                return new QuadratureResult(value, error, evaluations, level + 1, QuadratureStatus.Converged);
        }

        return new QuadratureResult(row[Levels], error, evaluations, Levels + 1, QuadratureStatus.LimitReached);
    }

    // Row k of the triangle over row k - 1.
    private static void Richardson(Span<double> row, int level, double first)
    {
        double factor = 1, value = first;
        for (int j = 0; j < level; j++)
        {
            factor *= 4;
            double next = value + ((value - row[j]) / (factor - 1));
            row[j] = value;
            value = next;
        }

        row[level] = value;
    }
}
