using OptiCore.LinearAlgebra;
using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>Estimates a <see cref="LowRankMetric"/> from the last draws of a window and their gradients.</summary>
internal sealed class LowRankEstimator : MetricEstimator
{
    /// <summary>Receives sigma, the directions (rows) and their variances.</summary>
    public delegate void Setter(ReadOnlySpan<double> sigma, ReadOnlySpan<double> directions, ReadOnlySpan<double> variances);

    private readonly LowRankMetric _options;
    private readonly int _n;
    private readonly Setter _set;
    private readonly double[] _positions;
    private readonly double[] _gradients;
    private long _count;

    public LowRankEstimator(LowRankMetric options, int dimension, Setter set)
    {
        _options = options;
        _n = dimension;
        _set = set;
        _positions = new double[checked(options.Draws * dimension)];
        _gradients = new double[options.Draws * dimension];
    }

    public override long Count => _count;

    public override bool NeedsGradients => true;

    public override void Add(ReadOnlySpan<double> position, ReadOnlySpan<double> gradient)
    {
        int at = (int)(_count++ % _options.Draws) * _n;
        position.CopyTo(_positions.AsSpan(at, _n));
        gradient.CopyTo(_gradients.AsSpan(at, _n));
    }

    public override void Update()
    {
        int draws = (int)Math.Min(_count, _options.Draws);
        if (draws < 2)
            throw new InvalidOperationException("A metric needs at least two draws.");

        // Deviations from the means, scaled: rows are draws.
        double[] x = _positions.AsSpan(0, draws * _n).ToArray(), g = _gradients.AsSpan(0, draws * _n).ToArray(), sigma = new double[_n];
        for (int j = 0; j < _n; j++)
        {
            double ofDraws = Centre(x, j, draws), ofGradients = Centre(g, j, draws);
            sigma[j] = Math.Sqrt(DiagonalMetric.FisherVariance(ofDraws, ofGradients));
            for (int i = 0; i < draws; i++)
            {
                x[(i * _n) + j] /= sigma[j];
                g[(i * _n) + j] *= sigma[j];
            }
        }

        // In few coordinates all of the space is searched; in many, the space that draws and gradients span.
        double[]? basis = null;
        int size = _n;
        if (2 * draws < _n)
        {
            size = 2 * draws;
            basis = Basis(x, g, draws);
            x = Projected(x, basis, draws, size);
            g = Projected(g, basis, draws, size);
        }

        double[] mean = GeometricMean(Covariance(x, draws, size), Covariance(g, draws, size), size);
        var eigen = new SymmetricEigen<double>(size);
        if (!eigen.Factor(mean))
            return;
        int[] chosen = Choose(eigen.Values);
        double[] directions = new double[chosen.Length * _n], variances = new double[chosen.Length];
        for (int k = 0; k < chosen.Length; k++)
        {
            variances[k] = eigen.Values[chosen[k]];
            Span<double> direction = directions.AsSpan(k * _n, _n);
            if (basis is null)
                eigen.Vector(chosen[k]).CopyTo(direction);
            else
                Blas.Gemv(false, _n, size, 1.0, basis, size, eigen.Vector(chosen[k]), 0.0, direction);
        }

        _set(sigma, directions, variances);
    }

    public override void Reset() => _count = 0;

    public override void Persist(StateArchive archive)
    {
        archive.Transfer(ref _count);
        int stored = (int)Math.Min(_count, _options.Draws) * _n;
        archive.Transfer(_positions.AsSpan(0, stored));
        archive.Transfer(_gradients.AsSpan(0, stored));
    }

    /// <summary>Subtracts the mean of a column and returns its variance.</summary>
    private double Centre(double[] rows, int column, int count)
    {
        double mean = 0, squares = 0;
        for (int i = 0; i < count; i++)
            mean += rows[(i * _n) + column] / count;
        for (int i = 0; i < count; i++)
        {
            double deviation = rows[(i * _n) + column] -= mean;
            squares += deviation * deviation;
        }

        return squares / (count - 1);
    }

    /// <summary>An orthonormal basis of the rows of both, n x 2 draws.</summary>
    private double[] Basis(double[] x, double[] g, int draws)
    {
        int size = 2 * draws;
        double[] columns = new double[_n * size];
        for (int i = 0; i < draws; i++)
        {
            for (int j = 0; j < _n; j++)
            {
                columns[(j * size) + i] = x[(i * _n) + j];
                columns[(j * size) + draws + i] = g[(i * _n) + j];
            }
        }

        var qr = new Qr<double>(_n, size);
        qr.Factor(columns);
        qr.CopyQ(columns);
        return columns;
    }

    private double[] Projected(double[] rows, double[] basis, int draws, int size)
    {
        double[] projected = new double[draws * size];
        Blas.Multiply<double>(rows, basis, projected, draws, _n, size);
        return projected;
    }

    /// <summary>Rows' Rows / (count - 1) + regularization I.</summary>
    private double[] Covariance(double[] rows, int count, int size)
    {
        double[] covariance = new double[size * size];
        Blas.Gemm(true, false, size, size, count, 1.0 / (count - 1), rows, size, rows, size, 0.0, covariance, size);
        for (int i = 0; i < size; i++)
            covariance[(i * size) + i] += _options.Regularization;
        return covariance;
    }

    /// <summary>The positive definite S with S B S = A: B^-1/2 (B^1/2 A B^1/2)^1/2 B^-1/2.</summary>
    private static double[] GeometricMean(double[] a, double[] b, int size)
    {
        var eigen = new SymmetricEigen<double>(size);
        double[] root = new double[size * size], inverseRoot = new double[size * size], work = new double[size * size], inner = new double[size * size];
        eigen.Factor(b);
        Power(eigen, 0.5, root);
        Power(eigen, -0.5, inverseRoot);
        Blas.Multiply<double>(root, a, work, size, size, size);
        Blas.Multiply<double>(work, root, inner, size, size, size);
        eigen.Factor(inner);
        Power(eigen, 0.5, root);
        Blas.Multiply<double>(inverseRoot, root, work, size, size, size);
        Blas.Multiply<double>(work, inverseRoot, inner, size, size, size);
        return inner;
    }

    /// <summary>V diag(w^p) V'; rounding may leave eigenvalues a little below zero.</summary>
    private static void Power(SymmetricEigen<double> eigen, double power, Span<double> result)
    {
        int size = eigen.Order;
        double[] scaled = eigen.VectorRows.ToArray();
        double least = 1e-15 * Math.Max(eigen.Values[^1], double.Epsilon);
        for (int k = 0; k < size; k++)
        {
            double factor = Math.Pow(Math.Max(eigen.Values[k], least), power);
            foreach (ref double v in scaled.AsSpan(k * size, size))
                v *= factor;
        }

        Blas.Gemm(true, false, size, size, size, 1.0, scaled, size, eigen.VectorRows, size, 0.0, result, size);
    }

    /// <summary>The eigenvalues outside the cutoff, the most extreme first, at most <see cref="LowRankMetric.MaxRank"/>.</summary>
    private int[] Choose(ReadOnlySpan<double> values)
    {
        // Ascending: the extremes are at both ends.
        var chosen = new List<int>();
        int low = 0, high = values.Length - 1;
        while (low <= high && chosen.Count < _options.MaxRank)
        {
            bool takeLow = 1 / values[low] > values[high];
            double extreme = takeLow ? 1 / values[low] : values[high];
            if (!(extreme > _options.Cutoff) || !double.IsFinite(extreme))
                break;
            chosen.Add(takeLow ? low++ : high--);
        }

        return [.. chosen];
    }
}
