using System.Runtime.CompilerServices;
using ILGPU;
using OptiCore.RL.Environments;

namespace OptiCore.Gpu;

/// <summary>The task of <see cref="GridWorld"/>, with its bits: one look-up a step, and with slips one random word. Of an action the two lowest bits count.</summary>
public readonly struct GridMoves : IDeviceWorld<TableState, int, int>
{
    // Next states by state and action; where each level's starts begin in the list of starts; that list.
    private readonly ArrayView<int> _next, _offsets, _starts;
    private readonly int _levels;
    private readonly uint _slipThreshold;

    internal GridMoves(ArrayView<int> next, ArrayView<int> offsets, ArrayView<int> starts, uint slipThreshold)
    {
        _next = next;
        _offsets = offsets;
        _starts = starts;
        _levels = (int)offsets.Length - 1;
        _slipThreshold = slipThreshold;
    }

    /// <inheritdoc/>
    public int Numbers => 2;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TableState Begin(RandomKey episode)
    {
        int level = 0, words = 0;
        if (_levels > 1)
        {
            level = DeviceDraws.Below(DeviceDraws.Words(episode, 0), _levels);
            words = 2;
        }

        int start = _offsets[level], choices = _offsets[level + 1] - start;
        if (choices > 1)
        {
            start += DeviceDraws.Below(DeviceDraws.Words(episode, (ulong)words), choices);
            words += 2;
        }

        return new TableState(_starts[start], words);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool Step(ref TableState state, int action, RandomKey episode, out double reward)
    {
        action &= 3;
        long words = state.Words;
        if (_slipThreshold != 0)
        {
            action = GridWorld.Deviate(action, DeviceDraws.Word(episode, (ulong)words), _slipThreshold);
            words++;
        }

        int next = _next[(4 * state.State) + action];
        state = new TableState(next & ~GridWorld.GoalBit, words);
        reward = next < 0 ? 1.0 : 0.0;
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
}

/// <summary>Levels of a grid world on a device, with the bits of <see cref="GridWorld"/>: the same key, the same episodes. Of an action the two lowest bits count.</summary>
public sealed class GpuGridWorld : GpuEnvironment<GridMoves, TableState, int, int, int>
{
    private readonly Tables _tables;

    /// <summary>Creates the environments; reset them before the first step.</summary>
    /// <param name="device">The device.</param>
    /// <param name="source">The levels, the slip and the time limit; it is read only here.</param>
    /// <param name="count">The number of environments.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is smaller than 1.</exception>
    public GpuGridWorld(GpuDevice device, GridWorld source, int count)
        : this(device, new Tables(Require.NotNull(device), Require.NotNull(source)), source.MaxEpisodeSteps, count)
    {
    }

    private GpuGridWorld(GpuDevice device, Tables tables, int maxEpisodeSteps, int count)
        : base(device, tables.World, count, maxEpisodeSteps) => _tables = tables;

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
            _tables.Dispose();
    }

    /// <summary>The levels in the device's memory.</summary>
    private sealed class Tables : IDisposable
    {
        private readonly GpuBuffer<int> _next, _offsets, _starts;

        public Tables(GpuDevice device, GridWorld source)
        {
            var starts = new List<int>();
            int[] offsets = new int[source.Levels.Count + 1];
            for (int level = 0; level < source.Levels.Count; level++)
            {
                foreach (int start in source.Levels[level].Starts)
                    starts.Add(source.FirstState(level) + start);
                offsets[level + 1] = starts.Count;
            }

            _next = Upload(device, source.Transitions);
            _offsets = Upload(device, offsets);
            _starts = Upload(device, starts.ToArray());
            World = new GridMoves(_next.View, _offsets.View, _starts.View, source.SlipThreshold);
        }

        public GridMoves World { get; }

        public void Dispose()
        {
            _next.Dispose();
            _offsets.Dispose();
            _starts.Dispose();
        }

        private static GpuBuffer<int> Upload(GpuDevice device, ReadOnlySpan<int> values)
        {
            GpuBuffer<int> buffer = device.Allocate<int>(values.Length);
            buffer.CopyFrom(values);
            return buffer;
        }
    }
}
