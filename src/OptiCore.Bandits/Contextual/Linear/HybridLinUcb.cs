using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// LinUCB with hybrid models: rewards z' beta + x' theta_a of features z, whose parameter beta all arms share, and features x, whose parameter theta_a is the arm's own. The arm with the largest
/// estimate + alpha times its standard deviation. Each arm's part of a context holds z, then x.
/// </summary>
/// <remarks>
/// <para>L. Li, W. Chu, J. Langford, R. E. Schapire (2010), "A contextual-bandit approach to personalized news article recommendation", WWW, algorithm 2. With A_a = lambda I + sum x x',
/// B_a = sum x z' and w = z - B_a' A_a^-1 x, the paper's variance is s = x' A_a^-1 x + w' A_0^-1 w and the estimate w' beta + x' A_a^-1 b_a. Its two corrections of A_0 and b_0 by B_a' A_a^-1 B_a and
/// B_a' A_a^-1 b_a, before and after an observation, differ by the rank-one terms w w' / q and w (r - x' A_a^-1 b_a) / q, q = 1 + x' A_a^-1 x, which is how they are added here: the same sums for
/// O(d^2) instead of O(d^3), without cancellation.</para>
/// <para>O(K (k^2 + k d + d^2)) a choice for k shared and d own features, no randomness. The choice where arms are many or change often and shared features (of the arm and the user together) let new
/// ones begin with what is known; otherwise <see cref="LinUcb"/> is simpler. What a removed arm taught about beta remains.</para>
/// </remarks>
[Algorithm("LinUCB (hybrid)", "Contextual, linear", "L. Li, W. Chu, J. Langford, R. E. Schapire (2010), A contextual-bandit approach to personalized news article recommendation")]
public sealed record HybridLinUcb : IContextualPolicy
{
    /// <summary>The number k of features z whose parameter is shared: the first of each arm's. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int SharedFeatures { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The weight alpha of exploration. 0 is greedy. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double Alpha { get; init => field = Require.NonNegative(value); } = 1;

    /// <summary>The regularization lambda, positive. Default: 1, the paper's.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Regularization { get; init => field = Require.Positive(value); } = 1;

    RewardRange IPolicy.Rewards => RewardRange.Finite;

    /// <summary>Begins to learn.</summary>
    /// <param name="arms">The number K of arms, at least 1.</param>
    /// <param name="features">The number of features of an arm, shared and own: more than <see cref="SharedFeatures"/>.</param>
    /// <param name="key">The randomness of this run, which isn't used.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is too small.</exception>
    public HybridLinUcbState Start(int arms, int features, RandomKey key) => new(this, arms, Require.AtLeast(features, SharedFeatures + 1, nameof(features)), key);

    ContextualState IContextualPolicy.Start(int arms, int features, RandomKey key) => Start(arms, features, key);
}

/// <summary>Hybrid LinUCB at work.</summary>
public sealed class HybridLinUcbState : ContextualState
{
    private readonly HybridLinUcb _policy;
    private readonly int _shared, _own;
    private readonly ArmArray<double> _models, _cross;
    private readonly double[] _common, _v, _w;

    internal HybridLinUcbState(HybridLinUcb policy, int arms, int features, RandomKey key)
        : base(policy, arms, features, hasActionFeatures: true, key)
    {
        _policy = policy;
        _shared = policy.SharedFeatures;
        _own = features - _shared;
        _models = PerArm<double>(RidgeModel.Length(_own));
        _cross = PerArm<double>(checked(_own * _shared));
        _common = new double[RidgeModel.Length(_shared)];
        _v = new double[_own];
        _w = new double[_shared];
        Forget();
    }

    /// <summary>The estimate of the shared parameter beta.</summary>
    public ReadOnlySpan<double> SharedCoefficients => Common.Coefficients;

    private RidgeModel Common => new(_common, _shared, _policy.Regularization);

    /// <summary>Writes the estimate of an arm's own parameter, theta_a = A_a^-1 (b_a - B_a beta).</summary>
    /// <param name="arm">The arm, from 0.</param>
    /// <param name="coefficients">Receives one number for each own feature.</param>
    /// <exception cref="ArgumentException">The length is wrong.</exception>
    public void Coefficients(int arm, Span<double> coefficients)
    {
        Require.Length(coefficients.Length, _own, nameof(coefficients));
        RidgeModel model = Model(arm);
        for (int i = 0; i < _own; i++)
            _v[i] = model.Moment[i] - RidgeModel.Dot(_cross.Of(arm).Slice(i * _shared, _shared), SharedCoefficients);
        RidgeModel.Multiply(model.Inverse, _v, coefficients);
    }

    /// <inheritdoc/>
    public override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Transfer(_common.AsSpan());
    }

    /// <inheritdoc/>
    protected override int Select(ReadOnlySpan<double> context, long round)
    {
        var best = new ArgMax();
        for (int arm = 0; arm < Arms; arm++)
            best.Offer(arm, UpperBound(context, arm));
        return best.Place;
    }

    /// <inheritdoc/>
    protected override void Score(ReadOnlySpan<double> context, Span<double> scores)
    {
        for (int arm = 0; arm < scores.Length; arm++)
            scores[arm] = UpperBound(context, arm);
    }

    /// <inheritdoc/>
    protected override void Learn(ReadOnlySpan<double> context, int arm, double reward)
    {
        double variance = Project(context, arm, out ReadOnlySpan<double> z, out ReadOnlySpan<double> x);
        RidgeModel model = Model(arm);
        Common.Add(_w, reward - model.Mean(x), 1 / (1 + variance));
        Span<double> cross = _cross.Of(arm);
        for (int i = 0; i < _own; i++)
            RidgeModel.AddScaled(cross.Slice(i * _shared, _shared), x[i], z);
        model.Add(x, reward);
    }

    /// <inheritdoc/>
    protected override void Forget()
    {
        Common.Reset();
        for (int arm = 0; arm < Arms; arm++)
            Model(arm).Reset();
    }

    /// <inheritdoc/>
    protected override void ArmsChanged()
    {
        for (int arm = 0; arm < Arms; arm++)
        {
            if (Pulls[arm] == 0)
                Model(arm).Reset();
        }
    }

    /// <summary>A_0 of both together is the sum of theirs, with each arm's B' A^-1 B of the parts put back and that of the joined taken off; likewise b_0.</summary>
    /// <param name="other">The other state.</param>
    protected override void Absorb(PolicyState other)
    {
        var state = (HybridLinUcbState)other;
        for (int arm = 0; arm < Arms; arm++)
        {
            RidgeModel model = Model(arm);
            AddProjection(arm, 1);
            state.AddProjection(arm, 1, Common);
            model.Absorb(state._models.Of(arm));
            RidgeModel.AddScaled(_cross.Of(arm), 1, state._cross.Of(arm));
            AddProjection(arm, -1);
        }

        Common.Absorb(state._common);
    }

    private RidgeModel Model(int arm) => new(_models.Of(arm), _own, _policy.Regularization);

    private void AddProjection(int arm, double sign) => AddProjection(arm, sign, Common);

    /// <summary>Adds sign B' A^-1 B and sign B' A^-1 b of an arm to the sums of a shared model.</summary>
    private void AddProjection(int arm, double sign, RidgeModel common)
    {
        RidgeModel model = Model(arm);
        ReadOnlySpan<double> cross = _cross.Of(arm);
        var solved = new double[_own * _shared];
        for (int i = 0; i < _own; i++)
        {
            for (int j = 0; j < _own; j++)
                RidgeModel.AddScaled(solved.AsSpan(i * _shared, _shared), model.Inverse[(i * _own) + j], cross.Slice(j * _shared, _shared));
        }

        for (int i = 0; i < _own; i++)
        {
            ReadOnlySpan<double> row = solved.AsSpan(i * _shared, _shared);
            RidgeModel.AddScaled(common.Moment, sign * model.Moment[i], row);
            for (int j = 0; j < _shared; j++)
                RidgeModel.AddScaled(common.Gram.Slice(j * _shared, _shared), sign * cross[(i * _shared) + j], row);
        }
    }

    /// <summary>Splits an arm's features, and computes v = A^-1 x and w = z - B' v. Returns x' v.</summary>
    private double Project(ReadOnlySpan<double> context, int arm, out ReadOnlySpan<double> z, out ReadOnlySpan<double> x)
    {
        ReadOnlySpan<double> features = FeaturesOf(context, arm);
        z = features[.._shared];
        x = features[_shared..];
        RidgeModel.Multiply(Model(arm).Inverse, x, _v);
        z.CopyTo(_w);
        ReadOnlySpan<double> cross = _cross.Of(arm);
        for (int i = 0; i < _own; i++)
            RidgeModel.AddScaled(_w, -_v[i], cross.Slice(i * _shared, _shared));
        return Math.Max(0, RidgeModel.Dot(x, _v));
    }

    private double UpperBound(ReadOnlySpan<double> context, int arm)
    {
        double own = Project(context, arm, out _, out ReadOnlySpan<double> x);
        RidgeModel common = Common;
        return common.Mean(_w) + Model(arm).Mean(x) + (_policy.Alpha * Math.Sqrt(own + common.Variance(_w)));
    }
}
