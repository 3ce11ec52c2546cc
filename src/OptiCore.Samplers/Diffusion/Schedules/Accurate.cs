namespace OptiCore.Samplers;

/// <summary>Logarithms and exponentials near 0 and 1, to a few units in the last place.</summary>
internal static class Accurate
{
    /// <summary>e^x - 1, by W. Kahan's correction: the rounding of e^x is divided out through its own logarithm.</summary>
    public static double Expm1(double x)
    {
        double u = Math.Exp(x), less = u - 1;
        if (u == 1)
            return x;
        return less == -1 || double.IsInfinity(u) ? less : less * (x / Math.Log(u));
    }

    /// <summary>log(1 + e^x).</summary>
    public static double SoftPlus(double x) => x > 0 ? x + Log1p(Math.Exp(-x)) : Log1p(Math.Exp(x));

    /// <summary>The coefficients with alpha^2 + sigma^2 = 1 and alpha / sigma = e^lambda.</summary>
    public static NoiseLevel VariancePreserving(double time, double lambda) =>
        new(time, Math.Exp(-0.5 * SoftPlus(-2 * lambda)), Math.Exp(-0.5 * SoftPlus(2 * lambda)));

    /// <summary>log(1 + x) for x of at least 0.</summary>
    private static double Log1p(double x)
    {
        double u = 1 + x;
        return u == 1 ? x : Math.Log(u) * (x / (u - 1));
    }
}
