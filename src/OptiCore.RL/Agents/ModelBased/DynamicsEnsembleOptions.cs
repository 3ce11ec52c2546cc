using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Optimizers;

namespace OptiCore.RL;

/// <summary>How a <see cref="DynamicsEnsemble"/> looks and is fitted.</summary>
public sealed record DynamicsEnsembleOptions
{
    /// <summary>The number of networks B. Default: 5.</summary>
    public int Members { get; init => field = Require.Positive(value); } = 5;

    /// <summary>The layers of each network before its head. Default: three layers of 200 units x sigmoid(x).</summary>
    public Module Torso { get; init => field = Require.NotNull(value, nameof(Torso)); } =
        new Torso { Hidden = [200, 200, 200], Activation = Operations.Silu, Weights = Initializer.GlorotUniform };

    /// <summary>Whether rewards are predicted too. Default: no.</summary>
    public bool PredictsRewards { get; init; }

    /// <summary>Turns gradients of the loss into steps. Default: Adam with rate 1e-3.</summary>
    public IUpdateRule Optimizer { get; init => field = Require.NotNull(value, nameof(Optimizer)); } = new Adam { LearningRate = 1e-3 };

    /// <summary>The factor lambda of lambda / 2 |W|^2, summed over the weights (not the biases) of all layers, in the loss. Default: 1e-4.</summary>
    public double WeightDecay { get; init => field = Require.NonNegative(value); } = 1e-4;

    /// <summary>The factor of sum(max - min) of the learnt bounds of the log-variance in the loss. Default: 0.01.</summary>
    public double BoundsPenalty { get; init => field = Require.NonNegative(value); } = 0.01;

    /// <summary>The transitions that each network sees in an update. Default: 32.</summary>
    public int BatchSize { get; init => field = Require.Positive(value); } = 32;

    /// <summary>The largest number of passes through the data of a fit. Default: 100.</summary>
    public int MaxEpochs { get; init => field = Require.Positive(value); } = 100;

    /// <summary>The part of the data, of [0, 1), that is held out to decide when to stop; with 0 every fit has <see cref="MaxEpochs"/>. Default: 0.1.</summary>
    public double HoldoutFraction { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.1;

    /// <summary>The largest number of transitions that are held out. Default: 5,000.</summary>
    public int MaxHoldout { get; init => field = Require.Positive(value); } = 5_000;

    /// <summary>A fit ends after so many passes in which no network's error on what is held out fell by more than <see cref="LeastImprovement"/>. Default: 5.</summary>
    public int Patience { get; init => field = Require.Positive(value); } = 5;

    /// <summary>The part of its best error by which a network must improve for its parameters to be kept, of [0, 1). Default: 0.01.</summary>
    public double LeastImprovement { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.01;
}

/// <summary>What came out of a fit.</summary>
/// <param name="Epochs">The passes through the data.</param>
/// <param name="Loss">The mean loss of a network over the last pass: the negative log likelihood without its constant, of standardised targets and averaged over their elements.</param>
/// <param name="HoldoutError">The mean over networks and elements of the squared error of the means on what was held out, of standardised targets; NaN if nothing was.</param>
public readonly record struct DynamicsFit(int Epochs, double Loss, double HoldoutError);
