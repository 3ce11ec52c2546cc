using OptiCore.Persistence;
using OptiCore.Randomness;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// Separable natural evolution strategy: the natural gradient for a normal distribution with a standard deviation of its own for each coordinate. Linear in n, for many variables or
/// nearly separable functions.
/// </summary>
/// <remarks>
/// D. Wierstra, T. Schaul, T. Glasmachers, Y. Sun, J. Peters, J. Schmidhuber (2014), Natural evolution strategies, JMLR 15, 949-980, algorithm 6. With x = mu + sigma s and utilities u:
/// mu += eta_mu sigma sum u s, sigma *= exp(eta_sigma/2 sum u (s^2 - 1)), eta_mu = 1, eta_sigma = (3 + ln n)/(5 sqrt(n)). Bounds and criteria as in <see cref="Xnes"/>; compare <see cref="SeparableCmaEs"/>.
/// </remarks>
[Algorithm("SNES", "Evolution strategies", "Schaul, Glasmachers, Schmidhuber (2011), High dimensions and heavy tails for natural evolution strategies", Capabilities = "values, bounds, linear cost")]
public sealed record Snes : ISolver<double, IFunction<double>>, IBoundedSolver
{
    /// <summary>The first standard deviation of every coordinate. Default: 0.5.</summary>
    public double InitialStep { get; init => field = Require.Positive(value); } = 0.5;

    /// <summary>The points of a generation, at least 2; 0 for 4 + floor(3 ln n). Default: 0.</summary>
    public int Population { get; init => field = value == 0 ? 0 : Require.AtLeast(value, 2); }

    /// <summary>The rate of the mean, eta_mu. Default: 1.</summary>
    public double MeanRate { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The rate of the standard deviations, eta_sigma; 0 for (3 + ln n)/(5 sqrt(n)). Default: 0.</summary>
    public double ShapeRate { get; init => field = Require.NonNegative(value); }

    /// <summary>Converged when every standard deviation is below this times <see cref="InitialStep"/>. Default: 1e-12.</summary>
    public double PointTolerance { get; init => field = Require.NonNegative(value); } = 1e-12;

    /// <summary>Converged when the values of the last generations differ by less than this. Default: 1e-12.</summary>
    public double ValueTolerance { get; init => field = Require.NonNegative(value); } = 1e-12;

    /// <inheritdoc/>
    public Bounds? Bounds { get; init; }

    /// <summary>None: an evolution strategy has its own criteria.</summary>
    public StoppingRules Stopping => StoppingRules.Never;

    /// <inheritdoc/>
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key)
    {
        var settings = new EvolutionSettings(Population, InitialStep, PointTolerance, ValueTolerance, Bounds);
        return new EvolutionState(new Distribution(this, shape.Dimension, settings.PopulationFor(shape.Dimension)), settings, shape, start, key);
    }

    private sealed class Distribution : ISearchDistribution
    {
        private readonly int _n;
        private readonly double _meanRate, _shapeRate;
        private readonly double[] _utilities, _mean, _sigma, _s, _first, _second;

        public Distribution(Snes options, int n, int population)
        {
            _n = n;
            _meanRate = options.MeanRate;
            _shapeRate = options.ShapeRate > 0 ? options.ShapeRate : (3 + Math.Log(n)) / (5 * Math.Sqrt(n));
            _utilities = NesRates.Utilities(population);
            _mean = new double[n];
            _sigma = new double[n];
            _sigma.AsSpan().Fill(options.InitialStep);
            _s = new double[population * n];
            _first = new double[n];
            _second = new double[n];
        }

        public Span<double> Mean => _mean;

        public double Deviation(int i) => _sigma[i];

        public void Sample(RandomKey key, Query<double> query)
        {
            RandomFill.Normal(key, _s);
            for (int i = 0; i < query.Count; i++)
            {
                Span<double> point = query.Point(i);
                for (int j = 0; j < _n; j++)
                    point[j] = _mean[j] + (_sigma[j] * _s[(i * _n) + j]);
            }
        }

        public bool Learn(Ranking ranking)
        {
            _first.AsSpan().Clear();
            _second.AsSpan().Clear();
            for (int rank = 0; rank < ranking.Count; rank++)
            {
                ReadOnlySpan<double> s = _s.AsSpan(ranking.Order[rank] * _n, _n);
                double u = NesRates.Utility(_utilities, rank, ranking);
                for (int j = 0; j < _n; j++)
                {
                    _first[j] += u * s[j];
                    _second[j] += u * ((s[j] * s[j]) - 1);
                }
            }

            for (int j = 0; j < _n; j++)
            {
                _mean[j] += _meanRate * _sigma[j] * _first[j];
                _sigma[j] *= Math.Exp(_shapeRate / 2 * _second[j]);
            }

            return true;
        }

        public void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_mean);
            archive.Transfer<double>(_sigma);
            archive.Transfer<double>(_s);
        }
    }
}
