using System.Globalization;
using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// Mirror descent: x_new = argmin_u grad f(x).u + D(u, x) / t with the Bregman divergence D of a geometry that fits the domain, as the entropy fits the simplex.
/// </summary>
/// <remarks>
/// <para>A. Nemirovski and D. Yudin (1983); A. Beck and M. Teboulle (2003), Mirror descent and nonlinear projected subgradient methods for convex optimization, Oper. Res. Lett. 31, 167-175. For smooth
/// f the step is found by backtracking (the default) until f(x_new) &lt;= f(x) + grad f(x).(x_new - x) + D(x_new, x) / t, which needs f to be smooth relative to the geometry only, not in a norm:
/// H. Bauschke, J. Bolte and M. Teboulle (2017), A descent lemma beyond Lipschitz gradient continuity; H. Lu, R. Freund and Y. Nesterov (2018), Relatively smooth convex optimization by
/// first-order methods. Without backtracking the steps are <see cref="InitialStep"/> / sqrt(k + 1), which converges for subgradients too, at the rate 1/sqrt(k) of the best value.</para>
/// <para>A trial costs one value and gradient and one step of the geometry. Points stay in the interior of the domain. <see cref="SolverState{T}.GradientNorm"/> is the geometry's own measure, for the
/// simplex the gap g.x / s - min g. A trial that isn't finite shortens the step.</para>
/// </remarks>
[Algorithm("Mirror descent", "Splitting", "Beck, Teboulle (2003), Mirror descent and nonlinear projected subgradient methods for convex optimization", Capabilities = "gradient")]
public sealed record MirrorDescent : ISolver<double, IDifferentiableFunction<double>>
{
    /// <summary>The geometry. Default: the entropy of the probability simplex.</summary>
    public IMirrorMap Map { get; init => field = Require.NotNull(value, nameof(Map)); } = MirrorMap.Entropy();

    /// <summary>The step t: with backtracking the first that is tried, else the one that decays. Default: 1.</summary>
    public double InitialStep { get; init => field = Require.Positive(value); } = 1;

    /// <summary>Whether steps are adapted to f, which must then be smooth relative to the geometry. Default: on.</summary>
    public bool Backtracking { get; init; } = true;

    /// <summary>When an iterate is good enough. Default: a measure of stationarity of 1e-6.</summary>
    public StoppingRules Stopping { get; init => field = Require.NotNull(value, nameof(Stopping)); } = new() { GradientTolerance = 1e-6 };

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The start lies outside the interior of the geometry's domain.</exception>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
    {
        Prox.RequireDimension(Map.Dimension, start.Length, nameof(Map));
        Map.RequireInterior(start);
        return new State(this, new Query<double>(shape, Oracle.Value | Oracle.Gradient), start);
    }

    private sealed class State : SolverState<double>
    {
        // Steps shrink by half and grow by a tenth, as those of the proximal gradient method.
        private const double Shrink = 0.5;
        private const double Growth = 1.1;
        private const double Comparable = 1e-10;
        private const double Rounding = 1e-14;

        private readonly MirrorDescent _options;
        private readonly ProximalWorkspace _work = new();
        private readonly double[] _x, _gradient;
        private double _value = double.NaN, _norm = double.NaN, _change = double.NaN, _stepNorm = double.NaN, _step;
        private long _iteration;
        private bool _started, _shrunk;

        public State(MirrorDescent options, Query<double> query, ReadOnlySpan<double> start)
            : base(query)
        {
            _options = options;
            _x = start.ToArray();
            _gradient = new double[start.Length];
            _step = options.InitialStep;
            start.CopyTo(query.Point());
        }

        public override ReadOnlySpan<double> Point => _x;

        public override double Value => _value;

        public override double GradientNorm => _norm;

        public override double ValueChange => _change;

        public override double StepNorm => _stepNorm;

        public override string? Describe(StopReason reason) => reason == StopReason.GradientTolerance
            ? string.Create(CultureInfo.InvariantCulture, $"The geometry's measure of stationarity, {_norm:g3}, is within the tolerance of {_options.Stopping.GradientTolerance:g3}.")
            : null;

        public override Advance Tell()
        {
            if (!_started)
            {
                _started = true;
                Take();
                return Propose(Advance.Continue);
            }

            if (!Query.IsFinite() || (_options.Backtracking && !IsMajorized()))
            {
                _shrunk = true;
                _step *= Shrink;
                return Propose(Advance.Continue);
            }

            double before = _value, square = 0;
            ReadOnlySpan<double> point = Query.Point();
            for (int i = 0; i < _x.Length; i++)
                square += (point[i] - _x[i]) * (point[i] - _x[i]);
            Take();
            _iteration++;
            _change = before - _value;
            _stepNorm = Math.Sqrt(square) / Math.Max(1, Reduce.Norm<double>(_x));
            if (_options.Backtracking)
                _step *= _shrunk ? Growth : 2;
            else
                _step = _options.InitialStep / Math.Sqrt(_iteration + 1);
            return Propose(Advance.Iteration);
        }

        private void Take()
        {
            Query.Point().CopyTo(_x);
            Query.Gradient().CopyTo(_gradient);
            _value = Query.Value();
            _norm = _options.Map.Stationarity(_x, _gradient);
        }

        private bool IsMajorized()
        {
            double trial = Query.Value(), scale = Math.Max(Math.Abs(trial), Math.Abs(_value)), slope = 0, curvature = 0;
            ReadOnlySpan<double> point = Query.Point(), gradient = Query.Gradient();
            for (int i = 0; i < _x.Length; i++)
            {
                double move = point[i] - _x[i];
                slope += _gradient[i] * move;
                curvature += (gradient[i] - _gradient[i]) * move;
            }

            double divergence = _options.Map.Divergence(point, _x, _work);
            if (Math.Abs(trial - _value) > Comparable * scale)
                return trial <= _value + slope + (divergence / _step) + (Rounding * scale);
            return curvature <= 2 * divergence / _step * (1 + 1e-6);
        }

        private Advance Propose(Advance done)
        {
            Span<double> trial = Query.Point();
            _options.Map.Step(_x, _gradient, _step, trial, _work);
            double largest = Reduce.MaxNorm<double>(trial);
            if (!double.IsFinite(largest))
                return Advance.Stop(StopReason.NonFinite, done.IsIteration);
            if (!trial.SequenceEqual(_x))
                return done;
            return Advance.Stop(_norm <= _options.Stopping.GradientTolerance ? StopReason.GradientTolerance : StopReason.NoProgress, done.IsIteration);
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_x);
            archive.Transfer<double>(_gradient);
            archive.Transfer(ref _value);
            archive.Transfer(ref _norm);
            archive.Transfer(ref _change);
            archive.Transfer(ref _stepNorm);
            archive.Transfer(ref _step);
            archive.Transfer(ref _iteration);
            archive.Transfer(ref _started);
            archive.Transfer(ref _shrunk);
        }
    }
}
