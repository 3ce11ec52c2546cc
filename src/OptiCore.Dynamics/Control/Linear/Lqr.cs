using System.Globalization;
using System.Numerics;
using System.Text;
using OptiCore.LinearAlgebra;
using OptiCore.Solving;

namespace OptiCore.Dynamics;

/// <summary>
/// The linear-quadratic regulator: the feedback u = -K x of a <see cref="LinearPlant"/> that minimises the integral (in discrete time the sum) of x'Q x + 2 x'N u + u'R u, for ever or to a given time.
/// </summary>
/// <remarks>
/// <para>For ever: K = R^-1 (B'X + N') in continuous and K = (R + B'X B)^-1 (B'X A + N') in discrete time, with X the stabilising solution of the algebraic Riccati equation (<see cref="RiccatiEquation{T}"/>); the closed loop
/// is stable, and x0'X x0 is the least cost from x0. The equation has such a solution when the plant is stabilisable and Q shows every mode on the stability boundary.</para>
/// <para>To a given time in discrete time: <see cref="LinearQuadraticProblem"/>, time-varying and affine. In continuous time: <see cref="DesignFinite"/>.</para>
/// <para>B. D. O. Anderson, J. B. Moore (1990), Optimal control: linear quadratic methods; R. E. Kalman (1960), Contributions to the theory of optimal control.</para>
/// </remarks>
[Algorithm("LQR", "Linear control", "Kalman (1960), Contributions to the theory of optimal control", Capabilities = "continuous and discrete time, cross terms, finite horizon")]
public static class Lqr
{
    /// <summary>The regulator for ever.</summary>
    /// <param name="plant">The plant.</param>
    /// <param name="q">The symmetric matrix Q, n x n.</param>
    /// <param name="r">The symmetric positive definite matrix R, m x m.</param>
    /// <param name="cross">The matrix N, n x m; empty for none.</param>
    /// <returns>The design; where there is none, its status says why.</returns>
    /// <exception cref="ArgumentException">A size doesn't fit, an element isn't finite, or Q or R isn't symmetric.</exception>
    public static RegulatorDesign Design(LinearPlant plant, ReadOnlySpan<double> q, ReadOnlySpan<double> r, ReadOnlySpan<double> cross = default)
    {
        ArgumentNullException.ThrowIfNull(plant);
        int n = plant.StateCount, m = plant.ControlCount;
        double[] qs = Matrices.Symmetric(q, n, nameof(q)), rs = Matrices.Symmetric(r, m, nameof(r)), a = plant.A.ToArray(), x = new double[n * n], gain = new double[m * n];
        double[] factor = [.. rs];
        if (!Cholesky.TryFactor<double>(factor, m))
            return RegulatorDesign.Failed(plant, DesignReason.ControlWeightNotPositive, "R isn't positive definite: some control would be free.");
        if (!cross.IsEmpty)
        {
            // The control v = u + R^-1 N'x has no cross term: A - B R^-1 N', Q - N R^-1 N'.
            Require.Length(cross.Length, n * m, nameof(cross));
            Require.AllFinite(cross, nameof(cross));
            double[] shift = Matrices.Transpose(cross, n, m);
            Cholesky.Solve<double>(factor, m, m, shift, n, n);
            Blas.Gemm(false, false, n, n, m, -1.0, plant.B, m, shift, n, 1.0, a, n);
            Blas.Gemm(false, false, n, n, m, -1.0, cross, m, shift, n, 1.0, qs, n);
            Matrices.Symmetrize(qs, n);
        }

        var riccati = new RiccatiEquation<double>(n, m);
        bool solved = plant.IsDiscrete ? riccati.TrySolveDiscrete(a, plant.B, qs, rs, x) : riccati.TrySolveContinuous(a, plant.B, qs, rs, x);
        if (!solved)
            return Diagnose(plant);

        // The gain from the original plant: (R + B'X B) K = B'X A + N', or R K = B'X + N'.
        double[] bx = Matrices.Product(plant.B, x, m, n, n, transposeA: true), matrix = [.. rs];
        if (plant.IsDiscrete)
        {
            Blas.Gemm(false, false, m, m, n, 1.0, bx, n, plant.B, m, 1.0, matrix, m);
            Blas.Multiply<double>(bx, plant.A, gain, m, n, n);
        }
        else
        {
            bx.CopyTo(gain, 0);
        }

        for (int i = 0; i < n && !cross.IsEmpty; i++)
        {
            for (int j = 0; j < m; j++)
                gain[(j * n) + i] += cross[(i * m) + j];
        }

        if (!Matrices.TrySolve(matrix, m, gain, n))
            return RegulatorDesign.Failed(plant, DesignReason.NoStabilizingSolution, "R + B'X B isn't positive definite: the cost has no minimum.");
        double[] loop = plant.A.ToArray();
        Blas.Gemm(false, false, n, n, m, -1.0, plant.B, m, gain, n, 1.0, loop, n);
        Complex[] poles = LinearPlant.PolesOf(loop, n);
        foreach (Complex pole in poles)
        {
            // Doubling may settle on a boundary mode that it can't see; the design is then none.
            if (!plant.IsStablePole(pole))
                return Diagnose(plant);
        }

        return new RegulatorDesign(plant, gain, x, poles);
    }

    /// <summary>
    /// The regulator to a given time T in continuous time, with the terminal cost x(T)'F x(T): u(t) = -K(t) x with K = R^-1 B'P(t), where -P' = A'P + P A - P B R^-1 B'P + Q and P(T) = F. P is exact to rounding at every
    /// point: a step is a product with the exponential of the Hamiltonian matrix.
    /// </summary>
    /// <param name="plant">The plant, in continuous time.</param>
    /// <param name="q">The symmetric matrix Q, n x n.</param>
    /// <param name="r">The symmetric positive definite matrix R, m x m.</param>
    /// <param name="terminal">The symmetric matrix F, n x n.</param>
    /// <param name="horizon">The time T.</param>
    /// <param name="points">Into how many equal stretches [0, T] is divided: P and K are computed at points + 1 times.</param>
    /// <returns>The schedule; null where P escapes to infinity before time 0 is reached (a conjugate point; it can't happen with Q, F positive semidefinite).</returns>
    /// <remarks>
    /// Steps are divided so that the norm of the exponent is at most 1, which keeps the recursion stable. E. J. Davison, M. C. Maki (1973), The numerical solution of the matrix Riccati differential equation;
    /// C. S. Kenney, R. B. Leipnik (1985), Numerical integration of the differential matrix Riccati equation, whose modified method this is.
    /// </remarks>
    /// <exception cref="ArgumentException">A size doesn't fit, an element isn't finite, a matrix isn't symmetric, or R isn't positive definite.</exception>
    /// <exception cref="InvalidOperationException">The plant is in discrete time.</exception>
    public static RiccatiTrajectory? DesignFinite(LinearPlant plant, ReadOnlySpan<double> q, ReadOnlySpan<double> r, ReadOnlySpan<double> terminal, double horizon, int points)
    {
        ArgumentNullException.ThrowIfNull(plant);
        if (plant.IsDiscrete)
            throw new InvalidOperationException($"The plant is in discrete time: use {nameof(LinearQuadraticProblem)}.");
        Require.Positive(horizon, nameof(horizon));
        Require.Positive(points, nameof(points));
        int n = plant.StateCount, m = plant.ControlCount, order = 2 * n;
        double[] qs = Matrices.Symmetric(q, n, nameof(q)), rs = Matrices.Symmetric(r, m, nameof(r)), p = Matrices.Symmetric(terminal, n, nameof(terminal));
        double[] factor = [.. rs];
        if (!Cholesky.TryFactor<double>(factor, m))
            throw new ArgumentException("R isn't positive definite: some control would be free.", nameof(r));
        double[] feedback = Matrices.Transpose(plant.B, n, m);
        Cholesky.Solve<double>(factor, m, m, feedback, n, n);
        double[] g = Matrices.Product(plant.B, feedback, n, m, n), hamiltonian = new double[order * order], step = new double[order * order];

        // (x, p)' = H (x, p) with p = P x, run backward in time.
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                hamiltonian[(i * order) + j] = -plant.A[(i * n) + j];
                hamiltonian[(i * order) + n + j] = g[(i * n) + j];
                hamiltonian[((n + i) * order) + j] = qs[(i * n) + j];
                hamiltonian[((n + i) * order) + n + j] = plant.A[(j * n) + i];
            }
        }

        double stretch = horizon / points;
        int parts = Math.Max(1, (int)Math.Ceiling(stretch * MatrixNorm.One<double>(hamiltonian, order, order, order)));
        for (int i = 0; i < step.Length; i++)
            step[i] = hamiltonian[i] * stretch / parts;
        new MatrixExponential<double>(order).Compute(step, step);
        double[] costs = new double[(points + 1) * n * n], gains = new double[(points + 1) * m * n], top = new double[n * n], bottom = new double[n * n];
        int[] permutation = new int[n];
        for (int k = points; k >= 0; k--)
        {
            p.CopyTo(costs, k * n * n);
            Blas.Multiply<double>(feedback, p, gains.AsSpan(k * m * n, m * n), m, n, n);
            for (int part = 0; part < parts && k > 0; part++)
            {
                // P = (S21 + S22 P) (S11 + S12 P)^-1, solved as P' from the transposes.
                for (int i = 0; i < n; i++)
                {
                    for (int j = 0; j < n; j++)
                    {
                        double first = step[(i * order) + j], second = step[((n + i) * order) + j];
                        for (int l = 0; l < n; l++)
                        {
                            first += step[(i * order) + n + l] * p[(l * n) + j];
                            second += step[((n + i) * order) + n + l] * p[(l * n) + j];
                        }

                        top[(j * n) + i] = first;
                        bottom[(i * n) + j] = second;
                    }
                }

                // A determinant that isn't positive has passed zero within the step: P has been infinite there.
                if (!Lu.TryFactor<double>(top, n, n, permutation))
                    return null;
                Lu.LogDeterminant<double>(top, n, n, permutation, out int sign);
                if (sign <= 0)
                    return null;
                for (int i = 0; i < n; i++)
                    Lu.Solve<double>(top, n, n, permutation, bottom.AsSpan(i * n, n), p.AsSpan(i * n, n));
                Matrices.Symmetrize(p, n);
                if (!Matrices.AllFinite(p))
                    return null;
            }
        }

        return new RiccatiTrajectory(n, m, horizon, points, costs, gains);
    }

    private static RegulatorDesign Diagnose(LinearPlant plant)
    {
        var stuck = new StringBuilder();
        foreach (Complex pole in plant.UncontrollablePoles())
        {
            if (!plant.IsStablePole(pole))
                stuck.Append(CultureInfo.InvariantCulture, $"{(stuck.Length == 0 ? string.Empty : ", ")}{pole.Real:g4}{(pole.Imaginary == 0 ? string.Empty : FormattableString.Invariant($"{pole.Imaginary:+0.###;-0.###}i"))}");
        }

        return stuck.Length > 0
            ? RegulatorDesign.Failed(plant, DesignReason.NotStabilizable, $"The plant isn't stabilisable: the control doesn't reach the unstable poles {stuck}.")
            : RegulatorDesign.Failed(plant, DesignReason.NoStabilizingSolution, "The Riccati equation has no stabilising solution: Q doesn't weigh a mode on the stability boundary, or the cost has no lower bound.");
    }
}

/// <summary>Why there is a design or none.</summary>
public enum DesignReason
{
    /// <summary>There is one.</summary>
    Solved = 0,

    /// <summary>The control doesn't reach an unstable pole; of an observer, the outputs don't show one.</summary>
    NotStabilizable = 1,

    /// <summary>The Riccati equation has no stabilising solution.</summary>
    NoStabilizingSolution = 2,

    /// <summary>The weight of the control (of an observer, the covariance of measurements) isn't positive definite.</summary>
    ControlWeightNotPositive = 3,
}

/// <summary>A feedback u = -K x with what is known of it.</summary>
public sealed class RegulatorDesign
{
    private readonly double[] _gain, _cost;

    internal RegulatorDesign(LinearPlant plant, double[] gain, double[] cost, Complex[] poles) => (Plant, _gain, _cost, Poles, Message) = (plant, gain, cost, poles, "The closed loop is stable.");

    private RegulatorDesign(LinearPlant plant, DesignReason reason, string message)
    {
        (Plant, Reason, Message) = (plant, reason, message);
        (_gain, _cost, Poles) = (new double[plant.ControlCount * plant.StateCount], new double[plant.StateCount * plant.StateCount], []);
        _gain.AsSpan().Fill(double.NaN);
        _cost.AsSpan().Fill(double.NaN);
    }

    /// <summary>The plant.</summary>
    public LinearPlant Plant { get; }

    /// <summary>Whether and why not.</summary>
    public DesignReason Reason { get; }

    /// <summary>True when there is a design.</summary>
    public bool IsSolved => Reason == DesignReason.Solved;

    /// <summary>The reason in one sentence.</summary>
    public string Message { get; }

    /// <summary>The gain K, m x n; NaN where there is none.</summary>
    public ReadOnlySpan<double> Gain => _gain;

    /// <summary>The matrix X of the least cost x'X x, n x n; NaN where there is none.</summary>
    public ReadOnlySpan<double> CostMatrix => _cost;

    /// <summary>The eigenvalues of A - B K.</summary>
    public IReadOnlyList<Complex> Poles { get; }

    /// <summary>Writes u = -K x.</summary>
    /// <param name="x">The state, n elements.</param>
    /// <param name="u">Receives the control, m elements.</param>
    public void Control(ReadOnlySpan<double> x, Span<double> u)
    {
        Require.Length(x.Length, Plant.StateCount, nameof(x));
        Require.Length(u.Length, Plant.ControlCount, nameof(u));
        for (int j = 0; j < u.Length; j++)
            u[j] = -Matrices.Dot(_gain.AsSpan(j * x.Length, x.Length), x);
    }

    /// <summary>The law u = u0 - K (x - x0) around a point of a nonlinear system.</summary>
    /// <param name="state">The state x0, n elements; empty for 0.</param>
    /// <param name="control">The control u0, m elements; empty for 0.</param>
    public ControlLaw Around(ReadOnlySpan<double> state = default, ReadOnlySpan<double> control = default)
    {
        double[] x0 = state.IsEmpty ? new double[Plant.StateCount] : Matrices.Finite(state, Plant.StateCount, nameof(state));
        double[] u0 = control.IsEmpty ? new double[Plant.ControlCount] : Matrices.Finite(control, Plant.ControlCount, nameof(control));
        return (_, x, u) =>
        {
            for (int j = 0; j < u0.Length; j++)
            {
                double sum = u0[j];
                for (int i = 0; i < x0.Length; i++)
                    sum -= _gain[(j * x0.Length) + i] * (x[i] - x0[i]);
                u[j] = sum;
            }
        };
    }

    /// <summary>The least cost x'X x from a state.</summary>
    /// <param name="x">The state, n elements.</param>
    public double Cost(ReadOnlySpan<double> x)
    {
        Require.Length(x.Length, Plant.StateCount, nameof(x));
        return Matrices.Form(x, _cost, x);
    }

    /// <summary>This design if there is one.</summary>
    /// <exception cref="SolverException">There is none; the message says why.</exception>
    public RegulatorDesign EnsureSolved() => IsSolved ? this : throw new SolverException(Message);

    internal static RegulatorDesign Failed(LinearPlant plant, DesignReason reason, string message) => new(plant, reason, message);
}

/// <summary>The solution of a differential Riccati equation and its gains, on an even grid of times.</summary>
public sealed class RiccatiTrajectory
{
    private readonly int _n, _m;
    private readonly double[] _costs, _gains;

    internal RiccatiTrajectory(int n, int m, double horizon, int points, double[] costs, double[] gains) => (_n, _m, Horizon, Points, _costs, _gains) = (n, m, horizon, points, costs, gains);

    /// <summary>The final time T.</summary>
    public double Horizon { get; }

    /// <summary>The number of stretches; there are one more times.</summary>
    public int Points { get; }

    /// <summary>The matrix P at a time of the grid, n x n.</summary>
    /// <param name="index">The number of the time, from 0 to <see cref="Points"/>.</param>
    public ReadOnlySpan<double> CostMatrix(int index) => _costs.AsSpan(index * _n * _n, _n * _n);

    /// <summary>The gain K at a time of the grid, m x n.</summary>
    /// <param name="index">The number of the time, from 0 to <see cref="Points"/>.</param>
    public ReadOnlySpan<double> Gain(int index) => _gains.AsSpan(index * _m * _n, _m * _n);

    /// <summary>Writes u = -K(t) x, with K interpolated linearly between the times of the grid and held outside.</summary>
    /// <param name="t">The time.</param>
    /// <param name="x">The state, n elements.</param>
    /// <param name="u">Receives the control, m elements.</param>
    public void Control(double t, ReadOnlySpan<double> x, Span<double> u)
    {
        Require.Length(x.Length, _n, nameof(x));
        Require.Length(u.Length, _m, nameof(u));
        double place = Math.Clamp(t / Horizon, 0, 1) * Points;
        int left = Math.Min((int)place, Points - 1);
        double weight = place - left;
        for (int j = 0; j < _m; j++)
            u[j] = -((1 - weight) * Matrices.Dot(Gain(left).Slice(j * _n, _n), x)) - (weight * Matrices.Dot(Gain(left + 1).Slice(j * _n, _n), x));
    }
}
