namespace OptiCore.Distributions;

/// <summary>
/// Logarithms of the Poisson, binomial, gamma and beta densities in the form of the saddle-point expansion, in which the large terms of the plain formulas don't cancel.
/// </summary>
/// <remarks>C. Loader (2000), "Fast and accurate computation of binomial probabilities". The shapes need not be whole numbers.</remarks>
internal static class SaddlePoint
{
    private const double LogTwoPi = 1.83787706640934548356065947281;

    /// <summary>x ln lambda - lambda - ln Gamma(x + 1), for x and lambda of at least 0.</summary>
    public static double LogPoisson(double x, double lambda)
    {
        if (lambda == 0)
            return x == 0 ? 0 : double.NegativeInfinity;
        if (double.IsInfinity(lambda) || double.IsInfinity(x))
            return double.NegativeInfinity;
        if (x < 0.5)
            return (x * Math.Log(lambda)) - lambda - SpecialFunctions.LogGammaOnePlus(x);
        return -StirlingError(x) - Deviance(x, lambda) - (0.5 * (LogTwoPi + Math.Log(x)));
    }

    /// <summary>ln of C(n, x) p^x q^(n - x) with q = 1 - p given, for 0 &lt;= x &lt;= n.</summary>
    public static double LogBinomial(double x, double n, double p, double q)
    {
        if (p == 0)
            return x == 0 ? 0 : double.NegativeInfinity;
        if (q == 0)
            return x == n ? 0 : double.NegativeInfinity;
        if (x == 0)
            return n == 0 ? 0 : p < 0.1 ? n * SpecialFunctions.LogOnePlus(-p) : n * Math.Log(q);
        if (x == n)
            return q < 0.1 ? n * SpecialFunctions.LogOnePlus(-q) : n * Math.Log(p);
        double rest = n - x;
        return StirlingError(n) - StirlingError(x) - StirlingError(rest) - Deviance(x, n * p) - Deviance(rest, n * q)
            - (0.5 * (LogTwoPi + Math.Log(x) + Math.Log(rest / n)));
    }

    /// <summary>(a - 1) ln x - x - ln Gamma(a).</summary>
    public static double LogGammaDensity(double x, double a)
    {
        if (x < 0)
            return double.NegativeInfinity;
        if (x == 0)
            return a < 1 ? double.PositiveInfinity : a > 1 ? double.NegativeInfinity : 0;
        return a < 1 ? LogPoisson(a, x) + Math.Log(a) - Math.Log(x) : LogPoisson(a - 1, x);
    }

    /// <summary>(a - 1) ln x + (b - 1) ln(1 - x) - ln B(a, b).</summary>
    public static double LogBetaDensity(double x, double a, double b, double logBeta)
    {
        if (x is < 0 or > 1)
            return double.NegativeInfinity;
        if (x == 0)
            return a < 1 ? double.PositiveInfinity : a > 1 ? double.NegativeInfinity : Math.Log(b);
        if (x == 1)
            return b < 1 ? double.PositiveInfinity : b > 1 ? double.NegativeInfinity : Math.Log(a);
        return a < 2 || b < 2
            ? ((a - 1) * Math.Log(x)) + ((b - 1) * SpecialFunctions.LogOnePlus(-x)) - logBeta
            : Math.Log(a + b - 1) + LogBinomial(a - 1, a + b - 2, x, 1 - x);
    }

    /// <summary>ln Gamma(x + 1) - (x + 1/2) ln x + x - ln(2 pi)/2, the error of Stirling's formula.</summary>
    private static double StirlingError(double x)
    {
        if (x < 15)
            return SpecialFunctions.LogGamma(x + 1) - ((x + 0.5) * Math.Log(x)) + x - LawConstants.LogSqrtTwoPi;
        double r = 1 / (x * x);
        return ((1.0 / 12) - (r * ((1.0 / 360) - (r * ((1.0 / 1260) - (r * ((1.0 / 1680) - (r * ((1.0 / 1188) - (r * (691.0 / 360360))))))))))) / x;
    }

    /// <summary>x ln(x/m) + m - x.</summary>
    private static double Deviance(double x, double m)
    {
        // Negated, so that NaN doesn't enter the loop.
        if (!(Math.Abs(x - m) < 0.1 * (x + m)))
            return (x * Math.Log(x / m)) + m - x;
        double v = (x - m) / (x + m), sum = (x - m) * v, term = 2 * x * v, square = v * v;
        for (int j = 1; ; j++)
        {
            term *= square;
            double next = sum + (term / ((2 * j) + 1));
            if (next == sum)
                return sum;
            sum = next;
        }
    }
}
