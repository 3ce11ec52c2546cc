using OptiCore.Differentiation;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Gpu.Benchmarks;

/// <summary>Element-wise parts of traced programs, each one launch.</summary>
internal static class ProgramRows
{
    public static IEnumerable<Case> Cases =>
    [
        Of("sigmoid(x) tanh(y) + z", (x, y, z) => (Sigmoid(x) * Tanh(y)) + z),
        Of("x y + z", (x, y, z) => (x * y) + z),
    ];

    private static Case Of(string name, Func<Variable, Variable, Variable, Variable> formula) => new("programs", name, bench =>
    {
        const int Bytes = 4 * sizeof(float);
        Amount amount = bench.Fit(1 << 26, Bytes);
        Variable x = Variable.Input("x", [amount.Int]), y = Variable.Input("y", [amount.Int]), z = Variable.Input("z", [amount.Int]);
        using DeviceReplay<float> replay = Computation.Compile<float>([x, y, z], formula(x, y, z)).Start(bench.Device);
        for (int i = 0; i < 3; i++)
            GpuRandomFill.Normal(bench.Device, RandomKey.FromSeed((ulong)i), replay.Input(i));
        return new Row
        {
            What = name,
            Size = amount.Of("floats"),
            Time = bench.Time(() => replay.Run()),
            Work = (double)Bytes * amount.Count,
            Unit = "B",
            Beside = bench.Copy,
            Goal = Goal.Share(0.85),
            Note = $"{Bytes} bytes each",
        };
    });
}
