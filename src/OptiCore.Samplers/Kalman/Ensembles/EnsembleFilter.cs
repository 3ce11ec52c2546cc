using System.Globalization;
using OptiCore.Solving;

namespace OptiCore.Samplers;

/// <summary>Runs ensemble filters over a series.</summary>
public static class EnsembleFilter
{
    /// <summary>Filters a series.</summary>
    /// <param name="filter">The filter.</param>
    /// <param name="model">The model.</param>
    /// <param name="observations">The observations y_0, y_1, ..., p elements each, one after the other; NaN where an element is missing.</param>
    /// <param name="key">The run's randomness.</param>
    /// <param name="workers">Who carries the members forward; null for the calling thread. The result is the same for any number.</param>
    /// <returns>The moments of every step; of the steps before the failing one, when a step fails.</returns>
    /// <exception cref="ArgumentException">The length isn't a multiple of p.</exception>
    public static EnsembleFilterResult Run(IEnsembleFilter filter, IGaussianModel model, ReadOnlySpan<double> observations, RandomKey key, IWorkers? workers = null)
    {
        ArgumentNullException.ThrowIfNull(filter);
        ArgumentNullException.ThrowIfNull(model);
        EnsembleFilterState state = filter.Start(model, key, workers);
        int n = model.StateCount, p = model.ObservationCount, steps = Series.Length(observations, p), t = 0;
        double[] means = new double[steps * n], variances = new double[steps * n], increments = new double[steps];
        while (t < steps && state.Update(observations.Slice(t * p, p)))
        {
            state.Mean.CopyTo(means.AsSpan(t * n));
            for (int j = 0; j < n; j++)
                variances[(t * n) + j] = Numerics.Reduce.Variance(state.Members[j]);
            increments[t] = state.LogLikelihoodIncrement;
            t++;
        }

        return new EnsembleFilterResult(n, t, means, variances, increments)
        {
            LogLikelihood = state.LogLikelihood,
            Status = t == steps ? RunStatus.Completed : RunStatus.Failed,
            Message = t == steps ? "All observations were filtered." : string.Create(CultureInfo.InvariantCulture, $"Step {t} failed: a member isn't finite or a covariance isn't definite."),
        };
    }
}

/// <summary>What an ensemble filter computed of a series.</summary>
public sealed class EnsembleFilterResult
{
    private readonly int _n;
    private readonly double[] _means, _variances, _increments;

    internal EnsembleFilterResult(int n, int count, double[] means, double[] variances, double[] increments) =>
        (_n, Count, _means, _variances, _increments) = (n, count, means, variances, increments);

    /// <summary>The number of steps that were done.</summary>
    public int Count { get; }

    /// <summary>Completed, or Failed at step <see cref="Count"/>.</summary>
    public required RunStatus Status { get; init; }

    /// <summary>The outcome in one sentence.</summary>
    public required string Message { get; init; }

    /// <summary>The sum of <see cref="LogLikelihoodIncrements"/>.</summary>
    public required double LogLikelihood { get; init; }

    /// <summary>The log likelihood of each observation under the ensemble's prediction.</summary>
    public ReadOnlySpan<double> LogLikelihoodIncrements => _increments.AsSpan(0, Count);

    /// <summary>The means after each observation, n elements a step.</summary>
    public ReadOnlySpan<double> Means => _means.AsSpan(0, Count * _n);

    /// <summary>The variances after each observation, n elements a step.</summary>
    public ReadOnlySpan<double> Variances => _variances.AsSpan(0, Count * _n);

    /// <summary>This result if it is complete.</summary>
    /// <exception cref="SolverException">A step failed; the message says which.</exception>
    public EnsembleFilterResult EnsureCompleted() => Status == RunStatus.Completed ? this : throw new SolverException(Message);
}
