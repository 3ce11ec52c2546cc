using System.Globalization;
using OptiCore.Solving;

namespace OptiCore.Samplers;

/// <summary>
/// Runs filters of means and covariances over a series.
/// <code>
/// GaussianFilterResult result = GaussianFilter.Run(new KalmanFilter(), model, observations);
/// GaussianSmootherResult smoothed = RauchTungStriebel.Smooth(result);
/// </code>
/// </summary>
public static class GaussianFilter
{
    /// <summary>Filters a series.</summary>
    /// <typeparam name="TModel">What the filter needs of a model.</typeparam>
    /// <param name="filter">The filter.</param>
    /// <param name="model">The model.</param>
    /// <param name="observations">The observations y_0, y_1, ..., p elements each, one after the other; NaN where an element is missing.</param>
    /// <returns>The moments of every step; of the steps before the failing one, when a step fails.</returns>
    /// <exception cref="ArgumentException">The length isn't a multiple of p, or an element is infinite.</exception>
    public static GaussianFilterResult Run<TModel>(IGaussianFilter<TModel> filter, TModel model, ReadOnlySpan<double> observations) where TModel : IGaussianModel
    {
        ArgumentNullException.ThrowIfNull(filter);
        GaussianFilterState state = filter.Start(model);
        int p = state.ObservationCount, steps = Series.Length(observations, p);
        var result = new GaussianFilterResult(steps, state.StateCount);
        for (int t = 0; t < steps; t++)
        {
            if (!state.Update(observations.Slice(t * p, p)))
            {
                result.Fail(string.Create(CultureInfo.InvariantCulture, $"Step {t} failed: a covariance isn't positive semidefinite or a value isn't finite."));
                break;
            }

            result.Add(state);
        }

        return result;
    }
}

/// <summary>What a filter of means and covariances computed of a series.</summary>
public sealed class GaussianFilterResult
{
    private readonly double[] _means, _covariances, _predictedMeans, _predictedCovariances, _cross, _increments;

    internal GaussianFilterResult(int steps, int n)
    {
        (StateCount, Steps) = (n, steps);
        (_means, _predictedMeans, _increments) = (new double[steps * n], new double[steps * n], new double[steps]);
        (_covariances, _predictedCovariances, _cross) = (new double[steps * n * n], new double[steps * n * n], new double[steps * n * n]);
    }

    /// <summary>The number n of state variables.</summary>
    public int StateCount { get; }

    /// <summary>The number of observations that were given.</summary>
    public int Steps { get; }

    /// <summary>The number of steps that were done; the moments of these are there.</summary>
    public int Count { get; private set; }

    /// <summary>Completed, or Failed at step <see cref="Count"/>.</summary>
    public RunStatus Status { get; private set; } = RunStatus.Completed;

    /// <summary>The outcome in one sentence.</summary>
    public string Message { get; private set; } = "All observations were filtered.";

    /// <summary>The log likelihood of the observations up to the last step done; exact for linear models.</summary>
    public double LogLikelihood { get; private set; }

    /// <summary>What each observation added to the log likelihood, one number a step.</summary>
    public ReadOnlySpan<double> LogLikelihoodIncrements => _increments.AsSpan(0, Count);

    /// <summary>The filtered means, n elements a step.</summary>
    public ReadOnlySpan<double> Means => _means.AsSpan(0, Count * StateCount);

    /// <summary>The mean of x_t given y_0, ..., y_t.</summary>
    /// <param name="step">The step t.</param>
    public ReadOnlySpan<double> Mean(int step) => Row(_means, step, StateCount);

    /// <summary>The covariance of x_t given y_0, ..., y_t, n x n.</summary>
    /// <param name="step">The step t.</param>
    public ReadOnlySpan<double> Covariance(int step) => Row(_covariances, step, StateCount * StateCount);

    /// <summary>The mean of x_t given y_0, ..., y_{t-1}.</summary>
    /// <param name="step">The step t.</param>
    public ReadOnlySpan<double> PredictedMean(int step) => Row(_predictedMeans, step, StateCount);

    /// <summary>The covariance of x_t given y_0, ..., y_{t-1}, n x n.</summary>
    /// <param name="step">The step t.</param>
    public ReadOnlySpan<double> PredictedCovariance(int step) => Row(_predictedCovariances, step, StateCount * StateCount);

    /// <summary>The covariance of x_{t-1} (rows) and x_t (columns) given y_0, ..., y_{t-1}, n x n; 0 at t = 0.</summary>
    /// <param name="step">The step t.</param>
    public ReadOnlySpan<double> CrossCovariance(int step) => Row(_cross, step, StateCount * StateCount);

    /// <summary>This result if it is complete.</summary>
    /// <exception cref="SolverException">A step failed; the message says which.</exception>
    public GaussianFilterResult EnsureCompleted() => Status == RunStatus.Completed ? this : throw new SolverException(Message);

    internal void Add(GaussianFilterState state)
    {
        int n = StateCount, t = Count;
        state.Mean.CopyTo(_means.AsSpan(t * n));
        state.PredictedMean.CopyTo(_predictedMeans.AsSpan(t * n));
        state.Covariance.CopyTo(_covariances.AsSpan(t * n * n));
        state.PredictedCovariance.CopyTo(_predictedCovariances.AsSpan(t * n * n));
        state.CrossCovariance.CopyTo(_cross.AsSpan(t * n * n));
        _increments[t] = state.LogLikelihoodIncrement;
        LogLikelihood = state.LogLikelihood;
        Count++;
    }

    internal void Fail(string message) => (Status, Message) = (RunStatus.Failed, message);

    private ReadOnlySpan<double> Row(double[] values, int step, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(step);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(step, Count);
        return values.AsSpan(step * length, length);
    }
}

/// <summary>Series of observations in one span.</summary>
internal static class Series
{
    public static int Length(ReadOnlySpan<double> observations, int p) => observations.Length % p == 0
        ? observations.Length / p
        : throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{nameof(observations)} has {observations.Length} elements; a multiple of {p} was expected."), nameof(observations));
}
