using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.Randomness;

namespace OptiCore.Samplers;

/// <summary>
/// A normal distribution whose covariance is a diagonal matrix and a matrix of low rank,
/// S = D^(1/2) (I - Q Q' + Q L L' Q') D^(1/2), with Q of k orthonormal columns and L lower triangular: draws, densities and variances cost O(n k).
/// </summary>
/// <remarks>Made by <see cref="Pathfinder"/> of a quasi-Newton method's steps, as in Zhang, Carpenter, Gelman, Vehtari (2022), appendix. Immutable.</remarks>
public sealed class LowRankNormal
{
    private readonly double[] _mean;
    private readonly double[] _root;

    // n x k and k x k, row-major; Q is absent where it is the identity, because the rank reaches n.
    private readonly double[]? _q;
    private readonly double[] _factor;
    private readonly int _rank;
    private readonly double _logNormaliser;

    private LowRankNormal(double[] mean, double[] root, double[]? q, double[] factor, int rank)
    {
        _mean = mean;
        _root = root;
        _q = q;
        _factor = factor;
        _rank = rank;
        double logDeterminant = 2 * SumOfLogs(root);
        for (int i = 0; i < rank; i++)
            logDeterminant += 2 * Math.Log(factor[(i * rank) + i]);
        LogDeterminant = logDeterminant;
        _logNormaliser = -0.5 * (logDeterminant + (mean.Length * Math.Log(2 * Math.PI)));
    }

    /// <summary>The number n of coordinates.</summary>
    public int Dimension => _mean.Length;

    /// <summary>The mean.</summary>
    public ReadOnlySpan<double> Mean => _mean;

    /// <summary>The logarithm of the determinant of the covariance.</summary>
    public double LogDeterminant { get; }

    /// <summary>Writes the variances of the coordinates. O(n k^2).</summary>
    /// <param name="variances">Receives n elements.</param>
    public void Variances(Span<double> variances)
    {
        Require.Length(variances.Length, Dimension, nameof(variances));
        double[] scaled = new double[_rank];
        for (int i = 0; i < Dimension; i++)
        {
            double sum = 1;
            ScaledRow(i, scaled);
            for (int a = 0; a < _rank; a++)
                sum += (scaled[a] * scaled[a]) - (Q(i, a) * Q(i, a));
            variances[i] = _root[i] * _root[i] * sum;
        }
    }

    /// <summary>Writes the covariance. O(n^2 k).</summary>
    /// <param name="covariance">Receives n x n elements, both triangles.</param>
    public void Covariance(Span<double> covariance)
    {
        int n = Dimension;
        Require.Length(covariance.Length, n * n, nameof(covariance));
        double[] scaled = new double[n * _rank];
        for (int i = 0; i < n; i++)
            ScaledRow(i, scaled.AsSpan(i * _rank, _rank));
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = i == j ? 1 : 0;
                for (int a = 0; a < _rank; a++)
                    sum += (scaled[(i * _rank) + a] * scaled[(j * _rank) + a]) - (Q(i, a) * Q(j, a));
                covariance[(i * n) + j] = covariance[(j * n) + i] = _root[i] * _root[j] * sum;
            }
        }
    }

    /// <summary>Makes a draw.</summary>
    /// <param name="key">The randomness.</param>
    /// <param name="x">Receives n elements.</param>
    /// <returns>Its log density, normalised.</returns>
    public double Draw(RandomKey key, Span<double> x)
    {
        Require.Length(x.Length, Dimension, nameof(x));
        RandomFill.Normal(key, x);
        double square = Reduce.Dot<double>(x, x);

        // u + Q (L - I) Q' u.
        double[] along = Along(x), moved = new double[_rank];
        for (int a = 0; a < _rank; a++)
        {
            moved[a] = -along[a];
            for (int b = 0; b <= a; b++)
                moved[a] += _factor[(a * _rank) + b] * along[b];
        }

        AddAlong(moved, x);
        for (int i = 0; i < x.Length; i++)
            x[i] = _mean[i] + (_root[i] * x[i]);
        return _logNormaliser - (0.5 * square);
    }

    /// <summary>The log density at a point, normalised.</summary>
    /// <param name="x">The point, n elements.</param>
    public double LogDensity(ReadOnlySpan<double> x)
    {
        Require.Length(x.Length, Dimension, nameof(x));
        double[] u = new double[x.Length];
        for (int i = 0; i < u.Length; i++)
            u[i] = (x[i] - _mean[i]) / _root[i];
        double[] along = Along(u), solved = [.. along];
        Blas.Trsv(Triangle.Lower, false, Diagonal.Stored, _rank, _factor, Math.Max(1, _rank), solved.AsSpan());
        for (int a = 0; a < _rank; a++)
            solved[a] -= along[a];
        AddAlong(solved, u);
        return _logNormaliser - (0.5 * Reduce.Dot<double>(u, u));
    }

    /// <summary>
    /// The normal of a quasi-Newton step: the covariance is the inverse Hessian S = diag(alpha) + B G B' of the pairs (s, z), and the mean x + S g.
    /// </summary>
    /// <param name="point">The iterate x.</param>
    /// <param name="gradient">The gradient g of the log density there.</param>
    /// <param name="alpha">The diagonal, positive.</param>
    /// <param name="pairs">The pairs of steps s and changes z of the negative gradient, oldest first, with s.z &gt; 0.</param>
    /// <returns>The normal, or null where S isn't positive definite in the arithmetic.</returns>
    internal static LowRankNormal? FromPairs(ReadOnlySpan<double> point, ReadOnlySpan<double> gradient, ReadOnlySpan<double> alpha, IReadOnlyList<(double[] Step, double[] Change)> pairs)
    {
        int n = point.Length, m = pairs.Count, columns = 2 * m;
        double[] root = new double[n];
        for (int i = 0; i < n; i++)
            root[i] = Math.Sqrt(alpha[i]);

        // B = [diag(alpha) Z, S], here divided by the roots of alpha; G = [[0, -R^-1], [-R^-T, R^-T (E + Z' diag(alpha) Z) R^-1]].
        double[] b = new double[n * columns];
        for (int j = 0; j < m; j++)
        {
            for (int i = 0; i < n; i++)
            {
                b[(i * columns) + j] = root[i] * pairs[j].Change[i];
                b[(i * columns) + m + j] = pairs[j].Step[i] / root[i];
            }
        }

        double[] middle = Middle(alpha, pairs);
        double[] mean = new double[n], along = new double[columns];
        for (int i = 0; i < n; i++)
        {
            for (int a = 0; a < columns; a++)
                along[a] += b[(i * columns) + a] * root[i] * gradient[i];
        }

        for (int i = 0; i < n; i++)
        {
            double sum = 0;
            for (int a = 0; a < columns; a++)
            {
                double product = 0;
                for (int c = 0; c < columns; c++)
                    product += middle[(a * columns) + c] * along[c];
                sum += b[(i * columns) + a] * product;
            }

            mean[i] = point[i] + (alpha[i] * gradient[i]) + (root[i] * sum);
        }

        // With fewer coordinates than columns the factor is that of the whole matrix: Q is the identity.
        double[]? q = null;
        double[] right = b;
        int rank = n;
        if (columns < n)
        {
            var qr = new Qr<double>(n, Math.Max(1, columns));
            rank = columns;
            q = new double[n * columns];
            right = new double[columns * columns];
            if (columns > 0)
            {
                qr.Factor(b);
                qr.CopyQ(q);
                qr.CopyR(right);
            }
        }

        double[] factor = new double[rank * rank];
        for (int i = 0; i < rank; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                double sum = i == j ? 1 : 0;
                for (int a = 0; a < columns; a++)
                {
                    double product = 0;
                    for (int c = 0; c < columns; c++)
                        product += middle[(a * columns) + c] * right[(j * columns) + c];
                    sum += right[(i * columns) + a] * product;
                }

                factor[(i * rank) + j] = sum;
            }
        }

        if (rank > 0 && !Cholesky.TryFactor<double>(factor, rank))
            return null;
        var normal = new LowRankNormal(mean, root, q, factor, rank);
        return double.IsFinite(normal.LogDeterminant) && double.IsFinite(Reduce.Sum<double>(mean)) ? normal : null;
    }

    /// <summary>G, 2 m x 2 m.</summary>
    private static double[] Middle(ReadOnlySpan<double> alpha, IReadOnlyList<(double[] Step, double[] Change)> pairs)
    {
        int m = pairs.Count, columns = 2 * m;
        double[] r = new double[m * m], inverse = new double[m * m], inner = new double[m * m], middle = new double[columns * columns];
        for (int i = 0; i < m; i++)
        {
            for (int j = i; j < m; j++)
                r[(i * m) + j] = Reduce.Dot<double>(pairs[i].Step, pairs[j].Change);
            for (int j = 0; j < m; j++)
            {
                double sum = i == j ? r[(i * m) + i] : 0;
                for (int k = 0; k < alpha.Length; k++)
                    sum += alpha[k] * pairs[i].Change[k] * pairs[j].Change[k];
                inner[(i * m) + j] = sum;
            }
        }

        double[] column = new double[m];
        for (int j = 0; j < m; j++)
        {
            Array.Clear(column);
            column[j] = 1;
            Blas.Trsv(Triangle.Upper, false, Diagonal.Stored, m, r, m, column.AsSpan());
            for (int i = 0; i < m; i++)
                inverse[(i * m) + j] = column[i];
        }

        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j < m; j++)
            {
                middle[(i * columns) + m + j] = -inverse[(i * m) + j];
                middle[((m + i) * columns) + j] = -inverse[(j * m) + i];
                double sum = 0;
                for (int a = 0; a < m; a++)
                {
                    for (int c = 0; c < m; c++)
                        sum += inverse[(a * m) + i] * inner[(a * m) + c] * inverse[(c * m) + j];
                }

                middle[((m + i) * columns) + m + j] = sum;
            }
        }

        return middle;
    }

    private static double SumOfLogs(ReadOnlySpan<double> values)
    {
        double sum = 0;
        foreach (double v in values)
            sum += Math.Log(v);
        return sum;
    }

    private double Q(int i, int a) => _q is null ? (i == a ? 1 : 0) : _q[(i * _rank) + a];

    /// <summary>Row i of Q L.</summary>
    private void ScaledRow(int i, Span<double> row)
    {
        for (int b = 0; b < _rank; b++)
        {
            double sum = 0;
            for (int a = b; a < _rank; a++)
                sum += Q(i, a) * _factor[(a * _rank) + b];
            row[b] = sum;
        }
    }

    /// <summary>Q' u.</summary>
    private double[] Along(ReadOnlySpan<double> u)
    {
        if (_q is null)
            return u.ToArray();
        double[] along = new double[_rank];
        for (int i = 0; i < u.Length; i++)
        {
            for (int a = 0; a < _rank; a++)
                along[a] += _q[(i * _rank) + a] * u[i];
        }

        return along;
    }

    /// <summary>u += Q v.</summary>
    private void AddAlong(ReadOnlySpan<double> v, Span<double> u)
    {
        for (int i = 0; i < u.Length; i++)
        {
            if (_q is null)
            {
                u[i] += v[i];
                continue;
            }

            for (int a = 0; a < _rank; a++)
                u[i] += _q[(i * _rank) + a] * v[a];
        }
    }
}
