using OptiCore.Numerics;

namespace OptiCore.KernelMethods;

/// <summary>
/// The law of z = sqrt(2) sin(theta) with theta uniform in (-pi/2, pi/2): density 1 / (pi sqrt(2 - z^2)), mean 0, variance 1. By our own functions, so that
/// codebooks have the same bits everywhere.
/// </summary>
internal static class ArcsineLaw
{
    /// <summary>sqrt(2), the end of the range.</summary>
    public const double End = 1.4142135623730951;

    private const double TwoPi = 6.283185307179586;

    /// <summary>theta = asin(z / sqrt(2)).</summary>
    public static double Angle(double z)
    {
        double s = Math.Abs(z) / End;
        if (s >= 1)
            return Math.CopySign(TwoPi / 4, z);

        // Abramowitz and Stegun (1964), 4.4.45, with an error of 5e-5; then sin(delta) = s cos(theta) - c sin(theta) for the error delta, twice.
        double theta = (TwoPi / 4) - (Math.Sqrt(1 - s) * (1.5707288 + (s * (-0.2121144 + (s * (0.0742610 + (s * -0.0187293)))))));
        double c = Math.Sqrt((1 - s) * (1 + s));
        for (int i = 0; i < 2; i++)
        {
            LaneMath.SinCosTurns(new Lanes1<double>(theta / TwoPi), out Lanes1<double> sin, out Lanes1<double> cos);
            double delta = (s * cos.Value) - (c * sin.Value);
            theta += delta + (delta * delta * delta / 6);
        }

        return Math.CopySign(theta, z);
    }

    /// <summary>sqrt(2 - z^2) = sqrt(2) cos(theta).</summary>
    public static double Height(double z) => Math.Sqrt(Math.Max(0, (End - z) * (End + z)));

    /// <summary>The mean of z between <paramref name="low"/> and <paramref name="high"/>: the integral of z over that of 1.</summary>
    public static double Centroid(double low, double high)
    {
        double width = Angle(high) - Angle(low);

        // The difference of the heights loses no digits in this form.
        double sum = Height(low) + Height(high);
        return sum == 0 || width <= 0 ? (low + high) / 2 : (high - low) * (high + low) / (sum * width);
    }

    /// <summary>The probability of the values between <paramref name="low"/> and <paramref name="high"/>.</summary>
    public static double Probability(double low, double high) => (Angle(high) - Angle(low)) / (TwoPi / 2);
}
