using System.Globalization;
using OptiCore.LinearAlgebra;
using OptiCore.Optimizers;

namespace OptiCore.Dynamics;

/// <summary>
/// Linear model predictive control: in every step the quadratic program min sum 1/2 (x - X)'Q (x - X) + 1/2 (u - U)'R (u - U) + 1/2 (x(N) - X)'F (x(N) - X) of the next N steps of a plant, within bounds of controls and states.
/// <code>
/// LinearMpcController controller = new LinearMpc(plant, q: [1, 0, 0, 0.1], r: [0.1], horizon: 20) { ControlBounds = Bounds.All(-1, 1) }.Start();
/// while (true) { controller.Step(x, u); ... }
/// </code>
/// </summary>
/// <remarks>
/// <para>The program is solved by Mehrotra's predictor-corrector interior point method, whose linear systems are Riccati recursions over the horizon: O(N (n + m)^3) an iteration, where dense methods need O(N^3 m^3). It is warm-started by the
/// shifted solution, exact to the tolerance, and allocates nothing. Without bounds the answer is one recursion. <see cref="ToProgram"/> writes the same program for any other solver, sparse or condensed to the controls.</para>
/// <para>Where the end's weight is left out it is the solution of the algebraic Riccati equation: without active bounds the controller is then the infinite-horizon regulator.</para>
/// <para>C. V. Rao, S. J. Wright, J. B. Rawlings (1998), Application of interior-point methods to model predictive control; S. Mehrotra (1992), On the implementation of a primal-dual interior point method.</para>
/// </remarks>
[Algorithm("Linear MPC", "Predictive control", "Rao, Wright, Rawlings (1998), Application of interior-point methods to model predictive control", Capabilities = "bounds of controls and states, soft bounds, warm start")]
public sealed record LinearMpc
{
    private readonly double[] _q, _r;

    /// <summary>Makes a controller.</summary>
    /// <param name="plant">The plant, in discrete time.</param>
    /// <param name="q">The symmetric positive semidefinite matrix Q, n x n.</param>
    /// <param name="r">The symmetric positive definite matrix R, m x m.</param>
    /// <param name="horizon">The number N of steps that are looked ahead.</param>
    /// <exception cref="ArgumentException">A size doesn't fit, an element isn't finite, a matrix isn't symmetric, R isn't positive definite, or the plant is in continuous time.</exception>
    public LinearMpc(LinearPlant plant, ReadOnlySpan<double> q, ReadOnlySpan<double> r, int horizon)
    {
        Plant = Require.NotNull(plant);
        if (!plant.IsDiscrete)
            throw new ArgumentException("The plant is in continuous time: discretize it first.", nameof(plant));
        (_q, _r, Horizon) = (Matrices.Symmetric(q, plant.StateCount, nameof(q)), Matrices.Symmetric(r, plant.ControlCount, nameof(r)), Require.Positive(horizon, nameof(horizon)));
        double[] factor = [.. _r];
        if (!Cholesky.TryFactor<double>(factor, plant.ControlCount))
            throw new ArgumentException("R isn't positive definite: some control would be free.", nameof(r));
    }

    /// <summary>The plant.</summary>
    public LinearPlant Plant { get; }

    /// <summary>The number N of steps.</summary>
    public int Horizon { get; }

    /// <summary>The matrix Q.</summary>
    public ReadOnlySpan<double> Q => _q;

    /// <summary>The matrix R.</summary>
    public ReadOnlySpan<double> R => _r;

    /// <summary>The matrix F of the end, n x n; empty (the default) for the solution of the algebraic Riccati equation.</summary>
    public ReadOnlyMemory<double> Terminal { get; init => field = value.IsEmpty ? value : Matrices.Symmetric(value.Span, Plant.StateCount, nameof(Terminal)); }

    /// <summary>The bounds of each control, or one for all; null for none.</summary>
    public Bounds? ControlBounds { get; init => field = Checked(value, Plant.ControlCount, nameof(ControlBounds)); }

    /// <summary>The bounds of each state variable, or one for all, from the next state on; null for none.</summary>
    public Bounds? StateBounds { get; init => field = Checked(value, Plant.StateCount, nameof(StateBounds)); }

    /// <summary>The weight w of violations of state bounds, w/2 v^2 each; infinity (the default) makes them hard. Soft bounds keep the program solvable under disturbances.</summary>
    public double StateBoundPenalty { get; init => field = value > 0 ? value : throw new ArgumentOutOfRangeException(nameof(StateBoundPenalty), value, $"StateBoundPenalty is {value} but must be positive."); } = double.PositiveInfinity;

    /// <summary>Solved when residuals and complementarity, relative to the size of the data, are at most this; the cost is then as exact, controls near bounds that hardly bind are to about its square root. Default: 1e-9.</summary>
    public double Tolerance { get; init => field = Require.Positive(value); } = 1e-9;

    /// <summary>The largest number of interior point iterations. Default: 60.</summary>
    public int MaxIterations { get; init => field = Require.Positive(value); } = 60;

    /// <summary>Allocates a controller.</summary>
    /// <exception cref="InvalidOperationException">No weight of the end is given, and the Riccati equation has no solution; the message says why.</exception>
    public LinearMpcController Start() => new(this, TerminalWeight());

    /// <summary>The program from a state, for any solver of quadratic programs.</summary>
    /// <param name="state">The state, n elements.</param>
    /// <param name="condensed">False: variables are x(1), ..., x(N) and then u(0), ..., u(N - 1), rows are the plant. True: variables are the controls; rows are bounded state variables.</param>
    /// <exception cref="InvalidOperationException">State bounds are soft, or there is no weight of the end.</exception>
    public QuadraticProgram ToProgram(ReadOnlySpan<double> state, bool condensed)
    {
        int n = Plant.StateCount;
        Require.Length(state.Length, n, nameof(state));
        if (StateBounds is not null && double.IsFinite(StateBoundPenalty))
            throw new InvalidOperationException("State bounds are soft: the program has them as a penalty.");
        return condensed ? MpcPrograms.Condensed(this, TerminalWeight(), state) : MpcPrograms.Sparse(this, TerminalWeight(), state);
    }

    private double[] TerminalWeight()
    {
        if (!Terminal.IsEmpty)
            return Terminal.ToArray();
        RegulatorDesign design = Lqr.Design(Plant, _q, _r);
        return design.IsSolved ? design.CostMatrix.ToArray() : throw new InvalidOperationException($"There is no weight of the end: {design.Message} Set {nameof(Terminal)}.");
    }

    private static Bounds? Checked(Bounds? value, int count, string name) => value is null || value.Dimension == 0 || value.Dimension == count
        ? value
        : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{name} has {value.Dimension} intervals, expected {count} or one for all."), name);
}
