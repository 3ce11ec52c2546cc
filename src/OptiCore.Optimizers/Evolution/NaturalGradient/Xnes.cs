using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.Persistence;
using OptiCore.Randomness;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// Exponential natural evolution strategy: follows the natural gradient of the expected rank of a sample from N(mu, A A') in exponential coordinates, A = sigma B with det B = 1, so that the
/// covariance stays positive definite without a projection.
/// </summary>
/// <remarks>
/// <para>D. Wierstra, T. Schaul, T. Glasmachers, Y. Sun, J. Peters, J. Schmidhuber (2014), Natural evolution strategies, JMLR 15, 949-980, algorithm 5. With x = mu + sigma B s and utilities u:
/// G = sum u (s s' - I), mu += eta_mu sigma B sum u s, sigma *= exp(eta_sigma tr(G)/(2n)), B := B exp(eta_B (G - tr(G)/n I)/2). Rates: eta_mu = 1, eta_sigma = eta_B = (9 + 3 ln n)/(5 n sqrt(n)), at most 1.</para>
/// <para>Asks for a whole generation at once. Beside the function a generation costs O(n^3) for the matrix exponential. Its paths are the same under any affine map of the variables that is
/// also applied to the start, and under monotone maps of the values. <see cref="CmaEs"/> has evolution paths, and usually needs fewer evaluations; this one has less to tune.</para>
/// <para>Bounds and stopping criteria as in <see cref="CmaEs"/>, of the latter TolX, TolFun, TolFunHist, EqualFunValues, Stagnation, NoEffectCoord.</para>
/// </remarks>
[Algorithm("xNES", "Evolution strategies", "Wierstra, Schaul, Glasmachers, Sun, Peters, Schmidhuber (2014), Natural evolution strategies", Capabilities = "values, bounds")]
public sealed record Xnes : ISolver<double, IFunction<double>>, IBoundedSolver
{
    /// <summary>The first standard deviation of every coordinate. Default: 0.5.</summary>
    public double InitialStep { get; init => field = Require.Positive(value); } = 0.5;

    /// <summary>The points of a generation, at least 2; 0 for 4 + floor(3 ln n). Default: 0.</summary>
    public int Population { get; init => field = value == 0 ? 0 : Require.AtLeast(value, 2); }

    /// <summary>The rate of the mean, eta_mu. Default: 1.</summary>
    public double MeanRate { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The rate of step size and shape, eta_sigma and eta_B; 0 for (9 + 3 ln n)/(5 n sqrt(n)), at most 1. Default: 0.</summary>
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
    public SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key) => Start(shape, start, key, default);

    /// <summary>Starts with a shape B other than the identity, n x n.</summary>
    internal SolverState<double> Start(ProblemShape shape, ReadOnlySpan<double> start, RandomKey key, ReadOnlySpan<double> factor)
    {
        var settings = new EvolutionSettings(Population, InitialStep, PointTolerance, ValueTolerance, Bounds);
        return new EvolutionState(new Distribution(this, shape.Dimension, settings.PopulationFor(shape.Dimension), factor), settings, shape, start, key);
    }

    private sealed class Distribution : ISearchDistribution
    {
        private readonly int _n, _lambda;
        private readonly double _meanRate, _shapeRate;
        private readonly double[] _utilities, _mean, _factor, _s, _y, _ranked, _weighted, _gradient, _exponential, _scratch, _direction, _step;
        private readonly SymmetricEigen<double> _eigen;
        private double _sigma;

        public Distribution(Xnes options, int n, int population, ReadOnlySpan<double> factor)
        {
            _n = n;
            _lambda = population;
            _meanRate = options.MeanRate;
            _shapeRate = options.ShapeRate > 0 ? options.ShapeRate : Math.Min(1, (9 + (3 * Math.Log(n))) / (5 * n * Math.Sqrt(n)));
            _utilities = NesRates.Utilities(population);
            _mean = new double[n];
            _factor = new double[n * n];
            for (int i = 0; i < n; i++)
                _factor[(i * n) + i] = 1;
            if (!factor.IsEmpty)
                factor.CopyTo(_factor);
            _sigma = options.InitialStep;
            _s = new double[population * n];
            _y = new double[population * n];
            _ranked = new double[population * n];
            _weighted = new double[population * n];
            _gradient = new double[n * n];
            _exponential = new double[n * n];
            _scratch = new double[n * n];
            _direction = new double[n];
            _step = new double[n];
            _eigen = new SymmetricEigen<double>(n);
        }

        public Span<double> Mean => _mean;

        public double Deviation(int i) => _sigma * Reduce.Norm<double>(_factor.AsSpan(i * _n, _n));

        public void Sample(RandomKey key, Query<double> query)
        {
            RandomFill.Normal(key, _s);
            Blas.Gemm(false, true, _lambda, _n, _n, 1.0, _s, _n, _factor, _n, 0.0, _y, _n);
            for (int i = 0; i < query.Count; i++)
                Vectors.AddScaled(_mean, _sigma, _y.AsSpan(i * _n, _n), query.Point(i));
        }

        public bool Learn(Ranking ranking)
        {
            // Gradients in the local coordinates: sum u s and sum u (s s' - I), where the utilities sum to 0.
            int n = _n;
            _direction.AsSpan().Clear();
            for (int rank = 0; rank < _lambda; rank++)
            {
                ReadOnlySpan<double> s = _s.AsSpan(ranking.Order[rank] * n, n);
                double u = NesRates.Utility(_utilities, rank, ranking);
                s.CopyTo(_ranked.AsSpan(rank * n, n));
                Vectors.Scale(u, s, _weighted.AsSpan(rank * n, n));
                Vectors.AddScaled(_direction, u, s, _direction);
            }

            Blas.Gemm(true, false, n, n, _lambda, 1.0, _ranked, n, _weighted, n, 0.0, _gradient, n);
            double trace = 0;
            for (int i = 0; i < n; i++)
                trace += _gradient[(i * n) + i];
            for (int i = 0; i < n; i++)
                _gradient[(i * n) + i] -= trace / n;

            Blas.Gemv(false, n, n, _sigma, _factor, n, _direction, 0.0, _step);
            Vectors.AddScaled(_mean, _meanRate, _step, _mean);
            _sigma *= Math.Exp(_shapeRate / 2 * trace / n);
            if (!_eigen.Factor(_gradient))
                return false;
            Exponentiate();
            Blas.Gemm(false, false, n, n, n, 1.0, _factor, n, _exponential, n, 0.0, _scratch, n);
            _scratch.CopyTo(_factor, 0);
            return true;
        }

        /// <summary>exp(eta/2 G) = V exp(eta/2 w) V'.</summary>
        private void Exponentiate()
        {
            int n = _n;
            for (int i = 0; i < n; i++)
                Vectors.Scale(Math.Exp(_shapeRate / 2 * _eigen.Values[i]), _eigen.Vector(i), _scratch.AsSpan(i * n, n));
            Blas.Gemm(true, false, n, n, n, 1.0, _eigen.VectorRows, n, _scratch, n, 0.0, _exponential, n);
        }

        public void Persist(StateArchive archive)
        {
            archive.Transfer<double>(_mean);
            archive.Transfer<double>(_factor);
            archive.Transfer<double>(_s);
            archive.Transfer(ref _sigma);
        }
    }
}
