using System.Buffers;
using System.Runtime.Intrinsics;
using OptiCore.Differentiation;

namespace OptiCore.Dynamics;

/// <summary>A plain formula.</summary>
internal sealed class DelegateTransition(int states, int controls, ControlDelegate function) : ITransition
{
    private readonly ControlDelegate _function = Require.NotNull(function);

    public int StateCount { get; } = Require.Positive(states, nameof(states));

    public int ControlCount { get; } = Require.Positive(controls, nameof(controls));

    public void Value(double time, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> y) => _function(time, x, u, y);
}

/// <summary>A formula of dual numbers, four directions at a time.</summary>
internal sealed class DualTransition(int states, int controls, DualControlDelegate function) : IDifferentiableTransition
{
    private readonly DualControlDelegate _function = Require.NotNull(function);

    public int StateCount { get; } = Require.Positive(states, nameof(states));

    public int ControlCount { get; } = Require.Positive(controls, nameof(controls));

    public void Value(double time, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> y)
    {
        Dual4[] rented = Constants(x, u);
        Evaluate(time, rented);
        for (int i = 0; i < y.Length; i++)
            y[i] = rented[x.Length + u.Length + i].Value;
        ArrayPool<Dual4>.Shared.Return(rented);
    }

    public void ValueAndJacobians(double time, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> y, Span<double> a, Span<double> b)
    {
        int n = x.Length, m = u.Length;
        Dual4[] point = Constants(x, u);
        for (int first = 0; first < n + m; first += 4)
        {
            int count = Math.Min(4, n + m - first);
            for (int j = first; j < first + count; j++)
                point[j] = Dual4.Variable(point[j].Value, j - first);
            Evaluate(time, point);
            for (int i = 0; i < n; i++)
            {
                Dual4 result = point[n + m + i];
                y[i] = result.Value;
                for (int j = first; j < first + count; j++)
                {
                    double slope = result.Derivatives.GetElement(j - first);
                    if (j < n)
                        a[(i * n) + j] = slope;
                    else
                        b[(i * m) + j - n] = slope;
                }
            }

            for (int j = first; j < first + count; j++)
                point[j] = point[j].Value;
        }

        ArrayPool<Dual4>.Shared.Return(point);
    }

    private void Evaluate(double time, Dual4[] point) =>
        _function(time, point.AsSpan(0, StateCount), point.AsSpan(StateCount, ControlCount), point.AsSpan(StateCount + ControlCount, StateCount));

    /// <summary>State and control as constants, and room for the result.</summary>
    private static Dual4[] Constants(ReadOnlySpan<double> x, ReadOnlySpan<double> u)
    {
        Dual4[] point = ArrayPool<Dual4>.Shared.Rent((2 * x.Length) + u.Length);
        for (int i = 0; i < x.Length; i++)
            point[i] = x[i];
        for (int i = 0; i < u.Length; i++)
            point[x.Length + i] = u[i];
        return point;
    }
}

/// <summary>A traced expression.</summary>
internal sealed class TracedTransition : ITwiceDifferentiableTransition
{
    private readonly ReplayStack _value, _jacobians;
    private readonly Lazy<ReplayStack> _curvature;

    public TracedTransition(int states, int controls, Func<Variable, Variable, Variable, Variable> function)
    {
        StateCount = Require.Positive(states, nameof(states));
        ControlCount = Require.Positive(controls, nameof(controls));
        ArgumentNullException.ThrowIfNull(function);
        Variable t = Variable.Input("t", []), x = Variable.Input("x", [states]), u = Variable.Input("u", [controls]), y = function(t, x, u);
        if (y.Rank != 1 || y.Shape[0] != states)
            throw new ArgumentException($"The expression has the shape {y.Shape}; it must be a vector of {states} elements, one for each state variable.", nameof(function));
        _value = new ReplayStack(Computation.Compile<double>([t, x, u], y));
        _jacobians = new ReplayStack(Computation.Compile<double>([t, x, u], y, Differentiation.Derivative.Jacobian(y, x), Differentiation.Derivative.Jacobian(y, u)));
        _curvature = new Lazy<ReplayStack>(() =>
        {
            var weights = Variable.Input("weights", [states]);
            Variable z = Operations.Concatenate(0, x, u), weighted = Operations.Sum(function(t, z[..states], z[states..]) * weights);
            Variable gradient = Differentiation.Derivative.Gradient(weighted, z);
            return new ReplayStack(Computation.Compile<double>([t, x, u, weights], Differentiation.Derivative.Jacobian(gradient, z)));
        });
    }

    public int StateCount { get; }

    public int ControlCount { get; }

    public void Value(double time, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> y)
    {
        Replay<double> replay = Run(_value, time, x, u);
        replay.Output(0).CopyTo(y);
        _value.Return(replay);
    }

    public void ValueAndJacobians(double time, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> y, Span<double> a, Span<double> b)
    {
        Replay<double> replay = Run(_jacobians, time, x, u);
        replay.Output(0).CopyTo(y);
        replay.Output(1).CopyTo(a);
        replay.Output(2).CopyTo(b);
        _jacobians.Return(replay);
    }

    public void Curvature(double time, ReadOnlySpan<double> x, ReadOnlySpan<double> u, ReadOnlySpan<double> multipliers, Span<double> hessian)
    {
        Replay<double> replay = _curvature.Value.Rent();
        multipliers.CopyTo(replay.Input(3));
        replay.Input(0)[0] = time;
        x.CopyTo(replay.Input(1));
        u.CopyTo(replay.Input(2));
        replay.Run();
        replay.Output(0).CopyTo(hessian);
        _curvature.Value.Return(replay);
    }

    private static Replay<double> Run(ReplayStack stack, double time, ReadOnlySpan<double> x, ReadOnlySpan<double> u)
    {
        Replay<double> replay = stack.Rent();
        replay.Input(0)[0] = time;
        x.CopyTo(replay.Input(1));
        u.CopyTo(replay.Input(2));
        replay.Run();
        return replay;
    }
}

/// <summary>Replays of one computation, one for each thread that needs one at a time.</summary>
internal sealed class ReplayStack(Computation<double> computation)
{
    private readonly Lock _lock = new();
    private readonly Stack<Replay<double>> _free = new();

    public Replay<double> Rent()
    {
        lock (_lock)
        {
            if (_free.TryPop(out Replay<double>? replay))
                return replay;
        }

        return computation.Start();
    }

    public void Return(Replay<double> replay)
    {
        lock (_lock)
            _free.Push(replay);
    }
}

/// <summary>Jacobians by differences of values.</summary>
internal sealed class DifferenceTransition(ITransition transition, FiniteDifference scheme) : IDifferentiableTransition
{
    private readonly FiniteDifference _scheme = Require.Defined(scheme, nameof(scheme));

    public int StateCount => transition.StateCount;

    public int ControlCount => transition.ControlCount;

    /// <summary>The step of Dennis and Schnabel (1983), Numerical methods for unconstrained optimization and nonlinear equations, section 5.4.</summary>
    public static double RelativeStep(FiniteDifference scheme) => scheme == FiniteDifference.Forward ? Math.Sqrt(Math.BitIncrement(1.0) - 1) : Math.Cbrt(Math.BitIncrement(1.0) - 1);

    public void Value(double time, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> y) => transition.Value(time, x, u, y);

    public void ValueAndJacobians(double time, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> y, Span<double> a, Span<double> b)
    {
        int n = x.Length, m = u.Length;
        transition.Value(time, x, u, y);
        double[] rented = ArrayPool<double>.Shared.Rent((3 * n) + m);
        Span<double> moved = rented.AsSpan(0, n + m), high = rented.AsSpan(n + m, n), low = rented.AsSpan((2 * n) + m, n);
        x.CopyTo(moved);
        u.CopyTo(moved[n..]);
        y.CopyTo(low);
        double step = RelativeStep(_scheme);
        for (int j = 0; j < n + m; j++)
        {
            double center = moved[j], h = step * Math.Max(1, Math.Abs(center)), up = center + h, down = _scheme == FiniteDifference.Forward ? center : center - h;
            moved[j] = up;
            transition.Value(time, moved[..n], moved[n..], high);
            if (_scheme == FiniteDifference.Central)
            {
                moved[j] = down;
                transition.Value(time, moved[..n], moved[n..], low);
            }

            moved[j] = center;
            for (int i = 0; i < n; i++)
            {
                double slope = (high[i] - low[i]) / (up - down);
                if (j < n)
                    a[(i * n) + j] = slope;
                else
                    b[(i * m) + j - n] = slope;
            }
        }

        ArrayPool<double>.Shared.Return(rented);
    }
}

/// <summary>Curvature by central differences of Jacobians.</summary>
internal sealed class DifferenceCurvatureSystem(IDifferentiableDiscreteSystem system) : ITwiceDifferentiableDiscreteSystem
{
    public int StateCount => system.StateCount;

    public int ControlCount => system.ControlCount;

    public void Next(int step, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> next) => system.Next(step, x, u, next);

    public void NextAndJacobians(int step, ReadOnlySpan<double> x, ReadOnlySpan<double> u, Span<double> next, Span<double> a, Span<double> b) => system.NextAndJacobians(step, x, u, next, a, b);

    public void Curvature(int step, ReadOnlySpan<double> x, ReadOnlySpan<double> u, ReadOnlySpan<double> multipliers, Span<double> hessian)
    {
        int n = x.Length, m = u.Length, order = n + m;
        Require.Length(multipliers.Length, n, nameof(multipliers));
        Require.Length(hessian.Length, order * order, nameof(hessian));
        double[] rented = ArrayPool<double>.Shared.Rent(order + n + (n * order) + order);
        Span<double> moved = rented.AsSpan(0, order), next = rented.AsSpan(order, n), a = rented.AsSpan(order + n, n * n), b = rented.AsSpan(order + n + (n * n), n * m);
        Span<double> low = rented.AsSpan(order + n + (n * order), order);
        x.CopyTo(moved);
        u.CopyTo(moved[n..]);
        double relative = DifferenceTransition.RelativeStep(FiniteDifference.Central);
        for (int j = 0; j < order; j++)
        {
            double center = moved[j], h = relative * Math.Max(1, Math.Abs(center)), up = center + h, down = center - h;
            moved[j] = down;
            system.NextAndJacobians(step, moved[..n], moved[n..], next, a, b);
            Pull(multipliers, a, b, low);
            moved[j] = up;
            system.NextAndJacobians(step, moved[..n], moved[n..], next, a, b);
            Span<double> row = hessian.Slice(j * order, order);
            Pull(multipliers, a, b, row);
            moved[j] = center;
            for (int i = 0; i < order; i++)
                row[i] = (row[i] - low[i]) / (up - down);
        }

        ArrayPool<double>.Shared.Return(rented);
        for (int i = 0; i < order; i++)
        {
            for (int j = 0; j < i; j++)
                hessian[(i * order) + j] = hessian[(j * order) + i] = 0.5 * (hessian[(i * order) + j] + hessian[(j * order) + i]);
        }
    }

    /// <summary>The gradient of y'f: (A'y, B'y).</summary>
    private static void Pull(ReadOnlySpan<double> y, ReadOnlySpan<double> a, ReadOnlySpan<double> b, Span<double> gradient)
    {
        int n = y.Length, m = gradient.Length - n;
        gradient.Clear();
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                gradient[j] += y[i] * a[(i * n) + j];
            for (int j = 0; j < m; j++)
                gradient[n + j] += y[i] * b[(i * m) + j];
        }
    }
}
