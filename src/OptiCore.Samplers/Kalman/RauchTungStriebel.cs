using System.Globalization;
using OptiCore.LinearAlgebra;
using OptiCore.Solving;

namespace OptiCore.Samplers;

/// <summary>
/// The smoother of Rauch, Tung and Striebel: the law of every state given the whole series, from a filter's moments, backwards. With G_t = C_{t+1} (P-_{t+1})^-1, where C_{t+1} is the covariance of x_t and x_{t+1}:
/// m^s_t = m_t + G_t (m^s_{t+1} - m-_{t+1}) and P^s_t = P_t + G_t (P^s_{t+1} - P-_{t+1}) G_t'.
/// </summary>
/// <remarks>
/// Exact after the Kalman filter; after the extended and the unscented filter it is the extended and the unscented smoother. Costs O(n^3) a step. H. E. Rauch, F. Tung, C. T. Striebel (1965), Maximum likelihood estimates of linear dynamic systems; for
/// the unscented filter S. Särkkä (2008), Unscented Rauch-Tung-Striebel smoother.
/// </remarks>
[Algorithm("Rauch-Tung-Striebel smoother", "Filtering", "Rauch, Tung, Striebel (1965), Maximum likelihood estimates of linear dynamic systems", Capabilities = "after the Kalman, extended and unscented filters")]
public static class RauchTungStriebel
{
    /// <summary>Smooths a filtered series.</summary>
    /// <param name="filtered">The moments of a filter; of a failed run, those of the steps done.</param>
    /// <returns>The smoothed moments; Failed, with the moments of the later steps, where a predicted covariance is singular.</returns>
    /// <exception cref="ArgumentException">There is no step.</exception>
    public static GaussianSmootherResult Smooth(GaussianFilterResult filtered)
    {
        ArgumentNullException.ThrowIfNull(filtered);
        if (filtered.Count == 0)
            throw new ArgumentException("The filter did no step.", nameof(filtered));
        int n = filtered.StateCount, last = filtered.Count - 1;
        var result = new GaussianSmootherResult(filtered.Count, n);
        filtered.Mean(last).CopyTo(result.WritableMean(last));
        filtered.Covariance(last).CopyTo(result.WritableCovariance(last));
        double[] root = new double[n * n], gain = new double[n * n], difference = new double[n * n], product = new double[n * n], shift = new double[n];
        for (int t = last - 1; t >= 0; t--)
        {
            filtered.PredictedCovariance(t + 1).CopyTo(root);
            if (!GaussianRoot.TryFactor(root, n, out bool definite) || !definite)
            {
                result.Fail(t + 1, string.Create(CultureInfo.InvariantCulture, $"The predicted covariance of step {t + 1} is singular."));
                return result;
            }

            // G' = (P-)^-1 C'.
            SmallMatrix.Transpose(filtered.CrossCovariance(t + 1), n, n, gain);
            Cholesky.Solve<double>(root, n, n, gain, n, n);
            ReadOnlySpan<double> nextMean = result.Mean(t + 1), nextCovariance = result.Covariance(t + 1), predicted = filtered.PredictedCovariance(t + 1);
            for (int i = 0; i < n; i++)
                shift[i] = nextMean[i] - filtered.PredictedMean(t + 1)[i];
            for (int i = 0; i < difference.Length; i++)
                difference[i] = nextCovariance[i] - predicted[i];
            Span<double> mean = result.WritableMean(t), covariance = result.WritableCovariance(t);
            filtered.Mean(t).CopyTo(mean);
            Blas.Gemv<double>(true, n, n, 1, gain, n, shift, 1, mean);
            filtered.Covariance(t).CopyTo(covariance);
            Blas.Gemm<double>(true, false, n, n, n, 1, gain, n, difference, n, 0, product, n);
            Blas.Gemm<double>(false, false, n, n, n, 1, product, n, gain, n, 1, covariance, n);
            SmallMatrix.Symmetrize(covariance, n);

            // Cov(x_t, x_{t+1} | all) = G P^s_{t+1}.
            Blas.Gemm(true, false, n, n, n, 1.0, gain, n, nextCovariance, n, 0.0, result.WritableCross(t + 1), n);
        }

        return result;
    }
}

/// <summary>The law of every state given the whole series.</summary>
public sealed class GaussianSmootherResult
{
    private readonly double[] _means, _covariances, _cross;

    internal GaussianSmootherResult(int steps, int n)
    {
        (Count, StateCount) = (steps, n);
        (_means, _covariances, _cross) = (new double[steps * n], new double[steps * n * n], new double[steps * n * n]);
    }

    /// <summary>The number n of state variables.</summary>
    public int StateCount { get; }

    /// <summary>The number of steps.</summary>
    public int Count { get; }

    /// <summary>The first step that is smoothed: 0, but after a failure.</summary>
    public int First { get; private set; }

    /// <summary>Completed, or Failed before <see cref="First"/>.</summary>
    public RunStatus Status { get; private set; } = RunStatus.Completed;

    /// <summary>The outcome in one sentence.</summary>
    public string Message { get; private set; } = "All steps were smoothed.";

    /// <summary>The smoothed means, n elements a step.</summary>
    public ReadOnlySpan<double> Means => _means;

    /// <summary>The mean of x_t given all observations.</summary>
    /// <param name="step">The step t.</param>
    public ReadOnlySpan<double> Mean(int step) => _means.AsSpan(step * StateCount, StateCount);

    /// <summary>The covariance of x_t given all observations, n x n.</summary>
    /// <param name="step">The step t.</param>
    public ReadOnlySpan<double> Covariance(int step) => WritableCovariance(step);

    /// <summary>The covariance of x_{t-1} (rows) and x_t (columns) given all observations, n x n; 0 at t = 0.</summary>
    /// <param name="step">The step t.</param>
    public ReadOnlySpan<double> CrossCovariance(int step) => WritableCross(step);

    /// <summary>This result if it is complete.</summary>
    /// <exception cref="SolverException">A step failed; the message says which.</exception>
    public GaussianSmootherResult EnsureCompleted() => Status == RunStatus.Completed ? this : throw new SolverException(Message);

    internal Span<double> WritableMean(int step) => _means.AsSpan(step * StateCount, StateCount);

    internal Span<double> WritableCovariance(int step) => _covariances.AsSpan(step * StateCount * StateCount, StateCount * StateCount);

    internal Span<double> WritableCross(int step) => _cross.AsSpan(step * StateCount * StateCount, StateCount * StateCount);

    internal void Fail(int first, string message) => (First, Status, Message) = (first, RunStatus.Failed, message);
}
