using OptiCore.Numerics;

namespace OptiCore;

/// <content>Logarithms and exponentials that keep their accuracy where the textbook's expression cancels.</content>
public static partial class SpecialFunctions
{
    /// <summary>ln(1 + x), accurate relative to itself for small x; -infinity at -1, NaN below.</summary>
    /// <remarks>W. Kahan's correction of the rounding of 1 + x, in N. J. Higham (2002), Accuracy and Stability of Numerical Algorithms, section 1.14.1.</remarks>
    public static double LogOnePlus(double x)
    {
        double u = 1 + x;
        if (u == 1)
            return x;
        if (!(u > 0) || double.IsPositiveInfinity(u))
            return Math.Log(u);

        // The part that the sum lost, to first order.
        double lost = x > 1 ? 1 - (u - x) : x - (u - 1);
        return Math.Log(u) + (lost / u);
    }

    /// <summary>e^x - 1, accurate relative to itself for small x.</summary>
    /// <remarks>A rational approximation below 1/2, where the difference would cancel.</remarks>
    public static double ExpMinusOne(double x)
    {
        if (Math.Abs(x) > 0.5)
            return Math.Exp(x) - 1;

        // The [7/7] Pade approximant of e^x is (A + x B) / (A - x B) with even A and B, so that e^x - 1 = 2 x B / (A - x B).
        double z = x * x;
        double above = 1 + (z * ((3.0 / 26) + (z * ((5.0 / 3432) + (z * (1.0 / 308880))))));
        double below = 0.5 + (z * ((5.0 / 312) + (z * ((1.0 / 11440) + (z * (1.0 / 17297280))))));
        return 2 * x * below / (above - (x * below));
    }

    /// <summary>ln(1 - e^x) for x &lt; 0: -infinity at 0, NaN above.</summary>
    /// <remarks>M. Maechler (2012), Accurately computing log(1 - exp(-|a|)).</remarks>
    public static double LogOneMinusExp(double x) => x > -Log2 ? Math.Log(-ExpMinusOne(x)) : LogOnePlus(-Math.Exp(x));

    /// <summary>ln(1 + e^x), the softplus function.</summary>
    public static double LogOnePlusExp(double x) => x > 0 ? x + LogOnePlus(Math.Exp(-x)) : LogOnePlus(Math.Exp(x));

    /// <summary>The logistic function 1 / (1 + e^-x).</summary>
    public static double Expit(double x)
    {
        // 1 / (1 + e) or e / (1 + e) with e = e^-|x|, without a jump on the sign, which nothing foresees.
        double e = Math.Exp(-Math.Abs(x));
        long bits = BitConverter.DoubleToInt64Bits(e), negative = BitConverter.DoubleToInt64Bits(x) >> 63;
        return BitConverter.Int64BitsToDouble((bits & negative) | (BitConverter.DoubleToInt64Bits(1) & ~negative)) / (1 + e);
    }

    /// <summary>ln of the logistic function, -ln(1 + e^-x).</summary>
    public static double LogExpit(double x) => Math.Min(x, 0) - LogOnePlus(Math.Exp(-Math.Abs(x)));

    /// <summary>The inverse of the logistic function, ln(p / (1 - p)), accurate relative to itself around 1/2: -infinity at 0, infinity at 1, NaN outside.</summary>
    /// <remarks>Between 1/4 and 3/4 it is 2 artanh(2 p - 1), whose argument is exact, by a polynomial.</remarks>
    public static double Logit(double p)
    {
        if (p is not (> 0.25 and < 0.75))
            return Math.Log(p / (1 - p));

        // artanh(s) = s + s^3 P(s^2). Relative error 2^-57.
        double s = (2 * p) - 1, z = s * s;
        double rest = LanePolynomial.Of(new Lanes1<double>(z), 0.33333333333334018, 0.1999999999978742201, 0.1428571430876487755, 0.111111098538587145, 0.09090949454921385206, 0.07691477542363486207,
            0.06678148086361249184, 0.05772750960293517497, 0.05991503847690292265, 0.0142256354329908892, 0.1457421737628269438, -0.1540319298914226068, 0.2254784607731986991).Value;
        return 2 * Math.FusedMultiplyAdd(s * z, rest, s);
    }

    /// <summary>x ln y, where 0 ln 0 = 0; NaN when y is NaN.</summary>
    public static double XLogY(double x, double y) => x == 0 && !double.IsNaN(y) ? 0 : x * Math.Log(y);

    /// <summary>x ln(1 + y), where 0 ln 0 = 0; NaN when y is NaN.</summary>
    public static double XLogOnePlusY(double x, double y) => x == 0 && !double.IsNaN(y) ? 0 : x * LogOnePlus(y);

    /// <summary>The normalised sinc function sin(pi x) / (pi x), 1 at 0.</summary>
    public static double Sinc(double x) => x == 0 ? 1 : double.IsInfinity(x) ? 0 : SinPi(x) / (Math.PI * x);

    /// <summary>ln of the sum of e^(x_i), without overflow. -infinity for an empty span.</summary>
    /// <remarks>The largest element is taken out, and only the others are summed: ln(1 + sum), so that the result keeps its digits when one element
    /// dominates.</remarks>
    public static double LogSumExp(ReadOnlySpan<double> x) => LogSumExp(x, [], out _);

    /// <summary>ln |sum of w_i e^(x_i)|, without overflow, with the sign of the sum. Elements of weight 0 don't count, whatever they are.</summary>
    /// <param name="x">The exponents.</param>
    /// <param name="weights">The weights, of any sign; empty for ones.</param>
    /// <param name="sign">1, 0 or -1; NaN when the result is.</param>
    /// <returns>The logarithm; -infinity when the sum is 0 or the span empty.</returns>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static double LogSumExp(ReadOnlySpan<double> x, ReadOnlySpan<double> weights, out double sign)
    {
        if (weights.Length != 0)
            Require.Length(weights.Length, x.Length, nameof(weights));
        double largest = double.NegativeInfinity;
        int at = -1;
        for (int i = 0; i < x.Length; i++)
        {
            double weight = weights.Length == 0 ? 1 : weights[i];
            if (double.IsNaN(x[i]) || double.IsNaN(weight))
            {
                sign = double.NaN;
                return double.NaN;
            }

            if (weight != 0 && x[i] > largest)
            {
                largest = x[i];
                at = i;
            }
        }

        if (at < 0)
        {
            sign = 0;
            return double.NegativeInfinity;
        }

        double first = weights.Length == 0 ? 1 : weights[at];
        if (double.IsInfinity(largest))
        {
            double total = 0;
            for (int i = 0; i < x.Length; i++)
                total += x[i] == largest ? weights.Length == 0 ? 1 : weights[i] : 0;
            sign = double.IsNaN(total) ? double.NaN : Math.Sign(total);
            return sign == 0 ? double.NaN : sign * 0 == 0 ? largest : double.NaN;
        }

        double rest = 0;
        for (int i = 0; i < x.Length; i++)
        {
            double weight = weights.Length == 0 ? 1 : weights[i];
            if (i != at && weight != 0)
                rest += weight * Math.Exp(x[i] - largest);
        }

        double sum = first + rest;
        sign = Math.Sign(sum);
        if (sum == 0)
            return double.NegativeInfinity;
        return first == 1 && rest > -0.5 ? largest + LogOnePlus(rest) : largest + Math.Log(Math.Abs(sum));
    }

    /// <summary>The softmax e^(x_i) / sum of e^(x_j), without overflow. In place when both spans are the same.</summary>
    /// <param name="x">The exponents, finite or -infinity; another value makes every result NaN.</param>
    /// <param name="result">Receives the probabilities.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static void Softmax(ReadOnlySpan<double> x, Span<double> result)
    {
        Require.Length(result.Length, x.Length, nameof(result));
        double largest = double.NegativeInfinity;
        foreach (double value in x)
            largest = Math.Max(largest, value);
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
        {
            result[i] = Math.Exp(x[i] - largest);
            sum += result[i];
        }

        for (int i = 0; i < x.Length; i++)
            result[i] /= sum;
    }
}
