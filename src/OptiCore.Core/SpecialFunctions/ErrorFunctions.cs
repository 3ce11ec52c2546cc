using OptiCore.Numerics;

namespace OptiCore;

/// <content>The error function and its relatives.</content>
public static partial class SpecialFunctions
{
    /// <summary>The error function erf(x) = 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x.</summary>
    /// <remarks>Rational approximations (DLMF 7.24; W. J. Cody (1969), Rational Chebyshev approximations for the error function, for the division of
    /// the range).</remarks>
    public static double Erf(double x)
    {
        double a = Math.Abs(x);
        if (a < 1)
            return x * Ratio(ErfSmall, x * x);
        return double.IsNaN(x) ? x : Math.CopySign(a > 6 ? 1 : 1 - (ExpOfMinusSquare(a) * ErfcxPositive(a)), x);
    }

    /// <summary>The complementary error function erfc(x) = 1 - erf(x), accurate relative to itself up to its underflow at 27.2.</summary>
    public static double Erfc(double x)
    {
        if (x < 0.5)
            return x > -1 ? 1 - (x * Ratio(ErfSmall, x * x)) : x < -6 ? 2 : 2 - (ExpOfMinusSquare(x) * ErfcxPositive(-x));
        return double.IsNaN(x) ? x : x > 27.3 ? 0 : ExpOfMinusSquare(x) * ErfcxPositive(x);
    }

    /// <summary>The scaled complementary error function erfcx(x) = e^(x^2) erfc(x); about 1 / (x sqrt(pi)) for large x, infinite below -26.63.</summary>
    public static double Erfcx(double x)
    {
        if (x >= 0)
            return ErfcxPositive(x);
        if (double.IsNaN(x))
            return x;
        return x < -26.7 ? double.PositiveInfinity : (2 * DoubleDouble.Product(x, x).Exp()) - ErfcxPositive(-x);
    }

    private static double ErfcxPositive(double x)
    {
        if (x < 1)
            return Ratio(ErfcxFirst, x);
        if (x < 4)
            return Ratio(ErfcxMiddle, x);
        double r = 1 / x;
        return r * Ratio(ErfcxLarge, r * r);
    }

    private static double ExpOfMinusSquare(double x) => (-DoubleDouble.Product(x, x)).Exp();

    /// <summary>The inverse of <see cref="Erf"/>: infinite at -1 and 1, NaN outside.</summary>
    /// <remarks>Rational approximations in x^2 and in sqrt(-ln(1 - |x|)), the division of M. J. Wichura (1988), Algorithm AS 241: the percentage points
    /// of the normal distribution.</remarks>
    public static double ErfInv(double x)
    {
        double a = Math.Abs(x);
        return a <= 0.5 ? x * Ratio(ErfInvSmall, x * x) : Math.CopySign(ErfcInvTail(1 - a), x);
    }

    /// <summary>The inverse of <see cref="Erfc"/>: infinity at 0, -infinity at 2, NaN outside.</summary>
    public static double ErfcInv(double x) => x < 0.5
        ? ErfcInvTail(x)
        : x <= 1.5 ? (1 - x) * Ratio(ErfInvSmall, (1 - x) * (1 - x)) : -ErfcInvTail(2 - x);

    // x <= 0.5
    private static double ErfcInvTail(double x) =>
        x > 0 ? ErfcInvOfRoot(Math.Sqrt(-Math.Log(x))) : x == 0 ? double.PositiveInfinity : double.NaN;

    // The inverse at e^(-r^2), 0.83 <= r <= 28.
    private static double ErfcInvOfRoot(double r) =>
        r < 2.5 ? Ratio(ErfcInvA, r - 0.828125)
        : r < 5 ? Ratio(ErfcInvB, r - 2.5)
        : r < 11 ? Ratio(ErfcInvC, r - 5)
        : Ratio(ErfcInvD, r - 11);

    /// <summary>
    /// Dawson's integral F(x) = e^(-x^2) times the integral of e^(t^2) from 0 to x; about 1 / (2 x) for large x.
    /// </summary>
    /// <remarks>DLMF 7.2.5, by rational approximations.</remarks>
    public static double Dawson(double x)
    {
        double a = Math.Abs(x);
        if (a < 2)
            return x * Ratio(DawsonSmall, x * x);
        if (!(a >= 8))
            return Math.CopySign(a < 4 ? Ratio(DawsonA, a - 2) : Ratio(DawsonB, a - 4), x) + (x - x);
        double r = 1 / x;
        return r * Ratio(DawsonLarge, r * r);
    }
}
