using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// Goldfarb and Idnani's dual active-set method for small dense quadratic programs with a positive definite Q: exact to rounding, a vertex of the active constraints, in about as many steps as constraints are active.
/// </summary>
/// <remarks>
/// <para>Starts at the minimum without constraints, adds the most violated one in each step, and drops those whose multipliers would change their sign; finite. O(n^3) to begin and O(n (n + m)) for each step; the matrices are taken as dense.</para>
/// <para>D. Goldfarb, A. Idnani (1983), A numerically stable dual method for solving strictly convex quadratic programs, Math. Program. 27, 1-33.</para>
/// <para>Where Q is singular, or for large sparse programs, prefer <see cref="HomogeneousInteriorPoint"/>.</para>
/// </remarks>
[Algorithm("Goldfarb-Idnani", "Linear and quadratic programs", "Goldfarb, Idnani (1983), A numerically stable dual method for solving strictly convex quadratic programs")]
public sealed record DualActiveSet
{
    /// <summary>The largest number of constraints that are added and dropped; 0 (the default) for 50 (n + m + 10).</summary>
    public int MaxSteps { get; init => field = Require.NonNegative(value); }

    /// <summary>
    /// Solves a quadratic program. <see cref="StopReason.Infeasible"/> where the constraints have no common point; <see cref="StopReason.NonFinite"/> where Q isn't positive definite (negative definite if maximised).
    /// </summary>
    /// <param name="program">The program.</param>
    public ProgramResult Solve(QuadraticProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        LinearProgram linear = program.Linear;
        long begin = TimeProvider.System.GetTimestamp();
        int n = linear.VariableCount, m = linear.RowCount;
        double[] q = new double[n * n], g = linear.Cost.ToArray(), rows = new double[m * n], lower = new double[n + m], upper = new double[n + m], x = new double[n], multipliers = new double[n + m];
        program.Quadratic.ToDense(q);
        linear.Rows.ToDense(rows);
        if (linear.Maximize)
        {
            Vectors.Scale(-1, q, q);
            Vectors.Scale(-1, g, g);
        }

        for (int t = 0; t < n + m; t++)
            (lower[t], upper[t]) = t < n ? (linear.VariableBounds.Lower(t), linear.VariableBounds.Upper(t)) : (linear.RowBounds.Lower(t - n), linear.RowBounds.Upper(t - n));
        var method = new DualActiveSetMethod(n, m, MaxSteps);
        bool solved = method.TrySolve(q, g, rows, lower, upper, x, multipliers, out bool infeasible);
        StopReason reason = solved ? StopReason.OptimalityTolerance : infeasible ? StopReason.Infeasible : method.Steps == 0 ? StopReason.NonFinite : StopReason.NoProgress;

        double[] gradient = new double[n], y = multipliers[n..], z = multipliers[..n];
        double residual = 0, dual = linear.Offset, sign = linear.Maximize ? -1 : 1;
        program.Quadratic.Apply(x, gradient);
        for (int j = 0; j < n; j++)
            dual -= 0.5 * x[j] * gradient[j];
        linear.Rows.ApplyAdjoint(y, g);
        for (int j = 0; j < n; j++)
            residual = Math.Max(residual, Math.Abs((sign * (gradient[j] + linear.Cost[j])) + g[j] + z[j]));
        for (int t = 0; t < n + m; t++)
            dual -= multipliers[t] == 0 ? 0 : sign * multipliers[t] * (multipliers[t] > 0 ? upper[t] : lower[t]);
        return new ProgramResult
        {
            Status = reason.Status(),
            Reason = reason,
            Method = nameof(DualActiveSet),
            Message = reason switch
            {
                StopReason.OptimalityTolerance => "Optimal: every constraint holds, and every multiplier has its sign.",
                StopReason.Infeasible => "No point satisfies the constraints.",
                StopReason.NonFinite => "The quadratic term isn't positive definite.",
                _ => "The active set didn't settle within the limit of steps.",
            },
            Point = x,
            Value = program.Value(x),
            DualValue = solved ? dual : double.NaN,
            RowMultipliers = y,
            BoundMultipliers = z,
            PrimalResidual = linear.Violation(x),
            DualResidual = residual,
            Iterations = method.Steps,
            Elapsed = TimeProvider.System.GetElapsedTime(begin),
        };
    }
}
