using System.Numerics;
using System.Reflection;
using ILGPU;
using ILGPU.Runtime;
using OptiCore.Devices;
using OptiCore.Differentiation;
using OptiCore.Numerics;

namespace OptiCore.Gpu.Tests;

/// <summary>Every function of traced programs on a device against the processor's, bit for bit.</summary>
public sealed class FunctionTests(SimulatedDevice fixture) : IClassFixture<SimulatedDevice>, IKernelRows
{
    private static readonly Type[] Functions = [.. typeof(IUnary).Assembly.GetTypes().Where(type => type.IsValueType && !type.IsGenericType && typeof(IUnary).IsAssignableFrom(type)).OrderBy(type => type.Name, StringComparer.Ordinal)];
    private static readonly Type[] Pairs = [.. typeof(IBinary).Assembly.GetTypes().Where(type => type.IsValueType && (typeof(IBinary).IsAssignableFrom(type) || typeof(IBinaryCall).IsAssignableFrom(type))).OrderBy(type => type.Name, StringComparer.Ordinal)];

    public static IEnumerable<MethodInfo> Rows =>
        (from type in Functions.Concat(Pairs)
         from isSingle in (bool[])[true, false]
         select KernelOf(type, isSingle)).Concat(
        from isSingle in (bool[])[true, false]
        let sine = GpuInstructions.Of(typeof(Sine), [typeof(Slot1), typeof(Slot0)])
        let run = GpuInstructions.Sequence([typeof(Load<Slot0, Place0>), sine, typeof(Store<Slot1, Place1>)])
        select KernelTable.Of(typeof(ElementwiseKernel), nameof(ElementwiseKernel.Run), isSingle ? typeof(float) : typeof(double), isSingle ? typeof(Lane32x4) : typeof(Lane64x2), run));

    public static TheoryData<string> Names => [.. Functions.Select(type => type.Name)];

    public static TheoryData<string> PairNames => [.. Pairs.Select(type => type.Name)];

    internal static MethodInfo KernelOf(Type type, bool isSingle)
    {
        Type instruction = GpuInstructions.Of(type, [typeof(Slot1), typeof(Slot0), typeof(Slot2)]);
        return KernelTable.Of(typeof(FunctionTests), nameof(Apply), isSingle ? typeof(float) : typeof(double), isSingle ? typeof(Lane32x4) : typeof(Lane64x2), instruction);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Functions_of_one_number_have_the_bits_of_the_processor(string name)
    {
        Type type = Functions.First(t => t.Name == name);
        this.Invoke(nameof(CheckUnary), typeof(float), type);
        this.Invoke(nameof(CheckUnary), typeof(double), type);
    }

    [Theory]
    [MemberData(nameof(PairNames))]
    public void Functions_of_two_numbers_have_the_bits_of_the_processor(string name)
    {
        Type type = Pairs.First(t => t.Name == name);
        string check = typeof(IBinary).IsAssignableFrom(type) ? nameof(CheckBinary) : nameof(CheckCall);
        this.Invoke(check, typeof(float), type);
        this.Invoke(check, typeof(double), type);
    }

    private static void Apply<T, L, TRun>(ArrayView<L> x, ArrayView<L> y, ArrayView<L> results)
        where T : unmanaged, IFloatingPointIeee754<T>
        where L : unmanaged, IDeviceLanes<L, T>
        where TRun : unmanaged, IInstruction
    {
        RunPlaces places = default;
        for (int i = Group.IdxX; i < x.Length; i += Group.DimX)
        {
            Registers<L> registers = default;
            registers.V0 = x[i];
            registers.V2 = y[i];
            TRun.Run(ref registers, x, x.Cast<T>(), in places, i);
            results[i] = registers.V1;
        }
    }

    private static T[] Arguments<T>(double scale) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var values = new List<double> { 0, -0.0, 1, -1, 0.5, -0.5, 1e-30, -1e-30, 2, 3, 10, -10, 30, 87.2, 88.9, -104, 700, -746, 1e5, 1e20, double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1e-42, 8388607.5, 4503599627370495.5, 0.49999997, 1.9999999 };

        // Angles beyond what three parts of pi/2 reduce, one of them next to a multiple of it; large powers, odd and even; poles and their neighbours.
        values.AddRange([1e300, -1e300, -7e11, 1.5e12, -1.2e13, 1152921504606846976, -1e20, 5.319372648326541e+255, 6381956970095103, 1e22, -1e38, 4503599627370497, -9007199254740991, 9007199254740994, 1e-310, -1e-310, -1e-305]);
        values.AddRange([-2, -3, -4, -2.5, -3.5, -33, -1e5, -1e15, -170.3, 2.5e305, 1.9e305, -1.0000000000000002, -0.99999994]);
        for (int i = -26; i < 26; i++)
            values.Add(i * 0.37 * scale);
        return [.. values.ConvertAll(T.CreateTruncating)];
    }

    private T[] OnDevice<T>(T[] x, T[] y, Type type) where T : unmanaged, IFloatingPointIeee754<T> => typeof(T) == typeof(float)
        ? (T[])(object)OnDevice<float, Lane32x4>((float[])(object)x, (float[])(object)y, type)
        : (T[])(object)OnDevice<double, Lane64x2>((double[])(object)x, (double[])(object)y, type);

    private T[] OnDevice<T, L>(T[] x, T[] y, Type type) where T : unmanaged where L : unmanaged
    {
        GpuDevice device = fixture.Device;
        using GpuBuffer<T> a = device.Allocate<T>(x.Length), b = device.Allocate<T>(x.Length), c = device.Allocate<T>(x.Length);
        a.CopyFrom(x);
        b.CopyFrom(y);
        var launch = device.Kernel<Action<AcceleratorStream, KernelConfig, ArrayView<L>, ArrayView<L>, ArrayView<L>>>(KernelOf(type, typeof(T) == typeof(float)));
        launch(device.Native(null), new KernelConfig(1, 2), a.Registers<L>(), b.Registers<L>(), c.Registers<L>());
        return c.ToArray();
    }

    private void CheckUnary<T, TFunction>() where T : unmanaged, IFloatingPointIeee754<T> where TFunction : struct, IUnary
    {
        T[] x = [.. Arguments<T>(1), .. Arguments<T>(0.09)], expected = new T[x.Length];
        TFunction.Apply<T>(x, expected);
        Compare(expected, OnDevice(x, x, typeof(TFunction)), x, x);
    }

    private void CheckBinary<T, TFunction>() where T : unmanaged, IFloatingPointIeee754<T> where TFunction : struct, IBinary
    {
        (T[] x, T[] y) = Both<T>();
        var expected = new T[x.Length];
        for (int i = 0; i < x.Length; i++)
            expected[i] = TFunction.Of(new Lanes1<T>(x[i]), new Lanes1<T>(y[i])).Value;
        Compare(expected, OnDevice(x, y, typeof(TFunction)), x, y);
    }

    private void CheckCall<T, TFunction>() where T : unmanaged, IFloatingPointIeee754<T> where TFunction : struct, IBinaryCall
    {
        (T[] x, T[] y) = Both<T>();
        var expected = new T[x.Length];
        TFunction.Apply<T>(x, y, expected);
        Compare(expected, OnDevice(x, y, typeof(TFunction)), x, y);
    }

    private static (T[] X, T[] Y) Both<T>() where T : unmanaged, IFloatingPointIeee754<T>
    {
        T[] values = Arguments<T>(1);
        List<T> x = [], y = [];
        for (int i = 0; i < values.Length; i++)
        {
            for (int shift = 0; shift < 4; shift++)
            {
                x.Add(values[i]);
                y.Add(values[((i * 7) + (shift * 13)) % values.Length]);
            }
        }

        // The ends of powers: every sign and parity.
        foreach (double a in (double[])[0, -0.0, 1, -1, -0.5, -2, -7.25, 1e-310, -1e-310, 1e-40, double.NaN, double.PositiveInfinity, double.NegativeInfinity])
        {
            foreach (double b in (double[])[0, -0.0, 2, 3, -2, -3, 2.5, -0.5, 1e20, -1e300, 4503599627370497, -9007199254740991, 9007199254740994, 1125899906842625, double.NaN, double.PositiveInfinity, double.NegativeInfinity])
            {
                x.Add(T.CreateTruncating(a));
                y.Add(T.CreateTruncating(b));
            }
        }

        return ([.. x], [.. y]);
    }

    private static void Compare<T>(T[] expected, T[] actual, T[] x, T[] y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        for (int i = 0; i < expected.Length; i++)
        {
            bool isSame = T.IsNaN(expected[i]) ? T.IsNaN(actual[i]) : expected[i] == actual[i] && T.IsNegative(expected[i]) == T.IsNegative(actual[i]);
            Assert.True(isSame, $"at {x[i]:R}, {y[i]:R}: {actual[i]:R} instead of {expected[i]:R}");
        }
    }

    private void Invoke(string name, params Type[] types)
    {
        try
        {
            typeof(FunctionTests).GetMethod(name, BindingFlags.Instance | BindingFlags.NonPublic)!.MakeGenericMethod(types).Invoke(this, null);
        }
        catch (TargetInvocationException e) when (e.InnerException is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(e.InnerException);
        }
    }
}
