using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// Dynamical linear UCB: for actions whose effects spread over later rounds through a hidden linear state (<see cref="DynamicalLinearBandit"/>). Each chosen action is held for 1 + H_m rounds,
/// H_m = floor(ln m / ln(1 / rho)) in epoch m = 1, 2, ..., until the state has settled; only the last reward of the epoch enters a ridge regression of the cumulative Markov parameter h, and the next action is that with the
/// largest h_t'a + beta_t sqrt(a' V^-1 a).
/// </summary>
/// <remarks>
/// <para>M. Mussi, A. M. Metelli, M. Restelli (2023), "Dynamical linear bandits", ICML, algorithm 1. The radius after t rounds is beta_t = c1 ln(e (t + 1)) / sqrt(lambda) + c2 sqrt(lambda) + sqrt(2 s^2 (ln(1 / delta) + d / 2 ln(1 + t U^2 / (d lambda)))), with
/// c1 = U Omega Phi (U B / (1 - rho) + X), c2 = Theta + Omega B Phi / (1 - rho) and s^2 = sigma^2 (1 + Omega^2 Phi^2 / (1 - rho^2)). Regret of order d sqrt(T) / (1 - rho)^(3/2), up to logarithms, against the best action
/// played for ever.</para>
/// <para>A context is the same in every round: the features of each action, K d numbers. Rewards of another action than the one that is held begin the epoch anew with that action, as the state has to settle again.
/// O(K d^2) a choice at the beginning of an epoch, O(1) within; O(d^2) an update at its end. Where actions work at once <see cref="LinUcb"/> and <see cref="Oful"/> learn from every reward.</para>
/// </remarks>
[Algorithm("DynLin-UCB", "With memory", "M. Mussi, A. M. Metelli, M. Restelli (2023), Dynamical linear bandits")]
public sealed record DynLinUcb : IContextualPolicy
{
    /// <summary>A bound rho of the spectral radius of the hidden state's transition A, in [0, 1). 0: actions work at once. Default: 0.5.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside [0, 1).</exception>
    public double SpectralRadius { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.5;

    /// <summary>A bound Phi of |A^k| / rho^k over all k, at least 1; 1 for symmetric A. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1 or not finite.</exception>
    public double TransitionBound
    {
        get;
        init => field = value >= 1 && double.IsFinite(value) ? value : throw new ArgumentOutOfRangeException(nameof(TransitionBound), value, "TransitionBound must be at least 1 and finite.");
    } = 1;

    /// <summary>A bound B of the spectral norm of the matrix through which actions move the state. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double InputBound { get; init => field = Require.NonNegative(value); } = 1;

    /// <summary>A bound Omega of the norm of omega, through which the state pays. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double OutputBound { get; init => field = Require.NonNegative(value); } = 1;

    /// <summary>A bound Theta of the norm of theta, through which actions pay at once. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double DirectBound { get; init => field = Require.NonNegative(value); } = 1;

    /// <summary>A bound U of the norm of actions, positive. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double ActionBound { get; init => field = Require.Positive(value); } = 1;

    /// <summary>A bound X of the norm of the state before the first round. Default: 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double StartBound { get; init => field = Require.NonNegative(value); }

    /// <summary>The scale sigma of the noise of state and rewards, which is sigma-sub-Gaussian: its standard deviation if normal. Default: 0.5.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double NoiseScale { get; init => field = Require.NonNegative(value); } = 0.5;

    /// <summary>The probability delta with which the bounds may fail, in (0, 1). The paper's is 1 / T for T rounds. Default: 0.001.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value lies outside (0, 1).</exception>
    public double Delta { get; init => field = Require.InOpen(value, 0, 1); } = 0.001;

    /// <summary>The regularization lambda, positive. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Regularization { get; init => field = Require.Positive(value); } = 1;

    RewardRange IPolicy.Rewards => RewardRange.Finite;

    /// <inheritdoc cref="IContextualPolicy.Start"/>
    public DynLinUcbState Start(int arms, int features, RandomKey key) => new(this, arms, features, key);

    ContextualState IContextualPolicy.Start(int arms, int features, RandomKey key) => Start(arms, features, key);
}

/// <summary>DynLin-UCB at work. <see cref="LinearState.Coefficients"/> is the estimate of the cumulative Markov parameter.</summary>
public sealed class DynLinUcbState : LinearState
{
    private readonly DynLinUcb _policy;
    private long _epoch = 1, _position;
    private int _held;

    internal DynLinUcbState(DynLinUcb policy, int arms, int features, RandomKey key)
        : base(policy, ModelSharing.Shared, policy.Regularization, arms, features, key) => _policy = policy;

    /// <inheritdoc/>
    public override bool CanChangeArms => false;

    /// <inheritdoc/>
    public override bool CanMerge => false;

    /// <summary>The epoch m, from 1.</summary>
    public long Epoch => _epoch;

    /// <summary>The rounds 1 + H_m for which the action of the epoch is held.</summary>
    public long EpochLength => 1 + (_policy.SpectralRadius > 0 ? (long)Math.Floor(Math.Log(_epoch) / -Math.Log(_policy.SpectralRadius)) : 0);

    /// <summary>The radius beta_t of the confidence ellipsoid of h, in the norm of V.</summary>
    public double Radius
    {
        get
        {
            double rho = _policy.SpectralRadius, u = _policy.ActionBound, through = _policy.OutputBound * _policy.TransitionBound, root = Math.Sqrt(_policy.Regularization), t = Updates;
            double settling = u * through * ((u * _policy.InputBound / (1 - rho)) + _policy.StartBound), norm = _policy.DirectBound + (through * _policy.InputBound / (1 - rho));
            double variance = _policy.NoiseScale * _policy.NoiseScale * (1 + (through * through / (1 - (rho * rho))));
            return (settling * (1 + Math.Log(t + 1)) / root) + (norm * root)
                + Math.Sqrt(2 * variance * ((0.5 * Features * Math.Log(1 + (t * u * u / (Features * _policy.Regularization)))) - Math.Log(_policy.Delta)));
        }
    }

    /// <inheritdoc/>
    public override void Persist(StateArchive archive)
    {
        base.Persist(archive);
        archive.Transfer(ref _epoch);
        archive.Transfer(ref _position);
        archive.Transfer(ref _held);
    }

    /// <inheritdoc/>
    protected override int Select(ReadOnlySpan<double> context, long round) => _position > 0 ? _held : LargestUpperBound(context, Radius);

    /// <inheritdoc/>
    protected override void Score(ReadOnlySpan<double> context, Span<double> scores)
    {
        double radius = Radius;
        for (int arm = 0; arm < scores.Length; arm++)
            scores[arm] = UpperBound(context, arm, radius);
    }

    /// <inheritdoc/>
    protected override void Learn(ReadOnlySpan<double> context, int arm, double reward)
    {
        if (arm != _held)
            (_held, _position) = (arm, 0);
        if (++_position < EpochLength)
            return;
        base.Learn(context, arm, reward);
        _epoch++;
        _position = 0;
    }

    /// <inheritdoc/>
    protected override void Forget()
    {
        base.Forget();
        _epoch = 1;
        _position = 0;
        _held = 0;
    }
}
