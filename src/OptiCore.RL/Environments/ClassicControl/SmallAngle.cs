using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using OptiCore.Numerics;

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

    /// <summary>Sine and cosine of an angle.</summary>
    /// <param name="x">The angle.</param>
    public static (double Sin, double Cos) SinCos(double x)
    {
        if (!(Math.Abs(x) <= Limit))
            return Math.SinCos(x);
        SinCos(new Real(x), out Real sin, out Real cos);
        return (sin, cos);
    }

    /// <summary>Sine and cosine of each lane.</summary>
    /// <param name="x">The angles.</param>
    /// <param name="sin">Their sines.</param>
    /// <param name="cos">Their cosines.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SinCos(Real8 x, out Real8 sin, out Real8 cos)
    {
        SinCos<Real8>(x, out sin, out cos);

        // The negation catches NaN, which the library functions pass on.
        Vector256<double> limit = Vector256.Create(Limit);
        if (!Vector256.LessThanOrEqualAll(Vector256.Abs(x.Low), limit) || !Vector256.LessThanOrEqualAll(Vector256.Abs(x.High), limit))
            Patch(x, ref sin, ref cos);
    }

    /// <summary>Sine and cosine of angles of at most 1/4; of others the polynomials' values.</summary>
    /// <param name="x">The angles.</param>
    /// <param name="sin">Their sines.</param>
    /// <param name="cos">Their cosines.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SinCos<T>(T x, out T sin, out T cos) where T : struct, IReal<T>
    {
        T z = x * x;
        T s = (z * (-1.0 / 39916800)) + (1.0 / 362880);
        s = (s * z) + (-1.0 / 5040);
        s = (s * z) + (1.0 / 120);
        s = (s * z) + (-1.0 / 6);
        sin = x + (x * (z * s));

        T c = (z * (1.0 / 479001600)) + (-1.0 / 3628800);
        c = (c * z) + (1.0 / 40320);
        c = (c * z) + (-1.0 / 720);
        c = (c * z) + (1.0 / 24);
        c = (c * z) + -0.5;
        cos = 1 + (z * c);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Patch(Real8 x, ref Real8 sin, ref Real8 cos)
    {
        Span<double> sines = stackalloc double[Real8.Count], cosines = stackalloc double[Real8.Count];
        for (int lane = 0; lane < Real8.Count; lane++)
            (sines[lane], cosines[lane]) = Math.Abs(x[lane]) <= Limit ? (sin[lane], cos[lane]) : Math.SinCos(x[lane]);
        sin = Real8.Of(sines)[0];
        cos = Real8.Of(cosines)[0];
    }
}
