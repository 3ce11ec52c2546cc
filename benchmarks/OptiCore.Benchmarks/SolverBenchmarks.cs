using BenchmarkDotNet.Attributes;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.LinearAlgebra.Double;
using MathNet.Numerics.Optimization;
using OptiCore.Optimizers;
using OptiCore.Problems;
using OptiCore.Solving;

namespace OptiCore.Benchmarks;

/// <summary>Whole runs of L-BFGS on Rosenbrock's chain, beside Math.NET's: the function is cheap, so that time is the method's own.</summary>
[MemoryDiagnoser]
public class LbfgsBenchmarks
{
    private Rosenbrock _function = null!;
    private double[] _start = null!;
    private IObjectiveFunction _objective = null!;

    [Params(2, 10, 100, 1000)]
    public int N { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _function = new Rosenbrock(N);
        _start = ClassicFunctions.Rosenbrock(N).Start;
        _objective = ObjectiveFunction.Gradient(point =>
        {
            double[] x = point.AsArray(), gradient = new double[N];
            double value = _function.ValueAndGradient(x, gradient);
            return (value, new DenseVector(gradient));
        });
    }

    [Benchmark(Baseline = true)]
    public double OptiCore() => Minimize.Run(new Lbfgs(), _function, _start).Value;

    /// <summary>Math.NET throws when it doesn't converge; what it had until then counts.</summary>
    [Benchmark]
    public double MathNet()
    {
        try
        {
            return new LimitedMemoryBfgsMinimizer(1e-6, 1e-15, 1e-15, 10, 5000).FindMinimum(_objective, new DenseVector((double[])_start.Clone())).FunctionInfoAtMinimum.Value;
        }
        catch (OptimizationException)
        {
            return double.NaN;
        }
    }
}

/// <summary>Levenberg-Marquardt on NIST's Gauss1: 250 observations, 8 parameters.</summary>
[MemoryDiagnoser]
public class LeastSquaresBenchmarks
{
    private readonly NistProblem _gauss = NistStrd.Load("Gauss1");
    private readonly NistProblem _misra = NistStrd.Load("Misra1a");

    [Benchmark]
    public double Gauss1() => Minimize.Run(new LevenbergMarquardt(), _gauss.Residuals, _gauss.Start1).Value;

    [Benchmark]
    public double Misra1a() => Minimize.Run(new LevenbergMarquardt(), _misra.Residuals, _misra.Start1).Value;
}
