namespace OptiCore.Core.Tests.Tensors;

public class RequireTests
{
    [Fact]
    public void AcceptedValuesAreReturned()
    {
        Assert.Equal(2.5, Require.Positive(2.5));
        Assert.Equal(0, Require.NonNegative(0.0));
        Assert.Equal(-1, Require.Finite(-1));
        Assert.Equal(1, Require.Positive(1));
        Assert.Equal(1L, Require.Positive(1L));
        Assert.Equal(0, Require.NonNegative(0));
        Assert.Equal(2, Require.AtLeast(2, 2));
        Assert.Equal(1, Require.InClosed(1, 0, 1));
        Assert.Equal(0.5, Require.InOpen(0.5, 0, 1));
        Assert.Equal(0, Require.InHalfOpen(0, 0, 1));
        Assert.Equal(DayOfWeek.Friday, Require.Defined(DayOfWeek.Friday));
        Require.Length(3, 3, "x");
        Require.AllFinite<float>([1, float.MaxValue], "x");
    }

    [Fact]
    public void RefusedValuesAreNamedWithWhatWasExpected()
    {
        (Action Check, string Expectation)[] refused =
        [
            (() => Require.Positive(0.0, "p"), "positive"), (() => Require.Positive(double.NaN, "p"), "positive"), (() => Require.Positive(double.PositiveInfinity, "p"), "finite"),
            (() => Require.NonNegative(-1e-300, "p"), "at least 0"), (() => Require.NonNegative(double.NaN, "p"), "at least 0"),
            (() => Require.Finite(double.NegativeInfinity, "p"), "finite"), (() => Require.Positive(0, "p"), "at least 1"), (() => Require.Positive(-1L, "p"), "at least 1"),
            (() => Require.NonNegative(-1, "p"), "at least 0"), (() => Require.AtLeast(1, 2, "p"), "at least 2"),
            (() => Require.InClosed(1.0001, 0, 1, "p"), "[0, 1]"), (() => Require.InClosed(double.NaN, 0, 1, "p"), "[0, 1]"), (() => Require.InOpen(0, 0, 1, "p"), "(0, 1)"),
            (() => Require.InHalfOpen(1, 0, 1, "p"), "[0, 1)"), (() => Require.Defined((DayOfWeek)9, "p"), "DayOfWeek"),
        ];
        foreach ((Action check, string expectation) in refused)
            Assert.Contains(expectation, Assert.Throws<ArgumentOutOfRangeException>("p", check).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentNullException>("p", () => Require.NotNull<string>(null, "p"));
        Assert.Contains("2 elements, expected 3", Assert.Throws<ArgumentException>("p", () => Require.Length(2, 3, "p")).Message, StringComparison.Ordinal);
        Assert.Contains("p[1]", Assert.Throws<ArgumentException>("p", () => Require.AllFinite<double>([1, double.NaN], "p")).Message, StringComparison.Ordinal);
    }
}
