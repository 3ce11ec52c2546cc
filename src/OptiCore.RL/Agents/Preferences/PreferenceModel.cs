using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Optimizers;

namespace OptiCore.RL;

/// <summary>
/// Learns rewards from preferences between segments of behaviour: an ensemble of networks r_m(s, a) = tanh(.), each fitted by cross-entropy to P(second preferred) = 1 / (1 + exp(-(sum r_m(second) - sum r_m(first)))), the law of R. A. Bradley and
/// M. E. Terry. Where both are as good, the probability aimed at is 1/2.
/// </summary>
/// <remarks>
/// <para>P. F. Christiano, J. Leike, T. B. Brown, M. Martic, S. Legg, D. Amodei (2017), "Deep reinforcement learning from human preferences"; networks and fitting as in K. Lee, L. Smith, P. Abbeel (2021), "PEBBLE: feedback-efficient interactive reinforcement
/// learning via relabeling experience and unsupervised pre-training". Members begin differently and take the data in orders of their own. A fit goes on from the parameters that are there, epoch after epoch, until the mean accuracy of an epoch reaches
/// <see cref="TargetAccuracy"/> or <see cref="MaxEpochs"/> are done.</para>
/// <para>Segments of the same length determine rewards up to a shift only. Inputs are observations and actions as they are. An epoch costs a pass forward and backward over all steps of all segments for each member.</para>
/// </remarks>
[Algorithm("Preference reward model", "Preferences", "P. F. Christiano, J. Leike, T. B. Brown, M. Martic, S. Legg, D. Amodei (2017), Deep reinforcement learning from human preferences", Capabilities = "Box observations and actions; from comparisons")]
public sealed record PreferenceModel
{
    /// <summary>The layers of each member before its output. Default: three layers of 256 leaky rectifiers.</summary>
    public Module Torso { get; init => field = Require.NotNull(value, nameof(Torso)); } =
        new Torso { Hidden = [256, 256, 256], Activation = static x => Operations.LeakyRelu(x), Weights = Initializer.GlorotUniform };

    /// <summary>The number of members. Default: 3.</summary>
    public int Members { get; init => field = Require.Positive(value); } = 3;

    /// <summary>The steps of a segment. Default: 50.</summary>
    public int SegmentLength { get; init => field = Require.Positive(value); } = 50;

    /// <summary>The preferences that are remembered; the oldest go first. Default: 2,000.</summary>
    public int Capacity { get; init => field = Require.Positive(value); } = 2_000;

    /// <summary>The preferences of an update; multiples of 32 are learnt in parts at the same time. Default: 128.</summary>
    public int BatchSize { get; init => field = Require.Positive(value); } = 128;

    /// <summary>The most epochs of a fit. Default: 200.</summary>
    public int MaxEpochs { get; init => field = Require.Positive(value); } = 200;

    /// <summary>The mean share of preferences that members predict, equal ones not counted, at which a fit ends. Default: 0.97.</summary>
    public double TargetAccuracy { get; init => field = Require.InOpenClosed(value, 0, 1); } = 0.97;

    /// <summary>Turns gradients into steps. Default: Adam with rate 3e-4.</summary>
    public IUpdateRule Optimizer { get; init => field = Require.NotNull(value, nameof(Optimizer)); } = new Adam { LearningRate = 3e-4 };

    /// <summary>Begins without preferences.</summary>
    /// <param name="observationLength">The elements of an observation.</param>
    /// <param name="actionLength">The elements of an action.</param>
    /// <param name="key">The key of the first parameters.</param>
    /// <param name="workers">Who does the parts of updates; results are the same for any number. Default: this thread.</param>
    public PreferenceModelState Start(int observationLength, int actionLength, RandomKey key, IWorkers? workers = null) => new(
        this, Require.Positive(observationLength, nameof(observationLength)), Require.Positive(actionLength, nameof(actionLength)), key, workers ?? Workers.Serial);
}
