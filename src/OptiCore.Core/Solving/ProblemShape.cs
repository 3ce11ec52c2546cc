using System.Numerics;

namespace OptiCore.Solving;

/// <summary>The sizes of a problem that an algorithm needs to allocate its state.</summary>
/// <param name="Dimension">The number n of variables.</param>
/// <param name="ResidualCount">The number m of residuals of a least-squares problem, else 0.</param>
public readonly record struct ProblemShape(int Dimension, int ResidualCount = 0)
{
    /// <summary>The shape of a problem.</summary>
    /// <typeparam name="T">The element type of points.</typeparam>
    /// <param name="problem">The problem.</param>
    public static ProblemShape Of<T>(IProblem<T> problem) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(problem);
        return new ProblemShape(problem.Dimension, problem is IResidualFunction<T> residuals ? residuals.ResidualCount : 0);
    }
}
