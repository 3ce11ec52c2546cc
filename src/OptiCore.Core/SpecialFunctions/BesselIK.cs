namespace OptiCore;

/// <content>The modified Bessel functions of orders 0 and 1.</content>
public static partial class SpecialFunctions
{
    /// <summary>The modified Bessel function I_0(x), infinite above 713.98.</summary>
    /// <remarks>Rational approximations in x^2 up to 8 and of e^-x sqrt(x) I_0(x) above.</remarks>
    public static double BesselI0(double x)
    {
        double a = Math.Abs(x);
        return a < 8 ? Ratio(BesselI0Small, x * x) : Grown(a, ScaledI0(a));
    }

    /// <summary>The modified Bessel function I_1(x), an odd function.</summary>
    public static double BesselI1(double x)
    {
        double a = Math.Abs(x);
        return a < 8 ? x * Ratio(BesselI1Small, x * x) : Math.CopySign(1, x) * Grown(a, ScaledI1(a));
    }

    /// <summary>e^-|x| I_0(x).</summary>
    public static double BesselI0Scaled(double x)
    {
        double a = Math.Abs(x);
        return a < 8 ? Math.Exp(-a) * Ratio(BesselI0Small, x * x) : ScaledI0(a) / Math.Sqrt(a);
    }

    /// <summary>e^-|x| I_1(x).</summary>
    public static double BesselI1Scaled(double x)
    {
        double a = Math.Abs(x);
        return a < 8 ? Math.Exp(-a) * x * Ratio(BesselI1Small, x * x) : Math.CopySign(1, x) * ScaledI1(a) / Math.Sqrt(a);
    }

    /// <summary>The modified Bessel function of the second kind K_0(x): infinity at 0, NaN below.</summary>
    /// <remarks>-ln(x) I_0(x) and a rational approximation up to 1, rational approximations of e^x sqrt(x) K_0(x) above.</remarks>
    public static double BesselK0(double x) => x <= 1 ? SmallK0(x) : Decayed(x, ScaledK0(x));

    /// <summary>The modified Bessel function of the second kind K_1(x): infinity at 0, NaN below.</summary>
    public static double BesselK1(double x) => x <= 1 ? SmallK1(x) : Decayed(x, ScaledK1(x));

    /// <summary>e^x K_0(x).</summary>
    public static double BesselK0Scaled(double x) => x <= 1 ? Math.Exp(x) * SmallK0(x) : ScaledK0(x) / Math.Sqrt(x);

    /// <summary>e^x K_1(x).</summary>
    public static double BesselK1Scaled(double x) => x <= 1 ? Math.Exp(x) * SmallK1(x) : ScaledK1(x) / Math.Sqrt(x);

    private static double SmallK0(double x) => x > 0
        ? Ratio(BesselK0Small, x * x) - (Math.Log(x) * Ratio(BesselI0Small, x * x))
        : x == 0 ? double.PositiveInfinity : double.NaN;

    private static double SmallK1(double x) => x > 0
        ? (1 / x) + (x * (Ratio(BesselK1Small, x * x) + (Math.Log(x) * Ratio(BesselI1Small, x * x))))
        : x == 0 ? double.PositiveInfinity : double.NaN;

    // e^-x sqrt(x) I(x), x >= 8.
    private static double ScaledI0(double x) => x < 20
        ? Ratio(BesselI0From8, x - 8)
        : x < 32 ? Ratio(BesselI0From20, (1 / x) - 0.03125) : Ratio(BesselI0From32, 1 / x);

    private static double ScaledI1(double x) => x < 20
        ? Ratio(BesselI1From8, x - 8)
        : x < 32 ? Ratio(BesselI1From20, (1 / x) - 0.03125) : Ratio(BesselI1From32, 1 / x);

    // e^x sqrt(x) K(x), x >= 1.
    private static double ScaledK0(double x) => x < 4 ? Ratio(BesselK0From1, (1 / x) - 0.25) : Ratio(BesselK0From4, 1 / x);

    private static double ScaledK1(double x) => x < 4 ? Ratio(BesselK1From1, (1 / x) - 0.25) : Ratio(BesselK1From4, 1 / x);

    // e^x y / sqrt(x), which is finite a little further than e^x.
    private static double Grown(double x, double y)
    {
        double value = y / Math.Sqrt(x);
        if (x < 700)
            return Math.Exp(x) * value;
        double half = Math.Exp(0.5 * x);
        return double.IsNaN(x) ? x : double.IsInfinity(half) ? half : half * value * half;
    }

    private static double Decayed(double x, double y)
    {
        double value = y / Math.Sqrt(x);
        if (x < 700)
            return Math.Exp(-x) * value;
        return double.IsNaN(x) ? x : Math.Exp(-0.5 * x) * value * Math.Exp(-0.5 * x);
    }
}
