using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// What an on-policy agent remembers between two updates: T steps of N environments, time-major (step t of environment i is entry t N + i), with what the policy and the critic said at the time.
/// </summary>
public sealed class RolloutBuffer : IPersistent
{
    private readonly int _inputs;
    private readonly int _actionLength;

    /// <summary>Allocates the memory.</summary>
    /// <param name="steps">T.</param>
    /// <param name="count">N.</param>
    /// <param name="inputs">The number of elements of an observation.</param>
    /// <param name="actionLength">The number of elements of an action.</param>
    public RolloutBuffer(int steps, int count, int inputs, int actionLength)
    {
        Steps = Require.Positive(steps, nameof(steps));
        Count = Require.Positive(count, nameof(count));
        _inputs = Require.Positive(inputs, nameof(inputs));
        _actionLength = Require.Positive(actionLength, nameof(actionLength));
        int length = checked(steps * count);
        Observations = new float[checked(length * inputs)];
        Actions = new float[checked(length * actionLength)];
        LogProbabilities = new float[length];
        Values = new float[length];
        NextValues = new float[length];
        Rewards = new float[length];
        Terminated = new bool[length];
        Truncated = new bool[length];
        Advantages = new float[length];
        Returns = new float[length];
    }

    /// <summary>T.</summary>
    public int Steps { get; }

    /// <summary>N.</summary>
    public int Count { get; }

    /// <summary>The number of entries, T N.</summary>
    public int Length => Steps * Count;

    /// <summary>The number of steps recorded so far.</summary>
    public int Time { get; private set; }

    /// <summary>Whether all steps are recorded.</summary>
    public bool IsFull => Time == Steps;

    /// <summary>The observations.</summary>
    public float[] Observations { get; }

    /// <summary>The actions, as floats.</summary>
    public float[] Actions { get; }

    /// <summary>The logarithms of the actions' probabilities under the policy that chose them.</summary>
    public float[] LogProbabilities { get; }

    /// <summary>The critic's values of the observations.</summary>
    public float[] Values { get; }

    /// <summary>The critic's values of the true successors; those of terminated steps mean nothing.</summary>
    public float[] NextValues { get; }

    /// <summary>The rewards.</summary>
    public float[] Rewards { get; }

    /// <summary>Which steps terminated.</summary>
    public bool[] Terminated { get; }

    /// <summary>Which steps were truncated.</summary>
    public bool[] Truncated { get; }

    /// <summary>The advantages, once they are computed.</summary>
    public float[] Advantages { get; }

    /// <summary>The targets of the critic, once they are computed.</summary>
    public float[] Returns { get; }

    /// <summary>Where the actions of the coming step go.</summary>
    public Span<float> NextActions => Actions.AsSpan(Time * Count * _actionLength, Count * _actionLength);

    /// <summary>Where their log probabilities go.</summary>
    public Span<float> NextLogProbabilities => LogProbabilities.AsSpan(Time * Count, Count);

    /// <summary>Where the values of the observations go.</summary>
    public Span<float> CurrentValues => Values.AsSpan(Time * Count, Count);

    /// <summary>Begins anew.</summary>
    public void Clear() => Time = 0;

    /// <summary>Records a step, whose actions, log probabilities and values are written already.</summary>
    /// <typeparam name="TAction">The element type of actions.</typeparam>
    /// <param name="transition">What happened.</param>
    /// <param name="critic">Knows the values of successors that aren't the next observations.</param>
    /// <param name="states">The memory with which the critic comes to the successors; empty for a critic without one.</param>
    public void Add<TAction>(in Transition<float, TAction> transition, ActorCritic<TAction> critic, ReadOnlySpan<float> states = default) where TAction : unmanaged
    {
        ArgumentNullException.ThrowIfNull(critic);
        int start = Time * Count;
        transition.Observations.CopyTo(Observations.AsSpan(start * _inputs));
        transition.Terminated.CopyTo(Terminated.AsSpan(start));
        transition.Truncated.CopyTo(Truncated.AsSpan(start));
        for (int i = 0; i < Count; i++)
            Rewards[start + i] = (float)transition.Rewards[i];
        if (Time > 0)
            Follow(start - Count, Values.AsSpan(start, Count));

        bool cut = false;
        for (int i = 0; i < Count; i++)
            cut |= transition.Truncated[i] && !transition.Terminated[i];
        Time++;
        if (cut || IsFull)
            critic.Values(transition.NextObservations, states, NextValues.AsSpan(start, Count));
    }

    /// <summary>Computes <see cref="Advantages"/> and <see cref="Returns"/> by generalized advantage estimation.</summary>
    /// <param name="discount">The discount.</param>
    /// <param name="lambda">The parameter lambda.</param>
    public void Estimate(double discount, double lambda)
    {
        var rollout = new Rollout
        {
            Count = Count,
            Discount = discount,
            Rewards = Rewards,
            NextValues = NextValues,
            Terminated = Terminated,
            Truncated = Truncated,
        };
        RL.Returns.GeneralizedAdvantage(rollout, Values, lambda, Advantages, Returns);
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        int time = Time;
        archive.Transfer(ref time);
        Time = time;
        archive.Transfer<float>(Observations);
        archive.Transfer<float>(Actions);
        archive.Transfer<float>(LogProbabilities);
        archive.Transfer<float>(Values);
        archive.Transfer<float>(NextValues);
        archive.Transfer<float>(Rewards);
        archive.Transfer<bool>(Terminated);
        archive.Transfer<bool>(Truncated);
    }

    /// <summary>Where an episode went on, the successor's value is that of the next observation; where it was cut, it is known already.</summary>
    private void Follow(int start, ReadOnlySpan<float> values)
    {
        for (int i = 0; i < Count; i++)
        {
            if (!(Terminated[start + i] || Truncated[start + i]))
                NextValues[start + i] = values[i];
        }
    }
}
