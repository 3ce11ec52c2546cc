using OptiCore.Numerics;

namespace OptiCore;

/// <content>Exponential integrals, complete elliptic integrals and the limit law of the Kolmogorov-Smirnov statistic.</content>
public static partial class SpecialFunctions
{
    /// <summary>The exponential integral E_1(x), the integral of e^-t / t from x to infinity: infinity at 0, NaN below.</summary>
    /// <remarks>Series up to 1 (DLMF 6.6.2), continued fraction above (DLMF 6.9.1).</remarks>
    public static double ExponentialIntegralE1(double x)
    {
        if (!(x > 0))
            return x == 0 ? double.PositiveInfinity : double.NaN;
        if (x > 745)
            return 0;
        if (x > 1)
            return Math.Exp(-x) * GammaFraction(0, x);
        double term = -1, sum = 0;
        for (int k = 1; k < 40 && Math.Abs(term) > 1E-20; k++)
        {
            term *= -x / k;
            sum += term / k;
        }

        return sum - Euler - Math.Log(x);
    }

    /// <summary>The exponential integral Ei(x), the principal value of the integral of e^t / t up to x, accurate relative to itself also next to its zero 0.3725:
    /// -infinity at 0, -E_1(-x) below.</summary>
    /// <remarks>A rational approximation with the zero as a factor up to 2, the series (DLMF 6.6.2) up to 40, the asymptotic series (DLMF 6.12.2) above.</remarks>
    public static double ExponentialIntegralEi(double x)
    {
        if (x < 0)
            return -ExponentialIntegralE1(-x);
        if (double.IsNaN(x) || double.IsPositiveInfinity(x))
            return x;
        if (x == 0)
            return double.NegativeInfinity;
        if (x < 2)
        {
            const double Root = 0.3725074107813666, RootLow = 1.3140183414386028E-17;
            double distance = x - Root - RootLow;
            double log = Math.Abs(distance) < 0.15 ? LogOnePlus(distance / Root) : Math.Log(x / Root);
            return log + (distance * Ratio(EiSmall, x));
        }

        if (x < 40)
        {
            double term = 1, sum = 0;
            for (int k = 1; k < 300; k++)
            {
                term *= x / k;
                double next = term / k;
                sum += next;
                if (next < Epsilon * 0.1 * sum)
                    break;
            }

            return sum + Euler + Math.Log(x);
        }

        double factor = 1, total = 1;
        for (int k = 1; k < 60; k++)
        {
            double next = factor * k / x;
            if (next < Epsilon * 0.1 || next >= factor)
                break;
            factor = next;
            total += factor;
        }

        if (x < 700)
            return Math.Exp(x) / x * total;
        double half = Math.Exp(0.5 * x);
        return half / x * total * half;
    }

    /// <summary>The complete elliptic integral of the first kind K(m) of the parameter m = k^2: infinity at 1, NaN above.</summary>
    /// <remarks>By the arithmetic-geometric mean (DLMF 19.8.5).</remarks>
    public static double EllipticK(double m)
    {
        if (!(m <= 1))
            return double.NaN;
        if (double.IsNegativeInfinity(m))
            return 0;
        double a = 1, g = Math.Sqrt(1 - m);
        if (g == 0)
            return double.PositiveInfinity;
        for (int i = 0; i < 60 && Math.Abs(a - g) > 1E-8 * a; i++)
            (a, g) = (0.5 * (a + g), Math.Sqrt(a) * Math.Sqrt(g));
        return Math.PI / (a + g);
    }

    /// <summary>The complete elliptic integral of the second kind E(m) of the parameter m = k^2: 1 at 1, NaN above.</summary>
    /// <remarks>By the arithmetic-geometric mean (DLMF 19.8.6); negative m by the imaginary-modulus transformation (DLMF 19.7.2).</remarks>
    public static double EllipticE(double m)
    {
        if (!(m <= 1))
            return double.NaN;
        if (m == 1)
            return 1;
        if (double.IsNegativeInfinity(m))
            return double.PositiveInfinity;
        if (m < 0)
            return Math.Sqrt(1 - m) * EllipticE(m / (m - 1));
        double a = 1, g = Math.Sqrt(1 - m), sum = 0.5 * m, power = 0.5;
        for (int i = 0; i < 60; i++)
        {
            double c = 0.5 * (a - g);
            (a, g) = (0.5 * (a + g), Math.Sqrt(a * g));
            power *= 2;
            sum += power * c * c;
            if (c < 1E-9 * a)
                break;
        }

        return Math.PI / (2 * a) * (1 - sum);
    }

    /// <summary>
    /// The distribution function of Kolmogorov's limit law, that of the supremum of a Brownian bridge's absolute value: K(x) = 1 + 2 times the sum of
    /// (-1)^k e^(-2 k^2 x^2) over k &gt;= 1. The statistic of n observations enters as sqrt(n) D.
    /// </summary>
    /// <remarks>Below 1 the form by the theta function's inversion, sqrt(2 pi) / x times the sum of e^(-(2k - 1)^2 pi^2 / (8 x^2)), so that both tails are
    /// accurate relative to themselves. A. N. Kolmogorov (1933), Sulla determinazione empirica di una legge di distribuzione.</remarks>
    public static double KolmogorovCdf(double x)
    {
        if (double.IsNaN(x))
            return x;
        if (x >= 1)
            return 1 - KolmogorovSurvival(x);
        return x <= 0.04 ? 0 : KolmogorovLower(x);
    }

    /// <summary>1 - <see cref="KolmogorovCdf"/>, accurate relative to itself.</summary>
    public static double KolmogorovSurvival(double x)
    {
        if (double.IsNaN(x))
            return x;
        if (x < 0.75)
            return x <= 0.04 ? 1 : 1 - KolmogorovLower(x);
        double sum = 0;
        for (int k = 1; k < 10; k++)
        {
            double term = ExpOfMinusHalfSquare(2 * k * x);
            sum += k % 2 != 0 ? term : -term;
            if (term < 1E-18 * sum || term == 0)
                break;
        }

        return 2 * sum;
    }

    private static double KolmogorovLower(double x)
    {
        DoubleDouble exponent = new DoubleDouble(1.2337005501361697, 7.831619385924639E-17) / DoubleDouble.Product(x, x);
        double sum = 0;
        for (int k = 1; k < 20; k += 2)
        {
            double term = (-(exponent * (k * k))).Exp();
            sum += term;
            if (term < 1E-18 * sum || term == 0)
                break;
        }

        return SqrtTwoPi / x * sum;
    }

    // Ei(x) - ln(x / root) over x - root, a rational interpolant at Chebyshev points of [0, 2].
    // Relative error 2.0e-19.
    private static ReadOnlySpan<double> EiSmall =>
    [
        1.1014081059037335, 1.0, -0.1809967130332492, -0.41149853588289975,
        0.030752391515599064, 0.07544474155623335, -0.0016731053167627517, -0.007921300724251843,
        0.0001031180767095749, 0.000504625551905893, -1.088974803873371E-06, -1.8585336138363887E-05,
        1.729566477083841E-08, 3.1080941491694917E-07, 0.0, 0.0,
    ];
}
