using System.Globalization;

namespace OptiCore.Differentiation;

/// <summary>
/// A closed interval of real numbers [low, high] whose bounds are doubles, possibly infinite, or the empty set. Computing with intervals bounds the range of a
/// formula over a whole box: whatever real numbers x lie in X, f(x) lies in f(X), rounding errors included.
/// </summary>
/// <remarks>
/// <para>Functions follow IEEE 1788-2015, set-based flavour: f(X) encloses f(x) of all x in X where f is defined, and is empty where it is nowhere. So
/// sqrt([-1, 4]) = [0, 2], 1 / [0, 2] = [0.5, Infinity], 1 / [-1, 1] is the whole line, 1 / [0, 0] is empty. Infinities are bounds, not members. Decorations,
/// which remember that a function wasn't defined everywhere, are not kept. default is [0, 0].</para>
/// <para>Bounds are rounded outward. Sum, difference, product, quotient, square and square root are the tightest doubles (down to 2^-960; one double wider below).
/// The functions of <see cref="Math"/> are not correctly rounded, and no standard bounds their error: the results are widened by 4 doubles each way for exp, log, sin,
/// cos, tan, asin, acos, atan, atan2 and pow, and by 8 for log2, log10, sinh, cosh, tanh, asinh, acosh and atanh. That is at least three times the largest
/// errors that are known of the C libraries below them, under one and under 2.5 units in the last place (GNU), as collected by Gladman, Innocente, Mather and Zimmermann (2024),
/// Accuracy of mathematical functions in single, double, extended double and quadruple precision, hal-03141101; the distance covers a step across a power of two,
/// where units halve. Values that are known to be exact, e^0 = 1 say, and ranges, sine within [-1, 1], stay exact. Everything else is computed from these in interval arithmetic;
/// roots are verified by powers, which needs no trust in any library.</para>
/// <para>The bounds can be wider than the range where a variable occurs several times: x - x is [low - high, high - low]. <see cref="Square"/> and Pow with a whole exponent know
/// their argument once, x * x doesn't. Small boxes give small excess: it shrinks with the width of the box.</para>
/// <para>Comparisons compare the numbers: &lt;, &gt;, == and so on are true or false where that holds for all pairs of members, and throw
/// <see cref="InvalidOperationException"/> where it depends on the pair, as a branch taken either way would lose numbers. With the empty set they are false (!= is true).
/// <see cref="Equals(Interval)"/> compares sets and never throws. <see cref="Elementary"/> needs no branch: its functions, Max and Min included, take intervals and
/// <c>Dual&lt;Interval&gt;</c>, which bounds derivatives.</para>
/// <para>Moore (1966), Interval analysis; Hickey, Ju and van Emden (2001), Interval arithmetic: from principles to implementation, J. ACM 48.</para>
/// </remarks>
public readonly partial struct Interval
{
    private Interval(double low, double high)
    {
        // No negative zero: equal sets have equal bits.
        Low = low + 0.0;
        High = high + 0.0;
    }

    /// <summary>No number at all.</summary>
    public static Interval Empty => new(double.NaN, double.NaN);

    /// <summary>The whole real line.</summary>
    public static Interval Entire => new(double.NegativeInfinity, double.PositiveInfinity);

    /// <summary>The lower bound; NaN of the empty set.</summary>
    public double Low { get; }

    /// <summary>The upper bound; NaN of the empty set.</summary>
    public double High { get; }

    /// <summary>Whether there is no number in it.</summary>
    public bool IsEmpty => double.IsNaN(Low);

    /// <summary>Whether it is the whole real line.</summary>
    public bool IsEntire => double.IsNegativeInfinity(Low) && double.IsPositiveInfinity(High);

    /// <summary>Whether it is one number.</summary>
    public bool IsPoint => Low == High;

    /// <summary>Whether both bounds are finite; the empty set is bounded.</summary>
    public bool IsBounded => !double.IsInfinity(Low) && !double.IsInfinity(High);

    /// <summary>high - low, rounded up; NaN of the empty set.</summary>
    public double Width => IsEmpty ? double.NaN : Outward.AddUp(High, -Low);

    /// <summary>
    /// A finite number in the middle: the rounded mean of the bounds; 0 of the whole line, the largest double with the sign of the infinite bound of a half line,
    /// NaN of the empty set.
    /// </summary>
    public double Midpoint
    {
        get
        {
            if (IsBounded)
                return double.IsFinite(Low + High) ? (Low + High) / 2 : (Low / 2) + (High / 2);
            return IsEntire ? 0 : double.IsInfinity(High) ? double.MaxValue : double.MinValue;
        }
    }

    /// <summary>The smallest radius r such that [midpoint - r, midpoint + r] holds the interval; NaN of the empty set.</summary>
    public double Radius => IsEmpty ? double.NaN : Math.Max(Outward.AddUp(Midpoint, -Low), Outward.AddUp(High, -Midpoint));

    /// <summary>The largest absolute value; NaN of the empty set.</summary>
    public double Magnitude => Math.Max(Math.Abs(Low), Math.Abs(High));

    /// <summary>The smallest absolute value; NaN of the empty set.</summary>
    public double Mignitude => Contains(0) ? 0 : Math.Min(Math.Abs(Low), Math.Abs(High));

    /// <summary>The interval [low, high].</summary>
    /// <param name="low">The lower bound; may be -Infinity.</param>
    /// <param name="high">The upper bound; may be Infinity.</param>
    /// <exception cref="ArgumentException">low isn't at most high, or one is NaN, or both are the same infinity.</exception>
    public static Interval Create(double low, double high) => low <= high && low < double.PositiveInfinity && high > double.NegativeInfinity
        ? new(low, high)
        : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"[{low}, {high}] is no interval: the lower bound must be at most the upper one, neither NaN, and some number between them."), nameof(low));

    /// <summary>The interval of one number. A decimal such as 0.1 is no double: the interval holds the double.</summary>
    /// <param name="value">The number.</param>
    /// <exception cref="ArgumentException">It is NaN or infinite.</exception>
    public static Interval Point(double value) => Create(value, value);

    /// <summary>The interval of one number.</summary>
    /// <param name="value">The number.</param>
    /// <exception cref="ArgumentException">It is NaN or infinite.</exception>
    public static implicit operator Interval(double value) => Create(value, value);

    /// <summary>Whether a number lies in the interval; no infinity and no NaN does.</summary>
    /// <param name="value">The number.</param>
    public bool Contains(double value) => Low <= value && value <= High && double.IsFinite(value);

    /// <summary>Whether another interval is a subset; the empty set is one of every set.</summary>
    /// <param name="other">The other interval.</param>
    public bool Contains(Interval other) => other.IsEmpty || (Low <= other.Low && other.High <= High);

    /// <summary>Whether some number lies in both.</summary>
    /// <param name="other">The other interval.</param>
    public bool Overlaps(Interval other) => Low <= other.High && other.Low <= High;

    /// <summary>The numbers in both intervals.</summary>
    /// <param name="x">An interval.</param>
    /// <param name="y">Another one.</param>
    public static Interval Intersect(Interval x, Interval y) => x.Overlaps(y) ? new(Math.Max(x.Low, y.Low), Math.Min(x.High, y.High)) : Empty;

    /// <summary>The smallest interval that holds both.</summary>
    /// <param name="x">An interval.</param>
    /// <param name="y">Another one.</param>
    public static Interval Hull(Interval x, Interval y) => x.IsEmpty ? y : y.IsEmpty ? x : new(Math.Min(x.Low, y.Low), Math.Max(x.High, y.High));

    /// <summary>The sum.</summary>
    public static Interval operator +(Interval x, Interval y) =>
        x.IsEmpty || y.IsEmpty ? Empty : new(Outward.AddDown(x.Low, y.Low), Outward.AddUp(x.High, y.High));

    /// <summary>The difference.</summary>
    public static Interval operator -(Interval x, Interval y) =>
        x.IsEmpty || y.IsEmpty ? Empty : new(Outward.AddDown(x.Low, -y.High), Outward.AddUp(x.High, -y.Low));

    /// <summary>The negative.</summary>
    public static Interval operator -(Interval x) => new(-x.High, -x.Low);

    /// <summary>The product; an interval times itself is not <see cref="Square"/>, as the factors are taken to be independent.</summary>
    public static Interval operator *(Interval x, Interval y)
    {
        if (x.IsEmpty || y.IsEmpty)
            return Empty;

        // Bilinear: the extremes are at corners.
        return new(
            Math.Min(
                Math.Min(Outward.MultiplyDown(x.Low, y.Low), Outward.MultiplyDown(x.Low, y.High)),
                Math.Min(Outward.MultiplyDown(x.High, y.Low), Outward.MultiplyDown(x.High, y.High))),
            Math.Max(
                Math.Max(Outward.MultiplyUp(x.Low, y.Low), Outward.MultiplyUp(x.Low, y.High)),
                Math.Max(Outward.MultiplyUp(x.High, y.Low), Outward.MultiplyUp(x.High, y.High))));
    }

    /// <summary>The quotients by all divisors but 0: unbounded if the divisor touches 0, the whole line if it has both signs, empty if it is 0.</summary>
    public static Interval operator /(Interval x, Interval y)
    {
        if (x.IsEmpty || y.IsEmpty || (y.Low == 0 && y.High == 0))
            return Empty;
        if (x.Low == 0 && x.High == 0)
            return x;
        if (y.Low > 0 || y.High < 0)
        {
            return new(
                Math.Min(
                    Math.Min(Outward.DivideDown(x.Low, y.Low), Outward.DivideDown(x.Low, y.High)),
                    Math.Min(Outward.DivideDown(x.High, y.Low), Outward.DivideDown(x.High, y.High))),
                Math.Max(
                    Math.Max(Outward.DivideUp(x.Low, y.Low), Outward.DivideUp(x.Low, y.High)),
                    Math.Max(Outward.DivideUp(x.High, y.Low), Outward.DivideUp(x.High, y.High))));
        }

        if (y.Low < 0 && y.High > 0)
            return Entire;

        // One-sided: y in (0, d] or, with both signs changed, [c, 0).
        if (y.High == 0)
            (x, y) = (-x, -y);
        return x.Low >= 0 ? new(Outward.DivideDown(x.Low, y.High), double.PositiveInfinity)
            : x.High <= 0 ? new(double.NegativeInfinity, Outward.DivideUp(x.High, y.High))
            : Entire;
    }

    /// <summary>Whether every pair of members is equal (both are the same point), or none is.</summary>
    /// <exception cref="InvalidOperationException">Some are and some aren't.</exception>
    public static bool operator ==(Interval x, Interval y) => Decide(x.IsPoint && y.IsPoint && x.Low == y.Low, !x.Overlaps(y), x, y, "==");

    /// <summary>Whether no pair of members is equal, or every one is.</summary>
    /// <exception cref="InvalidOperationException">Some are and some aren't.</exception>
    public static bool operator !=(Interval x, Interval y) => !(x == y);

    /// <summary>Whether every member of x is less than every one of y, or none.</summary>
    /// <exception cref="InvalidOperationException">It depends on the members.</exception>
    public static bool operator <(Interval x, Interval y) => Decide(x.High < y.Low, !(x.Low < y.High), x, y, "<");

    /// <summary>Whether every member of x is greater than every one of y, or none.</summary>
    /// <exception cref="InvalidOperationException">It depends on the members.</exception>
    public static bool operator >(Interval x, Interval y) => Decide(x.Low > y.High, !(x.High > y.Low), x, y, ">");

    /// <summary>Whether every member of x is at most every one of y, or none.</summary>
    /// <exception cref="InvalidOperationException">It depends on the members.</exception>
    public static bool operator <=(Interval x, Interval y) => Decide(x.High <= y.Low, !(x.Low <= y.High), x, y, "<=");

    /// <summary>Whether every member of x is at least every one of y, or none.</summary>
    /// <exception cref="InvalidOperationException">It depends on the members.</exception>
    public static bool operator >=(Interval x, Interval y) => Decide(x.Low >= y.High, !(x.High >= y.Low), x, y, ">=");

    /// <summary>Whether both are the same set.</summary>
    /// <param name="other">The other interval.</param>
    public bool Equals(Interval other) => Low.Equals(other.Low) && High.Equals(other.High);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Interval other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Low, High);

    /// <summary>[low, high], or [empty].</summary>
    public override string ToString() => ToString(null, CultureInfo.InvariantCulture);

    private static bool Decide(bool always, bool never, Interval x, Interval y, string relation) => always || (never ? false : throw new InvalidOperationException(
        $"{x} {relation} {y} holds for some numbers of these intervals and not for others; a formula of intervals must not branch there. Elementary.Max, Min and Abs need no branch."));
}
