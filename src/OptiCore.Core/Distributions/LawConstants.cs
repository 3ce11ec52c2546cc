namespace OptiCore.Distributions;

/// <summary>Constants and small functions that several laws share.</summary>
internal static class LawConstants
{
    public const double LogSqrtTwoPi = 0.918938533204672741780329736406, Log2 = 0.693147180559945309417232121458, EulerGamma = 0.577215664901532860606512090082;
    public const double SqrtTwo = 1.41421356237309504880168872421, SqrtHalf = 0.707106781186547524400844362105, SqrtTwoOverPi = 0.797884560802865355879892119869;

    /// <summary>psi(x + 1/2) - psi(x), by its asymptotic series where the difference would cancel.</summary>
    public static double DigammaHalfStep(double x)
    {
        if (x < 30)
            return SpecialFunctions.Digamma(x + 0.5) - SpecialFunctions.Digamma(x);
        double square = 1 / (x * x);
        return (0.5 / x) + (square * (0.125 + (square * (-0.015625 + (square * (0.0078125 - (square * (17.0 / 2048))))))));
    }

    /// <summary>The entropy of the gamma law of scale 1, a + ln Gamma(a) + (1 - a) psi(a), by its asymptotic series where the sum would cancel.</summary>
    public static double GammaEntropy(double a)
    {
        if (a < 100)
            return a + SpecialFunctions.LogGamma(a) + ((1 - a) * SpecialFunctions.Digamma(a));
        double r = 1 / a;
        return (0.5 * Math.Log(a)) + LogSqrtTwoPi + 0.5 - (r * ((1.0 / 3) + (r * ((1.0 / 12) + (r * ((1.0 / 90) - (r * ((1.0 / 120) + (r / 210)))))))));
    }

    /// <summary>Moments of the Weibull law of scale 1: by Gamma functions, or for large shapes, where those cancel, by the cumulants of the logarithm.</summary>
    public static (double Variance, double Skewness, double Kurtosis) WeibullMoments(double shape)
    {
        double r = 1 / shape, m1 = SpecialFunctions.Gamma(1 + r), m2 = SpecialFunctions.Gamma(1 + (2 * r)), m3 = SpecialFunctions.Gamma(1 + (3 * r)), m4 = SpecialFunctions.Gamma(1 + (4 * r));

        // m2 - m1^2 = m1^2 (exp(ln m2 - 2 ln m1) - 1): the difference of the logarithms is small but accurate.
        double log1 = SpecialFunctions.LogGammaOnePlus(r), a2 = SpecialFunctions.ExpMinusOne(SpecialFunctions.LogGammaOnePlus(2 * r) - (2 * log1));
        double a3 = SpecialFunctions.ExpMinusOne(SpecialFunctions.LogGammaOnePlus(3 * r) - (3 * log1)), a4 = SpecialFunctions.ExpMinusOne(SpecialFunctions.LogGammaOnePlus(4 * r) - (4 * log1));
        double variance = m1 * m1 * a2;
        if (double.IsInfinity(m4))
            return (variance, (m3 - (3 * m1 * variance) - (m1 * m1 * m1)) / Math.Pow(variance, 1.5), double.PositiveInfinity);
        return (variance, (a3 - (3 * a2)) / Math.Pow(a2, 1.5), ((a4 - (4 * a3) + (6 * a2)) / (a2 * a2)) - 3);
    }
}

/// <summary>Maps of whole spans.</summary>
internal static class LawMaps
{
    /// <summary>x = scale x + shift.</summary>
    public static void Affine(Span<double> x, double scale, double shift)
    {
        if (scale == 1 && shift == 0)
            return;
        foreach (ref double value in x)
            value = (scale * value) + shift;
    }
}
