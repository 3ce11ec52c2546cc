using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.FirstOrder;

/// <summary>Rules without a peer's path on file follow the formulas of their papers, written here once more as plain loops over scalars.</summary>
public class PublishedFormulaTests
{
    private const int Steps = 12;

    /// <summary>Two matrices and a vector between them: 6 + 4 + 15 parameters.</summary>
    private static readonly ParameterLayout Layout = ParameterLayout.Of([2, 3], [4], [5, 3]);

    private delegate void Stepper(double[] x, double[] g, int t);

    [Fact]
    public void LambGivesEveryTensorsUpdateTheLengthOfItsParameters()
    {
        double[] m = new double[Layout.Length], v = new double[Layout.Length];
        Follow(new Lamb { LearningRate = 0.02, Largest = 3 }, (x, g, t) => PerTensor((from, to) =>
        {
            double[] r = new double[Layout.Length];
            for (int i = from; i < to; i++)
            {
                m[i] = (0.9 * m[i]) + (0.1 * g[i]);
                v[i] = (0.999 * v[i]) + (0.001 * g[i] * g[i]);
                r[i] = (m[i] / (1 - Math.Pow(0.9, t)) / (Math.Sqrt(v[i] / (1 - Math.Pow(0.999, t))) + 1e-6)) + (0.01 * x[i]);
            }

            double ratio = Math.Min(3, Length(x, from, to)) / Length(r, from, to);
            for (int i = from; i < to; i++)
                x[i] -= 0.02 * ratio * r[i];
        }));
    }

    [Fact]
    public void LarsHasARateForEveryTensor()
    {
        double[] v = new double[Layout.Length];
        Follow(new Lars { LearningRate = 0.5, TrustCoefficient = 0.1, WeightDecay = 0.2 }, (x, g, _) => PerTensor((from, to) =>
        {
            double rate = 0.5 * 0.1 * Length(x, from, to) / (Length(g, from, to) + (0.2 * Length(x, from, to)));
            for (int i = from; i < to; i++)
                v[i] = (0.9 * v[i]) + (rate * (g[i] + (0.2 * x[i])));
            for (int i = from; i < to; i++)
                x[i] -= v[i];
        }));
    }

    [Fact]
    public void AdafactorFactorsMatricesAndKeepsVectors()
    {
        double[][] rows = [new double[2], new double[4], new double[5]], columns = [new double[3], [], new double[3]];
        Follow(new Adafactor { WeightDecay = 0.1 }, (x, g, t) =>
        {
            double memory = 1 - Math.Pow(t, -0.8), rho = Math.Min(0.01, 1 / Math.Sqrt(t));
            for (int b = 0; b < 3; b++)
            {
                int from = Layout.Offset(b), length = Layout.BlockLength(b), n = b == 1 ? 1 : 3;
                double[] u = new double[length];
                for (int i = 0; i < rows[b].Length; i++)
                    rows[b][i] = (memory * rows[b][i]) + ((1 - memory) * Enumerable.Range(0, n).Sum(j => Sq(g[from + (i * n) + j]) + 1e-30));
                for (int j = 0; j < columns[b].Length; j++)
                    columns[b][j] = (memory * columns[b][j]) + ((1 - memory) * Enumerable.Range(0, length / n).Sum(i => Sq(g[from + (i * n) + j]) + 1e-30));
                for (int k = 0; k < length; k++)
                    u[k] = g[from + k] / Math.Sqrt(b == 1 ? rows[b][k] : rows[b][k / n] * columns[b][k % n] / rows[b].Sum());
                double rms = Length(u, 0, length) / Math.Sqrt(length), rate = rho * Math.Max(1e-3, Length(x, from, from + length) / Math.Sqrt(length));
                for (int k = 0; k < length; k++)
                    x[from + k] -= (rate * u[k] / Math.Max(1, rms)) + (0.1 * rate * x[from + k]);
            }
        });
    }

    [Fact]
    public void ProdigyEstimatesTheDistanceAsInAlgorithmFour()
    {
        int n = Layout.Length;
        double[] m = new double[n], v = new double[n], s = new double[n], origin = Rules.Parameters(n);
        double d = 1e-3, r = 0, root = Math.Sqrt(0.999);
        Follow(new Prodigy { InitialDistance = 1e-3, WeightDecay = 0.1 }, (x, g, _) =>
        {
            r = (root * r) + ((1 - root) * d * d * Enumerable.Range(0, n).Sum(i => g[i] * (origin[i] - x[i])));
            for (int i = 0; i < n; i++)
            {
                m[i] = (0.9 * m[i]) + (0.1 * d * g[i]);
                v[i] = (0.999 * v[i]) + (0.001 * d * d * g[i] * g[i]);
                s[i] = (root * s[i]) + ((1 - root) * d * d * g[i]);
                x[i] -= (d * m[i] / (Math.Sqrt(v[i]) + (d * 1e-8))) + (d * 0.1 * x[i]);
            }

            d = Math.Max(d, r / s.Sum(Math.Abs));
        });
    }

    [Fact]
    public void ProdigyFindsTheDistanceOfAQuadratic()
    {
        // |x - x*|_1 in a bowl: the estimate is a lower bound up to a constant, and the run ends at the minimum without a rate.
        RuleState<double> state = new Prodigy { LearningRate = Schedule.Cosine(1, 600) }.Start<double>(10);
        double[] x = new double[10], g = new double[10];
        for (int k = 0; k < 600; k++)
        {
            for (int i = 0; i < 10; i++)
                g[i] = (1 + i) * (x[i] - 30);
            state.Step(x, g);
        }

        Assert.All(x, v => Promises.Close(30, v, 0, 1e-3, "minimum"));
    }

    [Fact]
    public void DistanceOverGradientsTakesTheRatioOfItsName()
    {
        int n = Layout.Length;
        double[] origin = Rules.Parameters(n);
        double distance = 1e-6 * (1 + Length(origin, 0, n)), sum = 0;
        Follow(new DistanceOverGradients(), (x, g, _) =>
        {
            distance = Math.Max(distance, Math.Sqrt(Enumerable.Range(0, n).Sum(i => Sq(x[i] - origin[i]))));
            sum += g.Sum(Sq);
            for (int i = 0; i < n; i++)
                x[i] -= distance / Math.Sqrt(sum + 1e-8) * g[i];
        });
    }

    [Fact]
    public void DistanceOverGradientsByTensorsIsOneRuleForEach()
    {
        double[] x = Rules.Parameters(Layout.Length), y = [.. x];
        RuleState<double> whole = new DistanceOverGradients { LayerWise = true }.Start<double>(Layout);
        RuleState<double>[] parts = [.. Enumerable.Range(0, 3).Select(b => new DistanceOverGradients().Start<double>(Layout.BlockLength(b)))];
        for (int k = 0; k < Steps; k++)
        {
            double[] g = Rules.Gradient(x.Length, k);
            whole.Step(x, g);
            for (int b = 0; b < 3; b++)
                parts[b].Step(y.AsSpan(Layout.Offset(b), Layout.BlockLength(b)), g.AsSpan(Layout.Offset(b), Layout.BlockLength(b)));
        }

        Promises.SameBits(y, x, "by tensors");
    }

    [Fact]
    public void SophiaClipsTheRatioOfMomentumAndCurvature()
    {
        int n = Layout.Length;
        double[] m = new double[n], h = new double[n], x = Rules.Parameters(n), y = [.. x];
        RuleState<double> state = new Sophia { LearningRate = 0.1, Rho = 0.5, WeightDecay = 0.2 }.Start<double>(Layout);
        Assert.True(state.UsesCurvature);
        int clipped = 0;
        for (int k = 0; k < Steps; k++)
        {
            double[] g = Rules.Gradient(n, k);
            if (k % 4 == 1)
            {
                double[] estimate = Rules.Gradient(n, 100 + k);
                state.ReportCurvature(estimate);
                for (int i = 0; i < n; i++)
                    h[i] = (0.99 * h[i]) + (0.01 * estimate[i]);
            }

            state.Step(x, g);
            for (int i = 0; i < n; i++)
            {
                m[i] = (0.96 * m[i]) + (0.04 * g[i]);
                double ratio = m[i] / Math.Max(0.5 * h[i], 1e-12);
                clipped += Math.Abs(ratio) > 1 ? 1 : 0;
                y[i] -= 0.1 * (Math.Clamp(ratio, -1, 1) + (0.2 * y[i]));
            }
        }

        Assert.InRange(clipped, 1, (n * Steps) - 1);
        Near(y, x, "Sophia");
        Assert.Throws<InvalidOperationException>(() => new Adam().Start<double>(3).ReportCurvature([1, 2, 3]));
        Assert.Throws<ArgumentException>("estimate", () => state.ReportCurvature([1]));
    }

    [Fact]
    public void ScheduleFreeSgdAveragesTheBaseIterates()
    {
        int n = Layout.Length;
        double[] z = Rules.Parameters(n), average = Rules.Parameters(n);
        double weights = 0;
        Schedule rate = Schedule.Constant(0.1).WithWarmUp(4);
        RuleState<double> state = Follow(new ScheduleFreeSgd { LearningRate = rate, WeightDecay = 0.3 }, (y, g, t) =>
        {
            double eta = rate.At(t - 1);
            weights += eta * eta;
            for (int i = 0; i < n; i++)
            {
                z[i] -= eta * (g[i] + (0.3 * y[i]));
                average[i] = ((1 - (eta * eta / weights)) * average[i]) + (eta * eta / weights * z[i]);
                y[i] = (0.1 * z[i]) + (0.9 * average[i]);
            }
        });
        Near(average, state.EvaluationPoint(new double[n]).ToArray(), "the point to evaluate");
    }

    [Fact]
    public void ScheduleFreeAdamWScalesTheBaseIterates()
    {
        int n = Layout.Length;
        double[] v = new double[n], z = Rules.Parameters(n), average = Rules.Parameters(n);
        double weights = 0;
        RuleState<double> state = Follow(new ScheduleFreeAdamW { LearningRate = 0.1, WeightDecay = 0.3 }, (y, g, t) =>
        {
            double eta = 0.1 * Math.Sqrt(1 - Math.Pow(0.999, t));
            weights += eta * eta;
            for (int i = 0; i < n; i++)
            {
                v[i] = (0.999 * v[i]) + (0.001 * g[i] * g[i]);
                z[i] -= eta * ((g[i] / (Math.Sqrt(v[i]) + 1e-8)) + (0.3 * y[i]));
                average[i] += eta * eta / weights * (z[i] - average[i]);
                y[i] = (0.1 * z[i]) + (0.9 * average[i]);
            }
        });
        Near(average, state.EvaluationPoint(new double[n]).ToArray(), "the point to evaluate");
    }

    [Fact]
    public void AveragesFollowTheParameters()
    {
        int n = Layout.Length;
        double[] x = Rules.Parameters(n), uniform = new double[n], weighted = new double[n], exponential = [.. x], corrected = new double[n];
        var sgd = new Sgd { LearningRate = 0.1 };
        (RuleState<double> State, double[] Expected)[] averages =
        [
            (sgd.Then(new PolyakAveraging { After = 3 }).Start<double>(n), uniform),
            (sgd.Then(new PolyakAveraging { Gamma = 8 }).Start<double>(n), weighted),
            (sgd.Then(new ExponentialAveraging(0.8)).Start<double>(n), exponential),
            (sgd.Then(new ExponentialAveraging(0.8) { Average = new(0.8) { IsBiasCorrected = true } }).Start<double>(n), corrected),
        ];
        double[][] points = [.. averages.Select(_ => (double[])x.Clone())];
        Assert.Equal(points[0], averages[0].State.EvaluationPoint(points[0]).ToArray());
        double sum = 0, discounted = 0;
        for (int t = 1; t <= Steps; t++)
        {
            double[] g = Rules.Gradient(n, t);
            for (int k = 0; k < averages.Length; k++)
                averages[k].State.Step(points[k], g);

            // gamma = 8: the weight of iterate t is t (t+1) ... (t+7), of which the form in the rule is the recursion.
            double weight = Enumerable.Range(t, 8).Aggregate(1.0, (p, f) => p * f);
            sum += weight;
            discounted = (0.8 * discounted) + 0.2;
            for (int i = 0; i < n; i++)
            {
                x[i] -= 0.1 * g[i];
                uniform[i] = t <= 4 ? x[i] : uniform[i] + ((x[i] - uniform[i]) / (t - 3));
                weighted[i] += weight / sum * (x[i] - weighted[i]);
                exponential[i] = (0.8 * exponential[i]) + (0.2 * x[i]);
                corrected[i] += 0.2 / discounted * (x[i] - corrected[i]);
            }
        }

        for (int k = 0; k < averages.Length; k++)
        {
            Near(x, points[k], "the parameters themselves");
            Near(averages[k].Expected, averages[k].State.EvaluationPoint(points[k]).ToArray(), $"average {k}");
        }
    }

    [Fact]
    public void LookaheadGoesHalfTheWayOfFiveSteps()
    {
        int n = Layout.Length;
        double[] slow = Rules.Parameters(n);
        RuleState<double> state = Follow(new Sgd { LearningRate = 0.1 }.Then(new Lookahead()), (x, g, t) =>
        {
            for (int i = 0; i < n; i++)
            {
                x[i] -= 0.1 * g[i];
                if (t % 5 == 0)
                    x[i] = slow[i] = (0.5 * slow[i]) + (0.5 * x[i]);
            }
        });
        Near(slow, state.EvaluationPoint(new double[n]).ToArray(), "the slow weights");
    }

    [Theory]
    [InlineData(false, 0)]
    [InlineData(true, 0)]
    [InlineData(false, 5)]
    public void CoReFollowsItsFormulas(bool signs, int history)
    {
        int n = Layout.Length;
        double[] m = new double[n], v = new double[n], size = [.. Enumerable.Repeat(0.1, n)], score = new double[n];
        var rule = new CoRe { InitialStep = 0.1, MaxStep = 0.3, MinStep = 0.01, SignsOnly = signs, ScoreHistory = history, FrozenShare = 0.25 };
        Follow(rule, (x, g, t) =>
        {
            bool[] frozen = new bool[n];
            if (history > 0 && t > history)
            {
                for (int b = 0; b < 3; b++)
                {
                    foreach (int i in Enumerable.Range(Layout.Offset(b), Layout.BlockLength(b)).OrderByDescending(i => score[i]).Take((int)(0.25 * Layout.BlockLength(b))))
                        frozen[i] = true;
                }
            }

            double beta = 0.8125 + ((0.7375 - 0.8125) * Math.Exp(-Sq((t - 1) / 250.0)));
            for (int i = 0; i < n; i++)
            {
                double before = m[i], p = frozen[i] ? 0 : 1;
                m[i] = (beta * m[i]) + ((1 - beta) * g[i]);
                v[i] = (0.99 * v[i]) + (0.01 * g[i] * g[i]);
                double u = signs ? Math.Sign(m[i]) : m[i] / (1 - Math.Pow(beta, t)) / (Math.Sqrt(v[i] / (1 - Math.Pow(0.99, t))) + 1e-8);
                size[i] = before * m[i] * p > 0 ? Math.Min(1.2 * size[i], 0.3) : before * m[i] * p < 0 ? Math.Max(0.7375 * size[i], 0.01) : size[i];
                if (history > 0)
                    score[i] = ((t <= history ? 1 : 1 - (1.0 / history)) * score[i]) + (m[i] * u * p * size[i] / history);
                x[i] = ((1 - (0.1 * Math.Abs(u) * p * size[i])) * x[i]) - (u * p * size[i]);
            }
        });
    }

    [Theory]
    [InlineData(UnitAxis.Last)]
    [InlineData(UnitAxis.First)]
    public void AdaptiveClippingKeepsTheRatioOfEveryUnit(UnitAxis axis) => Forall.Check(FsCheck.Fluent.Prop.ForAll(FsCheck.Fluent.ArbMap.Default.ArbFor<int>(), seed =>
    {
        double[] x = Rules.Parameters(Layout.Length), g = Rules.Gradient(Layout.Length, seed & 0xffff), u = [.. g];
        new AdaptiveGradientClipping { Limit = 0.3, Units = axis }.Start<double>(Layout).Transform(u, x);
        for (int b = 0; b < 3; b++)
        {
            int n = b == 1 ? 1 : 3, units = b == 1 ? 1 : axis == UnitAxis.Last ? 3 : Layout.BlockLength(b) / 3;
            for (int unit = 0; unit < units; unit++)
            {
                int[] members = [.. Enumerable.Range(0, Layout.BlockLength(b)).Where(k => b == 1 || (axis == UnitAxis.Last ? k % n : k / n) == unit).Select(k => Layout.Offset(b) + k)];
                double before = Math.Sqrt(members.Sum(i => Sq(g[i]))), after = Math.Sqrt(members.Sum(i => Sq(u[i]))), limit = 0.3 * Math.Max(1e-3, Math.Sqrt(members.Sum(i => Sq(x[i]))));
                Promises.Close(Math.Min(before, limit), after, 1e-14, 0, $"tensor {b}, unit {unit}");
                foreach (int i in members)
                    Promises.Close(g[i] * after / before, u[i], 1e-14, 0, "direction");
            }
        }
    }));

    [Fact]
    public void AdaptiveClippingScalesWithTheProblem()
    {
        // Twice the weights and twice the gradient: twice the update, bit for bit.
        double[] x = Rules.Parameters(Layout.Length), u = Rules.Gradient(Layout.Length, 3), twice = [.. u.Select(v => 2 * v)];
        new AdaptiveGradientClipping().Start<double>(Layout).Transform(u, x);
        new AdaptiveGradientClipping().Start<double>(Layout).Transform(twice, [.. x.Select(v => 2 * v)]);
        Promises.SameBits([.. u.Select(v => 2 * v)], twice, "scaled");
    }

    [Fact]
    public void AutoClipsLimitIsThePercentileOfTheHistory()
    {
        foreach ((double percentile, int history) in new[] { (10.0, 1000), (37.5, 7), (0, 5), (100, 4) })
        {
            RuleState<double> state = new AutoClip { Percentile = percentile, History = history }.Start<double>(2);
            List<double> norms = [];
            for (int k = 0; k < 60; k++)
            {
                double[] g = Rules.Gradient(2, k), u = [.. g];
                if (k % 9 == 4)
                    g = u = [double.PositiveInfinity, 0];
                else
                    norms.Add(Math.Sqrt(g.Sum(Sq)));
                u = [.. u];
                state.Transform(u, [0, 0]);
                if (double.IsInfinity(g[0]))
                    continue;
                double[] sorted = [.. norms.TakeLast(history).Order()];
                double place = percentile / 100 * (sorted.Length - 1), below = sorted[(int)place], above = sorted[Math.Min((int)place + 1, sorted.Length - 1)];
                double limit = below + ((place - (int)place) * (above - below));
                Promises.Close(Math.Min(norms[^1], limit), Math.Sqrt(u.Sum(Sq)), 1e-14, 0, $"percentile {percentile}, step {k}");
            }
        }
    }

    [Fact]
    public void LionKWithTheAbsoluteNormIsLion()
    {
        double[] x = Rules.Parameters(33), y = [.. x];
        RuleState<double> lion = new Lion { LearningRate = 0.01, WeightDecay = 0.1 }.Start<double>(33), general = new LionK { LearningRate = 0.01, WeightDecay = 0.1 }.Start<double>(33);
        for (int k = 0; k < 20; k++)
        {
            lion.Step(x, Rules.Gradient(33, k));
            general.Step(y, Rules.Gradient(33, k));
        }

        Near(x, y, "Lion");
    }

    private static RuleState<double> Follow(IUpdateRule rule, Stepper reference)
    {
        double[] x = Rules.Parameters(Layout.Length), expected = [.. x];
        RuleState<double> state = rule.Start<double>(Layout);
        for (int t = 1; t <= Steps; t++)
        {
            double[] g = Rules.Gradient(x.Length, t);
            state.Step(x, g);
            reference(expected, g, t);
            Near(expected, x, $"step {t}");
        }

        return state;
    }

    private static void PerTensor(Action<int, int> step)
    {
        for (int b = 0; b < Layout.BlockCount; b++)
            step(Layout.Offset(b), Layout.Offset(b) + Layout.BlockLength(b));
    }

    private static void Near(double[] expected, double[] actual, string what)
    {
        for (int i = 0; i < expected.Length; i++)
            Promises.Close(expected[i], actual[i], 1e-11, 1e-12, $"{what}, element {i}");
    }

    private static double Length(double[] x, int from, int to) => Math.Sqrt(x[from..to].Sum(Sq));

    private static double Sq(double v) => v * v;
}
