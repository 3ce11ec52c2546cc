using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace OptiCore;

/// <summary>
/// Argument checks that return the value they accept, so that an options record validates in its <c>init</c> accessors:
/// <code>public double LearningRate { get; init => field = Require.Positive(value); } = 1e-3;</code>
/// The exception names the member, the value and what was expected.
/// </summary>
public static class Require
{
    /// <summary>Accepts a finite value greater than zero.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero, negative, NaN or infinite.</exception>
    public static double Positive(double value, [CallerMemberName] string name = "") =>
        value > 0 && double.IsFinite(value) ? value : throw Invalid(value, name, "must be positive and finite");

    /// <summary>Accepts a finite value of at least zero.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, NaN or infinite.</exception>
    public static double NonNegative(double value, [CallerMemberName] string name = "") =>
        value >= 0 && double.IsFinite(value) ? value : throw Invalid(value, name, "must be at least 0 and finite");

    /// <summary>Accepts any value but NaN and the infinities.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is NaN or infinite.</exception>
    public static double Finite(double value, [CallerMemberName] string name = "") =>
        double.IsFinite(value) ? value : throw Invalid(value, name, "must be finite");

    /// <summary>Accepts an integer greater than zero.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero or negative.</exception>
    public static int Positive(int value, [CallerMemberName] string name = "") =>
        value > 0 ? value : throw Invalid(value, name, "must be at least 1");

    /// <summary>Accepts an integer greater than zero.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is zero or negative.</exception>
    public static long Positive(long value, [CallerMemberName] string name = "") =>
        value > 0 ? value : throw Invalid(value, name, "must be at least 1");

    /// <summary>Accepts an integer of at least zero.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public static int NonNegative(int value, [CallerMemberName] string name = "") =>
        value >= 0 ? value : throw Invalid(value, name, "must be at least 0");

    /// <summary>Accepts an integer of at least <paramref name="minimum"/>.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller.</exception>
    public static int AtLeast(int value, int minimum, [CallerMemberName] string name = "") =>
        value >= minimum ? value : throw Invalid(value, name, string.Create(CultureInfo.InvariantCulture, $"must be at least {minimum}"));

    /// <summary>Accepts a value of the closed interval [<paramref name="low"/>, <paramref name="high"/>].</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside or is NaN.</exception>
    public static double InClosed(double value, double low, double high, [CallerMemberName] string name = "") =>
        value >= low && value <= high ? value : throw Invalid(value, name, string.Create(CultureInfo.InvariantCulture, $"must lie in [{low}, {high}]"));

    /// <summary>Accepts a value of the open interval (<paramref name="low"/>, <paramref name="high"/>).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside or is NaN.</exception>
    public static double InOpen(double value, double low, double high, [CallerMemberName] string name = "") =>
        value > low && value < high ? value : throw Invalid(value, name, string.Create(CultureInfo.InvariantCulture, $"must lie in ({low}, {high})"));

    /// <summary>Accepts a value of the half-open interval [<paramref name="low"/>, <paramref name="high"/>).</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside or is NaN.</exception>
    public static double InHalfOpen(double value, double low, double high, [CallerMemberName] string name = "") =>
        value >= low && value < high ? value : throw Invalid(value, name, string.Create(CultureInfo.InvariantCulture, $"must lie in [{low}, {high})"));

    /// <summary>Accepts a value of the half-open interval (<paramref name="low"/>, <paramref name="high"/>].</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside or is NaN.</exception>
    public static double InOpenClosed(double value, double low, double high, [CallerMemberName] string name = "") =>
        value > low && value <= high ? value : throw Invalid(value, name, string.Create(CultureInfo.InvariantCulture, $"must lie in ({low}, {high}]"));

    /// <summary>Accepts a defined member of an enumeration.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not defined.</exception>
    public static TEnum Defined<TEnum>(TEnum value, [CallerMemberName] string name = "") where TEnum : struct, Enum =>
        Enum.IsDefined(value) ? value : throw Invalid(value, name, "must be a defined " + typeof(TEnum).Name);

    /// <summary>Accepts a reference that is not null.</summary>
    /// <exception cref="ArgumentNullException">The reference is null.</exception>
    [return: NotNull]
    public static TReference NotNull<TReference>([NotNull] TReference? value, [CallerArgumentExpression(nameof(value))] string? name = null)
        where TReference : class =>
        value ?? throw new ArgumentNullException(name);

    /// <summary>Checks that two lengths agree.</summary>
    /// <exception cref="ArgumentException">They don't; the message names the argument and both lengths.</exception>
    public static void Length(int actual, int expected, string name)
    {
        if (actual != expected)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name} has {actual} elements, expected {expected}."), name);
    }

    /// <summary>Checks that every element is finite.</summary>
    /// <exception cref="ArgumentException">One is not; the message names the argument, the index and the value.</exception>
    public static void AllFinite<T>(ReadOnlySpan<T> values, string name) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (!T.IsFinite(values[i]))
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name}[{i}] is {values[i]}; every element must be finite."), name);
        }
    }

    private static ArgumentOutOfRangeException Invalid(object value, string name, string expectation) =>
        new(name, value, string.Create(CultureInfo.InvariantCulture, $"{name} is {value} but {expectation}."));
}
