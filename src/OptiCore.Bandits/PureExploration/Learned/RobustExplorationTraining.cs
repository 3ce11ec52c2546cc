using System.Globalization;

namespace OptiCore.Bandits;

/// <summary>
/// Trains one sampling rule that is nearly as good on every class of instances, C(theta) &lt;= r, as the best rule for that class: first, for each r, the least worst-case error l*(r) = min over rules of max over C(theta) &lt;= r of P(wrong);
/// then the rule that minimises the maximum over r of (worst error on the class - l*(r)).
/// </summary>
/// <remarks>
/// <para>J. Zhang, J. Katz-Samuels, K. Jamieson, R. Nowak (2021; J. Zhang, L. Jain, K. Jamieson, 2020, as a preprint), "Learning to actively learn: a robust approach". The complexity is <see cref="InstanceComplexity"/>. The adversary is a
/// pool of particles theta: each climbs the gradient of its own error (the likelihood ratio's) and is put back to the boundary of its class; their weights are a softmax of smoothed errors, less l*(r) in the second part. The rule descends
/// the weighted error. The form here: errors and slopes smoothed with a factor of 0.9, steps of a fixed length, weights proportional to exp(<see cref="Sharpness"/> error).</para>
/// <para>With <see cref="IsAdversarial"/> false the particles are drawn anew for every batch: the usual meta-learning with a fixed prior, for comparison.</para>
/// </remarks>
public sealed record RobustExplorationTraining
{
    private const double Smoothing = 0.9;

    /// <summary>The rule that is learnt. Default: that of its type.</summary>
    /// <exception cref="ArgumentNullException">The value is null.</exception>
    public LearnedExploration Rule { get; init => field = Require.NotNull(value); } = new();

    /// <summary>The steps of the adversary and the rule for each class. Default: 200.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is smaller than 1.</exception>
    public int Steps { get; init => field = Require.Positive(value); } = 200;

    /// <summary>The length of the adversary's steps, in standard deviations of a reward. Default: 0.05.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double AdversaryStep { get; init => field = Require.NonNegative(value); } = 0.05;

    /// <summary>How sharply weights prefer particles with large errors. Default: 20.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative or not finite.</exception>
    public double Sharpness { get; init => field = Require.NonNegative(value); } = 20;

    /// <summary>Whether instances are an adversary's. Default: true.</summary>
    public bool IsAdversarial { get; init; } = true;

    /// <summary>Trains a rule against one or several classes at once.</summary>
    /// <param name="rule">The rule, which goes on from what it has learnt.</param>
    /// <param name="complexities">The largest complexity r of each class; the particles are divided among them.</param>
    /// <param name="references">The error l*(r) of each class that is held for inevitable; zeros for one class.</param>
    /// <param name="key">The randomness.</param>
    /// <returns>The particles at the end: N instances of K means, class after class.</returns>
    /// <exception cref="ArgumentException">There is no class, there are more than instances in a batch, or the lengths differ.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A complexity is too small for any instance.</exception>
    public double[] Train(LearnedExplorationState rule, ReadOnlySpan<double> complexities, ReadOnlySpan<double> references, RandomKey key)
    {
        ArgumentNullException.ThrowIfNull(rule);
        Require.Length(references.Length, complexities.Length, nameof(references));
        int k = Rule.Arms, n = Rule.Instances;
        if (complexities.IsEmpty || complexities.Length > n)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"complexities has {complexities.Length} numbers; 1 to {n} are needed."), nameof(complexities));
        double[] means = new double[n * k], slopes = new double[n * k], climb = new double[n * k], weights = new double[n], errors = new double[n], smoothed = new double[n];
        weights.AsSpan().Fill(1.0 / n);
        Draw(means, complexities, key.Fold("particles"));
        for (int step = 0; step < Steps; step++)
        {
            rule.Learn(means, weights, key.Fold(step), errors, slopes);
            if (!IsAdversarial)
            {
                Draw(means, complexities, key.Fold("prior").Fold(step));
                continue;
            }

            double largest = double.NegativeInfinity, sum = 0;
            for (int j = 0; j < climb.Length; j++)
                climb[j] = (Smoothing * climb[j]) + ((1 - Smoothing) * slopes[j]);
            for (int i = 0; i < n; i++)
            {
                smoothed[i] = step == 0 ? errors[i] : (Smoothing * smoothed[i]) + ((1 - Smoothing) * errors[i]);
                largest = Math.Max(largest, smoothed[i] - references[Class(i, complexities.Length)]);
                Climb(means.AsSpan(i * k, k), climb.AsSpan(i * k, k), complexities[Class(i, complexities.Length)]);
            }

            for (int i = 0; i < n; i++)
                sum += weights[i] = Math.Exp(Sharpness * (smoothed[i] - references[Class(i, complexities.Length)] - largest));
            for (int i = 0; i < n; i++)
                weights[i] /= sum;
        }

        return means;
    }

    /// <summary>Draws instances: 1 to K - 1 rivals with gaps of 0.8 to 1.25 and others up to 6 times as far, scaled to the complexity of their class.</summary>
    /// <param name="means">Receives N instances of K means, class after class.</param>
    /// <param name="complexities">The complexity r of each class.</param>
    /// <param name="key">The randomness.</param>
    public void Draw(Span<double> means, ReadOnlySpan<double> complexities, RandomKey key)
    {
        int k = Rule.Arms, n = means.Length / k;
        for (int i = 0; i < n; i++)
        {
            RandomStream stream = key.Fold(i).Stream();
            Span<double> instance = means.Slice(i * k, k);
            double complexity = complexities[i * complexities.Length / n], farther = 1 + (5 * stream.NextDouble());
            int best = (int)(stream.NextDouble() * k), rivals = 1 + (int)(stream.NextDouble() * (k - 1));
            for (int arm = 0, place = 0; arm < k; arm++)
            {
                double gap = 0.8 + (0.45 * stream.NextDouble());
                if (arm != best)
                    instance[arm] = -gap * (place++ < rivals ? 1 : farther);
                else
                    instance[arm] = 0;
            }

            double scale = Math.Sqrt(InstanceComplexity.Of(instance, Rule.NoiseScale) / complexity);
            for (int arm = 0; arm < k; arm++)
                instance[arm] *= scale;
            InstanceComplexity.Project(instance, Rule.NoiseScale, complexity);
        }
    }

    private int Class(int instance, int classes) => instance * classes / Rule.Instances;

    /// <summary>A step of fixed length along the slope on the boundary of the class, and back onto it.</summary>
    private void Climb(Span<double> means, ReadOnlySpan<double> slope, double complexity)
    {
        // The best arm is at 0. The complexity's gradient with respect to the mean of another arm with a gap g is 2 s^2 / g^3: without that part of the slope, the way back doesn't undo the step.
        double along = 0, normal = 0, squares = 0;
        for (int arm = 0; arm < means.Length; arm++)
        {
            double gradient = means[arm] < 0 ? -1 / (means[arm] * means[arm] * means[arm]) : 0;
            along += gradient * slope[arm];
            normal += gradient * gradient;
        }

        for (int arm = 0; arm < means.Length; arm++)
            squares += Square(Tangent(means[arm], slope[arm], along / normal));
        double length = squares > 0 ? AdversaryStep * Rule.NoiseScale / Math.Sqrt(squares) : 0;
        for (int arm = 0; arm < means.Length; arm++)
            means[arm] += length * Tangent(means[arm], slope[arm], along / normal);

        // Of instances of one shape the most complex is the hardest: noise must not carry a particle into the easy inside of its class.
        double reached = InstanceComplexity.Of(means, Rule.NoiseScale);
        if (reached < complexity)
        {
            double factor = Math.Sqrt(reached / complexity);
            for (int arm = 0; arm < means.Length; arm++)
                means[arm] *= factor;
        }

        InstanceComplexity.Project(means, Rule.NoiseScale, complexity);
    }

    private static double Tangent(double mean, double slope, double along) => mean < 0 ? slope + (along / (mean * mean * mean)) : 0;

    private static double Square(double value) => value * value;
}
