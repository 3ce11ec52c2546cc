using OptiCore.Numerics;

namespace OptiCore;

/// <content>The incomplete beta function and its inverses.</content>
public static partial class SpecialFunctions
{
    /// <summary>
    /// The regularised incomplete beta function I_x(a, b) = 1 / B(a, b) times the integral of t^(a-1) (1 - t)^(b-1) from 0 to x: the distribution function of the beta
    /// distribution, and by it of Student's t, F and the binomial. NaN unless a and b are positive and finite and x lies in [0, 1].
    /// </summary>
    /// <remarks>
    /// Power series for small a, continued fraction (DLMF 8.17.22), and where both parameters are at least 20 and x is near the mean the uniform expansion
    /// in terms of erfc (N. M. Temme (1982), The uniform asymptotic expansion of a class of integrals related to cumulative distribution functions), whose
    /// coefficients are computed for the ratio of a and b at hand, so that the cost doesn't grow with the parameters. A. R. DiDonato, A. H. Morris
    /// (1992), Algorithm 708. The exponents are formed with 32 digits.
    /// </remarks>
    public static double BetaInc(double a, double b, double x)
    {
        IncompleteBeta(a, b, x, out double p, out _);
        return p;
    }

    /// <summary>The complement 1 - I_x(a, b), accurate relative to itself where it is small.</summary>
    public static double BetaIncComplement(double a, double b, double x)
    {
        IncompleteBeta(a, b, x, out _, out double q);
        return q;
    }

    private static void IncompleteBeta(double a, double b, double x, out double p, out double q)
    {
        if (!(a > 0) || !(b > 0) || !(x >= 0) || x > 1 || double.IsInfinity(a) || double.IsInfinity(b))
            p = q = double.NaN;
        else if (x == 0)
            (p, q) = (0, 1);
        else if (x == 1)
            (p, q) = (1, 0);
        else
            IncompleteBeta(a, b, x, DoubleDouble.Sum(1, -x), out p, out q);
    }

    // x + y = 1 to 32 digits, so that a result near 1 can be described by its distance.
    private static void IncompleteBeta(double a, double b, DoubleDouble x, DoubleDouble y, out double p, out double q)
    {
        DoubleDouble exponent = double.NaN;
        if (Math.Min(a, b) >= 20)
        {
            // Far from the mean, where nothing is left of the smaller result, doubles are enough to see that.
            double scale = 1 / (a + b), left = a * Math.Log(a * scale / x.High), right = b * Math.Log(b * scale / y.High);
            if (left + right - (1E-14 * (Math.Abs(left) + Math.Abs(right))) > 900)
            {
                (p, q) = x.High < a * scale ? (0.0, 1.0) : (1.0, 0.0);
                return;
            }

            // nu x - a = b x - a y
            DoubleDouble difference = (x * b) - (y * a);
            exponent = BetaDeviance(a, b, x, y, difference);
            if (2 * exponent.High < 0.6 * Math.Min(a, b))
            {
                UniformBeta(a, b, difference.High, exponent, out p, out q);
                return;
            }

            if (exponent.High > 800)
            {
                (p, q) = difference.High < 0 ? (0.0, 1.0) : (1.0, 0.0);
                return;
            }
        }

        if (x.High <= (a + 1) / (a + b + 2))
            LowerBeta(a, b, x, y, exponent, out p, out q);
        else
            LowerBeta(b, a, y, x, exponent, out q, out p);
    }

    // a ln(a / (nu x)) + b ln(b / (nu y)) for nu = a + b, where nu x - a = a - nu y is the difference.
    private static DoubleDouble BetaDeviance(double a, double b, DoubleDouble x, DoubleDouble y, DoubleDouble difference)
    {
        DoubleDouble sum = DoubleDouble.Sum(a, b);
        return Deviance(a, sum * x, difference) + Deviance(b, sum * y, -difference);
    }

    // I_x and its complement for x at most about the mean; the deviance is NaN where it isn't known.
    private static void LowerBeta(double a, double b, DoubleDouble x, DoubleDouble y, DoubleDouble deviance, out double p, out double q)
    {
        if (a < 1.5 && x.High < 0.7 && b * x.High < 2)
        {
            double s = BetaSeries(a, b, x.High);
            if (a <= 1 && s > -0.5)
            {
                // ln of x^a / (a B(a, b))
                DoubleDouble gammas = a < 1E-5 ? LogGammaOnePlus(a) : LogGammaExact((DoubleDouble)1 + a);
                DoubleDouble u = (DoubleDouble.Log(x) * a) - gammas + LogGammaDifference(a, b);
                p = u.Exp() * (1 + s);
                q = p < 0.5 ? 1 - p : -ExpMinusOne(u.Value) - (u.Exp() * s);
                return;
            }

            p = BetaPowers(a, b, x, y, deviance) * PositiveBetaSeries(a, b, x.High);
            q = 1 - p;
            return;
        }

        p = BetaPowers(a, b, x, y, deviance) * BetaFraction(a, b, x, y);
        q = 1 - p;
    }

    // x^a y^b / (a B(a, b))
    private static double BetaPowers(double a, double b, DoubleDouble x, DoubleDouble y, DoubleDouble deviance)
    {
        if (Math.Min(a, b) >= 8)
        {
            DoubleDouble exponent = double.IsNaN(deviance.High) ? BetaDeviance(a, b, x, y, (x * b) - (y * a)) : deviance;
            return (-exponent).Exp() / Math.Sqrt(2 * Math.PI * a * (1 + (a / b))) * Math.Exp(StirlingError(a + b) - StirlingError(a) - StirlingError(b));
        }

        if (a + b < 60 && a > 1E-3 && b > 1E-3)
        {
            double powers = Math.Pow(x.High, a) * Math.Pow(y.High, b);
            if (powers > SmallestNormal)
                return powers * (1 + (a * (x.Low / x.High)) + (b * (y.Low / y.High))) / (a * SmallBeta(a, b));
        }

        return ((DoubleDouble.Log(x) * a) + (DoubleDouble.Log(y) * b) - LogBetaExact(a, b)).Exp() / a;
    }

    // a times the sum over n >= 1 of (1 - b)_n x^n / (n! (a + n)), DLMF 8.17.7 without its first term.
    private static double BetaSeries(double a, double b, double x)
    {
        double term = 1, sum = 0;
        for (int n = 1; n < 1000; n++)
        {
            term *= (n - b) / n * x;
            double next = term / (a + n);
            sum += next;
            if (Math.Abs(next) <= Epsilon * 0.1 * Math.Abs(sum))
                break;
        }

        return a * sum;
    }

    // The sum of (a + b)_n / (a + 1)_n x^n, DLMF 8.17.8: all terms positive.
    private static double PositiveBetaSeries(double a, double b, double x)
    {
        double term = 1, sum = 1;
        for (int n = 0; n < 10000 && term > Epsilon * 0.1 * sum; n++)
        {
            term *= (a + b + n) / (a + 1 + n) * x;
            sum += term;
        }

        return sum;
    }

    // The even part of DLMF 8.17.22 in the form of DiDonato and Morris (1992), equation 9, with a - (a + b) x = a y - b x, which doesn't cancel, in
    // place of x where x is next to 1; by the modified Lentz method. Times a.
    private static double BetaFraction(double a, double b, DoubleDouble x, DoubleDouble y)
    {
        double lambda = ((y * a) - (x * b)).Value, square = x.High * x.High;
        double c = double.PositiveInfinity, d = (a + 1) / (a * (lambda + 1)), value = a * d, inverse = 1 / (a + 1);
        for (double n = 1; n < 100000; n++)
        {
            // The inverse of u = a + 2 n - 1 serves three quotients, and that of u + 2 the next step's too.
            double next = 1 / (a + (2 * n) + 1), rest = n * (b - n) * inverse;
            double alpha = (a + n - 1) * inverse * ((a + b + n - 1) * square * rest);
            double beta = n + (rest * x.High) + ((a + n) * next * (lambda + 1 + (n * (1 + y.High))));
            inverse = next;
            d = 1 / Math.FusedMultiplyAdd(alpha, d, beta);
            c = beta + (alpha / c);
            double factor = c * d;
            value *= factor;
            if (Math.Abs(factor - 1) < Epsilon)
                break;
        }

        return value;
    }

    // Temme's expansion in eta scaled by the smaller parameter m: w w' = eta (1 + k w - s w^2) gives x as a series of eta, and f = eta / w the coefficients of
    // the recurrence of UniformSum.
    private static void UniformBeta(double a, double b, double difference, DoubleDouble exponent, out double p, out double q)
    {
        double m = Math.Min(a, b), share = m / (a + b);
        double k = (1 - (2 * share)) / Math.Sqrt(1 - share);
        if (b < a)
            k = -k;
        double root = Math.Sqrt(Math.Max(0, exponent.High)), eta = Math.CopySign(root * Math.Sqrt(2 / m), difference);

        // The coefficients fall with the distance to the nearest singularity, about 2 sqrt(pi), and the recurrence takes in the square root of n / m for eta.
        int terms = Math.Min(m < 60 ? 32 : m < 200 ? 26 : 22, 3 + (int)(39 / Math.Log(3 / Math.Max(Math.Abs(eta), 4 / Math.Sqrt(m)))));
        Span<double> w = stackalloc double[32], f = stackalloc double[32];

        // w[i] is the coefficient of eta^(i+1).
        w[0] = 1;
        for (int n = 2; n <= terms; n++)
        {
            double product = 0, square = 0;
            for (int i = 1; i < n - 1; i++)
            {
                product = Math.FusedMultiplyAdd(w[i], w[n - 1 - i], product);
                square = Math.FusedMultiplyAdd(w[i - 1], w[n - 2 - i], square);
            }

            w[n - 1] = ((k * w[n - 2]) - (share * square) - (0.5 * (n + 1) * product)) / (n + 1);
        }

        f[0] = 1;
        for (int n = 1; n < terms; n++)
        {
            double sum = 0;
            for (int i = 1; i <= n; i++)
                sum = Math.FusedMultiplyAdd(w[i], f[n - i], sum);
            f[n] = -sum;
        }

        Side(m, eta, exponent, UniformSum(m, eta, f[..terms]), out p, out q);
    }
}
