using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>A running filter of means and covariances. An update allocates nothing.</summary>
public abstract class GaussianFilterState : IPersistent
{
    private readonly double[] _mean, _covariance, _predictedMean, _predictedCovariance, _cross;
    private int _count;
    private double _logLikelihood, _increment;
    private bool _failed;

    /// <summary>Allocates the state.</summary>
    /// <param name="model">The model.</param>
    protected GaussianFilterState(IGaussianModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        int n = model.StateCount;
        (StateCount, ObservationCount) = (n, model.ObservationCount);
        (_mean, _predictedMean) = (model.InitialMean.ToArray(), model.InitialMean.ToArray());
        (_covariance, _predictedCovariance, _cross) = (model.InitialCovariance.ToArray(), model.InitialCovariance.ToArray(), new double[n * n]);
    }

    /// <summary>The number n of state variables.</summary>
    public int StateCount { get; }

    /// <summary>The number p of observed numbers.</summary>
    public int ObservationCount { get; }

    /// <summary>The number of observations so far, missing ones included: the next one is y_t with t = Count.</summary>
    public int Count => _count;

    /// <summary>True after an update failed: a covariance wasn't positive semidefinite or something wasn't finite. The moments are those before it.</summary>
    public bool IsFailed => _failed;

    /// <summary>The mean of the last state given all observations so far, n elements.</summary>
    public ReadOnlySpan<double> Mean => _mean;

    /// <summary>The covariance of the last state given all observations so far, n x n.</summary>
    public ReadOnlySpan<double> Covariance => _covariance;

    /// <summary>The mean of the last state given the observations before its own, n elements.</summary>
    public ReadOnlySpan<double> PredictedMean => _predictedMean;

    /// <summary>The covariance of the last state given the observations before its own, n x n.</summary>
    public ReadOnlySpan<double> PredictedCovariance => _predictedCovariance;

    /// <summary>The covariance of the state before the last (rows) and the last state (columns), given the observations before the last, n x n: what the smoother needs.</summary>
    public ReadOnlySpan<double> CrossCovariance => _cross;

    /// <summary>The log likelihood of all observations so far, log p(y_0, ..., y_t); exact for linear models.</summary>
    public double LogLikelihood => _logLikelihood;

    /// <summary>What the last observation added to <see cref="LogLikelihood"/>: log p(y_t | y_0, ..., y_{t-1}).</summary>
    public double LogLikelihoodIncrement => _increment;

    /// <summary>Predicts the next state and corrects it by its observation.</summary>
    /// <param name="observation">The observation y_t, p elements; NaN where an element is missing.</param>
    /// <returns>False when a covariance isn't positive semidefinite or something isn't finite; the filter can't go on then.</returns>
    /// <exception cref="ArgumentException">The length differs, or an element is infinite.</exception>
    public bool Update(ReadOnlySpan<double> observation)
    {
        Require.Length(observation.Length, ObservationCount, nameof(observation));
        foreach (double y in observation)
        {
            if (double.IsInfinity(y))
                throw new ArgumentException("The observation has an infinite element; NaN marks a missing one.", nameof(observation));
        }

        if (_failed)
            return false;
        var moments = new Moments(_mean, _covariance, _predictedMean, _predictedCovariance, _cross);
        double increment = 0;
        _failed = (_count > 0 && !Predict(_count, moments)) || !AllFinite(_predictedMean) || !AllFinite(_predictedCovariance);
        if (_failed)
            return false;
        if (Missing.All(observation))
            KeepPrediction(moments);
        else
            _failed = !Correct(_count, observation, moments, out increment) || !double.IsFinite(increment) || !AllFinite(_mean) || !AllFinite(_covariance);
        if (_failed)
            return false;
        _increment = increment;
        _logLikelihood += increment;
        _count++;
        return true;
    }

    /// <inheritdoc/>
    public virtual void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer<double>(_mean);
        archive.Transfer<double>(_covariance);
        archive.Transfer<double>(_predictedMean);
        archive.Transfer<double>(_predictedCovariance);
        archive.Transfer<double>(_cross);
        archive.Transfer(ref _count);
        archive.Transfer(ref _logLikelihood);
        archive.Transfer(ref _increment);
        archive.Transfer(ref _failed);
    }

    /// <summary>Computes the moments of x_t from those of x_{t-1}.</summary>
    /// <param name="step">The step t, from 1.</param>
    /// <param name="moments">Mean and covariance are read; predicted mean, predicted covariance and cross covariance are written.</param>
    /// <returns>False when that isn't possible.</returns>
    protected abstract bool Predict(int step, Moments moments);

    /// <summary>Corrects the predicted moments of x_t by an observation with at least one element present.</summary>
    /// <param name="step">The step t.</param>
    /// <param name="observation">The observation, with NaN where an element is missing.</param>
    /// <param name="moments">The predicted moments are read; mean and covariance are written.</param>
    /// <param name="logLikelihood">Receives log p(y_t | y_0, ..., y_{t-1}).</param>
    /// <returns>False when that isn't possible.</returns>
    protected abstract bool Correct(int step, ReadOnlySpan<double> observation, Moments moments, out double logLikelihood);

    /// <summary>Takes the prediction as the result of a step without observation.</summary>
    /// <param name="moments">The moments.</param>
    protected virtual void KeepPrediction(Moments moments)
    {
        moments.PredictedMean.CopyTo(moments.Mean);
        moments.PredictedCovariance.CopyTo(moments.Covariance);
    }

    private static bool AllFinite(ReadOnlySpan<double> values)
    {
        foreach (double v in values)
        {
            if (!double.IsFinite(v))
                return false;
        }

        return true;
    }

    /// <summary>The moments of a step, to read and to write.</summary>
    /// <param name="mean">The filtered mean.</param>
    /// <param name="covariance">The filtered covariance.</param>
    /// <param name="predictedMean">The predicted mean.</param>
    /// <param name="predictedCovariance">The predicted covariance.</param>
    /// <param name="cross">The covariance of the state before and this one.</param>
    protected readonly ref struct Moments(Span<double> mean, Span<double> covariance, Span<double> predictedMean, Span<double> predictedCovariance, Span<double> cross)
    {
        /// <summary>The filtered mean, n elements.</summary>
        public Span<double> Mean { get; } = mean;

        /// <summary>The filtered covariance, n x n.</summary>
        public Span<double> Covariance { get; } = covariance;

        /// <summary>The predicted mean, n elements.</summary>
        public Span<double> PredictedMean { get; } = predictedMean;

        /// <summary>The predicted covariance, n x n.</summary>
        public Span<double> PredictedCovariance { get; } = predictedCovariance;

        /// <summary>The covariance of the state before (rows) and this one (columns), n x n.</summary>
        public Span<double> Cross { get; } = cross;
    }
}
