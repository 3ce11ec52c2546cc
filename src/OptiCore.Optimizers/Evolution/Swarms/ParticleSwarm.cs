using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Randomness;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// Particle swarm optimization as the standard of 2011: each particle flies on and towards a random point of a ball around its own best place and that of the particles that inform it. For rough
/// functions of up to some tens of variables.
/// </summary>
/// <remarks>
/// <para>M. Clerc (2012), Standard particle swarm optimisation, HAL hal-00764996; M. Zambrano-Bigiarini, M. Clerc, R. Rojas (2013), Standard particle swarm optimisation 2011 at CEC-2013. With
/// own best p, best l of the informants, G = x + c (p + l - 2x)/3 (x + c (p - x)/2 where p is l) and x' uniform in radius in the ball around G of radius |G - x|:
/// v := w v + x' - x, x := x + v; w = 1/(2 ln 2), c = 1/2 + ln 2. The ball makes it independent of the coordinate system. Each particle informs <see cref="Informants"/> random ones and itself; who informs whom is drawn anew
/// when an iteration has not improved the best value.</para>
/// <para>Beyond a bound a particle is set onto it and its velocity there is reversed and halved. All particles move at once, so that they are one question; the standard moves them one after the other. First
/// places are a Latin hypercube of the bounds, or of <see cref="InitialSpread"/> around the start, which is one of them.</para>
/// <para>Converged when the bests of all particles agree. Cost beside the function: O(n) a particle.</para>
/// </remarks>
[Algorithm("Particle swarm (SPSO-2011)", "Swarms", "Clerc (2012), Standard particle swarm optimisation", Capabilities = "values, bounds")]
public sealed record ParticleSwarm : ISolver<double, IFunction<double>>, IBoundedSolver
{
    /// <summary>The particles. Default: 40, as in the standard.</summary>
    public int Particles { get; init => field = Require.AtLeast(value, 2); } = 40;

    /// <summary>How many random particles each informs, besides itself. Default: 3.</summary>
    public int Informants { get; init => field = Require.Positive(value); } = 3;

    /// <summary>The inertia w. Default: 1/(2 ln 2).</summary>
    public double Inertia { get; init => field = Require.InHalfOpen(value, 0, 1); } = 1 / (2 * 0.69314718055994530942);

    /// <summary>The attraction c. Default: 1/2 + ln 2.</summary>
    public double Attraction { get; init => field = Require.Positive(value); } = 0.5 + 0.69314718055994530942;

    /// <summary>The half-width of the first places around the start, in variables without bounds. Default: 2.</summary>
    public double InitialSpread { get; init => field = Require.Positive(value); } = 2;

    /// <summary>Converged when no best place is further from the best of all, in any coordinate, than this times max(1, |x|), and the values agree. Default: 1e-6.</summary>
    public double PointTolerance { get; init => field = Require.Positive(value); } = 1e-6;

    /// <summary>Converged when the values differ by no more than this times max(1, |f|), and the places agree. Default: 1e-10.</summary>
    public double ValueTolerance { get; init => field = Require.Positive(value); } = 1e-10;

    /// <inheritdoc/>
    public Bounds? Bounds { get; init; }

    /// <summary>None: a swarm has its own criteria.</summary>
    public StoppingRules Stopping => StoppingRules.Never;

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) => new State(this, shape, start, key);

    private sealed class State : SolverState<double>
    {
        private readonly ParticleSwarm _options;
        private readonly RandomKey _key;
        private readonly int _n, _count;
        private readonly Box _box;
        private readonly Population _bests;
        private readonly PopulationProgress _progress;
        private readonly double[] _x, _v, _center, _offset;
        private readonly int[] _informs;
        private long _generation, _topology;

        public State(ParticleSwarm options, ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
            : base(new Query<double>(shape, Oracle.Value, options.Particles))
        {
            _options = options;
            _key = key;
            _n = start.Length;
            _count = options.Particles;
            _box = new Box(options.Bounds, _n);
            _bests = new Population(_count, _n);
            _bests.Spread(key.Fold("first"), start, _box.Lower, _box.Upper, options.InitialSpread);
            _progress = new PopulationProgress(options.PointTolerance, options.ValueTolerance);
            _x = new double[_count * _n];
            _v = new double[_count * _n];
            _center = new double[_n];
            _offset = new double[_n];
            _informs = new int[_count * options.Informants];
            _bests.Points.CopyTo(_x);

            // A first velocity leads to another place of the box, seen from x.
            RandomFill.Uniform(key.Fold("velocity"), _v);
            for (int i = 0; i < _v.Length; i++)
            {
                int j = i % _n;
                bool boxed = double.IsFinite(_box.Lower[j]) && double.IsFinite(_box.Upper[j]);
                double low = boxed ? _box.Lower[j] : start[j] - options.InitialSpread, high = boxed ? _box.Upper[j] : start[j] + options.InitialSpread;
                _v[i] = low + ((high - low) * _v[i]) - _x[i];
            }

            Inform();
            Query.Count = _count;
            _x.CopyTo(Query.Points);
        }

        public override ReadOnlySpan<double> Point => _bests.Member(_bests.Best);

        public override double Value => _progress.Value;

        public override double ValueChange => _progress.Change;

        public override string? Describe(StopReason reason) => _progress.Describe(reason);

        public override Advance Tell()
        {
            bool anyFinite = false;
            double before = _bests.Values[_bests.Best];
            for (int i = 0; i < _count; i++)
            {
                double value = Query.IsFinite(i) ? Query.Value(i) : double.PositiveInfinity;
                anyFinite |= Query.IsFinite(i);
                if (value < _bests.Values[i])
                    _bests.Replace(i, Query.Point(i), value);
            }

            Advance advance = _progress.After(_bests, anyFinite);
            if (advance.Reason != StopReason.None)
                return advance;
            if (!(_bests.Values[_bests.Best] < before))
                Inform();
            Move();
            return advance;
        }

        private void Inform()
        {
            RandomStream stream = _key.Fold("topology").Fold(_topology++).Stream();
            for (int i = 0; i < _informs.Length; i++)
                _informs[i] = stream.NextInt32(_count);
        }

        /// <summary>The best of those that inform a particle, itself included.</summary>
        private int BestInformant(int particle)
        {
            int best = particle;
            for (int i = 0; i < _informs.Length; i++)
            {
                if (_informs[i] == particle && _bests.Values[i / _options.Informants] < _bests.Values[best])
                    best = i / _options.Informants;
            }

            return best;
        }

        private void Move()
        {
            RandomKey key = _key.Fold(_generation++);
            for (int i = 0; i < _count; i++)
            {
                RandomStream stream = key.Fold(i).Stream();
                int informant = BestInformant(i);
                Span<double> x = _x.AsSpan(i * _n, _n), v = _v.AsSpan(i * _n, _n);
                ReadOnlySpan<double> own = _bests.Member(i), other = _bests.Member(informant);
                double radius = 0;
                for (int j = 0; j < _n; j++)
                {
                    double pull = informant == i ? _options.Attraction * (own[j] - x[j]) / 2 : _options.Attraction * (own[j] + other[j] - (2 * x[j])) / 3;
                    _center[j] = x[j] + pull;
                    radius += pull * pull;
                    _offset[j] = stream.NextNormal();
                }

                // A uniform direction, and a uniform radius: denser towards the centre than a uniform ball.
                double length = Math.Sqrt(Reduce.SumOfSquares<double>(_offset)), scale = length > 0 ? Math.Sqrt(radius) * stream.NextDouble() / length : 0;
                for (int j = 0; j < _n; j++)
                {
                    v[j] = (_options.Inertia * v[j]) + _center[j] + (scale * _offset[j]) - x[j];
                    x[j] += v[j];
                    if (x[j] < _box.Lower[j] || x[j] > _box.Upper[j])
                    {
                        x[j] = Math.Clamp(x[j], _box.Lower[j], _box.Upper[j]);
                        v[j] *= -0.5;
                    }
                }

                x.CopyTo(Query.Point(i));
            }
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_x);
            archive.Transfer<double>(_v);
            archive.Transfer<int>(_informs);
            archive.Transfer(ref _generation);
            archive.Transfer(ref _topology);
            archive.Transfer(_bests);
            archive.Transfer(_progress);
        }
    }
}
