using System.Numerics;
using OptiCore.Problems;
using OptiCore.Solving;

namespace OptiCore.TestKit;

/// <summary>A problem with a known minimum, as a solver minimises it: least-squares problems with the factor 1/2.</summary>
public sealed record SolverProblem(string Name, IProblem<double> Problem, double[] Start, double[] Minima)
{
    /// <summary>Smooth functions that every general method solves to its accuracy.</summary>
    public static IReadOnlyList<SolverProblem> Functions { get; } =
    [
        .. new[] { 1, 5, 7, 14, 32 }.Select(k => MoreGarbowHillstrom.Problem(k, k == 32 ? 4 : 0)).Select(p => new SolverProblem(p.Name, p.SumOfSquares, p.Start, [.. p.Minima.Select(m => m.Value)])),
        .. Easy(),
    ];

    /// <summary>Convex functions of moderate condition, for methods that only follow the gradient.</summary>
    public static IReadOnlyList<SolverProblem> EasyFunctions { get; } = [.. Easy()];

    /// <summary>Nonlinear least-squares problems.</summary>
    public static IReadOnlyList<SolverProblem> Residuals { get; } =
    [
        .. new[] { 1, 2, 5, 7, 8, 9, 14, 15, 17, 31, 32, 33 }.Select(k => MoreGarbowHillstrom.Problem(k)).Select(p => new SolverProblem(p.Name, p.Residuals, p.Start, [.. p.Minima.Select(m => m.Value / 2)])),
    ];

    private static IEnumerable<SolverProblem> Easy()
    {
        yield return new SolverProblem("Quadratic", new Quadratic<double>([1, 2, 5, 10], [1, -1, 2, 0.5], RandomKey.FromSeed(9)), [3, 1, 0, -2], [0]);
        TestFunction<IDifferentiableFunction<double>> booth = ClassicFunctions.Booth();
        yield return new SolverProblem(booth.Name, booth.Function, booth.Start, [0]);
    }
}

/// <summary>One row of a table of algorithms: the laws of <see cref="SolverLaws"/> hold for it without further code.</summary>
/// <param name="Name">A name for messages.</param>
/// <param name="Solver">The algorithm; any solver fits, because the probe has every capability.</param>
/// <param name="Problems">The problems whose minima it must find.</param>
/// <param name="Tolerance">How near its value must come, absolute for values below 1 and relative above.</param>
public sealed record SolverRow<T>(string Name, ISolver<T, SolverProbe<T>> Solver, IReadOnlyList<SolverProblem> Problems, double Tolerance)
    where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The limit of iterations for finding minima.</summary>
    public long MaxIterations { get; init; } = 10_000;

    /// <summary>Whether a run ends as converged by itself; methods without a criterion end by their limit.</summary>
    public bool ConvergesByItself { get; init; } = true;

    /// <summary>False for methods that start other runs within theirs, each of which allocates its state, and for those whose memory grows with the evaluations.</summary>
    public bool AllocatesNothing { get; init; } = true;

    /// <summary>What the algorithm adds to the problem's function: a regularizer, or infinity outside a set. The minima of the problems are those of the sum.</summary>
    public Func<double[], double>? Added { get; init; }

    public override string ToString() => Name;
}
