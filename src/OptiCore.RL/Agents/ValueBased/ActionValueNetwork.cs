using OptiCore.Differentiation;
using OptiCore.Networks;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <summary>
/// A network of action values, [rows, actions, outputs]: a torso and a head, or with <see cref="IsDueling"/> a stream for the state and one for the actions' advantages, Q = V + A - mean A
/// (Z. Wang, T. Schaul, M. Hessel, H. van Hasselt, M. Lanctot, N. de Freitas (2016), "Dueling network architectures for deep reinforcement learning").
/// </summary>
internal sealed record ActionValueNetwork : Module
{
    public required Module Torso { get; init; }

    public required int Actions { get; init; }

    public required int Outputs { get; init; }

    public required bool IsDueling { get; init; }

    public required bool IsNoisy { get; init; }

    public override Variable Apply(Scope scope, Variable x)
    {
        Variable features = Torso.Apply(scope.Part("torso"), x);
        Variable advantages = Reshape(Head(Actions * Outputs).Apply(scope.Part("advantage"), features), [x.Shape[0], Actions, Outputs]);
        if (!IsDueling)
            return advantages;
        Variable value = Reshape(Head(Outputs).Apply(scope.Part("value"), features), [x.Shape[0], 1, Outputs]);
        return value + advantages - Mean(advantages, 1, keepAxis: true);
    }

    private Module Head(int outputs) => IsNoisy ? new NoisyLinear(outputs) : new Linear(outputs) { Weights = Initializer.Orthogonal() };
}
