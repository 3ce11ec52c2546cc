namespace OptiCore.RL;

/// <summary>
/// Plans a sequence of actions by the cross-entropy method: draws sequences from a normal law with independent elements, fits it to the best of them, again and again, and plays the first action of its mean. The next plan begins
/// from this one, shifted by a step.
/// </summary>
/// <remarks>
/// <para>As in K. Chua, R. Calandra, R. McAllister, S. Levine (2018), "Deep reinforcement learning in a handful of trials using probabilistic dynamics models", after Z. I. Botev, D. P. Kroese, R. Y. Rubinstein, P. L'Ecuyer (2013), "The cross-entropy
/// method for optimization". Samples are truncated at two deviations, and the deviation is at most half the distance to the nearer bound, so that all lie within the bounds. With mean m and variance v of the elite, mu := a mu + (1 - a) m,
/// s^2 := a s^2 + (1 - a) v. A plan begins with the variance (high - low)^2 / 16; where nothing is known the mean is in the middle of the bounds, which is also what a shifted plan ends with.</para>
/// <para>A plan costs <see cref="Iterations"/> times <see cref="Population"/> evaluations of sequences. For minima of functions there is <see cref="Optimizers.CrossEntropyMethod"/>, whose smoothing is another.</para>
/// </remarks>
public sealed record CrossEntropyPlanner
{
    /// <summary>The number of steps of a plan. Default: 25.</summary>
    public int Horizon { get; init => field = Require.Positive(value); } = 25;

    /// <summary>The sequences of an iteration. Default: 400.</summary>
    public int Population { get; init => field = Require.Positive(value); } = 400;

    /// <summary>How many of them are the elite. Default: 40.</summary>
    public int Elites { get; init => field = Require.Positive(value); } = 40;

    /// <summary>The largest number of iterations of a plan. Default: 5.</summary>
    public int Iterations { get; init => field = Require.Positive(value); } = 5;

    /// <summary>What the mean and the variance before count for, a of [0, 1). Default: 0.1.</summary>
    public double Momentum { get; init => field = Require.InHalfOpen(value, 0, 1); } = 0.1;

    /// <summary>A plan is done when no variance is above this, in units of the square of half the range of an action. Default: 1e-3.</summary>
    public double VarianceTolerance { get; init => field = Require.NonNegative(value); } = 1e-3;
}

/// <summary>What sequences of actions are worth; more is better, what isn't a number is worst.</summary>
/// <param name="plans">The sequences, one after another: <see cref="CrossEntropyPlanner.Horizon"/> actions each.</param>
/// <param name="key">The randomness of this evaluation.</param>
/// <param name="returns">Receives the value of each.</param>
public delegate void PlanReturns(ReadOnlySpan<float> plans, RandomKey key, Span<double> returns);
