using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// The memories of an exploring agent's environments: carried from step to step, forgotten where an episode ends, and kept as they were at the beginning of each sequence that is learnt from. Empty for networks without a memory.
/// </summary>
/// <param name="count">The number N of environments.</param>
/// <param name="length">The number of elements of a memory.</param>
/// <param name="steps">The number of steps between two updates.</param>
/// <param name="sequence">The number of steps of a sequence.</param>
public sealed class SequenceMemory(int count, int length, int steps, int sequence) : IPersistent
{
    private readonly int _width = count * length;
    private readonly float[] _before = new float[count * length];
    private readonly float[] _after = new float[count * length];
    private readonly float[] _starts = new float[checked(steps / sequence * count * length)];

    /// <summary>The memory before the current step, [N, length].</summary>
    public ReadOnlySpan<float> Before => _before;

    /// <summary>The memory after the current step: that of its true successors, even where they end an episode.</summary>
    public Span<float> After => _after;

    /// <summary>The memory at the beginning of a sequence.</summary>
    /// <param name="index">The number of the sequence in its environment.</param>
    /// <param name="environment">The environment.</param>
    public ReadOnlySpan<float> Start(int index, int environment) => _starts.AsSpan((index * _width) + (environment * length), length);

    /// <summary>Keeps the memory if a sequence begins.</summary>
    /// <param name="time">The number of steps since the last update.</param>
    public void Begin(int time)
    {
        if (time % sequence == 0)
            _before.CopyTo(_starts.AsSpan(time / sequence * _width));
    }

    /// <summary>Goes on to the next step.</summary>
    /// <param name="terminated">Which steps terminated.</param>
    /// <param name="truncated">Which were truncated.</param>
    public void Advance(ReadOnlySpan<bool> terminated, ReadOnlySpan<bool> truncated)
    {
        if (length == 0)
            return;
        _after.CopyTo(_before.AsSpan());
        for (int i = 0; i < count; i++)
        {
            if (terminated[i] || truncated[i])
                _before.AsSpan(i * length, length).Clear();
        }
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer<float>(_before);
        archive.Transfer<float>(_starts);
    }
}
