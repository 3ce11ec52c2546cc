using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>One chain on its own: kernel, tuning, and the draws kept so far.</summary>
internal sealed class SingleChain : ChainGroup
{
    private readonly SamplerState _kernel;
    private readonly AdaptationState? _adaptation;
    private readonly RandomKey _key;
    private readonly RandomKey _adaptationKey;
    private readonly double[] _before;

    private SingleChain(int index, IProblem<double> target, SamplerState kernel, AdaptationState? adaptation, SamplingOptions options, Lock reporting)
        : base(index, 1, target, options, reporting)
    {
        _key = options.Key.Fold(index);
        _adaptationKey = _key.Fold("adaptation");
        _kernel = kernel;
        _adaptation = adaptation;
        _before = new double[target.Dimension];
    }

    public static SingleChain Start<TTarget>(int index, ISampler<TTarget> sampler, TTarget target, SamplingOptions options, Lock reporting) where TTarget : IProblem<double>
    {
        SamplerState kernel = sampler.Start(target);
        AdaptationState? adaptation = options.WarmUp > 0 ? sampler.Adaptation?.Start(kernel, options.WarmUp) : null;
        return new SingleChain(index, target, kernel, adaptation, options, reporting);
    }

    public override ChainResult Result(int index)
    {
        var tunable = _kernel as ITunableKernel;
        return Records[0].Result(
            Iteration, _kernel.MaxTreeDepth, tunable?.StepSize ?? double.NaN, tunable is null ? [] : tunable.Metric.Inverse.ToArray(), _kernel.Evaluations + InitialEvaluations(0), (_kernel as IReportingKernel)?.Report(), WarmUpTime, SamplingTime);
    }

    public override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Transfer(_kernel);
        if (_adaptation is not null)
            archive.Transfer(_adaptation);
    }

    protected override double Transition(int iteration)
    {
        bool isWarmUp = IsWarmUp;
        if (isWarmUp)
            _adaptation?.BeforeDraw(_adaptationKey.Fold(iteration));
        _kernel.Position.CopyTo(_before);
        DrawStatistics statistics = _kernel.Draw(_key.Fold(iteration));
        if (!isWarmUp)
        {
            Records[0].Keep(_kernel.Position, _before, _kernel.DivergentPosition, statistics);
        }
        else
        {
            _adaptation?.AfterDraw(iteration, statistics);
            if (iteration == Options.WarmUp - 1)
                _adaptation?.Finish();
        }

        return statistics.StepSize;
    }

    protected override bool MoveTo(int index, ReadOnlySpan<double> position) => _kernel.MoveTo(position);

    protected override void Begin(int index, ChainStart start)
    {
        // Only what is tuned may be changed: without warm-up the kernel stays as configured, and so does a metric of fixed form.
        if (_adaptation is null || start.Approximation is not LowRankNormal normal || _kernel is not ITunableKernel { Metric: MetricState metric } || metric.StartEstimator() is null)
            return;
        double[] inverse = new double[metric.Inverse.Length];
        if (inverse.Length == normal.Dimension)
            normal.Variances(inverse);
        else
            normal.Covariance(inverse);
        metric.SetInverse(inverse);
    }

    protected override void DrawStart(int index, RandomKey key, Span<double> position) => _kernel.DrawStart(key, Options.InitialRadius, position);
}
