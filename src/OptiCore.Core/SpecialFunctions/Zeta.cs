namespace OptiCore;

/// <content>The zeta functions.</content>
public static partial class SpecialFunctions
{
    /// <summary>The Riemann zeta function, the sum of k^-s over k &gt;= 1, continued to all real s; infinite at the pole s = 1.</summary>
    /// <remarks>Rational approximations of (s - 1) zeta(s) and of 2^s (zeta(s) - 1), below 0 the functional equation (DLMF 25.4.1).</remarks>
    public static double Zeta(double s)
    {
        if (s < 0)
        {
            if (double.IsNegativeInfinity(s))
                return double.NaN;

            // 2^s pi^(s - 1) sin(pi s / 2) Gamma(1 - s) zeta(1 - s)
            double t = 1 - s;
            if (t < 170)
                return 2 * Math.Pow(2 * Math.PI, -t) * SinPi(0.5 * s) * GammaOneMinus(s) * Zeta(t);
            double sine = SinPi(0.5 * s);
            return sine == 0 ? 0 : Math.CopySign(Math.Exp(LogGamma(t) - (t * Math.Log(2 * Math.PI)) + Log2 + Math.Log(Math.Abs(sine))), sine);
        }

        if (s < 2)
            return s == 1 ? double.PositiveInfinity : Ratio(Zeta0To2, s) / (s - 1);
        if (s > 54)
            return 1;
        if (double.IsNaN(s))
            return s;
        double factor = s < 5 ? Ratio(Zeta2To5, s - 2) : s < 12 ? Ratio(Zeta5To12, s - 5)
            : s < 30 ? Ratio(Zeta12To30, s - 12) : 1;
        return 1 + (Math.Pow(2, -s) * factor);
    }

    // Gamma(1 - s) for s < 0, with the rounding of 1 - s corrected.
    private static double GammaOneMinus(double s)
    {
        double t = 1 - s, lost = (1 - t) - s;
        return GammaPositive(t) * (1 + (lost * Digamma(t)));
    }

    /// <summary>
    /// The Hurwitz zeta function, the sum of (q + k)^-s over k &gt;= 0, for s &gt; 1 and q &gt; 0. Infinite at s = 1 and where q is 0 or a negative integer;
    /// NaN for s &lt; 1 and for other negative q unless s is an integer.
    /// </summary>
    /// <param name="s">The exponent.</param>
    /// <param name="q">The offset.</param>
    /// <remarks>The Euler-Maclaurin formula (DLMF 25.11.28).</remarks>
    public static double HurwitzZeta(double s, double q)
    {
        if (double.IsNaN(q) || !(s >= 1))
            return double.NaN;
        if (s == 1)
            return double.PositiveInfinity;
        if (q <= 0)
        {
            if (q == Math.Floor(q))
                return double.PositiveInfinity;
            if (s != Math.Floor(s))
                return double.NaN;
        }

        double sum = 0, term = 0;
        double from = Math.Max(12, s);
        while (q < from)
        {
            term = Math.Pow(q, -s);
            sum += term;
            if (q > 0 && term < Epsilon * 0.01 * sum)
                return sum;
            q += 1;
        }

        double power = Math.Pow(q, -s), square = 1 / (q * q);
        double tail = (power * q / (s - 1)) + (0.5 * power), factor = s * power / q;
        for (int j = 0; j < BernoulliOverFactorial.Length; j++)
        {
            double next = BernoulliOverFactorial[j] * factor;
            tail += next;
            if (Math.Abs(next) < Epsilon * 0.1 * tail)
                break;
            factor *= (s + (2 * j) + 1) * (s + (2 * j) + 2) * square;
        }

        return sum + tail;
    }

    // B_2j / (2j)!
    private static ReadOnlySpan<double> BernoulliOverFactorial =>
    [
        0.08333333333333333, -0.001388888888888889, 3.306878306878307E-05, -8.267195767195768E-07, 2.08767569878681E-08,
        -5.284190138687493E-10, 1.3382536530684679E-11, -3.3896802963225827E-13, 8.586062056277845E-15, -2.174868698558062E-16,
        5.5090028283602295E-18, -1.3954464685812522E-19, 3.534707039629467E-21, -8.953517427037546E-23,
    ];
}
