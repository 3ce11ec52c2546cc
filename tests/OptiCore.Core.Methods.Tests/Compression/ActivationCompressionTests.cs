using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Optimizers;
using OptiCore.Randomness;
using OptiCore.TestKit;
using static OptiCore.Differentiation.Derivative;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Core.Tests.Methods.Compression;

/// <summary>Activations kept as a few bits for the derivative.</summary>
public sealed class ActivationCompressionTests
{
    [Theory]
    [InlineData(2, false)]
    [InlineData(3, false)]
    [InlineData(8, false)]
    [InlineData(2, true)]
    [InlineData(2.5, true)]
    public void Roundings_are_neighbouring_levels_and_right_on_average(double bits, bool isMixed)
    {
        const int rows = 5, length = 37, draws = 400;
        var compression = new ActivationCompression { Bits = bits, GroupSize = 10, IsMixed = isMixed };
        Variable x = Variable.Input("x", [rows, length]);
        var key = KeyVariable.Input("key");
        Replay<float> replay = Computation.Compile<float>([x], compression.Round(x, key)).Start();
        RandomFill.Normal(RandomKey.FromSeed(1), replay.Input(0));
        for (int i = 0; i < length; i++)
            replay.Input(0)[i] *= 50;
        replay.Input(0)[(3 * length)..(4 * length)].Fill(0.7f);
        var mean = new double[rows * length];
        var levels = new HashSet<float>[rows * 4];
        for (int draw = 0; draw < draws; draw++)
        {
            replay.SetKey(key, RandomKey.FromSeed(2).Fold(draw));
            replay.Run();
            for (int i = 0; i < mean.Length; i++)
            {
                mean[i] += replay.Output(0)[i] / draws;
                (levels[(i / length * 4) + (i % length / 10)] ??= []).Add(replay.Output(0)[i]);
            }
        }

        // Of two neighbouring levels a step apart, the variance is at most step^2 / 4.
        for (int i = 0; i < mean.Length; i++)
        {
            HashSet<float> own = levels[(i / length * 4) + (i % length / 10)];
            double range = own.Max() - own.Min(), step = own.Count < 2 ? 0 : range / (own.Count - 1);
            if (!isMixed)
                Assert.True(own.Count <= 1 << (int)bits, $"{own.Count} levels.");
            double error = (isMixed ? range : Math.Max(step, range / ((1 << (int)bits) - 1))) / 2 / Math.Sqrt(draws);
            Assert.True(Math.Abs(mean[i] - replay.Input(0)[i]) <= (5 * error) + 1e-5, $"Element {i}: {replay.Input(0)[i]} has the mean {mean[i]} +- {error}.");
        }

        Promises.AllocatesNothing(replay.Run, "roundings");
    }

    [Fact]
    public void Bits_go_where_they_save_most_as_in_a_search_over_all_allocations()
    {
        double[] weights = [3, 0.1, 40, 0, 7];
        const int budget = 14;
        var bits = new int[5];
        BitAllocation.Allocate(weights, budget, bits);
        double Cost(ReadOnlySpan<int> b)
        {
            double sum = 0;
            for (int i = 0; i < b.Length; i++)
                sum += weights[i] / Math.Pow((1 << b[i]) - 1, 2);
            return sum;
        }

        double best = double.PositiveInfinity;
        for (int code = 0; code < 8 * 8 * 8 * 8 * 8; code++)
        {
            int[] all = [.. Enumerable.Range(0, 5).Select(i => (code >> (3 * i) & 7) + 1)];
            if (all.Sum() <= budget)
                best = Math.Min(best, Cost(all));
        }

        Assert.True(bits.Sum() <= budget);
        Assert.Equal(1, bits[3]);
        Promises.Close(best, Cost(bits), 1e-14, 0, "the cost");
        BitAllocation.Allocate(weights, 1000, bits);
        Assert.Equal([8, 8, 8, 1, 8], bits);
    }

    [Fact]
    public void The_gradient_is_right_on_average_and_its_variance_is_that_of_the_formula()
    {
        const int rows = 6, inputs = 20, outputs = 3, draws = 6000, group = 10;
        var compression = new ActivationCompression { Bits = 2, GroupSize = group, IsMixed = false };
        Variable x = Variable.Input("x", [rows, inputs]), w = Variable.Input("w", [inputs, outputs]), g = Variable.Input("g", [rows, outputs]);
        var key = KeyVariable.Input("key");
        Variable exact = Sum(g * MatMul(x, w)), compressed = Sum(g * compression.Apply(v => MatMul(v, w), x, key));
        Replay<double> replay = Computation.Compile<double>([x, w, g], exact, compressed, Gradient(exact, w), Gradient(compressed, w), Gradient(exact, x), Gradient(compressed, x)).Start();
        for (int i = 0; i < 3; i++)
            RandomFill.Normal(RandomKey.FromSeed((ulong)(3 + i)), replay.Input(i));
        double[] mean = new double[inputs * outputs], square = new double[inputs * outputs];
        for (int draw = 0; draw < draws; draw++)
        {
            replay.SetKey(key, RandomKey.FromSeed(6).Fold(draw));
            replay.Run();
            for (int i = 0; i < mean.Length; i++)
            {
                double difference = replay.Output(3)[i] - replay.Output(2)[i];
                mean[i] += difference / draws;
                square[i] += difference * difference / draws;
            }
        }

        // What doesn't need the argument is exact.
        Promises.SameBits(replay.Output(0), replay.Output(1), "the value");
        Promises.SameBits(replay.Output(4), replay.Output(5), "the gradient by the argument");

        // Var dW[i, j] = sum_n g[n, j]^2 s^2 f (1 - f), s the step of the element's group and f its fractional part.
        double measured = 0, predicted = 0;
        for (int i = 0; i < inputs; i++)
        {
            for (int j = 0; j < outputs; j++)
            {
                double variance = 0;
                for (int n = 0; n < rows; n++)
                {
                    ReadOnlySpan<double> own = replay.Input(0).Slice((n * inputs) + (i / group * group), group);
                    double least = System.Numerics.Tensors.TensorPrimitives.Min(own), step = (System.Numerics.Tensors.TensorPrimitives.Max(own) - least) / 3;
                    double level = (replay.Input(0)[(n * inputs) + i] - least) / step, fraction = level - Math.Floor(level);
                    variance += Math.Pow(replay.Input(2)[(n * outputs) + j] * step, 2) * fraction * (1 - fraction);
                }

                int at = (i * outputs) + j;
                Assert.True(Math.Abs(mean[at]) <= 4.5 * Math.Sqrt(variance / draws), $"({i}, {j}): off by {mean[at]} on average, for the variance {variance}.");
                measured += square[at];
                predicted += variance;
            }
        }

        // Relative error of a variance of about 60 x 6000 dependent draws: below 3%.
        Promises.Close(predicted, measured, 0.03, 0, "the variance");
    }

    [Fact]
    public void Sensitive_rows_get_more_bits_and_the_variance_shrinks()
    {
        const int rows = 32, inputs = 64, draws = 200;
        Variable x = Variable.Input("x", [rows, inputs]), w = Variable.Input("w", [inputs, 1]), g = Variable.Input("g", [rows, 1]);
        var key = KeyVariable.Input("key");
        Variable exact = Gradient(Sum(g * MatMul(x, w)), w);
        Variable Error(bool isMixed, bool isTold)
        {
            var compression = new ActivationCompression { GroupSize = 64, IsMixed = isMixed };
            Variable value = Sum(g * compression.Apply(v => MatMul(v, w), x, key, isTold ? Square(Reshape(g, [rows])) : null));
            return Sum(Square(Gradient(value, w) - exact));
        }

        Replay<double> replay = Computation.Compile<double>([x, w, g], Error(false, false), Error(true, false), Error(true, true)).Start();
        RandomFill.Normal(RandomKey.FromSeed(7), replay.Input(0));
        RandomFill.Normal(RandomKey.FromSeed(8), replay.Input(2));
        for (int n = 0; n < rows; n++)
        {
            replay.Input(2)[n] *= Math.Exp(n % 4 * 1.0);
            for (int i = 0; i < inputs; i++)
                replay.Input(0)[(n * inputs) + i] *= Math.Exp(n % 3 * 1.0);
        }

        var sums = new double[3];
        for (int draw = 0; draw < draws; draw++)
        {
            replay.SetKey(key, RandomKey.FromSeed(9).Fold(draw));
            replay.Run();
            for (int i = 0; i < 3; i++)
                sums[i] += replay.Output(i)[0];
        }

        string all = $"Variances {sums[0]} uniform, {sums[1]} by ranges, {sums[2]} by ranges and sensitivities.";
        Assert.True(sums[2] < 0.4 * sums[0], all);
        Assert.True(sums[2] < 0.7 * sums[1], all);
    }

    [Fact]
    public void The_rectifier_is_exact_and_batches_agree()
    {
        Variable x = Variable.Input("x", [7, 5]);
        Variable plain = Gradient(Sum(Sin(Relu(x))), x), compressed = Gradient(Sum(Sin(ActivationCompression.Relu(x))), x);
        Variable batch = Batch(row => Gradient(Sum(Sin(ActivationCompression.Relu(row))), row), x);
        var key = KeyVariable.Input("key");
        var compression = new ActivationCompression { Bits = 8, GroupSize = 5 };
        Variable squares = Batch(row => Gradient(Sum(compression.Apply(Square, Reshape(row, [1, 5]), key)), row), x);
        Replay<float> replay = Computation.Compile<float>([x], plain, compressed, batch, squares).Start();
        RandomFill.Normal(RandomKey.FromSeed(10), replay.Input(0));
        replay.Input(0)[3] = 0;
        replay.Run();
        Promises.SameBits(replay.Output(0), replay.Output(1), "the gradient");
        Promises.SameBits(replay.Output(0), replay.Output(2), "the gradient in a batch");

        // With 8 bits the argument is right to a step of a 255th of its range.
        for (int i = 0; i < 35; i++)
            Assert.InRange(replay.Output(3)[i], (2 * replay.Input(0)[i]) - 0.08, (2 * replay.Input(0)[i]) + 0.08);
    }

    [Fact]
    public void Two_bits_learn_like_full_precision_in_a_twelfth_of_the_memory()
    {
        double full = 0, mixed = 0, uniform = 0;
        for (ulong seed = 1; seed <= 3; seed++)
        {
            full += Train(null, seed);
            mixed += Train(new ActivationCompression { GroupSize = 64 }, seed);
            uniform += Train(new ActivationCompression { GroupSize = 64, IsMixed = false }, seed);
        }

        string all = $"Losses {full}, mixed {mixed}, uniform {uniform}.";
        Assert.True(mixed < 1.25 * full, all);
        Assert.True(mixed < uniform, all);

        Shape shape = [256, 256];
        int stored = new ActivationCompression().StoredElements(shape);
        Assert.InRange((double)shape.ElementCount / stored, 12, 16);

        // The plan of a gradient needs as much for cotangents either way; of the activations of the layers it saves most.
        const int depth = 16, width = 32, batch = 1024;
        long plainMemory = Memory(null, depth, width, batch), compressedMemory = Memory(new ActivationCompression(), depth, width, batch);
        Assert.True(plainMemory - compressedMemory > 2L * depth * width * batch / 3, $"{compressedMemory} elements instead of {plainMemory}; the activations are {depth * width * batch}.");
    }

    /// <summary>Memory of the gradient of a deep network, in elements.</summary>
    private static long Memory(ActivationCompression? compression, int depth, int width, int batch)
    {
        var network = new Network(new Deep(compression, depth, width), [batch, width]);
        Variable p = Variable.Input("p", [network.ParameterCount]), x = Variable.Input("x", [batch, width]);
        return Computation.Compile<float>([p, x], Gradient(Mean(Square(network.Apply(p, x, KeyVariable.Input("key"), true))), p)).MemoryElements;
    }

    private static double Train(ActivationCompression? compression, ulong seed)
    {
        const int batch = 64, inputs = 16, steps = 400;
        var network = new Network(new Deep(compression, 2, 64), [batch, inputs]);
        Variable p = Variable.Input("p", [network.ParameterCount]), x = Variable.Input("x", [batch, inputs]), y = Variable.Input("y", [batch]);
        var key = KeyVariable.Input("key");
        Variable loss = Mean(Square(Reshape(network.Apply(p, x, key, true), [batch]) - y));
        Replay<float> replay = Computation.Compile<float>([p, x, y], loss, Gradient(loss, p)).Start();
        network.Initialize(RandomKey.FromSeed(11).Fold(seed), replay.Input(0));
        RuleState<float> adam = new Adam { LearningRate = 2e-3 }.Start<float>(ParameterLayout.Vector(network.ParameterCount));
        double last = 0;
        for (int i = 0; i < steps; i++)
        {
            RandomFill.Normal(RandomKey.FromSeed(12).Fold(seed).Fold(i), replay.Input(1));
            for (int n = 0; n < batch; n++)
            {
                // Samples of different sizes: those whose rounding costs most are worth more bits.
                Span<float> row = replay.Input(1).Slice(n * inputs, inputs);
                for (int k = 0; k < inputs; k++)
                    row[k] *= n % 4 == 0 ? 2 : 0.5f;
                replay.Input(2)[n] = MathF.Sin(row[0] + row[1]) + (row[2] * row[3]);
            }

            if (compression is not null)
                replay.SetKey(key, RandomKey.FromSeed(13).Fold(seed).Fold(i));
            replay.Run();
            last += i >= steps - 50 ? replay.Output(0)[0] / 50 : 0;
            adam.Step(replay.Input(0), replay.Output(1));
        }

        return last;
    }

    /// <summary>A perceptron whose layers keep what the settings say; null for all.</summary>
    private sealed record Deep(ActivationCompression? Compression, int Depth, int Width) : Module
    {
        public override Variable Apply(Scope scope, Variable x)
        {
            for (int i = 0; i <= Depth; i++)
            {
                Scope layer = scope.Part($"layer{i}");
                var linear = new Linear(i == Depth ? 1 : Width) { Weights = Initializer.HeNormal };
                x = Compression is null ? linear.Apply(layer, x) : Compression.Apply(v => linear.Apply(layer, v), x, layer.Key("rounding"));
                if (i < Depth)
                    x = Compression is null ? Relu(x) : ActivationCompression.Relu(x);
            }

            return x;
        }
    }
}
