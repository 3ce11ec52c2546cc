using FsCheck;
using FsCheck.Fluent;
using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.TestKit;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL.Tests.Policies;

/// <summary>Laws of actions against sums over all actions, quadrature and draws.</summary>
public class ActionDistributionTests
{
    private const int Rows = 200_000;

    [Fact]
    public void Categorical_probabilities_entropies_and_divergences_are_sums_over_all_actions() => Forall.Check(Prop.ForAll(Logits(5), Logits(5), (a, b) =>
    {
        var law = new CategoricalActions([2, 3]);
        double entropy = 0, divergence = 0, total = 0;
        for (int i = 0; i < 2; i++)
        {
            for (int j = 0; j < 3; j++)
            {
                double log = Log(law, a, [i, j]), other = Log(law, b, [i, j]);
                total += Math.Exp(log);
                entropy -= Math.Exp(log) * log;
                divergence += Math.Exp(log) * (log - other);
            }
        }

        Promises.Close(1, total, 0, 1e-12, "the sum of probabilities");
        Promises.Close(entropy, Number(law.Entropy(Row(a))), 1e-12, 1e-12, "entropy");
        Promises.Close(divergence, Number(law.Divergence(Row(a), Row(b))), 1e-12, 1e-12, "divergence");
    }));

    [Fact]
    public void Bernoulli_probabilities_entropies_and_divergences_are_sums_over_all_actions() => Forall.Check(Prop.ForAll(Logits(3), Logits(3), (a, b) =>
    {
        var law = new BernoulliActions(3);
        double entropy = 0, divergence = 0, total = 0;
        for (int bits = 0; bits < 8; bits++)
        {
            double[] action = [bits & 1, (bits >> 1) & 1, bits >> 2];
            double log = Log(law, a, action), other = Log(law, b, action);
            total += Math.Exp(log);
            entropy -= Math.Exp(log) * log;
            divergence += Math.Exp(log) * (log - other);
        }

        Promises.Close(1, total, 0, 1e-12, "the sum of probabilities");
        Promises.Close(entropy, Number(law.Entropy(Row(a))), 1e-12, 1e-12, "entropy");
        Promises.Close(divergence, Number(law.Divergence(Row(a), Row(b))), 1e-12, 1e-12, "divergence");
    }));

    [Fact]
    public void Normal_densities_entropies_and_divergences_are_integrals() => Forall.Check(Prop.ForAll(Logits(2), Logits(2), (a, b) =>
    {
        var law = new GaussianActions(1);
        double reach = 12 * Math.Exp(a[1]);
        double Integral(Func<double, double> f) => Trapezoid(x => Math.Exp(Log(law, a, [x])) * f(x), a[0] - reach, a[0] + reach, 60);
        Promises.Close(1, Integral(_ => 1), 0, 1e-9, "the integral of the density");
        Promises.Close(Integral(x => -Log(law, a, [x])), Number(law.Entropy(Row(a))), 1e-8, 1e-8, "entropy");
        Promises.Close(Integral(x => Log(law, a, [x]) - Log(law, b, [x])), Number(law.Divergence(Row(a), Row(b))), 1e-7, 1e-7, "divergence");
    }));

    [Fact]
    public void The_parts_of_a_normal_divergence_are_those_by_the_mean_and_by_the_covariance() => Forall.Check(Prop.ForAll(Logits(4), Logits(4), (a, b) =>
    {
        var law = new GaussianActions(2);
        double[] moved = [b[0], b[1], a[2], a[3]], widened = [a[0], a[1], b[2], b[3]];
        Variable parts = law.DivergenceByPart(Row(a), Row(b));
        Promises.Close(Number(law.Divergence(Row(a), Row(moved))), Number(parts[0][0]), 1e-12, 1e-12, "by the mean");
        Promises.Close(Number(law.Divergence(Row(a), Row(widened))), Number(parts[0][1]), 1e-12, 1e-12, "by the covariance");
        Assert.Equal(law.DivergenceParts, parts.Shape[1]);
    }));

    [Fact]
    public void Other_laws_have_one_part_which_is_the_divergence() => Forall.Check(Prop.ForAll(Logits(5), Logits(5), (a, b) =>
    {
        var law = new CategoricalActions([2, 3]);
        Variable parts = law.DivergenceByPart(Row(a), Row(b));
        Assert.Equal((law.DivergenceParts, 1), (parts.Shape[1], parts.Shape[0]));
        Assert.Equal(Number(law.Divergence(Row(a), Row(b))), Number(parts[0][0]));
    }));

    [Fact]
    public void A_squashed_normal_density_integrates_to_one_over_its_box()
    {
        var law = new SquashedGaussianActions(new Box([-3], [1]));
        foreach (double[] parameters in (double[][])[[0, -0.5], [0.4, -1], [-0.8, -0.2]])
        {
            // tanh(u) for equal steps of u: the density's steep ends are where the steps are narrow.
            double total = Trapezoid(u => Math.Exp(Log(law, parameters, [-1 + (2 * Math.Tanh(u))])) * 2 / Math.Pow(Math.Cosh(u), 2), -6.5, 6.5, 120);
            Promises.Close(1, total, 0, 1e-6, "the integral of the density");
        }
    }

    [Fact]
    public void The_density_of_a_squashed_draw_is_that_of_the_action()
    {
        var law = new SquashedGaussianActions(new Box([-3, 0], [1, 5]));
        Variable parameters = Tile(Row([0.3, -0.2, -0.7, 0.1]), 100, 1);
        KeyVariable key = KeyVariable.Input("key");
        (Variable actions, Variable log) = law.SampleWithLogProbability(parameters, key);
        Replay<double> replay = Computation.Compile<double>([], log, law.LogProbability(parameters, actions), actions).Start();
        replay.SetKey(key, RandomKey.FromSeed(1));
        replay.Run();
        for (int i = 0; i < 100; i++)
        {
            Promises.Close(replay.Output(0)[i], replay.Output(1)[i], 1e-6, 1e-6, "log density");
            Assert.InRange(replay.Output(2)[2 * i], -3, 1);
            Assert.InRange(replay.Output(2)[(2 * i) + 1], 0, 5);
        }
    }

    /// <summary>The mean of -log p over draws is the entropy, within 4.5 standard errors.</summary>
    [Theory]
    [InlineData("categorical")]
    [InlineData("Bernoulli")]
    [InlineData("normal")]
    public void Draws_have_the_entropy_of_the_law(string name)
    {
        ActionDistribution law = name switch { "categorical" => new CategoricalActions([3, 2]), "Bernoulli" => new BernoulliActions(4), _ => new GaussianActions(2) };
        double[] parameters = [.. Enumerable.Range(0, law.LawLength).Select(i => 0.7 * Math.Sin(3 * i + 1))];
        KeyVariable key = KeyVariable.Input("key");
        Variable rows = Tile(Row(parameters), Rows, 1), log = law.LogProbability(rows, law.Sample(rows, key));
        Replay<double> replay = Computation.Compile<double>([], Mean(log), Mean(Square(log)), Sum(law.Entropy(Row(parameters)))).Start();
        replay.SetKey(key, RandomKey.FromSeed(2));
        replay.Run();
        double mean = replay.Output(0)[0], error = Math.Sqrt((replay.Output(1)[0] - (mean * mean)) / Rows);
        Assert.InRange((-mean - replay.Output(2)[0]) / error, -4.5, 4.5);
    }

    [Fact]
    public void The_mode_is_the_most_probable_action()
    {
        Assert.Equal([1, 2], Values(new CategoricalActions([2, 3]).Mode(Row([0.1, 0.3, -1, 0, 2]))));
        Assert.Equal([1, 0], Values(new BernoulliActions(2).Mode(Row([0.5, -0.5]))));
        Assert.Equal([0.5, -0.5], Values(new GaussianActions(2).Mode(Row([0.5, -0.5, 3, 1]))));
        Promises.Close(-1 + (2 * Math.Tanh(0.3)), Values(new SquashedGaussianActions(new Box([-3], [1])).Mode(Row([0.3, -1])))[0], 1e-12, 0, "squashed mode");
    }

    [Fact]
    public void An_unbounded_box_has_no_squashed_law() =>
        Assert.Contains("bounds", Assert.Throws<ArgumentException>(() => new SquashedGaussianActions(new Box([0], [float.PositiveInfinity]))).Message, StringComparison.Ordinal);

    private static Arbitrary<double[]> Logits(int count) =>
        Gen.Choose(-2000, 2000).Select(i => i / 1000.0).ArrayOf(count).ToArbitrary();

    private static Variable Row(double[] values) => Variable.Constant<double>(values, [1, values.Length]);

    private static double Log(ActionDistribution law, double[] parameters, double[] action) => Number(law.LogProbability(Row(parameters), Row(action)));

    private static double Number(Variable x) => Values(x)[0];

    private static double[] Values(Variable x)
    {
        Replay<double> replay = Computation.Compile<double>([], x).Start();
        replay.Run();
        return replay.Output(0).ToArray();
    }

    private static double Trapezoid(Func<double, double> f, double from, double to, int steps)
    {
        double sum = 0, h = (to - from) / steps;
        for (int i = 0; i <= steps; i++)
            sum += (i == 0 || i == steps ? 0.5 : 1) * f(from + (i * h));
        return sum * h;
    }
}
