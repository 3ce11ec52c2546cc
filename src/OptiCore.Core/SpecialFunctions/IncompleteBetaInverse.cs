using OptiCore.Numerics;

namespace OptiCore;

/// <content>The inverses of the incomplete beta function.</content>
public static partial class SpecialFunctions
{
    /// <summary>The x with <see cref="BetaInc"/>(a, b, x) = p: the quantile of the beta distribution. NaN unless a and b are positive and finite and p lies in [0, 1].</summary>
    /// <remarks>
    /// Halley's method for ln I, or above the median for the logarithm of its complement, as a function of ln(x / (1 - x)), which is concave, so that
    /// it converges from everywhere. Start by the normal approximation (M. Abramowitz, I. A. Stegun (1964), 26.5.22) or the first term of the series.
    /// </remarks>
    public static double BetaIncInv(double a, double b, double p)
    {
        if (!(a > 0) || !(b > 0) || !(p >= 0) || p > 1 || double.IsInfinity(a) || double.IsInfinity(b))
            return double.NaN;
        return p == 0 ? 0 : p == 1 ? 1 : InverseBeta(a, b, p, 1 - p, p <= 0.5);
    }

    /// <summary>The x with <see cref="BetaIncComplement"/>(a, b, x) = q, accurate for the smallest q.</summary>
    public static double BetaIncComplementInv(double a, double b, double q)
    {
        if (!(a > 0) || !(b > 0) || !(q >= 0) || q > 1 || double.IsInfinity(a) || double.IsInfinity(b))
            return double.NaN;
        return q == 0 ? 1 : q == 1 ? 0 : InverseBeta(a, b, 1 - q, q, q > 0.5);
    }

    private static double InverseBeta(double a, double b, double p, double q, bool lower)
    {
        double odds = StartingOdds(a, b, p, q, lower);
        double target = lower ? p : q, logTarget = Math.Log(target);
        double low = 0, high = double.PositiveInfinity;
        for (int i = 0; i < 200; i++)
        {
            DoubleDouble x, y;
            if (odds <= 1)
            {
                x = odds / (1 + odds);
                y = DoubleDouble.Sum(1, -x.High);
            }
            else
            {
                y = 1 / (1 + odds);
                x = DoubleDouble.Sum(1, -y.High);
            }

            IncompleteBeta(a, b, x, y, out double below, out double above);
            double value = lower ? below : above;
            if (value == 0 || x.High == 0 || y.High == 0)
            {
                // Beyond the doubles: towards the middle of the distribution.
                if (x.High == 0 || (lower && y.High != 0))
                    low = odds;
                else
                    high = odds;
                odds = low > 0 && high < double.PositiveInfinity ? Math.Sqrt(low) * Math.Sqrt(high) : low > 0 ? odds * 4 : odds / 4;
                if (x.High == 0 && odds < 1E-307)
                    return 0;
                continue;
            }

            double density = a * BetaPowers(a, b, x, y, double.NaN);
            double slope = (lower ? density : -density) / value, ratio = (value - target) / target;
            double residual = Math.Abs(ratio) < 0.1 ? LogOnePlus(ratio) : Math.Log(value) - logTarget;
            double step = HalleyStep(residual, slope, (a * y.High) - (b * x.High));
            if (step > 0)
                high = odds;
            else
                low = odds;
            double next = odds * Math.Exp(-step);
            if (!(next >= low && next <= high))
                next = low > 0 ? Math.Sqrt(low) * Math.Sqrt(high) : odds / 16;
            odds = next;
            if (Math.Abs(step) < 1E-6)
                break;
        }

        return odds <= 1 ? odds / (1 + odds) : 1 - (1 / (1 + odds));
    }

    private static double StartingOdds(double a, double b, double p, double q, bool lower)
    {
        if (Math.Min(a, b) >= 1)
        {
            double z = lower ? -NormalQuantile(p) : NormalQuantile(q);
            double lambda = ((z * z) - 3) / 6, ra = 1 / ((2 * a) - 1), rb = 1 / ((2 * b) - 1), h = 2 / (ra + rb);
            double root = h + lambda;
            double w = root > 0
                ? (z * Math.Sqrt(root) / h) - ((rb - ra) * (lambda + (5.0 / 6) - (2 / (3 * h))))
                : 0;
            double normal = a / b * Math.Exp(-2 * w);
            if (root > 0 && normal > 0 && double.IsFinite(normal) && Math.Abs(z) < 6)
                return normal;
            if (Math.Min(a, b) > 30)
                return a / b * Math.Exp(-z * Math.Sqrt((1 / a) + (1 / b)));
        }

        // The first terms of the series at both ends; where they meet decides which end is closer.
        double logBeta = LogBeta(a, b);
        double left = (Math.Log(p) + Math.Log(a) + logBeta) / a, right = (Math.Log(q) + Math.Log(b) + logBeta) / b;
        double middle = a / (a + b);
        if (left < -0.7 && (lower || left < Math.Log(middle)))
            return Math.Exp(Math.Max(left, -700)) / (1 - Math.Exp(left));
        if (right < -0.7)
            return (1 - Math.Exp(right)) / Math.Exp(Math.Max(right, -700));
        return a / b;
    }
}
