using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>A state that moves with directions attached to it. One interval after the other it says by how much each direction has grown.</summary>
internal abstract class TangentMotion(int count) : IPersistent
{
    /// <summary>The number of directions.</summary>
    public int Count { get; } = count;

    /// <summary>Moves by an interval and renews the directions.</summary>
    /// <param name="growth">Receives the logarithm of each direction's growth.</param>
    /// <returns>Null, or why the motion can't go on.</returns>
    public abstract string? Advance(Span<double> growth);

    public abstract ReadOnlySpan<double> State { get; }

    public abstract void Persist(StateArchive archive);
}

/// <summary>Flows: the state and k directions are one system of n (k + 1) equations, so that both are integrated with the same steps.</summary>
internal sealed class FlowMotion : TangentMotion
{
    private readonly VariationalSystem _system;
    private readonly OdeState _integration;
    private readonly double _interval;
    private readonly double[] _point;
    private readonly bool _orthonormal;
    private long _done;

    public FlowMotion(ExplicitRungeKutta method, IOdeSystem system, FlowJacobian? jacobian, ReadOnlySpan<double> start, int count, double interval, bool orthonormal = true)
        : base(count)
    {
        int n = system.Dimension;
        Require.Length(start.Length, n, nameof(start));
        _system = new VariationalSystem(system, jacobian, count);
        _interval = interval;
        _orthonormal = orthonormal;
        _point = new double[_system.Dimension];
        start.CopyTo(_point);
        TangentVectors.Fill(_point.AsSpan(n), n, new double[count]);
        _integration = method.Start(_system, 0, _point, 0);
    }

    public override ReadOnlySpan<double> State => _point.AsSpan(0, _system.StateDimension);

    /// <summary>The directions, k rows of n elements.</summary>
    public ReadOnlySpan<double> Directions => _point.AsSpan(_system.StateDimension);

    public override string? Advance(Span<double> growth)
    {
        int n = _system.StateDimension;

        // The ends are multiples of the interval, so that rounding doesn't add up.
        double end = ++_done * _interval;
        _integration.ContinueTo(end);
        while (_integration.Step())
        {
        }

        if (_integration.Reason != OdeStopReason.ReachedEnd)
            return _integration.Message;
        _integration.State.CopyTo(_point);
        Span<double> vectors = _point.AsSpan(n);
        if (_orthonormal)
        {
            TangentVectors.Orthonormalize(vectors, n, growth);
        }
        else
        {
            for (int i = 0; i < Count; i++)
                growth[i] = TangentVectors.Normalize(vectors.Slice(i * n, n));
        }

        _integration.Restart(end, _point);
        return null;
    }

    public override void Persist(StateArchive archive)
    {
        archive.Transfer(ref _done);
        archive.Transfer<double>(_point);
        archive.Transfer(_integration);
    }
}

/// <summary>y' = f(t, y) with v' = (df/dy) v for every direction, by the Jacobian or by central differences of f.</summary>
internal sealed class VariationalSystem : IOdeSystem
{
    // The cube root of the machine precision, at which truncation and rounding of a central difference are alike.
    private static readonly double Difference = Math.Cbrt(Math.BitIncrement(1.0) - 1);

    private readonly IOdeSystem _system;
    private readonly FlowJacobian? _jacobian;
    private readonly double[] _matrix;
    private readonly double[] _moved;
    private readonly double[] _right;

    public VariationalSystem(IOdeSystem system, FlowJacobian? jacobian, int count)
    {
        _system = system;
        _jacobian = jacobian;
        StateDimension = system.Dimension;
        Dimension = checked(StateDimension * (count + 1));
        _matrix = new double[jacobian is null ? 0 : StateDimension * StateDimension];
        _moved = new double[StateDimension];
        _right = new double[StateDimension];
    }

    public int StateDimension { get; }

    public int Dimension { get; }

    public void Derivative(double t, ReadOnlySpan<double> y, Span<double> dy)
    {
        int n = StateDimension;
        ReadOnlySpan<double> state = y[..n];
        _system.Derivative(t, state, dy[..n]);
        if (_jacobian is not null)
        {
            _jacobian(t, state, _matrix);
            TangentVectors.Multiply(_matrix, y[n..], n, dy[n..]);
            return;
        }

        double size = 1;
        foreach (double element in state)
            size = Math.Max(size, Math.Abs(element));
        for (int at = n; at < y.Length; at += n)
        {
            ReadOnlySpan<double> v = y.Slice(at, n);
            double length = Math.Sqrt(TangentVectors.Dot(v, v)), h = length > 0 ? Difference * size / length : 1;
            Span<double> left = dy.Slice(at, n);
            for (int i = 0; i < n; i++)
                _moved[i] = state[i] - (h * v[i]);
            _system.Derivative(t, _moved, left);
            for (int i = 0; i < n; i++)
                _moved[i] = state[i] + (h * v[i]);
            _system.Derivative(t, _moved, _right);
            for (int i = 0; i < n; i++)
                left[i] = (_right[i] - left[i]) / (2 * h);
        }
    }
}

/// <summary>Maps: each direction is multiplied by the Jacobian at every iteration.</summary>
internal sealed class MapMotion : TangentMotion
{
    private readonly MapDelegate _map;
    private readonly MapJacobian _jacobian;
    private readonly int _iterations;
    private readonly double[] _state;
    private readonly double[] _next;
    private readonly double[] _matrix;
    private readonly double[] _vectors;
    private readonly double[] _products;

    public MapMotion(MapDelegate map, MapJacobian jacobian, ReadOnlySpan<double> start, int count, int iterations)
        : base(count)
    {
        int n = start.Length;
        Require.AllFinite(start, nameof(start));
        _map = map;
        _jacobian = jacobian;
        _iterations = iterations;
        _state = start.ToArray();
        _next = new double[n];
        _matrix = new double[n * n];
        _vectors = new double[n * count];
        _products = new double[n * count];
        TangentVectors.Fill(_vectors, n, new double[count]);
    }

    public override ReadOnlySpan<double> State => _state;

    public override string? Advance(Span<double> growth)
    {
        int n = _state.Length;
        for (int i = 0; i < _iterations; i++)
        {
            _jacobian(_state, _matrix);
            TangentVectors.Multiply(_matrix, _vectors, n, _products);
            _products.CopyTo(_vectors, 0);
            _map(_state, _next);
            foreach (double element in _next)
            {
                if (!double.IsFinite(element))
                    return "The map left the finite numbers.";
            }

            _next.CopyTo(_state, 0);
        }

        TangentVectors.Orthonormalize(_vectors, n, growth);
        return null;
    }

    public override void Persist(StateArchive archive)
    {
        archive.Transfer<double>(_state);
        archive.Transfer<double>(_vectors);
    }
}

/// <summary>A state and a second one close to it, of a flow or a map: the distance is put back after each interval.</summary>
internal sealed class TwoTrajectories : TangentMotion
{
    private readonly int _n;
    private readonly double _separation;
    private readonly double _interval;
    private readonly OdeState? _integration;
    private readonly MapDelegate? _map;
    private readonly double[] _pair;
    private readonly double[] _next;
    private long _done;

    public TwoTrajectories(ExplicitRungeKutta method, IOdeSystem system, ReadOnlySpan<double> start, double interval, double separation)
        : this(start, interval, separation)
    {
        Require.Length(start.Length, system.Dimension, nameof(start));
        _integration = method.Start(new Doubled(system), 0, _pair, 0);
    }

    public TwoTrajectories(MapDelegate map, ReadOnlySpan<double> start, int iterations, double separation)
        : this(start, iterations, separation)
    {
        _map = map;
    }

    private TwoTrajectories(ReadOnlySpan<double> start, double interval, double separation)
        : base(1)
    {
        Require.AllFinite(start, nameof(start));
        _n = start.Length;
        _separation = separation;
        _interval = interval;
        _pair = new double[2 * _n];
        _next = new double[2 * _n];
        start.CopyTo(_pair);
        TangentVectors.Fill(_pair.AsSpan(_n), _n, stackalloc double[1]);
        for (int i = 0; i < _n; i++)
            _pair[_n + i] = start[i] + (separation * _pair[_n + i]);
    }

    public override ReadOnlySpan<double> State => _pair.AsSpan(0, _n);

    public override string? Advance(Span<double> growth)
    {
        double end = ++_done * _interval;
        if (_integration is not null)
        {
            _integration.ContinueTo(end);
            while (_integration.Step())
            {
            }

            if (_integration.Reason != OdeStopReason.ReachedEnd)
                return _integration.Message;
            _integration.State.CopyTo(_pair);
        }
        else
        {
            for (int i = 0; i < _interval; i++)
            {
                _map!(_pair.AsSpan(0, _n), _next.AsSpan(0, _n));
                _map(_pair.AsSpan(_n), _next.AsSpan(_n));
                _next.CopyTo(_pair, 0);
            }
        }

        double square = 0;
        for (int i = 0; i < _n; i++)
        {
            double difference = _pair[_n + i] - _pair[i];
            square += difference * difference;
        }

        double distance = Math.Sqrt(square);
        if (!double.IsFinite(distance))
            return "The map left the finite numbers.";
        if (distance == 0)
            return "The two trajectories became the same: a larger separation or a shorter interval keeps them apart.";
        growth[0] = Math.Log(distance / _separation);
        for (int i = 0; i < _n; i++)
            _pair[_n + i] = _pair[i] + (_separation / distance * (_pair[_n + i] - _pair[i]));
        _integration?.Restart(end, _pair);
        return null;
    }

    public override void Persist(StateArchive archive)
    {
        archive.Transfer(ref _done);
        archive.Transfer<double>(_pair);
        if (_integration is not null)
            archive.Transfer(_integration);
    }

    private sealed class Doubled(IOdeSystem system) : IOdeSystem
    {
        public int Dimension => 2 * system.Dimension;

        public void Derivative(double t, ReadOnlySpan<double> y, Span<double> dy)
        {
            int n = system.Dimension;
            system.Derivative(t, y[..n], dy[..n]);
            system.Derivative(t, y[n..], dy[n..]);
        }
    }
}
