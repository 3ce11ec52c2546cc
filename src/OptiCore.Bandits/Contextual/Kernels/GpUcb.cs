using OptiCore.KernelMethods;
using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// GP-UCB: the arm with the largest mean + sqrt(beta_t) standard deviation of a Gaussian process, conditioned on all rewards so far, at the arm's features.
/// beta_t = 2 Scale ln(K t^2 pi^2 / (6 delta)).
/// </summary>
/// <remarks>
/// <para>N. Srinivas, A. Krause, S. M. Kakade, M. Seeger (2010), "Gaussian process optimization in the bandit setting: no regret and experimental design", ICML, theorem 1 (Scale = 1; their experiments
/// have 1/5), with contexts as in A. Krause, C. S. Ong (2011), "Contextual Gaussian process bandit optimization", NIPS: the kernel compares pairs of context and arm. Regret O(sqrt(T gamma_T beta_T)),
/// gamma_T being the information gain, (ln T)^(d+1) for the Gaussian kernel.</para>
/// <para>With <see cref="ModelSharing.Shared"/> the kernel compares features of arms in their contexts; otherwise rewards of different arms are independent (the kernel of contexts times the identity of
/// arms), and arms can't be taken away. Rewards are taken as r = f(x) + normal noise around a prior mean of 0.</para>
/// <para>After n rewards O(K n^2) a choice and O(n^2) an update, which appends a row to the Cholesky factor of the kernel matrix. Memory for <see cref="Capacity"/> rewards is taken at the start and
/// doubled when it is full. Merging appends the other's rewards. For a few hundred to a few thousand rewards that are expensive; for more see <see cref="NeuralLinear"/>.</para>
/// </remarks>
[Algorithm("GP-UCB", "Contextual, nonlinear", "N. Srinivas, A. Krause, S. M. Kakade, M. Seeger (2010), Gaussian process optimization in the bandit setting: no regret and experimental design")]
public sealed record GpUcb : IContextualPolicy
{
    /// <summary>The kernel of features, 1 at equal ones. Default: Gaussian with length 1.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public ShiftInvariantKernel Kernel { get; init => field = Require.NotNull(value); } = ShiftInvariantKernel.Gaussian(1);

    /// <summary>The prior's variance, which multiplies the kernel, positive. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double PriorVariance { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The standard deviation of the noise, positive. Default: 0.1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Noise { get; init => field = Require.Positive(value); } = 0.1;

    /// <summary>The factor of beta_t, positive. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Scale { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The probability delta with which the bounds may fail, in (0, 1). Default: 0.1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1).</exception>
    public double Delta { get; init => field = Require.InOpen(value, 0, 1); } = 0.1;

    /// <summary>What the arms have in common. Default: the function, of features of arms.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't defined.</exception>
    public ModelSharing Sharing { get; init => field = Require.Defined(value); } = ModelSharing.Shared;

    /// <summary>The number of rewards for which memory is taken at the start. Default: 256.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int Capacity { get; init => field = Require.Positive(value); } = 256;

    RewardRange IPolicy.Rewards => RewardRange.Finite;

    /// <inheritdoc cref="IContextualPolicy.Start"/>
    public GpUcbState Start(int arms, int features, RandomKey key) => new(this, arms, features, key);

    ContextualState IContextualPolicy.Start(int arms, int features, RandomKey key) => Start(arms, features, key);
}

/// <summary>GP-UCB at work.</summary>
public sealed class GpUcbState : ContextualState
{
    private readonly GpUcb _policy;
    private double[] _points, _rewards, _factor, _whitened, _work;
    private int[] _arms;
    private int _count;

    internal GpUcbState(GpUcb policy, int arms, int features, RandomKey key)
        : base(policy, arms, features, policy.Sharing != ModelSharing.Disjoint, key)
    {
        _policy = policy;
        _points = _rewards = _factor = _whitened = _work = [];
        _arms = [];
        Reserve(policy.Capacity);
    }

    /// <inheritdoc/>
    public override bool CanChangeArms => _policy.Sharing == ModelSharing.Shared;

    /// <summary>The posterior of an arm's expected reward.</summary>
    /// <param name="context">The context.</param>
    /// <param name="arm">The arm, from 0.</param>
    /// <exception cref="ArgumentException">The context has the wrong length.</exception>
    /// <exception cref="ArgumentOutOfRangeException">There is no such arm.</exception>
    public NormalPosterior Posterior(ReadOnlySpan<double> context, int arm)
    {
        Require.Length(context.Length, ContextLength, nameof(context));
        Require.InClosed(arm, 0, Arms - 1, nameof(arm));
        (double mean, double variance) = Predict(FeaturesOf(context, arm), arm);
        return new NormalPosterior(mean, Math.Sqrt(variance));
    }

    /// <inheritdoc/>
    public override void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        base.Persist(archive);
        archive.Transfer(ref _count);
        if (archive.IsLoading)
        {
            if (_count < 0 || _count > Array.MaxLength / Math.Max(Features, 1))
                throw new CheckpointException("The saved number of rewards is impossible.");
            Reserve(_count);
        }

        archive.Transfer(_points.AsSpan(0, _count * Features));
        archive.Transfer(_rewards.AsSpan(0, _count));
        archive.Transfer(_arms.AsSpan(0, _count));
        archive.Transfer(_whitened.AsSpan(0, _count));
        archive.Transfer(_factor.AsSpan(0, RowStart(_count)));
    }

    /// <inheritdoc/>
    protected override int Select(ReadOnlySpan<double> context, long round)
    {
        var best = new ArgMax();
        double width = Width();
        for (int arm = 0; arm < Arms; arm++)
            best.Offer(arm, UpperBound(context, arm, width));
        return best.Place;
    }

    /// <inheritdoc/>
    protected override void Score(ReadOnlySpan<double> context, Span<double> scores)
    {
        double width = Width();
        for (int arm = 0; arm < scores.Length; arm++)
            scores[arm] = UpperBound(context, arm, width);
    }

    /// <inheritdoc/>
    protected override void Learn(ReadOnlySpan<double> context, int arm, double reward) => Append(FeaturesOf(context, arm), arm, reward);

    /// <inheritdoc/>
    protected override void Forget() => _count = 0;

    /// <inheritdoc/>
    protected override void Absorb(PolicyState other)
    {
        var state = (GpUcbState)other;
        for (int i = 0, end = state._count; i < end; i++)
            Append(state._points.AsSpan(i * Features, Features), state._arms[i], state._rewards[i]);
    }

    private static int RowStart(int row) => checked((int)((long)row * (row + 1) / 2));

    /// <summary>sqrt(beta_t).</summary>
    private double Width()
    {
        double t = Updates + 1;
        return Math.Sqrt(2 * _policy.Scale * Math.Max(0, Math.Log(Arms * t * t * Math.PI * Math.PI / (6 * _policy.Delta))));
    }

    private double UpperBound(ReadOnlySpan<double> context, int arm, double width)
    {
        (double mean, double variance) = Predict(FeaturesOf(context, arm), arm);
        return mean + (width * Math.Sqrt(variance));
    }

    /// <summary>With L L' = K + noise^2 I, v = L^-1 k and z = L^-1 r: mean v' z and variance k(x, x) - v' v. Leaves v in the workspace.</summary>
    private (double Mean, double Variance) Predict(ReadOnlySpan<double> x, int arm)
    {
        for (int i = 0; i < _count; i++)
        {
            double k = _policy.Sharing == ModelSharing.Shared || _arms[i] == arm ? _policy.PriorVariance * _policy.Kernel.Evaluate<double>(x, _points.AsSpan(i * Features, Features)) : 0;
            int row = RowStart(i);
            _work[i] = (k - RidgeModel.Dot(_factor.AsSpan(row, i), _work.AsSpan(0, i))) / _factor[row + i];
        }

        ReadOnlySpan<double> v = _work.AsSpan(0, _count);
        return (RidgeModel.Dot(v, _whitened.AsSpan(0, _count)), Math.Max(0, _policy.PriorVariance - RidgeModel.Dot(v, v)));
    }

    private void Append(ReadOnlySpan<double> x, int arm, double reward)
    {
        Reserve(_count + 1);
        (double mean, double variance) = Predict(x, arm);

        // The new diagonal of the factor: at least the noise's variance, whatever the rounding.
        double diagonal = Math.Sqrt(variance + (_policy.Noise * _policy.Noise));
        int row = RowStart(_count);
        _work.AsSpan(0, _count).CopyTo(_factor.AsSpan(row));
        _factor[row + _count] = diagonal;
        _whitened[_count] = (reward - mean) / diagonal;
        x.CopyTo(_points.AsSpan(_count * Features));
        _rewards[_count] = reward;
        _arms[_count++] = arm;
    }

    private void Reserve(int count)
    {
        if (count <= _rewards.Length)
            return;
        int capacity = (int)Math.Min(Math.Max(count, 2L * _rewards.Length), Math.Max(count, 65_000));
        Array.Resize(ref _rewards, capacity);
        Array.Resize(ref _arms, capacity);
        Array.Resize(ref _whitened, capacity);
        Array.Resize(ref _work, capacity);
        Array.Resize(ref _points, checked(capacity * Features));
        Array.Resize(ref _factor, RowStart(capacity));
    }
}
