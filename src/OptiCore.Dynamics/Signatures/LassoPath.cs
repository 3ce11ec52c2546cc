using OptiCore.Numerics;

namespace OptiCore.Dynamics;

/// <summary>
/// The lasso min 1/(2n) |y - X b|^2 + λ |b|_1 by cyclic coordinate descent along a falling sequence of λ, each started from the solution before. Columns of X have mean 0 and variance 1 (or are 0), y has mean 0.
/// </summary>
/// <remarks>
/// With covariance updates: the correlations of all columns with the residual are kept, and a coefficient that changes moves them along its column's correlations with the others, which are computed when it first does. So a visit
/// that changes nothing costs nothing. J. Friedman, T. Hastie, R. Tibshirani (2010), Regularization paths for generalized linear models via coordinate descent, Journal of Statistical Software 33.
/// </remarks>
internal sealed class LassoPath
{
    private readonly double[] _columns;
    private readonly double[] _gradient;
    private readonly double[]?[] _covariances;
    private readonly bool[] _isZero;
    private readonly int _rows;

    /// <summary>Begins at b = 0.</summary>
    /// <param name="columns">X, column by column.</param>
    /// <param name="targets">y.</param>
    public LassoPath(double[] columns, double[] targets)
    {
        _columns = columns;
        _rows = targets.Length;
        int count = columns.Length / _rows;
        Coefficients = new double[count];
        _gradient = new double[count];
        _covariances = new double[count][];
        _isZero = new bool[count];
        for (int j = 0; j < count; j++)
        {
            _gradient[j] = Mean(Column(j), targets);
            _isZero[j] = !Column(j).ContainsAnyExcept(0.0);
            LargestPenalty = Math.Max(LargestPenalty, Math.Abs(_gradient[j]));
        }

        Scale = Math.Sqrt(Mean(targets, targets));
    }

    public double[] Coefficients { get; }

    /// <summary>The root mean square of y.</summary>
    public double Scale { get; }

    /// <summary>The smallest λ at which every coefficient is 0.</summary>
    public double LargestPenalty { get; }

    /// <summary>Goes to the solution of a λ: sweeps over the coefficients that aren't 0 until they rest, then one over all, until that changes nothing either.</summary>
    /// <returns>False when the number of sweeps was spent.</returns>
    public bool Solve(double penalty, double tolerance, int maxSweeps)
    {
        double limit = tolerance * Scale;
        int sweeps = 0;
        while (true)
        {
            if (Sweep(penalty, all: true) <= limit)
                return true;
            do
            {
                if (++sweeps >= maxSweeps)
                    return false;
            }
            while (Sweep(penalty, all: false) > limit);
        }
    }

    private double Sweep(double penalty, bool all)
    {
        double largest = 0;
        for (int j = 0; j < Coefficients.Length; j++)
        {
            double before = Coefficients[j];
            if (_isZero[j] || (!all && before == 0))
                continue;
            double z = _gradient[j] + before, after = Math.Sign(z) * Math.Max(Math.Abs(z) - penalty, 0), change = after - before;
            if (change == 0)
                continue;
            Coefficients[j] = after;
            double[] covariances = _covariances[j] ??= Covariances(j);
            for (int k = 0; k < covariances.Length; k++)
                _gradient[k] -= change * covariances[k];
            largest = Math.Max(largest, Math.Abs(change));
        }

        return largest;
    }

    private double[] Covariances(int j)
    {
        double[] covariances = new double[Coefficients.Length];
        for (int k = 0; k < covariances.Length; k++)
            covariances[k] = k == j ? 1 : Mean(Column(j), Column(k));
        return covariances;
    }

    private ReadOnlySpan<double> Column(int j) => _columns.AsSpan(j * _rows, _rows);

    private static double Mean(ReadOnlySpan<double> a, ReadOnlySpan<double> b) => Reduce.Dot(a, b) / a.Length;
}
