using System.Numerics;
using OptiCore.LinearAlgebra;

namespace OptiCore.Differentiation;

/// <summary>How a linear system is solved whose matrix is never formed.</summary>
public enum LinearSolverMethod
{
    /// <summary>Restarted GMRES, for any regular map.</summary>
    Gmres,

    /// <summary>Conjugate gradients, for symmetric positive definite maps.</summary>
    ConjugateGradient,

    /// <summary>BiCGSTAB, for any regular map with little memory.</summary>
    BiCgStab,
}

/// <summary>A matrix-free solver of linear systems within expressions.</summary>
public sealed record LinearSolver
{
    /// <summary>The method.</summary>
    public LinearSolverMethod Method { get; init => field = Require.Defined(value); } = LinearSolverMethod.Gmres;

    /// <summary>The norm of the residual at which to stop, relative to that of the right side.</summary>
    public double Tolerance { get; init => field = Require.NonNegative(value); } = 1e-10;

    /// <summary>The largest number of iterations; null for ten times the order.</summary>
    public int? MaxIterations { get; init => field = value is { } given ? Require.Positive(given, nameof(MaxIterations)) : null; }

    /// <summary>The number of GMRES steps after which it restarts.</summary>
    public int Restart { get; init => field = Require.Positive(value); } = 50;

    /// <summary>True if the method needs, and the map has, a symmetric matrix: then it is its own transpose.</summary>
    internal bool IsSymmetric => Method == LinearSolverMethod.ConjugateGradient;

    /// <summary>The method, ready to solve A x = b from a starting point again and again. Where it doesn't converge, x is what it had when it stopped.</summary>
    internal LinearSolve<T> Start<T>() where T : unmanaged, IFloatingPointIeee754<T>
    {
        // No more digits than the element type has.
        double tolerance = Math.Max(Tolerance, 4 * Krylov.ToDouble(Krylov.Epsilon<T>()));
        var workspace = new KrylovWorkspace<T>();
        switch (Method)
        {
            case LinearSolverMethod.ConjugateGradient:
                var gradients = new ConjugateGradient { RelativeTolerance = tolerance, MaxIterations = MaxIterations };
                return (a, b, x) => gradients.Solve(a, b, x, workspace);
            case LinearSolverMethod.BiCgStab:
                var stabilized = new BiCgStab { RelativeTolerance = tolerance, MaxIterations = MaxIterations };
                return (a, b, x) => stabilized.Solve(a, b, x, workspace);
            default:
                var gmres = new Gmres { RelativeTolerance = tolerance, MaxIterations = MaxIterations, Restart = Restart };
                return (a, b, x) => gmres.Solve(a, b, x, workspace);
        }
    }
}

/// <summary>Solves A x = b.</summary>
internal delegate void LinearSolve<T>(ILinearOperator<T> a, ReadOnlySpan<T> b, Span<T> x) where T : unmanaged, IFloatingPointIeee754<T>;
