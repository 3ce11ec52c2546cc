using System.Globalization;
using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>Along which direction a <see cref="FrankWolfe"/> method goes.</summary>
public enum FrankWolfeVariant
{
    /// <summary>Towards the vertex v of the linear oracle: v - x.</summary>
    Vanilla = 0,

    /// <summary>Towards that vertex or away from the worst atom a of the current combination, x - a, whichever is steeper.</summary>
    Away = 1,

    /// <summary>From the worst atom to the vertex, v - a: weight moves between the two only.</summary>
    Pairwise = 2,
}

/// <summary>How far a <see cref="FrankWolfe"/> method goes.</summary>
public enum FrankWolfeStep
{
    /// <summary>gamma = min(g / (M |d|^2), limit) with an estimate M of the Lipschitz constant of the gradient.</summary>
    Backtracking = 0,

    /// <summary>gamma = min(1/L, limit) with an estimate L of the directional smoothness, which no change of variables alters.</summary>
    AffineInvariant = 1,

    /// <summary>gamma = 2 / (k + 2), without values or constants.</summary>
    OpenLoop = 2,
}

/// <summary>
/// Frank-Wolfe (conditional gradient) methods for min f(x) over a compact convex set that is known by its linear oracle alone, v = argmin_{v in C} v.grad f(x): no projections, and iterates that are
/// convex combinations of few vertices.
/// </summary>
/// <remarks>
/// <para>M. Frank and P. Wolfe (1956), An algorithm for quadratic programming; M. Jaggi (2013), Revisiting Frank-Wolfe; away and pairwise steps: S. Lacoste-Julien and M. Jaggi (2015), On the global
/// linear convergence of Frank-Wolfe optimization variants; <see cref="FrankWolfeStep.Backtracking"/>: F. Pedregosa, G. Negiar, A. Askari and M. Jaggi (2020), Linearly convergent Frank-Wolfe with
/// backtracking line-search; <see cref="FrankWolfeStep.AffineInvariant"/>: T. Kerdreux, L. Liu, S. Lacoste-Julien and D. Scieur (2021), Affine invariant analysis of Frank-Wolfe on strongly convex sets:
/// f(x + gamma d) &lt;= f(x) - gamma g + gamma^2/2 L g with g = -grad f(x).d. In both, the estimate is halved before and doubled in an iteration until the inequality holds; the first one is that whose
/// step is 1 (our choice).</para>
/// <para>An iteration costs one call of the oracle and, as a rule, one value and gradient; away and pairwise steps keep k atoms of n elements and search them in 2 k n. The gap grad f(x).(x - v) bounds f(x) - min f for
/// convex f and is the <see cref="SolverState{T}.GradientNorm"/> of the run, which <see cref="StoppingRules.GradientTolerance"/> tests. Convergence is linear for away and pairwise steps on
/// polytopes and for vanilla steps on strongly convex sets where gradients don't vanish; else the gap falls like 1/k.</para>
/// <para>The start must lie in the set; it is the first atom. Where the set has a projection this is checked. Every further point lies in the set up to rounding.</para>
/// </remarks>
[Algorithm("Frank-Wolfe", "Projection-free", "Jaggi (2013), Revisiting Frank-Wolfe: projection-free sparse convex optimization", Capabilities = "gradient, linear oracle")]
public sealed record FrankWolfe : ISolver<double, IDifferentiableFunction<double>>
{
    /// <summary>The set C.</summary>
    public required ILinearOracle Set { get; init => field = Require.NotNull(value, nameof(Set)); }

    /// <summary>The direction. Default: away steps.</summary>
    public FrankWolfeVariant Variant { get; init => field = Require.Defined(value); } = FrankWolfeVariant.Away;

    /// <summary>The step rule. Default: backtracking.</summary>
    public FrankWolfeStep Step { get; init => field = Require.Defined(value); } = FrankWolfeStep.Backtracking;

    /// <summary>When an iterate is good enough; the gradient tolerance is that of the gap. Default: a gap of 1e-6.</summary>
    public StoppingRules Stopping { get; init => field = Require.NotNull(value, nameof(Stopping)); } = new() { GradientTolerance = 1e-6 };

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The start lies outside the set, or the set has another number of variables.</exception>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
    {
        Prox.RequireDimension(Set.Dimension, start.Length, nameof(Set));
        if (Set is IConvexSet set && ConvexSet.Distance(set, start, new ProximalWorkspace()) is var distance && distance > 1e-6 * Math.Max(1, Reduce.Norm(start)))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The starting point must lie in the set but is {distance:g3} away from it."), nameof(start));
        return new State(this, new Query<double>(shape, Oracle.Value | Oracle.Gradient), start);
    }

    private sealed class State : SolverState<double>
    {
        private const double Rounding = 1e-14;
        private const double Comparable = 1e-10;
        private const double MachineEpsilon = 2.220446049250313e-16;

        private readonly FrankWolfe _options;
        private readonly ProximalWorkspace _work = new();
        private readonly AtomCombination? _atoms;
        private readonly double[] _x, _gradient, _vertex, _direction;
        private double _value = double.NaN, _gap = double.NaN, _change = double.NaN, _stepNorm = double.NaN;
        private double _estimate, _slope, _square, _limit, _gamma;
        private int _away;
        private long _iteration;
        private bool _started, _towards, _sawNumber;

        public State(FrankWolfe options, Query<double> query, ReadOnlySpan<double> start)
            : base(query)
        {
            int n = start.Length;
            _options = options;
            _x = start.ToArray();
            _gradient = new double[n];
            _vertex = new double[n];
            _direction = new double[n];
            if (options.Variant != FrankWolfeVariant.Vanilla)
                _atoms = new AtomCombination(start);
            start.CopyTo(query.Point());
        }

        public override ReadOnlySpan<double> Point => _x;

        public override double Value => _value;

        public override double GradientNorm => _gap;

        public override double ValueChange => _change;

        public override double StepNorm => _stepNorm;

        public override string? Describe(StopReason reason) => reason == StopReason.GradientTolerance
            ? string.Create(CultureInfo.InvariantCulture, $"The Frank-Wolfe gap, {_gap:g3}, is within the tolerance of {_options.Stopping.GradientTolerance:g3}.")
            : null;

        public override Advance Tell()
        {
            if (!_started)
            {
                _started = true;
                Take();
                return Search(Advance.Continue);
            }

            if (!Query.IsFinite())
            {
                // Steps may be as long as the set is wide: whatever the rule, a shorter one is tried.
                _estimate *= 2;
                return Try(0.5 * _gamma);
            }

            _sawNumber = true;
            if (_options.Step != FrankWolfeStep.OpenLoop && !IsBelowTheModel())
            {
                _estimate *= 2;
                return Try(Math.Min(_limit, _slope / (_estimate * Measure)));
            }

            double before = _value;
            if (_atoms is not null)
                Move();
            _iteration++;
            Take();
            _change = before - _value;
            _stepNorm = _gamma * Math.Sqrt(_square) / Math.Max(1, Reduce.Norm<double>(_x));
            _estimate *= 0.5;
            return Search(Advance.Iteration);
        }

        /// <summary>What the estimate is multiplied by to be the curvature along the direction: its square, or the slope.</summary>
        private double Measure => _options.Step == FrankWolfeStep.AffineInvariant ? _slope : _square;

        private bool IsBelowTheModel()
        {
            double trial = Query.Value(), scale = Math.Max(Math.Abs(trial), Math.Abs(_value)), curvature = _estimate * Measure;
            if (Math.Abs(trial - _value) > Comparable * scale)
                return trial <= _value - (_gamma * _slope) + (0.5 * _gamma * _gamma * curvature) + (Rounding * scale);

            // Values that agree to ten digits say little; the change of the slope is the curvature.
            return Reduce.Dot<double>(Query.Gradient(), _direction) + _slope <= _gamma * curvature * (1 + Rounding);
        }

        private void Take()
        {
            Query.Point().CopyTo(_x);
            Query.Gradient().CopyTo(_gradient);
            _value = Query.Value();
            _options.Set.Minimize(_gradient, _vertex, _work);
            Vectors.Subtract(_vertex, _x, _direction);
            _gap = -Reduce.Dot<double>(_gradient, _direction);
        }

        private Advance Search(Advance done)
        {
            if (_gap <= _options.Stopping.GradientTolerance)
                return Advance.Stop(StopReason.GradientTolerance, done.IsIteration);
            _slope = _gap;
            _limit = 1;
            _towards = true;
            if (_atoms is not null)
            {
                _away = _atoms.Worst(_gradient);
                ReadOnlySpan<double> atom = _atoms.Atom(_away);
                double weight = _atoms.Weight(_away);
                if (_options.Variant == FrankWolfeVariant.Pairwise)
                {
                    Vectors.Subtract(_vertex, atom, _direction);
                    _limit = weight;
                }
                else
                {
                    double away = 0;
                    for (int i = 0; i < _x.Length; i++)
                        away += _gradient[i] * (atom[i] - _x[i]);
                    if (away > _gap && _atoms.Count > 1)
                    {
                        _towards = false;
                        Vectors.Subtract(_x, atom, _direction);
                        _limit = weight / (1 - weight);
                    }
                }

                _slope = -Reduce.Dot<double>(_gradient, _direction);
            }

            _square = Reduce.SumOfSquares<double>(_direction);
            if (!(_slope > 0) || !double.IsFinite(_square))
                return Advance.Stop(StopReason.NoProgress, done.IsIteration);
            _sawNumber = false;
            if (_estimate == 0)
                _estimate = _slope / Measure;
            double gamma = _options.Step == FrankWolfeStep.OpenLoop ? Math.Min(_limit, 2.0 / (_iteration + 2)) : Math.Min(_limit, _slope / (_estimate * Measure));
            Advance next = Try(gamma);
            return next.Reason == StopReason.None ? done : Advance.Stop(next.Reason, done.IsIteration);
        }

        private Advance Try(double gamma)
        {
            // A vanishing step towards a far vertex is an error of the function; a tiny weight of an atom is not.
            if (gamma < MachineEpsilon * Math.Min(1, _limit) * 1e-4)
                return Advance.Stop(_sawNumber ? StopReason.NoProgress : StopReason.NonFinite);
            _gamma = gamma;
            Vectors.AddScaled(_x, gamma, _direction, Query.Point());
            return Advance.Continue;
        }

        private void Move()
        {
            bool whole = _gamma >= _limit;
            if (_options.Variant == FrankWolfeVariant.Pairwise)
                _atoms!.Transfer(_away, _vertex, _gamma, whole);
            else if (_towards)
                _atoms!.Towards(_vertex, _gamma, whole);
            else
                _atoms!.AwayFrom(_away, _gamma, whole);
        }

        public override void Persist(StateArchive archive)
        {
            if (_atoms is not null)
                archive.Transfer(_atoms);
            archive.Transfer<double>(_x);
            archive.Transfer<double>(_gradient);
            archive.Transfer<double>(_vertex);
            archive.Transfer<double>(_direction);
            archive.Transfer(ref _value);
            archive.Transfer(ref _gap);
            archive.Transfer(ref _change);
            archive.Transfer(ref _stepNorm);
            archive.Transfer(ref _estimate);
            archive.Transfer(ref _slope);
            archive.Transfer(ref _square);
            archive.Transfer(ref _limit);
            archive.Transfer(ref _gamma);
            archive.Transfer(ref _away);
            archive.Transfer(ref _iteration);
            archive.Transfer(ref _started);
            archive.Transfer(ref _towards);
            archive.Transfer(ref _sawNumber);
        }
    }
}
