using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <summary>
/// The geometry of <see cref="MirrorDescent"/>: a strictly convex function psi whose Bregman divergence D(u, x) = psi(u) - psi(x) - grad psi(x).(u - x) measures steps instead of the
/// Euclidean distance. The table of them is <see cref="MirrorMap"/>.
/// </summary>
/// <remarks>An instance is immutable, so that runs on several threads may share it; what changes is in the workspace.</remarks>
public interface IMirrorMap
{
    /// <summary>The number n of variables; 0 for any number.</summary>
    int Dimension { get; }

    /// <summary>Refuses a starting point outside the interior of psi's domain.</summary>
    /// <param name="start">The point, n finite elements.</param>
    /// <exception cref="ArgumentException">The point lies outside.</exception>
    void RequireInterior(ReadOnlySpan<double> start);

    /// <summary>Writes argmin_u c.u + D(u, x) / t.</summary>
    /// <param name="x">The point x, n elements.</param>
    /// <param name="c">The vector c, n elements.</param>
    /// <param name="step">The step t, positive.</param>
    /// <param name="result">Receives n elements; not x or c.</param>
    /// <param name="work">Scratch memory.</param>
    void Step(ReadOnlySpan<double> x, ReadOnlySpan<double> c, double step, Span<double> result, ProximalWorkspace work);

    /// <summary>Computes the divergence D(u, x), at least 0.</summary>
    /// <param name="u">The point u, n elements.</param>
    /// <param name="x">The point x, n elements.</param>
    /// <param name="work">Scratch memory.</param>
    double Divergence(ReadOnlySpan<double> u, ReadOnlySpan<double> x, ProximalWorkspace work);

    /// <summary>How far a point is from stationary, in units of the gradient: 0 at minima of convex functions over the domain.</summary>
    /// <param name="x">The point, n elements.</param>
    /// <param name="gradient">The gradient there, n elements.</param>
    double Stationarity(ReadOnlySpan<double> x, ReadOnlySpan<double> gradient);
}

/// <summary>The table of mirror maps.</summary>
public static class MirrorMap
{
    /// <summary>
    /// The negative entropy on the simplex of sum s: steps are exponentiated gradients, u proportional to x exp(-t c), and D is the Kullback-Leibler divergence. The constant of its regret grows like
    /// log n where Euclidean steps have n. Stationarity is measured by the gap g.x / s - min g. J. Kivinen and M. Warmuth (1997), Exponentiated gradient versus gradient
    /// descent for linear predictors.
    /// </summary>
    /// <param name="sum">The sum s, positive. Default: 1.</param>
    public static IMirrorMap Entropy(double sum = 1) => new EntropyMap(Require.Positive(sum, nameof(sum)));

    /// <summary>
    /// psi = 1/2 |x|_p^2 on all points, 1 &lt; p &lt;= 2: grad psi and its inverse, the map of the conjugate exponent, are sign(x) |x|^{p-1} |x|_p^{2-p}. With p = 1 + 1/log n the geometry of sparse
    /// solutions; p = 2 is gradient descent. C. Gentile (2003), The robustness of the p-norm algorithms.
    /// </summary>
    /// <param name="exponent">The exponent p.</param>
    public static IMirrorMap PNorm(double exponent)
    {
        if (!(exponent > 1 && exponent <= 2))
            throw new ArgumentOutOfRangeException(nameof(exponent), exponent, "exponent must lie in (1, 2].");
        return new PNormMap(exponent);
    }

    private sealed record EntropyMap(double Sum) : IMirrorMap
    {
        public int Dimension => 0;

        public void RequireInterior(ReadOnlySpan<double> start)
        {
            double total = 0;
            for (int i = 0; i < start.Length; i++)
            {
                if (!(start[i] > 0))
                    throw new ArgumentException($"start[{i}] is {start[i]} but must be positive: the entropy's steps never leave a face of the simplex.", nameof(start));
                total += start[i];
            }

            if (Math.Abs(total - Sum) > 1e-9 * Sum)
                throw new ArgumentException($"The elements of start sum to {total}, expected {Sum}.", nameof(start));
        }

        public void Step(ReadOnlySpan<double> x, ReadOnlySpan<double> c, double step, Span<double> result, ProximalWorkspace work)
        {
            // The smallest element of c makes the largest exponential; it is 1, so that nothing overflows.
            double least = Reduce.Min(c), total = 0;
            for (int i = 0; i < x.Length; i++)
            {
                result[i] = x[i] * Math.Exp(-step * (c[i] - least));
                total += result[i];
            }

            Vectors.Scale(Sum / total, result[..x.Length], result);
        }

        public double Divergence(ReadOnlySpan<double> u, ReadOnlySpan<double> x, ProximalWorkspace work)
        {
            // u log(u/x) - u + x without its cancellation: with r = (u - x)/x it is x ((1 + r) log(1 + r) - r).
            double sum = 0;
            for (int i = 0; i < u.Length; i++)
            {
                if (u[i] == x[i])
                    continue;
                double r = (u[i] - x[i]) / x[i];
                sum += u[i] == 0 ? x[i] : Math.Abs(r) < 1e-4 ? x[i] * r * r * (0.5 - (r / 6) + (r * r / 12)) : (u[i] * Math.Log(u[i] / x[i])) - u[i] + x[i];
            }

            return sum;
        }

        public double Stationarity(ReadOnlySpan<double> x, ReadOnlySpan<double> gradient)
        {
            double least = Reduce.Min(gradient), gap = 0;
            for (int i = 0; i < x.Length; i++)
                gap += x[i] * (gradient[i] - least);
            return gap / Sum;
        }
    }

    private sealed record PNormMap(double Exponent) : IMirrorMap
    {
        public int Dimension => 0;

        public void RequireInterior(ReadOnlySpan<double> start)
        {
        }

        public void Step(ReadOnlySpan<double> x, ReadOnlySpan<double> c, double step, Span<double> result, ProximalWorkspace work)
        {
            Gradient(Exponent, x, result);
            Vectors.AddScaled(result[..x.Length], -step, c, result);
            Gradient(Exponent / (Exponent - 1), result[..x.Length], result);
        }

        public double Divergence(ReadOnlySpan<double> u, ReadOnlySpan<double> x, ProximalWorkspace work)
        {
            Span<double> slope = work.Numbers(0, x.Length);
            Gradient(Exponent, x, slope);
            double inner = 0;
            for (int i = 0; i < x.Length; i++)
                inner += slope[i] * (u[i] - x[i]);
            double a = Norm(Exponent, u), b = Norm(Exponent, x);
            return Math.Max(0, (0.5 * (a - b) * (a + b)) - inner);
        }

        public double Stationarity(ReadOnlySpan<double> x, ReadOnlySpan<double> gradient) => Reduce.MaxNorm(gradient);

        private static double Norm(double p, ReadOnlySpan<double> x)
        {
            double largest = Reduce.MaxNorm(x), sum = 0;
            if (largest == 0)
                return 0;
            foreach (double v in x)
                sum += Math.Pow(Math.Abs(v) / largest, p);
            return largest * Math.Pow(sum, 1 / p);
        }

        /// <summary>sign(x) |x|^{p-1} |x|_p^{2-p}, the gradient of 1/2 |x|_p^2.</summary>
        private static void Gradient(double p, ReadOnlySpan<double> x, Span<double> gradient)
        {
            double norm = Norm(p, x);
            for (int i = 0; i < x.Length; i++)
                gradient[i] = norm == 0 ? 0 : Math.CopySign(norm * Math.Pow(Math.Abs(x[i]) / norm, p - 1), x[i]);
        }
    }
}
