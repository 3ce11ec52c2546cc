using System.Globalization;

namespace OptiCore.RL;

/// <summary>
/// An agent that has learnt from data before its first step, and goes on online: <c>Train.Run(new Pretrained&lt;int&gt;(new Iql(), data, 20_000), environment, 50_000)</c>. Its memory begins with a copy of the data, the oldest of which make room for what is
/// observed once <see cref="Capacity"/> is reached.
/// </summary>
/// <remarks>The discount and the steps of the data count, not those of the agent. Agents play what they have learnt from the first step on; those whose exploration goes by a schedule, such as <see cref="Dqn"/>, need one that begins low.</remarks>
/// <typeparam name="TAction">The element type of actions.</typeparam>
/// <param name="Agent">An agent that learns from a memory.</param>
/// <param name="Data">What it learns from; it isn't changed.</param>
/// <param name="Updates">The number of updates before the first step.</param>
public sealed record Pretrained<TAction>(IAgent<float, TAction> Agent, ReplayBuffer<float, TAction> Data, int Updates) : IAgent<float, TAction> where TAction : unmanaged
{
    /// <summary>The agent.</summary>
    public IAgent<float, TAction> Agent { get; } = Require.NotNull(Agent);

    /// <summary>The data.</summary>
    public ReplayBuffer<float, TAction> Data { get; } = Require.NotNull(Data);

    /// <summary>The number of updates before the first step.</summary>
    public int Updates { get; } = Require.NonNegative(Updates, nameof(Updates));

    /// <summary>The number of transitions that are kept, at least those of the data. Default: 1,000,000.</summary>
    public int Capacity { get; init => field = Require.Positive(value); } = 1_000_000;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// The agent doesn't learn from a memory, there are no data, they are of other lengths or more than the capacity, or their samples have several steps and are of another number of environments.
    /// </exception>
    public AgentState<float, TAction> Start(AgentSetup<float, TAction> setup)
    {
        if (setup.Memory is not null)
            throw new ArgumentException("A pretrained agent's memory begins with its data: it can't be given another.", nameof(setup));
        if (Agent.Start(setup with { Memory = CreateMemory(setup) }) is not ReplayAgentState<TAction> state)
            throw new ArgumentException($"{Agent.GetType().Name} doesn't learn from a memory of transitions, so it can't learn from data.", nameof(setup));
        if (state.Learn(Updates) == AgentAdvance.Diverged)
            throw new ArithmeticException("The agent's parameters were no longer finite before its first step: lower the learning rate.");
        return state;
    }

    /// <summary>A copy of the data. Samples of one step don't ask which transition follows which, so their environments don't matter.</summary>
    private ReplayBuffer<float, TAction> CreateMemory(AgentSetup<float, TAction> setup)
    {
        int count = setup.Count;
        if (Data.Count == 0)
            throw new ArgumentException("The data set is empty.", nameof(setup));
        if (Data.Count > Capacity)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"A capacity of {Capacity} can't hold the {Data.Count} transitions of the data."), nameof(setup));
        if (Data.Options.Steps > 1 && Data.Environments != count)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture,
                $"Samples of {Data.Options.Steps} steps follow episodes: data of {Data.Environments} environments can't be continued by {count}."), nameof(setup));
        }

        int environments = Data.Environments == count ? count : 1;
        var memory = new ReplayBuffer<float, TAction>(Data.Options with { Capacity = Capacity }, Data.ObservationLength, Data.ActionLength, environments);
        double[] rewards = new double[environments];
        for (int index = 0; index < Data.Count; index += environments)
        {
            // Steps of all environments fill neighbouring slots, and the ring holds whole ones.
            int slot = Data.Slot(index);
            for (int i = 0; i < environments; i++)
                rewards[i] = Data.Rewards[slot + i];
            memory.Add(new Transition<float, TAction>
            {
                Observations = Data.Observations.Slice(slot * Data.ObservationLength, environments * Data.ObservationLength),
                Actions = Data.Actions.Slice(slot * Data.ActionLength, environments * Data.ActionLength),
                Rewards = rewards,
                Terminated = Data.Terminated.Slice(slot, environments),
                Truncated = Data.Truncated.Slice(slot, environments),
                NextObservations = Data.NextObservations.Slice(slot * Data.ObservationLength, environments * Data.ObservationLength),
            });
        }

        memory.CutEpisodes();
        return memory;
    }
}
