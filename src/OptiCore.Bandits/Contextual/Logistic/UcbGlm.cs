using OptiCore.LinearAlgebra;
using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// UCB-GLM with the logistic link: uniformly random arms in the first rounds, then the arm with the largest x' theta + alpha sqrt(x' V^-1 x), theta being the maximum likelihood estimate from all
/// rewards so far and V = lambda I + sum x x'.
/// </summary>
/// <remarks>
/// <para>L. Li, Y. Lu, D. Zhou (2017), "Provably optimal algorithms for generalized linear contextual bandits", ICML, algorithm 1: regret O(d sqrt(T) ln T), with
/// alpha = (sigma / kappa) sqrt(d/2 ln(1 + 2T/d) + ln(1/delta)), kappa the smallest slope of the link near the parameter and sigma = 1/2. There lambda is 0, and the random rounds make the estimate
/// exist; here lambda theta' theta / 2 is taken from the log-likelihood, so that it exists for separable rewards too. Rewards are means of clicks, in [0, 1].</para>
/// <para>One parameter for all arms, which differ by features. O(K d^2) a choice; an update computes the estimate anew by Newton's method from the last one, O(t d^2) after t rewards, which are all
/// kept: memory for <see cref="Capacity"/> of them is taken at the start and doubled when it is full. Merging joins the rewards. For long runs use <see cref="LogisticThompsonSampling"/>.</para>
/// </remarks>
[Algorithm("UCB-GLM", "Contextual, logistic", "L. Li, Y. Lu, D. Zhou (2017), Provably optimal algorithms for generalized linear contextual bandits")]
public sealed record UcbGlm : IContextualPolicy
{
    /// <summary>The weight alpha of exploration. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double Alpha { get; init => field = Require.NonNegative(value); } = 1;

    /// <summary>The regularization lambda, positive. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Regularization { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The number tau of random rounds at first; null for the number of features. Default: null.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int? RandomRounds { get; init => field = value is { } rounds ? Require.NonNegative(rounds) : null; }

    /// <summary>The number of rewards for which memory is taken at the start. Default: 1,000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int Capacity { get; init => field = Require.Positive(value); } = 1000;

    RewardRange IPolicy.Rewards => RewardRange.Unit;

    /// <inheritdoc cref="IContextualPolicy.Start"/>
    public UcbGlmState Start(int arms, int features, RandomKey key) => new(this, arms, features, key);

    ContextualState IContextualPolicy.Start(int arms, int features, RandomKey key) => Start(arms, features, key);
}

/// <summary>UCB-GLM at work.</summary>
public sealed class UcbGlmState : ContextualState
{
    private const int MostIterations = 50, MostHalvings = 30;
    private readonly UcbGlm _policy;
    private readonly double[] _design, _theta, _step, _trial, _hessian;
    private readonly int _randomRounds;
    private double[] _x, _rewards;
    private int _count;

    internal UcbGlmState(UcbGlm policy, int arms, int features, RandomKey key)
        : base(policy, arms, features, hasActionFeatures: true, key)
    {
        _policy = policy;
        _randomRounds = policy.RandomRounds ?? features;
        _design = new double[RidgeModel.Length(features)];
        _theta = new double[features];
        _step = new double[features];
        _trial = new double[features];
        _hessian = new double[features * features];
        _x = new double[checked(policy.Capacity * features)];
        _rewards = new double[policy.Capacity];
        Forget();
    }

    /// <summary>The estimate theta.</summary>
    public ReadOnlySpan<double> Coefficients => _theta;

    private RidgeModel Design => new(_design, Features, _policy.Regularization);

    /// <inheritdoc/>
    public override void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        base.Persist(archive);
        archive.Transfer(ref _count);
        archive.Transfer(_design.AsSpan());
        archive.Transfer(_theta.AsSpan());
        double[] x = archive.IsLoading ? [] : _x.AsSpan(0, _count * Features).ToArray(), rewards = archive.IsLoading ? [] : _rewards.AsSpan(0, _count).ToArray();
        archive.Transfer(ref x);
        archive.Transfer(ref rewards);
        if (archive.IsLoading)
        {
            if (rewards.Length != _count || x.Length != (long)_count * Features)
                throw new CheckpointException("The saved rewards don't have the number that is saved beside them.");
            Reserve(_count);
            x.CopyTo(_x, 0);
            rewards.CopyTo(_rewards, 0);
        }
    }

    /// <inheritdoc/>
    protected override int Select(ReadOnlySpan<double> context, long round)
    {
        if (round < _randomRounds)
        {
            RandomStream stream = Key.Fold(round).Stream();
            return stream.NextInt32(Arms);
        }

        var best = new ArgMax();
        for (int arm = 0; arm < Arms; arm++)
            best.Offer(arm, UpperBound(context, arm));
        return best.Place;
    }

    /// <inheritdoc/>
    protected override void Distribute(ReadOnlySpan<double> context, long round, Span<double> probabilities)
    {
        if (round < _randomRounds)
            probabilities.Fill(1.0 / Arms);
        else
            base.Distribute(context, round, probabilities);
    }

    /// <summary>Writes the upper bounds of x' theta.</summary>
    /// <param name="context">The context.</param>
    /// <param name="scores">Receives one bound an arm.</param>
    protected override void Score(ReadOnlySpan<double> context, Span<double> scores)
    {
        for (int arm = 0; arm < scores.Length; arm++)
            scores[arm] = UpperBound(context, arm);
    }

    /// <inheritdoc/>
    protected override void Learn(ReadOnlySpan<double> context, int arm, double reward)
    {
        ReadOnlySpan<double> x = FeaturesOf(context, arm);
        Reserve(_count + 1);
        x.CopyTo(_x.AsSpan(_count * Features));
        _rewards[_count++] = reward;
        Design.Add(x, 0);
        Fit();
    }

    /// <inheritdoc/>
    protected override void Forget()
    {
        _count = 0;
        Array.Clear(_theta);
        Design.Reset();
    }

    /// <inheritdoc/>
    protected override void Absorb(PolicyState other)
    {
        var state = (UcbGlmState)other;
        Reserve(checked(_count + state._count));
        state._x.AsSpan(0, state._count * Features).CopyTo(_x.AsSpan(_count * Features));
        state._rewards.AsSpan(0, state._count).CopyTo(_rewards.AsSpan(_count));
        _count += state._count;
        Design.Absorb(state._design);
        Fit();
    }

    private double UpperBound(ReadOnlySpan<double> context, int arm)
    {
        ReadOnlySpan<double> x = FeaturesOf(context, arm);
        return RidgeModel.Dot(x, _theta) + (_policy.Alpha * Math.Sqrt(Design.Variance(x)));
    }

    private void Reserve(int count)
    {
        if (count <= _rewards.Length)
            return;
        int capacity = (int)Math.Max(count, Math.Min(2L * _rewards.Length, Array.MaxLength / Features));
        Array.Resize(ref _rewards, capacity);
        Array.Resize(ref _x, checked(capacity * Features));
    }

    /// <summary>Newton's method on the penalised log-likelihood, which is strictly concave, with halved steps where a whole one doesn't ascend.</summary>
    private void Fit()
    {
        double value = LogLikelihood(_theta);
        for (int iteration = 0; iteration < MostIterations; iteration++)
        {
            Derivatives();
            if (!Cholesky.TryFactor<double>(_hessian, Features))
                throw new ArithmeticException("The features overflow, or the likelihood is flat to working precision: features should be of the order of 1.");
            Cholesky.Solve<double>(_hessian, Features, Features, _step);
            double largest = 0, scale = 1;
            for (int i = 0; i < Features; i++)
            {
                largest = Math.Max(largest, Math.Abs(_step[i]));
                scale = Math.Max(scale, Math.Abs(_theta[i]));
            }

            double length = 1, next = Try(1);
            for (int halving = 0; halving < MostHalvings && !(next >= value); halving++)
                next = Try(length *= 0.5);

            // In the last steps the likelihood can't be told from its neighbours' by its rounded value; the steps are right all the same.
            if (largest <= 1e-8 * scale)
            {
                Try(1);
                _trial.CopyTo(_theta, 0);
                return;
            }

            if (!(next >= value))
                return;
            _trial.CopyTo(_theta, 0);
            value = next;
        }
    }

    private double Try(double length)
    {
        for (int i = 0; i < Features; i++)
            _trial[i] = _theta[i] + (length * _step[i]);
        return LogLikelihood(_trial);
    }

    private double LogLikelihood(ReadOnlySpan<double> theta)
    {
        double sum = -0.5 * _policy.Regularization * RidgeModel.Dot(theta, theta);
        for (int i = 0; i < _count; i++)
        {
            double u = RidgeModel.Dot(_x.AsSpan(i * Features, Features), theta);

            // r u - ln(1 + exp(u)), without overflow.
            sum += (_rewards[i] * u) - Math.Max(u, 0) - Logarithm.OnePlus(Math.Exp(-Math.Abs(u)));
        }

        return sum;
    }

    /// <summary>The gradient into the step, and minus the matrix of second derivatives.</summary>
    private void Derivatives()
    {
        Array.Clear(_hessian);
        for (int i = 0; i < Features; i++)
        {
            _step[i] = -_policy.Regularization * _theta[i];
            _hessian[i * (Features + 1)] = _policy.Regularization;
        }

        for (int i = 0; i < _count; i++)
        {
            ReadOnlySpan<double> x = _x.AsSpan(i * Features, Features);
            double mu = LogisticModel.Sigmoid(RidgeModel.Dot(x, _theta));
            RidgeModel.AddScaled(_step, _rewards[i] - mu, x);
            RidgeModel.AddOuter(_hessian, mu * (1 - mu), x);
        }
    }
}
