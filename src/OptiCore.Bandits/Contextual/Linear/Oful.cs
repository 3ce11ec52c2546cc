namespace OptiCore.Bandits;

/// <summary>
/// OFUL, optimism in the face of uncertainty for linear bandits: the largest x' theta over arms and over all parameters of the confidence ellipsoid, which is
/// x' theta_t + radius_t sqrt(x' V^-1 x) with V = lambda I + sum x x'.
/// </summary>
/// <remarks>
/// <para>Y. Abbasi-Yadkori, D. Pál, C. Szepesvári (2011), "Improved algorithms for linear stochastic bandits", NIPS, theorems 2 and 3. By the self-normalised bound for martingales the ellipsoid
/// { p : sqrt((p - theta_t)' V (p - theta_t)) &lt;= radius_t }, radius_t = R sqrt(2 ln(sqrt(det V / lambda^d) / delta)) + sqrt(lambda) S, holds the true parameter in all rounds together with
/// probability at least 1 - delta, if the noise is R-sub-Gaussian and the parameter's norm at most S. Regret O(d sqrt(T) ln T) with that probability.</para>
/// <para>O(K d^2) a choice, O(d^2) an update, no randomness. The radius is a guarantee, and wider than needed on most data: <see cref="LinUcb"/> with a tuned alpha and
/// <see cref="LinearThompsonSampling"/> lose less there.</para>
/// </remarks>
[Algorithm("OFUL", "Contextual, linear", "Y. Abbasi-Yadkori, D. Pál, C. Szepesvári (2011), Improved algorithms for linear stochastic bandits")]
public sealed record Oful : IContextualPolicy
{
    /// <summary>The scale R of the noise, which is R-sub-Gaussian: its standard deviation if normal, half the width of bounded rewards. Default: 0.5, for rewards of [0, 1].</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double NoiseScale { get; init => field = Require.Positive(value); } = 0.5;

    /// <summary>A bound S of the parameter's norm, positive. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double ParameterBound { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The probability delta with which the bounds may fail, in (0, 1). Default: 0.05.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1).</exception>
    public double Delta { get; init => field = Require.InOpen(value, 0, 1); } = 0.05;

    /// <summary>The regularization lambda, positive. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Regularization { get; init => field = Require.Positive(value); } = 1;

    /// <summary>What the arms have in common. Default: the parameter, as in the paper. Otherwise each arm has an ellipsoid of its own, with delta / K.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't defined.</exception>
    public ModelSharing Sharing { get; init => field = Require.Defined(value); } = ModelSharing.Shared;

    RewardRange IPolicy.Rewards => RewardRange.Finite;

    /// <inheritdoc cref="IContextualPolicy.Start"/>
    public OfulState Start(int arms, int features, RandomKey key) => new(this, arms, features, key);

    ContextualState IContextualPolicy.Start(int arms, int features, RandomKey key) => Start(arms, features, key);
}

/// <summary>OFUL at work.</summary>
public sealed class OfulState : LinearState
{
    private readonly Oful _policy;

    internal OfulState(Oful policy, int arms, int features, RandomKey key)
        : base(policy, policy.Sharing, policy.Regularization, arms, features, key) => _policy = policy;

    /// <summary>The radius of an arm's confidence ellipsoid, in the norm of V.</summary>
    /// <param name="arm">The arm, from 0.</param>
    public double Radius(int arm)
    {
        double delta = _policy.Sharing == ModelSharing.Shared ? _policy.Delta : _policy.Delta / Arms;
        return (_policy.NoiseScale * Math.Sqrt(Math.Max(0, Model(arm).LogDeterminant) - (2 * Math.Log(delta)))) + (Math.Sqrt(_policy.Regularization) * _policy.ParameterBound);
    }

    /// <summary>Whether an arm's confidence ellipsoid holds a parameter.</summary>
    /// <param name="arm">The arm, from 0.</param>
    /// <param name="parameter">The parameter, d numbers.</param>
    /// <exception cref="ArgumentException">The length is wrong.</exception>
    public bool Contains(int arm, ReadOnlySpan<double> parameter)
    {
        Require.Length(parameter.Length, Features, nameof(parameter));
        RidgeModel model = Model(arm);
        ReadOnlySpan<double> gram = model.Gram, theta = model.Coefficients;
        double squared = 0;
        for (int i = 0; i < Features; i++)
        {
            double row = _policy.Regularization * (parameter[i] - theta[i]);
            for (int j = 0; j < Features; j++)
                row += gram[(i * Features) + j] * (parameter[j] - theta[j]);
            squared += row * (parameter[i] - theta[i]);
        }

        double radius = Radius(arm);
        return squared <= radius * radius;
    }

    /// <inheritdoc/>
    protected override int Select(ReadOnlySpan<double> context, long round)
    {
        var best = new ArgMax();
        double shared = Radius(0);
        for (int arm = 0; arm < Arms; arm++)
            best.Offer(arm, UpperBound(context, arm, _policy.Sharing == ModelSharing.Shared ? shared : Radius(arm)));
        return best.Place;
    }

    /// <inheritdoc/>
    protected override void Score(ReadOnlySpan<double> context, Span<double> scores)
    {
        for (int arm = 0; arm < scores.Length; arm++)
            scores[arm] = UpperBound(context, arm, Radius(arm));
    }
}
