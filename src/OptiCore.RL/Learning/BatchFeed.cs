using OptiCore.Differentiation;

namespace OptiCore.RL;

/// <summary>
/// Hands a sampled batch to the parts of a <see cref="ShardedProgram"/>: six inputs in a row, observations, actions, rewards, next observations, discounts and weights.
/// </summary>
/// <typeparam name="TAction">The element type of actions.</typeparam>
/// <param name="batch">The batch.</param>
/// <param name="actions">Turns actions into floats.</param>
/// <param name="rows">The rows of a part.</param>
/// <param name="firstInput">The place of the observations among the inputs.</param>
public sealed class BatchFeed<TAction>(ReplayBatch<float, TAction> batch, ActionTensors<TAction> actions, int rows, int firstInput) where TAction : unmanaged
{
    /// <summary>The six inputs as variables, to write a loss with.</summary>
    public (Variable Observations, Variable Actions, Variable Rewards, Variable Next, Variable Discounts, Variable Weights) Inputs { get; } = (
        Variable.Input("observations", [rows, batch.ObservationLength]),
        Variable.Input("actions", [rows, batch.ActionLength]),
        Variable.Input("rewards", [rows]),
        Variable.Input("next observations", [rows, batch.ObservationLength]),
        Variable.Input("discounts", [rows]),
        Variable.Input("weights", [rows]));

    /// <summary>Writes the inputs of a part.</summary>
    /// <param name="shard">The part.</param>
    /// <param name="replay">Its replay.</param>
    public void Fill(int shard, Replay<float> replay)
    {
        ArgumentNullException.ThrowIfNull(replay);
        int start = shard * rows, inputs = batch.ObservationLength, length = batch.ActionLength;
        batch.Observations.AsSpan(start * inputs, rows * inputs).CopyTo(replay.Input(firstInput));
        actions.Encode(batch.Actions.AsSpan(start * length, rows * length), replay.Input(firstInput + 1));
        batch.Rewards.AsSpan(start, rows).CopyTo(replay.Input(firstInput + 2));
        batch.NextObservations.AsSpan(start * inputs, rows * inputs).CopyTo(replay.Input(firstInput + 3));
        batch.Discounts.AsSpan(start, rows).CopyTo(replay.Input(firstInput + 4));
        batch.Weights.AsSpan(start, rows).CopyTo(replay.Input(firstInput + 5));
    }
}
