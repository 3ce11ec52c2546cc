using OptiCore.Differentiation;
using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// An agent that learns from a memory of transitions, batch by batch: what such agents have in common. Transitions that it observes go into the memory and make updates due; <see cref="Learn"/> updates
/// from the memory as it is, which is how it learns from data. A derived class says how one batch changes it.
/// </summary>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public abstract class ReplayAgentState<TAction> : AgentState<float, TAction> where TAction : unmanaged
{
    private readonly UpdateClock _clock;
    private readonly RandomKey _updateKeys;
    private readonly IWorkers _workers;
    private readonly ActionTensors<TAction> _encoding;
    private readonly double[] _metrics;
    private readonly int _shards;

    /// <summary>Begins without transitions.</summary>
    /// <param name="setup">What the agent faces, and the memory if there is one already.</param>
    /// <param name="memory">Makes the memory if there is none.</param>
    /// <param name="batchSize">The transitions of an update; multiples of 128 are learnt in parts at the same time.</param>
    /// <param name="clock">When updates are due.</param>
    /// <param name="metricNames">What is reported of an update.</param>
    /// <exception cref="ArgumentException">The memory of the setup holds transitions of other lengths.</exception>
    protected ReplayAgentState(AgentSetup<float, TAction> setup, Func<IReplay<float, TAction>> memory, int batchSize, UpdateClock clock, params IReadOnlyList<string> metricNames)
    {
        ArgumentNullException.ThrowIfNull(memory);
        (int inputs, int actionLength) = (setup.ObservationSpace.Length, setup.ActionSpace.Length);
        Memory = setup.Memory ?? memory();
        if (Memory.Buffer.ObservationLength != inputs || Memory.Buffer.ActionLength != actionLength)
        {
            throw new ArgumentException(
                $"The memory holds observations of {Memory.Buffer.ObservationLength} and actions of {Memory.Buffer.ActionLength} elements; those of {setup.ObservationSpace} and {setup.ActionSpace} have {inputs} and {actionLength}.",
                nameof(setup));
        }

        Inputs = inputs;
        Batch = new ReplayBatch<float, TAction>(batchSize, inputs, actionLength);
        MetricNames = Require.NotNull(metricNames);
        _clock = Require.NotNull(clock);
        _updateKeys = setup.Key.Fold("updates");
        _workers = setup.Workers;
        _encoding = new ActionTensors<TAction>(setup.ActionSpace);
        _metrics = new double[metricNames.Count];
        _shards = ShardedProgram.ShardsFor(batchSize);
    }

    /// <summary>The memory.</summary>
    public IReplay<float, TAction> Memory { get; }

    /// <summary>The number of updates so far.</summary>
    public long Updates => _clock.Updates;

    /// <summary>The number of transitions observed so far.</summary>
    public long Transitions => _clock.Transitions;

    /// <inheritdoc/>
    public sealed override IReadOnlyList<string> MetricNames { get; }

    /// <inheritdoc/>
    public sealed override ReadOnlySpan<double> Metrics => _metrics;

    /// <summary>The number of elements of an observation.</summary>
    protected int Inputs { get; }

    /// <summary>The batch of the current update.</summary>
    protected ReplayBatch<float, TAction> Batch { get; }

    /// <summary>The randomness of the current update.</summary>
    protected RandomKey UpdateKey { get; private set; }

    /// <summary>The rows of a part of a batch.</summary>
    protected int PartRows => Batch.Size / _shards;

    /// <summary>Whether all parameters are numbers.</summary>
    protected abstract bool IsFinite { get; }

    /// <inheritdoc/>
    public override AgentAdvance Observe(in Transition<float, TAction> transition)
    {
        Memory.Add(transition);
        _clock.Advance(transition.Rewards.Length);
        bool learned = false;
        for (; _clock.Take(); learned = true)
            UpdateOnce();
        return learned && !IsFinite ? AgentAdvance.Diverged : AgentAdvance.Continue;
    }

    /// <summary>Learns from the memory as it is, nothing is added to it. Doesn't allocate after warm-up.</summary>
    /// <param name="updates">The number of updates, which count besides those that transitions make due.</param>
    /// <exception cref="InvalidOperationException">The memory is empty.</exception>
    public AgentAdvance Learn(int updates)
    {
        Require.NonNegative(updates, nameof(updates));
        for (int i = 0; i < updates; i++)
        {
            _clock.Insert();
            UpdateOnce();
        }

        return IsFinite ? AgentAdvance.Continue : AgentAdvance.Diverged;
    }

    /// <inheritdoc/>
    public override void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(Memory);
        archive.Transfer(_clock);
        archive.Transfer<double>(_metrics);
    }

    /// <summary>Learns from <see cref="Batch"/>, with the randomness of <see cref="UpdateKey"/>.</summary>
    /// <param name="metrics">What is reported of the update; what isn't written stays as it was.</param>
    protected abstract void Update(Span<double> metrics);

    /// <summary>Hands batches to a loss.</summary>
    /// <param name="firstInput">The place of the observations among the inputs of the loss.</param>
    /// <param name="wholeBatch">Whether the loss sees the whole batch at once, not in parts.</param>
    protected BatchFeed<TAction> Feed(int firstInput, bool wholeBatch = false) => new(Batch, _encoding, wholeBatch ? Batch.Size : PartRows, firstInput);

    /// <summary>A loss over batches, in parts that workers do.</summary>
    /// <param name="computation">The loss of a part.</param>
    /// <param name="shared">What is bound to the first inputs.</param>
    protected ShardedProgram Program(Computation<float> computation, params ReadOnlySpan<Block<float>> shared) => Program(computation, _shards, shared);

    /// <summary>A loss over batches that is taken of a whole batch at once.</summary>
    /// <param name="computation">The loss of a batch.</param>
    /// <param name="shared">What is bound to the first inputs.</param>
    protected ShardedProgram WholeProgram(Computation<float> computation, params ReadOnlySpan<Block<float>> shared) => Program(computation, 1, shared);

    private ShardedProgram Program(Computation<float> computation, int shards, ReadOnlySpan<Block<float>> shared)
    {
        var program = new ShardedProgram(computation, shards, _workers);
        for (int i = 0; i < shared.Length; i++)
            program.Bind(i, shared[i]);
        return program;
    }

    private void UpdateOnce()
    {
        UpdateKey = _updateKeys.Fold(_clock.Updates);
        Memory.Sample(UpdateKey.Fold("batch"), Batch);
        Update(_metrics);
    }
}
