using System.Numerics;

namespace OptiCore;

/// <summary>
/// A function to minimise subject to m constraints, lower[i] &lt;= c_i(x) &lt;= upper[i]. Equal sides are an equality; an infinite side is none. Simple bounds on the variables
/// themselves belong to the algorithm (<see cref="IBoundedSolver"/>), which never leaves them; constraints may be violated on the way.
/// </summary>
/// <typeparam name="T">The element type of points and constraints.</typeparam>
/// <remarks>A constraint that isn't finite says "not defined here", like a value that isn't.</remarks>
public interface IConstrainedFunction<T> : IFunction<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The number m of constraints; 0 for none.</summary>
    int ConstraintCount { get; }

    /// <summary>The intervals of the constraints; where m is 0, nothing reads them.</summary>
    Bounds ConstraintBounds { get; }

    /// <summary>Writes the constraints' values c(x).</summary>
    /// <param name="x">The point, n elements.</param>
    /// <param name="constraints">Receives m elements; every one is written.</param>
    void Constraints(ReadOnlySpan<T> x, Span<T> constraints);
}

/// <summary>A function with its gradient, subject to constraints with their Jacobian.</summary>
/// <typeparam name="T">The element type of points and constraints.</typeparam>
public interface IDifferentiableConstrainedFunction<T> : IConstrainedFunction<T>, IDifferentiableFunction<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Writes the constraints' values and their Jacobian at <paramref name="x"/>.</summary>
    /// <param name="x">The point, n elements.</param>
    /// <param name="constraints">Receives m elements.</param>
    /// <param name="jacobian">Receives the m x n matrix dc[i]/dx[j], row-major.</param>
    void ConstraintsAndJacobian(ReadOnlySpan<T> x, Span<T> constraints, Span<T> jacobian);
}

/// <summary>A function subject to constraints, with the Hessian of the Lagrangian L(x, y) = f(x) + sum_i y_i c_i(x).</summary>
/// <typeparam name="T">The element type of points and constraints.</typeparam>
public interface ITwiceDifferentiableConstrainedFunction<T> : IDifferentiableConstrainedFunction<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Writes the symmetric matrix d2L/dx2 at a point for given multipliers.</summary>
    /// <param name="x">The point, n elements.</param>
    /// <param name="multipliers">The multipliers y, m elements of any sign.</param>
    /// <param name="hessian">Receives the n x n matrix, both triangles.</param>
    void LagrangianHessian(ReadOnlySpan<T> x, ReadOnlySpan<T> multipliers, Span<T> hessian);
}
