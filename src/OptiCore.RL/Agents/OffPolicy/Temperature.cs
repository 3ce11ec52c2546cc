using OptiCore.Differentiation;
using OptiCore.Optimizers;
using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>The temperature of a soft actor-critic, tuned on its logarithm so that the policy's entropy meets a target: log alpha descends along entropy - target.</summary>
internal sealed class Temperature : IPersistent
{
    private readonly RuleState<float>? _optimizer;
    private readonly double _target;
    private readonly float[] _logarithm = new float[1];
    private readonly float[] _gradient = new float[1];

    public Temperature(Sac options, double target)
    {
        _target = double.IsNaN(options.TargetEntropy) ? target : options.TargetEntropy;
        _logarithm[0] = (float)Math.Log(options.Temperature);
        _optimizer = options.TunesTemperature ? options.Optimizer.Start<float>(1) : null;
        Block.Span[0] = (float)options.Temperature;
    }

    /// <summary>The temperature, shared with whatever is bound to it.</summary>
    public Block<float> Block { get; } = new(1);

    public double Value => Block.Span[0];

    public void Tune(double entropy)
    {
        if (_optimizer is null)
            return;
        _gradient[0] = (float)(entropy - _target);
        _optimizer.Step(_logarithm, _gradient);
        Block.Span[0] = (float)Math.Exp(_logarithm[0]);
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer<float>(_logarithm);
        archive.Transfer<float>(Block.Span);
        if (_optimizer is not null)
            archive.Transfer(_optimizer);
    }
}
