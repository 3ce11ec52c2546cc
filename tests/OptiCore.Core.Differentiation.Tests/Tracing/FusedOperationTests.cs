using FsCheck;
using FsCheck.Fluent;
using OptiCore.Differentiation;
using OptiCore.TestKit;
using static OptiCore.Differentiation.Derivative;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Core.Tests.Differentiation.Tracing;

/// <summary>Operations that do in one pass what others do in several: against those, and under the laws of <see cref="DerivativeLaws"/>, for any shapes.</summary>
public sealed class FusedOperationTests
{
    private static readonly Arbitrary<(int Outer, int Rows, int Columns, int Seed)> Sizes =
        (from outer in Gen.Choose(1, 3) from rows in Gen.Choose(1, 4) from columns in Gen.Choose(2, 37) from seed in Gen.Choose(0, 1 << 20) select (outer, rows, columns, seed)).ToArbitrary();

    private static readonly Arbitrary<(int Outer, int Rows, int Columns, int Seed)> SmallSizes =
        (from outer in Gen.Choose(1, 2) from rows in Gen.Choose(1, 3) from columns in Gen.Choose(2, 5) from seed in Gen.Choose(0, 1 << 20) select (outer, rows, columns, seed)).ToArbitrary();

    [Fact]
    public void Standardizing_is_subtracting_the_mean_and_dividing_by_the_deviation() => Forall.Check(Prop.ForAll(Sizes, size =>
    {
        Shape shape = [size.Outer, size.Rows, size.Columns];
        Agree<double>(shape, size.Seed, 1e-12, Standardized, Spelled);
        Agree<float>(shape, size.Seed, 2e-4, Standardized, Spelled);
    }));

    [Theory]
    [InlineData(511)]
    [InlineData(513)]
    [InlineData(3000)]
    public void Long_rows_are_standardized_too(int columns) => Agree<double>([3, columns], columns, 1e-11, Standardized, Spelled);

    [Fact]
    public void Standardizing_has_derivatives_of_any_order() => Forall.Check(Prop.ForAll(SmallSizes, size =>
    {
        Shape shape = [size.Outer, size.Rows, size.Columns];
        DerivativeLaws.Check("standardize", x => Standardized(x[0]), [shape], static x => x, size.Seed, tolerance: 1e-5);
        DerivativeLaws.Check("scale of standardize", x => Square(new StandardizeOperation(0.1).Apply(x[0])[1]), [shape], static x => x, size.Seed, tolerance: 1e-5);
        DerivativeLaws.Check(
            "standardize-pullback", x => StandardizePullback.Instance.ApplyOne(x[0], Sum(x[1], -1), x[2]), [shape, shape, shape], static x => x, size.Seed, tolerance: 1e-5);
    }));

    [Fact]
    public void The_pullback_of_softmax_is_that_of_its_definition() => Forall.Check(Prop.ForAll(Sizes, size =>
    {
        Shape shape = [size.Outer, size.Rows, size.Columns];
        Agree<double>(shape, size.Seed, 1e-13, static x => Softmax(x), static x => Exp(x - LogSumExp(x, keepAxis: true)));
        Agree<float>(shape, size.Seed, 2e-5, static x => Softmax(x), static x => Exp(x - LogSumExp(x, keepAxis: true)));
    }));

    [Fact]
    public void Pullbacks_have_derivatives_of_any_order() => Forall.Check(Prop.ForAll(SmallSizes, size =>
    {
        Shape shape = [size.Outer, size.Rows, size.Columns];
        DerivativeLaws.Check("softmax-pullback", x => SoftmaxPullback.Instance.ApplyOne(x[0], x[1]), [shape, shape], static x => x, size.Seed);
        DerivativeLaws.Check("tanh-pullback", x => Binary<HyperbolicTangentPullback>.Of(x[0], x[1]), [shape, shape], static x => x, size.Seed);
        DerivativeLaws.Check("sigmoid-pullback", x => Binary<LogisticPullback>.Of(x[0], x[1]), [shape, shape], static x => x, size.Seed);
    }));

    [Fact]
    public void Products_of_the_steps_of_a_sequence_are_one_and_have_the_same_sum() => Forall.Check(Prop.ForAll(Sizes, size =>
    {
        int steps = size.Outer + 1;
        Variable w = Variable.Input("w", [size.Columns, 3]), v = Variable.Input("v", [size.Columns, 3]);
        Variable[] x = [.. Enumerable.Range(0, steps).Select(_ => Variable.Input("x", [size.Rows, size.Columns]))];
        Variable[] losses = Array.ConvertAll(x, step => Sum(Square(Tanh(MatMul(step, w)))));
        Variable all = losses[0], each = Gradient(losses[0], w), along = HessianVector(losses[0], w, v);
        foreach (Variable loss in losses.AsSpan(1))
        {
            all += loss;
            each += StopGradient(Gradient(loss, w));
            along += HessianVector(loss, w, v);
        }

        // What is an output by itself is not taken up into a sum.
        Variable[] terms = Array.ConvertAll(losses, loss => Gradient(loss, w));
        Computation<double> joined = Computation.Compile<double>([w, v, .. x], Gradient(all, w), HessianVector(all, w, v)), apart = Computation.Compile<double>([w, v, .. x], [each, along, .. terms]);
        Replay<double> one = joined.Start(), many = apart.Start();
        RandomStream stream = RandomKey.FromSeed((ulong)size.Seed).Stream();
        for (int i = 0; i < joined.InputCount; i++)
        {
            Fill(one.Input(i), ref stream);
            one.Input(i).CopyTo(many.Input(i));
        }

        one.Run();
        many.Run();
        for (int i = 0; i < 2; i++)
        {
            for (int j = 0; j < one.Output(i).Length; j++)
                Promises.Close(many.Output(i)[j], one.Output(i)[j], 1e-11, 1e-11, $"element {j} of {(i == 0 ? "the gradient" : "the product with the Hessian")}");
        }
    }));

    [Fact]
    public void Steps_add_no_kernel_to_the_gradient_of_a_weight()
    {
        Variable w = Variable.Input("w", [5, 3]), c = Variable.Input("c", [4, 3]);
        Variable[] x = [.. Enumerable.Range(0, 6).Select(_ => Variable.Input("x", [4, 5]))];
        int Kernels(int steps)
        {
            Variable sum = Sum(c * MatMul(x[0], w));
            for (int i = 1; i < steps; i++)
                sum += Sum(c * MatMul(x[i], w));
            return Computation.Compile<double>([w, c, .. x], Gradient(sum, w)).KernelCount;
        }

        Assert.Equal(Kernels(2), Kernels(6));
    }

    [Fact]
    public void Products_of_moved_axes_have_the_bits_of_products_of_copies() => Forall.Check(Prop.ForAll(Sizes, size =>
    {
        const int Heads = 3, Keys = 5, Width = 4;
        (int[] ofQ, int[] ofK, int[] ofV) = ([size.Outer, size.Rows, Heads, size.Columns], [size.Outer, Keys, Heads, size.Columns], [size.Outer, Keys, Heads, Width]);
        Variable q = Variable.Input("q", Shape.Create(ofQ)), k = Variable.Input("k", Shape.Create(ofK)), v = Variable.Input("v", Shape.Create(ofV));
        Variable a = Moved(q), b = Moved(k), c = Moved(v);
        Computation<float> moved = Computation.Compile<float>([q, k, v], Moved(MatMul(MatMul(a, Transpose(b)), c)));
        Assert.True(moved.KernelCount <= 2, $"{moved.KernelCount} kernels: something is copied.");
        Variable x = Variable.Input("q", a.Shape), y = Variable.Input("k", b.Shape), z = Variable.Input("v", c.Shape);
        Replay<float> one = moved.Start(), two = Computation.Compile<float>([x, y, z], MatMul(MatMul(x, Transpose(y)), z)).Start();
        RandomStream stream = RandomKey.FromSeed((ulong)size.Seed).Stream();
        int[][] shapes = [ofQ, ofK, ofV];
        for (int i = 0; i < 3; i++)
        {
            Fill(one.Input(i), ref stream);
            Exchange(one.Input(i), shapes[i], two.Input(i));
        }

        one.Run();
        two.Run();
        var back = new float[one.Output(0).Length];
        Exchange(two.Output(0), [size.Outer, Heads, size.Rows, Width], back);
        Promises.SameBits(back, one.Output(0), "the product of moved axes");

        static Variable Moved(Variable x) => Transpose(x, 0, 2, 1, 3);

        static void Exchange(ReadOnlySpan<float> from, int[] shape, Span<float> to)
        {
            for (int i = 0; i < from.Length; i++)
            {
                int column = i % shape[3], second = i / shape[3] % shape[2], first = i / (shape[3] * shape[2]) % shape[1], outer = i / (shape[3] * shape[2] * shape[1]);
                to[(((((outer * shape[2]) + second) * shape[1]) + first) * shape[3]) + column] = from[i];
            }
        }
    }));

    [Fact]
    public void Products_of_moved_axes_have_derivatives_of_any_order() => Forall.Check(Prop.ForAll(SmallSizes, size => DerivativeLaws.Check(
        "moved",
        x => Transpose(MatMul(Transpose(x[0], 0, 2, 1, 3), Transpose(x[1], 2, 1, 0, 3)), 0, 2, 1, 3),
        [[size.Outer, size.Rows, 2, size.Columns], [size.Columns, 2, size.Outer, 3]],
        static x => x,
        size.Seed)));

    private static Variable Standardized(Variable x) => new StandardizeOperation(0.1).Apply(x)[0];

    private static Variable Spelled(Variable x)
    {
        Variable centred = x - Mean(x, -1, keepAxis: true);
        return centred / Sqrt(Mean(Square(centred), -1, keepAxis: true) + 0.1);
    }

    /// <summary>Value, gradient and a product with the Hessian of a weighted sum of squares agree.</summary>
    private static void Agree<T>(Shape shape, int seed, double tolerance, Func<Variable, Variable> fused, Func<Variable, Variable> spelled) where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        Variable x = Variable.Input("x", shape), w = Variable.Input("w", shape), v = Variable.Input("v", shape);
        Replay<T> Start(Func<Variable, Variable> function)
        {
            Variable sum = Sum(w * Square(function(x)));
            return Computation.Compile<T>([x, w, v], function(x), Gradient(sum, x), HessianVector(sum, x, v)).Start();
        }

        Replay<T> one = Start(fused), other = Start(spelled);
        RandomStream stream = RandomKey.FromSeed((ulong)seed).Stream();
        for (int i = 0; i < 3; i++)
        {
            Fill(one.Input(i), ref stream);
            one.Input(i).CopyTo(other.Input(i));
        }

        one.Run();
        other.Run();
        for (int i = 0; i < 3; i++)
        {
            for (int j = 0; j < one.Output(i).Length; j++)
                Promises.Close(double.CreateTruncating(other.Output(i)[j]), double.CreateTruncating(one.Output(i)[j]), tolerance, tolerance, $"element {j} of output {i}");
        }

        Promises.AllocatesNothing(one.Run, "a replay");
    }

    private static void Fill<T>(Span<T> values, ref RandomStream stream) where T : unmanaged, System.Numerics.IFloatingPointIeee754<T>
    {
        foreach (ref T value in values)
            value = T.CreateTruncating((2 * stream.NextDouble()) - 1);
    }
}
