using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// Queued partial monitoring with delays (QPM-D): lets a policy learn from rewards that come late, in any order. Rewards that arrive wait in a queue of their arm; when the policy chooses an arm whose queue
/// isn't empty it is told the oldest reward there and chooses again, else the arm is really played.
/// </summary>
/// <remarks>
/// <para>P. Joulani, A. György, C. Szepesvári (2013), "Online learning under delayed feedback", ICML, algorithm 2. The policy never notices the delays: its regret is at most that without delays plus
/// sum gap_k E[G_k], G_k being the largest number of outstanding rewards of arm k.</para>
/// <para>A policy may instead be asked with round numbers (<see cref="BanditState.Choose(long)"/>), which randomised policies take well; the queue gives the guarantee to every policy.
/// Next and Receive cost what the policy's do. Memory for the rewards that wait, doubled when it is full.</para>
/// </remarks>
public sealed class DelayedRewards : IPersistent
{
    private readonly BanditState _state;
    private readonly double[][] _queues;
    private readonly int[] _first, _count;

    /// <summary>Puts queues before a policy.</summary>
    /// <param name="state">The policy at work; it is told rewards by these queues alone, and its arms don't change.</param>
    /// <exception cref="ArgumentNullException">The state is null.</exception>
    public DelayedRewards(BanditState state)
    {
        _state = Require.NotNull(state);
        _queues = new double[state.Arms][];
        for (int arm = 0; arm < _queues.Length; arm++)
            _queues[arm] = new double[16];
        _first = new int[state.Arms];
        _count = new int[state.Arms];
    }

    /// <summary>The policy at work.</summary>
    public BanditState State => _state;

    /// <summary>The number of rewards of an arm that have arrived and wait.</summary>
    /// <param name="arm">The arm, from 0.</param>
    public int Waiting(int arm) => _count[arm];

    /// <summary>The arm to play next: tells the policy waiting rewards until it chooses an arm that has none.</summary>
    public int Next()
    {
        while (true)
        {
            int arm = _state.Choose();
            if (_count[arm] == 0)
                return arm;
            double reward = _queues[arm][_first[arm]];
            _first[arm] = (_first[arm] + 1) % _queues[arm].Length;
            _count[arm]--;
            _state.Update(arm, reward);
        }
    }

    /// <summary>Takes a reward that has arrived.</summary>
    /// <param name="arm">The arm that was played, from 0.</param>
    /// <param name="reward">Its reward, inside the policy's range.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such arm, or the reward lies outside the policy's range; nothing is changed.</exception>
    public void Receive(int arm, double reward)
    {
        if ((uint)arm >= (uint)_queues.Length)
            throw new ArgumentOutOfRangeException(nameof(arm), arm, $"arm is {arm} but must be one of 0 to {_queues.Length - 1}.");
        if (!_state.Rewards.Contains(reward))
            throw new ArgumentOutOfRangeException(nameof(reward), reward, $"reward must {_state.Rewards}.");
        double[] queue = _queues[arm];
        if (_count[arm] == queue.Length)
        {
            double[] larger = new double[2 * queue.Length];
            for (int i = 0; i < queue.Length; i++)
                larger[i] = queue[(_first[arm] + i) % queue.Length];
            _queues[arm] = queue = larger;
            _first[arm] = 0;
        }

        queue[(_first[arm] + _count[arm]++) % queue.Length] = reward;
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(_state);
        archive.Transfer(_first.AsSpan());
        archive.Transfer(_count.AsSpan());
        for (int arm = 0; arm < _queues.Length; arm++)
            archive.Transfer(ref _queues[arm]);
    }
}
