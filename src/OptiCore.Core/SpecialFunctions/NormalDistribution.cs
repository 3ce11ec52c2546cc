using OptiCore.Numerics;

namespace OptiCore;

/// <content>Distribution function and quantiles of the standard normal distribution.</content>
public static partial class SpecialFunctions
{
    /// <summary>The distribution function of the standard normal distribution, Phi(x) = erfc(-x / sqrt(2)) / 2, accurate relative to itself in the lower tail
    /// down to the underflow at -38.5. The upper tail is <c>NormalCdf(-x)</c>.</summary>
    public static double NormalCdf(double x)
    {
        // The argument of erfc isn't formed where its rounding would be amplified by x^2.
        if (x < -0.7)
            return x < -38.6 ? 0 : 0.5 * ExpOfMinusHalfSquare(x) * ErfcxPositive(-x * SqrtHalf);
        if (x <= 0.7)
            return 0.5 + (0.5 * Erf(x * SqrtHalf));
        return double.IsNaN(x) ? x : x > 8.5 ? 1 : 1 - (0.5 * ExpOfMinusHalfSquare(x) * ErfcxPositive(x * SqrtHalf));
    }

    /// <summary>ln Phi(x): about -x^2 / 2 far in the lower tail, about -Phi(-x) in the upper.</summary>
    public static double NormalLogCdf(double x)
    {
        if (x < -1)
        {
            // Above 1e154 the square overflows, and -infinity is right.
            DoubleDouble square = x < -1E10 ? x * x : DoubleDouble.Product(x, x);
            return (-0.5 * square.High) + (Math.Log(0.5 * ErfcxPositive(-x * SqrtHalf)) - (0.5 * square.Low));
        }

        return double.IsNaN(x) ? x : x > 38.6 ? -0.0 : LogOnePlus(-NormalCdf(-x));
    }

    /// <summary>The quantile of the standard normal distribution, the inverse of <see cref="NormalCdf"/>: -infinity at 0, infinity at 1, NaN outside.</summary>
    public static double NormalQuantile(double p)
    {
        if (p >= 0.25)
            return p <= 0.75 ? Sqrt2 * ErfInv((2 * p) - 1) : Sqrt2 * ErfcInvTail(2 * (1 - p));
        return -Sqrt2 * ErfcInvTail(2 * p);
    }

    /// <summary>The quantile at the probability e^y: the inverse of <see cref="NormalLogCdf"/>, also where e^y underflows or rounds to 1.</summary>
    /// <remarks>Below e^-700 Newton's method on the logarithm.</remarks>
    public static double NormalLogQuantile(double y)
    {
        if (!(y <= 0))
            return double.NaN;
        if (y > -0.3)
            return y == 0 ? double.PositiveInfinity : -NormalQuantile(-ExpMinusOne(y));
        if (y > -700)
            return y > -1.5 ? NormalQuantile(Math.Exp(y)) : -Sqrt2 * ErfcInvOfRoot(Math.Sqrt(-y - Log2));
        if (double.IsInfinity(y))
            return y;

        // ln Phi(x) = -x^2/2 - ln(-x sqrt(2 pi)) - 1/x^2 + ... gives the start; the slope is phi / Phi = sqrt(2 / pi) / erfcx.
        double x = -Math.Sqrt(-2 * y);
        x = -Math.Sqrt(-2 * (y + Math.Log(-x) + LogSqrtTwoPi));
        for (int i = 0; i < 3 && y > -1E30; i++)
            x -= (NormalLogCdf(x) - y) * ErfcxPositive(-x * SqrtHalf) * (SqrtPi * SqrtHalf);
        return x;
    }

    private static double ExpOfMinusHalfSquare(double x)
    {
        DoubleDouble square = DoubleDouble.Product(x, x);
        return new DoubleDouble(-0.5 * square.High, -0.5 * square.Low).Exp();
    }
}
