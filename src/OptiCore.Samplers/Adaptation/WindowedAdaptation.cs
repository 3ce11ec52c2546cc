using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>
/// Stan's warm-up: the step size by dual averaging throughout, and the metric by the covariance of the draws in windows that double, between an
/// initial stretch that only finds the typical set and a final one that settles the step size.
/// </summary>
/// <remarks>
/// Stan Development Team (2024), Stan Reference Manual, section "HMC algorithm parameters"; Hoffman, Gelman (2014), algorithm 4 for the first guess of
/// the step size. With a warm-up of 1,000 the metric changes after transitions 100, 150, 250, 450 and 950. A shorter warm-up than the three
/// stretches need is divided 15 : 75 : 10; below 20 transitions only the step size is tuned.
/// </remarks>
public sealed record WindowedAdaptation : IAdaptation
{
    /// <summary>
    /// The mean acceptance statistic to aim at, in (0, 1). Higher gives smaller steps: 0.95 or 0.99 against divergences. Default: null, which leaves it
    /// to <see cref="ITunableKernel.TargetAcceptance"/>: 0.8 for trajectories, less for a single step.
    /// </summary>
    public double? TargetAcceptance { get; init => field = value is double target ? Require.InOpen(target, 0, 1) : null; }

    /// <summary>How the step size is averaged.</summary>
    public DualAveraging StepSize { get; init => field = Require.NotNull(value); } = new();

    /// <summary>Transitions before the first window. Default: 75.</summary>
    public int InitialBuffer { get; init => field = Require.NonNegative(value); } = 75;

    /// <summary>Transitions after the last window. Default: 50.</summary>
    public int FinalBuffer { get; init => field = Require.NonNegative(value); } = 50;

    /// <summary>Transitions of the first window; each further one has twice as many. Default: 25.</summary>
    public int FirstWindow { get; init => field = Require.AtLeast(value, 2); } = 25;

    /// <inheritdoc/>
    public AdaptationState Start(SamplerState kernel, int warmUp)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        Require.Positive(warmUp, nameof(warmUp));
        if (kernel is not ITunableKernel tunable)
            throw new ArgumentException($"{nameof(WindowedAdaptation)} tunes step size and metric, which {kernel.GetType().Name} doesn't have.", nameof(kernel));
        return new State(this, tunable, warmUp);
    }

    /// <summary>The windows of a warm-up: the first transition of the first one, and the last transition of each.</summary>
    internal (int Begin, int[] Ends) Windows(int warmUp)
    {
        int initial = InitialBuffer, final = FinalBuffer, size = FirstWindow;
        if (warmUp < 20)
            return (warmUp, []);
        if (initial + size + final > warmUp)
        {
            initial = (int)(0.15 * warmUp);
            final = (int)(0.1 * warmUp);
            size = warmUp - initial - final;
        }

        var ends = new List<int>();
        int last = warmUp - final - 1;
        int end = initial + size - 1;
        while (true)
        {
            // A window whose successor wouldn't fit takes the rest; so does the first one when a single draw would be left.
            if ((ends.Count > 0 && end + (2 * size) > last) || last - end < 2)
                end = last;
            ends.Add(Math.Min(end, last));
            if (end >= last)
                return (initial, [.. ends]);
            size *= 2;
            end += size;
        }
    }

    private sealed class State : AdaptationState
    {
        private const double SmallestStep = 1e-300;
        private const double LargestStep = 1e7;

        private readonly ITunableKernel _kernel;
        private readonly DualAveragingState _stepSize;
        private readonly MetricEstimator? _estimator;
        private readonly double _target;
        private readonly int _begin;
        private readonly int[] _ends;
        private int _window;
        private bool _search = true;

        public State(WindowedAdaptation options, ITunableKernel kernel, int warmUp)
        {
            _kernel = kernel;
            _target = options.TargetAcceptance ?? kernel.TargetAcceptance;
            _stepSize = options.StepSize.Start();
            _estimator = kernel.Metric.StartEstimator();
            if (_estimator is { NeedsGradients: true } && kernel.Gradient.IsEmpty)
                throw new ArgumentException($"The metric is estimated from gradients, which {kernel.GetType().DeclaringType?.Name ?? kernel.GetType().Name} doesn't compute.", nameof(kernel));
            (_begin, _ends) = options.Windows(warmUp);
        }

        public override void BeforeDraw(RandomKey key)
        {
            if (!_search)
                return;
            _kernel.StepSize = ReasonableStepSize(key);
            _stepSize.Restart(_kernel.StepSize);
            _search = false;
        }

        public override void AfterDraw(int iteration, in DrawStatistics statistics)
        {
            _kernel.StepSize = Math.Clamp(_stepSize.Update(statistics.AcceptStatistic, _target), SmallestStep, LargestStep);
            if (_estimator is null || _window == _ends.Length || iteration < _begin)
                return;
            _estimator.Add(_kernel.Position, _kernel.Gradient);
            if (iteration < _ends[_window])
                return;
            _window++;
            _estimator.Update();
            _estimator.Reset();
            _search = true;
        }

        public override void Finish()
        {
            // Nothing has been averaged where the last window ended with the warm-up: the search's last word stays.
            if (_stepSize.Average is double average)
                _kernel.StepSize = average;
        }

        public override void Persist(StateArchive archive)
        {
            archive.Transfer(_stepSize);
            if (_estimator is not null)
                archive.Transfer(_estimator);
            archive.Transfer(ref _window);
            archive.Transfer(ref _search);
        }

        /// <summary>
        /// Doubles or halves the step size until the acceptance probability of a single step crosses 0.8, each time with a new momentum.
        /// </summary>
        private double ReasonableStepSize(RandomKey key)
        {
            double stepSize = _kernel.StepSize;
            bool grows = _kernel.LogAcceptance(stepSize, key.Fold(0)) > Math.Log(0.8);
            for (int i = 1; ; i++)
            {
                double next = grows ? 2 * stepSize : 0.5 * stepSize;
                if (next is < SmallestStep or > LargestStep)
                    return stepSize;
                stepSize = next;
                if (_kernel.LogAcceptance(stepSize, key.Fold(i)) > Math.Log(0.8) != grows)
                    return stepSize;
            }
        }
    }
}
