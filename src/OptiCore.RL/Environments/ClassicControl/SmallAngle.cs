using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptiCore.RL.Environments;

/// <summary>
/// Sine and cosine of the small angles of an upright pole, in SIMD lanes, with the same bits for any vector width.
/// </summary>
/// <remarks>
/// For |x| &lt;= 1/4 the Taylor polynomials to x^11 and x^12 in Horner form: the first omitted terms are x^13/13! (relative 1e-17 at 1/4) and x^14/14!
/// (4e-20), below half a unit in the last place. Only multiplications and additions, never fused, so that hardware doesn't matter. Angles beyond 1/4 don't occur
/// in an episode that began upright (it ends at 0.21); a state that was set by hand may have them, and those lanes go through <see cref="Math.SinCos(double)"/>.
/// </remarks>
internal static class SmallAngle
{
    private const double Limit = 0.25;

    /// <summary>Sine and cosine of each lane.</summary>
    /// <param name="x">The angles.</param>
    /// <param name="sin">Their sines.</param>
    /// <param name="cos">Their cosines.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SinCos(Vector<double> x, out Vector<double> sin, out Vector<double> cos)
    {
        Vector<double> z = x * x;
        Vector<double> s = new(-1.0 / 39916800);
        s = (s * z) + new Vector<double>(1.0 / 362880);
        s = (s * z) + new Vector<double>(-1.0 / 5040);
        s = (s * z) + new Vector<double>(1.0 / 120);
        s = (s * z) + new Vector<double>(-1.0 / 6);
        sin = x + (x * (z * s));

        Vector<double> c = new(1.0 / 479001600);
        c = (c * z) + new Vector<double>(-1.0 / 3628800);
        c = (c * z) + new Vector<double>(1.0 / 40320);
        c = (c * z) + new Vector<double>(-1.0 / 720);
        c = (c * z) + new Vector<double>(1.0 / 24);
        c = (c * z) + new Vector<double>(-0.5);
        cos = Vector<double>.One + (z * c);

        // The negation catches NaN, which the library functions pass on.
        if (!Vector.LessThanOrEqualAll(Vector.Abs(x), new Vector<double>(Limit)))
            Patch(x, ref sin, ref cos);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Patch(Vector<double> x, ref Vector<double> sin, ref Vector<double> cos)
    {
        for (int lane = 0; lane < Vector<double>.Count; lane++)
        {
            if (!(Math.Abs(x[lane]) <= Limit))
            {
                (double s, double c) = Math.SinCos(x[lane]);
                sin = sin.WithElement(lane, s);
                cos = cos.WithElement(lane, c);
            }
        }
    }
}
