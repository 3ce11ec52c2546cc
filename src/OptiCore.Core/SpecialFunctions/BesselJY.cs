using System.Runtime.CompilerServices;
using OptiCore.Numerics;

namespace OptiCore;

/// <content>The Bessel functions of the first and second kind of integer order.</content>
public static partial class SpecialFunctions
{
    /// <summary>The Bessel function J_0(x).</summary>
    /// <remarks>
    /// Up to 2 a rational approximation. Above, amplitude and phase (DLMF 10.18): J = M cos theta and Y = M sin theta, where M and theta - x are smooth, so that one
    /// reduction of theta by pi / 2 with 32 digits keeps the relative accuracy also next to the zeros, up to x = 5e5; above, the absolute accuracy.
    /// </remarks>
    public static double BesselJ0(double x)
    {
        double a = Math.Abs(x);
        if (a < 2)
            return Ratio(BesselJ0Small, x * x);
        if (!double.IsFinite(a))
            return double.IsNaN(x) ? x : 0;
        (double amplitude, DoubleDouble shift) = Polar0(a);
        return amplitude * CosineOfPhase(a, shift, 1);
    }

    /// <summary>The Bessel function J_1(x), an odd function.</summary>
    /// <remarks>As <see cref="BesselJ0"/>.</remarks>
    public static double BesselJ1(double x)
    {
        double a = Math.Abs(x);
        if (a < 2)
            return x * Ratio(BesselJ1Small, x * x);
        if (!double.IsFinite(a))
            return double.IsNaN(x) ? x : 0;
        (double amplitude, DoubleDouble shift) = Polar1(a);
        double value = amplitude * CosineOfPhase(a, shift, 3);
        return x < 0 ? -value : value;
    }

    /// <summary>The Bessel function of the second kind Y_0(x): -infinity at 0, NaN below.</summary>
    /// <remarks>As <see cref="BesselJ0"/>; below 2 with the zero 0.8936 as a factor.</remarks>
    public static double BesselY0(double x)
    {
        if (!(x > 0))
            return x == 0 ? double.NegativeInfinity : double.NaN;
        if (x < 2)
        {
            const double Root = 0.8935769662791675, RootLow = 2.6596231539720385E-17;
            double distance = x - Root - RootLow;
            double log = Math.Abs(distance) < 0.25 ? LogOnePlus(distance / Root) : Math.Log(x / Root);
            return (2 / Math.PI * log * BesselJ0(x)) + (distance * (x + Root) * Ratio(BesselY0Small, x * x));
        }

        if (double.IsInfinity(x))
            return 0;
        (double amplitude, DoubleDouble shift) = Polar0(x);
        return amplitude * CosineOfPhase(x, shift, 3);
    }

    /// <summary>The Bessel function of the second kind Y_1(x): -infinity at 0, NaN below.</summary>
    /// <remarks>As <see cref="BesselJ0"/>.</remarks>
    public static double BesselY1(double x)
    {
        if (!(x > 0))
            return x == 0 ? double.NegativeInfinity : double.NaN;
        if (x < 2)
            return (2 / Math.PI * ((Math.Log(x) * BesselJ1(x)) - (1 / x))) + (x * Ratio(BesselY1Small, x * x));
        if (double.IsInfinity(x))
            return 0;
        (double amplitude, DoubleDouble shift) = Polar1(x);
        return amplitude * CosineOfPhase(x, shift, 5);
    }

    // The amplitude and theta - (x - pi / 4).
    private static (double Amplitude, DoubleDouble Shift) Polar0(double x)
    {
        double r = 1 / x, z = r * r, scale = Math.Sqrt(2 / Math.PI * r);
        if (x >= 8)
            return (scale * Ratio(Modulus0From8, z), QuotientBy(x, r, -0.125) + (r * z * Ratio(Phase0From8, z)));
        return x >= 4
            ? (scale * Ratio(Modulus0From4To8, z - 0.015625), QuotientBy(x, r, -0.125) + (r * z * Ratio(Phase0From4To8, z - 0.015625)))
            : (scale * Ratio(Modulus0From2To4, z - 0.0625), QuotientBy(x, r, -0.125) + (r * z * Ratio(Phase0From2To4, z - 0.0625)));
    }

    // The amplitude and theta - (x - 3 pi / 4).
    private static (double Amplitude, DoubleDouble Shift) Polar1(double x)
    {
        double r = 1 / x, z = r * r, scale = Math.Sqrt(2 / Math.PI * r);
        if (x >= 8)
            return (scale * Ratio(Modulus1From8, z), QuotientBy(x, r, 0.375) + (r * z * Ratio(Phase1From8, z)));
        return x >= 4
            ? (scale * Ratio(Modulus1From4To8, z - 0.015625), QuotientBy(x, r, 0.375) + (r * z * Ratio(Phase1From4To8, z - 0.015625)))
            : (scale * Ratio(Modulus1From2To4, z - 0.0625), QuotientBy(x, r, 0.375) + (r * z * Ratio(Phase1From2To4, z - 0.0625)));
    }

    // numerator / x with the reciprocal r of x.
    private static DoubleDouble QuotientBy(double x, double r, double numerator)
    {
        double q = numerator * r;
        return new(q, Math.FusedMultiplyAdd(-q, x, numerator) * r);
    }

    // cos(x + shift - quarters pi / 4). Without lower tiers of compilation, which make a call of every operation on lanes.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static double CosineOfPhase(double x, DoubleDouble shift, int quarters)
    {
        if (x > 5E5)
        {
            // cos(x + s) with s reduced by the quarters exactly.
            (double s, double c) = Math.SinCos(x);
            double first = quarters is 1 ? c + s : quarters is 3 ? s - c : -c - s;
            double second = quarters is 1 ? s - c : quarters is 3 ? -c - s : c - s;
            return SqrtHalf * ((Math.Cos(shift.High) * first) - (Math.Sin(shift.High) * second));
        }

        // pi / 2 in three parts of 33, 33 and 53 bits: the products with half-integers below 2^19 are exact.
        const double First = 1.5707963267341256, Second = 6.077100506303966E-11, Third = 2.0222662487959506E-21;
        double k = Math.Round((x + shift.High - (quarters * 0.25 * Math.PI)) * (2 / Math.PI));

        // quarters pi / 4 is half a multiple of pi / 2.
        double n = k + (0.5 * quarters);
        double high = x - (n * First), mid = n * Second, rest = high - mid;
        double low = ((high - rest) - mid) - (n * Third);
        DoubleDouble sum = DoubleDouble.Sum(rest, shift.High);
        double angle = sum.High, correction = sum.Low + (low + shift.Low);
        double sine = TrigonometricLanes.SinCosOf(new Lanes1<double>(angle), new Lanes1<double>(correction), out Lanes1<double> cosine).Value;

        // cos(angle + k pi / 2), without a jump that nothing foresees: the cosine or the sine for odd k, with the sign of the quadrant.
        long quadrant = (long)k, odd = -(quadrant & 1);
        long bits = (BitConverter.DoubleToInt64Bits(sine) & odd) | (BitConverter.DoubleToInt64Bits(cosine.Value) & ~odd);
        return BitConverter.Int64BitsToDouble(bits ^ ((quadrant + 1) << 62 & long.MinValue));
    }

    /// <summary>The Bessel function J_n(x) of integer order, also negative.</summary>
    /// <param name="n">The order.</param>
    /// <param name="x">The argument.</param>
    /// <remarks>
    /// The three-term recurrence upwards from J_0 and J_1 for n &lt; |x|, otherwise downwards with the ratio of the continued fraction (DLMF 10.10.1; W. Gautschi
    /// (1967), Computational aspects of three-term recurrence relations). Cost grows with n, beyond |x| only with its square root.
    /// </remarks>
    public static double BesselJ(int n, double x)
    {
        if (double.IsNaN(x))
            return x;
        long order = Math.Abs((long)n);
        double sign = (n < 0) != (x < 0) && order % 2 != 0 ? -1 : 1, a = Math.Abs(x);
        if (order == 0)
            return BesselJ0(a);
        if (order == 1)
            return sign * BesselJ1(a);
        if (a == 0 || double.IsInfinity(a))
            return 0;
        if (order < a)
        {
            double before = BesselJ0(a), at = BesselJ1(a);
            for (long k = 1; k < order; k++)
                (before, at) = (at, (2 * k / a * at) - before);
            return sign * at;
        }

        if (a < 1 || order > 4 * a * a)
            return sign * BesselJSeries(order, a);

        // J_n / J_(n-1) by the continued fraction, then down to whichever of J_0 and J_1 is larger.
        double b = 2 * order / a, c = b, d = 0, fraction = b;
        for (int i = 1; i < 1000000; i++)
        {
            b = 2 * (order + i) / a;
            d = 1 / (b - d);
            c = b - (1 / c);
            fraction *= c * d;
            if (Math.Abs((c * d) - 1) < Epsilon)
                break;
        }

        double scaled = 1, upper = 1, lower = fraction, logScale = 0;
        for (long k = order - 1; k >= 1; k--)
        {
            double next = (2 * k / a * lower) - upper;
            upper = lower;
            lower = next;
            if (Math.Abs(lower) > 1E200)
            {
                lower *= 1E-200;
                upper *= 1E-200;
                logScale += 1;
            }
        }

        double zero = BesselJ0(a), one = BesselJ1(a);
        scaled = Math.Abs(zero) > Math.Abs(one) ? zero / lower : one / upper;
        for (; logScale > 0 && scaled != 0; logScale--)
            scaled *= 1E-200;
        return sign * scaled;
    }

    // (x / 2)^n / n! times the sum of (-x^2 / 4)^k / (k! (n + 1)_k), DLMF 10.2.2.
    private static double BesselJSeries(double n, double x)
    {
        double z = -0.25 * x * x, term = 1, sum = 1;
        for (int k = 1; Math.Abs(term) > Epsilon * 0.1; k++)
        {
            term *= z / (k * (n + k));
            sum += term;
        }

        return sum * PowerOverFactorial(0.5 * x, n);
    }

    // h^n / Gamma(n + 1)
    private static double PowerOverFactorial(double h, double n)
    {
        if (n < 150)
        {
            double power = Math.Pow(h, n);
            if (power > SmallestNormal && double.IsFinite(power))
                return power / GammaPositive(n + 1);
        }

        return ((DoubleDouble.Log(h) * n) - LogGammaExact(DoubleDouble.Sum(n, 1))).Exp();
    }

    /// <summary>The Bessel function of the second kind Y_n(x) of integer order, by the recurrence upwards, which is stable. -infinity at 0 (for
    /// even or positive n), NaN below.</summary>
    /// <param name="n">The order.</param>
    /// <param name="x">The argument.</param>
    public static double BesselY(int n, double x)
    {
        long order = Math.Abs((long)n);
        double sign = n < 0 && order % 2 != 0 ? -1 : 1;
        if (order == 0)
            return BesselY0(x);
        if (!(x > 0) || order == 1)
            return sign * BesselY1(x);
        double before = BesselY0(x), at = BesselY1(x);
        for (long k = 1; k < order && !double.IsInfinity(at); k++)
            (before, at) = (at, (2 * k / x * at) - before);
        return sign * at;
    }
}
