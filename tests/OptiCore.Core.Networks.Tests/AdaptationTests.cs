using FsCheck;
using FsCheck.Fluent;
using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.TestKit;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Core.Tests.Networks;

public sealed class AdaptationTests
{
    [Fact]
    public void Adapters_change_nothing_at_first_and_merge_into_the_parameters()
    {
        var network = new Network(new Mlp { Hidden = [6, 5], Outputs = 2 }, [4, 3]);
        var lora = new Lora(network, rank: 2, alpha: 4, tensor => tensor.Name is "layer0.weight" or "layer2.weight");
        Assert.Equal(["layer0.weight.a", "layer0.weight.b", "layer2.weight.a", "layer2.weight.b"], lora.Parameters.Select(p => p.Name));
        Assert.Equal((3 * 2) + (2 * 6) + (5 * 2) + (2 * 2), lora.ParameterCount);
        Variable parameters = Variable.Input("p", [network.ParameterCount]), adapters = Variable.Input("a", [lora.ParameterCount]), x = Variable.Input("x", [4, 3]);
        double[] theta = Lab.Initial(network), delta = new double[lora.ParameterCount], input = Lab.Normal(12);
        lora.Initialize<double>(RandomKey.FromSeed(3), delta);
        Variable adapted = lora.Apply(parameters, adapters, x), plain = network.Apply(parameters, x);
        double[][] values = Lab.Values([adapted, plain], (parameters, theta), (adapters, delta), (x, input));
        Promises.SameBits(values[1], values[0], "at first");

        delta = Lab.Normal(lora.ParameterCount, 4);
        var merged = new double[theta.Length];
        lora.Merge<double>(theta, delta, merged);
        double[] expected = Lab.Value(plain, (parameters, merged), (x, input)), actual = Lab.Value(adapted, (parameters, theta), (adapters, delta), (x, input));
        for (int i = 0; i < expected.Length; i++)
            Promises.Close(expected[i], actual[i], 1e-12, 1e-12, $"output {i}");
        Assert.NotEqual(values[1], actual);

        // What isn't adapted stays, bit for bit.
        NamedTensor middle = network.Parameters.Single(p => p.Name == "layer1.weight");
        Promises.SameBits(theta.AsSpan(middle.Offset, 30), merged.AsSpan(middle.Offset, 30), "layer1.weight");
    }

    [Fact]
    public void A_merged_change_has_the_rank_of_the_adapters()
    {
        var network = new Network(new Linear(4), [1, 5]);
        var lora = new Lora(network, rank: 1, alpha: 1);
        var theta = new double[network.ParameterCount];
        lora.Merge<double>(theta, Lab.Normal(lora.ParameterCount, 2), theta);
        for (int i = 1; i < 5; i++)
        {
            for (int j = 1; j < 4; j++)
                Promises.Close(theta[0] * theta[(i * 4) + j], theta[i * 4] * theta[j], 1e-13, 1e-15, "minor of order 2");
        }
    }

    [Fact]
    public void Adapters_alone_learn_a_change_of_low_rank()
    {
        // The target is the network with a change of rank 1 in its one matrix.
        var network = new Network(new Linear(4) { HasBias = false }, [32, 5]);
        var lora = new Lora(network, rank: 1, alpha: 1);
        double[] theta = Lab.Initial(network), wanted = (double[])theta.Clone(), delta = new double[lora.ParameterCount], x = Lab.Normal(160, 6);
        lora.Merge<double>(theta, Lab.Normal(lora.ParameterCount, 7, 0.7), wanted);
        lora.Initialize<double>(RandomKey.FromSeed(1), delta);
        Variable adapters = Variable.Input("a", [lora.ParameterCount]), input = Variable.Constant<double>(x, [32, 5]);
        Variable loss = Losses.MeanSquaredError(
            lora.Apply(Variable.Constant<double>(theta, [20]), adapters, input), network.Apply(Variable.Constant<double>(wanted, [20]), input));
        Replay<double> replay = Computation.Compile<double>([adapters], loss, Derivative.Gradient(loss, adapters)).Start();
        var adam = new TestAdam(delta.Length, 0.03);
        for (int step = 0; step < 1500; step++)
        {
            delta.CopyTo(replay.Input(0));
            replay.Run();
            adam.Step(replay.Output(1), delta.AsSpan());
        }

        Assert.True(replay.Output(0)[0] < 1e-6, $"loss {replay.Output(0)[0]}");
    }

    [Fact]
    public void Only_matrices_are_adapted()
    {
        var network = new Network(new LayerNorm(), [2, 3]);
        Assert.Throws<ArgumentException>(() => new Lora(network, 2, 2));
        Assert.Contains("matrices", Assert.Throws<ArgumentException>(() => new Lora(network, 2, 2, _ => true)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_average_is_that_of_the_formula()
    {
        var plain = new ExponentialMovingAverage(0.9);
        var corrected = plain with { IsBiasCorrected = true };
        double[][] path = [.. Enumerable.Range(1, 30).Select(t => Lab.Normal(11, (ulong)t))];
        double[] first = (double[])path[0].Clone(), second = new double[11], reference = (double[])path[0].Clone(), zero = new double[11];
        for (int t = 1; t <= 30; t++)
        {
            plain.Update<double>(path[t - 1], first, t);
            corrected.Update<double>(path[t - 1], second, t);
            for (int i = 0; i < 11; i++)
            {
                reference[i] = (0.9 * reference[i]) + (0.1 * path[t - 1][i]);
                zero[i] = (0.9 * zero[i]) + (0.1 * path[t - 1][i]);
                Promises.Close(reference[i], first[i], 1e-14, 1e-14, $"step {t}");
                Promises.Close(zero[i] / (1 - Math.Pow(0.9, t)), second[i], 1e-13, 1e-13, $"step {t}, corrected");
            }
        }
    }

    [Fact]
    public void Of_constant_parameters_the_scaled_average_makes_kappa_steps_in_one() => Forall.Check(Prop.ForAll(
        Gen.Choose(500, 999).ToArbitrary(), Gen.Choose(1, 8).ToArbitrary(), (milli, kappa) =>
        {
            var average = new ExponentialMovingAverage(milli / 1000.0);
            double[] slow = [5.0], fast = [5.0], target = [-1.0];
            for (int i = 1; i <= kappa; i++)
                average.Update<double>(target, slow, i);
            average.ForBatches(kappa).Update<double>(target, fast, 1);
            return Math.Abs(slow[0] - fast[0]) <= 1e-13 * 6;
        }));

    [Fact]
    public void Averaging_allocates_nothing_and_takes_floats()
    {
        var average = new ExponentialMovingAverage(0.99) { IsBiasCorrected = true };
        float[] parameters = new float[1003], mean = new float[1003];
        Array.Fill(parameters, 2.5f);
        long step = 0;
        Promises.AllocatesNothing(() => average.Update<float>(parameters, mean, ++step), "an average");
        Assert.All(mean, v => Assert.Equal(2.5f, v));
        Assert.Throws<ArgumentOutOfRangeException>(() => average.Share(0));
        Assert.Throws<ArgumentException>(() => average.Update<float>(parameters, mean.AsSpan(1), 1));
    }

    [Fact]
    public void Maximal_updates_have_the_factors_of_the_table()
    {
        Network wide = Perceptron(256), narrow = Perceptron(32);
        var parametrization = new MaximalUpdate(wide, narrow);
        double[] adam = new double[wide.ParameterCount], descent = new double[wide.ParameterCount], start = new double[wide.ParameterCount];
        parametrization.StepSizes<double>(MaximalUpdateOptimizer.Adam, adam);
        parametrization.StepSizes<double>(MaximalUpdateOptimizer.GradientDescent, descent);
        parametrization.Initialize<double>(RandomKey.FromSeed(1), start);
        (string Name, double Adam, double Descent, double Deviation)[] expected =
        [
            ("layer0.weight", 1, 8, Math.Sqrt(2.0 / (4 + 32))), ("layer0.bias", 1, 8, 0),
            ("layer1.weight", 1 / 8.0, 1, Math.Sqrt(2.0 / (32 + 32)) / Math.Sqrt(8)), ("layer1.bias", 1, 8, 0),
            ("layer2.weight", 1 / 8.0, 1 / 8.0, Math.Sqrt(2.0 / (32 + 2)) / 8), ("layer2.bias", 1, 1, 0),
        ];
        foreach ((string name, double ofAdam, double ofDescent, double deviation) in expected)
        {
            NamedTensor tensor = wide.Parameters.Single(p => p.Name == name);
            int count = tensor.Shape.ElementCount;
            Assert.All(adam[tensor.Offset..(tensor.Offset + count)], v => Assert.Equal(ofAdam, v, 1e-15));
            Assert.All(descent[tensor.Offset..(tensor.Offset + count)], v => Assert.Equal(ofDescent, v, 1e-15));
            Promises.Close(deviation, Lab.RootMeanSquare(start.AsSpan(tensor.Offset, count)), 5 / Math.Sqrt(2.0 * count), 0, name);
        }

        Assert.Throws<ArgumentException>(() => new MaximalUpdate(wide, new Network(new Linear(2), [8, 4])));
    }

    [Fact]
    public void Maximal_updates_move_the_output_as_far_at_any_width()
    {
        // The coordinate check of the paper: after a few steps of Adam, the output has moved as far at any width; in the standard parametrization it moves farther the wider the network is.
        double transferred = Movement(1024, isMaximal: true) / Movement(64, isMaximal: true), standard = Movement(1024, isMaximal: false) / Movement(64, isMaximal: false);
        Assert.InRange(transferred, 0.5, 2);
        Assert.True(standard > 4, $"the standard parametrization moves {standard} times as far");
    }

    private static Network Perceptron(int width) => new(new Mlp { Hidden = [width, width], Outputs = 2, Activation = Relu }, [8, 4]);

    private static double Movement(int width, bool isMaximal)
    {
        Network network = Perceptron(width);
        double[] theta = Lab.Initial(network), factors = new double[network.ParameterCount];
        Array.Fill(factors, 1);
        if (isMaximal)
        {
            var parametrization = new MaximalUpdate(network, Perceptron(64));
            parametrization.Initialize<double>(RandomKey.FromSeed(1), theta);
            parametrization.StepSizes<double>(MaximalUpdateOptimizer.Adam, factors);
        }

        Variable parameters = Variable.Input("p", [network.ParameterCount]), y = network.Apply(parameters, Variable.Constant<double>(Lab.Normal(32, 3), [8, 4]));
        Variable loss = Losses.MeanSquaredError(y, Variable.Constant<double>(Lab.Normal(16, 4), [8, 2]));
        Replay<float> replay = Computation.Compile<float>([parameters], y, Derivative.Gradient(loss, parameters)).Start();
        for (int i = 0; i < theta.Length; i++)
            replay.Input(0)[i] = (float)theta[i];
        var adam = new TestAdam(theta.Length, 1e-3);
        float[] first = [];
        for (int step = 0; step < 4; step++)
        {
            replay.Run();
            if (step == 0)
                first = replay.Output(0).ToArray();
            if (step < 3)
                adam.Step(replay.Output(1), replay.Input(0), factors);
        }

        return Lab.RootMeanSquare([.. replay.Output(0).ToArray().Zip(first, (a, b) => (double)a - b)]);
    }
}
