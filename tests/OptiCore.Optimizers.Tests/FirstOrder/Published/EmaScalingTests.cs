namespace OptiCore.Optimizers.Tests.FirstOrder.Published;

/// <summary>Busbridge et al. (2023): with batches kappa times as large, the rate times kappa and the memory to the power kappa keep the average on its path.</summary>
public class EmaScalingTests
{
    [Theory]
    [InlineData(8, false)]
    [InlineData(32, false)]
    [InlineData(8, true)]
    [InlineData(32, true)]
    public void TheAverageStaysOnItsPathOverSamples(int kappa, bool isSelfDistillation)
    {
        double[][] path = Quadratic(1, new ExponentialAveraging(0.998), isSelfDistillation);
        double scaled = Distance(path, Quadratic(kappa, new ExponentialAveraging(0.998).ForBatches(kappa), isSelfDistillation));
        double unscaled = Distance(path, Quadratic(kappa, new ExponentialAveraging(0.998), isSelfDistillation));
        Assert.True(scaled < unscaled / 4, $"kappa {kappa}: distance {scaled} with the rule, {unscaled} without.");
    }

    [Theory]
    [InlineData(8)]
    [InlineData(32)]
    public void AndThatOfANetworkToo(int kappa)
    {
        double[] x = SmallNetwork.Normal(1024 * 2, 1), y = [.. Enumerable.Range(0, 1024).Select(i => Math.Sin(2 * x[2 * i]) + x[(2 * i) + 1])];
        double[][] path = Train(1, new ExponentialAveraging(0.998));
        double scaled = Distance(path, Train(kappa, new ExponentialAveraging(0.998).ForBatches(kappa))), unscaled = Distance(path, Train(kappa, new ExponentialAveraging(0.998)));
        Assert.True(scaled < unscaled / 3, $"kappa {kappa}: distance {scaled} with the rule, {unscaled} without.");

        double[][] Train(int k, ExponentialAveraging average)
        {
            var network = new SmallNetwork(new Networks.Mlp { Hidden = [12], Outputs = 1 }, 2 * k, 2, 1, x, y);
            double[] p = network.Initial(0), g = new double[p.Length];
            RuleState<double> state = new Sgd { LearningRate = 1e-3 * k }.Then(average).Start<double>(p.Length);
            return Record(k, step =>
            {
                network.Loss(p, step % (512 / k) * 2 * k, g);
                state.Step(p, g);
                return state.EvaluationPoint(p).ToArray();
            });
        }
    }

    /// <summary>SGD on a noisy quadratic in 4096 samples, kappa a step; the averages after every 32 samples. In self-distillation the average is the target that the parameters chase.</summary>
    private static double[][] Quadratic(int kappa, ExponentialAveraging average, bool isSelfDistillation)
    {
        const int N = 6;
        double[] noise = SmallNetwork.Normal(4096 * N, 3), x = [.. Enumerable.Repeat(1.0, N)], g = new double[N];
        RuleState<double> state = new Sgd { LearningRate = 2e-3 * kappa }.Then(average).Start<double>(N);
        return Record(kappa, step =>
        {
            ReadOnlySpan<double> target = state.EvaluationPoint(x);
            for (int i = 0; i < N; i++)
            {
                double mean = 0;
                for (int s = 0; s < kappa; s++)
                    mean += noise[(((step * kappa) + s) * N) + i] / kappa;
                double centre = isSelfDistillation ? 0.7 * target[(i + 1) % N] : 0;
                g[i] = ((1 + i) * (x[i] - centre)) + (0.3 * mean);
            }

            state.Step(x, g);
            return state.EvaluationPoint(x).ToArray();
        });
    }

    private static double[][] Record(int kappa, Func<int, double[]> step)
    {
        List<double[]> path = [];
        for (int k = 0; k < 4096 / kappa; k++)
        {
            double[] average = step(k);
            if ((k + 1) * kappa % 32 == 0)
                path.Add(average);
        }

        return [.. path];
    }

    private static double Distance(double[][] a, double[][] b)
    {
        Assert.Equal(a.Length, b.Length);
        return Math.Sqrt(a.Zip(b, (p, q) => p.Zip(q, (u, v) => (u - v) * (u - v)).Sum()).Average());
    }
}
