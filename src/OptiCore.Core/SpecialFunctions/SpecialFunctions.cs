using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace OptiCore;

/// <summary>
/// The special functions of statistics and mathematical physics for real arguments in double precision, over the whole range of doubles: gamma and
/// beta functions with their incomplete forms and inverses, error function and normal distribution, Bessel functions, zeta, Lambert W,
/// exponential and elliptic integrals, and the logarithmic and exponential forms that sums of probabilities need.
/// </summary>
/// <remarks>
/// <para>
/// Accuracy. Every function meets 1e-13 relative to the exact value at the given doubles, most of them a few units in the last place, with two kinds of
/// exceptions. Next to a zero that isn't named in a member's remarks the absolute error, relative to the function's size around the zero, is what
/// is kept. An inverse is as accurate as its problem is conditioned: a relative error e of the probability moves the result x by e P / (x P').
/// Results below the smallest normal double are right to a few units of the smallest subnormal one.
/// </para>
/// <para>
/// Arguments outside of the domain give NaN, poles an infinity, NaN gives NaN; nothing throws except where a span or an integer count is an argument.
/// Nothing allocates. The functions rest on <see cref="Math.Exp"/>, <see cref="Math.Log(double)"/>, <see cref="Math.Pow"/>, <see cref="Math.Sin"/> and
/// <see cref="Math.Cos"/> of the platform, so the last bits of a result may differ between operating systems, not between processors of one system
/// with the same C library.
/// </para>
/// <para>
/// Sources that are common to all: NIST Digital Library of Mathematical Functions (DLMF), dlmf.nist.gov; A. Gil, J. Segura, N. M. Temme (2007),
/// Numerical Methods for Special Functions. The rational approximations are own interpolants at Chebyshev points.
/// </para>
/// </remarks>
public static partial class SpecialFunctions
{
    private const double Euler = 0.5772156649015329, SqrtPi = 1.772453850905516, LogSqrtTwoPi = 0.9189385332046728, LogPi = 1.1447298858494002;
    private const double SqrtTwoPi = 2.5066282746310002, SqrtHalf = 0.7071067811865476, Sqrt2 = 1.4142135623730951, Log2 = 0.6931471805599453;
    private const double Epsilon = 2.220446049250313E-16, SmallestNormal = 2.2250738585072014E-308;

    // P(x) / Q(x), whose coefficients in rising powers lie as pairs (p, q): four chains at once, of the even and of the odd powers of both.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Ratio(ReadOnlySpan<double> pairs, double x)
    {
        ref double first = ref MemoryMarshal.GetReference(pairs);
        nuint i = (nuint)pairs.Length - 4;
        Vector256<double> sum = Vector256.LoadUnsafe(ref first, i), square = Vector256.Create(x * x);
        while (i > 0)
        {
            i -= 4;
            sum = Vector256.FusedMultiplyAdd(sum, square, Vector256.LoadUnsafe(ref first, i));
        }

        Vector128<double> both = Vector128.FusedMultiplyAdd(sum.GetUpper(), Vector128.Create(x), sum.GetLower());
        return both[0] / both[1];
    }

    // sin(pi x) and tan(pi x) with the reduction done on x, where it is exact.
    private static double SinPi(double x)
    {
        double r = x - (2 * Math.Round(0.5 * x));
        double a = Math.Abs(r);
        double s = a <= 0.25 ? Math.Sin(Math.PI * a) : a < 0.75 ? Math.Cos(Math.PI * (0.5 - a)) : Math.Sin(Math.PI * (1 - a));
        return Math.CopySign(s, r);
    }

    private static double CotPi(double x)
    {
        double r = x - Math.Round(x);
        double a = Math.Abs(r);
        double c = a <= 0.25 ? 1 / Math.Tan(Math.PI * a) : Math.Tan(Math.PI * (0.5 - a));
        return Math.CopySign(c, r);
    }
}
