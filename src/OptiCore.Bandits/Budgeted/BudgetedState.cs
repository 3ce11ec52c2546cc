using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// A policy with budgets at work: it chooses arms until a resource is spent, is told rewards and costs, and can be saved and continued to identical bits. Neither choosing nor updating allocates.
/// </summary>
/// <remarks>
/// <para><b>The end.</b> As in the papers, a run ends with the first play that takes more of a resource than is left, or after the last round; that play's reward doesn't count
/// (<see cref="TotalReward"/>). From then on <see cref="IsExhausted"/> is true, and choosing and updating throw.</para>
/// <para><b>Choosing is a pure function.</b> It changes nothing: asked twice without an update it gives the same arm. Its random draws belong to a round: round t uses <c>Key.Fold(t)</c>, and where
/// no round is given, t = <see cref="Updates"/>.</para>
/// <para>An instance is not synchronised: a service that shares one between threads locks around it.</para>
/// </remarks>
public abstract class BudgetedState : IPersistent
{
    private readonly long[] _pulls;
    private readonly double[] _rewards, _costs, _budgets, _spent;
    private RandomKey _key;
    private long _updates;
    private double _total;
    private bool _isOverdrawn;

    /// <summary>Allocates the statistics that every policy keeps.</summary>
    /// <param name="policy">The configured policy.</param>
    /// <param name="arms">The number K of arms.</param>
    /// <param name="budgets">What there is of each resource.</param>
    /// <param name="rounds">The most rounds that may be played.</param>
    /// <param name="key">The randomness of the run.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number isn't positive, or a budget isn't finite.</exception>
    protected BudgetedState(IBudgetedPolicy policy, int arms, ReadOnlySpan<double> budgets, long rounds, RandomKey key)
    {
        Policy = Require.NotNull(policy);
        Arms = Require.Positive(arms, nameof(arms));
        Resources = Require.Positive(budgets.Length, nameof(budgets));
        foreach (double budget in budgets)
            Require.Positive(budget, nameof(budgets));
        Rounds = Require.Positive(rounds, nameof(rounds));
        _budgets = budgets.ToArray();
        _spent = new double[Resources];
        _pulls = new long[arms];
        _rewards = new double[arms];
        _costs = new double[checked(arms * Resources)];
        _key = key;
    }

    /// <summary>The configured policy.</summary>
    public IBudgetedPolicy Policy { get; }

    /// <summary>The number K of arms.</summary>
    public int Arms { get; }

    /// <summary>The number of resources.</summary>
    public int Resources { get; }

    /// <summary>The most rounds T that may be played.</summary>
    public long Rounds { get; }

    /// <summary>What there was of each resource.</summary>
    public ReadOnlySpan<double> Budgets => _budgets;

    /// <summary>What was spent of each resource, by the play that ended the run too.</summary>
    public ReadOnlySpan<double> Spent => _spent;

    /// <summary>The number of plays.</summary>
    public long Updates => _updates;

    /// <summary>The number of plays of each arm.</summary>
    public ReadOnlySpan<long> Pulls => _pulls;

    /// <summary>The sum of the rewards, without that of a play that took more of a resource than was left.</summary>
    public double TotalReward => _total;

    /// <summary>Whether the run has ended: more of a resource was taken than there was, or the last round is played.</summary>
    public bool IsExhausted => _isOverdrawn || _updates >= Rounds;

    /// <summary>Whether the last play took more of a resource than was left.</summary>
    internal bool IsOverdrawn => _isOverdrawn;

    /// <summary>The randomness of the run.</summary>
    public RandomKey Key => _key;

    /// <summary>The mean reward of an arm; 0 where it wasn't played.</summary>
    /// <param name="arm">The arm, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such arm.</exception>
    public double MeanReward(int arm)
    {
        RequireArm(arm);
        return _pulls[arm] == 0 ? 0 : _rewards[arm] / _pulls[arm];
    }

    /// <summary>What a play of an arm takes of a resource on average; 0 where it wasn't played.</summary>
    /// <param name="arm">The arm, from 0.</param>
    /// <param name="resource">The resource, from 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such arm or resource.</exception>
    public double MeanCost(int arm, int resource)
    {
        RequireArm(arm);
        if ((uint)resource >= (uint)Resources)
            throw new ArgumentOutOfRangeException(nameof(resource), resource, string.Create(CultureInfo.InvariantCulture, $"resource is {resource} but must be one of 0 to {Resources - 1}."));
        return _pulls[arm] == 0 ? 0 : _costs[(arm * Resources) + resource] / _pulls[arm];
    }

    /// <summary>The arm to play next, given one reward for each earlier choice.</summary>
    /// <exception cref="InvalidOperationException">The run has ended (<see cref="IsExhausted"/>).</exception>
    public int Choose() => Choose(_updates);

    /// <summary>The arm to play when rewards are delayed.</summary>
    /// <param name="round">The number of choices made before this one.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="round"/> is negative.</exception>
    /// <exception cref="InvalidOperationException">The run has ended (<see cref="IsExhausted"/>).</exception>
    public int Choose(long round)
    {
        if (round < 0)
            throw new ArgumentOutOfRangeException(nameof(round), round, "round counts the choices made before this one; it must be at least 0.");
        if (IsExhausted)
            ThrowExhausted();
        return Select(round);
    }

    /// <summary>Learns from a play.</summary>
    /// <param name="arm">The arm that was played, from 0.</param>
    /// <param name="reward">Its reward, in [0, 1].</param>
    /// <param name="costs">What it took of each resource, in [0, 1].</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such arm, or the reward or a cost is NaN or outside [0, 1]; nothing is changed.</exception>
    /// <exception cref="ArgumentException">There aren't as many costs as resources; nothing is changed.</exception>
    /// <exception cref="InvalidOperationException">The run has ended (<see cref="IsExhausted"/>); nothing is changed.</exception>
    public void Update(int arm, double reward, ReadOnlySpan<double> costs)
    {
        RequireArm(arm);
        Require.InClosed(reward, 0, 1, nameof(reward));
        Require.Length(costs.Length, Resources, nameof(costs));
        foreach (double cost in costs)
            Require.InClosed(cost, 0, 1, nameof(costs));
        if (IsExhausted)
            ThrowExhausted();
        Learn(arm, reward, costs);
        _pulls[arm]++;
        _rewards[arm] += reward;
        for (int resource = 0; resource < costs.Length; resource++)
        {
            _costs[(arm * Resources) + resource] += costs[resource];
            _spent[resource] += costs[resource];
            _isOverdrawn |= _spent[resource] > _budgets[resource];
        }

        _total += _isOverdrawn ? 0 : reward;
        _updates++;
    }

    /// <summary>Forgets everything and begins again with full budgets and another key, without allocation.</summary>
    /// <param name="key">The randomness of the new run.</param>
    public void Restart(RandomKey key)
    {
        Array.Clear(_pulls);
        Array.Clear(_rewards);
        Array.Clear(_costs);
        Array.Clear(_spent);
        _updates = 0;
        _total = 0;
        _isOverdrawn = false;
        _key = key;
        Forget();
    }

    /// <summary>Writes a checkpoint. The stream stays open.</summary>
    /// <param name="stream">Receives the bytes.</param>
    public void Save(Stream stream) => Checkpoint.Write(stream, Policy.GetType().Name, Configuration, this);

    /// <summary>Continues a saved run, to the bits of the one that wasn't interrupted. The key comes from the checkpoint too.</summary>
    /// <param name="stream">The stream, positioned at a checkpoint of the same policy, options, number of arms and budgets.</param>
    /// <exception cref="CheckpointException">It is truncated, damaged, or of another policy, configuration or shape; this state is unchanged.</exception>
    public void Load(Stream stream) => Checkpoint.Read(stream, Policy.GetType().Name, Configuration, this);

    /// <inheritdoc/>
    public virtual void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(ref _key);
        archive.Transfer(ref _updates);
        archive.Transfer(ref _total);
        archive.Transfer(ref _isOverdrawn);
        archive.Transfer(_pulls.AsSpan());
        archive.Transfer(_rewards.AsSpan());
        archive.Transfer(_costs.AsSpan());
        archive.Transfer(_spent.AsSpan());
    }

    /// <summary>The arm of a round: a pure function of the state and the round.</summary>
    /// <param name="round">The round, whose draws come from <c>Key.Fold(round)</c>.</param>
    protected abstract int Select(long round);

    /// <summary>The arm that is played because it has no play yet, or -1 when every arm has one: the first such arm, or a later one when choices are in flight.</summary>
    /// <param name="round">The round.</param>
    private protected int Unplayed(long round)
    {
        int unplayed = 0;
        foreach (long pulls in _pulls)
            unplayed += pulls == 0 ? 1 : 0;
        if (unplayed == 0)
            return -1;
        long skip = Math.Max(0, round - _updates) % unplayed;
        for (int arm = 0; ; arm++)
        {
            if (_pulls[arm] == 0 && skip-- == 0)
                return arm;
        }
    }

    /// <summary>Absorbs a valid play, which neither the statistics nor <see cref="Updates"/> count yet.</summary>
    /// <param name="arm">The arm.</param>
    /// <param name="reward">The reward.</param>
    /// <param name="costs">What it took of each resource.</param>
    protected abstract void Learn(int arm, double reward, ReadOnlySpan<double> costs);

    /// <summary>Puts what the policy keeps beside the common statistics back to its beginning; <see cref="Key"/> is the new one.</summary>
    protected abstract void Forget();

    private string Configuration
    {
        get
        {
            var text = new StringBuilder(Checkpoint.Describe(Policy)).Append(CultureInfo.InvariantCulture, $" with {Arms} arms, {Rounds} rounds and budgets of");
            foreach (double budget in _budgets)
                text.Append(CultureInfo.InvariantCulture, $" {budget:r}");
            return text.ToString();
        }
    }

    private void RequireArm(int arm)
    {
        if ((uint)arm >= (uint)Arms)
            ThrowArm(arm);
    }

    [DoesNotReturn]
    private void ThrowArm(int arm) => throw new ArgumentOutOfRangeException(
        nameof(arm), arm, string.Create(CultureInfo.InvariantCulture, $"arm is {arm} but must be one of 0 to {Arms - 1}."));

    [DoesNotReturn]
    private void ThrowExhausted()
    {
        for (int resource = 0; resource < Resources; resource++)
        {
            if (_spent[resource] > _budgets[resource])
            {
                throw new InvalidOperationException(
                    string.Create(CultureInfo.InvariantCulture, $"The run has ended: {_spent[resource]} of resource {resource} were spent, the budget was {_budgets[resource]}."));
            }
        }

        throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The run has ended: all {Rounds} rounds are played."));
    }
}
