namespace OptiCore.Optimizers.Tests.FirstOrder.Published;

/// <summary>Seetharaman, Wichern, Pardo, Le Roux (2020): clipping to a percentile of past norms needs no threshold.</summary>
public class AutoClipTests
{
    /// <summary>The loss of the best linear model: half the variance of its labels.</summary>
    private const double Floor = 0.5;

    [Fact]
    public void UnderHeavyTailedNoiseItIsAsGoodAsTheBestFixedThreshold()
    {
        double automatic = Loss(new AutoClip());
        double unclipped = Loss(new ScaleBySchedule(1));
        double best = new[] { 0.1, 0.3, 1, 3, 10, 30, 100 }.Min(threshold => Loss(new ClipByNorm(threshold)));
        Assert.True(automatic <= 1.05 * best, $"AutoClip {automatic}, best fixed threshold {best}.");
        Assert.True(automatic - Floor < (unclipped - Floor) / 10, $"AutoClip {automatic}, without clipping {unclipped}.");
    }

    /// <summary>The mean final loss of a linear model over runs of SGD whose gradients have noise of infinite variance (Student's t with 1.5 degrees of freedom).</summary>
    private static double Loss(IUpdateRule clip)
    {
        const int N = 10, Steps = 1000, Runs = 20;
        double total = Floor;
        for (int run = 0; run < Runs; run++)
        {
            RandomStream random = RandomKey.FromSeed(5).Fold(run).Stream();
            double[] x = [.. Enumerable.Repeat(1.0, N)], g = new double[N];
            RuleState<double> state = clip.Then((IUpdateRule)new Sgd { LearningRate = Schedule.Linear(0.1, 0, Steps) }).Start<double>(N);
            for (int k = 0; k < Steps; k++)
            {
                // A spherical t: one normal vector over the root of one gamma variable.
                double scale = 1 / Math.Sqrt(random.NextGamma(0.75) / 0.75);
                for (int i = 0; i < N; i++)
                    g[i] = ((1 + (0.5 * i)) * x[i]) + (scale * random.NextNormal());
                state.Step(x, g);
            }

            total += x.Select((v, i) => 0.5 * (1 + (0.5 * i)) * v * v).Sum() / Runs;
        }

        return total;
    }
}
