using BenchmarkDotNet.Attributes;
using OptiCore.Randomness;

namespace OptiCore.Benchmarks;

/// <summary>Special functions of doubles, one argument after the other: the time of 1,024 values. Arguments are uniform on (0, 20), probabilities on (0, 1).</summary>
[MemoryDiagnoser]
public class SpecialFunctionBenchmarks
{
    private const int Length = 1024;

    private readonly double[] _x = new double[Length];
    private readonly double[] _p = new double[Length];

    [ParamsSource(nameof(Functions))]
    public NamedFunction Function { get; set; } = null!;

    public static IEnumerable<NamedFunction> Functions =>
    [
        new("gamma", (x, _) => SpecialFunctions.Gamma(x)), new("lgamma", (x, _) => SpecialFunctions.LogGamma(x)), new("digamma", (x, _) => SpecialFunctions.Digamma(x)),
        new("erf", (x, _) => SpecialFunctions.Erf(x)), new("erfcx", (x, _) => SpecialFunctions.Erfcx(x)), new("ndtri", (_, p) => SpecialFunctions.NormalQuantile(p)),
        new("gammainc", (x, _) => SpecialFunctions.GammaP(5, x)), new("gammaincinv", (_, p) => SpecialFunctions.GammaPInv(5, p)),
        new("betainc", (_, p) => SpecialFunctions.BetaInc(2.5, 4, p)), new("betaincinv", (_, p) => SpecialFunctions.BetaIncInv(2.5, 4, p)),
        new("j0", (x, _) => SpecialFunctions.BesselJ0(x)), new("i0e", (x, _) => SpecialFunctions.BesselI0Scaled(x)), new("k0", (x, _) => SpecialFunctions.BesselK0(x)),
        new("lambertw", (x, _) => SpecialFunctions.LambertW(x)), new("zeta", (x, _) => SpecialFunctions.Zeta(1 + x)),
    ];

    [GlobalSetup]
    public void Setup()
    {
        RandomFill.UniformOpen(RandomKey.FromSeed(1), _p);
        for (int i = 0; i < Length; i++)
            _x[i] = 20 * _p[Length - 1 - i];
    }

    [Benchmark]
    public double Values()
    {
        double sum = 0;
        Func<double, double, double> f = Function.Function;
        for (int i = 0; i < Length; i++)
            sum += f(_x[i], _p[i]);
        return sum;
    }

    /// <summary>A function with a name for the table.</summary>
    public sealed record NamedFunction(string Name, Func<double, double, double> Function)
    {
        public override string ToString() => Name;
    }
}
