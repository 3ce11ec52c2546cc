using OptiCore.Differentiation;
using OptiCore.Optimizers;
using OptiCore.Persistence;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <summary>
/// What keeps action values from promising too much where there are no data: alpha E[log sum_a exp Q(s, a) - Q(s, a_data)] is added to the loss of a critic. Values of actions that the data don't have are pushed down, those of the data up, and
/// the values of the learnt policy are lower bounds of the true ones for an alpha that is large enough.
/// </summary>
/// <remarks>
/// A. Kumar, A. Zhou, G. Tucker, S. Levine (2020), "Conservative Q-learning for offline reinforcement learning": CQL(H), equation 4. The penalty is measured in the units of returns: the scale of rewards counts.
/// The error of a critic is halved as there, and as in <see cref="Sac"/> and <see cref="Dqn"/>; the authors' code doesn't, so that its weights are twice those here.
/// </remarks>
public sealed record ConservativePenalty
{
    /// <summary>The factor alpha: of the whole run, or at the beginning where there is a <see cref="Threshold"/>. The paper has 1 to 4 for discrete actions and 5 for continuous ones. Default: 1.</summary>
    public double Weight { get; init => field = Require.Positive(value); } = 1;

    /// <summary>
    /// For continuous actions, how many actions are drawn from each of three laws, uniform, pi(. | s) and pi(. | s'), to estimate the sum over actions. Default: 10.
    /// </summary>
    public int Samples { get; init => field = Require.Positive(value); } = 10;

    /// <summary>
    /// The threshold tau of the Lagrange form: alpha is tuned by dual gradient ascent on alpha (penalty - tau), so that it grows while the mean penalty is above the threshold and falls below; NaN for a fixed alpha.
    /// The penalty of continuous actions is that of the integral here: the authors' code leaves out the logarithm of 3 x <see cref="Samples"/>, which their thresholds include. Default: NaN.
    /// </summary>
    public double Threshold { get; init; } = double.NaN;

    /// <summary>Turns gradients with respect to log alpha into steps. Default: Adam with rate 3e-4.</summary>
    public IUpdateRule Optimizer { get; init => field = Require.NotNull(value, nameof(Optimizer)); } = new Adam { LearningRate = 3e-4 };

    /// <summary>log sum_a exp Q(s, a) - Q(s, a_data), [rows], for discrete actions: O(rows x actions).</summary>
    /// <param name="values">Q, [rows, actions].</param>
    /// <param name="taken">Ones for the actions of the data, [rows, actions].</param>
    public static Variable Discrete(Variable values, Variable taken) => LogSumExp(values) - Sum(values * taken, -1);

    /// <summary>
    /// log int exp Q(s, a) da - Q(s, a_data), [rows, critics], with the integral estimated by importance sampling, 1 / n sum_i exp(Q(s, a_i)) / p(a_i): the mean over several laws is the estimate of each of them, averaged.
    /// </summary>
    /// <param name="values">Q of drawn actions, [rows, n, critics].</param>
    /// <param name="logDensities">The logarithms of the densities they were drawn with, [rows, n].</param>
    /// <param name="taken">Q of the actions of the data, [rows, critics].</param>
    public static Variable Sampled(Variable values, Variable logDensities, Variable taken) =>
        LogSumExp(values - ExpandAxis(logDensities, -1), 1) - Math.Log(values.Shape[1]) - taken;
}

/// <summary>The factor of a conservative penalty, fixed or tuned on its logarithm.</summary>
internal sealed class ConservativeWeight : IPersistent
{
    // Beyond this the loss is nothing but the penalty.
    private static readonly float Most = (float)Math.Log(1e6);

    private readonly RuleState<float>? _optimizer;
    private readonly double _threshold;
    private readonly float[] _logarithm = new float[1];
    private readonly float[] _gradient = new float[1];

    public ConservativeWeight(ConservativePenalty options)
    {
        _threshold = options.Threshold;
        _optimizer = double.IsNaN(options.Threshold) ? null : options.Optimizer.Start<float>(1);
        _logarithm[0] = (float)Math.Log(options.Weight);
        Block.Span[0] = (float)options.Weight;
    }

    /// <summary>The factor, shared with whatever is bound to it.</summary>
    public Block<float> Block { get; } = new(1);

    public double Value => Block.Span[0];

    public void Tune(double penalty)
    {
        if (_optimizer is null)
            return;
        _gradient[0] = (float)(Value * (_threshold - penalty));
        _optimizer.Step(_logarithm, _gradient);
        _logarithm[0] = Math.Min(_logarithm[0], Most);
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
