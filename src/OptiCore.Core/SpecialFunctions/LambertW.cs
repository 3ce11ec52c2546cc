using OptiCore.Numerics;

namespace OptiCore;

/// <content>The Lambert W function.</content>
public static partial class SpecialFunctions
{
    /// <summary>
    /// The principal branch of the Lambert W function, the w &gt;= -1 with w e^w = x. NaN below -1/e; at the double nearest to -1/e, which is above it, the
    /// value that belongs to this double.
    /// </summary>
    /// <remarks>The series at the branch point in sqrt(2 (e x + 1)), formed with 32 digits, otherwise Halley's method, for large x on the logarithm.
    /// R. M. Corless et al. (1996), On the Lambert W function.</remarks>
    public static double LambertW(double x)
    {
        if (double.IsNaN(x) || double.IsPositiveInfinity(x) || x == 0)
            return x;
        if (x < -0.25)
        {
            double p = BranchDistance(x);
            if (!(p >= 0) || p < 0.4)
                return BranchSeries(p);
        }

        if (x > 3)
        {
            // w + ln w = ln x
            double log = Math.Log(x), v = log - Math.Log(log);
            for (int i = 0; i < 20; i++)
            {
                double step = (v + Math.Log(v) - log) / (1 + (1 / v));
                step /= 1 + (0.5 * step / (v * (1 + v)));
                v -= step;
                if (Math.Abs(step) < 1E-6 * v)
                    break;
            }

            return v;
        }

        double w = x < 0 ? x * (1 - x + (1.5 * x * x)) : x / (1 + (x * (0.9 - (0.1 * x))));
        w = x < -0.1 ? -1 + BranchDistanceStart(x) : w;
        for (int i = 0; i < 20; i++)
        {
            double e = Math.Exp(w), f = w - (x / e);
            double step = f / (1 + w - (0.5 * (w + 2) * f / (1 + w)));
            w -= step;
            if (Math.Abs(step) < 1E-6 * Math.Abs(w))
                break;
        }

        return w;
    }

    /// <summary>
    /// The other real branch of the Lambert W function, the w &lt;= -1 with w e^w = x for x of [-1/e, 0): -infinity at 0, NaN outside.
    /// </summary>
    public static double LambertWMinusOne(double x)
    {
        if (!(x <= 0))
            return double.NaN;
        if (x == 0)
            return double.NegativeInfinity;
        double start;
        if (x < -0.25)
        {
            double p = BranchDistance(x);
            if (!(p >= 0) || p < 0.4)
                return BranchSeries(-p);
            start = -1 - p - (p * p / 3);
        }
        else
        {
            double log = Math.Log(-x);
            start = log - Math.Log(-log);
        }

        // v = -w: v - ln v = -ln(-x), by Halley's method.
        double target = -Math.Log(-x), v = -start;
        for (int i = 0; i < 30; i++)
        {
            double f = v - Math.Log(v) - target, slope = 1 - (1 / v);
            double step = f / slope;
            step /= 1 - (0.5 * step / (v * v * slope));
            v -= step;
            if (Math.Abs(step) < 1E-6 * v)
                break;
        }

        return -v;
    }

    // sqrt(2 (e x + 1)); NaN below the branch point.
    private static double BranchDistance(double x)
    {
        DoubleDouble ex = new DoubleDouble(Math.E, 1.4456468917292502E-16) * x;
        return Math.Sqrt(2 * (ex + 1).Value);
    }

    private static double BranchDistanceStart(double x)
    {
        double p = Math.Sqrt(2 * ((Math.E * x) + 1));
        return p * (1 - (p * ((1.0 / 3) - (p * (11.0 / 72)))));
    }

    private static double BranchSeries(double p)
    {
        double sum = 0;
        for (int i = LambertBranch.Length - 1; i >= 0; i--)
            sum = Math.FusedMultiplyAdd(sum, p, LambertBranch[i]);
        return Math.FusedMultiplyAdd(sum, p, -1);
    }

    // W + 1 in powers of sqrt(2 (e x + 1)), from its square on less one power.
    private static ReadOnlySpan<double> LambertBranch =>
    [
        1.0, -0.3333333333333333, 0.1527777777777778, -0.07962962962962963, 0.044502314814814814, -0.02598471487360376,
        0.01563563253233392, -0.009616892024299432, 0.006014543252956118, -0.0038112980348919993, 0.0024408779911439826,
        -0.0015769303446867841, 0.0010262633205076071, -0.0006720616311561362, 0.0004424730618146209, -0.00029267722472962746,
        0.00019438727605453933, -0.00012957426685274883, 8.665035805208128E-05, -5.811360750441382E-05, 3.907668486743905E-05,
        -2.63380647472311E-05, 1.7790345805079586E-05, -1.2040352739559977E-05, 8.163531982496613E-06, -5.544203208567359E-06,
        3.7710949611072535E-06, -2.5687050390550955E-06, 1.7520067268263412E-06, -1.1964453089157258E-06,
    ];
}
