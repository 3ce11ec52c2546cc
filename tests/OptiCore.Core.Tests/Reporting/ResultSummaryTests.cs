using System.Globalization;
using OptiCore.Reporting;

namespace OptiCore.Core.Tests.Reporting;

public class ResultSummaryTests
{
    [Fact]
    public void ValuesAreAlignedUnderTheHeading()
    {
        ResultSummary summary = new ResultSummary("Converged.").Add("value", 0.1 + 0.2).Add<double>("the point", [1, -2.5, 1e-9]).Add("note", "none");
        Assert.Equal("Converged.\n  value      0.3\n  the point  [1, -2.5, 1e-09]\n  note       none\n", summary.ToString());
        Assert.Equal(["value", "the point", "note"], summary.Rows.Select(r => r.Key));
    }

    [Fact]
    public void LongVectorsAreAbridged()
    {
        double[] eight = [0, 1, 2, 3, 4, 5, 6, 7], nine = [.. eight, 8];
        Assert.Equal("[0, 1, 2, 3, 4, 5, 6, 7]", new ResultSummary("").Add<double>("x", eight).Rows[0].Value);
        Assert.Equal("[0, 1, 2, 3, 4, 5, ..., 8] (9 elements)", new ResultSummary("").Add<double>("x", nine).Rows[0].Value);
        Assert.Equal("[]", new ResultSummary("").Add<float>("x", []).Rows[0].Value);
    }

    [Theory]
    [InlineData(0, "0 us")]
    [InlineData(0.000123, "123 us")]
    [InlineData(0.0123, "12.3 ms")]
    [InlineData(1.5, "1.5 s")]
    [InlineData(119.4, "119 s")]
    [InlineData(3725, "01:02:05")]
    public void TimesAreReadable(double seconds, string text) => Assert.Equal(text, new ResultSummary("").Add("time", TimeSpan.FromSeconds(seconds)).Rows[0].Value);

    [Fact]
    public void TheTextIsTheSameInEveryCulture()
    {
        CultureInfo before = CultureInfo.CurrentCulture, commas = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        commas.NumberFormat.NumberDecimalSeparator = ",";
        try
        {
            CultureInfo.CurrentCulture = commas;
            Assert.Equal("\n  value  1.5\n  x      [1.5, 2.5]\n  time   1.5 s\n", new ResultSummary("").Add("value", 1.5).Add<double>("x", [1.5, 2.5]).Add("time", TimeSpan.FromSeconds(1.5)).ToString());
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
