using OptiCore.Core.Tests.Differentiation.Tracing;
using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.TestKit;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Core.Tests.Networks;

public sealed class ModuleTests
{
    private static readonly Dictionary<string, (Module Module, Shape Input, bool IsTraining, bool IsSmooth)> Rows = new()
    {
        ["mlp"] = (new Mlp { Hidden = [4, 3], Outputs = 2 }, [3, 3], true, true),
        ["layer norm"] = (new LayerNorm(), [3, 4], true, true),
        ["rms norm"] = (new RmsNorm(), [3, 4], true, true),
        ["group norm"] = (new GroupNorm(2) { PlaceAxes = 1 }, [2, 3, 4], true, true),
        ["batch norm"] = (new BatchNorm(), [5, 3], true, true),
        ["residual, sequential"] = (new Sequential(new Residual(new Linear(3)), new Activation(Silu), new Linear(2) { HasBias = false }), [4, 3], true, true),
        ["radial basis"] = (new RadialBasis(4) { Width = 1.5 }, [3, 2], true, true),
        ["convolutions"] = (new Sequential(new Convolution2D(2, 3) { IsSame = true, Stride = 2 }, new Activation(Tanh), new Flatten(), new Linear(2)), [2, 3, 4, 2], true, true),
        ["transposed convolution, pooling"] = (new Sequential(new TransposedConvolution2D(2, 2) { Stride = 2 }, new AveragePool2D(3) { Stride = 2 }), [2, 2, 3, 2], true, true),
        ["convolutions of sequences"] = (new Sequential(new Convolution1D(4, 3) { Padding = 1, Groups = 2 }, new MaxPool1D(2)), [2, 5, 2], true, false),
        ["rectifier with correction"] = (new Sequential(new Linear(4), new CrRelu { Epsilon = 0.3 }), [3, 2], true, false),
        ["geometric rectifiers"] = (new GeometricRelu(4) { Offsets = Initializer.Uniform(-0.5, 0.5) }, [3, 3], true, false),
        ["geometric rectifiers of a number"] = (new GeometricRelu(3), [4, 1], true, false),
        ["sparse"] = (new SparseLinear(SparseSupport.Random(RandomKey.FromSeed(1), 4, 3, 5)), [2, 4], true, true),
        ["cosine transform plus sparse"] = (new DctSparseLinear(SparseSupport.Random(RandomKey.FromSeed(2), 4, 6, 7)), [2, 3, 4], true, true),
        ["cosine transform plus sparse, fewer outputs"] = (new DctSparseLinear(SparseSupport.Random(RandomKey.FromSeed(3), 5, 3, 4)) { HasBias = false }, [2, 5], true, true),
        ["recurrent"] = (new Recurrent(new Rnn(3) { Activation = Softplus }) { IsLastOnly = true }, [2, 3, 2], true, true),
        ["transformer with rms norm"] = (new TransformerBlock { Attention = new MultiHeadAttention(2) { IsCausal = true }, FeedWidth = 3, Norm = new RmsNorm { Epsilon = 0.1 } }, [3, 4], true, true),
        ["hypernetwork"] = (new Hypernetwork { Main = new Mlp { Hidden = [3], Outputs = 2 }, Generator = new Mlp { Hidden = [], Outputs = 3, OutputActivation = Tanh }, ConditionSize = 2, Projection = Initializer.Normal(0.5) }, [2, 4], true, true),
        ["mixture of all experts"] = (new MixtureOfExperts { Count = 3, Used = 3, Expert = new Linear(2), IsNoisy = false }, [4, 2], true, true),
        ["mixture of experts"] = (new MixtureOfExperts { Count = 3, Used = 2, Expert = new Linear(2), IsNoisy = false }, [4, 2], true, false),

        // In evaluation the directions are a state; the second derivative takes them as constants, as the method does.
        ["spectral norm"] = (new SpectralNorm(new Linear(3)), [2, 4], false, false),
    };

    public static TheoryData<string> Names => [.. Rows.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Derivatives_of_modules_agree_with_their_values(string name)
    {
        (Module module, Shape input, bool isTraining, bool isSmooth) = Rows[name];
        var network = new Network(module, input);
        double[] initial = Lab.Initial(network);
        Variable states = Variable.Constant<double>(Lab.InitialStates(network), [network.StateCount]), start = Variable.Constant<double>(initial, [network.ParameterCount]);
        DerivativeLaws.Check(
            name,
            a => network.ScopeOf(start + (0.1 * a[0]), states, null, isTraining) is var scope ? module.Apply(scope, a[1]) + scope.Penalty : default,
            [[network.ParameterCount], input],
            x => x,
            seed: 3,
            smooth: isSmooth);
    }

    [Fact]
    public void Embedding_looks_vectors_up_and_learns_those_that_were_used()
    {
        var network = new Network(new Embedding(5, 3), [2, 2]);
        Variable parameters = Variable.Input("parameters", [network.ParameterCount]), x = Variable.Constant<double>([4, 0, 4, 2], [2, 2]), y = network.Apply(parameters, x);
        Assert.True(y.Shape == [2, 2, 3]);
        double[] table = Lab.Initial(network);
        double[][] values = Lab.Values([y, Derivative.Gradient(Sum(y), parameters)], (parameters, table));
        Promises.SameBits([.. table[12..15], .. table[0..3], .. table[12..15], .. table[6..9]], values[0], "vectors");
        Promises.SameBits([1, 1, 1, 0, 0, 0, 1, 1, 1, 0, 0, 0, 2, 2, 2], values[1], "gradient");
    }

    [Fact]
    public void Dropout_keeps_the_expectation_and_is_nothing_in_evaluation()
    {
        var network = new Network(new Dropout(0.3), [100_000]);
        Assert.Equal(0, network.ParameterCount);
        Variable parameters = Variable.Input("parameters", [0]), x = Variable.Input("x", [100_000]);
        var key = KeyVariable.Input("key");
        Replay<double> replay = Computation.Compile<double>([parameters, x], network.Apply(parameters, x, key, isTraining: true), network.Apply(parameters, x)).Start();
        replay.Input(1).Fill(2);
        replay.SetKey(key, RandomKey.FromSeed(1));
        replay.Run();
        double[] first = replay.Output(0).ToArray();
        Assert.All(first, v => Assert.True(v == 0 || Math.Abs(v - (2 / 0.7)) < 1e-15));

        // The share of zeros is binomial; five standard deviations are a chance of 6e-7.
        Promises.Close(0.3, first.Count(v => v == 0) / 1e5, 0, 5 * Math.Sqrt(0.3 * 0.7 / 1e5), "share of zeros");
        Assert.All(replay.Output(1).ToArray(), v => Assert.Equal(2, v));
        replay.Run();
        Promises.SameBits(first, replay.Output(0), "the same key");
        replay.SetKey(key, RandomKey.FromSeed(2));
        replay.Run();
        Assert.NotEqual(first, replay.Output(0).ToArray());
        Assert.Throws<InvalidOperationException>(() => network.Apply(parameters, x, isTraining: true));
    }

    [Fact]
    public void Two_dropouts_of_one_network_drop_apart()
    {
        var network = new Network(new Sequential(new Dropout(0.5), new Dropout(0.5)), [10_000]);
        Variable parameters = Variable.Input("parameters", [0]);
        var key = KeyVariable.Input("key");
        Replay<double> replay = Computation.Compile<double>([parameters], network.Apply(parameters, BroadcastTo(1, [10_000]), key, isTraining: true)).Start();
        replay.SetKey(key, RandomKey.FromSeed(3));
        replay.Run();
        Promises.Close(0.25, replay.Output(0).ToArray().Count(v => v != 0) / 1e4, 0, 5 * Math.Sqrt(0.25 * 0.75 / 1e4), "what both keep");
    }

    [Fact]
    public void Spectral_norm_makes_the_largest_singular_value_one()
    {
        var network = new Network(new SpectralNorm(new Linear(5) { HasBias = false }), [7, 7]);
        Assert.Equal("inner.weightDirection", Assert.Single(network.States).Name);
        Variable parameters = Variable.Input("parameters", [network.ParameterCount]), states = Variable.Input("states", [network.StateCount]);
        (Variable y, Variable next) = network.Apply(parameters, states, Identity(7), isTraining: true);
        Replay<double> replay = Lab.Start<double>([y, next], (parameters, Lab.Initial(network)), (states, Lab.InitialStates(network)));
        for (int i = 0; i < 300; i++)
        {
            replay.Run();
            replay.Output(1).CopyTo(replay.Input(1));
        }

        Promises.Close(1, LargestSingularValue(replay.Output(0).ToArray(), 7, 5), 1e-10, 0, "largest singular value");
    }

    [Fact]
    public void Mixture_uses_the_chosen_experts_with_the_softmax_of_their_gates()
    {
        var module = new MixtureOfExperts { Count = 4, Used = 2, Expert = new Linear(3), IsNoisy = false };
        var network = new Network(module, [6, 5]);
        Variable parameters = Variable.Input("parameters", [network.ParameterCount]), x = Variable.Input("x", [6, 5]);
        double[] theta = Lab.Initial(network), input = Lab.Normal(30, 5), actual = Lab.Value(network.Apply(parameters, x), (parameters, theta), (x, input));
        ReadOnlySpan<double> Of(string name)
        {
            NamedTensor tensor = network.Parameters.Single(p => p.Name == name);
            return theta.AsSpan(tensor.Offset, tensor.Shape.ElementCount);
        }

        for (int row = 0; row < 6; row++)
        {
            var scores = new double[4];
            for (int e = 0; e < 4; e++)
                scores[e] = Product(input.AsSpan(row * 5, 5), Of("gate"), 4, e);
            int[] best = [.. Enumerable.Range(0, 4).OrderByDescending(e => scores[e]).Take(2)];
            double total = best.Sum(e => Math.Exp(scores[e]));
            for (int j = 0; j < 3; j++)
            {
                double expected = 0;
                foreach (int e in best)
                    expected += Math.Exp(scores[e]) / total * (Product(input.AsSpan(row * 5, 5), Of($"expert{e}.weight"), 3, j) + Of($"expert{e}.bias")[j]);
                Promises.Close(expected, actual[(row * 3) + j], 1e-13, 1e-13, $"row {row}, output {j}");
            }
        }
    }

    [Fact]
    public void The_load_of_a_mixture_counts_choices_and_its_penalty_spreads_them()
    {
        // All examples begin at one pair of experts; steps down the penalty alone spread them.
        var module = new MixtureOfExperts { Count = 4, Used = 1, Expert = new Linear(1), GateWeights = Initializer.Normal(1) };
        var network = new Network(module, [64, 3]);
        Variable parameters = Variable.Input("parameters", [network.ParameterCount]);
        double[] x = [.. Enumerable.Range(0, 64).SelectMany(i => new[] { 1, Math.Cos(i), Math.Sin(i) })];
        var key = KeyVariable.Input("key");
        Scope scope = network.ScopeOf(parameters, key: key, isTraining: true);
        module.Apply(scope, Variable.Constant<double>(x, [64, 3]));
        Replay<double> replay = Computation.Compile<double>([parameters], scope.Penalty, Derivative.Gradient(scope.Penalty, parameters)).Start();
        double[] theta = Lab.Initial(network);
        NamedTensor gate = network.Parameters.Single(p => p.Name == "gate");
        theta[gate.Offset] = 3;
        var adam = new TestAdam(theta.Length, 0.05);
        double first = 0, last = 0;
        for (int step = 0; step < 200; step++)
        {
            theta.CopyTo(replay.Input(0));
            replay.SetKey(key, RandomKey.FromSeed((ulong)step));
            replay.Run();
            if (step < 20)
                first += replay.Output(0)[0];
            if (step >= 180)
                last += replay.Output(0)[0];
            adam.Step(replay.Output(1), theta.AsSpan());
        }

        Assert.True(last < 0.2 * first, $"penalty {first / 20} at first, {last / 20} at last");
    }

    [Fact]
    public void A_hypernetwork_begins_as_its_main_network_and_gives_each_example_its_own_parameters()
    {
        var main = new Mlp { Hidden = [4], Outputs = 2 };
        var module = new Hypernetwork { Main = main, Generator = new Mlp { Hidden = [5], Outputs = 3 }, ConditionSize = 2, Projection = Initializer.Zeros };
        var network = new Network(module, [6, 5]);
        Variable parameters = Variable.Input("parameters", [network.ParameterCount]), x = Variable.Input("x", [6, 5]);
        double[] theta = Lab.Initial(network), input = Lab.Normal(30, 5);
        var plain = new Network(main, [6, 3]);
        Variable own = Variable.Input("own", [plain.ParameterCount]);
        NamedTensor start = network.Parameters.Single(p => p.Name == "base");
        double[] expected = Lab.Value(plain.Apply(own, Slice(x, 1, 2, 3)), (own, theta[start.Offset..(start.Offset + plain.ParameterCount)]), (x, input));
        double[] actual = Lab.Value(network.Apply(parameters, x), (parameters, theta), (x, input));
        for (int i = 0; i < expected.Length; i++)
            Promises.Close(expected[i], actual[i], 1e-13, 1e-13, $"element {i}");

        // With a projection, the same example gives another output under another condition, and that of a shared condition is the same as one by one.
        theta = Array.ConvertAll(theta, v => v == 0 ? 0.3 : v);
        Scope scope = network.ScopeOf(parameters);
        Variable condition = Variable.Constant<double>([0.4, -1], [2]), features = Slice(x, 1, 2, 3);
        double[][] both = Lab.Values(
            [module.Apply(scope, condition, features), module.Apply(scope, BroadcastTo(condition, [6, 2]), features), module.Apply(scope, -condition, features)],
            (parameters, theta),
            (x, input));
        for (int i = 0; i < expected.Length; i++)
            Promises.Close(both[0][i], both[1][i], 1e-13, 1e-13, $"element {i} under one condition");
        Assert.NotEqual(both[0], both[2]);
    }

    [Fact]
    public void A_causal_block_sees_nothing_of_later_places()
    {
        var network = new Network(new TransformerBlock { Attention = new MultiHeadAttention(2) { IsCausal = true }, FeedWidth = 6 }, [5, 4]);
        Variable parameters = Variable.Input("parameters", [network.ParameterCount]), x = Variable.Input("x", [5, 4]);
        double[] jacobian = Lab.Value(Derivative.Jacobian(network.Apply(parameters, x), x), (parameters, Lab.Initial(network)), (x, Lab.Normal(20)));
        for (int i = 0; i < 20; i++)
        {
            for (int j = 0; j < 20; j++)
                Assert.True(j / 4 <= i / 4 || jacobian[(i * 20) + j] == 0, $"place {i / 4} depends on place {j / 4}");
        }

        Assert.NotEqual(0, jacobian[16 * 20]);
    }

    [Fact]
    public void A_mask_takes_keys_away()
    {
        var module = new MultiHeadAttention(2);
        var network = new Network(module, [2, 3, 4]);
        Variable parameters = Variable.Input("parameters", [network.ParameterCount]), x = Variable.Input("x", [2, 3, 4]);
        Scope scope = network.ScopeOf(parameters);
        Variable masked = module.Apply(scope, x, x, Variable.Constant<double>([1, 1, 0], [1, 3])), less = module.Apply(scope, x, Slice(x, 1, 0, 2));
        double[][] values = Lab.Values([masked, less], (parameters, Lab.Initial(network)), (x, Lab.Normal(24)));
        for (int i = 0; i < 24; i++)
            Promises.Close(values[1][i], values[0][i], 1e-13, 1e-13, $"element {i}");
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Assert.Throws<ArgumentException>(() => new Network(new Residual(new Linear(2)), [3, 3]));
        Assert.Throws<ArgumentException>(() => new Network(new GroupNorm(4), [3, 6]));
        Assert.Throws<ArgumentException>(() => new Network(new MultiHeadAttention(4), [3, 6]));
        Assert.Throws<ArgumentException>(() => new Network(new MixtureOfExperts { Count = 2, Used = 3, Expert = new Linear(1) }, [3, 6]));
        Assert.Throws<ArgumentException>(() => new Network(new Recurrent(new Gru(2)), [6]));
        Assert.Throws<ArgumentException>(() => new Network(scope => new MultiHeadAttention(2) { IsCausal = true }.Apply(scope, Variable.Input("q", [4, 6]), Variable.Input("k", [3, 6]))));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Dropout(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Linear(3) with { Outputs = 0 });
        var network = new Network(new BatchNorm(), [1, 3]);
        Assert.Throws<ArgumentException>(() => network.Apply(Variable.Input("p", [6]), Variable.Input("s", [6]), Variable.Input("x", [1, 3]), isTraining: true));
    }

    private static double Product(ReadOnlySpan<double> row, ReadOnlySpan<double> matrix, int columns, int column)
    {
        double sum = 0;
        for (int i = 0; i < row.Length; i++)
            sum += row[i] * matrix[(i * columns) + column];
        return sum;
    }

    private static double LargestSingularValue(double[] matrix, int rows, int columns)
    {
        double[] v = Lab.Normal(columns, 9);
        double norm = 0;
        for (int step = 0; step < 2000; step++)
        {
            var u = new double[rows];
            for (int i = 0; i < rows; i++)
                u[i] = Product(v, matrix.AsSpan(i * columns, columns), 1, 0);
            for (int j = 0; j < columns; j++)
                v[j] = Product(u, matrix, columns, j);
            norm = Math.Sqrt(v.Sum(e => e * e));
            v = Array.ConvertAll(v, e => e / norm);
        }

        return Math.Sqrt(norm);
    }
}
