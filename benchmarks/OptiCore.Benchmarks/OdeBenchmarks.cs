using BenchmarkDotNet.Attributes;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.OdeSolvers;
using OptiCore.Dynamics;

namespace OptiCore.Benchmarks;

/// <summary>
/// The Lorenz system over 10 time units, all in: times are for each evaluation of the right-hand side. MathNet's classical method with fixed steps is
/// the baseline of the same method here; the adaptive pairs reach 1e-8 with far fewer evaluations.
/// </summary>
[MemoryDiagnoser]
public class OdeBenchmarks
{
    private const int FixedSteps = 2500;
    private const int FixedEvaluations = 4 * FixedSteps;
    private const int AdaptiveEvaluations = 4000;
    private const double End = 10;

    private static readonly IOdeSystem LorenzSystem = OdeSystem.From(3, Lorenz);
    private static readonly Vector<double> Start = Vector<double>.Build.Dense([1, 1, 1]);

    private static void Lorenz(double t, ReadOnlySpan<double> y, Span<double> dy)
    {
        dy[0] = 10 * (y[1] - y[0]);
        dy[1] = (y[0] * (28 - y[2])) - y[1];
        dy[2] = (y[0] * y[1]) - (8.0 / 3 * y[2]);
    }

    [Benchmark(Baseline = true, OperationsPerInvoke = FixedEvaluations)]
    public double MathNetRungeKutta4() => RungeKutta.FourthOrder(Start, 0, End, FixedSteps + 1, static (_, y) =>
        Vector<double>.Build.Dense([10 * (y[1] - y[0]), (y[0] * (28 - y[2])) - y[1], (y[0] * y[1]) - (8.0 / 3 * y[2])]))[^1][0];

    [Benchmark(OperationsPerInvoke = FixedEvaluations)]
    public double RungeKutta4Fixed() => Run(new ExplicitRungeKutta { Tableau = RungeKutta4.Tableau, FixedStep = End / FixedSteps }, FixedEvaluations);

    [Benchmark(OperationsPerInvoke = AdaptiveEvaluations)]
    public double DormandPrinceAdaptive() => Run(new ExplicitRungeKutta { RelativeTolerance = 1e-8, AbsoluteTolerance = 1e-10 }, AdaptiveEvaluations);

    [Benchmark(OperationsPerInvoke = AdaptiveEvaluations)]
    public double TsitourasAdaptive() => Run(new ExplicitRungeKutta { Tableau = Tsitouras.Tableau, RelativeTolerance = 1e-8, AbsoluteTolerance = 1e-10 }, AdaptiveEvaluations);

    private static double Run(ExplicitRungeKutta method, long evaluations)
    {
        OdeState state = method.Start(LorenzSystem, 0, [1, 1, 1], 1e9);
        while (state.Counts.Evaluations < evaluations)
            state.Step();
        return state.State[0];
    }
}
