using System.Globalization;

namespace OptiCore.Bandits;

/// <summary>A data set for classification as a contextual bandit: each round shows a random example, and the arm of its class pays 1, every other 0.</summary>
/// <remarks>J. Langford, A. Strehl, J. Wortman (2008), "Exploration scavenging", ICML; the protocol of A. Bietti, A. Agarwal, J. Langford (2021), "A contextual bandit bake-off", JMLR 22.</remarks>
public sealed class ClassificationBandit : IContextualBandit
{
    private readonly double[] _examples;
    private readonly int[] _labels;

    /// <summary>Creates the bandit.</summary>
    /// <param name="examples">The examples, d numbers each, one after the other.</param>
    /// <param name="labels">The class of each example, from 0; at least one.</param>
    /// <param name="classes">The number of classes, which are the arms.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no example or no class.</exception>
    /// <exception cref="ArgumentException">The examples' numbers can't be divided among the labels, a number isn't finite or a label is no class.</exception>
    public ClassificationBandit(ReadOnlySpan<double> examples, ReadOnlySpan<int> labels, int classes)
    {
        Require.Positive(labels.Length, nameof(labels));
        Arms = Require.Positive(classes, nameof(classes));
        Features = Require.Positive(examples.Length / labels.Length, nameof(examples));
        Require.Length(examples.Length, checked(Features * labels.Length), nameof(examples));
        Require.AllFinite(examples, nameof(examples));
        for (int i = 0; i < labels.Length; i++)
        {
            if ((uint)labels[i] >= (uint)classes)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"labels[{i}] is {labels[i]} but must be one of 0 to {classes - 1}."), nameof(labels));
        }

        _examples = examples.ToArray();
        _labels = labels.ToArray();
    }

    /// <inheritdoc/>
    public int Arms { get; }

    /// <inheritdoc/>
    public int Features { get; }

    /// <inheritdoc/>
    public bool HasActionFeatures => false;

    /// <summary>The number of examples.</summary>
    public int Count => _labels.Length;

    /// <inheritdoc/>
    public void Context(RandomKey key, Span<double> context) => _examples.AsSpan(Example(key) * Features, Features).CopyTo(context);

    /// <inheritdoc/>
    public double Mean(in ContextualRound round, int arm) => _labels[Example(round.Key)] == arm ? 1 : 0;

    /// <inheritdoc/>
    public double Reward(in ContextualRound round, int arm, RandomKey key) => Mean(round, arm);

    private int Example(RandomKey key)
    {
        RandomStream stream = key.Stream();
        return stream.NextInt32(_labels.Length);
    }
}
