using OptiCore.Problems;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests;

/// <summary>Exponents from one observed variable against those of the equations.</summary>
public class SeriesExponentTests
{
    private static readonly double[] Henon = First(ChaoticMaps.Henon, 3000);
    private static readonly double[] Logistic = First(ChaoticMaps.Logistic, 3000);

    private static double[] First(ChaoticMap map, int length)
    {
        double[] states = new double[length * map.Dimension];
        map.Fill(states);
        return [.. Enumerable.Range(0, length).Select(i => states[i * map.Dimension])];
    }

    /// <summary>Rosenstein, Collins and De Luca (1993) have errors of some per cent for both maps with embedding dimension 2 and fewer samples.</summary>
    [Fact]
    public void RosensteinsSlopeIsTheExponent()
    {
        var method = new RosensteinExponent { EmbeddingDimension = 2, TheilerWindow = 5, Steps = 12 };
        Promises.Close(0.419, method.Divergence(Henon).Fit(1, 7).Slope, 0.05, 0, "Hénon");
        Promises.Close(Math.Log(2), method.Divergence(Logistic).Fit(0, 5).Slope, 0.05, 0, "logistic");

        // In other units of time the slope is as much smaller.
        Promises.Close(method.Divergence(Henon).Fit(1, 7).Slope / 0.25, method.Divergence(Henon, 0.25).Fit(0.25, 1.75).Slope, 1e-12, 0, "interval");
    }

    [Fact]
    public void KantzsSlopeIsTheExponent()
    {
        var method = new KantzExponent { EmbeddingDimension = 2, TheilerWindow = 5, Steps = 10, Radius = 0.01 };
        Promises.Close(0.419, method.Divergence(Henon).Fit(1, 6).Slope, 0.05, 0, "Hénon");

        // The first step turns the neighbours to the unstable direction and isn't part of the straight range.
        Promises.Close(Math.Log(2), (method with { Radius = 0.002 }).Divergence(Logistic).Fit(1, 6).Slope, 0.05, 0, "logistic");
    }

    /// <summary>Wolf, Swift, Swinney and Vastano (1985) state an accuracy of some per cent for maps, and ten for flows.</summary>
    [Fact]
    public void WolfsMeanGrowthIsTheExponent()
    {
        var method = new WolfExponent { EmbeddingDimension = 2, TheilerWindow = 5, Evolution = 2, MaxDistance = 0.05 };
        (double exponent, double time, int replacements) = method.Estimate(Henon);
        Promises.Close(0.419, exponent, 0.1, 0, "Hénon");
        Assert.InRange(time, 2000, 3000);
        Assert.InRange(replacements, 500, 1500);
    }

    [Fact]
    public void AFlowsExponentComesFromOneVariable()
    {
        ChaoticFlow flow = ChaoticFlows.Lorenz;
        double[] times = [.. Enumerable.Range(0, 4000).Select(i => 10 + (0.03 * i))];
        OdeResult orbit = Ode.Solve(new ExplicitRungeKutta { RelativeTolerance = 1e-8 }, flow.Derivative, (0, times[^1]), flow.Start, times);
        double[] x = [.. Enumerable.Range(0, times.Length).Select(i => orbit.State(i)[0])];
        ScalingCurve curve = new RosensteinExponent { EmbeddingDimension = 5, Delay = 3, TheilerWindow = 40, Steps = 95 }.Divergence(x, 0.03);

        // Straight from about one Lyapunov time on, until the distances are the attractor's. The paper's own errors for Lorenz's flow are between 1% and 10%.
        Promises.Close(0.906, curve.Fit(1.2, 2.7).Slope, 0.1, 0, "Lorenz");
    }

    [Fact]
    public void ARegularSeriesHasNoExponent()
    {
        double[] sine = [.. Enumerable.Range(0, 2000).Select(i => Math.Sin(0.37 * i))];
        ScalingCurve curve = new RosensteinExponent { EmbeddingDimension = 2, Delay = 4, TheilerWindow = 20, Steps = 30 }.Divergence(sine);
        Assert.True(Math.Abs(curve.Fit().Slope) < 0.01, $"Slope {curve.Fit().Slope}.");
    }

    [Fact]
    public void BadInputIsNamed()
    {
        Assert.Throws<ArgumentException>(() => new RosensteinExponent().Divergence(new double[20]));
        Assert.Throws<ArgumentException>(() => new RosensteinExponent().Divergence([1, double.NaN]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new KantzExponent { Radius = 0 });
        Assert.Throws<ArgumentException>(() => DelayVectors.Embed(new double[5], 3, 3));
        Assert.Equal([1, 3, 2, 4, 3, 5], DelayVectors.Embed([1, 2, 3, 4, 5], 2, 2));
        Assert.Throws<ArgumentException>(() => new ScalingCurve { X = [1, 2], Y = [1, 2] }.Fit(1.5));
        LineFit line = new ScalingCurve { X = [1, 2, 3], Y = [2, 4.5, 5] }.Fit();
        Assert.Equal(1.5, line.Slope, 1e-14);
        Assert.Equal(Math.Sqrt(1.0 / 3), line.StandardError, 1e-14);
    }
}
