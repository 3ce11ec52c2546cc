namespace OptiCore.Integration;

/// <summary>The gamma function to a few units of rounding, for the masses of weight functions.</summary>
internal static class GammaFunction
{
    /// <summary>Stirling's series at an argument shifted above 20, and the recurrence back; x above 0 and below 171.</summary>
    public static double Gamma(double x)
    {
        if (x == Math.Floor(x) && x <= 23)
        {
            double factorial = 1;
            for (int k = 2; k < x; k++)
                factorial *= k;
            return factorial;
        }

        // The rounding of the shifted argument is a factor of exp(psi(z) error), with psi(z) = log z - 1 / 2z.
        int shift = x >= 20 ? 0 : 20 - (int)x;
        double z = x + shift, lost = x - (z - shift), divisor = 1;
        for (int k = shift - 1; k >= 0; k--)
            divisor *= x + k;
        double s = 1 / (z * z);
        double series = (((((((((s / 1188) - (1 / 1680.0)) * s) + (1 / 1260.0)) * s) - (1 / 360.0)) * s) + (1 / 12.0)) / z) + (lost * (Math.Log(z) - (0.5 / z)));
        // Two halves of the power: the whole overflows before the gamma function does.
        double half = Math.Pow(z, 0.5 * (z - 0.5));
        return half * Math.Exp(-z) * half * (Math.Sqrt(2 * Math.PI) * Math.Exp(series)) / divisor;
    }

    /// <summary>The integral of (1 - x)^a (1 + x)^b over [-1, 1], 2^(a + b + 1) B(a + 1, b + 1).</summary>
    public static double JacobiMass(double a, double b) => a + b < 150
        ? Math.Pow(2, a + b + 1) * (Gamma(a + 1) * (Gamma(b + 1) / Gamma(a + b + 2)))
        : Math.Exp(((a + b + 1) * Math.Log(2)) + LogGamma(a + 1) + LogGamma(b + 1) - LogGamma(a + b + 2));

    private static double LogGamma(double x)
    {
        if (x < 100)
            return Math.Log(Gamma(x));
        double s = 1 / (x * x);
        return ((x - 0.5) * Math.Log(x)) - x + (0.5 * Math.Log(2 * Math.PI)) + (((((s / 1260) - (1 / 360.0)) * s) + (1 / 12.0)) / x);
    }
}
