using System.Runtime.CompilerServices;
using ILGPU;
using OptiCore.RL;
using OptiCore.RL.Environments;

namespace OptiCore.Gpu;

/// <summary>The task of <see cref="TabularEnvironment"/>, with its bits: an outcome is the first one whose cumulative probability exceeds a uniform number. An action that doesn't exist counts as 0.</summary>
public readonly struct TabularMoves : IDeviceWorld<TableState, int, int>
{
    // The sign bit of a next state says that the task is over there.
    internal const int EndBit = int.MinValue;

    private readonly ArrayView<int> _offsets, _next, _initialStates;
    private readonly ArrayView<double> _probabilities, _rewards, _initialProbabilities;
    private readonly int _actions;

    internal TabularMoves(
        int actions, ArrayView<int> offsets, ArrayView<int> next, ArrayView<double> probabilities, ArrayView<double> rewards, ArrayView<int> initialStates, ArrayView<double> initialProbabilities)
    {
        _actions = actions;
        _offsets = offsets;
        _next = next;
        _probabilities = probabilities;
        _rewards = rewards;
        _initialStates = initialStates;
        _initialProbabilities = initialProbabilities;
    }

    /// <inheritdoc/>
    public int Numbers => 2;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TableState Begin(RandomKey episode) => new(_initialStates[Pick(_initialProbabilities, 0, (int)_initialProbabilities.Length - 1, Uniform(episode, 0))], 2);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Step(ref TableState state, int action, RandomKey episode, out double reward)
    {
        int row = (state.State * _actions) + ((uint)action < (uint)_actions ? action : 0);
        int chosen = _offsets[row], last = _offsets[row + 1] - 1;
        long words = state.Words;
        if (last > chosen)
        {
            chosen = Pick(_probabilities, chosen, last, Uniform(episode, words));
            words += 2;
        }

        int next = _next[chosen];
        state = new TableState(next & ~EndBit, words);
        reward = _rewards[chosen];
        return next < 0;
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Observe(TableState state) => state.State;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TableState Load(ArrayView<double> memory, long index, long count) => TableState.Load(memory, index, count);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Store(TableState state, ArrayView<double> memory, long index, long count) => state.Store(memory, index, count);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Uniform(RandomKey episode, long position)
    {
        ulong words = DeviceDraws.Words(episode, (ulong)position);
        return DeviceDraws.Unit((uint)words, (uint)(words >> 32));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Pick(ArrayView<double> probabilities, int first, int last, double uniform)
    {
        double cumulative = 0;
        for (; first < last; first++)
        {
            cumulative = ExactMath.Add(cumulative, probabilities[first]);
            if (cumulative > uniform)
                break;
        }

        return first;
    }
}

/// <summary>A finite decision process on a device, with the bits of <see cref="TabularEnvironment"/>: FrozenLake, Taxi, CliffWalking and any other <see cref="TabularModel"/>. An action that doesn't exist counts as 0.</summary>
public sealed class GpuTabularEnvironment : GpuEnvironment<TabularMoves, TableState, int, int, int>
{
    private readonly Tables _tables;

    /// <summary>Creates the environments; reset them before the first step.</summary>
    /// <param name="device">The device.</param>
    /// <param name="source">The model and the time limit; it is read only here.</param>
    /// <param name="count">The number of environments.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is smaller than 1.</exception>
    public GpuTabularEnvironment(GpuDevice device, TabularEnvironment source, int count)
        : this(device, new Tables(Require.NotNull(device), Require.NotNull(source).Model), source.MaxEpisodeSteps, count)
    {
    }

    private GpuTabularEnvironment(GpuDevice device, Tables tables, int maxEpisodeSteps, int count)
        : base(device, tables.World, count, maxEpisodeSteps) => _tables = tables;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
            _tables.Dispose();
    }

    /// <summary>The model in the device's memory.</summary>
    private sealed class Tables : IDisposable
    {
        private readonly GpuBuffer<int> _offsets, _next, _initialStates;
        private readonly GpuBuffer<double> _probabilities, _rewards, _initialProbabilities;

        public Tables(GpuDevice device, TabularModel model)
        {
            int[] offsets = new int[(model.States * model.Actions) + 1];
            List<int> next = [], initialStates = [];
            List<double> probabilities = [], rewards = [], initialProbabilities = [];
            for (int row = 0; row < offsets.Length - 1; row++)
            {
                foreach (TabularOutcome outcome in model.Outcomes(row / model.Actions, row % model.Actions))
                {
                    next.Add(outcome.NextState | (outcome.Terminated ? TabularMoves.EndBit : 0));
                    probabilities.Add(outcome.Probability);
                    rewards.Add(outcome.Reward);
                }

                offsets[row + 1] = next.Count;
            }

            for (int state = 0; state < model.States; state++)
            {
                if (model.InitialProbabilities[state] == 0)
                    continue;
                initialStates.Add(state);
                initialProbabilities.Add(model.InitialProbabilities[state]);
            }

            _offsets = Upload<int>(device, offsets);
            _next = Upload<int>(device, next.ToArray());
            _initialStates = Upload<int>(device, initialStates.ToArray());
            _probabilities = Upload<double>(device, probabilities.ToArray());
            _rewards = Upload<double>(device, rewards.ToArray());
            _initialProbabilities = Upload<double>(device, initialProbabilities.ToArray());
            World = new TabularMoves(model.Actions, _offsets.View, _next.View, _probabilities.View, _rewards.View, _initialStates.View, _initialProbabilities.View);
        }

        public TabularMoves World { get; }

        public void Dispose()
        {
            _offsets.Dispose();
            _next.Dispose();
            _initialStates.Dispose();
            _probabilities.Dispose();
            _rewards.Dispose();
            _initialProbabilities.Dispose();
        }

        private static GpuBuffer<T> Upload<T>(GpuDevice device, ReadOnlySpan<T> values) where T : unmanaged
        {
            GpuBuffer<T> buffer = device.Allocate<T>(values.Length);
            buffer.CopyFrom(values);
            return buffer;
        }
    }
}
