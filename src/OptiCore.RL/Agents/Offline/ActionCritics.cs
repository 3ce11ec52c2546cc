using OptiCore.Differentiation;
using OptiCore.Networks;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <summary>
/// Several critics of the actions of any space, Q_k(s, a), [rows, critics]: an output for each action of a <see cref="RL.Discrete"/> space; for others the action is an input, elements of a <see cref="MultiDiscrete"/> one-hot, those of a bounded
/// <see cref="Box"/> in the units of [-1, 1].
/// </summary>
internal sealed class ActionCritics<TAction> where TAction : unmanaged
{
    private readonly Space<TAction> _space;
    private readonly CriticEnsemble _ensemble;
    private readonly Variable? _center;
    private readonly Variable? _half;

    public ActionCritics(Module torso, int critics, int inputs, Space<TAction> space)
    {
        _space = space;
        if ((object)space is Box box)
        {
            double[] center = new double[box.Length], half = new double[box.Length];
            for (int i = 0; i < half.Length; i++)
            {
                (double low, double high) = (box.Low[i], box.High[i]);
                (center[i], half[i]) = double.IsFinite(high - low) && high > low ? ((low + high) / 2, (high - low) / 2) : (0, 1);
            }

            (_center, _half) = (Variable.Constant<double>(center, [box.Length]), Variable.Constant<double>(half, [box.Length]));
        }

        _ensemble = (object)space is Discrete discrete
            ? new CriticEnsemble(torso, critics, discrete.N, inputs)
            : new CriticEnsemble(torso, critics, 1, inputs + ((object)space is MultiDiscrete multi ? multi.FlatLength : space.Length));
    }

    public Network Network => _ensemble.Network;

    /// <summary>Q, [rows, critics], of observations, [rows, elements], and actions, [rows, elements], as <see cref="ActionTensors{TAction}"/> encodes them.</summary>
    public Variable Apply(Variable parameters, Variable observations, Variable actions)
    {
        int rows = observations.Shape[0];
        if ((object)_space is Discrete discrete)
            return Sum(_ensemble.Apply(parameters, observations) * ExpandAxis(OneHot(Reshape(actions, [rows]), discrete.N), 1), -1);
        return Reshape(_ensemble.Apply(parameters, Concatenate(-1, observations, Features(actions))), [rows, _ensemble.Critics]);
    }

    private Variable Features(Variable actions)
    {
        if ((object)_space is not MultiDiscrete multi)
            return _center is { } center && _half is { } half ? (actions - center) / half : actions;
        var columns = new Variable[multi.Length];
        for (int i = 0; i < columns.Length; i++)
            columns[i] = OneHot(Reshape(Slice(actions, -1, i, 1), [actions.Shape[0]]), multi.Sizes[i]);
        return columns.Length == 1 ? columns[0] : Concatenate(-1, columns);
    }
}
