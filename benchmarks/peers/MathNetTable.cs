using System.Globalization;
using System.Text;
using MathNet.Numerics.LinearAlgebra;
using MathNet.Numerics.Optimization;
using OptiCore.Optimizers;
using OptiCore.Problems;
using OptiCore.Solving;

namespace OptiCore.Peers;

/// <summary>
/// The minimizers of Math.NET beside ours on the 35 problems of Moré, Garbow and Hillstrom from their standard starts, with the same functions, derivatives, tolerances (a gradient of 1e-8) and limits
/// (10,000 iterations). A minimum counts as found where the value agrees with a published one to 1e-6 of it and 1e-9.
/// Evaluations and times are sums over the problems that both solve; an evaluation is a call of the function, with its gradient or Jacobian or without.
/// </summary>
internal static class MathNetTable
{
    private const int Iterations = 10_000, Timed = 20;
    private const double Tolerance = 1e-8;

    private static readonly StoppingRules Stopping = new() { GradientTolerance = Tolerance };
    private static readonly RunOptions Limits = new() { MaxIterations = Iterations };

    private sealed record Method(string Name, Func<LeastSquaresProblem, Counted, double> Ours, Func<LeastSquaresProblem, Counted, double> Theirs);

    public static string Write()
    {
        Method[] methods =
        [
            new("BFGS", (p, f) => Minimize.Run(new Bfgs { Stopping = Stopping }, f, p.Start, Limits).Value, (p, f) => Smooth(new BfgsMinimizer(Tolerance, 0, 0, Iterations).FindMinimum, p, f)),
            new("L-BFGS, m = 10", (p, f) => Minimize.Run(new Lbfgs { Stopping = Stopping }, f, p.Start, Limits).Value, (p, f) => Smooth(new LimitedMemoryBfgsMinimizer(Tolerance, 0, 0, 10, Iterations).FindMinimum, p, f)),
            new("Newton", (p, f) => Minimize.Run(new Newton { Stopping = Stopping }, f.WithHessianByDifferences(), p.Start, Limits).Value, Newton),
            new("Nelder-Mead", (p, f) => Minimize.Run(new NelderMead(), (IFunction<double>)f, p.Start, Limits).Value, NelderMead),
            new("Levenberg-Marquardt", (p, f) => 2 * Minimize.Run(new LevenbergMarquardt(), f.Residuals, p.Start, Limits).Value, LeastSquares),
        ];
        var table = new StringBuilder("| method | minima found, ours | theirs | runs that threw, ours | theirs | problems both solve | evaluations ours / theirs | time ours / theirs |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n");
        foreach (Method method in methods)
        {
            Warm(method);
            int ours = 0, theirs = 0, threwOurs = 0, threwTheirs = 0, both = 0;
            long countOurs = 0, countTheirs = 0;
            double timeOurs = 0, timeTheirs = 0;
            foreach (LeastSquaresProblem problem in MoreGarbowHillstrom.All)
            {
                (bool foundOurs, bool failedOurs, long evaluationsOurs) = Solve(method.Ours, problem);
                (bool foundTheirs, bool failedTheirs, long evaluationsTheirs) = Solve(method.Theirs, problem);
                ours += foundOurs ? 1 : 0;
                theirs += foundTheirs ? 1 : 0;
                threwOurs += failedOurs ? 1 : 0;
                threwTheirs += failedTheirs ? 1 : 0;
                if (!foundOurs || !foundTheirs)
                    continue;
                both++;
                countOurs += evaluationsOurs;
                countTheirs += evaluationsTheirs;
                timeOurs += Time(method.Ours, problem);
                timeTheirs += Time(method.Theirs, problem);
            }

            table.Append(CultureInfo.InvariantCulture, $"| {method.Name} | {ours} | {theirs} | {threwOurs} | {threwTheirs} | {both} | {(double)countOurs / countTheirs:f2} | {timeOurs / timeTheirs:f2} |\n");
        }

        return table.ToString();
    }

    private static (bool Found, bool Threw, long Evaluations) Solve(Func<LeastSquaresProblem, Counted, double> method, LeastSquaresProblem problem)
    {
        var function = new Counted(problem);
        try
        {
            double value = method(problem, function);
            return (problem.Minima.Any(m => Math.Abs(value - m.Value) <= (1e-6 * Math.Abs(m.Value)) + 1e-9), false, function.Count);
        }
        catch (Exception error) when (error is OptimizationException or ArgumentException or InvalidOperationException or IndexOutOfRangeException or ArithmeticException)
        {
            return (false, true, function.Count);
        }
    }

    /// <summary>Until the runtime has compiled what is called often anew, which it does in another thread after a pause.</summary>
    private static void Warm(Method method)
    {
        long started = System.Diagnostics.Stopwatch.GetTimestamp();
        while (System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds < 3)
        {
            foreach (LeastSquaresProblem problem in MoreGarbowHillstrom.All)
            {
                Solve(method.Ours, problem);
                Solve(method.Theirs, problem);
            }

            Thread.Sleep(10);
        }
    }

    private static double Time(Func<LeastSquaresProblem, Counted, double> method, LeastSquaresProblem problem)
    {
        double best = double.PositiveInfinity;
        for (int i = 0; i < Timed; i++)
            best = Math.Min(best, Stopwatch.Seconds(() => method(problem, new Counted(problem)), 1));
        return best;
    }

    private static double Smooth(Func<IObjectiveFunction, Vector<double>, MinimizationResult> minimizer, LeastSquaresProblem problem, Counted f) => minimizer(
        ObjectiveFunction.Gradient(x =>
        {
            double[] gradient = new double[x.Count];
            double value = f.ValueAndGradient(x.AsArray(), gradient);
            return (value, Vector<double>.Build.Dense(gradient));
        }),
        Point(problem)).FunctionInfoAtMinimum.Value;

    /// <summary>Hessians by the same central differences of gradients on both sides.</summary>
    private static double Newton(LeastSquaresProblem problem, Counted f)
    {
        ITwiceDifferentiableFunction<double> twice = f.WithHessianByDifferences();
        return new NewtonMinimizer(Tolerance, Iterations, useLineSearch: true).FindMinimum(
            ObjectiveFunction.GradientHessian(x =>
            {
                int n = x.Count;
                double[] gradient = new double[n], unit = new double[n], column = new double[n];
                Matrix<double> hessian = Matrix<double>.Build.Dense(n, n);
                double value = f.ValueAndGradient(x.AsArray(), gradient);
                for (int j = 0; j < n; j++)
                {
                    unit[j] = 1;
                    twice.HessianProduct(x.AsArray(), unit, column);
                    unit[j] = 0;
                    hessian.SetColumn(j, column);
                }

                return (value, Vector<double>.Build.Dense(gradient), hessian);
            }),
            Point(problem)).FunctionInfoAtMinimum.Value;
    }

    private static double NelderMead(LeastSquaresProblem problem, Counted f) =>
        new NelderMeadSimplex(1e-10, Iterations).FindMinimum(ObjectiveFunction.Value(x => f.Value(x.AsArray())), Point(problem)).FunctionInfoAtMinimum.Value;

    private static double LeastSquares(LeastSquaresProblem problem, Counted f)
    {
        int m = problem.Residuals.ResidualCount, n = problem.Dimension;
        Vector<double> zeros = Vector<double>.Build.Dense(m);
        IObjectiveModel model = ObjectiveFunction.NonlinearModel(
            (b, _) =>
            {
                double[] residuals = new double[m];
                f.Residuals.Residuals(b.AsArray(), residuals);
                return Vector<double>.Build.Dense(residuals);
            },
            (b, _) =>
            {
                double[] residuals = new double[m], jacobian = new double[m * n];
                f.Residuals.ResidualsAndJacobian(b.AsArray(), residuals, jacobian);
                return Matrix<double>.Build.DenseOfRowMajor(m, n, jacobian);
            },
            zeros,
            zeros);
        double[] point = new LevenbergMarquardtMinimizer(maximumIterations: Iterations).FindMinimum(model, Point(problem)).MinimizingPoint.ToArray();
        return problem.SumOfSquares.Value(point);
    }

    private static Vector<double> Point(LeastSquaresProblem problem) => Vector<double>.Build.Dense((double[])problem.Start.Clone());

    /// <summary>A problem that counts how often it is evaluated.</summary>
    private sealed class Counted(LeastSquaresProblem problem) : IDifferentiableFunction<double>
    {
        public long Count { get; private set; }

        public int Dimension => problem.Dimension;

        public IDifferentiableResidualFunction<double> Residuals => field ??= new CountedResiduals(this, problem.Residuals);

        public double Value(ReadOnlySpan<double> x)
        {
            Count++;
            return problem.SumOfSquares.Value(x);
        }

        public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
        {
            Count++;
            return problem.SumOfSquares.ValueAndGradient(x, gradient);
        }

        private sealed class CountedResiduals(Counted owner, IDifferentiableResidualFunction<double> function) : IDifferentiableResidualFunction<double>
        {
            public int Dimension => function.Dimension;

            public int ResidualCount => function.ResidualCount;

            void IResidualFunction<double>.Residuals(ReadOnlySpan<double> x, Span<double> residuals)
            {
                owner.Count++;
                function.Residuals(x, residuals);
            }

            public void ResidualsAndJacobian(ReadOnlySpan<double> x, Span<double> residuals, Span<double> jacobian)
            {
                owner.Count++;
                function.ResidualsAndJacobian(x, residuals, jacobian);
            }
        }
    }
}
