using System.Numerics;
using System.Reflection;
using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Randomness;
using static OptiCore.Differentiation.Operations;
using Module = OptiCore.Networks.Module;

namespace OptiCore.Gpu.Tests;

/// <summary>Traced programs on a device against the processor's replay.</summary>
public sealed class ProgramTests(SimulatedDevice fixture) : IClassFixture<SimulatedDevice>, IKernelRows
{
    private static readonly Variable X = Variable.Input("x", [6, 8]), Y = Variable.Input("y", [8]), Z = Variable.Input("z", [6, 1]);

    public static IEnumerable<MethodInfo> Rows
    {
        get
        {
            Type run = GpuInstructions.Sequence([
                typeof(Load<Slot0, Place0>), typeof(LoadRepeated<Slot1, Place1, Axis<Place2, Place3, LastAxis<Place4>>>), typeof(LoadSpread<Slot2, Place5, Axis<Place6, Place7, LastAxis<Place8>>>),
                typeof(Choose<Slot3, Slot0, Slot1, Slot2>), typeof(LoadNumber<Slot4, Place9>), typeof(StoreAlong<Slot3, Place10, LastAxis<Place11>>), typeof(Store<Slot4, Place12>)]);
            yield return KernelTable.Of(typeof(ElementwiseKernel), nameof(ElementwiseKernel.Run), typeof(float), typeof(Lane32x4), run);
            yield return KernelTable.Of(typeof(ElementwiseKernel), nameof(ElementwiseKernel.Run), typeof(float), typeof(Lane32), run);
            yield return KernelTable.Of(typeof(ElementwiseKernel), nameof(ElementwiseKernel.Run), typeof(double), typeof(Lane64x2), run);
            yield return KernelTable.Of(typeof(ElementwiseKernel), nameof(ElementwiseKernel.Run), typeof(double), typeof(Lane64), run);
            foreach ((Type number, Type lane, Type index) in ((Type, Type, Type)[])[(typeof(float), typeof(Lane32), typeof(SingleIndex)), (typeof(double), typeof(Lane64), typeof(DoubleIndex))])
            {
                foreach (string name in (string[])[nameof(NormalizationKernels.Standardize), nameof(NormalizationKernels.StandardizePullback), nameof(NormalizationKernels.SoftmaxPullback)])
                    yield return KernelTable.Of(typeof(NormalizationKernels), name, number, lane);
                foreach (string name in (string[])[nameof(ColumnKernels.SumBlocks), nameof(ColumnKernels.JoinBlocks), nameof(ColumnKernels.Max)])
                    yield return KernelTable.Of(typeof(ColumnKernels), name, number, lane);
                foreach (string name in (string[])[nameof(IndexKernels.Gather), nameof(IndexKernels.ScatterAdd), nameof(IndexKernels.Take), nameof(IndexKernels.SegmentSum), nameof(IndexKernels.OneHot)])
                    yield return KernelTable.Of(typeof(IndexKernels), name, number, index);
                yield return KernelTable.Of(typeof(IndexKernels), nameof(IndexKernels.CumulativeSum), number, lane);
            }
        }
    }

    [Fact]
    public void Element_wise_runs_have_the_bits_of_the_processor()
    {
        Variable[] outputs = [(X * Y) + Exp(-Z), Select(X > 0, Tanh(X), Y), Sigmoid(X - Z) * 2, BroadcastTo(Z, [6, 8]), X * X / (1 + Square(X))];
        Same<float>([X, Y, Z], outputs);
        Same<double>([X, Y, Z], outputs);
    }

    [Fact]
    public void Moved_elements_are_those_of_the_processor()
    {
        Variable cube = Reshape(X, [2, 3, 8]);
        Variable[] outputs =
        [
            Transpose(X), Transpose(cube, [1, 0, 2]), Transpose(cube, [2, 0, 1]), Slice(X, -1, 2, 4), Slice(X, 0, 1, 3), Slice(X, -1, 3, 3), Pad(X, -1, 1, 2), Pad(X, 0, 4, 4),
            Concatenate(-1, X, BroadcastTo(Y, [6, 8])), Concatenate(0, X * 2, X), Exp(Transpose(X) * 0.1) + 1,
        ];
        Same<float>([X, Y], outputs);
        Same<double>([X, Y], outputs);
    }

    [Fact]
    public void Reductions_have_the_bits_of_the_processor()
    {
        Variable cube = Reshape(X, [2, 3, 8]), tall = Concatenate(0, BroadcastTo(Y, [90, 8]), BroadcastTo(Exp(Y), [60, 8]), X);
        Variable[] outputs = [Sum(X), Sum(X, 0), Sum(X, 1), Sum(cube, 1), Sum(tall, 0), Max(X), Max(X, 0), Max(cube, -1), Mean(X, -1)];
        Same<float>([X, Y], outputs);
        Same<double>([X, Y], outputs);
    }

    [Fact]
    public void Softmax_and_normalization_have_the_bits_of_the_processor_and_so_have_their_gradients()
    {
        Variable wide = Variable.Input("w", [3, 37]), loss = Sum(Square(Softmax(wide)) + LogSoftmax(wide)) + Sum(LogSumExp(wide) * 0.5);
        Variable standard = new StandardizeOperation(1e-5).Apply(wide)[0];
        Variable[] outputs = [Softmax(wide), LogSoftmax(wide), LogSumExp(wide), Derivative.Gradient(loss, wide), standard, Derivative.Gradient(Sum(standard * Exp(wide * 0.1)), wide)];
        Same<float>([wide], outputs);
        Same<double>([wide], outputs);
    }

    [Fact]
    public void Rows_longer_than_a_block_have_the_bits_of_the_processor()
    {
        Variable rows = Variable.Input("r", [2, 4500]);
        Variable standard = new StandardizeOperation(1e-5).Apply(rows)[0];
        Same<float>([rows], [standard, Derivative.Gradient(Sum(standard * rows), rows)]);
    }

    [Fact]
    public void Elements_by_indices_are_those_of_the_processor()
    {
        Variable places = Variable.Input("i", [5]), table = Variable.Input("t", [7, 3]), along = Variable.Input("a", [7, 2]);
        Variable taken = Take(table, places, 0), gathered = Gather(table, along, -1);
        Variable[] outputs =
        [
            taken, Derivative.Gradient(Sum(Square(taken)), table), gathered, Derivative.Gradient(Sum(gathered * gathered), table), OneHot(places, 7), CumulativeSum(table, 0), CumulativeSum(table, -1), Flip(table, 0),
        ];
        foreach (bool isSingle in (ReadOnlySpan<bool>)[true, false])
        {
            if (isSingle)
                Same<float>(fixture.Device, [places, table, along], outputs, fill: Indices);
            else
                Same<double>(fixture.Device, [places, table, along], outputs, fill: Indices);
        }

        static void Indices<T>(int input, T[] values) where T : INumber<T>
        {
            for (int i = 0; i < values.Length && input != 1; i++)
                values[i] = T.CreateTruncating(input == 0 ? (i * 3) % 5 / 2 : i % 3);
        }
    }

    [Fact]
    public void An_index_outside_of_its_axis_is_reported()
    {
        Variable places = Variable.Input("i", [2]), table = Variable.Input("t", [3, 2]);
        using DeviceReplay<float> replay = Computation.Compile<float>([places, table], Take(table, places, 0)).Start(fixture.Device);
        replay.Input(0).CopyFrom([1, 3]);
        replay.Run();
        Devices.DeviceException e = Assert.Throws<Devices.DeviceException>(() => replay.Check());
        Assert.Contains("take", e.Message, StringComparison.Ordinal);
        replay.Input(0).CopyFrom([1, 2]);
        replay.Run();
        replay.Check();
    }

    [Fact]
    public void Products_have_the_bits_of_the_processor()
    {
        Variable a = Variable.Input("a", [5, 7]), b = Variable.Input("b", [7, 4]), c = Variable.Input("c", [3, 5, 7]);
        Variable[] outputs = [MatMul(a, b), MatMul(Transpose(b), Transpose(a)), MatMul(c, b), MatMul(c, Transpose(c, [0, 2, 1])), Tanh(MatMul(a, b) + 1), Derivative.Gradient(Sum(Square(MatMul(a, b))), a)];
        Same<float>([a, b, c], outputs);
        Same<double>([a, b, c], outputs);
    }

    [Fact]
    public void Products_with_vectors_have_the_bits_of_the_processor()
    {
        Variable a = Variable.Input("a", [5, 40]), v = Variable.Input("v", [40, 1]), tall = Variable.Input("t", [300, 3]), u = Variable.Input("u", [300, 1]), c = Variable.Input("c", [2, 3, 40]);
        Variable[] outputs = [MatMul(a, v), MatMul(Transpose(tall), u), MatMul(c, v), MatMul(Transpose(v), Transpose(a)), Tanh(MatMul(a, v) + 1), Derivative.Gradient(Sum(Square(MatMul(tall, Slice(v, 0, 0, 3)) - u)), v)];
        Same<float>([a, v, tall, u, c], outputs);
        Same<double>([a, v, tall, u, c], outputs);
    }

    [Fact]
    public void Networks_and_their_gradients_have_the_bits_of_the_processor()
    {
        (Module Module, Shape Shape)[] networks = [(new TransformerBlock { Attention = new MultiHeadAttention(2), FeedWidth = 16 }, [2, 4, 8]), (new Mlp { Hidden = [20], Outputs = 1 }, [6, 20])];
        foreach ((Module module, Shape shape) in networks)
        {
            var network = new Network(module, shape);
            Variable p = Variable.Input("p", [network.ParameterCount]), x = Variable.Input("x", shape), y = network.Apply(p, x);
            Same<float>([p, x], [y, Derivative.Gradient(Sum(Square(y)), p)], scale: 0.3);
        }
    }

    [Fact]
    public void Random_draws_have_the_bits_of_the_processor()
    {
        KeyVariable key = KeyVariable.Input("key");
        Variable[] outputs = [RandomNormal(key.Derive(1), [3, 5]) + Sum(X) * 0, RandomUniform(key.Derive(2), [7])];
        Computation<float> computation = Computation.Compile<float>([X], outputs);
        Replay<float> expected = computation.Start();
        using DeviceReplay<float> actual = computation.Start(fixture.Device);
        expected.SetKey(key, RandomKey.FromSeed(5));
        actual.SetKey(key, RandomKey.FromSeed(5));
        expected.Run();
        actual.Run();
        for (int i = 0; i < outputs.Length; i++)
            Assert.Equal(expected.Output(i).ToArray(), actual.Output(i).ToArray());
    }

    [Fact]
    public void An_operation_without_a_kernel_is_named()
    {
        Variable square = Variable.Input("s", [3, 3]);
        Computation<double> computation = Computation.Compile<double>([square], Cholesky(square));
        NotSupportedException e = Assert.Throws<NotSupportedException>(() => computation.Start(fixture.Device));
        Assert.Contains("cholesky", e.Message, StringComparison.Ordinal);
        Assert.Contains("computation.Start()", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_code_runs_on_the_processor()
    {
        using var device = new Devices.CpuDevice();
        Computation<double> computation = Computation.Compile<double>([X, Y], Exp(X) * Y);
        Replay<double> expected = computation.Start();
        using DeviceReplay<double> actual = computation.Start(device);
        for (int i = 0; i < 2; i++)
        {
            RandomFill.Normal(RandomKey.FromSeed(3).Fold((ulong)i), expected.Input(i));
            actual.Input(i).CopyFrom(expected.Input(i));
        }

        expected.Run();
        actual.Run();
        Assert.Equal(expected.Output(0).ToArray(), actual.Output(0).ToArray());
    }

    internal void Same<T>(Variable[] inputs, Variable[] outputs, double scale = 1, double tolerance = 0) where T : unmanaged, IFloatingPointIeee754<T> =>
        Same<T>(fixture.Device, inputs, outputs, scale, tolerance);

    /// <summary>Runs a computation twice on the device and once on the processor.</summary>
    internal static void Same<T>(GpuDevice device, Variable[] inputs, Variable[] outputs, double scale = 1, double tolerance = 0, Action<int, T[]>? fill = null) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Computation<T> computation = Computation.Compile<T>(inputs, outputs);
        Replay<T> expected = computation.Start();
        using DeviceReplay<T> actual = computation.Start(device);
        for (int i = 0; i < inputs.Length; i++)
        {
            var numbers = new double[inputs[i].Shape.ElementCount];
            RandomFill.Normal(RandomKey.FromSeed((ulong)i + 7), numbers);
            T[] values = Array.ConvertAll(numbers, x => T.CreateTruncating(x * scale));
            fill?.Invoke(i, values);
            values.CopyTo(expected.Input(i));
            actual.Input(i).CopyFrom(values);
        }

        expected.Run();
        actual.Run();
        actual.Run();
        actual.Check();
        for (int i = 0; i < outputs.Length; i++)
        {
            T[] found = actual.Output(i).ToArray();
            ReadOnlySpan<T> wanted = expected.Output(i);
            for (int j = 0; j < found.Length; j++)
            {
                bool isSame = T.IsNaN(wanted[j]) ? T.IsNaN(found[j]) : tolerance == 0 ? wanted[j] == found[j] : T.Abs(wanted[j] - found[j]) <= T.CreateTruncating(tolerance) * (T.One + T.Abs(wanted[j]));
                Assert.True(isSame, $"output {i}, element {j}: {found[j]} instead of {wanted[j]}");
            }
        }
    }
}
