using System.Numerics;

namespace OptiCore.RootFinding;

/// <summary>The roots of quadratic and cubic polynomials with real coefficients, without the cancellation of the textbook formulas.</summary>
public static class ClosedFormRoots
{
    /// <summary>
    /// The two roots of a x^2 + b x + c. The discriminant is computed by fused multiply-adds to full accuracy (Kahan 2004, On the cost of
    /// floating-point computation without extra-precise arithmetic), and the smaller root from the product of both.
    /// </summary>
    /// <remarks>Coefficients are scaled by powers of two first. Roots differ from the exact ones by a few units of rounding.</remarks>
    /// <param name="a">The coefficient of x^2; if zero one root is infinite, and if b is zero too both are.</param>
    /// <param name="b">The coefficient of x.</param>
    /// <param name="c">The constant.</param>
    /// <returns>The roots: real ones by increasing value, complex ones with the negative imaginary part first.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A coefficient isn't finite.</exception>
    public static (Complex First, Complex Second) Quadratic(double a, double b, double c)
    {
        Require.Finite(a);
        Require.Finite(b);
        Require.Finite(c);
        if (a == 0)
            return b == 0 ? (double.PositiveInfinity, double.PositiveInfinity) : ((Complex)(-c / b), double.PositiveInfinity);
        if (c == 0)
            return Ordered(0, -b / a);
        // x = 2^s y with s such that the coefficients of y^2 and 1 have about the same size; then all of them near 1.
        int shift = (Math.ILogB(c) - Math.ILogB(a)) / 2;
        int level = Math.ILogB(a) + (2 * shift);
        double A = Math.ScaleB(a, (2 * shift) - level), B = -0.5 * Scale(b, shift - level), C = Scale(c, -level);
        if (Math.Abs(B) > 1e150)
            return Ordered(-b / a, -c / b);
        double discriminant = Discriminant(A, B, C);
        if (discriminant < 0)
        {
            double real = Scale(B / A, shift), imaginary = Math.Abs(Scale(Math.Sqrt(-discriminant) / A, shift));
            return (new Complex(real, -imaginary), new Complex(real, imaginary));
        }

        double s = B + Math.CopySign(Math.Sqrt(discriminant), B);
        return Ordered(Scale(s / A, shift), Scale(C / s, shift));
    }

    /// <summary>
    /// The three roots of a x^3 + b x^2 + c x + d: a real root by Newton's method from a start beyond it, from where it converges monotonically, and
    /// the others from the deflated quadratic. Kahan (1986), To solve a real cubic equation.
    /// </summary>
    /// <remarks>Deflation starts from whichever end of the coefficients is stable. Cost about 6 to 10 Newton steps.</remarks>
    /// <param name="a">The coefficient of x^3; if zero the roots of the quadratic and an infinite one are returned.</param>
    /// <param name="b">The coefficient of x^2.</param>
    /// <param name="c">The coefficient of x.</param>
    /// <param name="d">The constant.</param>
    /// <returns>The roots: three real ones by increasing value, or the real one and then the complex pair.</returns>
    /// <exception cref="ArgumentOutOfRangeException">A coefficient isn't finite.</exception>
    public static (Complex First, Complex Second, Complex Third) Cubic(double a, double b, double c, double d)
    {
        Require.Finite(a);
        Require.Finite(b);
        Require.Finite(c);
        Require.Finite(d);
        if (a == 0)
        {
            (Complex u, Complex v) = Quadratic(b, c, d);
            return (u, v, double.PositiveInfinity);
        }

        double x, b1, c2;
        if (d == 0)
            (x, b1, c2) = (0, b, c);
        else
        {
            x = -(b / a) / 3;
            (double value, double slope, b1, c2) = Evaluate(x, a, b, c, d);
            double t = value / a, r = Math.Cbrt(Math.Abs(t)), sign = t < 0 ? -1 : 1;
            t = -slope / a;
            if (t > 0)
                r = 1.324718 * Math.Max(r, Math.Sqrt(t));
            double start = x - (sign * r);
            if (start != x)
            {
                do
                {
                    x = start;
                    (value, slope, b1, c2) = Evaluate(x, a, b, c, d);
                    start = slope == 0 ? x : x - (value / slope / (1 + Roots.Epsilon));
                }
                while (sign * start > sign * x);

                if (Math.Abs(a) * x * x > Math.Abs(d / x))
                {
                    c2 = -d / x;
                    b1 = (c2 - c) / x;
                }
            }
        }

        (Complex first, Complex second) = Quadratic(a, b1, c2);
        if (first.Imaginary != 0)
            return (x, first, second);
        (double lower, double middle, double upper) = (x, first.Real, second.Real);
        if (lower > middle)
            (lower, middle) = (middle, lower);
        if (middle > upper)
            (middle, upper) = (upper, middle);
        if (lower > middle)
            (lower, middle) = (middle, lower);
        return (lower, middle, upper);
    }

    private static (double Value, double Slope, double B1, double C2) Evaluate(double x, double a, double b, double c, double d)
    {
        double leading = a * x, b1 = leading + b, c2 = (b1 * x) + c;
        return ((c2 * x) + d, ((leading + b1) * x) + c2, b1, c2);
    }

    // b^2 - a c: where both products are close the difference of their rounding errors, which fused multiply-adds give exactly, is added.
    private static double Discriminant(double a, double b, double c)
    {
        double p = b * b, q = a * c, d = p - q;
        return 3 * Math.Abs(d) >= p + Math.Abs(q) ? d : d + (Math.FusedMultiplyAdd(b, b, -p) - Math.FusedMultiplyAdd(a, c, -q));
    }

    private static double Scale(double x, int exponent) => Math.ScaleB(x, exponent);

    private static (Complex First, Complex Second) Ordered(double u, double v) => u <= v ? (u, v) : (v, u);
}
