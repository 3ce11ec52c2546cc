using System.Globalization;
using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>A slate policy at work: it chooses items for positions, is told their clicks, can be saved and continued to identical bits, and merged with another. Neither choosing nor updating allocates.</summary>
/// <remarks>Choosing changes nothing; rewards may be delayed, and slates that the policy didn't choose may be learnt from. An instance is not synchronised.</remarks>
public abstract class SlateState : IPersistent
{
    private readonly ISlatePolicy _policy;
    private readonly double[] _observations, _clicks, _largest;
    private readonly bool[] _shown;
    private long _updates;

    /// <summary>Allocates the statistics that every policy keeps.</summary>
    /// <param name="policy">The configured policy.</param>
    /// <param name="items">The number L of items.</param>
    /// <param name="positions">The number of positions.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is too small, or there are more positions than items.</exception>
    protected SlateState(ISlatePolicy policy, int items, int positions)
    {
        _policy = Require.NotNull(policy);
        Items = Require.Positive(items, nameof(items));
        Positions = (int)Require.InClosed(positions, 1, items, nameof(positions));
        _observations = new double[items];
        _clicks = new double[items];
        _shown = new bool[items];
        _largest = new double[positions];
    }

    /// <summary>The number L of items.</summary>
    public int Items { get; }

    /// <summary>The number of positions.</summary>
    public int Positions { get; }

    /// <summary>The number of slates that were learnt from.</summary>
    public long Updates => _updates;

    /// <summary>How often each item was observed, as the policy counts it.</summary>
    public ReadOnlySpan<double> Observations => _observations;

    /// <summary>The sum of the clicks on each item that were observed.</summary>
    public ReadOnlySpan<double> Clicks => _clicks;

    /// <summary>The slate to show next.</summary>
    /// <param name="slate">Receives the items, the first position first.</param>
    /// <returns>How many there are: as many as positions, unless the policy chooses among sets of different sizes.</returns>
    /// <exception cref="ArgumentException">The span doesn't have <see cref="Positions"/> elements.</exception>
    public int Choose(Span<int> slate)
    {
        Require.Length(slate.Length, Positions, nameof(slate));
        return Select(slate);
    }

    /// <summary>Learns from the clicks on a slate. O(positions).</summary>
    /// <param name="slate">The items that were shown, at most one a position, all different.</param>
    /// <param name="clicks">The click on each, in [0, 1]: 1 or 0, or another reward.</param>
    /// <exception cref="ArgumentException">The lengths differ, there are more items than positions, or an item is shown twice; nothing is changed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such item, or a click is NaN or outside [0, 1]; nothing is changed.</exception>
    public void Update(ReadOnlySpan<int> slate, ReadOnlySpan<double> clicks)
    {
        Require.Length(clicks.Length, slate.Length, nameof(clicks));
        if (slate.Length > Positions)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"slate has {slate.Length} items but there are {Positions} positions."), nameof(slate));
        Array.Clear(_shown);
        for (int i = 0; i < slate.Length; i++)
        {
            if ((uint)slate[i] >= (uint)Items)
                throw new ArgumentOutOfRangeException(nameof(slate), slate[i], string.Create(CultureInfo.InvariantCulture, $"slate[{i}] is {slate[i]} but must be one of 0 to {Items - 1}."));
            if (_shown[slate[i]])
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"slate shows item {slate[i]} twice."), nameof(slate));
            _shown[slate[i]] = true;
            Require.InClosed(clicks[i], 0, 1, nameof(clicks));
        }

        Learn(slate, clicks);
        _updates++;
    }

    /// <summary>Writes the index of each item, which is what orders them: infinity for those that were never observed.</summary>
    /// <param name="scores">Receives one number an item.</param>
    /// <exception cref="ArgumentException">The span doesn't have <see cref="Items"/> elements.</exception>
    public void Scores(Span<double> scores)
    {
        Require.Length(scores.Length, Items, nameof(scores));
        for (int item = 0; item < scores.Length; item++)
            scores[item] = Index(item);
    }

    /// <summary>Takes up the experience of another state, as if its slates had been shown here.</summary>
    /// <param name="other">A state of an equal policy with as many items and positions; it isn't changed.</param>
    /// <exception cref="ArgumentException">It is of another policy, configuration or shape.</exception>
    public void Merge(SlateState other)
    {
        ArgumentNullException.ThrowIfNull(other);
        if (other.GetType() != GetType() || other.Configuration != Configuration)
            throw new ArgumentException($"Only states of equal policies can be merged: this is {Configuration}, the other {other.Configuration}.", nameof(other));
        for (int item = 0; item < Items; item++)
        {
            _observations[item] += other._observations[item];
            _clicks[item] += other._clicks[item];
        }

        _updates += other._updates;
        Absorb(other);
    }

    /// <summary>Forgets everything, without allocation.</summary>
    public void Restart()
    {
        Array.Clear(_observations);
        Array.Clear(_clicks);
        _updates = 0;
        Forget();
    }

    /// <summary>Writes a checkpoint. The stream stays open.</summary>
    /// <param name="stream">Receives the bytes.</param>
    public void Save(Stream stream) => Checkpoint.Write(stream, _policy.GetType().Name, Configuration, this);

    /// <summary>Continues a saved run, to the bits of the one that wasn't interrupted.</summary>
    /// <param name="stream">The stream, positioned at a checkpoint of the same policy, options and shape.</param>
    /// <exception cref="CheckpointException">It is truncated, damaged, or of another policy, configuration or shape; this state is unchanged.</exception>
    public void Load(Stream stream) => Checkpoint.Read(stream, _policy.GetType().Name, Configuration, this);

    /// <inheritdoc/>
    public virtual void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(ref _updates);
        archive.Transfer(_observations.AsSpan());
        archive.Transfer(_clicks.AsSpan());
    }

    /// <summary>Chooses a slate: a pure function of the state. As it is, the items with the largest indices, the largest first, the first of equal ones first.</summary>
    /// <param name="slate">Receives the items.</param>
    /// <returns>How many there are.</returns>
    protected virtual int Select(Span<int> slate)
    {
        int count = 0;
        Span<double> largest = _largest;
        for (int item = 0; item < Items; item++)
        {
            double index = Index(item);
            if (count == slate.Length && !(index > largest[count - 1]))
                continue;
            int at = count < slate.Length ? count++ : count - 1;
            for (; at > 0 && index > largest[at - 1]; at--)
            {
                largest[at] = largest[at - 1];
                slate[at] = slate[at - 1];
            }

            largest[at] = index;
            slate[at] = item;
        }

        return count;
    }

    /// <summary>Learns from valid clicks.</summary>
    /// <param name="slate">The items.</param>
    /// <param name="clicks">Their clicks.</param>
    protected abstract void Learn(ReadOnlySpan<int> slate, ReadOnlySpan<double> clicks);

    /// <summary>The index of an item.</summary>
    /// <param name="item">The item, from 0.</param>
    protected abstract double Index(int item);

    /// <summary>Counts an observation of an item.</summary>
    /// <param name="item">The item.</param>
    /// <param name="click">Its click.</param>
    protected void Observe(int item, double click)
    {
        _observations[item]++;
        _clicks[item] += click;
    }

    /// <summary>Puts what the policy keeps beside the common statistics back to its beginning.</summary>
    protected virtual void Forget()
    {
    }

    /// <summary>Adds what another state keeps beside the common statistics.</summary>
    /// <param name="other">A state of the same type and configuration.</param>
    protected virtual void Absorb(SlateState other)
    {
    }

    private string Configuration => string.Create(CultureInfo.InvariantCulture, $"{Checkpoint.Describe(_policy)} with {Items} items and {Positions} positions");
}
