using OptiCore.Randomness;

namespace OptiCore.Optimizers.Tests.Bayesian;

public class AcquisitionTests
{
    public static TheoryData<PointwiseAcquisition> Pointwise => [new ExpectedImprovement(), new LogExpectedImprovement(), new ProbabilityOfImprovement(), new LowerConfidenceBound { Kappa = 1.5 }];

    [Theory]
    [MemberData(nameof(Pointwise))]
    public void DerivativesAreDerivatives(PointwiseAcquisition acquisition)
    {
        foreach ((double mean, double deviation, double best) in new[] { (0.3, 0.8, 0.1), (-0.5, 0.2, 0.4), (1.7, 0.3, 0.2), (3.0, 0.4, 0.1) })
        {
            acquisition.Evaluate(mean, deviation, best, out double byMean, out double byDeviation);
            const double H = 1e-6;
            double toMean = (At(mean + H, deviation) - At(mean - H, deviation)) / (2 * H), toDeviation = (At(mean, deviation + H) - At(mean, deviation - H)) / (2 * H);
            Assert.Equal(toMean, byMean, 1e-6 * Math.Max(1, Math.Abs(toMean)));
            Assert.Equal(toDeviation, byDeviation, 1e-6 * Math.Max(1, Math.Abs(toDeviation)));
            double At(double m, double s) => acquisition.Evaluate(m, s, best, out _, out _);
        }
    }

    [Fact]
    public void ExpectedImprovementIsTheMeanImprovement()
    {
        var draws = new double[400_000];
        RandomFill.Normal(RandomKey.FromSeed(6), draws);
        foreach ((double mean, double deviation, double best) in new[] { (0.2, 0.7, 0.0), (-0.4, 0.5, 0.1), (0.9, 0.5, 0.0) })
        {
            double sum = 0, squares = 0;
            foreach (double z in draws)
            {
                double gain = Math.Max(0, best - (mean + (deviation * z)));
                sum += gain;
                squares += gain * gain;
            }

            double average = sum / draws.Length, error = Math.Sqrt((squares / draws.Length) - (average * average)) / Math.Sqrt(draws.Length);
            Assert.Equal(average, new ExpectedImprovement().Evaluate(mean, deviation, best, out _, out _), 4 * error);
        }
    }

    // 40 digits by Mills' continued fraction.
    [Theory]
    [InlineData(3, 1.0987396653277077727, 0.33284096845179523558)]
    [InlineData(-0.5, -1.6205162643873199193, 1.5598731483480796712)]
    [InlineData(-1, -2.4851210257126413368, 1.9042712333296918229)]
    [InlineData(-1.5, -3.5299359208057098515, 2.2795806941564461644)]
    [InlineData(-5, -16.744301162660990143, 5.3618162412880885298)]
    [InlineData(-40, -808.29856835661996024, 40.049906657648518193)]
    [InlineData(-900, -405014.52373176354099, 900.00222221399184067)]
    [InlineData(-1e4, -50000019.339619307157, 10000.000199999994)]
    [InlineData(-1e7, -50000000000033.15513, 10000000.0000002)]
    public void LogarithmOfTheImprovementIsAccurateInTheTail(double z, double value, double slope)
    {
        double log = NormalPoint.LogImprovement(z, out double found);

        // 1 - t m(t) loses t^2 eps.
        double tolerance = 1e-15 * Math.Max(10, z < -1000 ? 10 : 20 * z * z);
        Assert.Equal(value, log, Math.Max(tolerance, 1e-15 * Math.Abs(value)));
        Assert.Equal(1, found / slope, tolerance);
    }

    [Fact]
    public void ExpectedMaximumOfLinesIsTheIntegral()
    {
        var u = new double[24];
        for (int trial = 0; trial < 30; trial++)
        {
            RandomFill.Normal(RandomKey.FromSeed((ulong)trial), u);
            int n = 2 + (trial % 11);
            var lines = new (double Slope, double Mean)[n];
            for (int i = 0; i < n; i++)
                lines[i] = (trial % 3 == 0 && i == 1 ? lines[0].Slope : u[2 * i], u[(2 * i) + 1]);
            double sum = 0;
            const int Steps = 40_000;
            for (int k = 0; k < Steps; k++)
            {
                double z = -8 + (16 * (k + 0.5) / Steps), most = lines.Max(l => l.Mean + (l.Slope * z));
                sum += most * Math.Exp(-0.5 * z * z) / Math.Sqrt(2 * Math.PI) * (16.0 / Steps);
            }

            Assert.Equal(sum, KnowledgeGradient.ExpectedMaximum(lines), 1e-6);
        }
    }

    [Fact]
    public void CovariancesWithObservationsAreThoseOfTheJointPosterior()
    {
        var process = new GaussianProcess(1);
        double[] x = [0.1, 0.35, 0.6, 0.95, 0.42];
        for (int i = 0; i < 4; i++)
            process.Add(x.AsSpan(i, 1), Math.Cos(6 * x[i]));
        process.SetHyperparameters([0.3], 0.2);
        process.Condition();
        double[] means = new double[5], joint = new double[25], shared = new double[4];
        process.PredictJoint(x, means, joint);
        process.PredictWithObservations(x.AsSpan(4, 1), out double mean, out double variance, shared);
        Assert.Equal(means[4], mean, 1e-12);
        Assert.Equal(joint[24], variance, 1e-12);
        for (int i = 0; i < 4; i++)
        {
            Assert.Equal(joint[20 + i], shared[i], 1e-12);
            Assert.Equal(means[i], process.PosteriorMean(i), 1e-12);
        }
    }
}
