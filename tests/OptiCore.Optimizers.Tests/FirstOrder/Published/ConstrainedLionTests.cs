using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.FirstOrder.Published;

/// <summary>Chen, Liu, Liang, Liu (2024): Lion with decay minimises f under a constraint, and why.</summary>
public class ConstrainedLionTests
{
    private const int N = 5;
    private const double Decay = 0.5;

    private static readonly double[] Centre = [3.5, -1, 0.5, 6, -3];

    [Fact]
    public void TheBoxIsEnteredExponentially()
    {
        // |x|_inf - 1/lambda shrinks by (1 - rate lambda) at every step at least, as long as it is positive.
        double[] x = [8, -9, 0.1, 5, 30], g = new double[N];
        RuleState<double> state = new Lion { LearningRate = 0.01, WeightDecay = Decay }.Start<double>(N);
        double outside = x.Max(Math.Abs) - (1 / Decay);
        for (int k = 0; k < 8000; k++)
        {
            Value(x, g);
            state.Step(x, g);
            double next = x.Max(Math.Abs) - (1 / Decay);
            Assert.True(next <= Math.Max(0, outside * (1 - (0.01 * Decay))) + 1e-13, $"step {k}: {next} outside the box after {outside}.");
            outside = next;
        }

        Assert.True(outside <= 1e-12, $"still {outside} outside.");
    }

    [Theory]
    [InlineData("l1")]
    [InlineData("l2")]
    [InlineData("Huber")]
    [InlineData("top-k")]
    public void ItConvergesToTheProjectedGradientSolution(string name)
    {
        LionPotential potential = Potential(name);
        double[] x = new double[N], g = new double[N];
        RuleState<double> state = new LionK { LearningRate = Schedule.Cosine(0.02, 20_000), WeightDecay = Decay, Potential = potential }.Start<double>(N);
        for (int k = 0; k < 20_000; k++)
        {
            Value(x, g);
            state.Step(x, g);
        }

        double[] expected = Reference(name);
        for (int i = 0; i < N; i++)
            Promises.Close(expected[i], x[i], 0, 2e-3, $"{name}: x[{i}]");
        Assert.True(Math.Sqrt(Enumerable.Range(0, N).Sum(i => Math.Pow(expected[i] - Centre[i], 2))) > 1, "The constraint is active.");
    }

    [Theory]
    [InlineData("l1")]
    [InlineData("l2")]
    [InlineData("Huber")]
    [InlineData("top-k")]
    public void TheLyapunovFunctionFallsForSmallSteps(string name)
    {
        // a = 1 and e = 1/2 of the flow, with the rate as its time step.
        const double Rate = 1e-4, E = 0.5;
        LionPotential potential = Potential(name);
        double[] x = [0.1, 0.05, -0.2, 0.1, -0.1], g = new double[N];
        RuleState<double> state = new LionK { LearningRate = Rate, Beta1 = 1 - E, Beta2 = 1 - Rate, WeightDecay = Decay, Potential = potential }.Start<double>(N);
        double first = double.NaN, before = double.NaN;
        for (int k = 0; k <= 100_000; k++)
        {
            double value = Value(x, g);
            if (k % 500 == 0)
            {
                double[] m = state.Slot(0).ToArray(), scaled = [.. x.Select(v => Decay * v * (1 - 1e-9))];
                double conjugate = potential.Conjugate(scaled);
                double now = value + (conjugate / Decay) + ((1 - E) / (1 + (E * Decay)) * (potential.Value(m) + conjugate + (Decay * m.Zip(x, (a, b) => a * b).Sum())));
                Assert.True(k == 0 || now <= before + 1e-6, $"{name}: from {before} to {now} before step {k}.");
                first = k == 0 ? now : first;
                before = now;
            }

            state.Step(x, g);
        }

        Assert.True(before < first - 1, $"{name}: {first} fell to {before} only.");
    }

    [Fact]
    public void AGradientOfKappaIsASubgradientAndTheConjugateItsPartner() => Forall.Check(FsCheck.Fluent.Prop.ForAll(FsCheck.Fluent.ArbMap.Default.ArbFor<int>(), seed =>
    {
        foreach (string name in new[] { "l1", "l2", "Huber", "top-k" })
        {
            LionPotential potential = Potential(name);
            double[] u = SmallNetwork.Normal(N, seed & 0xffff), v = SmallNetwork.Normal(N, (seed & 0xffff) + 7), gradient = [.. u];
            potential.Gradient<double>(gradient, new double[N], Workers.Serial);
            double product = u.Zip(gradient, (a, b) => a * b).Sum();
            Assert.True(potential.Value(v) >= potential.Value(u) + v.Zip(gradient, (a, b) => a * b).Sum() - product - 1e-12, $"{name}: subgradient");

            // Fenchel and Young: equality at the gradient.
            Promises.Close(potential.Value(u), product - potential.Conjugate([.. gradient.Select(a => a * (1 - 1e-15))]), 1e-12, 1e-12, $"{name}: conjugate");
        }
    }));

    private static LionPotential Potential(string name) => name switch
    {
        "l1" => LionPotential.L1,
        "l2" => LionPotential.L2,
        "Huber" => LionPotential.Huber(0.3),
        _ => LionPotential.TopK(2),
    };

    /// <summary>A quadratic with coupled variables whose minimum lies outside of every constraint.</summary>
    private static double Value(double[] x, double[] g)
    {
        double f = 0;
        for (int i = 0; i < N; i++)
        {
            g[i] = 0;
            for (int j = 0; j < N; j++)
                g[i] += ((i == j ? 1 + i : 0) + 0.3) * (x[j] - Centre[j]);
            f += 0.5 * g[i] * (x[i] - Centre[i]);
        }

        return f;
    }

    /// <summary>The minimum of f + kappa*(lambda x) / lambda by projected gradients.</summary>
    private static double[] Reference(string name)
    {
        double[] x = new double[N], g = new double[N];
        const double Step = 0.1, Radius = 1 / Decay;
        for (int k = 0; k < 20_000; k++)
        {
            Value(x, g);
            for (int i = 0; i < N; i++)
                x[i] -= Step * (g[i] + (name == "Huber" ? 0.3 * Decay * x[i] : 0));
            if (name == "l2")
            {
                double norm = Math.Sqrt(x.Sum(v => v * v));
                for (int i = 0; i < N; i++)
                    x[i] *= Math.Min(1, Radius / norm);
                continue;
            }

            double shift = 0;
            if (name == "top-k")
            {
                // The box and the l1 ball of radius 2 / lambda: soft thresholding before the box, by bisection.
                double low = 0, high = 100;
                for (int i = 0; i < 200; i++)
                {
                    shift = (low + high) / 2;
                    if (x.Sum(v => Math.Min(Radius, Math.Max(0, Math.Abs(v) - shift))) > 2 * Radius)
                        low = shift;
                    else
                        high = shift;
                }

                shift = x.Sum(v => Math.Min(Radius, Math.Abs(v))) <= 2 * Radius ? 0 : shift;
            }

            for (int i = 0; i < N; i++)
                x[i] = Math.Sign(x[i]) * Math.Min(Radius, Math.Max(0, Math.Abs(x[i]) - shift));
        }

        return x;
    }
}
