using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>Single steps of all chains, from which the first guess of a step size is made.</summary>
internal interface ITrialSteps
{
    /// <summary>The harmonic mean over the chains of the acceptance probabilities of one step with a new momentum.</summary>
    /// <param name="stepSize">The step size to try.</param>
    /// <param name="key">The randomness.</param>
    double HarmonicAcceptance(double stepSize, RandomKey key);
}

/// <summary>What <see cref="CheesHmc"/> tunes, in numbers that all chains share: step size, trajectory length, and when the metric is estimated. It sees no chain, so that it serves chains wherever they are.</summary>
internal sealed class CheesTuning : IPersistent
{
    private const double SmallestStep = 1e-300;
    private const double LargestStep = 1e7;

    // The largest change of log T in one update, which keeps the first ones from running away.
    private const double LargestChange = 0.35;

    // The weight of update k in the average of log T is k^-0.5.
    private const double AveragingPower = 0.5;

    private readonly CheesHmc _options;
    private readonly MetricState _metric;
    private readonly double[] _estimate;
    private readonly int _begin;
    private readonly int[] _ends = [];
    private readonly DualAveragingState _averaging;
    private double _stepSize;
    private double _length;
    private double _averageLogLength;
    private double _meanSquare;
    private long _updates;
    private ulong _transitions;
    private int _window;
    private bool _search;
    private bool _tunes;

    public CheesTuning(CheesHmc options, MetricState metric, int dimension, int warmUp)
    {
        _options = options;
        _metric = metric;
        _estimate = new double[dimension];
        _averaging = options.StepSizeAveraging.Start();
        _stepSize = options.StepSize;
        _length = options.TrajectoryLength > 0 ? options.TrajectoryLength : options.StepSize;
        _tunes = _search = warmUp > 0;
        if (_tunes && options.TunesMetric)
            (_begin, _ends) = Windows(warmUp);
    }

    public double StepSize => _stepSize;

    /// <summary>True during warm-up.</summary>
    public bool Tunes => _tunes;

    /// <summary>True where a step size is to be searched before the next transition.</summary>
    public bool NeedsSearch => _search;

    /// <summary>The number of steps of the next transition.</summary>
    public int NextSteps()
    {
        double time = RadicalInverse(_transitions + 1) * _length;
        return (int)Math.Clamp(Math.Ceiling(time / _stepSize), 1, _options.MaxSteps);
    }

    /// <summary>Counts a transition.</summary>
    public void Advance() => _transitions++;

    /// <summary>Doubles or halves the step size until the harmonic mean of the acceptance probabilities of single steps crosses 0.8, as chain by chain in Hoffman, Gelman (2014).</summary>
    public void Search(ITrialSteps trials, RandomKey key)
    {
        double stepSize = _stepSize;
        bool grows = trials.HarmonicAcceptance(stepSize, key.Fold(0)) > 0.8;
        for (int i = 1; ; i++)
        {
            double next = grows ? 2 * stepSize : 0.5 * stepSize;
            if (next is < SmallestStep or > LargestStep)
                break;
            stepSize = next;
            if (trials.HarmonicAcceptance(stepSize, key.Fold(i)) > 0.8 != grows)
                break;
        }

        // The paper begins with trajectories of one step.
        if (_transitions == 0 && _options.TrajectoryLength == 0)
            _length = stepSize;
        _stepSize = stepSize;
        _averaging.Restart(stepSize);
        _updates = 0;
        _meanSquare = 0;
        _search = false;
    }

    /// <summary>Absorbs a transition.</summary>
    /// <param name="harmonic">The harmonic mean over the chains of their acceptance probabilities.</param>
    /// <param name="lengthGradient">The gradient of the criterion with respect to log T.</param>
    public void Update(double harmonic, double lengthGradient)
    {
        UpdateLength(double.IsFinite(lengthGradient) ? lengthGradient : 0);
        _stepSize = Math.Clamp(_averaging.Update(harmonic, _options.TargetAcceptance), SmallestStep, LargestStep);
    }

    /// <summary>True where the positions after a transition of the warm-up belong to a window of the metric.</summary>
    public bool Absorbs(int iteration) => _window < _ends.Length && iteration >= _begin;

    /// <summary>True after the last transition of a window.</summary>
    public bool EndsWindow(int iteration) => iteration >= _ends[_window];

    /// <summary>Sets the metric to what was estimated in a window.</summary>
    public void EndWindow(CovarianceEstimator estimator)
    {
        _window++;
        estimator.Estimate(_estimate);

        // Time is measured in the scales of the metric: a length keeps its meaning for the coordinates in the geometric mean.
        double logScale = 0;
        for (int i = 0; i < _estimate.Length; i++)
            logScale += 0.5 * Math.Log(_metric.Inverse[i] / _estimate[i]) / _estimate.Length;
        _length *= Math.Exp(logScale);
        _metric.SetInverse(_estimate);
        estimator.Reset();
        _search = true;
    }

    /// <summary>The averages hold from now on.</summary>
    public void Finish()
    {
        _tunes = _search = false;
        if (_averaging.Average is double average)
            _stepSize = average;
        if (_updates > 0)
            _length = Math.Exp(_averageLogLength);
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer(_averaging);
        archive.Transfer(ref _stepSize);
        archive.Transfer(ref _length);
        archive.Transfer(ref _averageLogLength);
        archive.Transfer(ref _meanSquare);
        archive.Transfer(ref _updates);
        archive.Transfer(ref _transitions);
        archive.Transfer(ref _window);
        archive.Transfer(ref _search);
        archive.Transfer(ref _tunes);
    }

    /// <summary>
    /// The windows of the metric: after Stan's first stretch, or 15 % of a short warm-up, and before the half in which step size and length settle. Dual averaging's iterates still swing by a factor after 50
    /// transitions, and because the harmonic mean falls ever faster as steps grow, their average is then too short: on a standard normal in 3 dimensions it led to a harmonic mean of 0.84 to 0.88 for a target of 0.651.
    /// </summary>
    private static (int Begin, int[] Ends) Windows(int warmUp)
    {
        var stretches = new WindowedAdaptation();
        return (stretches with { InitialBuffer = Math.Min(stretches.InitialBuffer, 15 * warmUp / 100), FinalBuffer = warmUp / 2, FirstWindow = Math.Clamp(warmUp / 4, 2, stretches.FirstWindow) }).Windows(warmUp);
    }

    private static double RadicalInverse(ulong index)
    {
        double sum = 0;
        for (double digit = 0.5; index != 0; index >>= 1, digit /= 2)
            sum += digit * (index & 1);
        return sum;
    }

    private void UpdateLength(double gradient)
    {
        const double Smallest = 1e-30;
        _updates++;
        double decay = _options.SquareDecay;
        _meanSquare = (decay * _meanSquare) + ((1 - decay) * gradient * gradient);
        double square = _meanSquare / (1 - Math.Pow(decay, _updates));
        double change = _options.LearningRate * gradient / (Math.Sqrt(square) + Smallest);
        double logLength = Math.Log(_length) + Math.Clamp(change, -LargestChange, LargestChange);
        logLength = Math.Clamp(logLength, Math.Log(_stepSize), Math.Log(_stepSize * _options.MaxSteps));
        double weight = Math.Pow(_updates, -AveragingPower);
        _averageLogLength = ((1 - weight) * _averageLogLength) + (weight * logLength);
        _length = Math.Exp(logLength);
    }
}
