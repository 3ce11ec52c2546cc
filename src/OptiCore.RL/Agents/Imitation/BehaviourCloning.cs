using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Optimizers;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <summary>
/// Behaviour cloning: a policy of the highest likelihood of demonstrated actions, minimises E[-log pi(a | s)] - c H(pi(. | s)) over the states and actions of a data set.
/// </summary>
/// <remarks>
/// <para>D. A. Pomerleau (1989), "ALVINN: an autonomous land vehicle in a neural network". Where the clone leaves the demonstrated states its errors add up, with the square of the length of an episode in the worst
/// case; <see cref="DatasetAggregation"/> asks the expert there.</para>
/// <para>Needs <see cref="Box"/> observations; actions of any space. An update costs one batch forward and backward.</para>
/// </remarks>
[Algorithm("Behaviour cloning", "Imitation", "D. A. Pomerleau (1989), ALVINN: an autonomous land vehicle in a neural network", Capabilities = "Box observations, any actions; from data")]
public sealed record BehaviourCloning
{
    /// <summary>The layers before the head. Default: two tanh layers of 64.</summary>
    public Module Torso { get; init => field = Require.NotNull(value, nameof(Torso)); } = RL.Torso.Tanh(64, 64);

    /// <summary>The law of actions; null for the usual one of the action space. Default: null.</summary>
    public ActionDistribution? Actions { get; init; }

    /// <summary>The number of updates. Default: 2,000.</summary>
    public int Updates { get; init => field = Require.Positive(value); } = 2_000;

    /// <summary>The transitions of an update. Default: 128.</summary>
    public int BatchSize { get; init => field = Require.Positive(value); } = 128;

    /// <summary>The factor c of the entropy, which keeps the clone from certainty. Default: 0.</summary>
    public double EntropyBonus { get; init => field = Require.NonNegative(value); }

    /// <summary>Turns gradients of the loss into steps. Default: Adam with rate 1e-3.</summary>
    public IUpdateRule Optimizer { get; init => field = Require.NotNull(value, nameof(Optimizer)); } = new Adam { LearningRate = 1e-3 };

    /// <summary>Learns a policy from data.</summary>
    /// <typeparam name="TAction">The element type of actions.</typeparam>
    /// <param name="data">States and the actions that were taken there; nothing else of it is looked at.</param>
    /// <param name="actionSpace">Where the actions come from.</param>
    /// <param name="key">All randomness.</param>
    /// <param name="workers">Who does the parts of an update; results are the same for any number. Default: this thread.</param>
    /// <returns>The policy, which plays the most probable action, and the mean loss of the last hundredth of the updates, in nats.</returns>
    /// <exception cref="ArgumentException">There are no data, or the law doesn't fit the actions.</exception>
    /// <exception cref="ArithmeticException">The parameters are no longer finite.</exception>
    public (NetworkPolicy<TAction> Policy, double Loss) Fit<TAction>(ReplayBuffer<float, TAction> data, Space<TAction> actionSpace, RandomKey key, IWorkers? workers = null) where TAction : unmanaged
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(actionSpace);
        if (data.Count == 0)
            throw new ArgumentException("There are no demonstrations to learn from.", nameof(data));
        ActionDistribution law = Actions ?? ActionDistribution.For(actionSpace);
        if (law.ActionLength != actionSpace.Length || data.ActionLength != actionSpace.Length)
            throw new ArgumentException($"Actions of {actionSpace} have {actionSpace.Length} elements, those of the data {data.ActionLength} and of the law {law.ActionLength}.", nameof(actionSpace));

        Variable sample = Variable.Input("observations", [1, data.ObservationLength]);
        var learned = new LearnedNetwork(new Network(scope => Law(scope, law, sample)), Optimizer, key.Fold("parameters"));
        var batch = new ReplayBatch<float, TAction>(BatchSize, data.ObservationLength, data.ActionLength);
        int shards = ShardedProgram.ShardsFor(BatchSize);
        var feed = new BatchFeed<TAction>(batch, new ActionTensors<TAction>(actionSpace), BatchSize / shards, 1);
        Variable p = Variable.Input("parameters", [learned.Length]);
        (Variable x, Variable actions, Variable rewards, Variable next, Variable discounts, Variable weights) = feed.Inputs;
        Variable output = Law(learned.Network.ScopeOf(p), law, x), loss = -1.0 / BatchSize * Sum(law.LogProbability(output, actions));
        if (EntropyBonus > 0)
            loss -= EntropyBonus / BatchSize * Sum(law.Entropy(output));
        var program = new ShardedProgram(
            Computation.Compile<float>([p, x, actions, rewards, next, discounts, weights], Derivative.Gradient(loss, p), loss), shards, workers ?? Workers.Serial);
        program.Bind(0, learned.Parameters);

        Action<int, Replay<float>> fill = feed.Fill;
        float[] value = new float[1];
        double last = 0;
        int counted = Math.Max(Updates / 100, 1);
        for (int update = 0; update < Updates; update++)
        {
            data.Sample(key.Fold("updates").Fold(update), batch);
            program.Run(fill);
            learned.Step(program);
            program.Sum(1, value);
            if (update >= Updates - counted)
                last += value[0] / counted;
        }

        if (!learned.IsFinite)
            throw new ArithmeticException("The clone's parameters are no longer finite: lower the learning rate.");
        var policy = new NetworkPolicy<TAction>(
            learned.Network, (parameters, observations) => law.Mode(Law(learned.Network.ScopeOf(parameters), law, observations)), learned.Parameters.Span, data.ObservationLength, actionSpace);
        return (policy, last);
    }

    private Variable Law(Scope scope, ActionDistribution law, Variable observations) =>
        law.Head(scope.Part("actions"), Torso.Apply(scope.Part("torso"), observations), Initializer.Orthogonal(0.01));
}
