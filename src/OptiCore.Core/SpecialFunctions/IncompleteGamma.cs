using OptiCore.Numerics;

namespace OptiCore;

/// <content>The incomplete gamma functions and their inverses.</content>
public static partial class SpecialFunctions
{
    /// <summary>
    /// The regularised lower incomplete gamma function P(a, x) = 1 / Gamma(a) times the integral of t^(a-1) e^-t from 0 to x: the distribution function of the gamma
    /// distribution. NaN for negative arguments and for a = x = 0.
    /// </summary>
    /// <remarks>
    /// Series for small x, continued fraction for large, and where both are about equal and at least 20 the uniform expansion with its coefficients by
    /// recurrence, so that the cost doesn't grow with a. N. M. Temme (1987), On the computation of the incomplete gamma functions for large values
    /// of the parameters; A. R. DiDonato, A. H. Morris (1986), Computation of the incomplete gamma function ratios and their inverse. The exponents
    /// are formed with 32 digits, so that far tails keep their accuracy.
    /// </remarks>
    public static double GammaP(double a, double x)
    {
        IncompleteGamma(a, x, out double p, out _);
        return p;
    }

    /// <summary>The regularised upper incomplete gamma function Q(a, x) = 1 - <see cref="GammaP"/>, accurate relative to itself where it is small.</summary>
    public static double GammaQ(double a, double x)
    {
        IncompleteGamma(a, x, out _, out double q);
        return q;
    }

    private static void IncompleteGamma(double a, double x, out double p, out double q)
    {
        if (!(a >= 0) || !(x >= 0) || (a == 0 && x == 0) || (double.IsInfinity(a) && double.IsInfinity(x)))
        {
            p = q = double.NaN;
            return;
        }

        if (x == 0 || double.IsInfinity(a))
        {
            p = 0;
            q = 1;
            return;
        }

        if (a == 0 || double.IsInfinity(x))
        {
            p = 1;
            q = 0;
            return;
        }

        if (a >= 20 && x > 0.45 * a && x < 2 * a)
        {
            UniformGamma(a, x, out p, out q);
        }
        else if (a < 1 && x < 1.5)
        {
            p = GammaPowers(a, x) * GammaSeries(a, x);
            q = 1 - p;
            if (p > 0.5)
            {
                // 1 - e^u (1 + s) without the cancellation.
                double u = (a * Math.Log(x)) - LogGammaOnePlus(a), s = AlternatingGammaSeries(a, x);
                q = -ExpMinusOne(u) - (Math.Exp(u) * s);
            }
        }
        else if (x < a)
        {
            p = GammaPowers(a, x) * GammaSeries(a, x);
            q = 1 - p;
        }
        else
        {
            q = a * GammaPowers(a, x) * GammaFraction(a, x);
            p = 1 - q;
        }
    }

    // x - a - a ln(x / a), the exponent of the gamma density relative to its peak; difference is x - a, given apart because it may be known better.
    private static DoubleDouble Deviance(double a, DoubleDouble x, DoubleDouble difference)
    {
        DoubleDouble m = difference / a;
        double h = m.High;
        if (Math.Abs(h) >= 0.05)
            return difference - (DoubleDouble.Log(x / a) * a);
        double tail = 1.0 / 15;
        for (int k = 14; k >= 3; k--)
            tail = (1.0 / k) - (h * tail);
        return (difference * m * 0.5) - (difference.High * h * h * tail);
    }

    // x^a e^-x / Gamma(a + 1)
    private static double GammaPowers(double a, double x)
    {
        if (a >= 8)
            return (-Deviance(a, x, DoubleDouble.Sum(x, -a))).Exp() / (Math.Sqrt(2 * Math.PI * a) * Math.Exp(StirlingError(a)));
        double power = Math.Pow(x, a) / GammaPositive(a + 1);
        return x < 700 ? power * Math.Exp(-x) : power * Math.Exp(-0.5 * x) * Math.Exp(-0.5 * x);
    }

    // The sum of x^n / ((a + 1) ... (a + n)), DLMF 8.11.4.
    private static double GammaSeries(double a, double x)
    {
        double term = 1, sum = 0;
        for (double n = a + 1; term > Epsilon * 0.1 * sum; n += 1)
        {
            sum += term;
            term *= x / n;
        }

        return sum + term;
    }

    // a times the sum over n >= 1 of (-x)^n / (n! (a + n)), DLMF 8.7.1 without its first term.
    private static double AlternatingGammaSeries(double a, double x)
    {
        double term = 1, sum = 0;
        for (int n = 1; n < 60; n++)
        {
            term *= -x / n;
            double next = term / (a + n);
            sum += next;
            if (Math.Abs(next) < Epsilon * 0.1 * Math.Abs(sum))
                break;
        }

        return a * sum;
    }

    // The continued fraction DLMF 8.9.2 of Gamma(a, x) x^-a e^x by the modified Lentz method.
    private static double GammaFraction(double a, double x)
    {
        double b = x + 1 - a, c = double.PositiveInfinity, d = 1 / b, value = d;
        for (int i = 1; i < 10000; i++)
        {
            double numerator = i * (a - i);
            b += 2;
            d = 1 / Math.FusedMultiplyAdd(numerator, d, b);
            c = b + (numerator / c);
            double factor = c * d;
            value *= factor;
            if (Math.Abs(factor - 1) < Epsilon)
                break;
        }

        return value;
    }

    private static void UniformGamma(double a, double x, out double p, out double q)
    {
        DoubleDouble difference = DoubleDouble.Sum(x, -a), exponent = Deviance(a, x, difference);
        double root = Math.Sqrt(Math.Max(0, exponent.High));
        double eta = Math.CopySign(root * Math.Sqrt(2 / a), difference.High);
        Side(a, eta, exponent, UniformSum(a, eta, TemmeGamma), out p, out q);
    }

    // The upper tail erfc(eta sqrt(m / 2)) / 2 + e^-D S / sqrt(2 pi m), or for negative eta the lower one, and one minus it.
    private static void Side(double m, double eta, DoubleDouble exponent, double sum, out double p, out double q)
    {
        double factor = (-exponent).Exp(), half = 0.5 * ErfcxPositive(Math.Sqrt(Math.Max(0, exponent.High))), rest = sum / Math.Sqrt(2 * Math.PI * m);
        if (eta < 0)
        {
            p = factor * (half - rest);
            q = 1 - p;
        }
        else
        {
            q = factor * (half + rest);
            p = 1 - q;
        }
    }

    // S(eta) = sum of beta_n eta^n / (1 + beta_1 / m), beta_(n-1) = f_n + (n + 1) / m beta_(n+1), Temme (1987).
    private static double UniformSum(double m, double eta, ReadOnlySpan<double> f)
    {
        double one = 0, two = 0, sum = 0, first = 0;
        double r = 1 / m;
        for (int n = f.Length - 1; n >= 1; n--)
        {
            // two = beta_(n+1), one = beta_n.
            double beta = Math.FusedMultiplyAdd((n + 1) * r, two, f[n]);
            two = one;
            one = beta;
            sum = Math.FusedMultiplyAdd(sum, eta, beta);
            if (n == 2)
                first = beta;
        }

        return sum / (1 + (first * r));
    }
}
