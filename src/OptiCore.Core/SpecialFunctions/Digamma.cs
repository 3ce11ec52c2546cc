namespace OptiCore;

/// <content>The derivatives of ln Gamma.</content>
public static partial class SpecialFunctions
{
    /// <summary>
    /// The digamma function psi(x) = Gamma'(x) / Gamma(x), accurate relative to itself also next to its positive zero 1.4616. NaN at the negative integers
    /// and -infinity; at 0 an infinity of the sign opposite to the zero's.
    /// </summary>
    /// <remarks>Rational approximation on [1, 2] with the zero as a factor, recurrence to 4, asymptotic form above (DLMF 5.11.2), reflection below 0
    /// (DLMF 5.5.4). The negative zeros keep the absolute accuracy.</remarks>
    public static double Digamma(double x)
    {
        if (double.IsNaN(x) || double.IsPositiveInfinity(x))
            return x;
        if (x == 0)
            return -1 / x;
        if (x < 0)
        {
            if (x == Math.Floor(x))
                return double.NaN;

            // The terms of the reflection nearly cancel next to a zero, the recurrence from the nearer side doesn't.
            return x > -1E-17 ? -1 / x : Digamma(-x) - (1 / x) - (Math.PI * CotPi(x));
        }

        if (x >= 4)
        {
            double r = 1 / x;
            return x > 1E17 ? Math.Log(x) : Math.Log(x) - (r * (0.5 + (r * Ratio(Digamma4, r * r))));
        }

        const double Root = 1.4616321449683622, RootLow = 9.549995429965697E-17;
        if (x < 1)
            return x < 1E-17 ? -1 / x : ((x + (1 - Root) - RootLow) * Ratio(Digamma1To2, x)) - (1 / x);
        double sum = 0;
        while (x > 2)
        {
            x -= 1;
            sum += 1 / x;
        }

        return sum + ((x - Root - RootLow) * Ratio(Digamma1To2, x - 1));
    }

    /// <summary>The trigamma function psi'(x), the second derivative of ln Gamma. Infinite at 0 and the negative integers.</summary>
    /// <remarks>Rational approximations on [1, 4], asymptotic form above (DLMF 5.15.8), reflection below 0 (DLMF 5.15.6).</remarks>
    public static double Trigamma(double x)
    {
        if (double.IsNaN(x))
            return x;
        if (x <= 0)
        {
            if (x == Math.Floor(x))
                return double.IsNegativeInfinity(x) ? double.NaN : double.PositiveInfinity;
            double s = SinPi(x) / Math.PI;
            return (1 / (s * s)) - (x > -1E-10 ? 0 : Trigamma(1 - x));
        }

        if (x >= 4)
        {
            double r = 1 / x;
            return r * (1 + (r * (0.5 + (r * Ratio(Trigamma4, r * r)))));
        }

        return x < 1 ? (1 / x / x) + Ratio(Trigamma1To2, x)
            : x < 2 ? Ratio(Trigamma1To2, x - 1) : Ratio(Trigamma2To4, x - 2);
    }

    /// <summary>
    /// The polygamma function psi^(n)(x), the derivative of order n + 1 of ln Gamma: <see cref="Digamma"/> for n = 0, <see cref="Trigamma"/> for 1,
    /// (-1)^(n+1) n! zeta(n + 1, x) above.
    /// </summary>
    /// <param name="n">The order, at least 0.</param>
    /// <param name="x">The argument.</param>
    /// <remarks>For negative x the reflection (DLMF 5.15.6): the derivatives of the cotangent are polynomials in it with terms of one sign. Poles give
    /// infinity for odd and NaN for even n.</remarks>
    /// <exception cref="ArgumentOutOfRangeException">The order is negative.</exception>
    public static double Polygamma(int n, double x)
    {
        Require.NonNegative(n, nameof(n));
        if (n == 0)
            return Digamma(x);
        if (n == 1)
            return Trigamma(x);
        if (double.IsNaN(x) || double.IsNegativeInfinity(x))
            return double.NaN;
        bool odd = n % 2 != 0;
        if (x <= 0)
        {
            if (x == Math.Floor(x))
                return odd ? double.PositiveInfinity : double.NaN;

            // psi_n(x) = n! sum over k >= 0 of (-1)^(n+1) / (x + k)^(n+1); over all integers k that is the derivative of the cotangent.
            double rest = HurwitzZeta(n + 1, 1 - x);
            double all = LatticeSum(n + 1, x);
            double difference = odd ? all - rest : -(all + rest);
            return Scaled(n, difference);
        }

        double zeta = HurwitzZeta(n + 1, x);
        return Scaled(n, odd ? zeta : -zeta);

        static double Scaled(int n, double value)
        {
            if (n <= 170)
            {
                double product = Gamma(n + 1.0) * value;
                if (double.IsFinite(product) && Math.Abs(product) >= SmallestNormal)
                    return product;
            }

            return value == 0 ? value : Math.CopySign(Math.Exp(LogGamma(n + 1.0) + Math.Log(Math.Abs(value))), value);
        }
    }

    // The sum of (x + k)^-s over all integers k, s >= 3; with few terms where s is large, otherwise by the derivatives of pi cot(pi x).
    private static double LatticeSum(int s, double x)
    {
        double r = x - Math.Round(x);
        if (s > 12)
        {
            double sum = 0;
            for (int k = 24; k >= 1; k--)
                sum += Math.Pow(k + r, -s) + (Math.Pow(k - r, -s) * (s % 2 == 0 ? 1 : -1));
            return sum + Math.Pow(r, -s);
        }

        // d/dx of P(cot) is -pi (1 + cot^2) P'(cot).
        Span<double> p = stackalloc double[14], next = stackalloc double[14];
        p.Clear();
        p[1] = 1;
        for (int order = 1; order < s; order++)
        {
            next.Clear();
            for (int j = 1; j <= order; j++)
            {
                next[j - 1] += j * p[j];
                next[j + 1] += j * p[j];
            }

            for (int j = 0; j <= order + 1; j++)
                p[j] = next[j] / order;
        }

        double c = CotPi(r), value = p[s];
        for (int j = s - 1; j >= 0; j--)
            value = (value * c) + p[j];
        return value * Math.Pow(Math.PI, s);
    }

    /// <summary>The sum over i &lt; p of psi(x - i / 2): the derivative of <see cref="LogMultivariateGamma"/>. NaN for x &lt;= (p - 1) / 2.</summary>
    /// <param name="dimension">p, at least 1.</param>
    /// <param name="x">The argument.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is less than 1.</exception>
    public static double MultivariateDigamma(int dimension, double x)
    {
        Require.Positive(dimension, nameof(dimension));
        if (!(x > 0.5 * (dimension - 1)))
            return double.NaN;
        double sum = 0;
        for (int i = 0; i < dimension; i++)
            sum += Digamma(x - (0.5 * i));
        return sum;
    }
}
