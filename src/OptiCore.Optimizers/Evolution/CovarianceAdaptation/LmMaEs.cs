using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Randomness;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// The limited-memory matrix adaptation evolution strategy: in place of a covariance matrix it holds m = O(log n) direction vectors, each an average of the search over another length of time,
/// and a sample is stretched along them. For thousands of variables and more that depend on each other; time and memory are O(n log n) a point.
/// </summary>
/// <remarks>
/// <para>I. Loshchilov, T. Glasmachers, H.-G. Beyer (2019), Large scale black-box optimization by limited-memory matrix adaptation, IEEE Trans. Evol. Comput. 23, 353-358. With
/// d = z, d := (1 - c_d,i) d + c_d,i m_i (m_i' d) for each vector i that has been learnt, samples are x = y + sigma d; m_i := (1 - c_c,i) m_i + sqrt(mu_w c_c,i (2 - c_c,i)) sum w_j z_j, with
/// c_d,i = 1.5^(1-i)/n and c_c,i = lambda 4^(1-i)/n, and c_sigma = 2 lambda/n. The paper means n far above lambda; for smaller n the rates c_sigma and c_c are kept at most 1/2, a choice.</para>
/// <para>It replaces LM-CMA (Loshchilov 2014) by its author's later and simpler method. Below some hundred variables prefer <see cref="CmaEs"/>. Bounds as there, of its criteria those that need no
/// matrix.</para>
/// </remarks>
[Algorithm("LM-MA-ES", "Evolution strategies", "Loshchilov, Glasmachers, Beyer (2019), Large scale black-box optimization by limited-memory matrix adaptation", Capabilities = "values, bounds, large scale")]
public sealed record LmMaEs : ISolver<double, IFunction<double>>, IBoundedSolver
{
    /// <summary>The first standard deviation of every coordinate. Default: 0.5.</summary>
    public double InitialStep { get; init => field = Require.Positive(value); } = 0.5;

    /// <summary>The points of a generation, at least 2; 0 for 4 + floor(3 ln n). Default: 0.</summary>
    public int Population { get; init => field = value == 0 ? 0 : Require.AtLeast(value, 2); }

    /// <summary>The direction vectors; 0 for 4 + floor(3 ln n). Default: 0.</summary>
    public int Memory { get; init => field = Require.NonNegative(value); }

    /// <summary>Converged when the step size is below this times <see cref="InitialStep"/>. Default: 1e-12.</summary>
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
        private const double LargestRate = 0.5;

        private readonly int _n, _memory;
        private readonly double _sigmaRate, _muEff;
        private readonly double[] _weights, _shrinkRates, _pathRates, _mean, _sigmaPath, _directions, _z, _d, _step, _noise;
        private double _sigma;
        private long _generation;

        public Distribution(LmMaEs options, int n, int population)
        {
            _n = n;
            _memory = options.Memory > 0 ? options.Memory : CmaStrategy.DefaultPopulation(n);
            int mu = population / 2;
            _weights = new double[mu];
            double sum = 0, squares = 0;
            for (int i = 0; i < mu; i++)
            {
                _weights[i] = Math.Log(mu + 0.5) - Math.Log(i + 1);
                sum += _weights[i];
            }

            foreach (ref double w in _weights.AsSpan())
            {
                w /= sum;
                squares += w * w;
            }

            _muEff = 1 / squares;
            _sigmaRate = Math.Min(LargestRate, 2.0 * population / n);
            _shrinkRates = new double[_memory];
            _pathRates = new double[_memory];
            for (int i = 0; i < _memory; i++)
            {
                _shrinkRates[i] = Math.Pow(1.5, -i) / n;
                _pathRates[i] = Math.Min(LargestRate, population * Math.Pow(4, -i) / n);
            }

            _mean = new double[n];
            _sigma = options.InitialStep;
            _sigmaPath = new double[n];
            _directions = new double[_memory * n];
            _z = new double[population * n];
            _d = new double[population * n];
            _step = new double[n];
            _noise = new double[n];
        }

        public Span<double> Mean => _mean;

        public double Deviation(int i) => _sigma;

        public void Sample(RandomKey key, Query<double> query)
        {
            RandomFill.Normal(key, _z);
            _z.CopyTo(_d, 0);
            int learnt = (int)Math.Min(_generation, _memory);
            for (int k = 0; k < query.Count; k++)
            {
                Span<double> d = _d.AsSpan(k * _n, _n);
                for (int i = 0; i < learnt; i++)
                {
                    ReadOnlySpan<double> direction = _directions.AsSpan(i * _n, _n);
                    double along = Reduce.Dot(direction, d);
                    Vectors.Scale(1 - _shrinkRates[i], d, d);
                    Vectors.AddScaled(d, _shrinkRates[i] * along, direction, d);
                }

                Vectors.AddScaled(_mean, _sigma, d, query.Point(k));
            }
        }

        public bool Learn(Ranking ranking)
        {
            _generation++;
            _step.AsSpan().Clear();
            _noise.AsSpan().Clear();
            for (int rank = 0; rank < Math.Min(_weights.Length, ranking.FiniteCount); rank++)
            {
                int i = ranking.Order[rank];
                Vectors.AddScaled(_step, _weights[rank], _d.AsSpan(i * _n, _n), _step);
                Vectors.AddScaled(_noise, _weights[rank], _z.AsSpan(i * _n, _n), _noise);
            }

            Vectors.AddScaled(_mean, _sigma, _step, _mean);
            Accumulate(_sigmaPath, _sigmaRate);
            for (int i = 0; i < _memory; i++)
                Accumulate(_directions.AsSpan(i * _n, _n), _pathRates[i]);
            double square = Reduce.SumOfSquares<double>(_sigmaPath);
            _sigma *= Math.Exp(Math.Min(1, _sigmaRate / 2 * ((square / _n) - 1)));
            return true;
        }

        private void Accumulate(Span<double> path, double rate)
        {
            Vectors.Scale(1 - rate, path, path);
            Vectors.AddScaled(path, Math.Sqrt(_muEff * rate * (2 - rate)), _noise, path);
        }

        public void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_mean);
            archive.Transfer<double>(_sigmaPath);
            archive.Transfer<double>(_directions);
            archive.Transfer<double>(_z);
            archive.Transfer<double>(_d);
            archive.Transfer(ref _sigma);
            archive.Transfer(ref _generation);
        }
    }
}
