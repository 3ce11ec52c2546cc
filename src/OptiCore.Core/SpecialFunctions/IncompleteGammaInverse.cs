using OptiCore.Numerics;

namespace OptiCore;

/// <content>The inverses of the incomplete gamma functions.</content>
public static partial class SpecialFunctions
{
    /// <summary>
    /// The x with <see cref="GammaP"/>(a, x) = p: the quantile of the gamma distribution. 0 at p = 0, infinity at 1, NaN for a &lt;= 0 or p outside of [0, 1].
    /// </summary>
    /// <remarks>
    /// Halley's method for ln P, or ln Q above the median, as a function of ln x, which is concave, so that it converges from everywhere;
    /// for a of at least 5 from the uniform expansion's inverse (N. M. Temme (1992), Asymptotic inversion of incomplete gamma functions), below from the first
    /// term of the series. Where a is small the residual is formed with 32 digits: the result is within its conditioning, which is 1 / a units of p's last place.
    /// </remarks>
    public static double GammaPInv(double a, double p)
    {
        if (!(a > 0) || !(p >= 0) || p > 1 || double.IsInfinity(a))
            return double.NaN;
        return p == 0 ? 0 : p == 1 ? double.PositiveInfinity : InverseGamma(a, p, 1 - p, p <= 0.5);
    }

    /// <summary>The x with <see cref="GammaQ"/>(a, x) = q, accurate for the smallest q: infinity at q = 0, 0 at 1.</summary>
    public static double GammaQInv(double a, double q)
    {
        if (!(a > 0) || !(q >= 0) || q > 1 || double.IsInfinity(a))
            return double.NaN;
        return q == 0 ? double.PositiveInfinity : q == 1 ? 0 : InverseGamma(a, 1 - q, q, q > 0.5);
    }

    private static double InverseGamma(double a, double p, double q, bool lower)
    {
        // Small x: P = x^a / Gamma(a + 1) times a factor close to 1.
        double x = lower || p < 0.9 || a < 0.5 ? ((DoubleDouble.Log(p) + LogGammaOnePlus(a)) / a).Exp() : 1;
        if (a < 1 && x < 0.2 && p < 1)
            return SmallInverseGamma(a, lower ? DoubleDouble.Log(p) : DoubleDouble.LogOnePlus(-q), x);
        if (a >= 5)
            x = a * TemmeRatio(a, lower ? -NormalQuantile(p) : NormalQuantile(q), lower);
        else if (!lower && q < 0.1)
            x = LargeInverseGamma(a, q);
        double target = Math.Log(lower ? p : q);
        for (int i = 0; i < 100; i++)
        {
            IncompleteGamma(a, x, out double below, out double above);
            double value = lower ? below : above;
            if (value == 0)
            {
                // Beyond the doubles: towards the middle of the distribution.
                x = lower ? 1.5 * x : x / 1.5;
                continue;
            }

            double density = a * GammaPowers(a, x), slope = (lower ? density : -density) / value;
            double near = lower ? p : q, ratio = (value - near) / near;
            double residual = Math.Abs(ratio) < 0.1 ? LogOnePlus(ratio) : Math.Log(value) - target;
            double step = HalleyStep(residual, slope, a - x);
            x *= Math.Exp(-step);
            if (Math.Abs(step) < 1E-6)
                break;
        }

        return x;
    }

    // residual / slope with Halley's correction; the second derivative of the logarithm is slope times (drift - slope).
    private static double HalleyStep(double residual, double slope, double drift)
    {
        double newton = residual / slope;
        double correction = 1 - (0.5 * newton * (drift - slope));
        return Math.Clamp(newton / Math.Max(0.3, correction), -20, 20);
    }

    // -ln Q grows like x - (a - 1) ln x + ln Gamma(a).
    private static double LargeInverseGamma(double a, double q)
    {
        double t = Math.Max(0.5, -Math.Log(q) - LogGamma(a));
        double x = t;
        for (int i = 0; i < 3; i++)
            x = Math.Max(0.5, t + ((a - 1) * Math.Log(x)));
        return x;
    }

    // a ln x - ln Gamma(a + 1) + ln(1 + s(x)) = ln p by Newton's method in ln x, with the residual in 32 digits.
    private static double SmallInverseGamma(double a, DoubleDouble logP, double x)
    {
        DoubleDouble constant = logP + LogGammaOnePlus(a);
        if (x == 0)
            return x;
        for (int i = 0; i < 20; i++)
        {
            double s = AlternatingGammaSeries(a, x);
            double residual = ((DoubleDouble.Log(x) * a) - constant + LogOnePlus(s)).Value;
            double slope = a * Math.Exp(-x) / (1 + s);
            double step = residual / slope;
            x -= x * step;
            if (Math.Abs(step) < 1E-8)
                break;
        }

        return x;
    }

    // x / a from erfc(eta sqrt(a / 2)) / 2 = q: z = eta sqrt(a), then eta + ln(eta / (lambda - 1)) / (a eta), then lambda - 1 - ln lambda = eta^2 / 2.
    private static double TemmeRatio(double a, double z, bool lower)
    {
        double eta = (lower ? -z : -z) / Math.Sqrt(a);
        double ratio = RatioOfEta(eta);
        if (Math.Abs(eta) > 0.01)
            eta += Math.Log(eta / (ratio - 1)) / (a * eta);
        else
            eta += -1 / (3 * a);
        return RatioOfEta(eta);
    }

    private static double RatioOfEta(double eta)
    {
        if (Math.Abs(eta) < 0.7)
            return 1 + (eta * (1 + (eta * ((1.0 / 3) + (eta * ((1.0 / 36) + (eta * (-1.0 / 270))))))));
        double argument = -Math.Exp(-1 - (0.5 * eta * eta));
        return eta < 0 ? Math.Max(1E-300, -LambertW(argument)) : argument == 0 ? 1 + (0.5 * eta * eta) : -LambertWMinusOne(argument);
    }
}
