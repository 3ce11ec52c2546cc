using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// A policy with linear models at work: ridge regressions of rewards on features, one for each arm or one for all. After the observations (x, r) of a model A = lambda I + sum x x' and
/// theta = A^-1 sum r x; an arm with features x has the mean x' theta and the variance x' A^-1 x, times that of the noise.
/// </summary>
/// <remarks>
/// Rank-one updates of the inverse, O(d^2) a reward, and a new factorization from the sums after every 4 max(d, 16) rewards of a model. Merging adds the sums, which is exact. A constant is a
/// feature of 1. Features should be of the order of 1: squares of them are summed, and must not overflow.
/// </remarks>
public abstract class LinearState : ContextualState
{
    private readonly ModelSharing _sharing;
    private readonly double _lambda;
    private readonly ArmArray<double>? _perArm;
    private readonly double[] _shared;

    private protected LinearState(IContextualPolicy policy, ModelSharing sharing, double lambda, int arms, int features, RandomKey key)
        : base(policy, arms, features, sharing != ModelSharing.Disjoint, key)
    {
        _sharing = sharing;
        _lambda = lambda;
        int length = RidgeModel.Length(features);
        _perArm = sharing == ModelSharing.Shared ? null : PerArm<double>(length);
        _shared = sharing == ModelSharing.Shared ? new double[length] : [];
        for (int arm = 0; arm < Models; arm++)
            Model(arm).Reset();
    }

    /// <summary>The coefficients theta of an arm's model.</summary>
    /// <param name="arm">The arm, from 0.</param>
    public ReadOnlySpan<double> Coefficients(int arm) => Model(arm).Coefficients;

    /// <summary>The inverse of A of an arm's model: d x d, row after row.</summary>
    /// <param name="arm">The arm, from 0.</param>
    public ReadOnlySpan<double> InversePrecision(int arm) => Model(arm).Inverse;

    private int Models => _perArm is null ? 1 : Arms;

    /// <inheritdoc/>
    public override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Transfer(_shared.AsSpan());
    }

    /// <summary>The model of an arm.</summary>
    private protected RidgeModel Model(int arm) => new(_perArm is { } models ? models.Of(arm) : _shared, Features, _lambda);

    /// <inheritdoc/>
    protected override void Learn(ReadOnlySpan<double> context, int arm, double reward) => Model(arm).Add(FeaturesOf(context, arm), reward);

    /// <inheritdoc/>
    protected override void Forget()
    {
        for (int arm = 0; arm < Models; arm++)
            Model(arm).Reset();
    }

    /// <summary>A new arm's model has no observations.</summary>
    protected override void ArmsChanged()
    {
        for (int arm = 0; arm < Arms && _sharing != ModelSharing.Shared; arm++)
        {
            if (Pulls[arm] == 0)
                Model(arm).Reset();
        }
    }

    /// <inheritdoc/>
    protected override void Absorb(PolicyState other)
    {
        var state = (LinearState)other;
        for (int arm = 0; arm < Models; arm++)
            Model(arm).Absorb(state._perArm is { } models ? models.Of(arm) : state._shared);
    }

    /// <summary>Writes the means x' theta.</summary>
    private protected void Means(ReadOnlySpan<double> context, Span<double> means)
    {
        for (int arm = 0; arm < means.Length; arm++)
            means[arm] = Model(arm).Mean(FeaturesOf(context, arm));
    }

    /// <summary>The mean plus a multiple of the standard deviation of the arm's estimate.</summary>
    private protected double UpperBound(ReadOnlySpan<double> context, int arm, double width)
    {
        RidgeModel model = Model(arm);
        ReadOnlySpan<double> x = FeaturesOf(context, arm);
        return model.Mean(x) + (width * Math.Sqrt(model.Variance(x)));
    }

    /// <summary>The arm with the largest upper bound, the first of equal ones.</summary>
    private protected int LargestUpperBound(ReadOnlySpan<double> context, double width)
    {
        var best = new ArgMax();
        for (int arm = 0; arm < Arms; arm++)
            best.Offer(arm, UpperBound(context, arm, width));
        return best.Place;
    }
}
