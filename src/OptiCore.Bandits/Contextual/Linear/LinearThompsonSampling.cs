using OptiCore.Distributions;
using OptiCore.LinearAlgebra;
using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// Thompson sampling for linear rewards (LinTS): draws parameters from N(theta, alpha^2 A^-1), with A = lambda I + sum x x' and theta = A^-1 sum r x, and plays the arm with the largest x' parameter.
/// </summary>
/// <remarks>
/// <para>S. Agrawal, N. Goyal (2013), "Thompson sampling for contextual bandits with linear payoffs", ICML, algorithm 1, there with one shared parameter, lambda = 1 and
/// alpha = R sqrt(9 d ln(t/delta)) for R-sub-Gaussian noise: regret O(d^(3/2) sqrt(T) ln T) up to logarithms. That alpha is made for the proof; about the standard deviation of the noise, for which the
/// law is the posterior under the prior N(0, alpha^2 / lambda I), does better on most data.</para>
/// <para>Where arms have models of their own, their values x' parameter are independent normal variables, so that one draw an arm, O(K d^2) a choice, has the law of drawing all parameters, and the
/// probabilities are exact, by quadrature. With <see cref="ModelSharing.Shared"/> one parameter is drawn by a triangular system with the Cholesky factor of A, which is updated with rank one, O(d^2 +
/// K d) a choice; the values are dependent, and the probabilities are frequencies among <see cref="ProbabilityDraws"/> draws of the policy's key: a standard error of at most 0.008.</para>
/// <para>The first choice when rewards are delayed: choices in flight draw afresh. <see cref="LinUcb"/> needs no randomness.</para>
/// </remarks>
[Algorithm("LinTS", "Contextual, linear", "S. Agrawal, N. Goyal (2013), Thompson sampling for contextual bandits with linear payoffs")]
public sealed record LinearThompsonSampling : IContextualPolicy
{
    /// <summary>The number of draws from which probabilities are estimated where arms share a parameter.</summary>
    public const int ProbabilityDraws = 4096;

    /// <summary>The scale alpha of the draws, the paper's v, positive. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Alpha { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The regularization lambda, positive. Default: 1, the paper's.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Regularization { get; init => field = Require.Positive(value); } = 1;

    /// <summary>What the arms have in common. Default: nothing but the context.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't defined.</exception>
    public ModelSharing Sharing { get; init => field = Require.Defined(value); }

    RewardRange IPolicy.Rewards => RewardRange.Finite;

    /// <inheritdoc cref="IContextualPolicy.Start"/>
    public LinearState Start(int arms, int features, RandomKey key) =>
        Sharing == ModelSharing.Shared ? new SharedState(this, arms, features, key) : new DisjointState(this, arms, features, key);

    ContextualState IContextualPolicy.Start(int arms, int features, RandomKey key) => Start(arms, features, key);

    private sealed class DisjointState : LinearState
    {
        private readonly LinearThompsonSampling _policy;
        private readonly NormalValues _values;

        public DisjointState(LinearThompsonSampling policy, int arms, int features, RandomKey key)
            : base(policy, policy.Sharing, policy.Regularization, arms, features, key)
        {
            _policy = policy;
            _values = new NormalValues(PerArm<Normal>(isSaved: false), PerArm<double>(BestArm.Scratch, isSaved: false), PerArm<double>(isSaved: false));
        }

        protected override int Select(ReadOnlySpan<double> context, long round)
        {
            RandomStream stream = Key.Fold(round).Stream();
            var best = new ArgMax();
            for (int arm = 0; arm < Arms; arm++)
                best.Offer(arm, UpperBound(context, arm, _policy.Alpha * stream.NextNormal()));
            return best.Place;
        }

        protected override void Score(ReadOnlySpan<double> context, Span<double> scores) => Means(context, scores);

        protected override void Distribute(ReadOnlySpan<double> context, long round, Span<double> probabilities)
        {
            Means(context, probabilities);
            for (int arm = 0; arm < Arms; arm++)
                _values.Deviations[arm] = _policy.Alpha * Math.Sqrt(Model(arm).Variance(FeaturesOf(context, arm)));
            _values.Probabilities(probabilities);
        }
    }

    private sealed class SharedState : LinearState
    {
        private readonly LinearThompsonSampling _policy;
        private readonly double[] _factor, _draw;

        public SharedState(LinearThompsonSampling policy, int arms, int features, RandomKey key)
            : base(policy, policy.Sharing, policy.Regularization, arms, features, key)
        {
            _policy = policy;
            _factor = new double[features * features];
            _draw = new double[features];
            ResetFactor();
        }

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            archive.Transfer(_factor.AsSpan());
        }

        protected override int Select(ReadOnlySpan<double> context, long round)
        {
            RandomStream stream = Key.Fold(round).Stream();
            return Draw(context, ref stream);
        }

        protected override void Score(ReadOnlySpan<double> context, Span<double> scores) => Means(context, scores);

        protected override void Distribute(ReadOnlySpan<double> context, long round, Span<double> probabilities)
        {
            RandomStream stream = Key.Fold("probabilities").Stream();
            probabilities.Clear();
            for (int i = 0; i < ProbabilityDraws; i++)
                probabilities[Draw(context, ref stream)] += 1.0 / ProbabilityDraws;
        }

        protected override void Learn(ReadOnlySpan<double> context, int arm, double reward)
        {
            base.Learn(context, arm, reward);
            CholeskyUpdate.Add<double>(_factor, Features, Features, FeaturesOf(context, arm));
        }

        protected override void Forget()
        {
            base.Forget();
            ResetFactor();
        }

        protected override void Absorb(PolicyState other)
        {
            base.Absorb(other);
            ReadOnlySpan<double> gram = Model(0).Gram;
            gram.CopyTo(_factor);
            for (int i = 0; i < Features; i++)
                _factor[i * (Features + 1)] += _policy.Regularization;
            if (!Cholesky.TryFactor<double>(_factor, Features))
                throw new ArithmeticException("The sums of the merged states overflow, or are singular to working precision: features should be of the order of 1.");
        }

        /// <summary>The best arm for parameter theta + alpha L'^-1 z with z standard normal and A = L L'.</summary>
        private int Draw(ReadOnlySpan<double> context, ref RandomStream stream)
        {
            foreach (ref double z in _draw.AsSpan())
                z = stream.NextNormal();
            Blas.Trsv<double>(Triangle.Lower, true, Diagonal.Stored, Features, _factor, Features, _draw);
            RidgeModel model = Model(0);
            var best = new ArgMax();
            for (int arm = 0; arm < Arms; arm++)
            {
                ReadOnlySpan<double> x = FeaturesOf(context, arm);
                best.Offer(arm, model.Mean(x) + (_policy.Alpha * RidgeModel.Dot(x, _draw)));
            }

            return best.Place;
        }

        private void ResetFactor()
        {
            Array.Clear(_factor);
            for (int i = 0; i < Features; i++)
                _factor[i * (Features + 1)] = Math.Sqrt(_policy.Regularization);
        }
    }
}
