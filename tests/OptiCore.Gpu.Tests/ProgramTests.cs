using System.Numerics;
using System.Reflection;
using OptiCore.Differentiation;
using OptiCore.Randomness;
using static OptiCore.Differentiation.Operations;

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
