using System.Globalization;
using System.Numerics;

namespace OptiCore.Bandits;

/// <summary>A fixed set of vectors of one dimension: the features of arms that can be played, or of items among which one looks for the best.</summary>
/// <remarks>Immutable; two sets are equal if their numbers are.</remarks>
public sealed class FeatureVectors : IEquatable<FeatureVectors>
{
    private readonly double[] _values;

    /// <summary>Copies the vectors.</summary>
    /// <param name="dimension">The dimension d.</param>
    /// <param name="values">The numbers, vector after vector: a positive multiple of d.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is smaller than 1.</exception>
    /// <exception cref="ArgumentException">There is no vector, the last one isn't complete, or a number isn't finite.</exception>
    public FeatureVectors(int dimension, ReadOnlySpan<double> values)
    {
        Dimension = Require.Positive(dimension, nameof(dimension));
        if (values.IsEmpty || values.Length % dimension != 0)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"values has {values.Length} numbers; a positive multiple of {dimension} is needed."), nameof(values));
        Require.AllFinite(values, nameof(values));
        _values = values.ToArray();
        Count = values.Length / dimension;
    }

    /// <summary>The number of vectors.</summary>
    public int Count { get; }

    /// <summary>The dimension d.</summary>
    public int Dimension { get; }

    /// <summary>All numbers, vector after vector.</summary>
    public ReadOnlySpan<double> Values => _values;

    /// <summary>A vector.</summary>
    /// <param name="index">Its index, from 0.</param>
    public ReadOnlySpan<double> this[int index] => _values.AsSpan(index * Dimension, Dimension);

    /// <summary>The d unit vectors: with them a linear bandit is one whose arms have nothing in common.</summary>
    /// <param name="dimension">The dimension d.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is smaller than 1.</exception>
    public static FeatureVectors Basis(int dimension)
    {
        Require.Positive(dimension, nameof(dimension));
        double[] values = new double[checked(dimension * dimension)];
        for (int i = 0; i < dimension; i++)
            values[i * (dimension + 1)] = 1;
        return new FeatureVectors(dimension, values);
    }

    /// <summary>Writes the scalar product of each vector with another one.</summary>
    /// <param name="theta">The other vector, d numbers.</param>
    /// <param name="products">Receives one number a vector.</param>
    /// <exception cref="ArgumentException">A length is wrong.</exception>
    public void Multiply(ReadOnlySpan<double> theta, Span<double> products)
    {
        Require.Length(theta.Length, Dimension, nameof(theta));
        Require.Length(products.Length, Count, nameof(products));
        for (int i = 0; i < Count; i++)
            products[i] = RidgeModel.Dot(this[i], theta);
    }

    /// <inheritdoc/>
    public bool Equals(FeatureVectors? other) => other is not null && Dimension == other.Dimension && Values.SequenceEqual(other.Values);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as FeatureVectors);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Dimension, Checksum());

    /// <summary>The number of vectors, the dimension and a checksum of the numbers: what a checkpoint says of its policy.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Count} vectors of {Dimension}, checksum {Checksum():x16}");

    private ulong Checksum()
    {
        ulong sum = 0x9e3779b97f4a7c15;
        foreach (double value in _values)
            sum = (BitOperations.RotateLeft(sum, 5) ^ BitConverter.DoubleToUInt64Bits(value)) * 0x100000001b3;
        return sum;
    }
}
