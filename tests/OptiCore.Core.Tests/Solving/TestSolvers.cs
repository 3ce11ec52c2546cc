using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Core.Tests.Solving;

/// <summary>Gradient descent with halving: one or more value questions and one gradient question an iteration.</summary>
internal sealed record Descent : ISolver<double, IDifferentiableFunction<double>>
{
    public double Step { get; init; } = 0.2;

    public StoppingRules Stopping { get; init; } = new() { GradientTolerance = 1e-6 };

    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) => new State(this, shape, start);

    private sealed class State : SolverState<double>
    {
        private readonly double[] _x;
        private readonly double[] _gradient;
        private readonly double _firstStep;
        private double _step, _value = double.NaN, _change = double.NaN;
        private int _phase;

        public State(Descent options, ProblemShape shape, ReadOnlySpan<double> start)
            : base(new Query<double>(shape, Oracle.Value | Oracle.Gradient))
        {
            _x = start.ToArray();
            _gradient = new double[shape.Dimension];
            _step = _firstStep = options.Step;
            Query.Needs = Oracle.Gradient;
            start.CopyTo(Query.Point());
        }

        public override ReadOnlySpan<double> Point => _x;

        public override double Value => _value;

        public override double ValueChange => _change;

        public override double GradientNorm => _phase == 0 ? double.NaN : _gradient.Max(Math.Abs);

        public override Advance Tell()
        {
            if (_phase == 1)
            {
                if (Query.IsFinite() && Query.Value() < _value)
                {
                    _phase = 2;
                    Query.Needs = Oracle.Gradient;
                    return Advance.Continue;
                }

                _step /= 2;
                if (_step < 1e-12)
                    return Advance.Stop(Query.IsFinite() ? StopReason.LineSearchFailed : StopReason.NonFinite);
                Propose();
                return Advance.Continue;
            }

            bool iterated = _phase == 2;
            _change = _value - Query.Value();
            _value = Query.Value();
            Query.Point().CopyTo(_x);
            Query.Gradient().CopyTo(_gradient);
            _step = _firstStep;
            Propose();
            return iterated ? Advance.Iteration : Advance.Continue;
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_x);
            archive.Transfer<double>(_gradient);
            archive.Transfer(ref _step);
            archive.Transfer(ref _value);
            archive.Transfer(ref _change);
            archive.Transfer(ref _phase);
        }

        private void Propose()
        {
            _phase = 1;
            Query.Needs = Oracle.Value;
            for (int i = 0; i < _x.Length; i++)
                Query.Point()[i] = _x[i] - (_step * _gradient[i]);
        }
    }
}

/// <summary>Random search: a batch of points around the best one, from the key of the iteration.</summary>
internal sealed record BatchSearch : ISolver<double, IFunction<double>>
{
    public const int Batch = 8;

    public StoppingRules Stopping => StoppingRules.Never;

    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) => new State(shape, start, key);

    private sealed class State : SolverState<double>
    {
        private readonly double[] _x;
        private readonly RandomKey _key;
        private double _value = double.NaN;
        private long _iteration;

        public State(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
            : base(new Query<double>(shape, Oracle.Value, Batch))
        {
            _x = start.ToArray();
            _key = key;
            Propose();
        }

        public override ReadOnlySpan<double> Point => _x;

        public override double Value => _value;

        public override Advance Tell()
        {
            for (int i = 0; i < Query.Count; i++)
            {
                if (Query.IsFinite(i) && !(Query.Value(i) >= _value))
                {
                    _value = Query.Value(i);
                    Query.Point(i).CopyTo(_x);
                }
            }

            _iteration++;
            Propose();
            return Advance.Iteration;
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_x);
            archive.Transfer(ref _value);
            archive.Transfer(ref _iteration);
        }

        private void Propose()
        {
            RandomStream stream = _key.Fold(_iteration).Stream();
            Query.Count = Batch;
            for (int i = 0; i < Batch; i++)
            {
                for (int j = 0; j < _x.Length; j++)
                    Query.Point(i)[j] = _x[j] + (stream.NextUInt32() / 4294967296.0) - 0.5;
            }
        }
    }
}

/// <summary>f(x) = 1/2 sum_i (i + 1) (x_i - 1)^2, with counts of calls and faults on demand.</summary>
internal sealed class Bowl(int n) : IDifferentiableFunction<double>
{
    public Func<int, Exception?>? Fault { get; init; }

    public Func<int, double?>? Replace { get; init; }

    public int Calls { get; private set; }

    public int Dimension => n;

    public double Value(ReadOnlySpan<double> x)
    {
        int call = ++Calls;
        if (Fault?.Invoke(call) is { } exception)
            throw exception;
        double sum = 0;
        for (int i = 0; i < n; i++)
            sum += 0.5 * (i + 1) * (x[i] - 1) * (x[i] - 1);
        return Replace?.Invoke(call) ?? sum;
    }

    public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        for (int i = 0; i < n; i++)
            gradient[i] = (i + 1) * (x[i] - 1);
        return Value(x);
    }
}

/// <summary>A clock that is moved by hand; begins at 0.</summary>
internal sealed class HandClock : TimeProvider
{
    private long _ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override long GetTimestamp() => _ticks;

    public void Advance(TimeSpan time) => _ticks += time.Ticks;
}
