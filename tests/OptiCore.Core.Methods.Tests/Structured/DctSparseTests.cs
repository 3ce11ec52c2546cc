using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Optimizers;
using OptiCore.Randomness;
using OptiCore.TestKit;
using static OptiCore.Differentiation.Derivative;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Core.Tests.Methods.Structured;

/// <summary>Layers that are a cosine transform plus a sparse matrix.</summary>
public sealed class DctSparseTests
{
    [Theory]
    [InlineData(8, 8)]
    [InlineData(12, 7)]
    [InlineData(7, 12)]
    public void The_layer_equals_its_dense_matrix(int inputs, int outputs)
    {
        var support = SparseSupport.Random(RandomKey.FromSeed(1), inputs, outputs, 9);
        var network = new Network(new DctSparseLinear(support) { Weights = Initializer.Normal(1) }, [3, inputs]);
        Variable p = Variable.Input("p", [network.ParameterCount]), x = Variable.Input("x", [3, inputs]);
        Replay<double> replay = Computation.Compile<double>([p, x], network.Apply(p, x)).Start();
        network.Initialize(RandomKey.FromSeed(2), replay.Input(0));
        RandomFill.Normal(RandomKey.FromSeed(3), replay.Input(1));
        replay.Run();
        double scale = replay.Input(0)[0];
        int n = Math.Max(inputs, outputs);
        Promises.Close(Math.Sqrt(2.0 * n / inputs), scale, 1e-15, 0, "the scale at first");
        var dense = new double[inputs * outputs];
        for (int i = 0; i < inputs; i++)
        {
            for (int j = 0; j < outputs; j++)
                dense[(i * outputs) + j] = scale * Math.Sqrt((j == 0 ? 1.0 : 2.0) / n) * Math.Cos(Math.PI * j * ((2 * i) + 1) / (2 * n));
        }

        for (int k = 0; k < support.Count; k++)
            dense[(support.Rows[k] * outputs) + support.Columns[k]] += replay.Input(0)[1 + k];
        for (int row = 0; row < 3; row++)
        {
            for (int j = 0; j < outputs; j++)
            {
                double sum = 0;
                for (int i = 0; i < inputs; i++)
                    sum += replay.Input(1)[(row * inputs) + i] * dense[(i * outputs) + j];
                Promises.Close(sum, replay.Output(0)[(row * outputs) + j], 1e-10, 1e-10, "the fast product");
            }
        }

        Promises.AllocatesNothing(replay.Run, "a layer");
    }

    [Fact]
    public void Gradients_and_Hessian_products_are_those_of_differences()
    {
        var support = SparseSupport.Random(RandomKey.FromSeed(4), 6, 5, 8);
        var network = new Network(new DctSparseLinear(support) { Weights = Initializer.Normal(1) }, [2, 6]);
        int count = network.ParameterCount;
        Variable all = Variable.Input("all", [count + 12]), v = Variable.Input("v", [count + 12]);
        Variable loss = Sum(Sin(network.Apply(all[..count], Reshape(all[count..], [2, 6]))));
        Variable gradient = Gradient(loss, all), batch = Batch(point => Sum(Sin(network.Apply(point[..count], Reshape(point[count..], [2, 6])))), Stack(0, all, all + v));
        Replay<double> replay = Computation.Compile<double>([all, v], loss, gradient, HessianVector(loss, all, v), batch).Start();
        RandomFill.Normal(RandomKey.FromSeed(5), replay.Input(0));
        RandomFill.Normal(RandomKey.FromSeed(6), replay.Input(1));
        replay.Run();
        double[] point = replay.Input(0).ToArray(), direction = replay.Input(1).ToArray(), first = replay.Output(1).ToArray(), second = replay.Output(2).ToArray(), both = replay.Output(3).ToArray();
        Promises.Close(replay.Output(0)[0], both[0], 1e-14, 1e-14, "the batch");
        const double h = 1e-5;
        double[] At(double t)
        {
            for (int i = 0; i < point.Length; i++)
                replay.Input(0)[i] = point[i] + (t * direction[i]);
            replay.Run();
            return [replay.Output(0)[0], .. replay.Output(1)];
        }

        double[] up = At(h), down = At(-h);
        double slope = 0;
        for (int i = 0; i < point.Length; i++)
        {
            slope += first[i] * direction[i];
            Promises.Close((up[1 + i] - down[1 + i]) / (2 * h), second[i], 1e-6, 1e-7, "the Hessian product");
        }

        Promises.Close((up[0] - down[0]) / (2 * h), slope, 1e-6, 1e-7, "the gradient");
        Promises.Close(At(1)[0], both[1], 1e-13, 1e-13, "the batch's second element");
    }

    [Fact]
    public void Supports_have_the_numbers_they_say()
    {
        (int, int)[] layers = [(100, 50), (50, 50), (50, 2)];
        SparseSupport[] uniform = SparseSupport.Uniform(RandomKey.FromSeed(7), layers, 0.01), equal = SparseSupport.EqualPerLayer(RandomKey.FromSeed(7), layers, 400);
        Assert.Equal([50, 25, 1], uniform.Select(support => support.Count));
        Assert.Equal([150, 150, 100], equal.Select(support => support.Count));
        foreach (SparseSupport support in uniform.Concat(equal))
        {
            var places = new HashSet<(int, int)>();
            for (int k = 0; k < support.Count; k++)
                Assert.True(places.Add((support.Rows[k], support.Columns[k])) && support.Rows[k] < support.Inputs && support.Columns[k] < support.Outputs);
        }

        double[] scores = [3, 1, 4, 1, 5, 9, 2, 6];
        SparseSupport[] largest = SparseSupport.Largest([(2, 2), (1, 4)], scores, 4);
        Assert.Equal([1], largest[0].Rows.ToArray());
        Assert.Equal([0], largest[0].Columns.ToArray());
        Assert.Equal([0, 1, 3], largest[1].Columns.ToArray());

        // Every place has the same probability.
        var counts = new int[12];
        for (int seed = 0; seed < 4000; seed++)
        {
            var support = SparseSupport.Random(RandomKey.FromSeed((ulong)seed), 3, 4, 3);
            for (int k = 0; k < 3; k++)
                counts[(support.Rows[k] * 4) + support.Columns[k]]++;
        }

        Assert.All(counts, count => Assert.InRange(count, 1000 - 110, 1000 + 110));
    }

    [Theory]
    [InlineData(100, 0.8)]
    [InlineData(1000, 0.3)]
    public void It_keeps_the_variance_and_learns_where_sparse_layers_do_not(int compression, double leastAccuracy)
    {
        // 128 - 256 - 256 - 10 with 1% or 0.1% of the weights, and without biases, which would be more than the weights.
        const int inputs = 128, width = 256, classes = 10, batch = 64;
        (int, int)[] layers = [(inputs, width), (width, width), (width, classes)];
        int dense = layers.Sum(layer => layer.Item1 * layer.Item2), kept = dense / compression;
        var centres = new double[classes * inputs];
        RandomFill.Normal(RandomKey.FromSeed(8), centres);
        SparseSupport[] equal = SparseSupport.EqualPerLayer(RandomKey.FromSeed(9), layers, kept);
        (double dct, double dctVariance) = Accuracy(layers, [.. equal.Select(support => (Module)new DctSparseLinear(support) { HasBias = false })], centres);
        (double random, double randomVariance) = Accuracy(layers, [.. equal.Select(support => (Module)new SparseLinear(support) { HasBias = false })], centres);

        // SNIP: the weights of a dense network with the largest |weight times gradient| on a first batch, which keep their values.
        var full = new Network(new Chain([.. layers.Select(layer => (Module)new Linear(layer.Item2) { HasBias = false, Weights = Initializer.HeNormal })]), [batch, inputs]);
        Variable p = Variable.Input("p", [full.ParameterCount]), x = Variable.Input("x", [batch, inputs]), y = Variable.Input("y", [batch]);
        Replay<double> replay = Computation.Compile<double>([p, x, y], Gradient(Loss(full.Apply(p, x), y, classes), p)).Start();
        full.Initialize(RandomKey.FromSeed(10), replay.Input(0));
        Examples(RandomKey.FromSeed(11), centres, replay.Input(1), replay.Input(2));
        replay.Run();
        double[] weights = replay.Input(0).ToArray(), scores = new double[weights.Length];
        for (int i = 0; i < scores.Length; i++)
            scores[i] = Math.Abs(weights[i] * replay.Output(0)[i]);
        SparseSupport[] snip = SparseSupport.Largest(layers, scores, kept);
        var modules = new Module[3];
        for (int i = 0, first = 0; i < 3; i++)
        {
            SparseSupport support = snip[i];
            var own = new double[support.Count];
            for (int k = 0; k < own.Length; k++)
                own[k] = weights[first + (support.Rows[k] * support.Outputs) + support.Columns[k]];
            modules[i] = new SparseLinear(support) { HasBias = false, Weights = new Numbers(own) };
            first += support.Inputs * support.Outputs;
        }

        (double single, _) = Accuracy(layers, modules, centres);
        string all = $"Accuracies {dct}, random {random}, SNIP {single}; variances of the last layer, relative to the first's, {dctVariance}, {randomVariance}.";
        Assert.True(dct > leastAccuracy, all);
        Assert.True(dct > random + 0.2 && dct > single + 0.1, all);
        Assert.InRange(dctVariance, 0.2, 5);
        Assert.True(randomVariance < 0.01, all);
    }

    private static (double Accuracy, double Variance) Accuracy((int Inputs, int Outputs)[] layers, Module[] modules, double[] centres)
    {
        int inputs = layers[0].Inputs, classes = layers[^1].Outputs;
        const int batch = 64, test = 500;
        var network = new Network(new Chain(modules), [batch, inputs]);
        Variable p = Variable.Input("p", [network.ParameterCount]), x = Variable.Input("x", [batch, inputs]), y = Variable.Input("y", [batch]), xs = Variable.Input("x", [test, inputs]);
        Replay<double> replay = Computation.Compile<double>([p, x, y], Gradient(Loss(network.Apply(p, x), y, classes), p)).Start();
        Replay<double> evaluation = Computation.Compile<double>([p, xs], network.Apply(p, xs)).Start();
        network.Initialize(RandomKey.FromSeed(12), replay.Input(0));
        var labels = new double[test];
        Examples(RandomKey.FromSeed(13), centres, evaluation.Input(1), labels);

        // The layers before the last, which cuts all but a few outputs off.
        var hidden = new Network(new Chain(modules[..^1]), [test, inputs]);
        Replay<double> first = Computation.Compile<double>([p, xs], hidden.Apply(p[..hidden.ParameterCount], xs)).Start();
        replay.Input(0).CopyTo(first.Input(0));
        evaluation.Input(1).CopyTo(first.Input(1));
        first.Run();
        double variance = Square(first.Output(0)) / Square(first.Input(1));
        RuleState<double> adam = new Adam { LearningRate = 0.02 }.Start<double>(ParameterLayout.Vector(network.ParameterCount));
        for (int i = 0; i < 400; i++)
        {
            Examples(RandomKey.FromSeed(14).Fold(i), centres, replay.Input(1), replay.Input(2));
            replay.Run();
            adam.Step(replay.Input(0), replay.Output(0));
        }

        replay.Input(0).CopyTo(evaluation.Input(0));
        evaluation.Run();
        int right = 0;
        for (int i = 0; i < test; i++)
        {
            ReadOnlySpan<double> row = evaluation.Output(0).Slice(i * classes, classes);
            right += System.Numerics.Tensors.TensorPrimitives.IndexOfMax(row) == (int)labels[i] ? 1 : 0;
        }

        return ((double)right / test, variance);
    }

    private static double Square(ReadOnlySpan<double> values) => System.Numerics.Tensors.TensorPrimitives.SumOfSquares(values) / values.Length;

    private static Variable Loss(Variable logits, Variable labels, int classes) => -Mean(Sum(OneHot(labels, classes) * LogSoftmax(logits), -1));

    /// <summary>Points around the centres of their classes.</summary>
    private static void Examples(RandomKey key, double[] centres, Span<double> x, Span<double> labels)
    {
        int inputs = x.Length / labels.Length;
        RandomFill.Normal(key, x);
        RandomStream stream = key.Fold("labels").Stream();
        for (int i = 0; i < labels.Length; i++)
        {
            int label = stream.NextInt32(centres.Length / inputs);
            labels[i] = label;
            for (int j = 0; j < inputs; j++)
                x[(i * inputs) + j] = (2 * x[(i * inputs) + j]) + centres[(label * inputs) + j];
        }
    }

    /// <summary>Layers with rectifiers between them.</summary>
    private sealed record Chain(Module[] Layers) : Module
    {
        public override Variable Apply(Scope scope, Variable x)
        {
            for (int i = 0; i < Layers.Length; i++)
                x = Layers[i].Apply(scope.Part($"layer{i}"), i == 0 ? x : Relu(x));
            return x;
        }
    }

    private sealed record Numbers(double[] Values) : Initializer
    {
        public override void Fill(RandomKey key, Shape shape, Span<double> values) => Values.CopyTo(values);
    }
}
