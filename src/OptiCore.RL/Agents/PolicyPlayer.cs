namespace OptiCore.RL;

/// <summary>A policy that plays in several environments at the same time: keeps the memory of each, if the policy has one, and forgets it where an episode ends. Allocates nothing after it is made.</summary>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed class PolicyPlayer<TObservation, TAction>
    where TObservation : unmanaged
    where TAction : unmanaged
{
    private readonly IPolicy<TObservation, TAction> _policy;
    private readonly IRecurrentPolicy<TObservation, TAction>? _recurrent;
    private readonly float[] _memory;
    private readonly int _count;

    /// <summary>All environments are at the beginning of an episode.</summary>
    /// <param name="policy">The policy.</param>
    /// <param name="count">The number of environments.</param>
    public PolicyPlayer(IPolicy<TObservation, TAction> policy, int count)
    {
        _policy = Require.NotNull(policy);
        _count = Require.Positive(count, nameof(count));
        _recurrent = policy as IRecurrentPolicy<TObservation, TAction>;
        _memory = new float[count * (_recurrent?.MemoryLength ?? 0)];
    }

    /// <summary>Chooses an action for each environment.</summary>
    /// <param name="observations">The observations, one row for each environment.</param>
    /// <param name="key">The randomness of the choice.</param>
    /// <param name="actions">Receives the actions, one row for each environment.</param>
    public void Act(ReadOnlySpan<TObservation> observations, RandomKey key, Span<TAction> actions)
    {
        if (_recurrent is null)
            _policy.Act(observations, key, actions);
        else
            _recurrent.Act(observations, key, _memory, actions);
    }

    /// <summary>Forgets the episodes that have ended; to be told after every step.</summary>
    /// <param name="terminated">Which steps terminated.</param>
    /// <param name="truncated">Which were truncated.</param>
    public void Observe(ReadOnlySpan<bool> terminated, ReadOnlySpan<bool> truncated)
    {
        Require.Length(terminated.Length, _count, nameof(terminated));
        Require.Length(truncated.Length, _count, nameof(truncated));
        int length = _memory.Length / _count;
        if (length == 0)
            return;
        for (int i = 0; i < _count; i++)
        {
            if (terminated[i] || truncated[i])
                _memory.AsSpan(i * length, length).Clear();
        }
    }
}
