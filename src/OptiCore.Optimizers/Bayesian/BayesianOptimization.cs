using OptiCore.Persistence;
using OptiCore.Randomness;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>What value a pending point is given while the rest of its batch is chosen.</summary>
public enum Lie
{
    /// <summary>The smallest observed value: greedy batches, close to each other.</summary>
    Smallest,

    /// <summary>The mean of the observed values.</summary>
    Mean,

    /// <summary>The largest observed value: batches that spread.</summary>
    Largest,

    /// <summary>The posterior mean at the point (Kriging believer).</summary>
    Believer,
}

/// <summary>The value that improvements are measured from.</summary>
public enum Incumbent
{
    /// <summary>The smallest posterior mean at an observed point, which noise doesn't deceive.</summary>
    PosteriorMean,

    /// <summary>The smallest observed value, as for values without noise.</summary>
    Observation,
}

/// <summary>
/// Bayesian optimization: for functions so dear that an hour of thought between evaluations would pay, up to some hundred evaluations of up to some twenty variables; continuous, integer and categorical.
/// A Gaussian process is fitted to all values, and the points where an acquisition promises most are evaluated next, several at a time if asked for.
/// </summary>
/// <remarks>
/// <para>The starting point and scrambled Sobol points come first. Each iteration refits the hyperparameters (<see cref="GaussianProcess"/>) and chooses <see cref="BatchSize"/> points; a chosen point that was
/// evaluated before is replaced by a random one while there are others. A value that isn't finite counts as the largest one seen; more than 10 (d + 1) of them in a row end the run as Failed. <see cref="SolverState{T}.Point"/> is the observed point of smallest posterior
/// mean. Memory and time grow with the number n of evaluations, as n^2 and n^3 an iteration, and every iteration allocates.</para>
/// <para>P. I. Frazier (2018), A tutorial on Bayesian optimization; D. R. Jones, M. Schonlau and W. J. Welch (1998), Efficient global optimization of expensive black-box functions; lies by D. Ginsbourger,
/// R. Le Riche and L. Carraro (2010), Kriging is well-suited to parallelize optimization; integer and categorical inputs enter the covariance as the values that are evaluated, after E. C. Garrido-Merchán and
/// D. Hernández-Lobato (2020), Dealing with categorical and integer-valued variables in Bayesian optimization with Gaussian processes.</para>
/// <para>In more variables prefer <see cref="Turbo"/>; when an evaluation takes less than a second, an evolution strategy.</para>
/// </remarks>
[Algorithm("Bayesian optimization", "Surrogate models", "Frazier (2018), A tutorial on Bayesian optimization", Capabilities = "values, noise, bounds, integers, categories, batches")]
public sealed record BayesianOptimization : ISolver<double, IFunction<double>>, IBoundedSolver
{
    /// <summary>The variables.</summary>
    public required SearchSpace Space { get; init => field = Require.NotNull(value, nameof(Space)); }

    /// <inheritdoc/>
    public Bounds? Bounds => Space.Bounds;

    /// <summary>What a point promises. Default: <see cref="LogExpectedImprovement"/>; <see cref="KnowledgeGradient"/> under strong noise, <see cref="BatchExpectedImprovement"/> for batches.</summary>
    public Acquisition Acquisition { get; init => field = Require.NotNull(value, nameof(Acquisition)); } = new LogExpectedImprovement();

    /// <summary>What the process assumes.</summary>
    public GaussianProcessOptions Process { get; init => field = Require.NotNull(value, nameof(Process)); } = new();

    /// <summary>The number of points before the first fit; 0 for 2 (d + 1). Default: 0.</summary>
    public int InitialPoints { get; init => field = Require.NonNegative(value); }

    /// <summary>The number of points that are asked at once. Default: 1.</summary>
    public int BatchSize { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The values of pending points of a batch, for acquisitions that don't know of them. Default: <see cref="Lie.Believer"/>.</summary>
    public Lie Lie { get; init => field = Require.Defined(value); } = Lie.Believer;

    /// <summary>What improvements are measured from. Default: <see cref="Incumbent.PosteriorMean"/>.</summary>
    public Incumbent Incumbent { get; init => field = Require.Defined(value); } = Incumbent.PosteriorMean;

    /// <summary>The number of points at which the acquisition is looked at before the best are refined. Default: 512.</summary>
    public int Candidates { get; init => field = Require.AtLeast(value, 64); } = 512;

    /// <summary>When an iterate is good enough. Default: never; give a limit of evaluations or a target.</summary>
    public StoppingRules Stopping { get; init => field = Require.NotNull(value, nameof(Stopping)); } = new();

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The space has another number of variables than the problem, or the start doesn't lie in it.</exception>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
    {
        Require.Length(Space.Dimension, shape.Dimension, nameof(Space));
        Space.RequireInside(start);
        int initial = Math.Max(2, InitialPoints == 0 ? 2 * (shape.Dimension + 1) : InitialPoints);
        return new State(this, new Query<double>(shape, Oracle.Value, Math.Max(initial, BatchSize)), start, initial, key);
    }

    private sealed class State : SolverState<double>
    {
        private readonly BayesianOptimization _options;
        private readonly Proposal _proposal;
        private readonly RandomKey _key;
        private readonly double[] _inputs;
        private readonly double[] _lengthScales;
        private readonly double[] _point;
        private double[] _points = [];
        private double[] _values = [];
        private double _value = double.NaN, _noiseRatio;
        private int _count, _iteration, _undefined;

        public State(BayesianOptimization options, Query<double> query, ReadOnlySpan<double> start, int initial, RandomKey key)
            : base(query)
        {
            _options = options;
            _key = key;
            int d = query.Dimension;
            _inputs = new double[d];
            _point = start.ToArray();
            var process = new GaussianProcess(d, options.Process, options.Space.Categories());
            _proposal = new Proposal(options.Space, process, new AcquisitionMaximizer(options.Space, options.Candidates));
            _lengthScales = process.LengthScales.ToArray();
            _noiseRatio = process.NoiseRatio;
            Query.Count = initial;
            var units = new double[(initial - 1) * d];
            new Sobol(d, key.Fold(0)).Fill(units);
            start.CopyTo(Query.Point());
            for (int i = 1; i < initial; i++)
                options.Space.FromUnit(units.AsSpan((i - 1) * d, d), Query.Point(i));
        }

        public override ReadOnlySpan<double> Point => _point;

        public override double Value => _value;

        public override Advance Tell()
        {
            Remember();
            if (!Array.Exists(_values, double.IsFinite))
                return Advance.Stop(StopReason.NonFiniteStart);
            if (_undefined > 10 * (Query.Dimension + 1))
                return Advance.Stop(StopReason.NonFinite, iterated: true);
            _iteration++;
            Fit();
            Choose();
            return Advance.Iteration;
        }

        private void Remember()
        {
            int d = Query.Dimension;
            Array.Resize(ref _points, (_count + Query.Count) * d);
            Array.Resize(ref _values, _count + Query.Count);
            Query.Points.CopyTo(_points.AsSpan(_count * d));
            for (int i = 0; i < Query.Count; i++)
            {
                _values[_count + i] = Query.IsFinite(i) ? Query.Value(i) : double.NaN;
                _undefined = Query.IsFinite(i) ? 0 : _undefined + 1;
            }

            _count += Query.Count;
        }

        private void Fit()
        {
            int d = Query.Dimension;
            GaussianProcess process = _proposal.Process;
            process.Truncate(0);
            double largest = double.NegativeInfinity;
            foreach (double value in _values)
                largest = double.IsNaN(value) ? largest : Math.Max(largest, value);
            for (int i = 0; i < _count; i++)
            {
                _options.Space.ToInputs(_points.AsSpan(i * d, d), _inputs);
                process.Add(_inputs, double.IsNaN(_values[i]) ? largest : _values[i]);
            }

            process.SetHyperparameters(_lengthScales, _noiseRatio);
            process.Fit(_key.Fold(1).Fold(_iteration));
            process.LengthScales.CopyTo(_lengthScales);
            _noiseRatio = process.NoiseRatio;
            int best = -1;
            double least = double.PositiveInfinity;
            for (int i = 0; i < _count; i++)
            {
                double value = _options.Incumbent == Incumbent.Observation ? _values[i] : process.PosteriorMean(i);
                if (!double.IsNaN(_values[i]) && value < least)
                    (least, best) = (value, i);
            }

            _proposal.Best = least;
            _points.AsSpan(best * d, d).CopyTo(_point);
            _value = _values[best];
            _point.CopyTo(_proposal.Incumbent, 0);
        }

        private void Choose()
        {
            int d = Query.Dimension;
            GaussianProcess process = _proposal.Process;
            RandomKey key = _key.Fold(2).Fold(_iteration);
            _proposal.Pending.Clear();
            Query.Count = _options.BatchSize;
            int observed = process.Count;
            for (int i = 0; i < _options.BatchSize; i++)
            {
                Span<double> x = Query.Point(i);
                _options.Acquisition.Propose(_proposal, key.Fold(i), x);
                for (int attempt = 0; attempt < 100 && Known(x, i); attempt++)
                {
                    RandomFill.Uniform(key.Fold(i).Fold(1000 + attempt), _inputs);
                    _options.Space.FromUnit(_inputs, x);
                }

                _options.Space.ToInputs(x, _inputs);
                _proposal.Pending.AddRange(_inputs);
                if (_options.Acquisition.KnowsPending || i == _options.BatchSize - 1)
                    continue;
                process.Predict(_inputs, out double mean, out _);
                process.Add(_inputs, _options.Lie == Lie.Believer ? mean : Told());
                process.Condition();
            }

            process.Truncate(observed);
        }

        /// <summary>The constant lie.</summary>
        private double Told()
        {
            double least = double.PositiveInfinity, most = double.NegativeInfinity, sum = 0;
            int count = 0;
            foreach (double value in _values)
            {
                if (double.IsNaN(value))
                    continue;
                (least, most, sum, count) = (Math.Min(least, value), Math.Max(most, value), sum + value, count + 1);
            }

            return _options.Lie switch
            {
                Lie.Smallest => least,
                Lie.Largest => most,
                _ => sum / count,
            };
        }

        /// <summary>Whether a point was evaluated before or is part of this batch already. Under noise a point may be worth another look, so only spaces without continuous variables avoid them.</summary>
        private bool Known(ReadOnlySpan<double> x, int batch)
        {
            int d = Query.Dimension;
            if (!_options.Space.IsDiscrete || _noiseRatio > 1e-3)
                return false;
            for (int i = 0; i < _count; i++)
            {
                if (x.SequenceEqual(_points.AsSpan(i * d, d)))
                    return true;
            }

            for (int i = 0; i < batch; i++)
            {
                if (x.SequenceEqual(Query.Point(i)))
                    return true;
            }

            return false;
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer(ref _points);
            archive.Transfer(ref _values);
            archive.Transfer<double>(_point);
            archive.Transfer<double>(_lengthScales);
            archive.Transfer(ref _noiseRatio);
            archive.Transfer(ref _value);
            archive.Transfer(ref _count);
            archive.Transfer(ref _iteration);
            archive.Transfer(ref _undefined);
        }
    }
}
