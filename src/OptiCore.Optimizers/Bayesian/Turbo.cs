using OptiCore.Persistence;
using OptiCore.Randomness;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// TuRBO: Bayesian optimization within a trust region, for up to some hundred variables and thousands of evaluations. A Gaussian process is fitted to the points of the current region's run; the next points are
/// minima of posterior draws (Thompson sampling) on Sobol points of a box around the best one. The box grows after successes in a row, shrinks after failures, and a box that has become too small starts again elsewhere.
/// </summary>
/// <remarks>
/// <para>The box has the sides L l_i / (l_1 ... l_d)^(1/d), l the length scales, in the unit cube. A candidate takes each coordinate from the box with probability min(1, 20/d) and from the centre else, at least one from the box. A batch
/// is a success when it improves the run's best value by more than 1e-3 of its size. A value that isn't finite counts as the largest one of the run; more than 10 (d + 1) of them in a row end it as Failed. One region at a time (TuRBO-1).</para>
/// <para>D. Eriksson, M. Pearce, J. Gardner, R. Turner and M. Poloczek (2019), Scalable global optimization via local Bayesian optimization, NeurIPS. Its defaults, and 2 d points before the first fit.</para>
/// <para>Every iteration allocates; a draw at m candidates costs m^3 / 3 operations.</para>
/// </remarks>
[Algorithm("TuRBO", "Surrogate models", "Eriksson, Pearce, Gardner, Turner, Poloczek (2019), Scalable global optimization via local Bayesian optimization", Capabilities = "values, bounds, batches")]
public sealed record Turbo : ISolver<double, IFunction<double>>, IBoundedSolver
{
    /// <summary>The variables; integers are rounded, categories aren't allowed.</summary>
    public required SearchSpace Space { get; init => field = Require.NotNull(value, nameof(Space)); }

    /// <inheritdoc/>
    public Bounds? Bounds => Space.Bounds;

    /// <summary>What the process assumes. Default: Matérn 5/2, length scales from 0.005 to 2 by likelihood alone.</summary>
    public GaussianProcessOptions Process { get; init => field = Require.NotNull(value, nameof(Process)); } = new() { LengthScalePrior = false, MaxLengthScale = 2 };

    /// <summary>The number of points that are asked at once. Default: 1.</summary>
    public int BatchSize { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The number of points of a run before its first fit; 0 for 2 d. Default: 0.</summary>
    public int InitialPoints { get; init => field = Require.NonNegative(value); }

    /// <summary>The length of a new box's sides. Default: 0.8.</summary>
    public double InitialLength { get; init => field = Require.InOpenClosed(value, 0, 2); } = 0.8;

    /// <summary>The length below which a run ends and the next begins. Default: 2^-7.</summary>
    public double MinLength { get; init => field = Require.InOpen(value, 0, 1); } = 0.0078125;

    /// <summary>The largest length. Default: 1.6.</summary>
    public double MaxLength { get; init => field = Require.InOpenClosed(value, 0, 4); } = 1.6;

    /// <summary>The successes in a row that double the length. Default: 3.</summary>
    public int SuccessTolerance { get; init => field = Require.Positive(value); } = 3;

    /// <summary>The failures in a row that halve the length; 0 for max(4, d) divided by the batch size. Default: 0.</summary>
    public int FailureTolerance { get; init => field = Require.NonNegative(value); }

    /// <summary>The largest number of candidates of a draw; there are 100 d, but no more. Default: 5000.</summary>
    public int MaxCandidates { get; init => field = Require.AtLeast(value, 16); } = 5000;

    /// <summary>When an iterate is good enough. Default: never; give a limit of evaluations or a target.</summary>
    public StoppingRules Stopping { get; init => field = Require.NotNull(value, nameof(Stopping)); } = new();

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The space has categories or another number of variables than the problem, or the start doesn't lie in it.</exception>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
    {
        Require.Length(Space.Dimension, shape.Dimension, nameof(Space));
        Space.RequireInside(start);
        foreach (SearchVariable v in Space.Variables)
        {
            if (v.Kind == VariableKind.Categorical)
                throw new ArgumentException($"A trust region needs an order, which the choices of '{v.Name}' don't have: use BayesianOptimization.", nameof(shape));
        }

        int initial = Math.Max(2, InitialPoints == 0 ? 2 * shape.Dimension : InitialPoints);
        return new State(this, new Query<double>(shape, Oracle.Value, Math.Max(initial, BatchSize)), start, initial, key);
    }

    private sealed class State : SolverState<double>
    {
        private readonly Turbo _options;
        private readonly RandomKey _key;
        private readonly GaussianProcess _process;
        private readonly double[] _point;
        private readonly double[] _center;
        private readonly double[] _lengthScales;
        private readonly int _initial;
        private double[] _points = [];
        private double[] _values = [];
        private double _value = double.NaN, _best = double.PositiveInfinity, _length, _noiseRatio, _largest = double.NegativeInfinity;
        private int _iteration, _runs, _successes, _failures, _undefined;
        private bool _fitted;

        public State(Turbo options, Query<double> query, ReadOnlySpan<double> start, int initial, RandomKey key)
            : base(query)
        {
            _options = options;
            _key = key;
            _initial = initial;
            int d = query.Dimension;
            _process = new GaussianProcess(d, options.Process);
            (_point, _center, _lengthScales, _noiseRatio) = (start.ToArray(), new double[d], _process.LengthScales.ToArray(), _process.NoiseRatio);
            BeginRun();
            start.CopyTo(Query.Point());
        }

        public override ReadOnlySpan<double> Point => _point;

        public override double Value => _value;

        private int FailureTolerance => _options.FailureTolerance > 0
            ? _options.FailureTolerance : (Math.Max(4, Query.Dimension) + _options.BatchSize - 1) / _options.BatchSize;

        public override Advance Tell()
        {
            bool improved = Remember();
            if (double.IsNaN(_value))
                return Advance.Stop(StopReason.NonFiniteStart);
            if (_undefined > 10 * (Query.Dimension + 1))
                return Advance.Stop(StopReason.NonFinite, iterated: true);
            _iteration++;
            if (_fitted)
                Resize(improved);
            if (_length < _options.MinLength || double.IsPositiveInfinity(_best))
            {
                BeginRun();
                return Advance.Iteration;
            }

            Fit();
            Choose();
            return Advance.Iteration;
        }

        private bool Remember()
        {
            int d = Query.Dimension, before = _values.Length;
            double best = _best;
            Array.Resize(ref _points, (before + Query.Count) * d);
            Array.Resize(ref _values, before + Query.Count);
            for (int i = 0; i < Query.Count; i++)
            {
                double value = Query.IsFinite(i) ? Query.Value(i) : double.NaN;
                _options.Space.ToInputs(Query.Point(i), _points.AsSpan((before + i) * d, d));
                _values[before + i] = value;
                _undefined = double.IsNaN(value) ? _undefined + 1 : 0;
                if (double.IsNaN(value))
                    continue;
                _largest = Math.Max(_largest, value);
                if (value < _best)
                {
                    _best = value;
                    _points.AsSpan((before + i) * d, d).CopyTo(_center);
                }

                if (!(value >= _value))
                {
                    _value = value;
                    Query.Point(i).CopyTo(_point);
                }
            }

            return _best < best - (1e-3 * Math.Abs(best));
        }

        private void Resize(bool improved)
        {
            (_successes, _failures) = improved ? (_successes + 1, 0) : (0, _failures + 1);
            if (_successes == _options.SuccessTolerance)
                (_length, _successes) = (Math.Min(2 * _length, _options.MaxLength), 0);
            else if (_failures == FailureTolerance)
                (_length, _failures) = (_length / 2, 0);
        }

        private void BeginRun()
        {
            int d = Query.Dimension;
            (_points, _values) = ([], []);
            (_best, _largest, _length, _successes, _failures, _fitted) = (double.PositiveInfinity, double.NegativeInfinity, _options.InitialLength, 0, 0, false);
            Query.Count = _initial;
            var units = new double[_initial * d];
            new Sobol(d, _key.Fold(0).Fold(_runs++)).Fill(units);
            for (int i = 0; i < _initial; i++)
                _options.Space.FromUnit(units.AsSpan(i * d, d), Query.Point(i));
        }

        private void Fit()
        {
            int d = Query.Dimension;
            _process.Truncate(0);
            for (int i = 0; i < _values.Length; i++)
                _process.Add(_points.AsSpan(i * d, d), double.IsNaN(_values[i]) ? _largest : _values[i]);
            _process.SetHyperparameters(_lengthScales, _noiseRatio);
            _process.Fit(_key.Fold(1).Fold(_iteration));
            _process.LengthScales.CopyTo(_lengthScales);
            _noiseRatio = _process.NoiseRatio;
            _fitted = true;
        }

        private void Choose()
        {
            int d = Query.Dimension, m = Math.Min(100 * d, _options.MaxCandidates);
            RandomKey key = _key.Fold(2).Fold(_iteration);
            double[] units = new double[m * d], mask = new double[m * d], draws = new double[m * _options.BatchSize], inputs = new double[m * d], x = new double[d];
            new Sobol(d, key.Fold(0)).Fill(units);
            RandomFill.Uniform(key.Fold(1), mask);
            double mean = 0;
            foreach (double l in _lengthScales)
                mean += Math.Log(l) / d;
            double moves = Math.Min(1, 20.0 / d);
            for (int i = 0; i < m; i++)
            {
                // Where no coordinate would move, one does.
                int sure = (int)(mask[i * d] * 1048576 * d) % d;
                for (int j = 0; j < d; j++)
                {
                    double half = 0.5 * _length * Math.Exp(Math.Log(_lengthScales[j]) - mean), low = Math.Max(0, _center[j] - half), high = Math.Min(1, _center[j] + half);
                    ref double u = ref units[(i * d) + j];
                    u = mask[(i * d) + j] < moves || (j == sure && StaysPut(mask.AsSpan(i * d, d), moves)) ? low + (u * (high - low)) : _center[j];
                }

                _options.Space.FromUnit(units.AsSpan(i * d, d), x);
                _options.Space.ToInputs(x, inputs.AsSpan(i * d, d));
            }

            _process.Sample(inputs, key.Fold(2), draws);
            Query.Count = _options.BatchSize;
            for (int b = 0; b < _options.BatchSize; b++)
            {
                Span<double> draw = draws.AsSpan(b * m, m);
                int best = 0;
                for (int i = 1; i < m; i++)
                {
                    if (draw[i] < draw[best])
                        best = i;
                }

                // A point isn't asked twice in a batch.
                _options.Space.FromUnit(units.AsSpan(best * d, d), Query.Point(b));
                for (int other = b + 1; other < _options.BatchSize; other++)
                    draws[(other * m) + best] = double.PositiveInfinity;
            }
        }

        private static bool StaysPut(ReadOnlySpan<double> mask, double moves)
        {
            foreach (double u in mask)
            {
                if (u < moves)
                    return false;
            }

            return true;
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer(ref _points);
            archive.Transfer(ref _values);
            archive.Transfer<double>(_point);
            archive.Transfer<double>(_center);
            archive.Transfer<double>(_lengthScales);
            archive.Transfer(ref _noiseRatio);
            archive.Transfer(ref _value);
            archive.Transfer(ref _best);
            archive.Transfer(ref _largest);
            archive.Transfer(ref _length);
            archive.Transfer(ref _iteration);
            archive.Transfer(ref _runs);
            archive.Transfer(ref _successes);
            archive.Transfer(ref _failures);
            archive.Transfer(ref _undefined);
            archive.Transfer(ref _fitted);
        }
    }
}
