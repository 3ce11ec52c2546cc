using System.Globalization;
using OptiCore.Solving;

namespace OptiCore.Dynamics;

/// <summary>How the backward pass of <see cref="IterativeLqr"/> is made convex.</summary>
public enum TrajectoryRegularization
{
    /// <summary>The Hessian of the cost to go becomes V + mu I: the new trajectory stays near the old states (Tassa, Erez, Todorov 2012).</summary>
    States,

    /// <summary>The Hessian in the controls becomes Q + mu I: the new controls stay near the old ones.</summary>
    Controls,
}

/// <summary>
/// The iterative linear-quadratic regulator, and with second derivatives of the system differential dynamic programming, for smooth trajectory optimization within control bounds:
/// <code>
/// var problem = new TrajectoryProblem(cart.Discretize(0.05), cost, steps: 60) { ControlBounds = Bounds.All(-10, 10) };
/// TrajectoryResult swing = new IterativeLqr().Solve(problem, start: [0, 0, 0, 0]);
/// </code>
/// </summary>
/// <remarks>
/// <para>An iteration expands costs and dynamics along the trajectory, computes gains u = u + alpha k + K (x - x) backward, with control bounds by a box-constrained quadratic program in every step, and rolls the system out, for
/// alpha = 1 and then shorter steps, until the cost falls by a part of what was expected. Where the backward pass isn't convex or no step helps, the regularization mu grows; it falls with every success. On a
/// linear system with quadratic cost one iteration is exact. Bounds are never violated, not even on the way.</para>
/// <para>An iteration costs O(N (n + m)^3), N Jacobians and Hessians of costs and one rollout for every step length that is tried; it allocates nothing. Converges quadratically with <see cref="SecondOrderDynamics"/>, else
/// linearly at a rate that the curvature of the system decides. The result holds the gains K, a feedback that stabilises the trajectory.</para>
/// <para>W. Li, E. Todorov (2004), Iterative linear quadratic regulator design for nonlinear biological movement systems; D. Q. Mayne (1966), A second-order gradient method for determining optimal trajectories of non-linear
/// discrete-time systems; Y. Tassa, T. Erez, E. Todorov (2012), Synthesis and stabilization of complex behaviors through online trajectory optimization, whose regularization schedule and improved value update this is;
/// Y. Tassa, N. Mansard, E. Todorov (2014), Control-limited differential dynamic programming.</para>
/// <para>Constraints of states and of the end: <see cref="ConstrainedIterativeLqr"/>. Free final time, or no good first controls: <see cref="DirectCollocation"/>.</para>
/// </remarks>
[Algorithm("iLQR / DDP", "Trajectory optimization", "Tassa, Mansard, Todorov (2014), Control-limited differential dynamic programming", Capabilities = "control bounds, feedback gains, warm start")]
public sealed record IterativeLqr
{
    /// <summary>Second derivatives of the system are used (differential dynamic programming); it then has to be an <see cref="ITwiceDifferentiableDiscreteSystem"/>. Default: false.</summary>
    public bool SecondOrderDynamics { get; init; }

    /// <summary>The form of the regularization. Default: of states.</summary>
    public TrajectoryRegularization Regularization { get; init => field = Require.Defined(value); } = TrajectoryRegularization.States;

    /// <summary>The first mu. Default: 0, a plain Newton step.</summary>
    public double InitialRegularization { get; init => field = Require.NonNegative(value); }

    /// <summary>The smallest mu other than 0. Default: 1e-6.</summary>
    public double MinRegularization { get; init => field = Require.Positive(value); } = 1e-6;

    /// <summary>The largest mu; a run that would need more ends. Default: 1e10.</summary>
    public double MaxRegularization { get; init => field = Require.Positive(value); } = 1e10;

    /// <summary>The factor by which the growth of mu grows, above 1. Default: 2.</summary>
    public double RegularizationFactor { get; init => field = value > 1 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(RegularizationFactor), value, $"RegularizationFactor is {value} but must be above 1."); } = 2;

    /// <summary>The part of the expected reduction that a step must reach. Default: 1e-4.</summary>
    public double SufficientReduction { get; init => field = Require.InHalfOpen(value, 0, 1); } = 1e-4;

    /// <summary>The number of step lengths 10^0 to 10^-3, evenly spaced in the exponent, that are tried. Default: 11.</summary>
    public int LineSearchSteps { get; init => field = Require.AtLeast(value, 1); } = 11;

    /// <summary>Converged when the expected reduction of a full step is at most this, relative to max(1, |cost|). Default: 1e-9.</summary>
    public double ValueTolerance { get; init => field = Require.NonNegative(value); } = 1e-9;

    /// <summary>Converged when max |k| / (1 + |u|) is at most this. Default: 0, off.</summary>
    public double StepTolerance { get; init => field = Require.NonNegative(value); }

    /// <summary>The largest number of iterations of <see cref="Solve"/>. Default: 500.</summary>
    public int MaxIterations { get; init => field = Require.Positive(value); } = 500;

    /// <summary>Allocates a run and rolls the first controls out.</summary>
    /// <param name="problem">The problem; constraints of path and end aren't looked at.</param>
    /// <param name="start">The first state, n finite elements.</param>
    /// <param name="controls">The first controls, N x m; empty for zero. They are moved into the bounds.</param>
    /// <exception cref="ArgumentException">A length doesn't fit, a number isn't finite, or second derivatives are asked of a system that has none.</exception>
    public IterativeLqrState Start(TrajectoryProblem problem, ReadOnlySpan<double> start, ReadOnlySpan<double> controls = default) => new(this, problem, start, controls);

    /// <summary>Runs until a criterion holds or a limit is reached.</summary>
    /// <param name="problem">The problem; constraints of path and end are refused here.</param>
    /// <param name="start">The first state, n finite elements.</param>
    /// <param name="controls">The first controls, N x m; empty for zero.</param>
    /// <param name="cancellationToken">Ends the run between two iterations; what was reached is kept.</param>
    /// <exception cref="ArgumentException">A length doesn't fit, a number isn't finite, second derivatives are asked of a system that has none, or the problem has constraints of path or end.</exception>
    public TrajectoryResult Solve(TrajectoryProblem problem, ReadOnlySpan<double> start, ReadOnlySpan<double> controls = default, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(problem);
        if (problem.PathConstraint is not null || problem.TerminalConstraint is not null)
            throw new ArgumentException($"The problem has constraints of path or end: use {nameof(ConstrainedIterativeLqr)}.", nameof(problem));
        IterativeLqrState state = Start(problem, start, controls);
        return state.Run(MaxIterations, cancellationToken).ToResult();
    }
}

/// <summary>A trajectory that was optimized.</summary>
public sealed record TrajectoryResult
{
    /// <summary>The outcome in one word.</summary>
    public required SolverStatus Status { get; init; }

    /// <summary>Why the run ended.</summary>
    public required StopReason Reason { get; init; }

    /// <summary>Why the run ended, in one sentence.</summary>
    public required string Message { get; init; }

    /// <summary>The cost.</summary>
    public required double Cost { get; init; }

    /// <summary>The largest violation of a constraint; 0 without constraints.</summary>
    public double ConstraintViolation { get; init; }

    /// <summary>The number n of state variables.</summary>
    public required int StateCount { get; init; }

    /// <summary>The number m of controls.</summary>
    public required int ControlCount { get; init; }

    /// <summary>The states, (N + 1) x n.</summary>
    public required double[] States { get; init; }

    /// <summary>The controls, N x m.</summary>
    public required double[] Controls { get; init; }

    /// <summary>The gains K of the feedback u(k) = controls(k) + K (x - states(k)), N x m x n; empty where the method has none.</summary>
    public double[] Gains { get; init; } = [];

    /// <summary>The number of complete iterations.</summary>
    public required int Iterations { get; init; }

    /// <summary>A state.</summary>
    /// <param name="k">Its number, from 0 to N.</param>
    public ReadOnlySpan<double> State(int k) => States.AsSpan(k * StateCount, StateCount);

    /// <summary>A control.</summary>
    /// <param name="k">Its number, from 0 to N - 1.</param>
    public ReadOnlySpan<double> Control(int k) => Controls.AsSpan(k * ControlCount, ControlCount);

    /// <summary>The trajectory as a feedback law in discrete time, u = controls(k) + K (x - states(k)), within bounds where they are given; the last step is held beyond the end.</summary>
    /// <param name="bounds">The bounds of the controls; null for none.</param>
    public ControlLaw ToLaw(Bounds? bounds = null) => (t, x, u) =>
    {
        int k = (int)Math.Clamp(t, 0, (Controls.Length / ControlCount) - 1);
        ReadOnlySpan<double> reference = State(k);
        for (int j = 0; j < ControlCount; j++)
        {
            double sum = Controls[(k * ControlCount) + j];
            for (int i = 0; i < StateCount && Gains.Length > 0; i++)
                sum += Gains[(((k * ControlCount) + j) * StateCount) + i] * (x[i] - reference[i]);
            u[j] = bounds is null ? sum : Math.Clamp(sum, bounds.Lower(j), bounds.Upper(j));
        }
    };

    /// <summary>This result if the run converged.</summary>
    /// <exception cref="SolverException">It didn't; the message says why.</exception>
    public TrajectoryResult EnsureConverged() => Status == SolverStatus.Converged ? this : throw new SolverException(Message);

    /// <summary>Status, cost, iterations and message in one line.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Status}: cost {Cost:g6} after {Iterations} iterations. {Message}");
}
