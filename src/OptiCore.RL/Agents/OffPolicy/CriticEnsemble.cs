using OptiCore.Differentiation;
using OptiCore.Networks;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <summary>
/// Several critics side by side, [rows, critics, outputs]: Q_k(s, a), each with one output or several quantiles, or without actions among the inputs Q_k(s, .) with an output for each action.
/// </summary>
internal sealed class CriticEnsemble
{
    private readonly Module _torso;

    public CriticEnsemble(Module torso, int critics, int outputs, int inputs)
    {
        (_torso, Critics, Outputs) = (torso, critics, outputs);
        Variable x = Variable.Input("inputs", [1, inputs]);
        Network = new Network(scope => Write(scope, x));
    }

    public Network Network { get; }

    public int Critics { get; }

    public int Outputs { get; }

    public Variable Apply(Variable parameters, Variable inputs) => Write(Network.ScopeOf(parameters), inputs);

    private Variable Write(Scope scope, Variable inputs)
    {
        var values = new Variable[Critics];
        for (int k = 0; k < Critics; k++)
        {
            Scope part = scope.Part($"critic{k}");
            values[k] = new Linear(Outputs).Apply(part.Part("head"), _torso.Apply(part.Part("torso"), inputs));
        }

        return Stack(1, values);
    }
}
