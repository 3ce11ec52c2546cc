using System.Runtime.InteropServices;
using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// The last plays of all arms with their rewards, in a ring. Plays of arms that were taken away stay in it, as nobody's, until they are as old as the window: time passes for all.
/// </summary>
internal sealed class RewardWindow(int length)
{
    private readonly int[] _arms = new int[length];
    private readonly double[] _rewards = new double[length];
    private int _next, _count;

    /// <summary>The number of plays in the window.</summary>
    public int Count => _count;

    /// <summary>Puts a play into the window.</summary>
    /// <param name="arm">The identity of the arm.</param>
    /// <param name="reward">The reward.</param>
    /// <param name="oldArm">The arm of the play that left.</param>
    /// <param name="oldReward">Its reward.</param>
    /// <returns>Whether a play left.</returns>
    public bool Push(int arm, double reward, out int oldArm, out double oldReward)
    {
        bool isFull = _count == length;
        oldArm = _arms[_next];
        oldReward = _rewards[_next];
        _arms[_next] = arm;
        _rewards[_next] = reward;
        _next = _next + 1 == length ? 0 : _next + 1;
        _count += isFull ? 0 : 1;
        return isFull;
    }

    /// <summary>An empty window.</summary>
    public void Clear()
    {
        Array.Clear(_arms);
        Array.Clear(_rewards);
        _next = _count = 0;
    }

    /// <summary>Stores or replaces the plays.</summary>
    public void Persist(StateArchive archive)
    {
        archive.Transfer(ref _next);
        archive.Transfer(ref _count);
        archive.Transfer(_arms.AsSpan());
        archive.Transfer(_rewards.AsSpan());
    }
}

/// <summary>An arm's plays inside a <see cref="RewardWindow"/>, with the identity that the window knows it by: arms move when others are taken away.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct WindowedArm
{
    /// <summary>The number of plays in the window.</summary>
    public long Count;

    /// <summary>The identity, from 1; 0 is an arm that hasn't got one yet.</summary>
    public long Identity;
}

/// <summary>The state of policies that look at the last plays of all arms.</summary>
internal abstract class WindowedState : BanditState
{
    private readonly ArmArray<WindowedArm> _arms;
    private readonly RewardWindow _window;
    private int _identities;

    protected WindowedState(IBanditPolicy policy, int window, int arms, RandomKey key)
        : base(policy, arms, key)
    {
        _window = new RewardWindow(window);
        _arms = PerArm<WindowedArm>();
        Name();
    }

    public sealed override bool CanMerge => false;

    /// <summary>The number of plays in the window, of all arms.</summary>
    protected int Plays => _window.Count;

    public override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Transfer(ref _identities);
        _window.Persist(archive);
    }

    /// <summary>The number of an arm's plays in the window.</summary>
    protected long Count(int arm) => _arms[arm].Count;

    /// <summary>Takes a value into or out of the sums of an arm's window.</summary>
    protected abstract void Add(int arm, double value, int sign);

    /// <summary>Puts the value of a play into the window.</summary>
    protected void Push(int arm, double value)
    {
        if (_window.Push((int)_arms[arm].Identity, value, out int oldIdentity, out double oldValue))
        {
            for (int other = 0; other < Arms; other++)
            {
                if (_arms[other].Identity != oldIdentity)
                    continue;
                _arms[other].Count--;
                Add(other, oldValue, -1);
                break;
            }
        }

        _arms[arm].Count++;
        Add(arm, value, 1);
    }

    protected override void Forget()
    {
        _window.Clear();
        _identities = 0;
        Name();
    }

    protected override void ArmsChanged() => Name();

    private void Name()
    {
        for (int arm = 0; arm < Arms; arm++)
        {
            if (_arms[arm].Identity == 0)
                _arms[arm].Identity = ++_identities;
        }
    }
}
