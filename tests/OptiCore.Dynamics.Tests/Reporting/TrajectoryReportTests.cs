using System.Xml.Linq;
using OptiCore.Reporting;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.Reporting;

public class TrajectoryReportTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    private static OdeResult Ball() => Ode.Solve(
        new ExplicitRungeKutta(), static (_, y, dy) => (dy[0], dy[1]) = (y[1], -9.81), (0, 3), [1, 0], [.. Enumerable.Range(0, 301).Select(i => 0.01 * i)],
        [new OdeEvent(static (_, y) => y[0]) { Direction = CrossingDirection.Falling, Change = static (_, y) => y[1] *= -0.8 }]);

    [Fact]
    public void APageShowsTheStateOverTimeThePortraitAndTheCost()
    {
        OdeResult ball = Ball();
        string file = Path.GetTempFileName();
        try
        {
            ball.ToReport("A ball", "height", "speed").Save(file);
            string page = File.ReadAllText(file);
            foreach (string text in new[] { "<h1>A ball</h1>", "speed over height", "event 0", "evaluations of f", "Phase portrait" })
                Assert.Contains(text, page, StringComparison.Ordinal);
            Assert.DoesNotContain("<script", page, StringComparison.Ordinal);
            Assert.Equal(2, page.Split("<svg ").Length - 1);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public void APortraitGoesThroughTheStatesAndMarksTheEvents()
    {
        OdeResult ball = Ball();
        XElement root = XElement.Parse(ball.PhasePortrait(0, 1).ToSvg());
        Assert.Equal(1 + ball.Events.Count, root.Descendants(Svg + "circle").Count());
        string path = root.Descendants(Svg + "path").Single().Attribute("d")!.Value;
        Assert.StartsWith($"M{root.Descendants(Svg + "circle").First().Attribute("cx")!.Value} ", path, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => ball.PhasePortrait(0, 2));
        Assert.Equal("names", Assert.Throws<ArgumentException>(() => ball.ToReport("x", "one name")).ParamName);
    }

    [Fact]
    public void ComponentsOfDifferentRangesHaveAxesOfTheirOwn()
    {
        OdeResult result = Ode.Solve(new ExplicitRungeKutta(), static (_, y, dy) => (dy[0], dy[1], dy[2]) = (y[1], -y[0], 0), (0, 1), [1, 0, 1e-5]);
        using var text = new StringWriter();
        result.ToReport("ranges").Write(text);

        // Two over time, three portraits.
        Assert.Equal(5, text.ToString().Split("<svg ").Length - 1);
    }

    [Fact]
    public void ALegendThatIsTooLongGoesOnInTheNextRowAboveTheAxes()
    {
        var chart = new Chart { Height = 300 };
        for (int i = 0; i < 12; i++)
            chart.Line($"a rather long name {i}", [0, 1], [0, i]);
        XElement root = XElement.Parse(chart.ToSvg());
        XElement[] names = [.. root.Descendants(Svg + "text").Where(t => t.Value.StartsWith("a rather", StringComparison.Ordinal))];
        double[] right = [.. names.Select(t => (double)t.Attribute("x")! + (6.6 * t.Value.Length))], rows = [.. names.Select(t => (double)t.Attribute("y")!)];
        Assert.Equal(12, names.Length);
        Assert.All(right, x => Assert.True(x < 720));
        Assert.True(rows.Distinct().Count() >= 3);
        Assert.True((double)root.Descendants(Svg + "clipPath").Single().Element(Svg + "rect")!.Attribute("y")! > rows.Max());
        Assert.Throws<ArgumentOutOfRangeException>(() => new Chart { Height = 100 });
    }

    [Fact]
    public void TighterTolerancesCostMoreAndReachMore()
    {
        IOdeSystem oscillator = OdeSystem.From(2, static (_, y, dy) => (dy[0], dy[1]) = (y[1], -y[0]));
        WorkPrecision comparison = new WorkPrecision(oscillator, (0, 10), [1, 0])
            .Add("Dormand 5", new ExplicitRungeKutta(), 1e-3, 1e-6, 1e-9)
            .Add("Radau", new Radau(), 1e-3, 1e-6);
        Assert.Equal(5, comparison.Points.Count);
        Assert.True(comparison.Points[2].Error < 1e-7 && comparison.Points[2].Error < comparison.Points[1].Error && comparison.Points[1].Error < comparison.Points[0].Error);
        Assert.True(comparison.Points[2].Counts.Evaluations > comparison.Points[1].Counts.Evaluations);
        Assert.True(comparison.Points[3].Counts.Factorizations > 0);
        Assert.Equal(5, comparison.ToTable().Rows.Count);
        Assert.Equal(2, XElement.Parse(comparison.ToChart().ToSvg()).Descendants(Svg + "path").Count());

        // The reference that it computes is the solution.
        WorkPrecision known = new WorkPrecision(oscillator, (0, 10), [1, 0], new[] { Math.Cos(10), -Math.Sin(10) }).Add("Dormand 5", new ExplicitRungeKutta(), 1e-9);
        Promises.Close(known.Points[0].Error, comparison.Points[2].Error, 0.01, 1e-12, "error");
    }
}
