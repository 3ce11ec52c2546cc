using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Dynamics;

/// <summary>
/// Nonlinear model predictive control: in every step the problem of the next N steps is taken on from where the last one ended, with the trajectory shifted by one step, and the first control is applied.
/// <code>
/// NonlinearMpcController controller = new NonlinearMpc(problem).Start(x);
/// while (true) { controller.Step(x, u); ... }
/// </code>
/// </summary>
/// <remarks>
/// <para>One iteration a step is the real-time iteration: the optimizer follows the moving optimum, at a cost that is the same in every step; nothing is allocated. The time of costs and systems goes on with the steps, so that references
/// may move; the cost of the end has none.</para>
/// <para>M. Diehl, H. G. Bock, J. P. Schlöder (2005), A real-time iteration scheme for nonlinear optimization in optimal feedback control; Y. Tassa, T. Erez, E. Todorov (2012), Synthesis and stabilization of complex behaviors through
/// online trajectory optimization.</para>
/// </remarks>
[Algorithm("Nonlinear MPC", "Predictive control", "Diehl, Bock, Schlöder (2005), A real-time iteration scheme for nonlinear optimization in optimal feedback control", Capabilities = "real-time iteration, warm start, control bounds")]
public sealed record NonlinearMpc
{
    /// <summary>Makes a controller for a problem.</summary>
    /// <param name="problem">The problem of one horizon; constraints of path and end aren't looked at.</param>
    public NonlinearMpc(TrajectoryProblem problem) => Problem = Require.NotNull(problem);

    /// <summary>The problem of one horizon.</summary>
    public TrajectoryProblem Problem { get; }

    /// <summary>The optimizer. Default: <see cref="IterativeLqr"/> with its defaults.</summary>
    public IterativeLqr Method { get; init => field = Require.NotNull(value, nameof(Method)); } = new();

    /// <summary>The largest number of iterations of the first step. Default: 200.</summary>
    public int FirstIterations { get; init => field = Require.Positive(value); } = 200;

    /// <summary>The largest number of iterations of every other step. Default: 1.</summary>
    public int Iterations { get; init => field = Require.Positive(value); } = 1;

    /// <summary>Allocates a controller.</summary>
    /// <param name="state">A state to start from, n finite elements.</param>
    /// <param name="controls">The first guess of controls, N x m; empty for zero.</param>
    /// <exception cref="ArgumentException">A length doesn't fit or a number isn't finite.</exception>
    public NonlinearMpcController Start(ReadOnlySpan<double> state, ReadOnlySpan<double> controls = default) => new(this, state, controls);
}

/// <summary>A running <see cref="NonlinearMpc"/>.</summary>
public sealed class NonlinearMpcController : IPersistent
{
    private readonly NonlinearMpc _options;
    private readonly Clock _clock = new();
    private readonly IterativeLqrState _run;

    internal NonlinearMpcController(NonlinearMpc options, ReadOnlySpan<double> state, ReadOnlySpan<double> controls)
    {
        _options = options;
        TrajectoryProblem problem = options.Problem;
        IDifferentiableDiscreteSystem system = problem.System is ITwiceDifferentiableDiscreteSystem curved ? new LaterCurvedSystem(curved, _clock) : new LaterSystem(problem.System, _clock);
        _run = options.Method.Start(new TrajectoryProblem(system, new LaterCost(problem.Cost, _clock), problem.Steps) { ControlBounds = problem.ControlBounds }, state, controls);
    }

    /// <summary>The run of the optimizer: the predicted states and controls.</summary>
    public IterativeLqrState Plan => _run;

    /// <summary>The number of steps so far.</summary>
    public int Count => _clock.Step;

    /// <summary>Plans from a state and writes the first control.</summary>
    /// <param name="x">The state, n elements.</param>
    /// <param name="u">Receives the control, m elements.</param>
    /// <returns>False when the plan from this state isn't finite: the control is then that of the plan before.</returns>
    public bool Step(ReadOnlySpan<double> x, Span<double> u)
    {
        int m = _options.Problem.System.ControlCount;
        Require.Length(u.Length, m, nameof(u));
        bool isFirst = _clock.Step == 0;
        _clock.Step++;
        _run.Restart(x, isFirst ? 0 : 1);
        bool finite = _run.Reason != StopReason.NonFiniteStart;
        for (int i = 0; i < (isFirst ? _options.FirstIterations : _options.Iterations) && _run.Step(); i++)
        {
        }

        _run.Controls[..m].CopyTo(u);
        return finite;
    }

    /// <summary>The controller as a control law that counts steps by itself.</summary>
    public ControlLaw ToLaw() => (_, x, u) => Step(x, u);

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        int step = _clock.Step;
        archive.Transfer(ref step);
        _clock.Step = step;
        archive.Transfer(_run);
    }

    /// <summary>The number of steps before the horizon begins. While the first step of a horizon is planned it is that step's number.</summary>
    private sealed class Clock
    {
        public int Step { get; set; }

        public int Now => Math.Max(0, Step - 1);
    }

    private class LaterSystem(IDifferentiableDiscreteSystem system, Clock clock) : IDifferentiableDiscreteSystem
    {
        protected int Now => Time.Now;

        private Clock Time { get; } = clock;

        public int StateCount => system.StateCount;

        public int ControlCount => system.ControlCount;

        public void Next(int step, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> next) => system.Next(Now + step, x, u, next);

        public void NextAndJacobians(int step, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> next, Span<double> a, Span<double> b) => system.NextAndJacobians(Now + step, x, u, next, a, b);
    }

    private sealed class LaterCurvedSystem(ITwiceDifferentiableDiscreteSystem system, Clock clock) : LaterSystem(system, clock), ITwiceDifferentiableDiscreteSystem
    {
        private readonly ITwiceDifferentiableDiscreteSystem _system = system;

        public void Curvature(int step, ReadOnlySpan<double> x, ReadOnlySpan<double> u, ReadOnlySpan<double> multipliers, Span<double> hessian) => _system.Curvature(Now + step, x, u, multipliers, hessian);
    }

    private sealed class LaterCost(ITwiceDifferentiableTrajectoryCost cost, Clock clock) : ITwiceDifferentiableTrajectoryCost
    {
        public int StateCount => cost.StateCount;

        public int ControlCount => cost.ControlCount;

        public double Stage(double t, ReadOnlySpan<double> x, ReadOnlySpan<double> u) => cost.Stage(clock.Now + t, x, u);

        public double Terminal(ReadOnlySpan<double> x) => cost.Terminal(x);

        public double StageAndDerivatives(double t, ReadOnlySpan<double> x, ReadOnlySpan<double> u, in CostDerivatives derivatives) => cost.StageAndDerivatives(clock.Now + t, x, u, derivatives);

        public double TerminalAndDerivatives(ReadOnlySpan<double> x, Span<double> gradient, Span<double> hessian) => cost.TerminalAndDerivatives(x, gradient, hessian);
    }
}
