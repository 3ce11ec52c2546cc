using OptiCore.Numerics;

namespace OptiCore;

/// <content>The beta function and binomial coefficients.</content>
public static partial class SpecialFunctions
{
    /// <summary>The beta function B(a, b) = Gamma(a) Gamma(b) / Gamma(a + b) for positive arguments; NaN otherwise.</summary>
    /// <remarks>By gamma functions where these don't overflow, with the rounding of a + b corrected, otherwise by the exponential of the logarithm
    /// with 32 digits.</remarks>
    public static double Beta(double a, double b)
    {
        if (!(a > 0) || !(b > 0))
            return double.NaN;
        if (double.IsInfinity(a) || double.IsInfinity(b))
            return 0;
        if (a + b < 100)
            return SmallBeta(a, b);
        return Math.Min(a, b) >= 8 ? 1 / LargeBeta(a, b) : LogBetaExact(a, b).Exp();
    }

    /// <summary>ln B(a, b) for positive arguments, accurate relative to itself also where a and b differ by many orders; NaN otherwise.</summary>
    public static double LogBeta(double a, double b)
    {
        if (!(a > 0) || !(b > 0))
            return double.NaN;
        if (double.IsInfinity(a) || double.IsInfinity(b))
            return double.NegativeInfinity;
        double small = Math.Min(a, b), large = Math.Max(a, b);
        double sum = small + large;
        if (small < 8)
        {
            // In double where nothing cancels.
            if (sum < 100)
            {
                double value = SmallBeta(small, large);
                if (value is < 0.9 or > 1.1)
                    return Math.Log(value);
            }
            else
            {
                double difference = ((sum - 0.5) * LogOnePlus(small / large)) + (small * (Math.Log(large) - 1)) + (StirlingError(sum) - StirlingError(large));
                double logGamma = LogGamma(small), value = logGamma - difference;
                if (Math.Abs(value) > 0.1 * Math.Abs(difference))
                    return value;
            }

            return LogBetaExact(small, large).Value;
        }

        double entropy = (small * Math.Log((large / small) + 1)) + (large * LogOnePlus(small / large));
        return (0.5 * Math.Log(2 * Math.PI / small * (1 + (small / large)))) - entropy + (StirlingError(small) + (StirlingError(large) - StirlingError(sum)));
    }

    private static double SmallBeta(double a, double b)
    {
        DoubleDouble sum = DoubleDouble.Sum(a, b);
        if (a < 1E-290 || b < 1E-290)
            return (1 / Math.Min(a, b)) * (Math.Max(a, b) < 1E-290 ? 1 + (Math.Min(a, b) / Math.Max(a, b)) : 1);
        double value = a < b ? GammaPositive(b) / GammaPositive(sum.High) * GammaPositive(a) : GammaPositive(a) / GammaPositive(sum.High) * GammaPositive(b);

        // The rounding of the sum moves its gamma function by as much times psi, which is the logarithm but for what a rounding doesn't show.
        return sum.High < 1 ? value : value * (1 - (sum.Low * Math.Log(sum.High)));
    }

    // 1 / B(a, b), a and b at least 8: the peak of the density times what Stirling's series leaves.
    private static double LargeBeta(double a, double b)
    {
        DoubleDouble entropy = (DoubleDouble.LogOnePlus(DoubleDouble.Quotient(b, a)) * a) + (DoubleDouble.LogOnePlus(DoubleDouble.Quotient(a, b)) * b);
        return entropy.Exp() * Math.Sqrt(a / (2 * Math.PI) / (1 + (a / b))) * Math.Exp(StirlingError(a + b) - StirlingError(a) - StirlingError(b));
    }

    // ln B with an absolute error of about 1e-18 plus 1e-22 of the logarithms; the smaller argument below 8 where the larger exceeds 1e6.
    private static DoubleDouble LogBetaExact(double a, double b)
    {
        if (a > b)
            (a, b) = (b, a);
        DoubleDouble logGamma = a < 1E-5 ? LogGammaOnePlus(a) - DoubleDouble.Log(a) : LogGammaExact(a);
        return logGamma - LogGammaDifference(a, b);
    }

    // ln Gamma(a + b) - ln Gamma(b), for small a accurate relative to itself.
    private static DoubleDouble LogGammaDifference(double a, double b)
    {
        if (a < 1E-5)
        {
            // Taylor's series, away from the pole of ln Gamma at 0.
            if (b < 1)
                return DifferenceSeries(a, b + 1) - DoubleDouble.LogOnePlus(DoubleDouble.Quotient(a, b));
            if (b < 1E6)
                return DifferenceSeries(a, b);
        }

        if (b < 1E6)
            return LogGammaExact(DoubleDouble.Sum(a, b)) - LogGammaExact(b);
        DoubleDouble ratio = DoubleDouble.Quotient(a, b);
        return (DoubleDouble.LogOnePlus(ratio) * (DoubleDouble.Sum(a, b) - 0.5)) + ((DoubleDouble.Log(b) - 1) * a) + (StirlingError(a + b) - StirlingError(b));

        static double DifferenceSeries(double a, double b) =>
            a * (Digamma(b) + (0.5 * a * (Trigamma(b) + (a / 3 * Polygamma(2, b)))));
    }

    /// <summary>
    /// The binomial coefficient n! / (k! (n - k)!), for real arguments by the gamma function: 1 / ((n + 1) B(n - k + 1, k + 1)). Exact where both are integers and the
    /// result is below 2^53.
    /// </summary>
    /// <param name="n">The upper argument, at least 0; NaN otherwise.</param>
    /// <param name="k">The lower argument; 0 where k is an integer outside of [0, n], NaN where it is another number outside.</param>
    public static double Binomial(double n, double k)
    {
        if (double.IsNaN(n) || double.IsNaN(k) || n < 0 || double.IsInfinity(n))
            return double.NaN;
        if (k < 0 || k > n)
            return k == Math.Floor(k) ? 0 : double.NaN;
        if (n == Math.Floor(n) && k == Math.Floor(k))
        {
            k = Math.Min(k, n - k);
            if (k <= 60)
            {
                DoubleDouble product = 1;
                for (int i = 1; i <= k && double.IsFinite(product.High); i++)
                    product = product * (n - k + i) / i;
                return double.IsFinite(product.High) ? product.Value : double.PositiveInfinity;
            }
        }

        return 1 / (n + 1) / Beta(n - k + 1, k + 1);
    }

    /// <summary>ln of the binomial coefficient, without its overflow; -infinity where it is 0.</summary>
    /// <param name="n">The upper argument, at least 0; NaN otherwise.</param>
    /// <param name="k">The lower argument.</param>
    public static double LogBinomial(double n, double k)
    {
        if (double.IsNaN(n) || double.IsNaN(k) || n < 0 || double.IsInfinity(n))
            return double.NaN;
        if (k < 0 || k > n)
            return k == Math.Floor(k) ? double.NegativeInfinity : double.NaN;
        return k == 0 || k == n ? 0 : n < 50 ? Math.Log(Binomial(n, k)) : -Math.Log(n + 1) - LogBeta(n - k + 1, k + 1);
    }
}
