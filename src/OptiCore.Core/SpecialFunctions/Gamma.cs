using OptiCore.Numerics;

namespace OptiCore;

/// <content>The gamma function, its logarithm and products of it.</content>
public static partial class SpecialFunctions
{
    /// <summary>
    /// The gamma function, Gamma(x) = integral of t^(x-1) e^-t over t &gt; 0, continued to negative x: Gamma(n + 1) = n!. Infinite from 171.63 on and at
    /// 0 (with the sign of the zero), NaN at the negative integers and at -infinity.
    /// </summary>
    /// <remarks>
    /// A rational approximation of [2, 3] with the recurrence up to 20, above Stirling's series (DLMF 5.11.3), below 0 the reflection (DLMF 5.5.3).
    /// </remarks>
    public static double Gamma(double x)
    {
        if (x > 0)
            return GammaPositive(x);
        if (x == 0)
            return 1 / x;
        if (double.IsNaN(x) || x == Math.Floor(x))
            return double.NaN;
        if (x > -20)
        {
            // Upwards from x: fewer roundings than the reflection has.
            double product = x;
            double z = x + 1;
            DoubleDouble exact = DoubleDouble.Sum(x, 1);
            double low = exact.Low;
            while (z < 0)
            {
                product *= z + low;
                exact = DoubleDouble.Sum(z, 1);
                z = exact.High;
                low += exact.Low;
            }

            // z + low is x plus an integer; near a pole z is small and low the part that the sum lost.
            return GammaPositive(z) * (1 + (low * Digamma(z))) / product;
        }

        double s = SinPi(x);
        if (x < -184)
            return Math.CopySign(0, s);

        // pi / (-x sin(pi x) Gamma(-x)) by the square root of Gamma(-x), which may overflow where the result doesn't underflow.
        double large = -x;
        double root = Math.Pow(large, (0.5 * large) - 0.25);
        double half = root * Math.Exp(-0.5 * large);
        return Math.PI / (large * s * SqrtTwoPi * Math.Exp(StirlingError(large))) / half / half;
    }

    private static double GammaPositive(double x)
    {
        if (x >= 20)
        {
            if (x > 171.7)
                return double.PositiveInfinity;

            // x/2 - 1/4 is exact here; the square root of the power can't overflow.
            double half = Math.Pow(x, (0.5 * x) - 0.25);
            return half * Math.Exp(-x) * half * (SqrtTwoPi * Math.Exp(StirlingError(x)));
        }

        double product = 1;
        if (x < 2)
        {
            if (x < 1E-17)
                return 1 / x;
            if (x < 1)
                return Ratio(Gamma2To3, x) / (x * (1 + x));
            return Ratio(Gamma2To3, x - 1) / x;
        }

        while (x >= 3)
        {
            x -= 1;
            product *= x;
        }

        return product * Ratio(Gamma2To3, x - 2);
    }

    /// <summary>
    /// ln |Gamma(x)|: accurate relative to itself also next to its zeros 1 and 2. Infinite at 0, at the negative integers and at both infinities.
    /// </summary>
    /// <remarks>Rational approximations with the factor (x - 1)(x - 2) on [0.5, 2.5], recurrence to 8, then Stirling's series. Between the negative
    /// integers the function has zeros of which it keeps the absolute accuracy.</remarks>
    public static double LogGamma(double x)
    {
        if (double.IsNaN(x))
            return x;
        if (double.IsInfinity(x))
            return double.PositiveInfinity;
        if (x >= 8)
        {
            // (x - 1/2)(ln x - 1) in this form cancels less than the textbook's.
            double log = Math.Log(x);
            return x > 1E17 ? x * (log - 1) : Math.FusedMultiplyAdd(x - 0.5, log - 1, LogSqrtTwoPi - 0.5 + StirlingError(x));
        }

        if (x >= 0.5)
        {
            if (x <= 1.5)
                return LogGammaOnePlus(x - 1);
            double product = 1;
            while (x > 2.5)
            {
                x -= 1;
                product *= x;
            }

            double rest = (x - 1) * (x - 2) * Ratio(LogGamma2, x - 1.5);
            return product == 1 ? rest : rest + Math.Log(product);
        }

        if (x > 0)
            return x < 1E-17 ? -Math.Log(x) : LogGammaOnePlus(x) - Math.Log(x);
        if (x == Math.Floor(x))
            return double.PositiveInfinity;
        if (x > -1E-17)
            return -Math.Log(-x);
        if (x > -20)
            return Math.Log(Math.Abs(Gamma(x)));
        return x < -1E17 ? double.PositiveInfinity : LogPi - Math.Log(Math.Abs(x * SinPi(x))) - LogGamma(-x);
    }

    /// <summary>The sign of Gamma(x), 1 or -1; at 0 that of the zero, at the negative integers and NaN it is NaN.</summary>
    public static double LogGammaSign(double x) => x > 0 ? 1 : x == 0 ? Math.CopySign(1, x) : x < 0 && x != Math.Floor(x) ? Math.Floor(x) % 2 == 0 ? 1 : -1 : double.NaN;

    /// <summary>ln Gamma(1 + x) for x &gt; -1, accurate relative to itself for small x, where 1 + x would lose it.</summary>
    public static double LogGammaOnePlus(double x) => Math.Abs(x) <= 0.5
        ? x * (x - 1) * Ratio(LogGamma1, x + 0.5)
        : LogGamma(1 + x);

    // ln Gamma(x) - (x - 1/2) ln x + x - ln sqrt(2 pi), x >= 8.
    private static double StirlingError(double x)
    {
        double r = 1 / x;
        return r * Ratio(StirlingError8, r * r);
    }

    // ln Gamma(x) with an absolute error of about 1e-22 max(1, x ln x) plus, where the recurrence was needed, 1e-18.
    private static DoubleDouble LogGammaExact(DoubleDouble x)
    {
        DoubleDouble product = 1;
        while (x.High < 16)
        {
            product *= x;
            x += 1;
        }

        double r = 1 / x.High;
        DoubleDouble log = DoubleDouble.Log(x);
        DoubleDouble result = ((x - 0.5) * log) - x + new DoubleDouble(LogSqrtTwoPi, -3.878294158067242E-17)
            + (r * Ratio(StirlingError8, r * r));
        return product.High == 1 ? result : result - DoubleDouble.Log(product);
    }

    /// <summary>
    /// ln Gamma_p(x) = p (p - 1) / 4 ln pi + sum over i &lt; p of ln Gamma(x - i / 2), the logarithm of the multivariate gamma function, the normalising
    /// constant of the Wishart distribution. NaN for x &lt;= (p - 1) / 2.
    /// </summary>
    /// <param name="dimension">p, at least 1.</param>
    /// <param name="x">The argument.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is less than 1.</exception>
    public static double LogMultivariateGamma(int dimension, double x)
    {
        Require.Positive(dimension, nameof(dimension));
        if (!(x > 0.5 * (dimension - 1)))
            return double.NaN;
        double sum = 0.25 * dimension * (dimension - 1.0) * LogPi;
        for (int i = 0; i < dimension; i++)
            sum += LogGamma(x - (0.5 * i));
        return sum;
    }

    /// <summary>n! as the nearest double, infinite from 171 on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">n is negative.</exception>
    public static double Factorial(int n)
    {
        Require.NonNegative(n, nameof(n));
        if (n > 170)
            return double.PositiveInfinity;
        DoubleDouble product = 1;
        for (int i = 2; i <= n; i++)
            product *= i;
        return product.Value;
    }

    /// <summary>n!! = n (n - 2) (n - 4) ... as the nearest double, infinite from 301 on; (-1)!! = 0!! = 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">n is less than -1.</exception>
    public static double DoubleFactorial(int n)
    {
        Require.AtLeast(n, -1, nameof(n));
        if (n > 300)
            return double.PositiveInfinity;
        DoubleDouble product = 1;
        for (int i = n; i > 1; i -= 2)
            product *= i;
        return product.Value;
    }
}
