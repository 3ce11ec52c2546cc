using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.FirstOrder;

/// <summary>Wrappers and drivers around rules.</summary>
public class WrapperTests
{
    [Fact]
    public void MicroBatchesStepAsOneBatch()
    {
        double[] x = Rules.Parameters(9), y = [.. x];
        RuleState<double> accumulated = new AccumulateGradients(new Adam { LearningRate = Schedule.Linear(0.1, 0, 5) }, 4).Start<double>(9), whole = new Adam { LearningRate = Schedule.Linear(0.1, 0, 5) }.Start<double>(9);
        for (int k = 0; k < 4; k++)
        {
            double[] mean = new double[9];
            for (int j = 0; j < 4; j++)
            {
                double[] g = Rules.Gradient(9, (4 * k) + j), before = [.. x];
                accumulated.Step(x, g);
                Assert.Equal(j < 3, x.SequenceEqual(before));
                for (int i = 0; i < 9; i++)
                    mean[i] += g[i];
            }

            whole.Step(y, [.. mean.Select(v => v / 4)]);
            Promises.SameBits(y, x, $"batch {k}");
        }

        Assert.Equal(16, accumulated.Steps);
    }

    [Fact]
    public void AGradientThatIsNotFiniteIsSkippedAFewTimes()
    {
        double[] x = Rules.Parameters(19), y = [.. x], bad = Rules.Gradient(19, 0);
        bad[17] = double.NaN;
        RuleState<double> state = new ApplyIfFinite(new Adam()) { MaxInARow = 2 }.Start<double>(19), plain = new Adam().Start<double>(19);
        for (int k = 0; k < 6; k++)
        {
            state.Step(x, Rules.Gradient(19, k));
            plain.Step(y, Rules.Gradient(19, k));
            state.Step(x, bad);
        }

        Promises.SameBits(y, x, "skipped");
        bad[17] = double.NegativeInfinity;
        state.Step(x, bad);
        Promises.SameBits(y, x, "skipped twice");
        state.Step(x, bad);
        Assert.Contains(x, v => !double.IsFinite(v));
    }

    [Fact]
    public void EveryTensorIsSteppedByItsGroup()
    {
        ParameterLayout layout = ParameterLayout.Of([2, 2], [3], [2, 3]);
        var groups = new ParameterGroups(
            new(new ScaleBySchedule(0), BlockSelection.Of(1)), new(new ClipByNorm(0.5).Then(new Sgd { LearningRate = 1 }), BlockSelection.Matrices), new(new Sgd { LearningRate = 0.1 }, BlockSelection.All));
        double[] x = Rules.Parameters(13), g = Rules.Gradient(13, 2), before = [.. x];
        groups.Start<double>(layout).Step(x, g);

        // The two matrices share one norm, although a vector lies between them.
        int[] members = [0, 1, 2, 3, 7, 8, 9, 10, 11, 12];
        double norm = Math.Sqrt(members.Sum(i => g[i] * g[i]));
        Assert.True(norm > 0.5);
        foreach (int i in members)
            Promises.Close(before[i] - (0.5 / norm * g[i]), x[i], 1e-14, 0, $"x[{i}]");
        Assert.Equal(before[4..7], x[4..7]);

        Assert.Contains("belongs to no group", Assert.Throws<ArgumentException>("layout", () => new ParameterGroups(new ParameterGroup(new Sgd(), BlockSelection.Matrices)).Start<double>(layout)).Message);
        Assert.Throws<ArgumentException>("groups", () => new ParameterGroups());
        Assert.Equal(new ParameterGroups(new ParameterGroup(new Sgd(), BlockSelection.Of(2, 1))), new ParameterGroups(new ParameterGroup(new Sgd(), BlockSelection.Of(1, 2))));
        Assert.Contains("Matrices", groups.ToString());
    }

    [Fact]
    public void AMaskLetsTheRestPass()
    {
        double[] x = Rules.Parameters(10), u = Rules.Gradient(10, 1), before = [.. u];
        ParameterGroups.Masked(new AddDecayedWeights(0.5), BlockSelection.Matrices).Start<double>(ParameterLayout.Of([2, 3], [4])).Transform(u, x);
        for (int i = 0; i < 10; i++)
            Assert.Equal(i < 6 ? before[i] + (0.5 * x[i]) : before[i], u[i]);
    }

    [Fact]
    public void SharpnessAwareStepsByTheGradientOfTheWorstPointNearby()
    {
        IDifferentiableFunction<double> bowl = Function.WithGradient<double>(2, (x, g) =>
        {
            g[0] = x[0];
            g[1] = 10 * x[1];
            return 0.5 * ((x[0] * x[0]) + (10 * x[1] * x[1]));
        });
        SolverResult<double> result = Minimize.Run(new SharpnessAware(new Sgd { LearningRate = 0.01 }) { Radius = 0.1 }, bowl, [3.0, -4.0], new RunOptions { MaxIterations = 1 });
        double norm = Math.Sqrt(9 + 1600);
        Promises.Close(3 - (0.01 * (3 + (0.1 * 3 / norm))), result.LastPoint[0], 1e-15, 0, "x[0]");
        Promises.Close(-4 - (0.01 * 10 * (-4 + (0.1 * -40 / norm))), result.LastPoint[1], 1e-15, 0, "x[1]");
        Assert.Equal(3, result.Evaluations.Gradients);
        result = Minimize.Run(new SharpnessAware(new Sgd { LearningRate = 0.01 }) { Radius = 0.1, Adaptive = true }, bowl, [3.0, -4.0], new RunOptions { MaxIterations = 1 });
        norm = Math.Sqrt(81 + (160 * 160));
        Promises.Close(3 - (0.01 * (3 + (0.1 * 27 / norm))), result.LastPoint[0], 1e-15, 0, "adaptive x[0]");
        Promises.Close(-4 - (0.01 * 10 * (-4 + (0.1 * 16 * -40 / norm))), result.LastPoint[1], 1e-15, 0, "adaptive x[1]");
    }

    [Fact]
    public void HutchinsonsEstimateIsExactForDiagonalsAndUnbiased()
    {
        double[] z = new double[1000], other = new double[1000];
        CurvatureEstimate.Rademacher<double>(RandomKey.FromSeed(3), z);
        Assert.All(z, v => Assert.Equal(1, Math.Abs(v)));
        Assert.InRange(z.Sum(), -150, 150);
        float[] single = new float[2500];
        CurvatureEstimate.Rademacher<float>(RandomKey.FromSeed(3), single);
        Assert.Equal(z, single.Take(1000).Select(v => (double)v));

        // H = [[2, 1], [1, 3]]: z o H z averages to (2, 3).
        double[] mean = new double[2], estimate = new double[2];
        for (int k = 0; k < 4000; k++)
        {
            Span<double> s = z.AsSpan(0, 2);
            CurvatureEstimate.Rademacher(RandomKey.FromSeed(4).Fold(k), s);
            CurvatureEstimate.Hutchinson<double>(s, [(2 * s[0]) + s[1], s[0] + (3 * s[1])], estimate);
            mean[0] += estimate[0] / 4000;
            mean[1] += estimate[1] / 4000;
        }

        Promises.Close(2, mean[0], 0, 0.08, "first");
        Promises.Close(3, mean[1], 0, 0.08, "second");
        CurvatureEstimate.GaussNewtonBartlett<double>([0.5, -2], 8, estimate);
        Assert.Equal([2, 32], estimate);
        Assert.Throws<ArgumentOutOfRangeException>("batch", () => CurvatureEstimate.GaussNewtonBartlett<double>([1], 0, other.AsSpan(0, 1)));
        Assert.Throws<ArgumentException>("product", () => CurvatureEstimate.Hutchinson<double>([1, 1], [1], other.AsSpan(0, 2)));
    }

    [Fact]
    public void ADriverOfCurvatureRefusesOtherRulesAndLayoutsMustFit()
    {
        ITwiceDifferentiableFunction<double> bowl = new Problems.Quadratic<double>([1, 2], [0, 0], RandomKey.FromSeed(1));
        Assert.Throws<ArgumentException>(() => Minimize.Run(new CurvatureFirstOrder(new Adam()), bowl, [1.0, 2]));
        Assert.Throws<ArgumentException>("Layout", () => Minimize.Run(new OptiCore.Optimizers.FirstOrder(new Adam()) { Layout = 3 }, bowl, [1.0, 2]));
    }
}
