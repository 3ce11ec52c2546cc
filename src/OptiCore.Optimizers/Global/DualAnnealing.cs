using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// Dual annealing: generalized simulated annealing, whose jumps have the heavy tails of Tsallis' statistics, with a local search from what it finds. For functions with very many minima in a
/// box, when thousands of values can be afforded.
/// </summary>
/// <remarks>
/// <para>C. Tsallis and D. A. Stariolo (1996), Generalized simulated annealing, Physica A 233, 395-406: the visiting distribution with parameter q_v and the acceptance
/// [1 + (q_a - 1) df / T]^(1 / (1 - q_a)). Y. Xiang, D. Y. Sun, W. Fan, X. G. Gong (1997), Generalized simulated annealing algorithm and its application to the Thomson model, Phys. Lett. A 233,
/// 216-220: T(t) = T_1 (2^(q_v - 1) - 1) / ((1 + t)^(q_v - 1) - 1), the division of the acceptance temperature by t, and the chain of 2 n trials for each temperature, the first n with a
/// jump of every coordinate, the others with a jump of one. Restarts and the local search follow Y. Xiang, S. Gubian, B. Suomela, J. Hoeng (2013), Generalized simulated
/// annealing for global optimization: the GenSA package, R Journal 5, 13-28.</para>
/// <para>An iteration is a temperature: 2 n values, one point a question, and a local search: from the best point where the chain has found a new one; else from the current one, with the
/// probability exp(100 n (f_best - f) (t + 1) / T) of GenSA, or when a thousand trials have found nothing.
/// The annealing allocates nothing; each local search allocates its state. Temperature t draws from <c>key.Fold(t)</c>.</para>
/// <para>There is no criterion of convergence: the run ends at its limits or its target.</para>
/// </remarks>
[Algorithm("Dual annealing", "Global", "Xiang, Sun, Fan, Gong (1997), Generalized simulated annealing algorithm and its application to the Thomson model", Capabilities = "values, bounds")]
public sealed record DualAnnealing : ISolver<double, IFunction<double>>, IBoundedSolver
{
    /// <summary>The box; every side is finite. Needed.</summary>
    public Bounds? Bounds { get; init; }

    /// <summary>Whether there is a local search; without one it is the classical generalized annealing. Default: on.</summary>
    public bool UseLocalSearch { get; init; } = true;

    /// <summary>The local method; it has the same bounds. Default: null, <see cref="Bobyqa"/> within <see cref="Bounds"/>.</summary>
    public ISolver<double, IFunction<double>>? Local { get; init; }

    /// <summary>The first temperature T_1. Default: 5230, as in GenSA.</summary>
    public double InitialTemperature { get; init => field = Require.Positive(value); } = 5230;

    /// <summary>Annealing begins anew when the temperature has fallen to this share of the first one. Default: 2e-5.</summary>
    public double RestartRatio { get; init => field = Require.InOpen(value, 0, 1); } = 2e-5;

    /// <summary>The visiting parameter q_v, in (1, 3): larger values jump farther. Default: 2.62.</summary>
    public double Visit { get; init => field = Require.InOpen(value, 1, 3); } = 2.62;

    /// <summary>The acceptance parameter q_a, below 1: smaller values accept less. Default: -5.</summary>
    public double Accept { get; init => field = value < 1 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(Accept), value, $"{nameof(Accept)} is {value} but must be finite and below 1."); } = -5;

    /// <summary>The largest number of evaluations of one local search. Default: 0, which stands for 200 a free variable, at least 1,000 (GenSA limits it likewise).</summary>
    public int LocalEvaluations { get; init => field = Require.NonNegative(value); }

    /// <summary>None: limits and targets end a run.</summary>
    public StoppingRules Stopping => StoppingRules.Never;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Bounds are missing or infinite, or <see cref="Local"/> has others.</exception>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
    {
        Bounds bounds = Box.RequireFinite(Bounds, "Dual annealing");
        var box = new Box(bounds, start.Length);
        if (!UseLocalSearch)
            return new State(this, box, null, new Query<double>(shape, Oracle.Value), start, key);
        ISolver<double, IFunction<double>> local = Local ?? new Bobyqa { Bounds = bounds };
        if (!bounds.Equals((local as IBoundedSolver)?.Bounds))
            throw new ArgumentException($"{nameof(Local)}, {local.GetType().Name}, doesn't have the bounds of the annealing: its points could leave the box.");
        var inner = new InnerRun<IFunction<double>>(local, shape, LocalEvaluations > 0 ? LocalEvaluations : Math.Max(1000, 200 * box.Free.Length));
        return new State(this, box, inner, inner.NewQuery(start, key, Oracle.Value), start, key);
    }

    private enum Phase
    {
        First = 0,
        Chain = 1,
        Local = 2,
    }

    private sealed class State : SolverState<double>
    {
        // A jump longer than this is cut, and one of length 0 widened; both are the published program's.
        private const double LongestJump = 1e8;
        private const double ShortestJump = 1e-10;

        private const double SearchFactor = 100;

        private const int MaxUnimproved = 1000;
        private const int MaxUndefined = 10_000;

        private readonly DualAnnealing _options;
        private readonly Box _box;
        private readonly InnerRun<IFunction<double>>? _inner;
        private readonly RandomKey _key;
        private readonly int _n;
        private readonly double[] _current, _best;
        private readonly double _visitFactor;
        private RandomStream _stream;
        private Phase _phase;
        private double _currentValue = double.NaN, _bestValue = double.NaN, _temperature;
        private long _temperatures, _searches;
        private int _step, _trial, _unimproved, _undefined;
        private bool _improved;

        public State(DualAnnealing options, Box box, InnerRun<IFunction<double>>? inner, Query<double> query, ReadOnlySpan<double> start, RandomKey key)
            : base(query)
        {
            _options = options;
            _box = box;
            _inner = inner;
            _key = key;
            _n = box.Free.Length;
            _current = start.ToArray();
            _best = start.ToArray();
            double q = options.Visit, shape = (1 / (q - 1)) - 0.5;
            double width = Math.PI * (1 - shape) / Math.Sin(Math.PI * (1 - shape)) / Math.Exp(SpecialFunctions.LogGamma(2 - shape));
            double height = Math.Sqrt(Math.PI) * Math.Exp((4 - q) * Math.Log(q - 1)) / (Math.Exp((2 - q) * Math.Log(2) / (q - 1)) * (3 - q));

            // sigma = T^(1 / (3 - q)) times this.
            _visitFactor = Math.Exp(-(q - 1) * Math.Log(width / height) / (3 - q));
            _stream = key.Stream();
            query.Needs = Oracle.Value;
            query.Count = 1;
            start.CopyTo(query.Point());
        }

        public override ReadOnlySpan<double> Point => _best;

        public override double Value => _bestValue;

        public override string? Describe(StopReason reason) => reason switch
        {
            StopReason.StepTolerance => "The bounds leave no variable free.",
            _ => null,
        };

        public override Advance Tell()
        {
            switch (_phase)
            {
                case Phase.First:
                    _currentValue = Query.Value();
                    Improve(Query.Point(), _currentValue);
                    if (_n == 0)
                        return Advance.Stop(StopReason.StepTolerance, iterated: true);
                    return BeginChain(Advance.Continue);

                case Phase.Local:
                    if (!_inner!.Tell(Query))
                        return Advance.Continue;
                    if (_inner.BestValue < _bestValue)
                        Improve(_inner.Best, _inner.BestValue);
                    if (_inner.BestValue < _currentValue)
                    {
                        _inner.Best.CopyTo(_current);
                        _currentValue = _inner.BestValue;
                    }

                    _unimproved = 0;
                    return Cool();

                default:
                    return Take();
            }
        }

        private Advance Take()
        {
            double value = Query.Value();
            if (!Query.IsFinite())
            {
                if (++_undefined == MaxUndefined)
                    return Advance.Stop(StopReason.NonFinite);
            }
            else
            {
                _undefined = 0;
                Judge(value);
            }

            if (++_trial < 2 * _n)
                return AskTrial(Advance.Continue);
            if (_inner is null || !SearchesNow())
                return Cool();
            _phase = Phase.Local;
            _inner.Begin(_improved ? _best : _current, _key.Fold("local").Fold(_searches++), Query);
            return Advance.Continue;
        }

        private bool SearchesNow()
        {
            if (_improved || _unimproved >= MaxUnimproved)
                return true;
            return _stream.NextDouble() < Math.Exp(SearchFactor * _n * (_bestValue - _currentValue) * (_step + 1) / _temperature);
        }

        private void Judge(double value)
        {
            _unimproved++;
            bool accept = value < _currentValue;
            if (!accept)
            {
                double power = 1 - _options.Accept, chance = 1 - (power * (value - _currentValue) * (_step + 1) / _temperature);
                accept = _stream.NextDouble() <= (chance <= 0 ? 0 : Math.Exp(Math.Log(chance) / power));
            }

            if (!accept)
                return;
            Query.Point().CopyTo(_current);
            _currentValue = value;
            if (value < _bestValue)
            {
                Improve(Query.Point(), value);
                _improved = true;
                _unimproved = 0;
            }
        }

        private Advance Cool()
        {
            _step++;
            return BeginChain(Advance.Iteration);
        }

        private Advance BeginChain(Advance done)
        {
            double q = _options.Visit - 1;
            _stream = _key.Fold(_temperatures++).Stream();
            _temperature = _options.InitialTemperature * (Math.Pow(2, q) - 1) / (Math.Pow(_step + 2, q) - 1);
            if (_temperature < _options.InitialTemperature * _options.RestartRatio)
            {
                // From a new point, hot again; its value counts as infinite, so that the first trial is accepted.
                _step = 0;
                _temperature = _options.InitialTemperature;
                foreach (int i in _box.Free)
                    _current[i] = _box.Lower[i] + (_stream.NextDouble() * _box.Width(i));
                _currentValue = double.PositiveInfinity;
            }

            _trial = 0;
            _improved = false;
            _phase = Phase.Chain;
            Query.Needs = Oracle.Value;
            Query.Count = 1;
            return AskTrial(done);
        }

        private Advance AskTrial(Advance done)
        {
            Span<double> x = Query.Point();
            _current.CopyTo(x);
            if (_trial < _n)
            {
                foreach (int i in _box.Free)
                    x[i] = Jump(i);
            }
            else
            {
                int i = _box.Free[_trial - _n];
                x[i] = Jump(i);
            }

            return done;
        }

        /// <summary>A coordinate displaced by a draw of the visiting distribution; what leaves the box comes in on the other side.</summary>
        private double Jump(int i)
        {
            double q = _options.Visit, sigma = _visitFactor * Math.Exp(Math.Log(_temperature) / (3 - q));
            double jump = sigma * _stream.NextNormal() / Math.Exp((q - 1) * Math.Log(Math.Abs(_stream.NextNormal())) / (3 - q));
            if (!(Math.Abs(jump) <= LongestJump))
                jump = Math.Sign(jump) * LongestJump * _stream.NextDouble();
            double width = _box.Width(i), along = (_current[i] + jump - _box.Lower[i]) % width;
            if (along < 0)
                along += width;
            double x = _box.Clamp(_box.Lower[i] + along, i);
            return Math.Abs(x - _box.Lower[i]) < ShortestJump * width ? _box.Clamp(x + (ShortestJump * width), i) : x;
        }

        private void Improve(ReadOnlySpan<double> point, double value)
        {
            point.CopyTo(_best);
            _bestValue = value;
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_current);
            archive.Transfer<double>(_best);
            ulong position = _stream.Position;
            archive.Transfer(ref position);
            archive.Transfer(ref _phase);
            archive.Transfer(ref _currentValue);
            archive.Transfer(ref _bestValue);
            archive.Transfer(ref _temperature);
            archive.Transfer(ref _temperatures);
            archive.Transfer(ref _searches);
            archive.Transfer(ref _step);
            archive.Transfer(ref _trial);
            archive.Transfer(ref _unimproved);
            archive.Transfer(ref _undefined);
            archive.Transfer(ref _improved);
            if (archive.IsLoading && _temperatures > 0)
                _stream = RandomStream.At(_key.Fold(_temperatures - 1), position);
            if (_inner is not null)
                archive.Transfer(_inner);
        }
    }
}
