using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using OptiCore.Core.Tests.Differentiation.Tracing;
using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.Networks;

public sealed class LossTests
{
    private static readonly Dictionary<string, Func<Variable[], Variable>> Torch = new()
    {
        ["mse"] = a => Losses.MeanSquaredError(a[0], a[1]),
        ["mae"] = a => Losses.MeanAbsoluteError(a[0], a[1]),
        ["huber"] = a => Losses.Huber(a[0], a[1], 0.7),
        ["cross-entropy"] = a => Losses.CrossEntropy(a[0], a[1]),
        ["cross-entropy, smoothed"] = a => Losses.CrossEntropy(a[0], a[1], 0.1),
        ["cross-entropy, soft"] = a => Losses.CrossEntropy(a[0], a[1]),
        ["cross-entropy, soft and smoothed"] = a => Losses.CrossEntropy(a[0], a[1], 0.2),
        ["binary cross-entropy"] = a => Losses.BinaryCrossEntropy(a[0], a[1]),
        ["focal"] = a => Losses.Focal(a[0], a[1], 1.5, 0.3),
        ["gaussian"] = a => Losses.GaussianNegativeLogLikelihood(a[0], a[1], a[2]),
        ["info-nce"] = a => Losses.InfoNce(a[0], a[1], 0.2),
        ["gaussian divergence"] = a => Losses.GaussianDivergence(a[0], a[1], a[2], a[3]),
        ["categorical divergence"] = a => Losses.CategoricalDivergence(a[0], a[1]),
        ["bernoulli divergence"] = a => Losses.BernoulliDivergence(a[0], a[1]),
        ["energy"] = a => Losses.EnergyDistance(a[0], a[1]),
        ["earth mover's pinball"] = a => Losses.EarthMoversPinball(a[0], a[1], 0.3),
    };

    private static readonly Dictionary<string, (Func<Variable[], Variable> Function, Shape[] Shapes)> Smooth = new()
    {
        ["gaussian"] = (a => Losses.GaussianNegativeLogLikelihood(a[0], a[1], a[2]), [[4], [4], [4]]),
        ["cross entropy"] = (a => Losses.CrossEntropy(a[0], a[1], 0.1), [[3, 4], [3, 4]]),
        ["binary cross entropy"] = (a => Losses.BinaryCrossEntropy(a[0], a[1]), [[5], [5]]),
        ["focal"] = (a => Losses.Focal(a[0], 1, 1.5), [[5]]),
        ["info-nce"] = (a => Losses.InfoNce(a[0], a[1], 0.5), [[4, 3], [4, 3]]),
        ["smoothed pinball"] = (a => Losses.EarthMoversPinball(a[0], a[1], 0.3, 0.4), [[2, 5], [2, 5]]),
        ["energy"] = (a => Losses.EnergyDistance(a[0], a[1], unbiased: true), [[4, 2], [3, 2]]),
        ["gaussian divergence"] = (a => Losses.GaussianDivergence(a[0], a[1], a[2], a[3]), [[4], [4], [4], [4]]),
        ["categorical divergence"] = (a => Losses.CategoricalDivergence(a[0], a[1]), [[3, 4], [3, 4]]),
        ["bernoulli divergence"] = (a => Losses.BernoulliDivergence(a[0], a[1]), [[4], [4]]),
    };

    public static TheoryData<string> TorchNames => [.. Torch.Keys];

    public static TheoryData<string> SmoothNames => [.. Smooth.Keys];

    [Theory]
    [MemberData(nameof(TorchNames))]
    public void Losses_agree_with_PyTorch(string name)
    {
        JsonElement expected = Reference.Json("torch-networks/networks.json").GetProperty("losses").GetProperty(name);
        JsonElement[] arguments = [.. expected.GetProperty("arguments").EnumerateArray()];
        Variable[] inputs = Array.ConvertAll(arguments, a => Variable.Input("a", ShapeOf(a)));
        Variable y = Torch[name](inputs);
        Assert.Equal(ShapeOf(expected.GetProperty("y")), y.Shape);
        double[] actual = Lab.Value(y, [.. inputs.Zip(arguments, (input, a) => (input, a.Numbers("values")))]), values = expected.GetProperty("y").Numbers("values");
        for (int i = 0; i < values.Length; i++)
            Promises.Close(values[i], actual[i], 1e-12, 1e-13, $"{name}, element {i}");
    }

    [Fact]
    public void Every_stored_loss_is_checked() =>
        Assert.Equal(Reference.Json("torch-networks/networks.json").GetProperty("losses").EnumerateObject().Select(p => p.Name).Order(), Torch.Keys.Order());

    [Theory]
    [MemberData(nameof(SmoothNames))]
    public void Derivatives_of_losses_agree_with_their_values(string name) => DerivativeLaws.Check(name, Smooth[name].Function, Smooth[name].Shapes, x => x, seed: 7);

    [Fact]
    public void Pinball_is_least_at_the_quantile()
    {
        // Of 0, 1, ... 100, the mean pinball loss of a constant is least at the quantile itself.
        double[] sample = [.. Enumerable.Range(0, 101).Select(i => (double)i)];
        Variable q = Variable.Input("q", Shape.Scalar), loss = Operations.Mean(Losses.Quantile(q, Variable.Constant<double>(sample, [101]), 0.8));
        Replay<double> replay = Computation.Compile<double>([q], loss).Start();
        int best = Enumerable.Range(0, 101).MinBy(i =>
        {
            replay.Input(0)[0] = i;
            replay.Run();
            return replay.Output(0)[0];
        });
        Assert.Equal(80, best);
    }

    [Fact]
    public void At_the_median_the_histogram_loss_is_half_the_earth_movers_distance()
    {
        // All mass moves by two bins.
        double[] loss = Lab.Value(Losses.EarthMoversPinball(Variable.Constant<double>([1, 0, 0, 0], [4]), Variable.Constant<double>([0, 0, 1, 0], [4]), 0.5));
        Promises.Close(1, loss[0], 1e-15, 0, "half of two");
    }

    [Fact]
    public void Smoothing_vanishes_with_its_width()
    {
        Variable p = Variable.Constant<double>([0.3, -1.2, 2], [3]), t = Variable.Constant<double>([1, 0.5, -0.7], [3]);
        double[][] values = Lab.Values([Losses.Quantile(p, t, 0.2), Losses.Quantile(p, t, 0.2, 1e-3)]);
        for (int i = 0; i < 3; i++)
            Promises.Close(values[0][i], values[1][i], 0, 1e-12, "pinball");
    }

    [Fact]
    public void Focal_loss_without_focus_is_the_cross_entropy()
    {
        Variable z = Variable.Constant<double>([-60, -2, 0.5, 60], [4]), t = Variable.Constant<double>([1, 0, 1, 1], [4]);
        double[][] values = Lab.Values([Losses.Focal(z, t, 0, null), Losses.BinaryCrossEntropy(z, t), Losses.Focal(z, t)]);
        for (int i = 0; i < 4; i++)
            Promises.Close(values[1][i], values[0][i], 1e-14, 1e-14, "focal");

        // Of p_t = 1 - 1e-26 nothing is left, without a loss of digits on the way.
        Promises.Close(0.25 * Math.Exp(-180), values[2][3], 1e-12, 0, "a well-classified example");
    }

    [Fact]
    public void Cramer_distance_is_the_integral_of_the_squared_difference() => Forall.Check(Prop.ForAll(
        Gen.Choose(0, 1000).Select(k => k / 100.0).ArrayOf(6).ToArbitrary(), Gen.Choose(0, 1000).Select(k => k / 100.0).ArrayOf(4).ToArbitrary(), (a, b) =>
        {
            double integral = 0;
            double[] all = [.. a.Concat(b).Order()];
            for (int i = 1; i < all.Length; i++)
                integral += (all[i] - all[i - 1]) * Math.Pow((a.Count(v => v <= all[i - 1]) / 6.0) - (b.Count(v => v <= all[i - 1]) / 4.0), 2);
            double distance = Lab.Value(Losses.CramerDistance(Variable.Constant<double>(a, [6]), Variable.Constant<double>(b, [4])))[0];
            return Math.Abs(distance - integral) <= 1e-12 * (1 + integral);
        }));

    [Fact]
    public void Energy_distance_of_one_law_has_the_mean_zero_without_bias()
    {
        // 400 pairs of samples of 8: the standard error of the mean is estimated from them; 4 of it is a chance of 6e-5.
        double[] distances = Lab.Value(Losses.EnergyDistance(Variable.Constant<double>(Lab.Normal(6400, 1), [400, 8, 2]), Variable.Constant<double>(Lab.Normal(6400, 2), [400, 8, 2]), unbiased: true));
        double mean = distances.Average(), error = Math.Sqrt(distances.Select(d => (d - mean) * (d - mean)).Sum() / (400.0 * 399));
        Assert.True(Math.Abs(mean) < 4 * error, $"mean {mean}, standard error {error}");
    }

    [Fact]
    public void Targets_of_other_shapes_are_refused()
    {
        Variable logits = Variable.Input("z", [5, 4]);
        Assert.Contains("[4]", Assert.Throws<ArgumentException>(() => Losses.CrossEntropy(logits, Variable.Input("t", [4]))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => Losses.CrossEntropy(logits, logits, 1.5));
        Assert.Throws<ArgumentOutOfRangeException>(() => Losses.Huber(logits, logits, 0));
        Assert.Throws<ArgumentException>(() => Losses.InfoNce(logits, Variable.Input("p", [4, 4]), 1));
        Assert.Throws<ArgumentException>(() => Losses.EnergyDistance(Variable.Input("x", [1, 2]), Variable.Input("y", [3, 2]), unbiased: true));
    }

    private static Shape ShapeOf(JsonElement tensor) => Shape.Create([.. tensor.GetProperty("shape").EnumerateArray().Select(e => e.GetInt32())]);
}
