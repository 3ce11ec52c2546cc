using OptiCore.Persistence;

namespace OptiCore.Bandits;

/// <summary>
/// A policy for losses of a scalar prediction at work: each round it sees features x, plays a number near &lt;w, x&gt;, and receives its loss. Choosing is a pure function of the state and the features, whose draws in round t come from
/// <c>Key.Fold(t)</c>; nothing allocates.
/// </summary>
public abstract class ScalarPredictionState : IPersistent
{
    private readonly double _featureNorm;
    private RandomKey _key;
    private long _rounds;

    private protected ScalarPredictionState(int dimension, double featureNorm, RandomKey key)
    {
        Dimension = Require.Positive(dimension, nameof(dimension));
        _featureNorm = featureNorm;
        _key = key;
    }

    /// <summary>The number d of features.</summary>
    public int Dimension { get; }

    /// <summary>The number of rounds whose losses were received.</summary>
    public long Rounds => _rounds;

    /// <summary>The weights w about which is played.</summary>
    public abstract ReadOnlySpan<double> Weights { get; }

    /// <summary>The number to be played next.</summary>
    /// <param name="features">The features x, of a norm up to that of the options.</param>
    /// <exception cref="ArgumentException">There aren't <see cref="Dimension"/> features.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The norm is too large or not finite.</exception>
    public double Choose(ReadOnlySpan<double> features)
    {
        RequireFeatures(features);
        return Play(features, _key.Fold(_rounds).Stream());
    }

    /// <summary>Learns from the loss of the number that <see cref="Choose"/> gave for these features.</summary>
    /// <param name="features">The features x.</param>
    /// <param name="loss">Its loss, from 0 to the bound of the options.</param>
    /// <exception cref="ArgumentException">There aren't <see cref="Dimension"/> features; nothing is changed.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The norm of the features is too large or not finite, or the loss is out of bounds; nothing is changed.</exception>
    public void Update(ReadOnlySpan<double> features, double loss)
    {
        RequireFeatures(features);
        Learn(features, _key.Fold(_rounds).Stream(), loss);
        _rounds++;
    }

    /// <summary>Forgets everything and begins again with another key, without allocation.</summary>
    /// <param name="key">The randomness of the new run.</param>
    public void Restart(RandomKey key)
    {
        _key = key;
        _rounds = 0;
        Forget();
    }

    /// <inheritdoc/>
    public virtual void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(ref _key);
        archive.Transfer(ref _rounds);
    }

    private protected abstract double Play(ReadOnlySpan<double> features, RandomStream stream);

    private protected abstract void Learn(ReadOnlySpan<double> features, RandomStream stream, double loss);

    private protected abstract void Forget();

    private void RequireFeatures(ReadOnlySpan<double> features)
    {
        Require.Length(features.Length, Dimension, nameof(features));
        double squares = 0;
        foreach (double x in features)
            squares += x * x;

        // A norm that was computed to be the bound passes.
        if (!(Math.Sqrt(squares) <= _featureNorm * (1 + 1e-12)))
            throw new ArgumentOutOfRangeException(nameof(features), Math.Sqrt(squares), FormattableString.Invariant($"features has the norm {Math.Sqrt(squares)} but must have at most {_featureNorm}."));
    }
}
