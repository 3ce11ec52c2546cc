using OptiCore.Dynamics.Tests.Koopman;
using OptiCore.Dynamics.Tests.SparseIdentification;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.Forecasting;

public class DelayEmbeddingTests
{
    private static readonly Lazy<double[]> Lorenz = new(() =>
    {
        TimeSeries series = SparseIdentificationTests.Lorenz(13_000, 0.02);
        return [.. Enumerable.Range(1000, 12_000).Select(i => series[i][0])];
    });

    [Fact]
    public void LorenzIsEmbeddedInThreeDimensionsWithThePublishedLag()
    {
        // Kennel, Brown and Abarbanel (1992): no false neighbours from dimension 3 on for x of Lorenz; the first minimum of the mutual information is near 0.17 (Kantz and Schreiber).
        double[] information = DelayEmbedding.MutualInformation(Lorenz.Value, 60);
        int lag = DelayEmbedding.FirstMinimum(information);
        Assert.InRange(lag, 7, 11);
        double[] wrong = DelayEmbedding.FalseNeighbors(Lorenz.Value, lag, 5);
        Assert.True(wrong[0] > 0.5 && wrong[1] > 0.02 && wrong[2] < 0.01 && wrong[3] < 0.005, string.Join(" ", wrong));
        (double[] e1, double[] e2) = DelayEmbedding.Cao(Lorenz.Value, lag, 6);
        Assert.True(e1[0] < 0.5 && e1[2] > 0.85 && e1[4] > 0.93, string.Join(" ", e1));
        Assert.True(e2.Min() < 0.8, string.Join(" ", e2));
    }

    [Fact]
    public void NoiseIsNotEmbeddedAndHasNoStructure()
    {
        double[] noise = LinearMaps.Normals(3000, 1);
        (_, double[] e2) = DelayEmbedding.Cao(noise, 1, 5);
        Assert.All(e2, v => Assert.InRange(v, 0.9, 1.1));
        Assert.True(DelayEmbedding.FalseNeighbors(noise, 1, 4)[3] > 0.1);

        // Independent values: the estimate's bias is (bins - 1)^2 / (2 m) in nats (Miller and Madow 1955).
        double[] information = DelayEmbedding.MutualInformation(noise, 5, 16);
        Promises.Close(Math.Log(16), information[0], 0, 1e-3, "with itself");
        for (int lag = 1; lag <= 5; lag++)
            Promises.Close(15 * 15 / (2.0 * 3000), information[lag], 0.2, 0, $"lag {lag}");
    }

    [Fact]
    public void CorrelationsOfASineAreACosine()
    {
        double[] x = [.. Enumerable.Range(0, 4000).Select(k => Math.Sin(2 * Math.PI * k / 40))], c = DelayEmbedding.Autocorrelation(x, 60);
        for (int lag = 0; lag <= 60; lag++)
            Promises.Close(Math.Cos(2 * Math.PI * lag / 40), c[lag], 0, 2e-2, $"lag {lag}");
        Assert.Equal(10, DelayEmbedding.FirstBelow(c, 0.02));
        Assert.Equal(20, DelayEmbedding.FirstMinimum(c));
        Assert.Throws<ArgumentException>("x", () => DelayEmbedding.Autocorrelation([1, 1, 1], 1));
        Assert.Throws<ArgumentException>("lags", () => DelayEmbedding.MutualInformation([1, 2], 2));
    }

    [Fact]
    public void DelayVectorsKeepToTheirPieces()
    {
        TimeSeries series = TimeSeries.Join(new TimeSeries([1, 2, 3, 4, 5], 1), new TimeSeries([6, 7], 1), new TimeSeries([10, 20, 30, 40], 1));
        TimeSeries delayed = series.Delayed(2, 2);
        Assert.Equal(2, delayed.Pieces);
        Assert.Equal([3, 1, 4, 2, 5, 3, 30, 10, 40, 20], delayed.States.ToArray());
        Assert.Equal(3, delayed.PairCount);
        Assert.Throws<ArgumentException>("delays", () => series.Delayed(6));
    }
}
