using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;

namespace OptiCore.Differentiation;

/// <content>What generic math asks of every number.</content>
public readonly partial struct Interval : INumberBase<Interval>, IComparisonOperators<Interval, Interval, bool>
{
    /// <summary>[1, 1].</summary>
    public static Interval One => new(1, 1);

    /// <summary>[0, 0].</summary>
    public static Interval Zero => default;

    static Interval IAdditiveIdentity<Interval, Interval>.AdditiveIdentity => Zero;

    static Interval IMultiplicativeIdentity<Interval, Interval>.MultiplicativeIdentity => One;

    static int INumberBase<Interval>.Radix => 2;

    /// <summary>The absolute values.</summary>
    /// <param name="x">The interval.</param>
    public static Interval Abs(Interval x) => x.IsEmpty ? Empty : new(x.Mignitude, x.Magnitude);

    /// <summary>The signs -1, 0 and 1 of the members, as an interval.</summary>
    /// <param name="x">The interval.</param>
    public static Interval Sign(Interval x) => x.IsEmpty ? Empty : new(Math.Sign(x.Low), Math.Sign(x.High));

    /// <summary>The larger number of each pair.</summary>
    /// <param name="x">An interval.</param>
    /// <param name="y">Another one.</param>
    public static Interval Max(Interval x, Interval y) => new(Math.Max(x.Low, y.Low), Math.Max(x.High, y.High));

    /// <summary>The smaller number of each pair.</summary>
    /// <param name="x">An interval.</param>
    /// <param name="y">Another one.</param>
    public static Interval Min(Interval x, Interval y) => new(Math.Min(x.Low, y.Low), Math.Min(x.High, y.High));

    static Interval INumberBase<Interval>.MaxMagnitude(Interval x, Interval y) => Further(x, y, nearer: false);

    static Interval INumberBase<Interval>.MaxMagnitudeNumber(Interval x, Interval y) => x.IsEmpty ? y : y.IsEmpty ? x : Further(x, y, nearer: false);

    static Interval INumberBase<Interval>.MinMagnitude(Interval x, Interval y) => Further(x, y, nearer: true);

    static Interval INumberBase<Interval>.MinMagnitudeNumber(Interval x, Interval y) => x.IsEmpty ? y : y.IsEmpty ? x : Further(x, y, nearer: true);

    static Interval IIncrementOperators<Interval>.operator ++(Interval x) => x + One;

    static Interval IDecrementOperators<Interval>.operator --(Interval x) => x - One;

    static Interval IUnaryPlusOperators<Interval, Interval>.operator +(Interval x) => x;

    // What a number is: questions about every member, which throw like comparisons where members differ.
    static bool INumberBase<Interval>.IsNegative(Interval value) => value < Zero;

    static bool INumberBase<Interval>.IsPositive(Interval value) => value >= Zero;

    static bool INumberBase<Interval>.IsZero(Interval value) => value.Low == 0 && value.High == 0;

    static bool INumberBase<Interval>.IsNaN(Interval value) => value.IsEmpty;

    static bool INumberBase<Interval>.IsFinite(Interval value) => !value.IsEmpty;

    static bool INumberBase<Interval>.IsRealNumber(Interval value) => !value.IsEmpty;

    static bool INumberBase<Interval>.IsInfinity(Interval value) => false;

    static bool INumberBase<Interval>.IsNegativeInfinity(Interval value) => false;

    static bool INumberBase<Interval>.IsPositiveInfinity(Interval value) => false;

    static bool INumberBase<Interval>.IsCanonical(Interval value) => true;

    static bool INumberBase<Interval>.IsComplexNumber(Interval value) => false;

    static bool INumberBase<Interval>.IsImaginaryNumber(Interval value) => false;

    static bool INumberBase<Interval>.IsInteger(Interval value) => value.IsPoint && double.IsInteger(value.Low);

    static bool INumberBase<Interval>.IsEvenInteger(Interval value) => value.IsPoint && double.IsEvenInteger(value.Low);

    static bool INumberBase<Interval>.IsOddInteger(Interval value) => value.IsPoint && double.IsOddInteger(value.Low);

    static bool INumberBase<Interval>.IsNormal(Interval value) => value.IsPoint && double.IsNormal(value.Low);

    static bool INumberBase<Interval>.IsSubnormal(Interval value) => value.IsPoint && double.IsSubnormal(value.Low);

    /// <summary>Whether there is a number from <see cref="Parse"/>'s form; see there.</summary>
    /// <param name="text">The text.</param>
    /// <param name="result">The interval, or the empty set.</param>
    public static bool TryParse(ReadOnlySpan<char> text, out Interval result) => TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out result);

    /// <summary>
    /// Reads <c>1.5</c>, <c>[0.1, 0.3]</c>, <c>[empty]</c> or <c>[entire]</c>. Numbers of digits alone are taken as they are if a double can be, others are enclosed by
    /// the doubles below and above, as 0.1 isn't one.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <exception cref="FormatException">It isn't of this form.</exception>
    public static Interval Parse(ReadOnlySpan<char> text) => Read(text, NumberStyles.Float, CultureInfo.InvariantCulture);

    static Interval INumberBase<Interval>.Parse(ReadOnlySpan<char> s, NumberStyles style, IFormatProvider? provider) => Read(s, style, provider);

    static Interval INumberBase<Interval>.Parse(string s, NumberStyles style, IFormatProvider? provider) => Read(Require.NotNull(s), style, provider);

    static Interval ISpanParsable<Interval>.Parse(ReadOnlySpan<char> s, IFormatProvider? provider) => Read(s, NumberStyles.Float, provider);

    static Interval IParsable<Interval>.Parse(string s, IFormatProvider? provider) => Read(Require.NotNull(s), NumberStyles.Float, provider);

    static bool INumberBase<Interval>.TryParse(ReadOnlySpan<char> s, NumberStyles style, IFormatProvider? provider, out Interval result) => TryParse(s, style, provider, out result);

    static bool INumberBase<Interval>.TryParse([NotNullWhen(true)] string? s, NumberStyles style, IFormatProvider? provider, out Interval result) => TryParse(s, style, provider, out result);

    static bool ISpanParsable<Interval>.TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out Interval result) => TryParse(s, NumberStyles.Float, provider, out result);

    static bool IParsable<Interval>.TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out Interval result) => TryParse(s, NumberStyles.Float, provider, out result);

    /// <summary>[low, high] in a format of doubles.</summary>
    /// <param name="format">The format of the bounds.</param>
    /// <param name="formatProvider">The culture.</param>
    public string ToString(string? format, IFormatProvider? formatProvider) =>
        IsEmpty ? "[empty]" : $"[{Low.ToString(format, formatProvider)}, {High.ToString(format, formatProvider)}]";

    bool ISpanFormattable.TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format, IFormatProvider? provider)
    {
        string text = ToString(format.ToString(), provider);
        bool fits = text.TryCopyTo(destination);
        charsWritten = fits ? text.Length : 0;
        return fits;
    }

    static bool INumberBase<Interval>.TryConvertFromChecked<TOther>(TOther value, out Interval result) => TryConvert(value, double.CreateChecked(value), out result);

    static bool INumberBase<Interval>.TryConvertFromSaturating<TOther>(TOther value, out Interval result) => TryConvert(value, double.CreateSaturating(value), out result);

    static bool INumberBase<Interval>.TryConvertFromTruncating<TOther>(TOther value, out Interval result) => TryConvert(value, double.CreateTruncating(value), out result);

    static bool INumberBase<Interval>.TryConvertToChecked<TOther>(Interval value, [MaybeNullWhen(false)] out TOther result)
    {
        result = value.IsPoint ? TOther.CreateChecked(value.Low) : throw new OverflowException($"{value} is not one number and converts to none; take its midpoint or a bound.");
        return true;
    }

    static bool INumberBase<Interval>.TryConvertToSaturating<TOther>(Interval value, [MaybeNullWhen(false)] out TOther result)
    {
        result = TOther.CreateSaturating(value.Midpoint);
        return true;
    }

    static bool INumberBase<Interval>.TryConvertToTruncating<TOther>(Interval value, [MaybeNullWhen(false)] out TOther result)
    {
        result = TOther.CreateTruncating(value.Midpoint);
        return true;
    }

    /// <summary>Of each pair, the number further from 0, or nearer to it; of equally far ones either.</summary>
    private static Interval Further(Interval x, Interval y, bool nearer)
    {
        if (x.IsEmpty || y.IsEmpty)
            return Empty;
        Interval left = Abs(x), right = Abs(y);
        bool onlyX = nearer ? left.High < right.Low : left.Low > right.High, onlyY = nearer ? right.High < left.Low : right.Low > left.High;
        if (onlyX || onlyY)
            return onlyX ? x : y;

        // Either may be chosen, but none beyond what the sizes allow.
        double far = nearer ? Math.Min(left.High, right.High) : double.PositiveInfinity;
        return Intersect(Hull(x, y), new(-far, far));
    }

    private static bool TryConvert<TOther>(TOther value, double rounded, out Interval result) where TOther : INumberBase<TOther>
    {
        // Other types have more digits than a double, or decimal ones: the double is a neighbour, unless the number is a small integer.
        bool exact = typeof(TOther) == typeof(float) || typeof(TOther) == typeof(Half) || typeof(TOther) == typeof(double) || (TOther.IsInteger(value) && Math.Abs(rounded) < 1L << 53);
        result = double.IsNaN(rounded) ? Empty
            : exact && double.IsFinite(rounded) ? new(rounded, rounded)
            : new(Outward.Down(rounded, 1), Outward.Up(rounded, 1));
        return true;
    }

    private static Interval Read(ReadOnlySpan<char> text, NumberStyles style, IFormatProvider? provider) => TryParse(text, style, provider, out Interval result)
        ? result
        : throw new FormatException($"'{text}' is no interval: expected a number, [low, high], [empty] or [entire].");

    private static bool TryParse(ReadOnlySpan<char> text, NumberStyles style, IFormatProvider? provider, out Interval result)
    {
        result = Empty;
        text = text.Trim();
        if (text is not ['[', .. var inner, ']'])
        {
            bool read = TryBound(text, style, provider, out Interval point) && point.Low < double.PositiveInfinity && point.High > double.NegativeInfinity;
            result = read ? point : Empty;
            return read;
        }

        inner = inner.Trim();
        if (inner.Equals("empty", StringComparison.OrdinalIgnoreCase))
            return true;
        if (inner.Equals("entire", StringComparison.OrdinalIgnoreCase))
        {
            result = Entire;
            return true;
        }

        int comma = inner.IndexOf(',');
        if (comma < 0 || !TryBound(inner[..comma], style, provider, out Interval low) || !TryBound(inner[(comma + 1)..], style, provider, out Interval high)
            || !(low.Low <= high.High) || double.IsPositiveInfinity(low.Low) || double.IsNegativeInfinity(high.High))
            return false;
        result = new(low.Low, high.High);
        return true;
    }

    /// <summary>A number between bounds, or an infinity as both of them.</summary>
    private static bool TryBound(ReadOnlySpan<char> text, NumberStyles style, IFormatProvider? provider, out Interval bound)
    {
        bool read = double.TryParse(text, style, provider, out double value) && !double.IsNaN(value);
        bool digits = text.Trim().TrimStart("+-").IndexOfAnyExceptInRange('0', '9') < 0;

        // A number too large for a double reads as an infinity, which is still a bound of it on one side.
        bool infinite = double.IsInfinity(value) && text.IndexOfAnyInRange('0', '9') < 0;
        bool exact = infinite || (digits && Math.Abs(value) < 1L << 53);
        bound = exact ? new(value, value) : new(Outward.Down(value, 1), Outward.Up(value, 1));
        return read;
    }
}
