using System.Globalization;

namespace OptiCore.Problems;

/// <summary>
/// The two-parameter logistic item-response model irt_2pl: y[i,j] ~ Bernoulli(1 / (1 + exp(-a[i] (theta[j] - b[i])))), the answer of person j to item i, with theta[j] ~ N(0, sd sigma_theta),
/// a[i] ~ LogNormal(0, sigma_a), b[i] ~ N(mu_b, sd sigma_b), mu_b ~ N(0, sd 5) and half-Cauchy(0, 2) scales.
/// </summary>
/// <remarks>Parameters in the order sigma_theta, theta, sigma_a, a, mu_b, sigma_b, b: J + 2 I + 4 of them. One exponential for each answer.</remarks>
public sealed class ItemResponsePosterior : ConstrainedLogDensity
{
    private const double HyperScale = 2, LocationScale = 5;

    private readonly int _items, _persons;
    private readonly double[] _answers;

    /// <summary>Creates the density.</summary>
    /// <param name="answers">The answers y[i,j] of 0 or 1, items x persons, row by row.</param>
    /// <param name="items">The number I of items.</param>
    /// <exception cref="ArgumentException">The number of answers isn't a multiple of that of items, or an answer is neither 0 nor 1.</exception>
    public ItemResponsePosterior(ReadOnlySpan<double> answers, int items)
        : base(Space(Require.Positive(items), Require.Positive(answers.Length / items, nameof(answers))))
    {
        _items = items;
        _persons = answers.Length / items;
        Require.Length(answers.Length, _items * _persons, nameof(answers));
        for (int i = 0; i < answers.Length; i++)
        {
            if (answers[i] is not (0 or 1))
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"answers[{i}] is {answers[i]}; every answer must be 0 or 1."), nameof(answers));
        }

        _answers = answers.ToArray();
    }

    /// <inheritdoc/>
    protected override double Evaluate(ReadOnlySpan<double> x, Span<double> gradient)
    {
        int persons = _persons, items = _items;
        double abilityScale = x[0], slopeScale = x[persons + 1], mean = x[persons + items + 2], difficultyScale = x[persons + items + 3];
        ReadOnlySpan<double> ability = x.Slice(1, persons), slope = x.Slice(persons + 2, items), difficulty = x[^items..];
        Span<double> byAbility = gradient.Slice(1, persons), bySlope = gradient.Slice(persons + 2, items), byDifficulty = gradient[^items..];
        byAbility.Clear();

        double value = 0;
        Span<double> block = stackalloc double[LogisticKernel.Block];
        for (int i = 0; i < items; i++)
        {
            double a = slope[i], b = difficulty[i], total = 0, weighted = 0;
            for (int first = 0; first < persons; first += LogisticKernel.Block)
            {
                int count = Math.Min(LogisticKernel.Block, persons - first);
                Span<double> rests = block[..count], abilityGradient = byAbility.Slice(first, count);
                ReadOnlySpan<double> thetas = ability.Slice(first, count);
                for (int j = 0; j < rests.Length; j++)
                    rests[j] = a * (thetas[j] - b);
                value += LogisticKernel.Residuals(rests, _answers.AsSpan((i * persons) + first, count));
                for (int j = 0; j < rests.Length; j++)
                {
                    total += rests[j];
                    weighted += rests[j] * thetas[j];
                    abilityGradient[j] += a * rests[j];
                }
            }

            bySlope[i] = weighted - (b * total);
            byDifficulty[i] = -a * total;
        }

        // theta ~ N(0, sd sigma_theta).
        double precision = 1 / (abilityScale * abilityScale), squares = 0;
        for (int j = 0; j < persons; j++)
        {
            squares += ability[j] * ability[j];
            byAbility[j] -= precision * ability[j];
        }

        value += HalfCauchy(abilityScale, out double byScale) - (persons * Math.Log(abilityScale)) - (0.5 * precision * squares);
        gradient[0] = byScale + (((precision * squares) - persons) / abilityScale);

        // log a ~ N(0, sd sigma_a).
        precision = 1 / (slopeScale * slopeScale);
        squares = 0;
        for (int i = 0; i < items; i++)
        {
            double log = Math.Log(slope[i]);
            squares += log * log;
            value -= log;
            bySlope[i] -= (1 + (precision * log)) / slope[i];
        }

        value += HalfCauchy(slopeScale, out byScale) - (items * Math.Log(slopeScale)) - (0.5 * precision * squares);
        gradient[persons + 1] = byScale + (((precision * squares) - items) / slopeScale);

        // b ~ N(mu_b, sd sigma_b).
        precision = 1 / (difficultyScale * difficultyScale);
        squares = 0;
        double sum = 0;
        for (int i = 0; i < items; i++)
        {
            double rest = difficulty[i] - mean;
            squares += rest * rest;
            sum += rest;
            byDifficulty[i] -= precision * rest;
        }

        value += HalfCauchy(difficultyScale, out byScale) - (items * Math.Log(difficultyScale)) - (0.5 * precision * squares);
        value -= 0.5 * mean * mean / (LocationScale * LocationScale);
        gradient[persons + items + 2] = (precision * sum) - (mean / (LocationScale * LocationScale));
        gradient[persons + items + 3] = byScale + (((precision * squares) - items) / difficultyScale);
        return value;
    }

    private static double HalfCauchy(double x, out double derivative)
    {
        double z = x / HyperScale, excess = z * z;
        derivative = -2 * z / (HyperScale * (1 + excess));
        return -Math.Log(1 + excess);
    }

    private static ParameterSpace Space(int items, int persons) => new ParameterSpace()
        .Positive("sigma_theta").Vector("theta", persons).Positive("sigma_a").Positive("a", items).Real("mu_b").Positive("sigma_b").Vector("b", items);
}
