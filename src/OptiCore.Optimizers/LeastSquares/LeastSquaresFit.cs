using System.Globalization;
using OptiCore.Distributions;
using OptiCore.LinearAlgebra;
using OptiCore.Reporting;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// The statistics of a least-squares fit at its solution, for independent errors of equal variance s^2: covariance s^2 (J^T J)^{-1} with
/// s^2 = |r|^2 / (m - n), from the QR factorization of J, so that the squaring of its condition is avoided.
/// </summary>
/// <remarks>
/// Of a robust fit the covariance is the asymptotic one of M-estimators with Huber's correction for few observations: K^2 [sum psi(r_i)^2 / (m - n)] / [mean psi'(r_i)]^2 (J^T J)^{-1} with
/// psi(r) = r rho'(r^2 / C^2) and K = 1 + (n / m) var psi' / (mean psi')^2. P. J. Huber (1973), Robust regression: asymptotics, conjectures and Monte Carlo, Ann. Statist. 1, 799-821. The scale C counts as known.
/// </remarks>
public sealed class LeastSquaresFit
{
    // A longer table of parameters is no summary any more.
    private const int MostParameters = 20;

    private readonly double[] _covariance;
    private SolverResult<double>? _result;

    private LeastSquaresFit(double[] parameters, double sumOfSquares, int degreesOfFreedom, int rank, double[] covariance)
    {
        Parameters = parameters;
        ResidualSumOfSquares = sumOfSquares;
        DegreesOfFreedom = degreesOfFreedom;
        Rank = rank;
        _covariance = covariance;
        StandardDeviations = new double[parameters.Length];
        for (int j = 0; j < parameters.Length; j++)
            StandardDeviations[j] = Math.Sqrt(covariance[(j * parameters.Length) + j]);
    }

    /// <summary>The fitted parameters.</summary>
    public double[] Parameters { get; }

    /// <summary>The standard deviations of the parameters; NaN if J hasn't full rank or there are no degrees of freedom.</summary>
    public double[] StandardDeviations { get; }

    /// <summary>The residual sum of squares |r|^2.</summary>
    public double ResidualSumOfSquares { get; }

    /// <summary>Observations minus parameters, m - n.</summary>
    public int DegreesOfFreedom { get; }

    /// <summary>The residual standard deviation s, of a robust fit the same, outliers included; NaN without degrees of freedom.</summary>
    public double ResidualStandardDeviation => DegreesOfFreedom > 0 ? Math.Sqrt(ResidualSumOfSquares / DegreesOfFreedom) : double.NaN;

    /// <summary>The numerical rank of the Jacobian with its columns scaled to length 1.</summary>
    public int Rank { get; }

    /// <summary>The covariance of two parameters.</summary>
    /// <param name="i">The first, from 0 to n - 1.</param>
    /// <param name="j">The second.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such parameter.</exception>
    public double Covariance(int i, int j)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(i);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(i, Parameters.Length);
        ArgumentOutOfRangeException.ThrowIfNegative(j);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(j, Parameters.Length);
        return _covariance[(i * Parameters.Length) + j];
    }

    /// <summary>The correlation of two parameters.</summary>
    /// <param name="i">The first, from 0 to n - 1.</param>
    /// <param name="j">The second.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such parameter.</exception>
    public double Correlation(int i, int j) => Covariance(i, j) / (StandardDeviations[i] * StandardDeviations[j]);

    /// <summary>
    /// The confidence interval of a parameter, b_i -+ t_{(1 + level)/2, m - n} s_i with the quantile of Student's law: exact for models that are linear in the parameters, else right for many observations.
    /// </summary>
    /// <param name="i">The parameter, from 0 to n - 1.</param>
    /// <param name="level">The probability that the interval covers the parameter, between 0 and 1. Default: 0.95.</param>
    /// <returns>The ends; NaN where the standard deviation is.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There is no such parameter, or the level lies outside (0, 1).</exception>
    public (double Lower, double Upper) ConfidenceInterval(int i, double level = 0.95)
    {
        Require.InOpen(level, 0, 1, nameof(level));
        _ = Covariance(i, i);
        if (DegreesOfFreedom < 1)
            return (double.NaN, double.NaN);
        double half = new StudentT(DegreesOfFreedom).SurvivalQuantile(0.5 * (1 - level)) * StandardDeviations[i];
        return (Parameters[i] - half, Parameters[i] + half);
    }

    /// <summary>
    /// The fit to be read: how the run ended, each parameter with its standard error and its 95% interval, the residuals' standard deviation, counts and time.
    /// </summary>
    public ResultSummary Summary()
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        var summary = new ResultSummary(_result is null ? "Least-squares fit." : $"{_result.Status} ({_result.Reason}). {_result.Message}");
        if (_result is { Method.Length: > 0 })
            summary.Add("method", _result.Method);
        for (int j = 0; j < Math.Min(Parameters.Length, MostParameters); j++)
        {
            (double lower, double upper) = ConfidenceInterval(j);
            summary.Add(string.Create(c, $"x[{j}]"), string.Create(c, $"{Parameters[j]:g7} ± {StandardDeviations[j]:g3}  (95%: {lower:g5} to {upper:g5})"));
        }

        if (Parameters.Length > MostParameters)
            summary.Add("...", string.Create(c, $"{Parameters.Length - MostParameters} further parameters"));
        summary.Add("residuals", string.Create(c, $"standard deviation {ResidualStandardDeviation:g6}, sum of squares {ResidualSumOfSquares:g6}, {DegreesOfFreedom} degrees of freedom"));
        if (Rank < Parameters.Length)
            summary.Add("rank", string.Create(c, $"{Rank} of {Parameters.Length}: the observations don't determine every parameter"));
        return _result is null
            ? summary
            : summary.Add("evaluations", _result.Evaluations.ToString()).Add("iterations", _result.Iterations.ToString(c)).Add("time", _result.Elapsed);
    }

    /// <summary>Computes the statistics at the point of a result.</summary>
    /// <param name="residuals">The residuals that were fitted.</param>
    /// <param name="result">What came out of the run.</param>
    /// <param name="loss">The loss of a robust fit; null for least squares.</param>
    public static LeastSquaresFit Of(IDifferentiableResidualFunction<double> residuals, SolverResult<double> result, RobustLoss? loss = null)
    {
        ArgumentNullException.ThrowIfNull(result);
        LeastSquaresFit fit = At(residuals, result.Point, loss);
        fit._result = result;
        return fit;
    }

    /// <summary>Computes the statistics at a point: one Jacobian, 2 m n^2 operations.</summary>
    /// <param name="residuals">The residuals that were fitted.</param>
    /// <param name="parameters">The solution, n elements.</param>
    /// <param name="loss">The loss of a robust fit; null for least squares.</param>
    /// <exception cref="ArgumentException">The point has the wrong length, or residuals or Jacobian aren't finite there.</exception>
    public static LeastSquaresFit At(IDifferentiableResidualFunction<double> residuals, ReadOnlySpan<double> parameters, RobustLoss? loss = null)
    {
        ArgumentNullException.ThrowIfNull(residuals);
        int m = residuals.ResidualCount, n = parameters.Length;
        if (residuals.Dimension != 0)
            Require.Length(n, residuals.Dimension, nameof(parameters));
        double[] r = new double[m], jacobian = new double[m * n];
        residuals.ResidualsAndJacobian(parameters, r, jacobian);
        double sum = 0;
        foreach (double v in r)
            sum += v * v;
        var norms = new double[n];
        for (int j = 0; j < n; j++)
        {
            double square = 0;
            for (int i = 0; i < m; i++)
                square += jacobian[(i * n) + j] * jacobian[(i * n) + j];
            norms[j] = square == 0 ? 1 : Math.Sqrt(square);
            for (int i = 0; i < m; i++)
                jacobian[(i * n) + j] /= norms[j];
            sum += 0 * square;
        }

        if (!double.IsFinite(sum))
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Residuals or Jacobian are not finite at the point (sum of squares {sum})."), nameof(parameters));

        var qr = new PivotedQr<double>(m, n);
        qr.Factor(jacobian);
        int rank = qr.Rank(), freedom = m - n;
        var covariance = new double[n * n];
        if (rank < n || freedom < 1)
            covariance.AsSpan().Fill(double.NaN);
        else
            FillCovariance(qr, norms, loss is null ? sum / freedom : RobustVariance(r, loss, freedom), covariance);
        return new LeastSquaresFit(parameters.ToArray(), sum, freedom, rank, covariance);
    }

    /// <summary>What stands in place of s^2 in a robust fit; NaN where the loss leaves no residual its curvature.</summary>
    private static double RobustVariance(ReadOnlySpan<double> residuals, RobustLoss loss, int freedom)
    {
        int m = residuals.Length;
        double squares = 0, mean = 0, deviation = 0;
        foreach (double r in residuals)
        {
            (_, double first, _) = loss.Evaluate(r * r / (loss.Scale * loss.Scale));
            squares += first * r * (first * r);
            mean += Slope(r) / m;
        }

        foreach (double r in residuals)
            deviation += (Slope(r) - mean) * (Slope(r) - mean) / m;
        if (!(mean > 0))
            return double.NaN;
        double correction = 1 + ((double)(m - freedom) / m * deviation / (mean * mean));
        return correction * correction * squares / freedom / (mean * mean);

        double Slope(double r)
        {
            double z = r * r / (loss.Scale * loss.Scale);
            (_, double first, double second) = loss.Evaluate(z);
            return first + (2 * z * second);
        }
    }

    /// <summary>s^2 P R^{-1} R^{-T} P^T, with the scaling of the columns undone.</summary>
    private static void FillCovariance(PivotedQr<double> qr, double[] norms, double variance, double[] covariance)
    {
        int n = norms.Length;
        double[] inverse = new double[n * n];
        var column = new double[n];
        for (int j = 0; j < n; j++)
        {
            column.AsSpan().Clear();
            column[j] = 1;
            qr.SolveR(column);
            for (int i = 0; i < n; i++)
                inverse[(i * n) + j] = column[i];
        }

        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                double dot = 0;
                for (int k = 0; k < n; k++)
                    dot += inverse[(i * n) + k] * inverse[(j * n) + k];
                int a = qr.Permutation[i], b = qr.Permutation[j];
                covariance[(a * n) + b] = variance * dot / (norms[a] * norms[b]);
            }
        }
    }
}
