using System.Numerics;
using OptiCore.LinearAlgebra;

namespace OptiCore.Dynamics;

/// <summary>
/// A linear system with n state variables, m controls and p outputs: x' = A x + B u in continuous time, x(k+1) = A x(k) + B u(k) in discrete time, and y = C x. Immutable.
/// <code>
/// LinearPlant plant = LinearPlant.Continuous(a: [0, 1, 0, 0], b: [0, 1]);
/// RegulatorDesign lqr = Lqr.Design(plant, q: [1, 0, 0, 1], r: [1]).EnsureSolved();
/// lqr.Control(x, u);
/// </code>
/// </summary>
/// <remarks>Matrices are row-major.</remarks>
public sealed class LinearPlant
{
    private readonly double[] _a, _b, _c;

    private LinearPlant(ReadOnlySpan<double> a, ReadOnlySpan<double> b, ReadOnlySpan<double> c, double step)
    {
        int n = StateCount = Matrices.Order(a, nameof(a));
        ControlCount = Matrices.Columns(b, n, nameof(b));
        Require.AllFinite(a, nameof(a));
        Require.AllFinite(b, nameof(b));
        Require.AllFinite(c, nameof(c));
        (_a, _b, Step) = (a.ToArray(), b.ToArray(), step);
        if (c.IsEmpty)
        {
            _c = new double[n * n];
            for (int i = 0; i < n; i++)
                _c[(i * n) + i] = 1;
        }
        else
        {
            _c = c.ToArray();
        }

        OutputCount = Matrices.Columns(_c, n, nameof(c));
    }

    /// <summary>The number n of state variables.</summary>
    public int StateCount { get; }

    /// <summary>The number m of controls.</summary>
    public int ControlCount { get; }

    /// <summary>The number p of outputs.</summary>
    public int OutputCount { get; }

    /// <summary>The time step of a plant in discrete time; 0 in continuous time.</summary>
    public double Step { get; }

    /// <summary>True in discrete time.</summary>
    public bool IsDiscrete => Step > 0;

    /// <summary>The matrix A, n x n.</summary>
    public ReadOnlySpan<double> A => _a;

    /// <summary>The matrix B, n x m.</summary>
    public ReadOnlySpan<double> B => _b;

    /// <summary>The matrix C, p x n.</summary>
    public ReadOnlySpan<double> C => _c;

    /// <summary>A plant x' = A x + B u, y = C x.</summary>
    /// <param name="a">The matrix A, n x n.</param>
    /// <param name="b">The matrix B, n x m.</param>
    /// <param name="c">The matrix C, p x n; empty for y = x.</param>
    /// <exception cref="ArgumentException">The sizes don't fit together, or an element isn't finite.</exception>
    public static LinearPlant Continuous(ReadOnlySpan<double> a, ReadOnlySpan<double> b, ReadOnlySpan<double> c = default) => new(a, b, c, 0);

    /// <summary>A plant x(k+1) = A x(k) + B u(k), y(k) = C x(k).</summary>
    /// <param name="a">The matrix A, n x n.</param>
    /// <param name="b">The matrix B, n x m.</param>
    /// <param name="c">The matrix C, p x n; empty for y = x.</param>
    /// <param name="step">The time step, for whom it concerns. Default: 1.</param>
    /// <exception cref="ArgumentException">The sizes don't fit together, or an element isn't finite.</exception>
    public static LinearPlant Discrete(ReadOnlySpan<double> a, ReadOnlySpan<double> b, ReadOnlySpan<double> c = default, double step = 1) => new(a, b, c, Require.Positive(step, nameof(step)));

    /// <summary>The plant of deviations from a point: the Jacobians of a system there. The point is an equilibrium if f = 0.</summary>
    /// <param name="system">The system.</param>
    /// <param name="x">The state, n elements.</param>
    /// <param name="u">The control, m elements.</param>
    /// <param name="t">The time.</param>
    /// <param name="c">The matrix C, p x n; empty for y = x.</param>
    /// <exception cref="ArgumentException">A length doesn't fit, or a Jacobian isn't finite.</exception>
    public static LinearPlant Linearize(IDifferentiableControlSystem system, ReadOnlySpan<double> x, ReadOnlySpan<double> u, double t = 0, ReadOnlySpan<double> c = default)
    {
        ArgumentNullException.ThrowIfNull(system);
        int n = system.StateCount, m = system.ControlCount;
        double[] dx = new double[n], a = new double[n * n], b = new double[n * m];
        system.DerivativeAndJacobians(t, x, u, dx, a, b);
        return Continuous(a, b, c);
    }

    /// <summary>The plant of deviations from a point in discrete time.</summary>
    /// <param name="system">The system.</param>
    /// <param name="x">The state, n elements.</param>
    /// <param name="u">The control, m elements.</param>
    /// <param name="k">The number of the step.</param>
    /// <param name="c">The matrix C, p x n; empty for y = x.</param>
    /// <param name="step">The time step, for whom it concerns. Default: 1.</param>
    /// <exception cref="ArgumentException">A length doesn't fit, or a Jacobian isn't finite.</exception>
    public static LinearPlant Linearize(IDifferentiableDiscreteSystem system, ReadOnlySpan<double> x, ReadOnlySpan<double> u, int k = 0, ReadOnlySpan<double> c = default, double step = 1)
    {
        ArgumentNullException.ThrowIfNull(system);
        int n = system.StateCount, m = system.ControlCount;
        double[] next = new double[n], a = new double[n * n], b = new double[n * m];
        system.NextAndJacobians(k, x, u, next, a, b);
        return Discrete(a, b, c, step);
    }

    /// <summary>The plant in discrete time whose states are exactly those of this one at k h, with the control held over each step: A_d = e^(A h), B_d = (integral of e^(A s) over [0, h]) B.</summary>
    /// <param name="step">The time step h.</param>
    /// <remarks>Both are blocks of one exponential of order n + m. C. F. Van Loan (1978), Computing integrals involving the matrix exponential.</remarks>
    /// <exception cref="InvalidOperationException">The plant is in discrete time already.</exception>
    public LinearPlant Discretize(double step)
    {
        RequireContinuous();
        Require.Positive(step, nameof(step));
        int n = StateCount, m = ControlCount, order = n + m;
        double[] block = new double[order * order], ad = new double[n * n], bd = new double[n * m];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < order; j++)
                block[(i * order) + j] = step * (j < n ? _a[(i * n) + j] : _b[(i * m) + j - n]);
        }

        new MatrixExponential<double>(order).Compute(block, block);
        for (int i = 0; i < n; i++)
        {
            block.AsSpan(i * order, n).CopyTo(ad.AsSpan(i * n));
            block.AsSpan((i * order) + n, m).CopyTo(bd.AsSpan(i * m));
        }

        return Discrete(ad, bd, _c, step);
    }

    /// <summary>The covariance that white noise of intensity W adds to the state over a time step: the integral of e^(A s) W e^(A' s) over [0, h].</summary>
    /// <param name="intensity">The symmetric matrix W, n x n.</param>
    /// <param name="step">The time step h.</param>
    /// <returns>The covariance, n x n.</returns>
    /// <remarks>From one exponential of order 2 n. C. F. Van Loan (1978), Computing integrals involving the matrix exponential.</remarks>
    /// <exception cref="InvalidOperationException">The plant is in discrete time already.</exception>
    public double[] DiscretizeNoise(ReadOnlySpan<double> intensity, double step)
    {
        RequireContinuous();
        Require.Positive(step, nameof(step));
        int n = StateCount, order = 2 * n;
        double[] w = Matrices.Symmetric(intensity, n, nameof(intensity)), block = new double[order * order], upper = new double[n * n], lower = new double[n * n];

        // exp([-A, W; 0, A'] h) = [., F12; 0, F22] with F22 = e^(A'h): the covariance is F22' F12.
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                block[(i * order) + j] = -step * _a[(i * n) + j];
                block[(i * order) + n + j] = step * w[(i * n) + j];
                block[((n + i) * order) + n + j] = step * _a[(j * n) + i];
            }
        }

        new MatrixExponential<double>(order).Compute(block, block);
        for (int i = 0; i < n; i++)
        {
            block.AsSpan((i * order) + n, n).CopyTo(upper.AsSpan(i * n));
            block.AsSpan(((n + i) * order) + n, n).CopyTo(lower.AsSpan(i * n));
        }

        double[] covariance = Matrices.Product(lower, upper, n, n, n, transposeA: true);
        Matrices.Symmetrize(covariance, n);
        return covariance;
    }

    /// <summary>The eigenvalues of A.</summary>
    public Complex[] Poles() => PolesOf(_a, StateCount);

    /// <summary>True when the poles are in the open left half plane (in discrete time, inside the unit circle).</summary>
    public bool IsStable()
    {
        foreach (Complex pole in Poles())
        {
            if (!IsStablePole(pole))
                return false;
        }

        return true;
    }

    /// <summary>The dual plant (A', C', B'): its regulators are this plant's observers.</summary>
    public LinearPlant Dual() => new(Matrices.Transpose(_a, StateCount, StateCount), Matrices.Transpose(_c, OutputCount, StateCount), Matrices.Transpose(_b, StateCount, ControlCount), Step);

    /// <summary>
    /// The plant with the integrals z of the outputs as further state variables, z' = C x (z(k+1) = z(k) + C x(k)): a regulator of it drives outputs to zero, and with constant disturbances or
    /// references keeps them there. State variables are (x, z), outputs too.
    /// </summary>
    public LinearPlant WithIntegrators()
    {
        int n = StateCount, m = ControlCount, p = OutputCount, order = n + p;
        double[] a = new double[order * order], b = new double[order * m];
        Matrices.Paste(_a, n, n, a, order, 0, 0);
        Matrices.Paste(_c, p, n, a, order, n, 0);
        for (int i = 0; IsDiscrete && i < p; i++)
            a[((n + i) * order) + n + i] = 1;
        _b.CopyTo(b, 0);
        return new LinearPlant(a, b, default, Step);
    }

    /// <summary>The state and the control that hold the outputs at a reference: A x + B u = 0 (in discrete time x), C x = r.</summary>
    /// <param name="reference">The outputs r, p elements, as many as controls.</param>
    /// <param name="x">Receives the state, n elements.</param>
    /// <param name="u">Receives the control, m elements.</param>
    /// <returns>False when the plant has a zero at 0 (in discrete time at 1): no control holds every output.</returns>
    /// <exception cref="InvalidOperationException">There are more or fewer outputs than controls.</exception>
    public bool TryHold(ReadOnlySpan<double> reference, Span<double> x, Span<double> u)
    {
        int n = StateCount, m = ControlCount, order = n + m;
        if (OutputCount != m)
            throw new InvalidOperationException(FormattableString.Invariant($"The plant has {OutputCount} outputs and {m} controls: only as many outputs as controls can be held."));
        Require.Length(reference.Length, m, nameof(reference));
        Require.Length(x.Length, n, nameof(x));
        Require.Length(u.Length, m, nameof(u));
        double[] matrix = new double[order * order], right = new double[order], solution = new double[order];
        Matrices.Paste(_a, n, n, matrix, order, 0, 0);
        Matrices.Paste(_b, n, m, matrix, order, 0, n);
        Matrices.Paste(_c, m, n, matrix, order, n, 0);
        for (int i = 0; IsDiscrete && i < n; i++)
            matrix[(i * order) + i] -= 1;
        reference.CopyTo(right.AsSpan(n));
        bool solved = LinearSystem.TrySolve<double>(matrix, right, solution, refine: true);
        solution.AsSpan(0, n).CopyTo(x);
        solution.AsSpan(n).CopyTo(u);
        return solved;
    }

    /// <summary>The plant as a system of continuous time.</summary>
    /// <exception cref="InvalidOperationException">The plant is in discrete time.</exception>
    public IDifferentiableControlSystem ToControlSystem()
    {
        RequireContinuous();
        return new DifferentiableContinuousSystem(new LinearTransition(this));
    }

    /// <summary>The plant as a system of discrete time.</summary>
    /// <exception cref="InvalidOperationException">The plant is in continuous time.</exception>
    public ITwiceDifferentiableDiscreteSystem ToDiscreteSystem() => IsDiscrete
        ? new TwiceDifferentiableSteppedSystem(new LinearTransition(this))
        : throw new InvalidOperationException("The plant is in continuous time: discretize it first.");

    internal static Complex[] PolesOf(ReadOnlySpan<double> a, int n)
    {
        var poles = new Complex[n];
        var eigen = new GeneralEigen<double>(n, EigenvectorSides.None);
        eigen.Factor(a);
        for (int i = 0; i < n; i++)
            poles[i] = new Complex(eigen.RealParts[i], eigen.ImaginaryParts[i]);
        return poles;
    }

    internal bool IsStablePole(Complex pole) => IsDiscrete ? Complex.Abs(pole) < 1 : pole.Real < 0;

    private void RequireContinuous()
    {
        if (IsDiscrete)
            throw new InvalidOperationException("The plant is in discrete time already.");
    }

    private sealed class LinearTransition(LinearPlant plant) : ITwiceDifferentiableTransition
    {
        public int StateCount => plant.StateCount;

        public int ControlCount => plant.ControlCount;

        public void Value(double time, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> y)
        {
            for (int i = 0; i < y.Length; i++)
                y[i] = Matrices.Dot(plant._a.AsSpan(i * x.Length, x.Length), x) + Matrices.Dot(plant._b.AsSpan(i * u.Length, u.Length), u);
        }

        public void ValueAndJacobians(double time, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> y, Span<double> a, Span<double> b)
        {
            Value(time, x, u, y);
            plant._a.CopyTo(a);
            plant._b.CopyTo(b);
        }

        public void Curvature(double time, ReadOnlySpan<double> x, ReadOnlySpan<double> u, ReadOnlySpan<double> multipliers, Span<double> hessian) => hessian.Clear();
    }
}
