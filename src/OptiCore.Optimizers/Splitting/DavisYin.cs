using System.Globalization;
using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// Davis-Yin three-operator splitting for f(x) + g(x) + h(x), f smooth, g and h proximable: y = prox_{t g}(z), x = prox_{t h}(2 y - z - t grad f(y)), z_new = z + x - y. With indicators g and h it
/// minimises over the intersection of two sets of which only each has a projection; without f it is Douglas-Rachford splitting, without h forward-backward splitting.
/// </summary>
/// <remarks>
/// <para>D. Davis and W. Yin (2017), A three-operator splitting scheme and its optimization applications, Set-Valued Var. Anal. 25, 829-858. With <see cref="Backtracking"/> (the default) the step is
/// found as in F. Pedregosa and G. Gidel (2018), Adaptive three operator splitting: shortened until f(x) &lt;= f(y) + grad f(y).(x - y) + |x - y|^2 / (2 t), and lengthened by
/// <see cref="Growth"/> between iterations; the dual variable u = (z - y) / t is kept when t changes.</para>
/// <para>For nonconvex f: A. Yurtsever, V. Mangalick and S. Sra (2021), Three operator splitting with a nonconvex loss function, ICML. Switch <see cref="Backtracking"/> off and give a step below 1/L
/// for gradients that are L-Lipschitz, or one that decays as <see cref="Step"/> / (k + 1)^<see cref="StepDecay"/>; z is kept then.</para>
/// <para>An iteration costs a gradient, one operator of each function, and with backtracking a value and an operator of h a trial. The iterate is y, which lies in the domain of g; that of h is reached in
/// the limit only. Values of runs are f + g + h at y, so that the best point of a result is the best one that is feasible (see the tolerance of <see cref="Prox.Indicator"/>), and
/// <see cref="SolverResult{T}.LastPoint"/> is where the iteration stands. <see cref="SolverState{T}.GradientNorm"/> is the largest element of (y - x) / t, which bounds both the stationarity and, times t, the
/// distance between the two sets.</para>
/// </remarks>
[Algorithm("Davis-Yin splitting", "Splitting", "Davis, Yin (2017), A three-operator splitting scheme and its optimization applications", Capabilities = "gradient, two proximal operators")]
public sealed record DavisYin : ISolver<double, IDifferentiableFunction<double>>
{
    /// <summary>The function g, whose operator makes the iterate. Default: 0.</summary>
    public IProximable First { get; init => field = Require.NotNull(value, nameof(First)); } = Prox.Zero;

    /// <summary>The function h. Default: 0.</summary>
    public IProximable Second { get; init => field = Require.NotNull(value, nameof(Second)); } = Prox.Zero;

    /// <summary>The step t, with backtracking the first that is tried. Default: 1.</summary>
    public double Step { get; init => field = Require.Positive(value); } = 1;

    /// <summary>Whether the step is adapted to f; requires f to be convex. Default: on.</summary>
    public bool Backtracking { get; init; } = true;

    /// <summary>What a step is multiplied by when its trial fails, in (0, 1). Default: 0.5.</summary>
    public double Shrink { get; init => field = Require.InOpen(value, 0, 1); } = 0.5;

    /// <summary>What the step is multiplied by after an iteration, at least 1. Default: 1.02.</summary>
    public double Growth { get; init => field = Require.InHalfOpen(value, 1, double.PositiveInfinity); } = 1.02;

    /// <summary>Without backtracking, the power q of the decay of steps, Step / (k + 1)^q, in [0, 1]. Default: 0.</summary>
    public double StepDecay { get; init => field = Require.InClosed(value, 0, 1); }

    /// <summary>When an iterate is good enough. Default: no element of (y - x) / t larger than 1e-6.</summary>
    public StoppingRules Stopping { get; init => field = Require.NotNull(value, nameof(Stopping)); } = new() { GradientTolerance = 1e-6 };

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
    {
        Prox.RequireDimension(First, start.Length, nameof(First));
        Prox.RequireDimension(Second, start.Length, nameof(Second));
        return new State(this, new Query<double>(shape, Oracle.Value | Oracle.Gradient), start);
    }

    private sealed class State : SolverState<double>
    {
        private readonly DavisYin _options;
        private readonly ProximalWorkspace _work = new();
        private readonly double[] _y, _next, _dual, _x, _gradient, _difference;
        private double _smooth, _value = double.NaN, _norm = double.NaN, _change = double.NaN, _stepNorm = double.NaN, _step;
        private long _iteration;
        private bool _started, _asksGradient = true, _iterating, _shrunk;

        public State(DavisYin options, Query<double> query, ReadOnlySpan<double> start)
            : base(query)
        {
            int n = start.Length;
            _options = options;
            _y = start.ToArray();
            _next = start.ToArray();
            _dual = new double[n];
            _x = new double[n];
            _gradient = new double[n];
            _difference = new double[n];
            _step = options.Step;
            start.CopyTo(query.Point());
        }

        public override ReadOnlySpan<double> Point => _y;

        public override double Value => _value;

        public override double GradientNorm => _norm;

        public override double ValueChange => _change;

        public override double StepNorm => _stepNorm;

        public override double Objective(int index) =>
            Query.Value(index) + _options.First.Value(Query.Point(index), _work.Nested(0)) + _options.Second.Value(Query.Point(index), _work.Nested(1));

        public override string? Describe(StopReason reason) => reason == StopReason.GradientTolerance
            ? string.Create(CultureInfo.InvariantCulture, $"The largest component of the difference of the two operators' points, divided by the step, {_norm:g3}, is within the tolerance of {_options.Stopping.GradientTolerance:g3}.")
            : null;

        public override Advance Tell()
        {
            if (!_asksGradient)
                return TakeValue();
            if (!Query.IsFinite())
                return Advance.Stop(StopReason.NonFinite);
            if (!_started)
            {
                _started = true;
                _smooth = Query.Value();
                _value = Objective(0);

                // z = the starting point: the iterate is its image under the first operator.
                _options.First.Apply(_y, _step, _next, _work.Nested(0));
                Vectors.Subtract(_y, _next, _dual);
                Vectors.Scale(1 / _step, _dual, _dual);
                if (!_next.AsSpan().SequenceEqual(_y))
                    return AskGradient();
            }

            return TakeGradient();
        }

        private Advance AskGradient()
        {
            _asksGradient = true;
            Query.Needs = Oracle.Value | Oracle.Gradient;
            _next.CopyTo(Query.Point());
            return Advance.Continue;
        }

        private Advance TakeGradient()
        {
            double before = _value;
            Vectors.Subtract(_next, _y, _difference);
            _stepNorm = Reduce.Norm<double>(_difference) / Math.Max(1, Reduce.Norm<double>(_next));
            _next.CopyTo(_y, 0);
            Query.Gradient().CopyTo(_gradient);
            _smooth = Query.Value();
            _value = Objective(0);
            _change = double.IsFinite(before) && double.IsFinite(_value) ? before - _value : double.NaN;
            Advance done = _iterating ? Advance.Iteration : Advance.Continue;
            _iterating = true;
            return Propose(done);
        }

        /// <summary>x = prox_{t h}(y - t (u + grad f(y))).</summary>
        private Advance Propose(Advance done)
        {
            for (int i = 0; i < _x.Length; i++)
                _x[i] = _y[i] - (_step * (_dual[i] + _gradient[i]));
            if (!double.IsFinite(Reduce.MaxNorm<double>(_x)))
                return Advance.Stop(StopReason.NonFinite, done.IsIteration);
            _options.Second.Apply(_x, _step, _x, _work.Nested(1));
            Vectors.Subtract(_y, _x, _difference);
            double residual = Reduce.MaxNorm<double>(_difference) / _step;
            if (residual == 0)
                return Advance.Stop(CompositeStop.Stall(_y, _step, _options.Stopping.GradientTolerance, out _norm), done.IsIteration);
            if (!_options.Backtracking)
                return Commit(done);
            _asksGradient = false;
            Query.Needs = Oracle.Value;
            _x.CopyTo(Query.Point());
            return done;
        }

        private Advance TakeValue()
        {
            if (Query.IsFinite() && CompositeStop.IsMajorized(_smooth, _gradient, Query.Value(), [], _difference, _step))
                return Commit(Advance.Continue);
            _step *= _options.Shrink;
            _shrunk = true;
            return Propose(Advance.Continue);
        }

        private Advance Commit(Advance done)
        {
            _norm = Reduce.MaxNorm<double>(_difference) / _step;
            bool grow = _options.Backtracking && CompositeStop.IsMeasurable(_smooth, _difference, _step);

            // z = x + t u; the next y and u come from it.
            Vectors.AddScaled(_x, _step, _dual, _difference);
            _iteration++;
            if (!_options.Backtracking)
                _step = _options.Step / Math.Pow(_iteration + 1, _options.StepDecay);
            _options.First.Apply(_difference, _step, _next, _work.Nested(0));
            Vectors.Subtract(_difference, _next, _dual);
            Vectors.Scale(1 / _step, _dual, _dual);
            if (grow)
                _step *= _shrunk ? _options.Growth : 2;
            _ = AskGradient();
            return done;
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_y);
            archive.Transfer<double>(_next);
            archive.Transfer<double>(_dual);
            archive.Transfer<double>(_x);
            archive.Transfer<double>(_gradient);
            archive.Transfer<double>(_difference);
            archive.Transfer(ref _smooth);
            archive.Transfer(ref _value);
            archive.Transfer(ref _norm);
            archive.Transfer(ref _change);
            archive.Transfer(ref _stepNorm);
            archive.Transfer(ref _step);
            archive.Transfer(ref _iteration);
            archive.Transfer(ref _started);
            archive.Transfer(ref _asksGradient);
            archive.Transfer(ref _iterating);
            archive.Transfer(ref _shrunk);
        }
    }
}
