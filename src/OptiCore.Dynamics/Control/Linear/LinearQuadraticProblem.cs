using OptiCore.LinearAlgebra;

namespace OptiCore.Dynamics;

/// <summary>
/// The linear-quadratic problem of N steps, time-varying and affine: minimise sum_k 1/2 (x'Q x + 2 u'S x + u'R u) + q'x + r'u, plus 1/2 x'Q x + q'x at the end, subject to x(k+1) = A x + B u + c. It holds the data of every step
/// to be filled in, and solves by the Riccati recursion: u = -K x + d, with the least cost 1/2 x'P x + p'x + const from every step.
/// </summary>
/// <remarks>
/// <para>Tracking is a special case: to follow references X, U, let q = -Q X, r = -R U (<see cref="Track"/>). Cost O(N (n + m)^3); everything is allocated once, and solving again allocates nothing.</para>
/// <para>R + B'P B must be positive definite at every step; Q needn't be. D. P. Bertsekas (2017), Dynamic programming and optimal control, vol. I, section 3.1.</para>
/// </remarks>
[Algorithm("Riccati recursion", "Linear control", "Bertsekas (2017), Dynamic programming and optimal control", Capabilities = "time-varying, affine, cross terms")]
public sealed class LinearQuadraticProblem
{
    private readonly int _n, _m;
    private readonly double[] _a, _b, _c, _q, _r, _s, _qLinear, _rLinear, _gains, _offsets, _costs, _slopes;
    private readonly double[] _pa, _pb, _h, _g, _e, _pc;

    /// <summary>Allocates a problem whose data are zero.</summary>
    /// <param name="states">The number n of state variables.</param>
    /// <param name="controls">The number m of controls.</param>
    /// <param name="steps">The number N of steps.</param>
    /// <exception cref="ArgumentOutOfRangeException">A size is smaller than 1.</exception>
    public LinearQuadraticProblem(int states, int controls, int steps)
    {
        int n = _n = Require.Positive(states, nameof(states)), m = _m = Require.Positive(controls, nameof(controls));
        Steps = Require.Positive(steps, nameof(steps));
        (_a, _b, _c) = (new double[steps * n * n], new double[steps * n * m], new double[steps * n]);
        (_q, _r, _s) = (new double[(steps + 1) * n * n], new double[steps * m * m], new double[steps * m * n]);
        (_qLinear, _rLinear) = (new double[(steps + 1) * n], new double[steps * m]);
        (_gains, _offsets, _costs, _slopes) = (new double[steps * m * n], new double[steps * m], new double[(steps + 1) * n * n], new double[(steps + 1) * n]);
        (_pa, _pb, _h, _g, _e, _pc) = (new double[n * n], new double[n * m], new double[m * m], new double[m * n], new double[m], new double[n]);
    }

    /// <summary>The number N of steps.</summary>
    public int Steps { get; }

    /// <summary>A time-invariant problem.</summary>
    /// <param name="plant">The plant, in discrete time.</param>
    /// <param name="q">The symmetric matrix Q, n x n.</param>
    /// <param name="r">The symmetric matrix R, m x m.</param>
    /// <param name="terminal">The symmetric matrix Q of the end, n x n.</param>
    /// <param name="steps">The number N of steps.</param>
    /// <exception cref="ArgumentException">A size doesn't fit, an element isn't finite, a matrix isn't symmetric, or the plant is in continuous time.</exception>
    public static LinearQuadraticProblem Of(LinearPlant plant, ReadOnlySpan<double> q, ReadOnlySpan<double> r, ReadOnlySpan<double> terminal, int steps)
    {
        ArgumentNullException.ThrowIfNull(plant);
        if (!plant.IsDiscrete)
            throw new ArgumentException("The plant is in continuous time: discretize it first.", nameof(plant));
        var problem = new LinearQuadraticProblem(plant.StateCount, plant.ControlCount, steps);
        double[] qs = Matrices.Symmetric(q, plant.StateCount, nameof(q)), rs = Matrices.Symmetric(r, plant.ControlCount, nameof(r));
        for (int k = 0; k < steps; k++)
        {
            plant.A.CopyTo(problem.A(k));
            plant.B.CopyTo(problem.B(k));
            qs.CopyTo(problem.Q(k));
            rs.CopyTo(problem.R(k));
        }

        Matrices.Symmetric(terminal, plant.StateCount, nameof(terminal)).CopyTo(problem.Q(steps));
        return problem;
    }

    /// <summary>The matrix A of a step, n x n.</summary>
    /// <param name="k">The step, from 0 to N - 1.</param>
    public Span<double> A(int k) => _a.AsSpan(k * _n * _n, _n * _n);

    /// <summary>The matrix B of a step, n x m.</summary>
    /// <param name="k">The step, from 0 to N - 1.</param>
    public Span<double> B(int k) => _b.AsSpan(k * _n * _m, _n * _m);

    /// <summary>The constant c of a step, n elements.</summary>
    /// <param name="k">The step, from 0 to N - 1.</param>
    public Span<double> C(int k) => _c.AsSpan(k * _n, _n);

    /// <summary>The symmetric matrix Q of a step or of the end, n x n.</summary>
    /// <param name="k">The step, from 0 to N.</param>
    public Span<double> Q(int k) => _q.AsSpan(k * _n * _n, _n * _n);

    /// <summary>The symmetric matrix R of a step, m x m.</summary>
    /// <param name="k">The step, from 0 to N - 1.</param>
    public Span<double> R(int k) => _r.AsSpan(k * _m * _m, _m * _m);

    /// <summary>The matrix S of the cross term u'S x of a step, m x n.</summary>
    /// <param name="k">The step, from 0 to N - 1.</param>
    public Span<double> S(int k) => _s.AsSpan(k * _m * _n, _m * _n);

    /// <summary>The linear cost q of the state of a step or of the end, n elements.</summary>
    /// <param name="k">The step, from 0 to N.</param>
    public Span<double> StateCost(int k) => _qLinear.AsSpan(k * _n, _n);

    /// <summary>The linear cost r of the control of a step, m elements.</summary>
    /// <param name="k">The step, from 0 to N - 1.</param>
    public Span<double> ControlCost(int k) => _rLinear.AsSpan(k * _m, _m);

    /// <summary>The gain K of a step, m x n, after <see cref="TrySolve"/>.</summary>
    /// <param name="k">The step, from 0 to N - 1.</param>
    public ReadOnlySpan<double> Gain(int k) => _gains.AsSpan(k * _m * _n, _m * _n);

    /// <summary>The offset d of the control of a step, m elements, after <see cref="TrySolve"/>.</summary>
    /// <param name="k">The step, from 0 to N - 1.</param>
    public ReadOnlySpan<double> Offset(int k) => _offsets.AsSpan(k * _m, _m);

    /// <summary>The matrix P of the least cost from a step, n x n, after <see cref="TrySolve"/>.</summary>
    /// <param name="k">The step, from 0 to N.</param>
    public ReadOnlySpan<double> CostMatrix(int k) => _costs.AsSpan(k * _n * _n, _n * _n);

    /// <summary>The slope p of the least cost from a step, n elements, after <see cref="TrySolve"/>.</summary>
    /// <param name="k">The step, from 0 to N.</param>
    public ReadOnlySpan<double> CostSlope(int k) => _slopes.AsSpan(k * _n, _n);

    /// <summary>Makes the linear costs those of following references: of 1/2 (x - X)'Q (x - X) + (u - U)'S (x - X) + 1/2 (u - U)'R (u - U) up to a constant.</summary>
    /// <param name="states">The references X, (N + 1) x n.</param>
    /// <param name="controls">The references U, N x m; empty for 0.</param>
    public void Track(ReadOnlySpan<double> states, ReadOnlySpan<double> controls = default)
    {
        Require.Length(states.Length, (Steps + 1) * _n, nameof(states));
        if (!controls.IsEmpty)
            Require.Length(controls.Length, Steps * _m, nameof(controls));
        for (int k = 0; k <= Steps; k++)
        {
            ReadOnlySpan<double> x = states.Slice(k * _n, _n);
            Blas.Gemv(false, _n, _n, -1.0, Q(k), _n, x, 0.0, StateCost(k));
            if (k == Steps)
                break;
            Blas.Gemv(false, _m, _n, -1.0, S(k), _n, x, 0.0, ControlCost(k));
            if (controls.IsEmpty)
                continue;
            ReadOnlySpan<double> u = controls.Slice(k * _m, _m);
            Blas.Gemv(true, _m, _n, -1.0, S(k), _n, u, 1.0, StateCost(k));
            Blas.Gemv(false, _m, _m, -1.0, R(k), _m, u, 1.0, ControlCost(k));
        }
    }

    /// <summary>Computes gains, offsets and least costs from the last step to the first.</summary>
    /// <returns>False when R + B'P B isn't positive definite at some step: there the cost has no minimum.</returns>
    public bool TrySolve()
    {
        int n = _n, m = _m;
        Q(Steps).CopyTo(_costs.AsSpan(Steps * n * n));
        StateCost(Steps).CopyTo(_slopes.AsSpan(Steps * n));
        for (int k = Steps - 1; k >= 0; k--)
        {
            ReadOnlySpan<double> p = CostMatrix(k + 1), a = A(k), b = B(k);
            Span<double> gain = _gains.AsSpan(k * m * n, m * n), offset = _offsets.AsSpan(k * m, m), cost = _costs.AsSpan(k * n * n, n * n), slope = _slopes.AsSpan(k * n, n);
            Blas.Multiply(p, a, _pa, n, n, n);
            Blas.Multiply(p, b, _pb, n, n, m);
            R(k).CopyTo(_h);
            Blas.Gemm(true, false, m, m, n, 1.0, b, m, _pb, m, 1.0, _h, m);
            S(k).CopyTo(_g);
            Blas.Gemm(true, false, m, n, n, 1.0, b, m, _pa, n, 1.0, _g, n);
            CostSlope(k + 1).CopyTo(_pc);
            Blas.Gemv(false, n, n, 1.0, p, n, C(k), 1.0, _pc);
            ControlCost(k).CopyTo(_e);
            Blas.Gemv(true, n, m, 1.0, b, m, _pc, 1.0, _e);
            if (!Cholesky.TryFactor<double>(_h, m))
                return false;
            _g.CopyTo(gain);
            Cholesky.Solve<double>(_h, m, m, gain, n, n);
            _e.CopyTo(offset);
            Cholesky.Solve<double>(_h, m, m, offset);
            for (int j = 0; j < m; j++)
                offset[j] = -offset[j];

            // P = Q + A'P A - G'K, p = q + A'(p + P c) + G'd with G = S + B'P A.
            Q(k).CopyTo(cost);
            Blas.Gemm(true, false, n, n, n, 1.0, a, n, _pa, n, 1.0, cost, n);
            Blas.Gemm(true, false, n, n, m, -1.0, _g, n, gain, n, 1.0, cost, n);
            Matrices.Symmetrize(cost, n);
            StateCost(k).CopyTo(slope);
            Blas.Gemv(true, n, n, 1.0, a, n, _pc, 1.0, slope);
            Blas.Gemv(true, m, n, 1.0, _g, n, offset, 1.0, slope);
        }

        return true;
    }

    /// <summary>Writes the control u = -K x + d of a step.</summary>
    /// <param name="k">The step, from 0 to N - 1.</param>
    /// <param name="x">The state, n elements.</param>
    /// <param name="u">Receives the control, m elements.</param>
    public void Control(int k, ReadOnlySpan<double> x, Span<double> u)
    {
        Require.Length(x.Length, _n, nameof(x));
        Require.Length(u.Length, _m, nameof(u));
        for (int j = 0; j < _m; j++)
            u[j] = Offset(k)[j] - Matrices.Dot(Gain(k).Slice(j * _n, _n), x);
    }

    /// <summary>The optimal trajectory from a state, and its cost.</summary>
    /// <param name="start">The first state, n elements.</param>
    /// <param name="states">Receives the states, (N + 1) x n.</param>
    /// <param name="controls">Receives the controls, N x m.</param>
    public double Roll(ReadOnlySpan<double> start, Span<double> states, Span<double> controls)
    {
        Require.Length(start.Length, _n, nameof(start));
        Require.Length(states.Length, (Steps + 1) * _n, nameof(states));
        Require.Length(controls.Length, Steps * _m, nameof(controls));
        start.CopyTo(states);
        double cost = 0;
        for (int k = 0; k <= Steps; k++)
        {
            ReadOnlySpan<double> x = states.Slice(k * _n, _n);
            cost += (0.5 * Matrices.Form(x, Q(k), x)) + Matrices.Dot(StateCost(k), x);
            if (k == Steps)
                break;
            Span<double> u = controls.Slice(k * _m, _m), next = states.Slice((k + 1) * _n, _n);
            Control(k, x, u);
            cost += (0.5 * Matrices.Form(u, R(k), u)) + Matrices.Form(u, S(k), x) + Matrices.Dot(ControlCost(k), u);
            C(k).CopyTo(next);
            Blas.Gemv(false, _n, _n, 1.0, A(k), _n, x, 1.0, next);
            Blas.Gemv(false, _n, _m, 1.0, B(k), _m, u, 1.0, next);
        }

        return cost;
    }
}
