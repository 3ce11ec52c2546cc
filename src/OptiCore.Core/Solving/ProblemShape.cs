using System.Numerics;

namespace OptiCore.Solving;

/// <summary>The sizes of a problem that an algorithm needs to allocate its state.</summary>
/// <param name="Dimension">The number n of variables.</param>
/// <param name="ResidualCount">The number m of residuals of a least-squares problem, else 0.</param>
/// <param name="ConstraintBounds">The intervals of the constraints, one for each of them; null without constraints.</param>
public readonly record struct ProblemShape(int Dimension, int ResidualCount = 0, Bounds? ConstraintBounds = null)
{
    /// <summary>The number of constraints.</summary>
    public int ConstraintCount => ConstraintBounds?.Dimension ?? 0;

    /// <summary>The shape of a problem.</summary>
    /// <typeparam name="T">The element type of points.</typeparam>
    /// <param name="problem">The problem.</param>
    /// <param name="startLength">The length of the starting point, which decides where the problem takes points of any length.</param>
    /// <exception cref="ArgumentException">Neither the problem nor the starting point says how many variables there are.</exception>
    public static ProblemShape Of<T>(IProblem<T> problem, int startLength = 0) where T : unmanaged, IFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(problem);
        int dimension = problem.Dimension == 0 ? startLength : problem.Dimension;
        if (dimension < 1)
            throw new ArgumentException("There is no variable: the problem takes points of any length, and the starting point is empty.", nameof(startLength));
        return new ProblemShape(dimension, problem is IResidualFunction<T> residuals ? residuals.ResidualCount : 0, problem is IConstrainedFunction<T> constrained ? Each(constrained) : null);
    }

    /// <summary>Bounds that are the same for all constraints, written out for each.</summary>
    private static Bounds? Each<T>(IConstrainedFunction<T> problem) where T : unmanaged, IFloatingPointIeee754<T>
    {
        int m = problem.ConstraintCount;
        if (m == 0)
            return null;
        Bounds bounds = problem.ConstraintBounds;
        if (bounds.Dimension == m)
            return bounds;
        if (bounds.Dimension != 0)
            throw new ArgumentException($"The problem has {m} constraints and bounds for {bounds.Dimension}.", nameof(problem));
        double[] lower = new double[m], upper = new double[m];
        lower.AsSpan().Fill(bounds.Lower(0));
        upper.AsSpan().Fill(bounds.Upper(0));
        return new Bounds(lower, upper);
    }
}
