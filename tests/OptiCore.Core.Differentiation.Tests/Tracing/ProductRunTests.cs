using FsCheck;
using FsCheck.Fluent;
using OptiCore.Differentiation;
using OptiCore.TestKit;
using static OptiCore.Differentiation.Derivative;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Core.Tests.Differentiation.Tracing;

/// <summary>Products that are computed together with what follows element by element: one kernel, the bits of two, for any number of threads.</summary>
public sealed class ProductRunTests
{
    private static readonly Arbitrary<(int Batch, int Rows, int Depth, int Columns, int Seed)> Sizes =
        (from batch in Gen.Choose(1, 5)
         from rows in Gen.Choose(1, 40)
         from depth in Gen.Choose(1, 30)
         from columns in Gen.Choose(1, 40)
         from seed in Gen.Choose(0, 1 << 20)
         select (batch, rows, depth, columns, seed)).ToArbitrary();

    [Fact]
    public void A_layer_is_one_kernel_with_the_bits_of_two() => Forall.Check(Prop.ForAll(Sizes, size =>
    {
        if (size.Seed % 2 == 0)
            Layer<float>(size.Rows, size.Depth, size.Columns, size.Seed);
        else
            Layer<double>(size.Rows, size.Depth, size.Columns, size.Seed);
    }));

    [Theory]
    [InlineData(1, 600, 300)]
    [InlineData(700, 20, 70)]
    [InlineData(301, 40, 257)]
    [InlineData(650, 270, 100)]
    [InlineData(560, 260, 4100)]
    [InlineData(3, 0, 5)]
    public void Blocks_of_rows_are_followed_too(int rows, int depth, int columns) => Layer<float>(rows, depth, columns, rows + columns);

    [Fact]
    public void Batches_are_followed_as_blocks_of_matrices() => Forall.Check(Prop.ForAll(Sizes, size => Batch(size.Batch, size.Rows, size.Depth, size.Columns, size.Seed)));

    [Theory]
    [InlineData(40, 37, 64, 33)]
    [InlineData(3, 260, 70, 120)]
    [InlineData(5, 200, 3, 201)]
    public void Large_batches_are_divided_among_threads(int batch, int rows, int depth, int columns) => Batch(batch, rows, depth, columns, batch);

    [Fact]
    public void The_gradient_of_a_network_is_the_same_whether_layers_are_outputs_or_not() => Forall.Check(Prop.ForAll(Sizes, size =>
    {
        Variable x = Variable.Input("x", [size.Rows, size.Depth]), w = Variable.Input("w", [size.Depth, size.Columns]), b = Variable.Input("b", [size.Columns]), v = Variable.Input("v", [size.Columns, 3]);
        Variable product = MatMul(x, w), hidden = Tanh(product + b), last = MatMul(hidden, v), loss = Mean(Square(last));
        Variable[] gradients = Gradients(loss, w, b, v);
        Replay<double> few = Computation.Compile<double>([x, w, b, v], [loss, .. gradients]).Start();
        Replay<double> many = Computation.Compile<double>([x, w, b, v], [loss, .. gradients, product, hidden, last, product + b]).Start();
        Fill(few, 4, size.Seed);
        Fill(many, 4, size.Seed);
        few.Run();
        many.Run();
        for (int i = 0; i < 4; i++)
            Promises.SameBits(many.Output(i), few.Output(i), $"output {i}");
    }));

    [Fact]
    public void A_product_stays_apart_where_its_run_waits_for_what_needs_it()
    {
        // The hyperbolic tangents of b are one run with what the sum of the product scales, and are needed by what follows the product.
        Variable x = Variable.Input("x", [3, 4]), w = Variable.Input("w", [4, 5]), b = Variable.Input("b", [5]);
        Variable product = MatMul(x, w), bias = Tanh(b), layer = Sigmoid(product + bias), scaled = bias * Sum(product);
        Replay<double> one = Computation.Compile<double>([x, w, b], layer, scaled).Start(), apart = Computation.Compile<double>([x, w, b], layer, scaled, product, bias).Start();
        Replay<double> first = Computation.Compile<double>([x, w, b], layer).Start(), second = Computation.Compile<double>([x, w, b], scaled).Start();
        foreach (Replay<double> replay in (Replay<double>[])[one, apart, first, second])
        {
            Fill(replay, 3, 1);
            replay.Run();
        }

        Promises.SameBits(first.Output(0), one.Output(0), "layer");
        Promises.SameBits(second.Output(0), one.Output(1), "scaled");
        Promises.SameBits(first.Output(0), apart.Output(0), "layer, with all");
        Promises.SameBits(second.Output(0), apart.Output(1), "scaled, with all");
    }

    private static void Layer<T>(int rows, int depth, int columns, int seed) where T : unmanaged, System.Numerics.IFloatingPointIeee754<T> => Check<T>(
        [Variable.Input("x", [rows, depth]), Variable.Input("w", [depth, columns]), Variable.Input("b", [columns]), Variable.Input("s", [rows, 1]), Variable.Input("r", [rows, columns])],
        seed,
        static (product, inputs) => (Tanh(product + inputs[2]) * inputs[3]) + inputs[4]);

    private static void Batch(int batch, int rows, int depth, int columns, int seed) => Check<float>(
        [Variable.Input("x", [batch, rows, depth]), Variable.Input("w", [batch, depth, columns]), Variable.Input("b", [rows, columns]), Variable.Input("s", [batch, 1, 1])],
        seed,
        static (product, inputs) => Sigmoid((product * inputs[3]) + inputs[2]));

    private static void Check<T>(Variable[] inputs, int seed, Func<Variable, Variable[], Variable> run) where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        Variable product = MatMul(inputs[0], inputs[1]), z = Variable.Input("z", product.Shape);
        Computation<T> together = Computation.Compile<T>(inputs, run(product, inputs));
        Replay<T> first = Computation.Compile<T>([inputs[0], inputs[1]], product).Start(), second = Computation.Compile<T>([z, .. inputs[2..]], run(z, inputs)).Start();
        Replay<T> one = together.Start(), three = together.Start(Workers.Threads(3));
        bool isProduct = inputs[0].Shape[-1] > 0 && product.Shape[-1] > 1;
        if (isProduct)
            Assert.Equal(1, together.KernelCount);
        Fill(one, inputs.Length, seed);
        Fill(three, inputs.Length, seed);
        for (int i = 0; i < 2; i++)
            one.Input(i).CopyTo(first.Input(i));
        first.Run();
        first.Output(0).CopyTo(second.Input(0));
        for (int i = 2; i < inputs.Length; i++)
            one.Input(i).CopyTo(second.Input(i - 1));
        second.Run();
        for (int repeat = 0; repeat < 2; repeat++)
        {
            one.Run();
            three.Run();
            Assert.True(second.Output(0).SequenceEqual(one.Output(0)), "one kernel");
            Assert.True(second.Output(0).SequenceEqual(three.Output(0)), "one kernel on three threads");
        }

        Promises.AllocatesNothing(one.Run, "a replay");
    }

    private static void Fill<T>(Replay<T> replay, int inputs, int seed) where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        RandomStream stream = RandomKey.FromSeed((ulong)seed).Stream();
        for (int i = 0; i < inputs; i++)
        {
            foreach (ref T value in replay.Input(i))
                value = T.CreateTruncating((2 * stream.NextDouble()) - 1);
        }
    }
}
