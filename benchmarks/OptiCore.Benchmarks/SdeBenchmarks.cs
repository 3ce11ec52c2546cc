using BenchmarkDotNet.Attributes;
using OptiCore.Dynamics;

namespace OptiCore.Benchmarks;

/// <summary>Geometric Brownian motion of eight components over a thousand steps of one size, by each method for diagonal noise, and a thousand paths of one component on all cores. Times are for a step of a path; adaptive steps, which are fewer, are a benchmark of their own for a path.</summary>
[MemoryDiagnoser]
public class SdeBenchmarks
{
    private const int Steps = 1000;
    private const int Paths = 1000;
    private const int EnsembleSteps = 100;
    private const double Step = 1.0 / Steps;

    private static readonly double[] Start = [1, 2, 3, 4, 5, 6, 7, 8];

    private static readonly IMilsteinSde Stocks = SdeSystem.Diagonal(8, Drift, Diffusion, static (_, _, d) => d.Fill(0.2));

    private static readonly IDiagonalSde StocksByValues = SdeSystem.Diagonal(8, Drift, Diffusion);

    private static readonly IDiagonalSde Stock = SdeSystem.Diagonal(1, static (_, y, f) => f[0] = 0.05 * y[0], static (_, y, g) => g[0] = 0.2 * y[0]);

    [Benchmark(Baseline = true, OperationsPerInvoke = Steps)]
    public double Euler() => Run(new EulerMaruyama(Step), Stocks);

    [Benchmark(OperationsPerInvoke = Steps)]
    public double MilsteinByDerivative() => Run(new Milstein(Step), Stocks);

    [Benchmark(OperationsPerInvoke = Steps)]
    public double Rossler() => Run(new SriW1(Step), StocksByValues);

    [Benchmark]
    public double RosslerAdaptivePath() => Run(new SriW1(new SdeSteps { RelativeTolerance = 1e-3 }), StocksByValues);

    [Benchmark(OperationsPerInvoke = Paths * EnsembleSteps)]
    public double Ensemble() => Sde.Ensemble(new SriW1(1.0 / EnsembleSteps), Stock, (0, 1), [100], RandomKey.FromSeed(1), Paths, [1], Workers.AllCores).States[0];

    private static void Drift(double t, ReadOnlySpan<double> y, Span<double> f)
    {
        for (int i = 0; i < y.Length; i++)
            f[i] = 0.05 * y[i];
    }

    private static void Diffusion(double t, ReadOnlySpan<double> y, Span<double> g)
    {
        for (int i = 0; i < y.Length; i++)
            g[i] = 0.2 * y[i];
    }

    private static double Run<TSde>(ISdeMethod<TSde> method, TSde system) where TSde : ISde =>
        Sde.Solve(method, system, (0, 1), Start, RandomKey.FromSeed(1), saveAt: [1]).FinalState[0];
}
