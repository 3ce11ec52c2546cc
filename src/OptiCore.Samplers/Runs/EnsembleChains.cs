using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>The chains of an ensemble, which move together.</summary>
internal sealed class EnsembleChains : ChainGroup
{
    private readonly EnsembleState _ensemble;
    private readonly RandomKey _key;
    private readonly double[] _before;
    private readonly DrawStatistics[] _statistics;

    public EnsembleChains(EnsembleState ensemble, IProblem<double> target, SamplingOptions options, Lock reporting)
        : base(0, options.Chains, target, options, reporting)
    {
        _ensemble = ensemble;
        _key = options.Key.Fold("ensemble");
        _before = new double[options.Chains * target.Dimension];
        _statistics = new DrawStatistics[options.Chains];
    }

    public override ChainResult Result(int index) => Records[index].Result(
        Iteration, int.MaxValue, _ensemble.StepSize, _ensemble.Metric is MetricState metric ? metric.Inverse.ToArray() : [], _ensemble.Evaluations(index) + InitialEvaluations(index), (_ensemble as IReportingKernel)?.Report(), WarmUpTime, SamplingTime);

    public override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Transfer(_ensemble);
    }

    protected override double Transition(int iteration)
    {
        int n = Target.Dimension;
        for (int i = 0; i < Records.Length; i++)
            _ensemble.Position(i).CopyTo(_before.AsSpan(i * n, n));
        _ensemble.Draw(_key.Fold(iteration), Options.Workers, _statistics);
        if (!IsWarmUp)
        {
            for (int i = 0; i < Records.Length; i++)
                Records[i].Keep(_ensemble.Position(i), _before.AsSpan(i * n, n), _ensemble.DivergentPosition(i), _statistics[i]);
        }
        else
        {
            _ensemble.Tune(iteration, _statistics);
            if (iteration == Options.WarmUp - 1)
                _ensemble.FinishTuning();
        }

        return _statistics[0].StepSize;
    }

    protected override bool MoveTo(int index, ReadOnlySpan<double> position) => _ensemble.MoveTo(index, position);

    protected override void DrawStart(int index, RandomKey key, Span<double> position) => _ensemble.DrawStart(key, Options.InitialRadius, position);

    protected override void Placed() => _ensemble.Begin();
}
