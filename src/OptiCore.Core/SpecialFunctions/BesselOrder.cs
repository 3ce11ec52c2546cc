using OptiCore.Numerics;

namespace OptiCore;

/// <content>The modified Bessel functions of real order.</content>
public static partial class SpecialFunctions
{
    // From this order on the uniform expansion with 15 terms is exact to double precision.
    private const double Uniform = 60;

    /// <summary>The modified Bessel function I_v(x) of real order v &gt;= 0 for x &gt;= 0; NaN otherwise.</summary>
    /// <param name="order">v.</param>
    /// <param name="x">The argument.</param>
    /// <remarks>As <see cref="LogBesselI"/>, of which it is the exponential: the relative error is that of the exponent, about 1e-16 times the larger of x,
    /// v and 1.</remarks>
    public static double BesselI(double order, double x) => x == 0 && order == 0 ? 1 : Math.Exp(LogBesselI(order, x));

    /// <summary>e^-x I_v(x) of real order v &gt;= 0 for x &gt;= 0; NaN otherwise.</summary>
    /// <param name="order">v.</param>
    /// <param name="x">The argument.</param>
    public static double BesselIScaled(double order, double x) => Math.Exp(LogBesselIScaled(order, x));

    /// <summary>
    /// ln I_v(x) of real order v &gt;= 0 for x &gt;= 0, without overflow; NaN otherwise. With v = p/2 - 1 the normalising constant of the von Mises-Fisher distribution
    /// in p dimensions.
    /// </summary>
    /// <param name="order">v.</param>
    /// <param name="x">The argument.</param>
    /// <remarks>
    /// The power series (DLMF 10.25.2) for x up to 30 or of the size of sqrt(v); for orders from 60 on the uniform expansion (DLMF 10.41.3); for smaller orders
    /// the recurrence downwards from there, whose terms are all positive.
    /// </remarks>
    public static double LogBesselI(double order, double x)
    {
        if (!(order >= 0) || !(x >= 0) || double.IsInfinity(order))
            return double.NaN;
        if (UsesSeries(order, x))
            return LogBesselISeries(order, x);
        return double.IsInfinity(x) ? x : x + LogBesselIScaled(order, x);
    }

    /// <summary>ln I_v(x) - x of real order v &gt;= 0 for x &gt;= 0, accurate where both terms are large.</summary>
    /// <param name="order">v.</param>
    /// <param name="x">The argument.</param>
    public static double LogBesselIScaled(double order, double x)
    {
        if (!(order >= 0) || !(x >= 0) || double.IsInfinity(order))
            return double.NaN;
        if (double.IsInfinity(x))
            return double.NegativeInfinity;
        if (UsesSeries(order, x))
            return LogBesselISeries(order, x) - x;
        if (order >= Uniform)
            return DebyeExponent(order, x) + Math.Log(DebyeSum(order, x, 1));
        double steps = Math.Ceiling(Uniform - order), top = order + steps;
        double logTop = DebyeExponent(top, x), above = DebyeSum(top + 1, x, 1) * Math.Exp(DebyeExponent(top + 1, x) - logTop), at = DebyeSum(top, x, 1);
        for (double v = top; v > order + 0.5; v -= 1)
            (above, at) = (at, above + (2 * v / x * at));
        return logTop + Math.Log(at);
    }

    private static bool UsesSeries(double order, double x) => x <= 30 || x * x <= 40 * (order + 1);

    // ln of (x / 2)^v / Gamma(v + 1) times the sum of (x^2 / 4)^k / (k! (v + 1)_k).
    private static double LogBesselISeries(double order, double x)
    {
        if (x == 0)
            return order == 0 ? 0 : double.NegativeInfinity;
        double z = 0.25 * x * x, term = 1, sum = 0;
        for (int k = 1; k < 500; k++)
        {
            term *= z / (k * (order + k));
            sum += term;
            if (term < Epsilon * 0.1 * sum)
                break;
        }

        double series = LogOnePlus(sum);
        return order < 1E6
            ? ((DoubleDouble.Log(0.5 * x) * order) - (order < 1E-5 ? LogGammaOnePlus(order) : LogGammaExact((DoubleDouble)order + 1)) + series).Value
            : (order * Math.Log(0.5 * x)) - LogGamma(order + 1) + series;
    }

    // ln of e^-x e^(v eta) / sqrt(2 pi v) (1 + (x / v)^2)^(-1/4): sqrt(v^2 + x^2) - x and asinh(v / x) without cancellation.
    private static double DebyeExponent(double order, double x)
    {
        double size = Math.Sqrt((order * order) + (x * x)), ratio = order / x;
        double asinh = LogOnePlus(ratio + (ratio * (order / (x + size))));
        return (order * ((order / (size + x)) - asinh)) - (0.5 * Math.Log(2 * Math.PI * size));
    }

    // The sum of sign^k u_k(t) / v^k.
    private static double DebyeSum(double order, double x, int sign)
    {
        double size = Math.Sqrt((order * order) + (x * x)), t = order / size, square = t * t;
        double power = 1, sum = 0;
        int at = 0;
        for (int k = 1; k <= 15; k++)
        {
            double value = 0;
            for (int j = k; j >= 0; j--)
                value = Math.FusedMultiplyAdd(value, square, DebyePolynomials[at + j]);
            at += k + 1;
            power *= sign / size;
            double next = power * value;
            sum += next;
            if (Math.Abs(next) < Epsilon * 0.1)
                break;
        }

        return 1 + sum;
    }

    /// <summary>The ratio I_(v+1)(x) / I_v(x) of real order v &gt;= 0 for x &gt;= 0, between 0 and 1: the mean resultant length of the von Mises-Fisher
    /// distribution in 2 v + 2 dimensions.</summary>
    /// <param name="order">v.</param>
    /// <param name="x">The argument.</param>
    /// <remarks>The continued fraction (DLMF 10.33.1), whose terms are all positive, or for small orders and large x the recurrence downwards from the
    /// uniform expansion. D. E. Amos (1974), Computation of modified Bessel functions and their ratios.</remarks>
    public static double BesselIRatio(double order, double x)
    {
        if (!(order >= 0) || !(x >= 0) || double.IsInfinity(order))
            return double.NaN;
        if (double.IsInfinity(x))
            return 1;
        if (x == 0)
            return 0;
        if (x > 30 && order < Uniform)
        {
            double steps = Math.Ceiling(Uniform - order), top = order + steps;
            double above = DebyeSum(top + 1, x, 1) * Math.Exp(DebyeExponent(top + 1, x) - DebyeExponent(top, x)), at = DebyeSum(top, x, 1);
            for (double v = top; v > order + 0.5; v -= 1)
                (above, at) = (at, above + (2 * v / x * at));
            return above / at;
        }

        // x / (2 (v + 1) + x^2 / (2 (v + 2) + ...))
        double z = x * x, b = 2 * (order + 1), c = double.PositiveInfinity, d = 1 / b, value = d;
        for (int i = 2; i < 1000000; i++)
        {
            b = 2 * (order + i);
            d = 1 / Math.FusedMultiplyAdd(z, d, b);
            c = b + (z / c);
            double factor = c * d;
            value *= factor;
            if (Math.Abs(factor - 1) < Epsilon)
                break;
        }

        return x * value;
    }

    /// <summary>The modified Bessel function of the second kind K_v(x) of real order (of either sign) for x &gt; 0: infinity at 0, NaN below.</summary>
    /// <param name="order">v.</param>
    /// <param name="x">The argument.</param>
    public static double BesselK(double order, double x) => Math.Exp(LogBesselK(order, x));

    /// <summary>e^x K_v(x) of real order for x &gt; 0.</summary>
    /// <param name="order">v.</param>
    /// <param name="x">The argument.</param>
    public static double BesselKScaled(double order, double x) => Math.Exp(LogBesselKScaled(order, x));

    /// <summary>ln K_v(x) of real order for x &gt; 0, without overflow.</summary>
    /// <param name="order">v.</param>
    /// <param name="x">The argument.</param>
    /// <remarks>N. M. Temme (1975), On the numerical evaluation of the modified Bessel function of the third kind: series up to 2, Steed's form of the
    /// continued fraction above, for orders of [-1/2, 1/2], and the recurrence upwards; from order 60 on the uniform expansion (DLMF 10.41.4).</remarks>
    public static double LogBesselK(double order, double x) =>
        double.IsPositiveInfinity(x) ? double.NegativeInfinity : LogBesselKScaled(order, x) - x;

    private static double LogBesselKScaled(double order, double x)
    {
        if (!(x > 0) || !double.IsFinite(order))
            return x == 0 && double.IsFinite(order) ? double.PositiveInfinity : double.NaN;
        if (double.IsInfinity(x))
            return double.NegativeInfinity;
        double v = Math.Abs(order);
        if (v >= Uniform)
        {
            // The exponent of I with the other sign: K = sqrt(pi / (2 v)) e^(-v eta) (1 + z^2)^(-1/4) sum.
            double size = Math.Sqrt((v * v) + (x * x));
            return -DebyeExponent(v, x) - Math.Log(2 * size) + Math.Log(DebyeSum(v, x, -1));
        }

        double whole = Math.Floor(v + 0.5), mu = v - whole;
        double at, above, log = 0;
        if (x <= 2)
        {
            TemmeK(mu, x, out at, out above);
            log = x;
        }
        else
        {
            SteedK(mu, x, out at, out above);
        }

        for (double k = 1; k <= whole; k += 1)
        {
            (at, above) = (above, at + (2 * (mu + k) / x * above));
            if (above > 1E200)
            {
                log += Math.Log(above);
                at /= above;
                above = 1;
            }
        }

        return log + Math.Log(at);
    }

    // K_mu(x) and K_(mu+1)(x), |mu| <= 1/2, x <= 2.
    private static void TemmeK(double mu, double x, out double at, out double above)
    {
        // 1 / Gamma(1 +- mu) by even and odd part.
        double square = mu * mu, even = 0, odd = 0;
        for (int i = 24; i >= 2; i -= 2)
        {
            even = (even * square) + ReciprocalGamma[i];
            odd = (odd * square) + ReciprocalGamma[i - 1];
        }

        even = (even * square) + ReciprocalGamma[0];
        double gamma1 = -odd, plus = even + (mu * odd), minus = even - (mu * odd);
        double log = -Math.Log(0.5 * x), sigma = mu * log, e = Math.Exp(sigma);
        double sinhOver = Math.Abs(sigma) < 0.1 ? 1 + (sigma * sigma / 6 * (1 + (sigma * sigma / 20 * (1 + (sigma * sigma / 42))))) : 0.5 * (e - (1 / e)) / sigma;
        double factor = mu == 0 ? 1 : Math.PI * mu / SinPi(mu);
        double f = factor * ((0.5 * (e + (1 / e)) * gamma1) + (sinhOver * log * even));
        double p = 0.5 * e / plus, q = 0.5 / e / minus, c = 1, z = 0.25 * x * x;
        at = f;
        above = p;
        for (int k = 1; k < 100; k++)
        {
            f = ((k * f) + p + q) / ((k * k) - square);
            c *= z / k;
            p /= k - mu;
            q /= k + mu;
            double next = c * f;
            at += next;
            above += c * (p - (k * f));
            if (Math.Abs(next) < Epsilon * 0.1 * Math.Abs(at))
                break;
        }

        above *= 2 / x;
    }

    // e^x K_mu(x) and e^x K_(mu+1)(x), |mu| <= 1/2, x > 2.
    private static void SteedK(double mu, double x, out double at, out double above)
    {
        double b = 2 * (1 + x), d = 1 / b, h = d, step = d, before = 0, current = 1, first = 0.25 - (mu * mu), q = first, c = first, a = -first;
        double s = 1 + (q * step);
        for (int i = 2; i < 10000; i++)
        {
            a -= 2 * (i - 1);
            c = -a * c / i;
            double next = (before - (b * current)) / a;
            before = current;
            current = next;
            q += c * next;
            b += 2;
            d = 1 / (b + (a * d));
            step *= (b * d) - 1;
            h += step;
            double change = q * step;
            s += change;
            if (Math.Abs(change) < Epsilon * 0.1 * Math.Abs(s))
                break;
        }

        at = Math.Sqrt(Math.PI / (2 * x)) / s;
        above = at * (mu + x + 0.5 - (first * h)) / x;
    }
}
