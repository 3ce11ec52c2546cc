using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// Differential evolution: each member of a population competes with a trial made of the differences of others, whose lengths and directions adapt by themselves. Robust on functions with
/// several minima in up to some tens of variables, given time.
/// </summary>
/// <remarks>
/// <para>R. Storn and K. Price (1997), Differential evolution: a simple and efficient heuristic for global optimization over continuous spaces, J. Global Optim. 11, 341-359; the other
/// strategies and exponential crossover: K. Price, R. Storn, J. Lampinen (2005), Differential evolution. A trial replaces its target when its value is not larger. All trials of a generation are made of the same population (generational), so that they are one question.</para>
/// <para>The first population is a Latin hypercube of the bounds, or of <see cref="InitialSpread"/> around the start in variables without; the start is its first member. A variable that leaves its
/// bounds is put half-way between the bound and the target's. Cost beside the function: O(n) a trial.</para>
/// <para>Converged when points and values of the whole population agree. <see cref="Lshade"/> adapts F and CR and usually needs far fewer evaluations.</para>
/// </remarks>
[Algorithm("Differential evolution", "Differential evolution", "Storn, Price (1997), Differential evolution", Capabilities = "values, bounds")]
public sealed record DifferentialEvolution : ISolver<double, IFunction<double>>, IBoundedSolver
{
    /// <summary>The vectors of a donor. Default: rand/1.</summary>
    public DifferentialStrategy Strategy { get; init => field = Require.Defined(value); } = DifferentialStrategy.Rand1;

    /// <summary>How donor and target are mixed. Default: binomial.</summary>
    public DifferentialCrossover Crossover { get; init => field = Require.Defined(value); } = DifferentialCrossover.Binomial;

    /// <summary>The members, at least 6; 0 for 10 n, but at least 20. Default: 0.</summary>
    public int Population { get; init => field = value == 0 ? 0 : Require.AtLeast(value, 6); }

    /// <summary>The factor F of differences, in (0, 2]. Default: 0.5, as in the paper.</summary>
    public double Weight { get; init => field = Require.InOpenClosed(value, 0, 2); } = 0.5;

    /// <summary>The largest factor: when above <see cref="Weight"/>, F is drawn between both anew for each generation (dither). Default: 0, none.</summary>
    public double DitherTo { get; init => field = Require.InClosed(value, 0, 2); }

    /// <summary>The crossover rate CR. Default: 0.9.</summary>
    public double CrossoverRate { get; init => field = Require.InClosed(value, 0, 1); } = 0.9;

    /// <summary>The half-width of the first population around the start, in variables without bounds. Default: 2.</summary>
    public double InitialSpread { get; init => field = Require.Positive(value); } = 2;

    /// <summary>Converged when no member is further from the best, in any coordinate, than this times max(1, |x|), and the values agree. Default: 1e-6.</summary>
    public double PointTolerance { get; init => field = Require.Positive(value); } = 1e-6;

    /// <summary>Converged when the values differ by no more than this times max(1, |f|), and the points agree. Default: 1e-10.</summary>
    public double ValueTolerance { get; init => field = Require.Positive(value); } = 1e-10;

    /// <inheritdoc/>
    public Bounds? Bounds { get; init; }

    /// <summary>None: a population has its own criteria.</summary>
    public StoppingRules Stopping => StoppingRules.Never;

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) => new State(this, shape, start, key);

    private sealed class State : SolverState<double>
    {
        private readonly DifferentialEvolution _options;
        private readonly RandomKey _key;
        private readonly Box _box;
        private readonly Population _population;
        private readonly PopulationProgress _progress;
        private long _generation;

        public State(DifferentialEvolution options, ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
            : base(new Query<double>(shape, Oracle.Value, options.Population > 0 ? options.Population : Math.Max(20, 10 * shape.Dimension)))
        {
            _options = options;
            _key = key;
            _box = new Box(options.Bounds, start.Length);
            _population = new Population(Query.Capacity, start.Length);
            _population.Spread(key.Fold("first"), start, _box.Lower, _box.Upper, options.InitialSpread);
            _progress = new PopulationProgress(options.PointTolerance, options.ValueTolerance);
            Query.Count = _population.Count;
            _population.Points.CopyTo(Query.Points);
        }

        public override ReadOnlySpan<double> Point => _population.Member(_population.Best);

        public override double Value => _progress.Value;

        public override double ValueChange => _progress.Change;

        public override string? Describe(StopReason reason) => _progress.Describe(reason);

        public override Advance Tell()
        {
            bool anyFinite = false;
            for (int i = 0; i < _population.Count; i++)
            {
                double value = Query.IsFinite(i) ? Query.Value(i) : double.PositiveInfinity;
                anyFinite |= Query.IsFinite(i);
                if (value <= _population.Values[i])
                    _population.Replace(i, Query.Point(i), value);
            }

            Advance advance = _progress.After(_population, anyFinite);
            if (advance.Reason == StopReason.None)
                Ask();
            return advance;
        }

        private void Ask()
        {
            _generation++;
            RandomStream shared = _key.Fold("weight").Fold(_generation).Stream();
            double weight = _options.DitherTo > _options.Weight ? _options.Weight + ((_options.DitherTo - _options.Weight) * shared.NextDouble()) : _options.Weight;
            RandomKey key = _key.Fold(_generation);
            for (int i = 0; i < _population.Count; i++)
            {
                RandomStream stream = key.Fold(i).Stream();
                Span<double> trial = Query.Point(i);
                ReadOnlySpan<double> target = _population.Member(i);
                Donate(ref stream, i, weight, trial);
                if (_options.Strategy != DifferentialStrategy.CurrentToRand1)
                {
                    if (_options.Crossover == DifferentialCrossover.Binomial)
                        Trials.CrossBinomially(ref stream, _options.CrossoverRate, target, trial);
                    else
                        Trials.CrossExponentially(ref stream, _options.CrossoverRate, target, trial);
                }

                Trials.Repair(_box, target, trial);
            }
        }

        private void Donate(ref RandomStream stream, int i, double f, Span<double> donor)
        {
            Span<int> r = stackalloc int[5];
            Trials.Distinct(ref stream, _population.Count, i, r);
            ReadOnlySpan<double> x = _population.Member(i), best = _population.Member(_population.Best);
            ReadOnlySpan<double> r0 = _population.Member(r[0]), r1 = _population.Member(r[1]), r2 = _population.Member(r[2]);
            ReadOnlySpan<double> r3 = _population.Member(r[3]), r4 = _population.Member(r[4]);
            double k = _options.Strategy == DifferentialStrategy.CurrentToRand1 ? stream.NextDouble() : 0;
            for (int j = 0; j < donor.Length; j++)
            {
                donor[j] = _options.Strategy switch
                {
                    DifferentialStrategy.Best1 => best[j] + (f * (r0[j] - r1[j])),
                    DifferentialStrategy.CurrentToBest1 => x[j] + (f * (best[j] - x[j])) + (f * (r0[j] - r1[j])),
                    DifferentialStrategy.Rand2 => r0[j] + (f * (r1[j] - r2[j])) + (f * (r3[j] - r4[j])),
                    DifferentialStrategy.Best2 => best[j] + (f * (r0[j] - r1[j])) + (f * (r2[j] - r3[j])),
                    DifferentialStrategy.CurrentToRand1 => x[j] + (k * (r0[j] - x[j])) + (f * (r1[j] - r2[j])),
                    _ => r0[j] + (f * (r1[j] - r2[j])),
                };
            }
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer(ref _generation);
            archive.Transfer(_population);
            archive.Transfer(_progress);
        }
    }
}
