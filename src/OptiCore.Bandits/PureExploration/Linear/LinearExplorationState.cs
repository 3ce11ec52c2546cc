using System.Globalization;
using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>A search for the best of several items whose values are linear in an unknown parameter theta: arm k is a measurement of x_k' theta, item i is worth z_i' theta. The items may be the measurements or others.</summary>
public abstract class LinearExplorationState : PureExplorationState
{
    private readonly double[] _estimate, _moment;
    private readonly ArmArray<double> _shares;
    private readonly ArmArray<long> _virtual;
    private int _item = -1;
    private bool _hasEstimate;

    private protected LinearExplorationState(IPureExploration policy, FeatureVectors? measurements, FeatureVectors? items, int arms, RandomKey key)
        : base(policy, arms, key)
    {
        Measurements = measurements ?? FeatureVectors.Basis(arms);
        Items = items ?? Measurements;
        if (Measurements.Count != arms)
            throw new ArgumentOutOfRangeException(nameof(arms), arms, string.Create(CultureInfo.InvariantCulture, $"arms is {arms} but the policy has {Measurements.Count} measurements."));
        if (arms == 1 && items is not null)
            throw new ArgumentOutOfRangeException(nameof(arms), arms, "A search among items takes at least two measurements.");
        HasItems = items is not null;
        Solver = new DesignSolver(Measurements, Items);
        IsActive = new bool[Items.Count];
        _estimate = new double[Measurements.Dimension];
        _moment = new double[Measurements.Dimension];
        _shares = PerArm<double>();
        _virtual = PerArm<long>(isSaved: false);
    }

    /// <summary>The features of the arms.</summary>
    public FeatureVectors Measurements { get; }

    /// <summary>The features of the items.</summary>
    public FeatureVectors Items { get; }

    /// <summary>The item that is held for the best: final once the search is over, the best guess before. Where the items are the measurements, that is <see cref="PureExplorationState.Recommendation"/>; where they aren't, the recommendation is the
    /// arm whose estimated reward is largest.</summary>
    public int Item => _item >= 0 ? _item : BestOf(Items);

    /// <summary>The estimate of theta by least squares; zeros before there is one.</summary>
    public ReadOnlySpan<double> Estimate => _estimate;

    /// <summary>The designs of the search.</summary>
    private protected DesignSolver Solver { get; }

    /// <summary>Whether an item can still be the best.</summary>
    private protected bool[] IsActive { get; }

    /// <summary>Whether there are items apart from the measurements.</summary>
    private protected bool HasItems { get; }

    /// <summary>The shares of the arms in the present design.</summary>
    private protected Span<double> Shares => _shares.Span;

    /// <inheritdoc/>
    public override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Transfer(IsActive.AsSpan());
        archive.Transfer<double>(_estimate);
        archive.Transfer(ref _hasEstimate);
        archive.Transfer(ref _item);
    }

    /// <summary>Writes the estimated rewards of the arms; infinity before there is an estimate.</summary>
    /// <param name="scores">Receives one score an arm.</param>
    protected override void Score(Span<double> scores)
    {
        if (_hasEstimate)
            Measurements.Multiply(_estimate, scores);
        else
            scores.Fill(double.PositiveInfinity);
    }

    /// <inheritdoc/>
    protected override void Begin()
    {
        Array.Clear(_estimate);
        _hasEstimate = false;
        _item = -1;

        // Of items with the same features one is as good as another: the first stays.
        for (int i = 0; i < IsActive.Length; i++)
        {
            IsActive[i] = true;
            for (int j = 0; j < i && IsActive[i]; j++)
                IsActive[i] = !Items[i].SequenceEqual(Items[j]);
        }

        if (Left() == 1 && Arms > 1)
            Finish();
    }

    private protected override int BestGuess() => BestOf(Measurements);

    /// <summary>The number of items that are left.</summary>
    private protected int Left()
    {
        int left = 0;
        foreach (bool active in IsActive)
            left += active ? 1 : 0;
        return left;
    }

    /// <summary>Ends the search with the best item that is left.</summary>
    private protected void Finish()
    {
        _item = BestOf(Items);
        Stop(HasItems ? BestOf(Measurements) : _item);
    }

    /// <summary>Least squares of theta from sums of rewards; leaves the inverse of sum n_x x x' in the solver.</summary>
    private protected void Fit(ReadOnlySpan<double> counts, ReadOnlySpan<double> sums)
    {
        Solver.Invert(counts);
        Array.Clear(_moment);
        for (int arm = 0; arm < sums.Length; arm++)
            RidgeModel.AddScaled(_moment, sums[arm], Measurements[arm]);
        RidgeModel.Multiply(Solver.Inverse, _moment, _estimate);
        _hasEstimate = true;
    }

    /// <summary>Estimated value of item i less that of item j.</summary>
    private protected double Lead(int i, int j) => RidgeModel.Dot(Items[i], _estimate) - RidgeModel.Dot(Items[j], _estimate);

    /// <summary>The arm that is furthest behind its share of the plays, among those with plays to come; rewards that are still on their way count as plays.</summary>
    private protected int Behind(ReadOnlySpan<long> plays, ReadOnlySpan<long> targets, long pending)
    {
        plays.CopyTo(_virtual.Span);
        long total = 1;
        foreach (long count in plays)
            total += count;
        for (; ; total++)
        {
            int chosen = -1;
            double largest = double.NegativeInfinity;
            for (int arm = 0; arm < plays.Length; arm++)
            {
                double lag = (Shares[arm] * total) - _virtual[arm];
                if (Shares[arm] > 0 && lag > largest && (targets.IsEmpty || _virtual[arm] < targets[arm]))
                    (largest, chosen) = (lag, arm);
            }

            // More choices on their way than the plan has: they begin it again.
            if (chosen < 0)
            {
                _virtual.Span.Clear();
                total = 0;
                continue;
            }

            if (pending-- <= 0)
                return chosen;
            _virtual[chosen]++;
        }
    }

    private int BestOf(FeatureVectors vectors)
    {
        int best = -1;
        double largest = double.NegativeInfinity;
        bool areItems = ReferenceEquals(vectors, Items);
        for (int i = 0; i < vectors.Count; i++)
        {
            double value = RidgeModel.Dot(vectors[i], _estimate);
            if ((!areItems || IsActive[i]) && value > largest)
                (largest, best) = (value, i);
        }

        return best;
    }
}
