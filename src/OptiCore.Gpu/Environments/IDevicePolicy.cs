using System.Runtime.CompilerServices;

namespace OptiCore.Gpu;

/// <summary>
/// Chooses actions inside a kernel, so that many steps are one launch. Implemented as a small struct; each environment has its own copy, which lives as long as a launch.
/// </summary>
/// <typeparam name="TObservation">What it sees.</typeparam>
/// <typeparam name="TAction">An action.</typeparam>
public interface IDevicePolicy<TObservation, TAction>
    where TObservation : unmanaged
    where TAction : unmanaged
{
    /// <summary>Called before the first action of a launch. What a policy keeps between actions must follow from these arguments alone, so that the division into launches changes nothing.</summary>
    /// <param name="key">The environment's own key for its actions.</param>
    /// <param name="step">The number of the step of all that comes next.</param>
    void Begin(RandomKey key, long step);

    /// <summary>The action of the next step.</summary>
    /// <param name="observation">What is observed before it.</param>
    TAction Act(TObservation observation);
}

/// <summary>One word of a key's stream for each step, four at a time.</summary>
internal struct StepWords
{
    private RandomKey _key;
    private ulong _block;
    private uint _w0, _w1, _w2, _w3;
    private int _next;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(RandomKey key, long step)
    {
        _key = key;
        _block = (ulong)step / 4;
        _next = (int)(step & 3);
        DeviceRandom.Block(key, _block, out _w0, out _w1, out _w2, out _w3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint Next()
    {
        if (_next == 4)
        {
            _block++;
            _next = 0;
            DeviceRandom.Block(_key, _block, out _w0, out _w1, out _w2, out _w3);
        }

        uint word = _next == 0 ? _w0 : _next == 1 ? _w1 : _next == 2 ? _w2 : _w3;
        _next++;
        return word;
    }
}

/// <summary>Takes one of n actions, each with the same chance, up to n / 2^32: the high half of word t of the environment's stream times n at step t.</summary>
/// <typeparam name="TObservation">What it doesn't look at.</typeparam>
/// <param name="actions">The number n of actions.</param>
/// <exception cref="ArgumentOutOfRangeException">The number is smaller than 1.</exception>
public struct RandomActions<TObservation>(int actions) : IDevicePolicy<TObservation, int>
    where TObservation : unmanaged
{
    private readonly uint _actions = (uint)Require.Positive(actions, nameof(actions));
    private StepWords _words;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(RandomKey key, long step) => _words.Begin(key, step);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Act(TObservation observation) => (int)(((ulong)_words.Next() * _actions) >> 32);
}

/// <summary>Takes a number of [low, high) at random: low + (high - low) u, where u is the upper 24 bits of word t of the environment's stream times 2^-24 at step t.</summary>
/// <typeparam name="TObservation">What it doesn't look at.</typeparam>
/// <param name="low">The lower end.</param>
/// <param name="high">The upper end.</param>
/// <exception cref="ArgumentOutOfRangeException">An end isn't finite.</exception>
public struct RandomNumbers<TObservation>(float low, float high) : IDevicePolicy<TObservation, float>
    where TObservation : unmanaged
{
    private readonly float _low = (float)Require.Finite(low, nameof(low));
    private readonly float _width = (float)Require.Finite(high, nameof(high)) - low;
    private StepWords _words;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(RandomKey key, long step) => _words.Begin(key, step);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public float Act(TObservation observation) => ExactMath.Add(_low, ExactMath.Multiply(_width, (int)(_words.Next() >> 8) * (1f / (1 << 24))));
}

/// <summary>Always takes the same action.</summary>
/// <typeparam name="TObservation">What it doesn't look at.</typeparam>
/// <typeparam name="TAction">An action.</typeparam>
/// <param name="action">The action.</param>
public readonly struct ConstantAction<TObservation, TAction>(TAction action) : IDevicePolicy<TObservation, TAction>
    where TObservation : unmanaged
    where TAction : unmanaged
{
    private readonly TAction _action = action;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Begin(RandomKey key, long step)
    {
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TAction Act(TObservation observation) => _action;
}
