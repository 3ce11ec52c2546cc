using System.Numerics;

namespace OptiCore.Differentiation;

public readonly partial struct Interval : IRootFunctions<Interval>, IPowerFunctions<Interval>
{
    private static Interval NonNegative => new(0, double.PositiveInfinity);

    /// <summary>The square x^2, never negative and the tightest.</summary>
    /// <param name="x">The interval.</param>
    public static Interval Square(Interval x)
    {
        double near = x.Mignitude, far = x.Magnitude;
        return x.IsEmpty ? Empty : new(Outward.MultiplyDown(near, near), Outward.MultiplyUp(far, far));
    }

    /// <summary>The square roots of the members from 0, the tightest.</summary>
    /// <param name="x">The interval.</param>
    public static Interval Sqrt(Interval x)
    {
        x = Intersect(x, NonNegative);
        return x.IsEmpty ? Empty : new(Outward.SqrtDown(x.Low), Outward.SqrtUp(x.High));
    }

    /// <summary>The real cube root.</summary>
    /// <param name="x">The interval.</param>
    public static Interval Cbrt(Interval x) => RootN(x, 3);

    /// <summary>The real n-th root: of all numbers for odd n, of those from 0 for even n; its reciprocal for negative n.</summary>
    /// <param name="x">The interval.</param>
    /// <param name="n">The degree; for 0 the result is empty.</param>
    public static Interval RootN(Interval x, int n)
    {
        if (n % 2 == 0)
            x = Intersect(x, NonNegative);
        if (x.IsEmpty || n == 0)
            return Empty;
        if (n < 0)
            return n == int.MinValue ? One / Pow(x, 1 / -(double)n) : One / RootN(x, -n);
        return n == 2 ? Sqrt(x) : new(SignedRoot(x.Low, n), -SignedRoot(-x.High, n));
    }

    /// <summary>The length of the hypotenuse sqrt(x^2 + y^2), without overflow on the way.</summary>
    /// <param name="x">A leg.</param>
    /// <param name="y">The other leg.</param>
    public static Interval Hypot(Interval x, Interval y) => x.IsEmpty || y.IsEmpty
        ? Empty
        : new(Length(x.Mignitude, y.Mignitude, up: false), Length(x.Magnitude, y.Magnitude, up: true));

    /// <summary>
    /// The powers x^y: for an exponent that is one whole number, of every x, also negative ones (and 0^0 = 1, as of <see cref="Math.Pow"/>); for other exponents of x &gt; 0, and of x = 0 where y &gt;= 0.
    /// </summary>
    /// <param name="x">The base.</param>
    /// <param name="y">The exponent.</param>
    public static Interval Pow(Interval x, Interval y)
    {
        if (x.IsEmpty || y.IsEmpty)
            return Empty;
        if (y.IsPoint && double.IsInteger(y.Low))
            return WholePower(x, y.Low);
        x = Intersect(x, NonNegative);
        if (x.IsEmpty)
            return Empty;
        if (x.High == 0)
        {
            // 0^y is 0 for y > 0 and, as of Math.Pow, 1 for y = 0.
            Interval zero = y.High > 0 ? x : Empty;
            return y.Contains(0) ? Hull(zero, One) : zero;
        }

        // Monotone in x for each y and in y for each x: the extremes are at corners.
        return new(
            Math.Min(Math.Min(Power(x.Low, y.Low, up: false), Power(x.Low, y.High, up: false)), Math.Min(Power(x.High, y.Low, up: false), Power(x.High, y.High, up: false))),
            Math.Max(Math.Max(Power(x.Low, y.Low, up: true), Power(x.Low, y.High, up: true)), Math.Max(Power(x.High, y.Low, up: true), Power(x.High, y.High, up: true))));
    }

    /// <summary>x^n for a whole number n; as a double it may be larger than any integer type.</summary>
    private static Interval WholePower(Interval x, double n)
    {
        if (n == 0)
            return One;
        if (n < 0)
        {
            // The reciprocal is exact for powers that are; the power itself doesn't overflow on the way.
            Interval power = x.Low < 0 && x.High > 0 && double.IsOddInteger(n) ? Entire
                : x.Low == 0 && x.High == 0 ? Empty
                : x.High <= 0 && double.IsOddInteger(n) ? -Falling(-x, n)
                : Falling(Abs(x), n);
            return n >= -32 ? Intersect(One / WholePower(x, -n), power) : power;
        }

        if (double.IsOddInteger(n))
        {
            return new(
                x.Low >= 0 ? PositivePower(x.Low, n, up: false) : -PositivePower(-x.Low, n, up: true),
                x.High >= 0 ? PositivePower(x.High, n, up: true) : -PositivePower(-x.High, n, up: false));
        }

        return new(PositivePower(x.Mignitude, n, up: false), PositivePower(x.Magnitude, n, up: true));
    }

    /// <summary>x^n for x from 0 and n below 0.</summary>
    private static Interval Falling(Interval x, double n) => new(Power(x.High, n, up: false), Power(x.Low, n, up: true));

    /// <summary>A bound of x^n for x from 0 and a whole n from 1: of Math.Pow, and for small n of repeated squaring as well, which is exact where the power is a double.</summary>
    private static double PositivePower(double x, double n, bool up)
    {
        double bound = Power(x, n, up);
        if (n > 32)
            return bound;

        double power = 1;
        double square = x;
        for (int k = (int)n; ;)
        {
            if ((k & 1) != 0)
                power = up ? Outward.MultiplyUp(power, square) : Outward.MultiplyDown(power, square);
            k >>= 1;
            if (k == 0)
                return up ? Math.Min(bound, power) : Math.Max(bound, power);
            square = up ? Outward.MultiplyUp(square, square) : Outward.MultiplyDown(square, square);
        }
    }

    /// <summary>A bound of x^y for x from 0, at the limits exact.</summary>
    private static double Power(double x, double y, bool up)
    {
        double value = Math.Pow(x, y);
        if (x is 0 or 1 || y == 0 || double.IsInfinity(x) || double.IsInfinity(y))
            return value;
        return up ? Outward.Up(value, Narrow) : Math.Max(0, Outward.Down(value, Narrow));
    }

    /// <summary>A lower bound of the n-th root, n from 3; of negative numbers for odd n.</summary>
    private static double SignedRoot(double x, int n)
    {
        if (x == 0 || double.IsInfinity(x) || x == 1 || x == -1)
            return x;

        // Newton's method brings the guess to within a unit or two; what is returned has been verified by its power.
        double size = Math.Abs(x), root = Math.Pow(size, 1.0 / n);
        double power = Math.Pow(root, n);
        if (double.IsNormal(power))
            root -= root * ((power - size) / power) / n;
        for (long steps = 0; ; steps = steps == 0 ? 1 : 2 * steps)
        {
            if (x > 0)
            {
                double low = Math.Max(0, Outward.Down(root, steps));
                if (PositivePower(low, n, up: true) <= size)
                    return low;
            }
            else
            {
                double high = Outward.Up(root, steps);
                if (PositivePower(high, n, up: false) >= size)
                    return -high;
            }
        }
    }

    /// <summary>A bound of the length of legs from 0.</summary>
    private static double Length(double x, double y, bool up)
    {
        if (x < y)
            (x, y) = (y, x);
        if (y == 0 || double.IsInfinity(x))
            return x;

        // Scaled by a power of two, which is exact for the longer leg and for the shorter one unless it hardly counts.
        const double Tiny = 1.0 / (1UL << 63) / (1UL << 63) / (1UL << 63) / (1UL << 63); // 2^-252
        int exponent = Math.ILogB(x);
        double leg = Math.ScaleB(x, -exponent), other = Math.ScaleB(y, -exponent);
        if (other < Tiny)
            other = up ? Tiny : 0;
        double length = up
            ? Outward.SqrtUp(Outward.AddUp(Outward.MultiplyUp(leg, leg), Outward.MultiplyUp(other, other)))
            : Outward.SqrtDown(Outward.AddDown(Outward.MultiplyDown(leg, leg), Outward.MultiplyDown(other, other)));
        double scaled = Math.ScaleB(length, exponent);

        // Back where subnormal numbers round and large ones overflow.
        if (double.IsInfinity(scaled))
            return up ? scaled : double.MaxValue;
        if (!double.IsNormal(scaled))
            scaled = up ? Math.BitIncrement(scaled) : Math.BitDecrement(scaled);
        return Math.Max(x, scaled);
    }
}
