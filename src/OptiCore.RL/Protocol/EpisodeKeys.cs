using System.Runtime.CompilerServices;
using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// The randomness of n environments: episode e of environment i has the key <c>key.Fold(i).Fold(e)</c>. A part for those who write a vectorised environment.
/// </summary>
/// <param name="count">The number of environments.</param>
public sealed class EpisodeKeys(int count) : IPersistent
{
    private readonly RandomKey[] _environmentKeys = new RandomKey[Require.Positive(count, nameof(count))];
    private readonly long[] _episodes = new long[count];
    private RandomKey _key;
    private bool _started;

    /// <summary>Begins episode 0 everywhere.</summary>
    /// <param name="key">The key of the reset.</param>
    public void Reset(RandomKey key)
    {
        _key = key;
        _started = true;
        key.Split(_environmentKeys);
        Array.Clear(_episodes);
    }

    /// <summary>The number of the running episode of an environment, from 0.</summary>
    /// <param name="index">The environment.</param>
    public long Episode(int index) => _episodes[index];

    /// <summary>The key of the running episode of an environment.</summary>
    /// <param name="index">The environment.</param>
    public RandomKey Current(int index) => _environmentKeys[index].Fold(_episodes[index]);

    /// <summary>Begins the next episode of an environment.</summary>
    /// <param name="index">The environment.</param>
    /// <returns>The key of that episode.</returns>
    public RandomKey Next(int index)
    {
        _episodes[index]++;
        return Current(index);
    }

    /// <summary>Makes sure that the environments were reset.</summary>
    /// <exception cref="InvalidOperationException">They never were.</exception>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void EnsureStarted()
    {
        if (!_started)
            throw new InvalidOperationException("The environment was never reset: call Reset(key, observations) before the first step.");
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(ref _started);
        archive.Transfer(ref _key);
        archive.Transfer<long>(_episodes);
        if (archive.IsLoading)
            _key.Split(_environmentKeys);
    }
}
