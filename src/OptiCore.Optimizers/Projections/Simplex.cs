using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <content>The simplex.</content>
public static partial class ConvexSet
{
    /// <summary>
    /// The simplex x &gt;= 0, sum x = s: max(x - tau, 0) with the level tau found without sorting, in O(n) as a rule and O(n^2) at worst.
    /// L. Condat (2016), Fast projection onto the simplex and the l1 ball, Math. Program. 158, 575-585.
    /// </summary>
    /// <param name="sum">The sum s, positive. Default: 1, the probability simplex.</param>
    public static ICompactConvexSet Simplex(double sum = 1) => new SimplexSet(Require.Positive(sum, nameof(sum)));

    /// <summary>The level tau with sum_i max(x_i - tau, 0) = sum.</summary>
    internal static double SimplexThreshold(ReadOnlySpan<double> x, double sum, ProximalWorkspace work)
    {
        // Candidates for the elements above the level, and those that were set aside when a larger one made the guess jump. The guess rho only rises, and never above tau.
        Span<double> active = work.Numbers(0, x.Length), aside = work.Numbers(1, x.Length);
        int count = 1, put = 0;
        active[0] = x[0];
        double rho = x[0] - sum;
        for (int i = 1; i < x.Length; i++)
        {
            double v = x[i];
            if (v <= rho)
                continue;
            rho += (v - rho) / (count + 1);
            if (rho > v - sum)
            {
                active[count++] = v;
            }
            else
            {
                active[..count].CopyTo(aside[put..]);
                put += count;
                active[0] = v;
                count = 1;
                rho = v - sum;
            }
        }

        for (int i = 0; i < put; i++)
        {
            if (aside[i] > rho)
            {
                active[count++] = aside[i];
                rho += (aside[i] - rho) / count;
            }
        }

        for (int before = count + 1; before != count;)
        {
            before = count;
            int kept = 0, left = count;
            for (int i = 0; i < before; i++)
            {
                double v = active[i];
                if (v > rho || left == 1)
                    active[kept++] = v;
                else
                    rho += (rho - v) / --left;
            }

            count = kept;
        }

        // Once more from the elements themselves: the running guess has gathered rounding errors.
        return (Reduce.Sum<double>(active[..count]) - sum) / count;
    }

    private sealed record SimplexSet(double Sum) : ICompactConvexSet
    {
        public int Dimension => 0;

        public void Project(ReadOnlySpan<double> x, Span<double> projection, ProximalWorkspace work)
        {
            double level = SimplexThreshold(x, Sum, work);
            for (int i = 0; i < x.Length; i++)
                projection[i] = Math.Max(x[i] - level, 0);
        }

        public void Minimize(ReadOnlySpan<double> c, Span<double> vertex, ProximalWorkspace work)
        {
            vertex[..c.Length].Clear();
            vertex[Reduce.ArgMin(c)] = Sum;
        }
    }
}
