using System.Numerics;
using System.Runtime.InteropServices;
using OptiCore.Persistence;

namespace OptiCore.RL.Environments;

/// <summary>
/// The episodes of n environments that step together: their keys, their lengths so far, and which of them ended in a step.
/// </summary>
internal sealed class EpisodeClock(int count) : IPersistent
{
    private readonly EpisodeKeys _keys = new(count);
    private readonly int[] _steps = new int[count];
    private readonly int[] _ended = new int[count];

    public void Reset(RandomKey key)
    {
        _keys.Reset(key);
        Array.Clear(_steps);
    }

    public void EnsureStarted() => _keys.EnsureStarted();

    public RandomKey Current(int index) => _keys.Current(index);

    /// <summary>Begins the next episode of an environment and returns its key.</summary>
    public RandomKey Next(int index)
    {
        _steps[index] = 0;
        return _keys.Next(index);
    }

    /// <summary>Counts a step everywhere, says which episodes are truncated, and returns the environments whose episode has ended.</summary>
    public ReadOnlySpan<int> Tick(int limit, ReadOnlySpan<bool> terminated, Span<bool> truncated)
    {
        Span<int> steps = _steps, ended = _ended;
        truncated = truncated[..steps.Length];
        terminated = terminated[..steps.Length];
        int found = 0, i = 0;

        // Most of the time nothing ends: eight environments at once.
        ReadOnlySpan<ulong> flags = MemoryMarshal.Cast<bool, ulong>(terminated);
        Span<ulong> cuts = MemoryMarshal.Cast<bool, ulong>(truncated);
        for (int eight = 0; eight < cuts.Length; eight++)
        {
            Span<int> part = steps.Slice(8 * eight, 8);
            bool late = false;
            if (Vector<int>.Count <= 8)
            {
                foreach (ref Vector<int> lanes in MemoryMarshal.Cast<int, Vector<int>>(part))
                {
                    lanes += Vector<int>.One;
                    late |= Vector.GreaterThanOrEqualAny(lanes, new Vector<int>(limit));
                }
            }
            else
            {
                foreach (ref int lane in part)
                    late |= ++lane >= limit;
            }

            cuts[eight] = 0;
            i = 8 * (eight + 1);
            if (!late && flags[eight] == 0)
                continue;
            for (int j = i - 8; j < i; j++)
            {
                truncated[j] = steps[j] >= limit;
                ended[found] = j;
                found += terminated[j] | truncated[j] ? 1 : 0;
            }
        }

        for (; i < steps.Length; i++)
        {
            truncated[i] = ++steps[i] >= limit;
            ended[found] = i;
            found += terminated[i] | truncated[i] ? 1 : 0;
        }

        return ended[..found];
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer(_keys);
        archive.Transfer<int>(_steps);
    }
}
