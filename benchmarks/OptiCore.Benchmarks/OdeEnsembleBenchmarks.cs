using BenchmarkDotNet.Attributes;
using OptiCore.Dynamics;
using OptiCore.Numerics;

namespace OptiCore.Benchmarks;

/// <summary>A thousand trajectories of the Lorenz system over 10 time units on one core: one by one, and eight at a time in vector lanes.</summary>
[MemoryDiagnoser]
public class OdeEnsembleBenchmarks
{
    private const int Count = 1000;

    private static readonly double[] Starts = [.. Enumerable.Range(0, 3 * Count).Select(i => 1 + (0.01 * (i % 97)))];

    private ExplicitRungeKutta _method = new();

    [Params("Dormand-Prince 5(4)", "Tsitouras 5(4)", "Dormand-Prince 8(5,3)", "Bogacki-Shampine 3(2)")]
    public string Method { get; set; } = "";

    [Params(1e-6, 1e-9)]
    public double Tolerance { get; set; }

    [GlobalSetup]
    public void Setup() => _method = new ExplicitRungeKutta
    {
        Tableau = Method[0] switch { 'T' => Tsitouras.Tableau, 'B' => BogackiShampine.Tableau, _ => Method.Contains('8', StringComparison.Ordinal) ? DormandPrince8.Tableau : DormandPrince.Tableau },
        RelativeTolerance = Tolerance,
        AbsoluteTolerance = Tolerance,
    };

    [Benchmark(Baseline = true, OperationsPerInvoke = Count)]
    public double OneByOne()
    {
        IOdeSystem system = default(Lorenz).With();
        double sum = 0;
        for (int i = 0; i < Count; i++)
        {
            OdeState state = _method.Start(system, 0, Starts.AsSpan(3 * i, 3), 10);
            while (state.Step())
            {
            }

            sum += state.State[0];
        }

        return sum;
    }

    [Benchmark(OperationsPerInvoke = Count)]
    public double Lanes() => OdeEnsemble.Solve(_method, default(Lorenz), Starts, [], (0, 10)).FinalStates[0];

    private readonly struct Lorenz : IRealSystem
    {
        public int Dimension => 3;

        public int ParameterCount => 0;

        public void Derivative<T>(T t, ReadOnlySpan<T> y, ReadOnlySpan<T> p, Span<T> dy)
            where T : struct, IReal<T>
        {
            dy[0] = 10 * (y[1] - y[0]);
            dy[1] = (y[0] * (28 - y[2])) - y[1];
            dy[2] = (y[0] * y[1]) - (8.0 / 3 * y[2]);
        }
    }
}
