using OptiCore.LinearAlgebra;
using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>
/// Tracking control by the state-dependent Riccati equation, for control-affine systems x' = f(x) + B(x) u: the error e = x - X of a reference with control U obeys e' = A e + B(x) v exactly, with a matrix A that depends on x, X and
/// U, and v = -R^-1 B'P e with the solution P of the algebraic Riccati equation of these matrices.
/// </summary>
/// <remarks>
/// <para>A is the integral of df/dx(X + s e, U) over s in [0, 1] by Gauss-Legendre quadrature: the factorization that always exists. Around one point it is the Jacobian, so that on a linear plant the controller is the
/// regulator of <see cref="Lqr"/> everywhere. Where the equation has no solution at a point, the last gain is kept.</para>
/// <para>The system may be a model that was learned, <see cref="ControlAffineModel"/>. A control costs a Riccati equation of order n, some Jacobians, and no allocation. Stability is local; where the system is known and the
/// reference too, gains of <see cref="IterativeLqr"/> cost less.</para>
/// <para>S. M. Richards, J.-J. Slotine, N. Azizan, M. Pavone (2023), Learning control-oriented dynamical structure from data; J. R. Cloutier (1997), State-dependent Riccati equation techniques: an overview.</para>
/// </remarks>
[Algorithm("SDRE tracking", "Nonlinear control", "Richards, Slotine, Azizan, Pavone (2023), Learning control-oriented dynamical structure from data", Capabilities = "control-affine systems, learned models")]
public sealed class StateDependentRegulator : IPersistent
{
    // Gauss-Legendre of 4 points on [0, 1]: exact for Jacobians that are polynomials of degree 7 along the segment.
    private static readonly double[] Nodes = [0.069431844202973714, 0.33000947820757187, 0.66999052179242813, 0.93056815579702629];
    private static readonly double[] Weights = [0.17392742256872693, 0.32607257743127307, 0.32607257743127307, 0.17392742256872693];

    private readonly IDifferentiableControlSystem _system;
    private readonly RiccatiEquation<double> _riccati;
    private readonly double[] _q, _r, _factor, _a, _b, _dx, _part, _point, _p, _gain, _error;

    /// <summary>Makes a controller.</summary>
    /// <param name="system">The system, affine in the control.</param>
    /// <param name="q">The symmetric matrix Q, n x n.</param>
    /// <param name="r">The symmetric positive definite matrix R, m x m.</param>
    /// <exception cref="ArgumentException">A size doesn't fit, an element isn't finite, a matrix isn't symmetric, or R isn't positive definite.</exception>
    public StateDependentRegulator(IDifferentiableControlSystem system, ReadOnlySpan<double> q, ReadOnlySpan<double> r)
    {
        _system = Require.NotNull(system);
        int n = system.StateCount, m = system.ControlCount;
        (_q, _r) = (Matrices.Symmetric(q, n, nameof(q)), Matrices.Symmetric(r, m, nameof(r)));
        _factor = [.. _r];
        if (!Cholesky.TryFactor<double>(_factor, m))
            throw new ArgumentException("R isn't positive definite: some control would be free.", nameof(r));
        _riccati = new RiccatiEquation<double>(n, m);
        (_a, _b, _dx, _part, _point, _p, _gain, _error) = (new double[n * n], new double[n * m], new double[n], new double[n * n], new double[n], new double[n * n], new double[m * n], new double[n]);
    }

    /// <summary>The gain K of the last control, m x n.</summary>
    public ReadOnlySpan<double> Gain => _gain;

    /// <summary>Writes the matrix A with f(x, U) - f(X, U) = A (x - X).</summary>
    /// <param name="x">The state, n elements.</param>
    /// <param name="state">The reference X, n elements.</param>
    /// <param name="control">The reference U, m elements.</param>
    /// <param name="a">Receives A, n x n.</param>
    /// <param name="t">The time. Default: 0.</param>
    public void Factorize(ReadOnlySpan<double> x, ReadOnlySpan<double> state, ReadOnlySpan<double> control, Span<double> a, double t = 0)
    {
        int n = _system.StateCount;
        Require.Length(x.Length, n, nameof(x));
        Require.Length(state.Length, n, nameof(state));
        Require.Length(a.Length, n * n, nameof(a));
        a.Clear();
        for (int k = 0; k < Nodes.Length; k++)
        {
            for (int i = 0; i < n; i++)
                _point[i] = state[i] + (Nodes[k] * (x[i] - state[i]));
            _system.DerivativeAndJacobians(t, _point, control, _dx, _part, _b);
            for (int i = 0; i < a.Length; i++)
                a[i] += Weights[k] * _part[i];
        }
    }

    /// <summary>Writes the control u = U - K(x) (x - X).</summary>
    /// <param name="x">The state, n elements.</param>
    /// <param name="state">The reference X, n elements.</param>
    /// <param name="control">The reference U, m elements.</param>
    /// <param name="u">Receives the control, m elements.</param>
    /// <param name="t">The time. Default: 0.</param>
    /// <returns>False when the Riccati equation has no solution at this point: the gain is then the last one.</returns>
    public bool Control(ReadOnlySpan<double> x, ReadOnlySpan<double> state, ReadOnlySpan<double> control, Span<double> u, double t = 0)
    {
        int n = _system.StateCount, m = _system.ControlCount;
        Require.Length(control.Length, m, nameof(control));
        Require.Length(u.Length, m, nameof(u));
        Factorize(x, state, control, _a, t);
        _system.DerivativeAndJacobians(t, x, control, _dx, _part, _b);
        bool solved = Matrices.AllFinite(_a) && Matrices.AllFinite(_b) && _riccati.TrySolveContinuous(_a, _b, _q, _r, _p);
        if (solved)
        {
            Blas.Gemm(true, false, m, n, n, 1.0, _b, m, _p, n, 0.0, _gain, n);
            Cholesky.Solve<double>(_factor, m, m, _gain, n, n);
        }

        for (int i = 0; i < n; i++)
            _error[i] = x[i] - state[i];
        for (int j = 0; j < m; j++)
            u[j] = control[j] - Matrices.Dot(_gain.AsSpan(j * n, n), _error);
        return solved;
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer<double>(_gain);
    }
}
