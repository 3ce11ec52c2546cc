using OptiCore.Problems;

namespace OptiCore.Samplers.Tests;

public class AdaptationTests
{
    /// <summary>The schedule of the Stan reference manual: 75, then 25, 50, 100, 200, 500, then 50.</summary>
    [Theory]
    [InlineData(1000, 75, new[] { 99, 149, 249, 449, 949 })]
    [InlineData(150, 75, new[] { 99 })]
    [InlineData(100, 15, new[] { 89 })]
    [InlineData(20, 3, new[] { 17 })]
    [InlineData(19, 19, new int[0])]
    [InlineData(300, 75, new[] { 99, 149, 249 })]
    [InlineData(500, 75, new[] { 99, 149, 249, 449 })]
    [InlineData(499, 75, new[] { 99, 149, 448 })]
    public void Windows_are_those_of_Stan(int warmUp, int begin, int[] ends)
    {
        (int actualBegin, int[] actualEnds) = new WindowedAdaptation().Windows(warmUp);
        Assert.Equal(begin, actualBegin);
        Assert.Equal(ends, actualEnds);
    }

    [Fact]
    public void Every_length_of_warm_up_has_windows_that_can_be_estimated()
    {
        for (int warmUp = 20; warmUp < 2500; warmUp++)
        {
            (int begin, int[] ends) = new WindowedAdaptation().Windows(warmUp);
            int before = begin - 1;
            foreach (int end in ends)
            {
                Assert.True(end - before >= 2, $"{warmUp}: a window of {end - before}.");
                before = end;
            }

            Assert.True(before < warmUp);
        }
    }

    /// <summary>
    /// Dual averaging makes the acceptance of its trials meet the target on average. (The averaged step size that is left at the end accepts
    /// somewhat more, because acceptance is concave in the logarithm of the step size.)
    /// </summary>
    [Theory]
    [InlineData(0.6)]
    [InlineData(0.8)]
    [InlineData(0.95)]
    public void Trial_steps_meet_the_target_acceptance(double target)
    {
        const int WarmUp = 1000, From = 500;
        SamplerState kernel = new Hmc { Metric = new UnitMetric() }.Start(MultivariateNormal.Autoregressive(8, 0.5));
        Assert.True(kernel.MoveTo(new double[8]));
        AdaptationState adaptation = new WindowedAdaptation { TargetAcceptance = target }.Start(kernel, WarmUp);
        RandomKey key = RandomKey.FromSeed(21);
        double late = 0;
        for (int i = 0; i < WarmUp; i++)
        {
            adaptation.BeforeDraw(key.Fold("trial").Fold(i));
            DrawStatistics statistics = kernel.Draw(key.Fold(i));
            adaptation.AfterDraw(i, statistics);
            late += i >= From ? statistics.AcceptStatistic / (WarmUp - From) : 0;
        }

        Assert.InRange(late, target - 0.03, target + 0.03);
        adaptation.Finish();
        double after = 0;
        for (int i = 0; i < From; i++)
            after += kernel.Draw(key.Fold(WarmUp + i)).AcceptStatistic / From;
        Assert.InRange(after, target - 0.03, 1);
    }

    /// <summary>The stated shrinkage, against variances and covariances computed directly.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Covariances_are_estimated_in_one_pass_and_shrunk(bool dense)
    {
        double[][] points = [[1, 2], [3, -1], [2.5, 0.5], [-1, 4], [1e3, 7]];
        CovarianceEstimator estimator = dense ? new FullCovarianceEstimator(2) : new VarianceEstimator(2);
        foreach (double[] point in points)
            estimator.Add(point);
        double[] estimate = new double[dense ? 4 : 2];
        estimator.Estimate(estimate);
        for (int i = 0; i < 2; i++)
        {
            for (int j = 0; j < 2; j++)
            {
                double meanI = points.Average(p => p[i]), meanJ = points.Average(p => p[j]);
                double covariance = points.Sum(p => (p[i] - meanI) * (p[j] - meanJ)) / 4;
                double expected = (covariance * 5 / 10) + (i == j ? 1e-3 * 5 / 10 : 0);
                if (dense || i == j)
                    Assert.Equal(expected, estimate[dense ? (i * 2) + j : i], Math.Abs(expected) * 1e-13);
            }
        }

        estimator.Reset();
        Assert.Throws<InvalidOperationException>(() => estimator.Estimate(estimate));
    }

    [Fact]
    public void The_metric_finds_the_scales_of_the_target_and_stays_as_it_is_after_warm_up()
    {
        double[] covariance = [1e4, 0, 0, 1e-4];
        SamplingRun run = SamplingRun.Start(new NoUTurn(), new MultivariateNormal([0, 0], covariance), new SamplingOptions { Chains = 1, WarmUp = 1000, Draws = 100, Key = RandomKey.FromSeed(2) });
        while (run.Iteration < 1000)
            run.Step();
        ChainResult atEnd = run.Result.Chains[0];
        Assert.InRange(atEnd.InverseMetric[0], 0.7e4, 1.4e4);
        Assert.InRange(atEnd.InverseMetric[1], 0.7e-4, 1.4e-4);
        ChainResult later = run.Complete().Chains[0];
        Assert.Equal(atEnd.InverseMetric, later.InverseMetric);
        Assert.Equal(atEnd.StepSize, later.StepSize);
        Assert.All(later.Statistics.ToArray(), s => Assert.Equal(atEnd.StepSize, s.StepSize));
    }

    [Fact]
    public void Without_adaptation_or_warm_up_the_kernel_stays_as_configured()
    {
        var density = new StandardNormal(2);
        SamplingResult fixedKernel = Sample.Run(new NoUTurn { StepSize = 0.3, Adaptation = null }, density, new SamplingOptions { Chains = 1, WarmUp = 50, Draws = 10 });
        SamplingResult noWarmUp = Sample.Run(new NoUTurn { StepSize = 0.3 }, density, new SamplingOptions { Chains = 1, WarmUp = 0, Draws = 10 });
        Assert.Equal(0.3, fixedKernel.Chains[0].StepSize);
        Assert.Equal(0.3, noWarmUp.Chains[0].StepSize);
        Assert.Equal([1, 1], noWarmUp.Chains[0].InverseMetric);
    }
}
