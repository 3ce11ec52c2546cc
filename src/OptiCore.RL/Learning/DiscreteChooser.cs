using OptiCore.Differentiation;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <summary>How an agent with discrete actions plays the action of the highest score.</summary>
/// <param name="actions">The actions.</param>
/// <param name="network">Whose parameters the scores come from.</param>
/// <param name="scores">Writes the scores, [rows, actions], from parameters and observations.</param>
/// <param name="inputs">The number of elements of an observation.</param>
internal sealed class DiscreteChooser(Discrete actions, LearnedNetwork network, Func<Variable, Variable, Variable> scores, int inputs)
{
    private readonly RowProgram _choose = new(rows => Compile(rows, inputs, network.Length, (p, x) => ArgMax(scores(p, x))), network.Parameters);
    private float[] _chosen = new float[1];

    public static Computation<float> Compile(int rows, int inputs, int parameters, Func<Variable, Variable, Variable> write)
    {
        Variable x = Variable.Input("observations", [rows, inputs]), p = Variable.Input("parameters", [parameters]);
        return Computation.Compile<float>([x, p], write(p, x));
    }

    public void Act(ReadOnlySpan<float> observations, Span<int> chosen)
    {
        if (_chosen.Length < chosen.Length)
            _chosen = new float[chosen.Length];
        _choose.Run(observations, chosen.Length, _chosen.AsSpan(0, chosen.Length));
        for (int i = 0; i < chosen.Length; i++)
            chosen[i] = actions.Start + (int)_chosen[i];
    }

    public NetworkPolicy<int> Policy(ReadOnlySpan<float> parameters) => new(network.Network, (p, x) => ExpandAxis(ArgMax(scores(p, x)), -1), parameters, inputs, actions);
}
