namespace OptiCore.Bandits;

/// <summary>Normal rewards around x' theta, of features x that are uniform on the unit sphere.</summary>
/// <remarks>The setting of the papers on linear bandits, with vectors of length 1.</remarks>
public sealed class LinearContextualBandit : IContextualBandit
{
    private readonly ModelSharing _sharing;
    private readonly double[] _coefficients;

    /// <summary>Creates the bandit.</summary>
    /// <param name="sharing">What the arms have in common: how contexts look and whose the coefficients are.</param>
    /// <param name="arms">The number K of arms.</param>
    /// <param name="features">The number d of features.</param>
    /// <param name="coefficients">d numbers where a parameter is shared, else K d, those of arm after arm.</param>
    /// <param name="noise">The standard deviation of rewards around their means, at least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is too small or the sharing isn't defined.</exception>
    /// <exception cref="ArgumentException">The coefficients have another number, or one isn't finite.</exception>
    public LinearContextualBandit(ModelSharing sharing, int arms, int features, ReadOnlySpan<double> coefficients, double noise)
    {
        _sharing = Require.Defined(sharing, nameof(sharing));
        Arms = Require.Positive(arms, nameof(arms));
        Features = Require.Positive(features, nameof(features));
        Require.Length(coefficients.Length, sharing == ModelSharing.Shared ? features : checked(arms * features), nameof(coefficients));
        Require.AllFinite(coefficients, nameof(coefficients));
        _coefficients = coefficients.ToArray();
        Noise = Require.NonNegative(noise, nameof(noise));
    }

    /// <inheritdoc/>
    public int Arms { get; }

    /// <inheritdoc/>
    public int Features { get; }

    /// <inheritdoc/>
    public bool HasActionFeatures => _sharing != ModelSharing.Disjoint;

    /// <summary>The standard deviation of rewards around their means.</summary>
    public double Noise { get; }

    /// <summary>The coefficients of an arm.</summary>
    /// <param name="arm">The arm, from 0.</param>
    public ReadOnlySpan<double> Coefficients(int arm) => _sharing == ModelSharing.Shared ? _coefficients : _coefficients.AsSpan(arm * Features, Features);

    /// <inheritdoc/>
    public void Context(RandomKey key, Span<double> context) => UnitVectors.Fill(key, Features, context);

    /// <inheritdoc/>
    public double Mean(in ContextualRound round, int arm) =>
        RidgeModel.Dot(HasActionFeatures ? round.Context.Slice(arm * Features, Features) : round.Context, Coefficients(arm));

    /// <inheritdoc/>
    public double Reward(in ContextualRound round, int arm, RandomKey key)
    {
        RandomStream stream = key.Stream();
        return Mean(round, arm) + (Noise * stream.NextNormal());
    }
}

/// <summary>Random directions.</summary>
internal static class UnitVectors
{
    /// <summary>Fills a span with vectors that are uniform on the unit sphere.</summary>
    public static void Fill(RandomKey key, int length, Span<double> vectors)
    {
        RandomStream stream = key.Stream();
        for (int at = 0; at < vectors.Length; at += length)
        {
            Span<double> vector = vectors.Slice(at, length);
            double squares = 0;
            foreach (ref double x in vector)
            {
                x = stream.NextNormal();
                squares += x * x;
            }

            double scale = squares > 0 ? 1 / Math.Sqrt(squares) : 0;
            foreach (ref double x in vector)
                x *= scale;
        }
    }
}
