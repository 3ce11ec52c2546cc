using OptiCore.Numerics;

namespace OptiCore.Bandits;

/// <summary>
/// Rewards in [0, 1] whose log odds are linear in features, q(x, a) = 1 / (1 + exp(-phi(x, a) beta)), with beta the minimiser of
/// sum -(r log q + (1 - r) log(1 - q)) + Penalty / 2 |beta|^2, the first <see cref="FreeFeatures"/> coefficients not being penalised.
/// </summary>
/// <remarks>
/// <para>D. R. Cox (1958), "The regression analysis of binary sequences". Newton's method with halved steps, to a step of at most 1e-13 of the coefficients or a gradient of at most 1e-13 of the first.</para>
/// <para>O(n p^2 + p^3) an iteration, few of them; less where features are mostly 0. O(n K p) to predict.</para>
/// </remarks>
public sealed record LogisticRewardModel : IRewardModel
{
    private const double Rounding = 1e-13;

    /// <summary>The features; null takes <see cref="FeatureMap.For"/>.</summary>
    public FeatureMap? Features { get; init; }

    /// <summary>The penalty of the squared coefficients, at least 0. Default: 1.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, NaN or infinite.</exception>
    public double Penalty { get; init => field = Require.NonNegative(value); } = 1;

    /// <summary>How many features, the first ones, aren't penalised: constants. Default: 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int FreeFeatures { get; init => field = Require.NonNegative(value); }

    /// <summary>The largest number of Newton's steps, at least 1. Default: 100.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int MaxIterations { get; init => field = Require.Positive(value); } = 100;

    /// <inheritdoc/>
    /// <exception cref="ArgumentOutOfRangeException">A reward lies outside [0, 1]; the message names the decision.</exception>
    /// <exception cref="InvalidOperationException">Newton's method didn't converge: without a penalty, rewards that features separate have no minimiser.</exception>
    public IRewardPredictor Fit(DecisionLog log, TargetPolicy target)
    {
        ArgumentNullException.ThrowIfNull(log);
        OffPolicy.RequireOnePosition(log, nameof(log));
        FeatureMap map = Features ?? FeatureMap.For(log.Shape);
        double[][] rows = new double[log.Count][];
        for (int i = 0; i < rows.Length; i++)
        {
            LoggedDecision decision = log[i];
            if (!(decision.Rewards[0] is >= 0 and <= 1))
            {
                throw new ArgumentOutOfRangeException(
                    nameof(log), decision.Rewards[0], FormattableString.Invariant($"Decision {i} of log has reward {decision.Rewards[0]}; a logistic model takes rewards in [0, 1]."));
            }

            rows[i] = new double[map.Length];
            map.Write(decision.Context, decision.Actions[0], rows[i]);
        }

        return new LinearPredictor(log.Shape, map, Minimise(rows, log.Rewards), isLogistic: true);
    }

    private double[] Minimise(double[][] rows, ReadOnlySpan<double> rewards)
    {
        int length = rows.Length == 0 ? 0 : rows[0].Length;
        double[] beta = new double[length], trial = new double[length], step = new double[length];
        var equations = new NormalEquations(length);
        double loss = Loss(rows, rewards, beta), first = double.NaN;
        for (int iteration = 0; iteration < MaxIterations; iteration++)
        {
            equations.Clear();
            for (int i = 0; i < rows.Length; i++)
            {
                // Weighted least squares for the step: curvature q (1 - q), right side (r - q) phi.
                double q = SpecialFunctions.Expit(Reduce.Dot<double>(rows[i], beta));
                double curvature = Math.Max(q * (1 - q), 1e-300);
                equations.Add(rows[i], curvature, (rewards[i] - q) / curvature);
            }

            for (int j = FreeFeatures; j < length; j++)
            {
                equations.AddToDiagonal(j, Penalty);
                equations.Right[j] -= Penalty * beta[j];
            }

            double gradient = Reduce.MaxNorm<double>(equations.Right);
            first = iteration == 0 ? gradient : first;
            equations.Solve(step);
            if (gradient <= 1e-13 * first || Reduce.MaxNorm<double>(step) <= 1e-13 * (1 + Reduce.MaxNorm<double>(beta)))
                return beta;

            for (double scale = 1; ; scale /= 2)
            {
                if (scale < 1e-10)
                    throw NotConverged(gradient);
                for (int j = 0; j < length; j++)
                    trial[j] = beta[j] + (scale * step[j]);
                double value = Loss(rows, rewards, trial);

                // Near the minimum, rounding of the sum hides what a step gains.
                if (value <= loss + (Rounding * Math.Abs(loss)))
                {
                    loss = value;
                    (beta, trial) = (trial, beta);
                    break;
                }
            }
        }

        throw NotConverged(double.NaN);
    }

    private InvalidOperationException NotConverged(double gradient) =>
        new(FormattableString.Invariant($"The logistic regression didn't converge in {MaxIterations} iterations (gradient {gradient:g3}): features may separate the rewards; set {nameof(Penalty)} above 0."));

    private double Loss(double[][] rows, ReadOnlySpan<double> rewards, double[] beta)
    {
        double loss = Penalty / 2 * Reduce.SumOfSquares<double>(beta.AsSpan(Math.Min(FreeFeatures, beta.Length)));
        for (int i = 0; i < rows.Length; i++)
        {
            double z = Reduce.Dot<double>(rows[i], beta);
            loss += SpecialFunctions.LogOnePlusExp(z) - (rewards[i] * z);
        }

        return loss;
    }
}
