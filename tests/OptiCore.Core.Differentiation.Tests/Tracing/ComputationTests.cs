using FsCheck.Fluent;
using OptiCore.Differentiation;
using OptiCore.TestKit;
using static OptiCore.Differentiation.Derivative;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Core.Tests.Differentiation.Tracing;

/// <summary>What compiling promises: the same bits whatever is fused, shared or reused, no allocation, messages that help.</summary>
public sealed class ComputationTests
{
    [Fact]
    public void Fusing_and_reusing_memory_changes_no_bit() => Forall.Check(Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
    {
        RandomStream stream = RandomKey.FromSeed((ulong)seed).Stream();
        Variable[] inputs = [Variable.Input("a", [4, 6]), Variable.Input("b", [6]), Variable.Input("c", [4, 1]), Variable.Input("d", [])];
        List<Variable> nodes = [.. inputs];
        for (int i = 0; i < 40; i++)
            nodes.Add(Node(nodes, ref stream));
        Variable[] some = [nodes[^1], nodes[^2], nodes[stream.NextInt32(nodes.Count)], nodes[stream.NextInt32(4)]];

        // Where every value is an output, each has memory of its own.
        Computation<double> all = Computation.Compile<double>(inputs, [.. some, .. nodes]), few = Computation.Compile<double>(inputs, some);
        Replay<double> roomy = all.Start(), tight = few.Start(), shared = few.Start(Workers.Threads(3));
        for (int i = 0; i < inputs.Length; i++)
        {
            for (int j = 0; j < roomy.Input(i).Length; j++)
                roomy.Input(i)[j] = (2 * stream.NextDouble()) - 1;
            roomy.Input(i).CopyTo(tight.Input(i));
            roomy.Input(i).CopyTo(shared.Input(i));
        }

        for (int run = 0; run < 2; run++)
        {
            roomy.Run();
            tight.Run();
            shared.Run();
            for (int i = 0; i < some.Length; i++)
            {
                Promises.SameBits(roomy.Output(i), tight.Output(i), $"output {i}, {some[i]}, of graph {seed}");
                Promises.SameBits(roomy.Output(i), shared.Output(i), $"output {i} on three threads");
            }
        }

        return few.MemoryElements <= all.MemoryElements;
    }));

    [Fact]
    public void Gradients_of_random_graphs_agree_with_differences() => Forall.Check(Prop.ForAll(ArbMap.Default.ArbFor<int>(), seed =>
    {
        RandomStream stream = RandomKey.FromSeed((ulong)seed).Fold("gradients").Stream();
        Variable[] inputs = [Variable.Input("a", [4, 6]), Variable.Input("b", [6]), Variable.Input("c", [4, 1]), Variable.Input("d", [])];
        List<Variable> nodes = [.. inputs];
        for (int i = 0; i < 15; i++)
            nodes.Add(Node(nodes, ref stream));
        Variable y = Sum(Sin(nodes[^1])) + Sum(Sin(nodes[^2]));
        Variable v = Variable.Input("v", [4, 6]);
        Variable slope = Sum(Gradient(y, inputs[0]) * v);
        Replay<double> replay = Computation.Compile<double>([.. inputs, v], y, slope, JacobianVector(y, inputs[0], v)).Start();
        for (int i = 0; i < 5; i++)
        {
            for (int j = 0; j < replay.Input(i).Length; j++)
                replay.Input(i)[j] = (2 * stream.NextDouble()) - 1;
        }

        replay.Run();
        double backward = replay.Output(1)[0], forward = replay.Output(2)[0], scale = 1 + Math.Abs(backward);
        double[] start = replay.Input(0).ToArray();
        const double h = 1e-6;
        double At(double step)
        {
            for (int j = 0; j < start.Length; j++)
                replay.Input(0)[j] = start[j] + (step * replay.Input(4)[j]);
            replay.Run();
            return replay.Output(0)[0];
        }

        double difference = (At(h) - At(-h)) / (2 * h);
        Promises.Close(backward, forward, 1e-10, 1e-10 * scale, $"forward and backward derivative of graph {seed}");
        Promises.Close(difference, backward, 1e-4, 1e-5 * scale, $"derivative of graph {seed}");
        return true;
    }));

    [Fact]
    public void Equal_expressions_are_computed_once_and_unused_ones_never()
    {
        Variable x = Variable.Input("x", [3, 3]);
        Variable unused = MatMul(x, x + 5);
        Computation<double> computation = Computation.Compile<double>([x], MatMul(x, x) + MatMul(x, x));
        Assert.NotNull(unused.ToString());
        Assert.Equal(1, computation.KernelCount);
        Assert.Equal(3, Computation.Compile<double>([x], MatMul(x, x) + MatMul(x, x + 5)).KernelCount);
    }

    [Fact]
    public void A_training_step_allocates_nothing()
    {
        Variable w = Variable.Input("w", [8, 4]), x = Variable.Input("x", [16, 8]);
        Variable loss = Mean(Square(Softmax(Tanh(MatMul(x, w))))) + LogSumExp(Reshape(w, [32]));
        Replay<float> replay = Computation.Compile<float>([w, x], loss, Gradient(loss, w), HessianVector(loss, w, w)).Start();
        Promises.AllocatesNothing(replay.Run, "a gradient and a Hessian product");
    }

    [Fact]
    public void A_traced_function_serves_optimizers_from_several_threads_without_allocating()
    {
        ITwiceDifferentiableFunction<double> f = Function.Trace(2, x => (100 * Square(x[1] - Square(x[0]))) + Square(1 - x[0]));
        double[] x = [-1.2, 1.0], gradient = new double[2], product = new double[2];
        Assert.Equal(24.2, f.ValueAndGradient(x, gradient), 12);
        Assert.Equal(-215.6, gradient[0], 10);
        Assert.Equal(-88.0, gradient[1], 10);
        f.HessianProduct(x, [1, 2], product);
        Assert.Equal(1330 + (2 * 480), product[0], 9);
        Assert.Equal(480 + (2 * 200), product[1], 9);
        Promises.AllocatesNothing(() => f.ValueAndGradient(x, gradient), "a value and gradient");
        Parallel.For(0, 64, i =>
        {
            double[] point = [i, -i], own = new double[2];
            double value = f.ValueAndGradient(point, own);
            Assert.Equal((100 * Math.Pow(-i - (i * i), 2)) + Math.Pow(1 - i, 2), value, 1e-12 * (1 + value));
        });
    }

    [Fact]
    public void Per_sample_gradients_sum_to_the_gradient()
    {
        Variable w = Variable.Input("w", [3, 2]), x = Variable.Input("x", [5, 3]), y = Variable.Input("y", [5, 2]);
        Variable Loss(Variable a, Variable b) => Sum(Square(Tanh(MatMul(a, w)) - b));
        Variable each = Batch((a, b) => Gradient(Loss(a, b), w), x, y);
        Assert.Equal([5, 3, 2], each.Shape);
        Replay<double> replay = Computation.Compile<double>([w, x, y], Sum(each, 0), Gradient(Loss(x, y), w)).Start();
        for (int i = 0; i < 3; i++)
        {
            for (int j = 0; j < replay.Input(i).Length; j++)
                replay.Input(i)[j] = Math.Sin((7 * i) + j);
        }

        replay.Run();
        for (int j = 0; j < 6; j++)
            Promises.Close(replay.Output(1)[j], replay.Output(0)[j], 1e-13, 1e-13, "the sum of the gradients of samples");
    }

    [Fact]
    public void Jacobians_and_Hessians_have_all_columns()
    {
        Variable x = Variable.Input("x", [3]);
        Variable tall = Stack(0, x[0] * x[1], Sin(x[2]), x[0], x[1] * x[2]), wide = Stack(0, x[0] * x[1], Sin(x[2]));
        Replay<double> replay = Computation.Compile<double>([x], Jacobian(tall, x), Jacobian(wide, x), Hessian(x[0] * x[1] * x[2], x)).Start();
        double[] at = [2, 3, 5];
        at.CopyTo(replay.Input(0));
        replay.Run();
        double c = Math.Cos(5);
        Assert.Equal([3, 2, 0, 0, 0, c, 1, 0, 0, 0, 5, 3], replay.Output(0).ToArray());
        Assert.Equal([3, 2, 0, 0, 0, c], replay.Output(1).ToArray());
        Assert.Equal([0, 5, 3, 5, 0, 2, 3, 2, 0], replay.Output(2).ToArray());
    }

    [Fact]
    public void Replays_share_parameters_that_are_bound()
    {
        Variable x = Variable.Input("x", [3]);
        Replay<float> sum = Computation.Compile<float>([x], Sum(x)).Start(), twice = Computation.Compile<float>([x], 2 * x).Start();
        var block = new Block<float>(3);
        sum.Bind(0, block);
        twice.Bind(0, block);
        block.Span.Fill(2);
        sum.Run();
        twice.Run();
        Assert.Equal(6, sum.Output(0)[0]);
        Assert.Equal(4, twice.Output(0)[2]);
        Assert.Throws<ArgumentException>(() => sum.Bind(0, new Block<float>(4)));
    }

    [Fact]
    public void Messages_name_the_operation_and_the_shapes()
    {
        Variable a = Variable.Input("a", [64, 8]), b = Variable.Input("b", [4, 4]);
        Assert.Contains("matmul of [64 x 8] and [4 x 4]: 8 columns", Assert.Throws<ArgumentException>(() => MatMul(a, b)).Message, StringComparison.Ordinal);
        Assert.Contains("add of [64 x 8] and [4 x 4]", Assert.Throws<ArgumentException>(() => a + b).Message, StringComparison.Ordinal);
        Assert.Contains("gradient of [64 x 8]", Assert.Throws<ArgumentException>(() => Gradient(a, a)).Message, StringComparison.Ordinal);
        Assert.Contains("'b' [4 x 4]", Assert.Throws<ArgumentException>(() => Computation.Compile<float>([a], Sum(a) + Sum(b))).Message, StringComparison.Ordinal);
        Assert.Contains("twice", Assert.Throws<ArgumentException>(() => Computation.Compile<float>([a, a], Sum(a))).Message, StringComparison.Ordinal);
        Assert.Contains("not an input", Assert.Throws<ArgumentException>(() => Computation.Compile<float>([a + 1], Sum(a))).Message, StringComparison.Ordinal);
        Assert.Contains("no such axis", Assert.Throws<ArgumentOutOfRangeException>(() => Sum(a, 2)).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => Slice(a, 0, 60, 5));
        Assert.Throws<ArgumentException>(() => Reshape(a, [3, 3]));
        Assert.Throws<ArgumentException>(() => Transpose(a, 0, 0));
        Assert.Throws<InvalidOperationException>(() => default(Variable).Shape);
        Assert.Throws<NotSupportedException>(() => Computation.Compile<Half>([a], Sum(a)));
    }

    /// <summary>A random operation on nodes of four families of shapes.</summary>
    private static Variable Weights => Variable.Constant<double>([.. Enumerable.Range(0, 36).Select(i => 0.4 * Math.Sin(1 + i))], [6, 6]);

    private static Variable Node(List<Variable> nodes, ref RandomStream stream)
    {
        Variable x = nodes[stream.NextInt32(nodes.Count)], y = nodes[stream.NextInt32(nodes.Count)];
        switch (stream.NextInt32(16))
        {
            case 0: return Tanh(x);
            case 1: return Square(x) * 0.3;
            case 2: return Shape.TryBroadcast(x.Shape, y.Shape, out _) ? x + y : x - 1;
            case 3: return Shape.TryBroadcast(x.Shape, y.Shape, out _) ? x * y : 2 * x;
            case 4: return Shape.TryBroadcast(x.Shape, y.Shape, out _) ? Select(x > 0.1, x, y) : -x;
            case 5: return Mean(x);
            case 6: return x.Rank > 1 ? Sum(x, 0) * 0.25 : Exp(-Square(x));
            case 7: return x.Rank > 1 ? Mean(x, -1, keepAxis: true) : Cos(x);
            case 8: return x.Rank == 2 && y.Rank == 2 && x.Shape[1] == y.Shape[1] ? MatMul(MatMul(x, Transpose(y)), y) * 0.1 : Sin(x);
            case 9: return x.Rank == 2 && x.Shape[0] == 4 ? Concatenate(0, x[2..], Tanh(x[..2])) : x * 0.5;
            case 10: return x.Rank == 2 ? Transpose(Transpose(x) * 0.9) : x / 2;
            case 11: return x.Rank > 0 && x.Shape[-1] == 6 ? Concatenate(-1, Slice(x, -1, 3, 3), Slice(x, -1, 0, 3)) : Softplus(x);
            case 12: return x.Rank > 0 && x.Shape[-1] == 6 ? Softmax(x) : Sigmoid(x);
            case 13 or 14: return x.Rank == 2 && x.Shape[1] == 6 ? MatMul(x, Weights) : Sin(x);
            default: return x.Rank == 2 && x.Shape[1] == 6 ? Reshape(Reshape(x, [x.Shape[0] * 6]) * 1.1, x.Shape) : Atan(x);
        }
    }
}
