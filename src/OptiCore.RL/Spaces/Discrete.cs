using System.Globalization;

namespace OptiCore.RL;

/// <summary>The integers {start, start + 1, ..., start + n - 1}, each a category of its own.</summary>
public sealed class Discrete : Space<int>, IEquatable<Discrete>
{
    /// <summary>Creates the space.</summary>
    /// <param name="n">The number of categories, at least 1.</param>
    /// <param name="start">The smallest value.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no category, or the largest value exceeds the range of an integer.</exception>
    public Discrete(int n, int start = 0)
    {
        N = Require.Positive(n, nameof(n));
        if (start > int.MaxValue - n + 1)
            throw new ArgumentOutOfRangeException(nameof(start), start, string.Create(CultureInfo.InvariantCulture, $"{nameof(start)} is {start} but {n} values from there must fit into an integer."));
        Start = start;
    }

    /// <summary>The number of categories.</summary>
    public int N { get; }

    /// <summary>The smallest value.</summary>
    public int Start { get; }

    /// <inheritdoc/>
    public override int Length => 1;

    /// <inheritdoc/>
    public override int FlatLength => N;

    /// <summary>Whether one value belongs to the space.</summary>
    /// <param name="value">The value.</param>
    public bool Contains(int value) => value >= Start && value - (long)Start < N;

    /// <inheritdoc/>
    public override bool Contains(ReadOnlySpan<int> value) => value.Length == 1 && Contains(value[0]);

    /// <inheritdoc/>
    public override void Sample(RandomKey key, Span<int> value)
    {
        Require.Length(value.Length, 1, nameof(value));
        RandomStream stream = key.Stream();
        value[0] = Start + Draw.Below(ref stream, N);
    }

    /// <inheritdoc/>
    public override void Flatten(ReadOnlySpan<int> value, Span<float> features)
    {
        CheckLengths(value.Length, features.Length);
        features.Clear();
        features[value[0] - Start] = 1;
    }

    /// <inheritdoc/>
    public bool Equals(Discrete? other) => other is not null && N == other.N && Start == other.Start;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Discrete);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(N, Start);

    /// <inheritdoc/>
    public override string ToString() => Start == 0
        ? string.Create(CultureInfo.InvariantCulture, $"Discrete({N})")
        : string.Create(CultureInfo.InvariantCulture, $"Discrete({N} from {Start})");
}
