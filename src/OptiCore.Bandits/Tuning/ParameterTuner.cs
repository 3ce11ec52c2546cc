namespace OptiCore.Bandits;

/// <summary>
/// Sets a parameter of a solver for each problem of a sequence, from nothing but what the earlier ones cost: each value of a grid is an arm, a problem's cost its loss. Reward = 1 - min(cost, limit) / limit.
/// </summary>
/// <remarks>
/// <para>M. Khodak, E. Chow, M.-F. Balcan, A. Talwalkar (2024), "Learning to relax: setting solver parameters across a sequence of linear system instances", ICLR. For the factor w of <see cref="OptiCore.LinearAlgebra.SuccessiveOverRelaxation"/>,
/// whose number of iterations is well approximated on a grid, <see cref="TsallisInf"/> comes up to the best fixed w whatever the sequence of systems, with regret of the order sqrt(K T). Where a few numbers say how the problems
/// differ, such as c_t of A + c_t I, <see cref="SquareCb"/> on a <see cref="ChebyshevOracle"/> (ChebCB in the paper) comes near the best w for each. The paper sets its gamma to sqrt(K m^2 T / (K m^3 + T)) for costs in iterations, m terms and
/// T problems: multiply by the limit for <see cref="SquareCb.Scale"/>, with exponent 0 (<see cref="Gamma"/>).</para>
/// <para>Costs above the limit count as the limit: set it to a few times the cost of a good value, for a value that is far worse than that need not be told from one that is still worse, while differences between good values shrink with
/// the limit. (The paper's program divides by the running mean of costs instead, and lets losses exceed 1.)</para>
/// </remarks>
[Algorithm("Learning to relax", "Parameter tuning", "M. Khodak, E. Chow, M.-F. Balcan, A. Talwalkar (2024), Learning to relax: setting solver parameters across a sequence of linear system instances")]
public sealed record ParameterTuner
{
    private readonly double[] _values;

    /// <summary>A grid of values.</summary>
    /// <param name="values">The values, at least one, each finite.</param>
    /// <exception cref="ArgumentException">There is none, or one isn't finite.</exception>
    public ParameterTuner(ReadOnlySpan<double> values)
    {
        if (values.IsEmpty)
            throw new ArgumentException("values is empty; a tuner needs at least one value to choose.", nameof(values));
        Require.AllFinite(values, nameof(values));
        _values = values.ToArray();
    }

    /// <summary>The values.</summary>
    public ReadOnlySpan<double> Values => _values;

    /// <summary>The cost from which on all costs are alike, positive. Default: 1000.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value isn't positive and finite.</exception>
    public double CostLimit { get; init => field = Require.Positive(value); } = 1000;

    /// <summary>A grid of evenly spaced values, both ends included.</summary>
    /// <param name="low">The first value.</param>
    /// <param name="high">The last value.</param>
    /// <param name="count">The number of values, at least 2.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number isn't finite, or the count is smaller than 2.</exception>
    public static ParameterTuner Even(double low, double high, int count)
    {
        Require.Finite(low, nameof(low));
        Require.Finite(high, nameof(high));
        double[] values = new double[Require.AtLeast(count, 2, nameof(count))];
        for (int i = 0; i < count; i++)
            values[i] = low + ((high - low) * i / (count - 1));
        return new ParameterTuner(values);
    }

    /// <summary>The paper's gamma for <see cref="SquareCb"/>, in units of one over the cost: sqrt(K m^2 T / (K m^3 + T)).</summary>
    /// <param name="terms">The number m of terms of the oracle.</param>
    /// <param name="problems">The number T of problems.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is smaller than 1.</exception>
    public double Gamma(int terms, long problems)
    {
        double k = _values.Length, m = Require.Positive(terms, nameof(terms)), t = Require.Positive(problems, nameof(problems));
        return Math.Sqrt(k * m * m * t / ((k * m * m * m) + t));
    }

    /// <summary>Begins to tune without contexts.</summary>
    /// <param name="policy">The policy, which accepts rewards in [0, 1]; <see cref="TsallisInf"/> in the paper.</param>
    /// <param name="key">The randomness of the run.</param>
    /// <exception cref="ArgumentException">The policy doesn't accept all rewards in [0, 1].</exception>
    public ParameterTuning Start(IBanditPolicy policy, RandomKey key)
    {
        Accepts(policy);
        return new ParameterTuning(this, policy.Start(_values.Length, key));
    }

    /// <summary>Begins to tune with contexts.</summary>
    /// <param name="policy">The policy, which accepts rewards in [0, 1] and whose arms share one context; <see cref="SquareCb"/> on a <see cref="ChebyshevOracle"/> in the paper.</param>
    /// <param name="features">The length d of a context.</param>
    /// <param name="key">The randomness of the run.</param>
    /// <exception cref="ArgumentException">The policy doesn't accept all rewards in [0, 1], or takes features of each arm.</exception>
    public ParameterTuning Start(IContextualPolicy policy, int features, RandomKey key)
    {
        Accepts(policy);
        ContextualState state = policy.Start(_values.Length, features, key);
        if (state.HasActionFeatures)
            throw new ArgumentException($"{policy.GetType().Name} takes features of each arm; a problem has one context.", nameof(policy));
        return new ParameterTuning(this, state);
    }

    private static void Accepts(IPolicy policy)
    {
        ArgumentNullException.ThrowIfNull(policy);
        if (!policy.Rewards.Contains(0) || !policy.Rewards.Contains(1))
            throw new ArgumentException($"{policy.GetType().Name} doesn't accept all rewards in [0, 1].", nameof(policy));
    }
}

/// <summary>The value of a parameter for one problem.</summary>
/// <param name="Index">Its place in the grid.</param>
/// <param name="Value">The value.</param>
public readonly record struct ParameterChoice(int Index, double Value);

/// <summary>A parameter that is being tuned: <see cref="Choose"/>, solve, <see cref="Update"/>. Neither allocates.</summary>
public sealed class ParameterTuning
{
    private readonly ParameterTuner _tuner;

    internal ParameterTuning(ParameterTuner tuner, PolicyState policy)
    {
        _tuner = tuner;
        Policy = policy;
    }

    /// <summary>What has been learnt: saved, loaded and asked for probabilities there.</summary>
    public PolicyState Policy { get; }

    /// <summary>The value for the next problem. Changes nothing.</summary>
    /// <param name="context">What is known of the problem; empty without contexts.</param>
    /// <exception cref="ArgumentException">The context has another length than the policy's.</exception>
    public ParameterChoice Choose(ReadOnlySpan<double> context = default)
    {
        int arm = Policy.Choose(context, Policy.Updates);
        return new ParameterChoice(arm, _tuner.Values[arm]);
    }

    /// <summary>Learns from what the problem cost.</summary>
    /// <param name="choice">The value that it was solved with.</param>
    /// <param name="cost">The cost, at least 0; infinity for a failure.</param>
    /// <param name="context">What was known of the problem; empty without contexts.</param>
    /// <exception cref="ArgumentOutOfRangeException">The cost is negative or NaN, or there is no such choice.</exception>
    /// <exception cref="ArgumentException">The context has another length than the policy's.</exception>
    public void Update(ParameterChoice choice, double cost, ReadOnlySpan<double> context = default)
    {
        if (!(cost >= 0))
            throw new ArgumentOutOfRangeException(nameof(cost), cost, $"cost is {cost} but must be at least 0.");
        Policy.Update(context, choice.Index, 1 - (Math.Min(cost, _tuner.CostLimit) / _tuner.CostLimit));
    }
}
