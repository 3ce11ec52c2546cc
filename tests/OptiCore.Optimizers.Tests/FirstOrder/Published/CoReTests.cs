using OptiCore.Networks;

namespace OptiCore.Optimizers.Tests.FirstOrder.Published;

/// <summary>Eckhoff, Reiher (2024): one set of defaults is among the best two of the common rules, in batches, mini-batches and on a function.</summary>
public class CoReTests
{
    private const int Seeds = 20;

    /// <summary>Every rule with its own defaults; SGD with the usual rate and momentum. After few steps, or with very small batches, SGD and RMSprop are ahead of CoRe here.</summary>
    private static readonly (string Name, IUpdateRule Rule)[] Others =
    [
        ("SGD", new Sgd { LearningRate = 0.01, Momentum = 0.9 }),
        ("RMSprop", new RmsProp()),
        ("Adam", new Adam()),
        ("AdamW", new AdamW()),
        ("Adamax", new Adamax()),
        ("Rprop", new Rprop()),
    ];

    [Theory]
    [InlineData(48, 300, 1.0)]
    [InlineData(8, 1000, 1e-2)]
    public void OnRegressionItIsAmongTheBestTwo(int batch, int steps, double maxStep)
    {
        double[] x = SmallNetwork.Normal(48 * 2, 6), y = [.. Enumerable.Range(0, 48).Select(i => Math.Sin(x[2 * i]) * x[(2 * i) + 1])];
        var network = new SmallNetwork(new Mlp { Hidden = [8], Outputs = 1 }, batch, 2, 1, x, y);
        AmongTheBestTwo(new CoRe { MaxStep = maxStep }, rule => Enumerable.Range(0, Seeds).Average(seed => network.Train(rule, seed, steps)));
    }

    [Fact]
    public void OnRosenbrocksFunctionItIsAmongTheBestTwo() => AmongTheBestTwo(new CoRe { MaxStep = 1 }, rule => Enumerable.Range(0, Seeds).Average(seed =>
    {
        double[] x = SmallNetwork.Normal(2, 40 + seed), g = new double[2];
        RuleState<double> state = rule.Start<double>(2);
        for (int k = 0; k < 1000; k++)
        {
            double a = x[1] - (x[0] * x[0]), b = 1 - x[0];
            (g[0], g[1]) = ((-400 * a * x[0]) - (2 * b), 200 * a);
            state.Step(x, g);
        }

        double value = (100 * Math.Pow(x[1] - (x[0] * x[0]), 2)) + Math.Pow(1 - x[0], 2);
        return double.IsFinite(value) ? value : 1e9;
    }));

    [Fact]
    public void FrozenWeightsStayExactlyWhereTheyAre()
    {
        double[] x = Rules.Parameters(40), before = new double[40];
        RuleState<double> state = new CoRe { ScoreHistory = 10, FrozenShare = 0.25 }.Start<double>(ParameterLayout.Of([5, 4], [20]));
        for (int k = 0; k < 60; k++)
        {
            x.CopyTo(before, 0);
            state.Step(x, Rules.Gradient(40, k));
            int[] still = [.. Enumerable.Range(0, 40).Where(i => x[i] == before[i])];
            Assert.Equal(k < 10 ? 0 : 5, still.Count(i => i < 20));
            Assert.Equal(k < 10 ? 0 : 5, still.Count(i => i >= 20));
        }
    }

    private static void AmongTheBestTwo(CoRe rule, Func<IUpdateRule, double> loss)
    {
        double own = loss(rule);
        (string Name, double Loss)[] others = [.. Others.Select(o => (o.Name, loss(o.Rule)))];
        Assert.True(others.Count(o => o.Loss < own) < 2, $"CoRe {own}; {string.Join(", ", others)}");
    }
}
