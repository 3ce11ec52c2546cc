using OptiCore.LinearAlgebra;

namespace OptiCore.Dynamics;

/// <summary>
/// The weak form of identification: with test functions phi of compact support, -integral phi' x dt = integral phi Xi psi(x) dt, so that no derivative of the data is taken and noise averages out.
/// </summary>
/// <remarks>
/// <para>phi(t) = (1 - (t / w)^2)^p on windows of 2 w + 1 states, moved along the series; integrals by the trapezoidal rule, whose error is of order step^(p + 1) here because phi and its first p - 1
/// derivatives vanish at the ends. The errors of rows are correlated by the windows' overlap: rows are whitened by the Cholesky factor of the covariance phi' phi'^T, mixed with its diagonal.</para>
/// <para>A window should span a part of the shortest oscillation and some tens of states: wider is smoother, at last the test functions see nothing.</para>
/// <para>D. A. Messenger and D. M. Bortz (2021), Weak SINDy: Galerkin-based data-driven model selection, Multiscale Model. Simul. 19, 1474-1497; the test functions also in P. A. K. Reinbold,
/// D. R. Gurevich and R. O. Grigoriev (2020), Using noisy or incomplete data to discover models of spatiotemporal dynamics.</para>
/// </remarks>
public sealed record WeakForm
{
    /// <summary>The half width w of a window in steps, at least 2. Default: 20.</summary>
    public int HalfWidth { get; init => field = Require.AtLeast(value, 2); } = 20;

    /// <summary>The exponent p, at least 2. Default: 8.</summary>
    public int Order { get; init => field = Require.AtLeast(value, 2); } = 8;

    /// <summary>The distance between windows in steps, at least 1. Default: 5.</summary>
    public int Stride { get; init => field = Require.Positive(value); } = 5;

    /// <summary>The part of the diagonal in the covariance of rows, in (0, 1]: 1 for rows taken as independent. Default: 1e-4.</summary>
    public double Regularization { get; init => field = Require.InOpenClosed(value, 0, 1); } = 1e-4;

    /// <summary>Adds the rows of one piece.</summary>
    internal void AddRows(TimeSeries data, int start, int m, double[] matrix, int count, List<double> features, List<double>[] targets)
    {
        int n = data.Dimension, width = (2 * HalfWidth) + 1;
        if (m < width)
            throw new ArgumentException($"A piece has {m} states; the test functions are {width} wide.", nameof(data));
        double[] test = new double[width], slope = new double[width];
        for (int i = 0; i < width; i++)
        {
            double s = (double)(i - HalfWidth) / HalfWidth, z = 1 - (s * s);
            test[i] = data.Step * Math.Pow(z, Order);
            slope[i] = -2 * Order * s / HalfWidth * Math.Pow(z, Order - 1);
        }

        int windows = ((m - width) / Stride) + 1, columns = count + n;
        double[] rows = new double[windows * columns], covariance = new double[windows * windows];
        for (int w = 0; w < windows; w++)
        {
            int first = w * Stride;
            Span<double> row = rows.AsSpan(w * columns, columns);
            for (int i = 0; i < width; i++)
            {
                for (int j = 0; j < count; j++)
                    row[j] += test[i] * matrix[((first + i) * count) + j];
                for (int j = 0; j < n; j++)
                    row[count + j] -= slope[i] * data[start + first + i][j];
            }

            for (int v = 0; v <= w; v++)
            {
                int shift = (w - v) * Stride;
                double sum = 0;
                for (int i = shift; i < width; i++)
                    sum += slope[i] * slope[i - shift];
                covariance[(w * windows) + v] = v == w ? sum : (1 - Regularization) * sum;
            }
        }

        if (!Cholesky.TryFactor<double>(covariance, windows))
            throw new InvalidOperationException("The covariance of the test functions isn't positive definite: raise the regularization or the stride.");
        Blas.Trsm(Side.Left, Triangle.Lower, false, Diagonal.Stored, windows, columns, 1.0, covariance, windows, rows, columns);
        for (int w = 0; w < windows; w++)
        {
            features.AddRange(rows.AsSpan(w * columns, count));
            for (int j = 0; j < n; j++)
                targets[j].Add(rows[(w * columns) + count + j]);
        }
    }
}
