using OptiCore.Numerics;
using OptiCore.Solving;

namespace OptiCore.Bandits;

/// <summary>
/// The policy pi(a | x) proportional to exp(phi(x, a) theta) whose estimated value is largest: theta minimises -mean(u) + VariancePenalty sqrt(var(u) / n) + Penalty / 2 |theta|^2, with
/// u_i = sum over a of pi(a | x_i) q(x_i, a) + min(pi(a_i | x_i) / propensity_i, LargestWeight) (r_i - q(x_i, a_i)), a_i being the action taken.
/// </summary>
/// <remarks>
/// <para>A. Swaminathan, T. Joachims (2015), "Batch learning from logged bandit feedback through counterfactual risk minimization", with their clipped weights and their penalty of the estimate's own standard error; the doubly
/// robust values are those of M. Dudik, J. Langford, L. Li (2011). Without a reward model, q = 0.</para>
/// <para>The function isn't convex: a solver finds a local minimum, from theta = 0, the uniform policy. O(n K p) an evaluation.</para>
/// </remarks>
[Algorithm("Counterfactual risk minimisation", "Learning from logs", "A. Swaminathan, T. Joachims (2015), Batch learning from logged bandit feedback through counterfactual risk minimization")]
public sealed record SoftmaxPolicyLearner
{
    /// <summary>The features; null takes <see cref="FeatureMap.For"/>.</summary>
    public FeatureMap? Features { get; init; }

    /// <summary>The reward model of doubly robust values; null for inverse propensity weighted ones.</summary>
    public IRewardModel? RewardModel { get; init; }

    /// <summary>The penalty of the squared coefficients, at least 0. Default: 0.001.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, NaN or infinite.</exception>
    public double Penalty { get; init => field = Require.NonNegative(value); } = 1e-3;

    /// <summary>How many standard errors of the estimate count against it, at least 0. Default: 0.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, NaN or infinite.</exception>
    public double VariancePenalty { get; init => field = Require.NonNegative(value); }

    /// <summary>The largest weight M of a decision's own reward. Default: infinity, no clipping.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative, zero or NaN.</exception>
    public double LargestWeight { get; init => field = double.IsPositiveInfinity(value) ? value : Require.Positive(value); } = double.PositiveInfinity;

    /// <summary>The function of theta that is minimised, for any solver that takes gradients. Not for several threads at a time.</summary>
    /// <param name="log">Decisions of one position, at least one.</param>
    /// <exception cref="ArgumentException">The log is empty or has several positions.</exception>
    public IDifferentiableFunction<double> Objective(DecisionLog log)
    {
        double[] values = ActionValues.Of(log, RewardModel, out double[] corrections);
        return new Function(this, log, Features ?? FeatureMap.For(log.Shape), values, corrections);
    }

    /// <summary>Learns a policy.</summary>
    /// <param name="log">Decisions of one position, at least one.</param>
    /// <param name="solver">The optimizer, such as L-BFGS.</param>
    /// <param name="options">Limits and reports of its run.</param>
    /// <param name="cancellationToken">Ends the run with the best policy so far; never throws.</param>
    /// <returns>The policy, with the result of the run, which says whether it converged.</returns>
    /// <exception cref="ArgumentException">The log is empty or has several positions.</exception>
    public LinearSoftmaxPolicy Learn(DecisionLog log, ISolver<double, IDifferentiableFunction<double>> solver, RunOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(solver);
        IDifferentiableFunction<double> objective = Objective(log);
        SolverResult<double> result = SolverRun<double>.Start(solver, ProblemShape.Of(objective), new double[objective.Dimension], options).Complete(objective, cancellationToken);
        return new LinearSoftmaxPolicy(Features ?? FeatureMap.For(log.Shape), log.Shape, result);
    }

    private sealed class Function(SoftmaxPolicyLearner options, DecisionLog log, FeatureMap map, double[] values, double[] corrections) : IDifferentiableFunction<double>
    {
        private readonly double[] _features = new double[log.Shape.Actions * map.Length], _law = new double[log.Shape.Actions], _estimates = new double[log.Count];

        public int Dimension => map.Length;

        public double Value(ReadOnlySpan<double> x)
        {
            double penalty = options.Penalty / 2 * Reduce.SumOfSquares(x);
            for (int i = 0; i < _estimates.Length; i++)
                _estimates[i] = Estimate(x, i);
            if (_estimates.Length < 2)
                return penalty - _estimates[0];
            (double mean, double variance) = Reduce.MeanAndVariance<double>(_estimates);
            return penalty - mean + (options.VariancePenalty * Math.Sqrt(variance / _estimates.Length));
        }

        public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
        {
            double value = Value(x);
            int n = _estimates.Length, actions = _law.Length, length = map.Length;
            double mean = Reduce.Mean<double>(_estimates), slope = 0;
            if (n > 1 && options.VariancePenalty > 0)
            {
                double variance = Reduce.Variance<double>(_estimates);
                slope = variance > 0 ? options.VariancePenalty / (Math.Sqrt(variance * n) * (n - 1)) : 0;
            }

            for (int j = 0; j < length; j++)
                gradient[j] = options.Penalty * x[j];
            for (int i = 0; i < n; i++)
            {
                double estimate = Estimate(x, i);
                double outer = (slope * (estimate - mean)) - (1.0 / n);

                // d u / d theta = sum over a of pi(a) (g(a) - sum over b of pi(b) g(b)) phi(a); where the weight is clipped, the decision's own reward is a constant.
                int taken = log.Actions[i];
                double constant = IsClipped(i) ? corrections[i] : 0, inner = Reduce.Dot<double>(_law, values.AsSpan(i * actions, actions)) - (_law[taken] * constant);
                for (int a = 0; a < actions; a++)
                {
                    double scale = outer * _law[a] * (values[(i * actions) + a] - (a == taken ? constant : 0) - inner);
                    if (scale == 0)
                        continue;
                    ReadOnlySpan<double> features = _features.AsSpan(a * length, length);
                    for (int j = 0; j < length; j++)
                        gradient[j] += scale * features[j];
                }
            }

            return value;
        }

        private double Estimate(ReadOnlySpan<double> theta, int index)
        {
            LinearSoftmaxPolicy.Law(map, theta, log.Contexts.Slice(index * log.Shape.ContextLength, log.Shape.ContextLength), _features, _law);
            double estimate = Reduce.Dot<double>(_law, values.AsSpan(index * _law.Length, _law.Length));
            return IsClipped(index) ? estimate - ((_law[log.Actions[index]] - (options.LargestWeight * log.Propensities[index])) * corrections[index]) : estimate;
        }

        private bool IsClipped(int index) => _law[log.Actions[index]] > options.LargestWeight * log.Propensities[index];
    }
}

/// <summary>A policy that draws its action, pi(a | x) proportional to exp(phi(x, a) theta).</summary>
public sealed class LinearSoftmaxPolicy
{
    private readonly FeatureMap _map;
    private readonly DecisionShape _shape;

    internal LinearSoftmaxPolicy(FeatureMap map, DecisionShape shape, SolverResult<double> result)
    {
        _map = map;
        _shape = shape;
        Result = result;
    }

    /// <summary>The coefficients theta.</summary>
    public ReadOnlySpan<double> Coefficients => Result.Point;

    /// <summary>How the optimizer's run ended.</summary>
    public SolverResult<double> Result { get; }

    /// <summary>Writes the probability of each action in a context.</summary>
    /// <param name="context">The context.</param>
    /// <param name="probabilities">Receives K probabilities.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public void Probabilities(ReadOnlySpan<double> context, Span<double> probabilities)
    {
        Require.Length(context.Length, _shape.ContextLength, nameof(context));
        Require.Length(probabilities.Length, _shape.Actions, nameof(probabilities));
        Law(_map, Coefficients, context, new double[_shape.Actions * _map.Length], probabilities);
    }

    /// <summary>The policy on a log, for its evaluation.</summary>
    /// <param name="log">The log, best another than the one that was learnt from.</param>
    public TargetPolicy On(DecisionLog log) => TargetPolicy.From(log, (decision, _, probabilities) => Probabilities(decision.Context, probabilities));

    internal static void Law(FeatureMap map, ReadOnlySpan<double> theta, ReadOnlySpan<double> context, Span<double> features, Span<double> law)
    {
        for (int a = 0; a < law.Length; a++)
        {
            Span<double> row = features.Slice(a * map.Length, map.Length);
            map.Write(context, a, row);
            law[a] = Reduce.Dot(row, theta);
        }

        double largest = Reduce.Max<double>(law), sum = 0;
        for (int a = 0; a < law.Length; a++)
            sum += law[a] = Math.Exp(law[a] - largest);
        for (int a = 0; a < law.Length; a++)
            law[a] /= sum;
    }
}
