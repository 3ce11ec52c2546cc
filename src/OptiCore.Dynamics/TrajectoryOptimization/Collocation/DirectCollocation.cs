using System.Globalization;
using OptiCore.Optimizers;
using OptiCore.Solving;

namespace OptiCore.Dynamics;

/// <summary>How a trajectory is represented between nodes.</summary>
public enum CollocationScheme
{
    /// <summary>Controls are linear and states quadratic between nodes; order 2.</summary>
    Trapezoidal,

    /// <summary>Controls are quadratic and states cubic on a segment with a midpoint (the separated form); order 4.</summary>
    HermiteSimpson,
}

/// <summary>
/// Direct collocation: states and controls at nodes are the variables of a nonlinear program, and the system is a constraint on every segment. For free final time, path constraints and bounds of states, and without good first controls:
/// <code>
/// var problem = new OptimalControlProblem(cart, start: [0, 0, 0, 0], end: [1, Math.PI, 0, 0], duration: 2) { Cost = TrajectoryCost.From(4, 1, (t, x, u) => u[0] * u[0]), ControlBounds = Bounds.All(-20, 20) };
/// CollocatedTrajectory swing = new DirectCollocation { Segments = 20 }.Solve(problem).EnsureConverged();
/// swing.ControlAt(0.5, u);
/// </code>
/// </summary>
/// <remarks>
/// <para>The program is solved by an interior point method with the exact Hessian of the Lagrangian, whose curvature of the system is a central difference of Jacobians, node by node; <see cref="Transcribe"/> hands it to any other optimizer. Its
/// matrices are dense there: for some hundred variables. A coarse solution is the first guess of a finer one.</para>
/// <para>The result is an interpolant with an estimate of the error of each segment, the integral of |x' - f|: where it is large, more segments are needed.</para>
/// <para>M. Kelly (2017), An introduction to trajectory optimization: how to do your own direct collocation; C. R. Hargraves, S. W. Paris (1987), Direct trajectory optimization using nonlinear programming and collocation;
/// J. T. Betts (2010), Practical methods for optimal control and estimation using nonlinear programming.</para>
/// </remarks>
[Algorithm("Direct collocation", "Trajectory optimization", "Kelly (2017), An introduction to trajectory optimization: how to do your own direct collocation", Capabilities = "trapezoidal, Hermite-Simpson, free final time, path constraints, bounds of states and controls")]
public sealed record DirectCollocation
{
    /// <summary>The scheme. Default: Hermite-Simpson.</summary>
    public CollocationScheme Scheme { get; init => field = Require.Defined(value); } = CollocationScheme.HermiteSimpson;

    /// <summary>The number of segments of equal length. Default: 20.</summary>
    public int Segments { get; init => field = Require.Positive(value); } = 20;

    /// <summary>The optimizer; its bounds are set by the problem. Default: <see cref="NewtonInteriorPoint"/> with its defaults.</summary>
    public NewtonInteriorPoint Optimizer { get; init => field = Require.NotNull(value, nameof(Optimizer)); } = new();

    /// <summary>The limits of the optimizer's run. Default: 500 iterations.</summary>
    public RunOptions Run { get; init => field = Require.NotNull(value, nameof(Run)); } = new() { MaxIterations = 500 };

    /// <summary>The nonlinear program of a problem and the bounds of its variables, for any optimizer: the duration where it is free, then state and control of each node (with Hermite-Simpson also of midpoints).</summary>
    /// <param name="problem">The problem.</param>
    /// <remarks>The program has buffers of its own: it is for one thread at a time.</remarks>
    public (ITwiceDifferentiableConstrainedFunction<double> Program, Bounds Bounds) Transcribe(OptimalControlProblem problem)
    {
        CollocationProgram program = Make(problem);
        return (program, program.VariableBounds);
    }

    /// <summary>Solves a problem from a straight line between its ends.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="cancellationToken">Ends the run between two evaluations; what was reached is kept.</param>
    public CollocatedTrajectory Solve(OptimalControlProblem problem, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(problem);
        double duration = problem.Duration;
        return Solve(problem, duration, (t, x, u) =>
        {
            for (int i = 0; i < x.Length; i++)
            {
                // A free end is where the other one is; both free: zero.
                double first = double.IsNaN(problem.Start[i]) ? problem.End[i] : problem.Start[i], last = double.IsNaN(problem.End[i]) ? problem.Start[i] : problem.End[i];
                x[i] = double.IsNaN(first) ? 0 : first + (t / duration * (last - first));
            }

            u.Clear();
        }, cancellationToken);
    }

    /// <summary>Solves a problem from another trajectory, usually a coarser one.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="guess">The trajectory.</param>
    /// <param name="cancellationToken">Ends the run between two evaluations; what was reached is kept.</param>
    public CollocatedTrajectory Solve(OptimalControlProblem problem, CollocatedTrajectory guess, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(guess);
        return Solve(problem, guess.Duration, (t, x, u) =>
        {
            guess.StateAt(t, x);
            guess.ControlAt(t, u);
        }, cancellationToken);
    }

    /// <summary>Solves a problem from a guess that is a function of time.</summary>
    /// <param name="problem">The problem.</param>
    /// <param name="duration">The duration of the guess.</param>
    /// <param name="guess">Writes state and control of the guess for a time.</param>
    /// <param name="cancellationToken">Ends the run between two evaluations; what was reached is kept.</param>
    /// <exception cref="ArgumentException">The guess isn't finite.</exception>
    public CollocatedTrajectory Solve(OptimalControlProblem problem, double duration, TrajectoryGuess guess, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(guess);
        CollocationProgram program = Make(problem);
        double[] z = new double[program.Dimension], x = new double[problem.System.StateCount], u = new double[problem.System.ControlCount];
        for (int i = 0; i < program.NodeCount; i++)
        {
            guess(duration * i / (program.NodeCount - 1), x, u);
            program.Write(z, duration, i, x, u);
        }

        Require.AllFinite<double>(z, nameof(guess));
        for (int j = 0; j < z.Length; j++)
            z[j] = Math.Clamp(z[j], program.VariableBounds.Lower(j), program.VariableBounds.Upper(j));
        NewtonInteriorPoint optimizer = Optimizer with { Method = Optimizer.Method with { Bounds = program.VariableBounds } };
        SolverResult<double> result = Minimize.Run<double, ITwiceDifferentiableConstrainedFunction<double>>(optimizer, program, z, Run, cancellationToken);
        return new CollocatedTrajectory(problem, program, Segments, result);
    }

    private CollocationProgram Make(OptimalControlProblem problem)
    {
        ArgumentNullException.ThrowIfNull(problem);
        if (problem.MinDuration > problem.MaxDuration)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"MinDuration is {problem.MinDuration}, more than MaxDuration, {problem.MaxDuration}."), nameof(problem));
        return new CollocationProgram(problem, Scheme, Segments);
    }
}

/// <summary>Writes state and control of a guessed trajectory.</summary>
/// <param name="t">The time.</param>
/// <param name="x">Receives the state; every element is written.</param>
/// <param name="u">Receives the control; every element is written.</param>
public delegate void TrajectoryGuess(double t, Span<double> x, Span<double> u);
