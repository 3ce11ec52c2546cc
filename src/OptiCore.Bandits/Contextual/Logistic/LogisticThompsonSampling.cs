using OptiCore.Distributions;
using OptiCore.LinearAlgebra;
using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// Thompson sampling for clicks: draws parameters from N(m, alpha^2 Q^-1), the Laplace approximation of the posterior of logistic regression, and plays the arm with the largest click probability
/// 1 / (1 + exp(-x' parameter)).
/// </summary>
/// <remarks>
/// <para>O. Chapelle, L. Li (2011), "An empirical evaluation of Thompson sampling", NIPS, algorithm 3, with batches of one reward. There the precision Q is diagonal, Q_i = lambda + sum mu (1 - mu) x_i^2;
/// with <see cref="PosteriorCovariance.Full"/> it is lambda I + sum mu (1 - mu) x x', an online Newton method. Each new mode is found exactly: it lies on a line. alpha below 1 is the paper's reshaping
/// of the posterior, which explores less. A reward strictly between 0 and 1 counts as that share of a click.</para>
/// <para>O(K d) a choice and O(d) an update with a diagonal, O(K d^2) and O(d^2) with all of Q. Where arms have models of their own their values are independent normal variables and one draw an arm has
/// the law of drawing all parameters; the probabilities are exact, by quadrature. With <see cref="ModelSharing.Shared"/> probabilities are frequencies among <see cref="ProbabilityDraws"/> draws of the
/// policy's key: a standard error of at most 0.008. What is known depends on the order of rewards: states can't be merged.</para>
/// <para>The first choice for clicks with features. Without a guaranteed bound of regret: for one see <see cref="UcbGlm"/>, which keeps all rewards.</para>
/// </remarks>
[Algorithm("Logistic Thompson sampling", "Contextual, logistic", "O. Chapelle, L. Li (2011), An empirical evaluation of Thompson sampling")]
public sealed record LogisticThompsonSampling : IContextualPolicy
{
    /// <summary>The number of draws from which probabilities are estimated where arms share a parameter.</summary>
    public const int ProbabilityDraws = 4096;

    /// <summary>The scale alpha of the draws, positive. Default: 1, the posterior's.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Alpha { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The prior's precision lambda, positive. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double Regularization { get; init => field = Require.Positive(value); } = 1;

    /// <summary>How much of the posterior's covariance is kept. Default: its diagonal, as in the paper.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't defined.</exception>
    public PosteriorCovariance Covariance { get; init => field = Require.Defined(value); }

    /// <summary>What the arms have in common. Default: nothing but the context.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't defined.</exception>
    public ModelSharing Sharing { get; init => field = Require.Defined(value); }

    RewardRange IPolicy.Rewards => RewardRange.Unit;

    /// <inheritdoc/>
    public ContextualState Start(int arms, int features, RandomKey key) => new State(this, arms, features, key);

    private sealed class State : ContextualState
    {
        private readonly LogisticThompsonSampling _policy;
        private readonly ArmArray<double>? _perArm;
        private readonly NormalValues _values;
        private readonly double[] _shared, _factor, _draw;

        public State(LogisticThompsonSampling policy, int arms, int features, RandomKey key)
            : base(policy, arms, features, policy.Sharing != ModelSharing.Disjoint, key)
        {
            _policy = policy;
            int length = LogisticModel.Length(features, policy.Covariance);
            bool isShared = policy.Sharing == ModelSharing.Shared;
            _perArm = isShared ? null : PerArm<double>(length);
            _values = isShared ? default : new NormalValues(PerArm<Normal>(isSaved: false), PerArm<double>(BestArm.Scratch, isSaved: false), PerArm<double>(isSaved: false));
            _shared = isShared ? new double[length] : [];
            _factor = isShared && policy.Covariance == PosteriorCovariance.Full ? new double[features * features] : [];
            _draw = isShared ? new double[features] : [];
            Forget();
        }

        public override bool CanMerge => false;

        private bool IsShared => _perArm is null;

        public override void Persist(StateArchive archive)
        {
            base.Persist(archive);
            archive.Transfer(_shared.AsSpan());
            archive.Transfer(_factor.AsSpan());
        }

        protected override int Select(ReadOnlySpan<double> context, long round)
        {
            RandomStream stream = Key.Fold(round).Stream();
            if (IsShared)
                return Draw(context, ref stream);
            var best = new ArgMax();
            for (int arm = 0; arm < Arms; arm++)
            {
                LogisticModel model = Model(arm);
                ReadOnlySpan<double> x = FeaturesOf(context, arm);
                best.Offer(arm, model.Mean(x) + (_policy.Alpha * Math.Sqrt(model.Variance(x)) * stream.NextNormal()));
            }

            return best.Place;
        }

        protected override void Distribute(ReadOnlySpan<double> context, long round, Span<double> probabilities)
        {
            if (IsShared)
            {
                RandomStream stream = Key.Fold("probabilities").Stream();
                probabilities.Clear();
                for (int i = 0; i < ProbabilityDraws; i++)
                    probabilities[Draw(context, ref stream)] += 1.0 / ProbabilityDraws;
                return;
            }

            for (int arm = 0; arm < Arms; arm++)
            {
                LogisticModel model = Model(arm);
                ReadOnlySpan<double> x = FeaturesOf(context, arm);
                probabilities[arm] = model.Mean(x);
                _values.Deviations[arm] = _policy.Alpha * Math.Sqrt(model.Variance(x));
            }

            _values.Probabilities(probabilities);
        }

        /// <summary>Writes the click probabilities of the modes.</summary>
        protected override void Score(ReadOnlySpan<double> context, Span<double> scores)
        {
            for (int arm = 0; arm < scores.Length; arm++)
                scores[arm] = LogisticModel.Sigmoid(Model(arm).Mean(FeaturesOf(context, arm)));
        }

        protected override void Learn(ReadOnlySpan<double> context, int arm, double reward)
        {
            ReadOnlySpan<double> x = FeaturesOf(context, arm);
            double curvature = Model(arm).Add(x, reward);
            if (_factor.Length == 0)
                return;
            for (int i = 0; i < x.Length; i++)
                _draw[i] = Math.Sqrt(curvature) * x[i];
            CholeskyUpdate.Add<double>(_factor, Features, Features, _draw);
        }

        protected override void Forget()
        {
            for (int arm = 0; arm < (IsShared ? 1 : Arms); arm++)
                Model(arm).Reset();
            Array.Clear(_factor);
            for (int i = 0; i < _factor.Length; i += Features + 1)
                _factor[i] = Math.Sqrt(_policy.Regularization);
        }

        protected override void ArmsChanged()
        {
            for (int arm = 0; arm < Arms && !IsShared; arm++)
            {
                if (Pulls[arm] == 0)
                    Model(arm).Reset();
            }
        }

        private LogisticModel Model(int arm) => new(_perArm is { } models ? models.Of(arm) : _shared, Features, _policy.Regularization, _policy.Covariance);

        /// <summary>The best arm for a draw of the shared parameter.</summary>
        private int Draw(ReadOnlySpan<double> context, ref RandomStream stream)
        {
            LogisticModel model = Model(0);
            foreach (ref double z in _draw.AsSpan())
                z = stream.NextNormal();
            if (_policy.Covariance == PosteriorCovariance.Full)
            {
                Blas.Trsv<double>(Triangle.Lower, true, Diagonal.Stored, Features, _factor, Features, _draw);
            }
            else
            {
                for (int i = 0; i < _draw.Length; i++)
                    _draw[i] /= Math.Sqrt(model.Precisions[i]);
            }

            var best = new ArgMax();
            for (int arm = 0; arm < Arms; arm++)
            {
                ReadOnlySpan<double> x = FeaturesOf(context, arm);
                best.Offer(arm, model.Mean(x) + (_policy.Alpha * RidgeModel.Dot(x, _draw)));
            }

            return best.Place;
        }
    }
}
