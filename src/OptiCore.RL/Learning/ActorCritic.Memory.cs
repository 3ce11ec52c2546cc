using OptiCore.Differentiation;
using OptiCore.Networks;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <content>
/// Networks that remember. The memory of a row is one vector of <see cref="MemoryLength"/> numbers, zeros at the beginning of an episode: the states of the policy's layers, one after the other, then those of the critic's.
/// </content>
public sealed partial class ActorCritic<TAction>
{
    /// <summary>The number of elements of the memory of a row; 0 for networks without.</summary>
    public int MemoryLength { get; }

    /// <summary>
    /// Writes the laws of actions, [steps x rows, parameters of a law], and the values, [steps x rows], of sequences. Everything is time-major: step t of row i is entry t rows + i.
    /// </summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="observations">The observations, [steps x rows, elements].</param>
    /// <param name="states">The memory before the first step, [rows, <see cref="MemoryLength"/>].</param>
    /// <param name="keep">1 where the memory is kept from the step before, 0 where an episode begins, [steps x rows].</param>
    /// <exception cref="InvalidOperationException">The networks have no memory.</exception>
    public (Variable Law, Variable Value) Apply(Variable parameters, Variable observations, Variable states, Variable keep)
    {
        RequireMemory();
        (Variable law, Variable value, _) = Write(_network.ScopeOf(parameters), observations, states, keep);
        return (law, value);
    }

    /// <summary>Draws an action for each environment, and remembers.</summary>
    /// <param name="observations">One row for each environment.</param>
    /// <param name="key">The key of the draws.</param>
    /// <param name="actions">Receives the actions.</param>
    /// <param name="tensor">Receives them as floats.</param>
    /// <param name="logProbabilities">Receives the logarithms of their probabilities or densities.</param>
    /// <param name="values">Receives the values of the observations.</param>
    /// <param name="memory">The memory of each environment, and what it is after this step. Nothing is read or written for networks without one.</param>
    public void Act(
        ReadOnlySpan<float> observations, RandomKey key, Span<TAction> actions, Span<float> tensor, Span<float> logProbabilities, Span<float> values, SequenceMemory memory)
    {
        ArgumentNullException.ThrowIfNull(memory);
        Act(observations, key, actions, tensor, logProbabilities, values, memory.Before, memory.After);
    }

    /// <summary>The values of an observation of each environment, or of fewer.</summary>
    /// <param name="observations">The observations.</param>
    /// <param name="states">The memory before each; empty for networks without one.</param>
    /// <param name="values">Receives the values.</param>
    public void Values(ReadOnlySpan<float> observations, ReadOnlySpan<float> states, Span<float> values)
    {
        int rows = values.Length, width = _inputs + MemoryLength;
        Require.Length(states.Length, rows * MemoryLength, nameof(states));
        if (MemoryLength == 0)
        {
            _values.Run(observations, rows, values);
            return;
        }

        Span<float> packed = rows * width <= _packed.Length ? _packed.AsSpan(0, rows * width) : new float[rows * width];
        RowPacking.Join(observations, states, rows, packed);
        _values.Run(packed, rows, values);
    }

    private void RequireMemory()
    {
        if (MemoryLength == 0)
            throw new InvalidOperationException("These networks have no memory.");
    }

    /// <summary>The memory at the beginning of episodes.</summary>
    private Variable Forgotten(int rows) => BroadcastTo(0, [rows, Math.Max(MemoryLength, 1)]);

    /// <summary>One step of rows that have an observation and its memory beside each other.</summary>
    private (Variable Law, Variable Value, Variable States) Step(Variable parameters, Variable packed)
    {
        Variable states = MemoryLength > 0 ? Slice(packed, -1, _inputs, MemoryLength) : Forgotten(packed.Shape[0]);
        return Write(_network.ScopeOf(parameters), Slice(packed, -1, 0, _inputs), states, null);
    }

    private IPolicy<float, TAction> Copy(Func<KeyVariable?, Variable, Variable> choose, ReadOnlySpan<float> parameters, KeyVariable? key)
    {
        if (MemoryLength == 0)
            return new NetworkPolicy<TAction>(_network, (p, observations) => choose(key, Apply(p, observations).Law), parameters, _inputs, _actionSpace, key);
        return new RecurrentNetworkPolicy<TAction>(
            _network,
            (p, packed) =>
            {
                (Variable law, _, Variable after) = Step(p, packed);
                return Concatenate(-1, choose(key, law), after);
            },
            parameters, _inputs, MemoryLength, _actionSpace, key);
    }

    private static Variable Concatenated(List<Variable> states) => states.Count == 1 ? states[0] : Concatenate(-1, [.. states]);

    /// <summary>Passes features through a memory, whose states follow those that were passed before, and adds what it holds afterwards; without a memory they are what they are.</summary>
    private Variable Remember(Scope scope, Variable features, Variable states, Variable? keep, List<Variable> after)
    {
        if (_layout.Memory is not { } memory)
            return features;
        int hidden = memory.Cell.Hidden, passed = after.Count;
        var before = new Variable[memory.StateCount];
        for (int i = 0; i < before.Length; i++)
            before[i] = Slice(states, -1, (passed + i) * hidden, hidden);
        return Unroll(memory, scope, features, before, keep, after);
    }

    /// <summary>The outputs of all steps, [steps x rows, hidden]. Written step by step, so that memory can be forgotten in the middle, where an episode begins.</summary>
    private static Variable Unroll(Recurrent memory, Scope scope, Variable x, ReadOnlySpan<Variable> before, Variable? keep, List<Variable> after)
    {
        RecurrentCell cell = memory.Cell;
        int rows = before[0].Shape[0], steps = x.Shape[0] / rows;
        for (int layer = 0; layer < memory.Layers; layer++)
        {
            Scope part = scope.Part($"layer{layer}");
            Variable projected = cell.Project(part, x);
            Variable[] state = before.Slice(layer * cell.StateCount, cell.StateCount).ToArray();
            var outputs = new Variable[steps];
            for (int step = 0; step < steps; step++)
            {
                if (keep is { } kept)
                {
                    Variable column = ExpandAxis(Slice(kept, 0, step * rows, rows), -1);
                    for (int i = 0; i < state.Length; i++)
                        state[i] *= column;
                }

                state = cell.Step(part, Slice(projected, 0, step * rows, rows), state);
                outputs[step] = state[0];
            }

            after.AddRange(state);
            x = steps == 1 ? outputs[0] : Concatenate(0, outputs);
        }

        return x;
    }
}
