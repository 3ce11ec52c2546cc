using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>A policy upon a regression oracle at work: one or several models for each arm, or for all arms together.</summary>
public abstract class OracleState : ContextualState
{
    private readonly int _length, _copies;
    private readonly ArmArray<double>? _perArm;
    private readonly double[] _shared;

    private protected OracleState(IContextualPolicy policy, IRegressionOracle oracle, int copies, int arms, int features, RandomKey key)
        : base(policy, arms, features, oracle.Sharing != ModelSharing.Disjoint, key)
    {
        Oracle = oracle;
        _copies = copies;
        _length = oracle.Length(features);
        bool isShared = oracle.Sharing == ModelSharing.Shared;
        _perArm = isShared ? null : PerArm<double>(checked(_length * copies));
        _shared = isShared ? new double[checked(_length * copies)] : [];
        ResetModels(unplayedOnly: false);
    }

    /// <summary>The oracle.</summary>
    public IRegressionOracle Oracle { get; }

    /// <inheritdoc/>
    public override bool CanMerge => Oracle.CanMerge;

    /// <summary>The number of models of each copy: one, or one an arm.</summary>
    private protected int Models => _perArm is null ? 1 : Arms;

    /// <inheritdoc/>
    public override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Transfer(_shared.AsSpan());
    }

    /// <inheritdoc/>
    protected override void Forget() => ResetModels(unplayedOnly: false);

    /// <inheritdoc/>
    protected override void ArmsChanged() => ResetModels(unplayedOnly: true);

    /// <inheritdoc/>
    protected override void Absorb(PolicyState other)
    {
        for (int arm = 0; arm < Models; arm++)
        {
            for (int copy = 0; copy < _copies; copy++)
                Oracle.Absorb(Model(arm, copy), ((OracleState)other).Model(arm, copy), Features);
        }
    }

    /// <summary>The numbers of a model.</summary>
    private protected Span<double> Model(int arm, int copy) => (_perArm is { } models ? models.Of(arm) : _shared.AsSpan()).Slice(copy * _length, _length);

    /// <summary>The estimate of an arm's reward by one of the copies.</summary>
    private protected double Predict(ReadOnlySpan<double> context, int arm, int copy) => Oracle.Predict(Model(arm, copy), FeaturesOf(context, arm));

    /// <summary>The arm with the largest estimate by one of the copies, the first of equal ones.</summary>
    private protected int Best(ReadOnlySpan<double> context, int copy)
    {
        var best = new ArgMax();
        for (int arm = 0; arm < Arms; arm++)
            best.Offer(arm, Predict(context, arm, copy));
        return best.Place;
    }

    /// <summary>Draws an arm from probabilities that sum to 1.</summary>
    private protected static int Draw(ReadOnlySpan<double> probabilities, double u)
    {
        double sum = 0;
        int last = 0;
        for (int arm = 0; arm < probabilities.Length; arm++)
        {
            if (probabilities[arm] > 0)
                last = arm;
            sum += probabilities[arm];
            if (u < sum)
                return arm;
        }

        return last;
    }

    /// <summary>
    /// Replaces estimates by the probabilities of inverse-gap weighting: 1 / (K + gamma (best estimate - estimate)) for every arm but the best, the first of equal ones, which has the rest.
    /// </summary>
    private protected static void WeightByInverseGaps(Span<double> estimates, double gamma)
    {
        int best = 0;
        for (int arm = 1; arm < estimates.Length; arm++)
        {
            if (estimates[arm] > estimates[best])
                best = arm;
        }

        double level = estimates[best], rest = 1;
        for (int arm = 0; arm < estimates.Length; arm++)
        {
            if (arm != best)
                rest -= estimates[arm] = 1 / (estimates.Length + (gamma * (level - estimates[arm])));
        }

        estimates[best] = rest;
    }

    private void ResetModels(bool unplayedOnly)
    {
        for (int arm = 0; arm < Models; arm++)
        {
            if (unplayedOnly && (_perArm is null || Pulls[arm] > 0))
                continue;
            for (int copy = 0; copy < _copies; copy++)
                Oracle.Reset(Model(arm, copy), Features);
        }
    }
}
