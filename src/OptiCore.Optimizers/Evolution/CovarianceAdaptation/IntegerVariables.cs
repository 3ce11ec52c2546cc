using System.Globalization;
using System.Text;

namespace OptiCore.Optimizers;

/// <summary>Which variables take whole numbers only. Immutable, equal by content.</summary>
public sealed class IntegerVariables : IEquatable<IntegerVariables>
{
    private readonly int[] _indices;

    private IntegerVariables(int[] indices) => _indices = indices;

    /// <summary>Every variable.</summary>
    public static IntegerVariables All { get; } = new([]);

    /// <summary>The numbers of the variables, ascending; empty for every variable.</summary>
    public ReadOnlySpan<int> Indices => _indices;

    /// <summary>Some variables.</summary>
    /// <param name="indices">Their numbers, from 0.</param>
    /// <exception cref="ArgumentException">There is none, one is negative or repeated.</exception>
    public static IntegerVariables Of(params ReadOnlySpan<int> indices)
    {
        if (indices.IsEmpty)
            throw new ArgumentException("There is no variable; leave the option null for none.", nameof(indices));
        int[] sorted = indices.ToArray();
        Array.Sort(sorted);
        for (int i = 0; i < sorted.Length; i++)
        {
            if (sorted[i] < 0 || (i > 0 && sorted[i] == sorted[i - 1]))
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The variable {sorted[i]} is negative or repeated."), nameof(indices));
        }

        return new IntegerVariables(sorted);
    }

    /// <summary>Which of n variables are integers.</summary>
    /// <param name="dimension">The number n of variables.</param>
    /// <exception cref="ArgumentException">A variable's number is not below n.</exception>
    internal bool[] Mask(int dimension)
    {
        bool[] mask = new bool[dimension];
        if (_indices.Length == 0)
            mask.AsSpan().Fill(true);
        foreach (int i in _indices)
        {
            if (i >= dimension)
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Variable {i} is to be an integer, but there are {dimension} variables."), nameof(dimension));
            mask[i] = true;
        }

        return mask;
    }

    /// <summary>Compares the variables.</summary>
    /// <param name="other">Other integer variables.</param>
    public bool Equals(IntegerVariables? other) => other is not null && _indices.AsSpan().SequenceEqual(other._indices);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as IntegerVariables);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (int i in _indices)
            hash.Add(i);
        return hash.ToHashCode();
    }

    /// <summary>The numbers of the variables, so that a checkpoint knows what it belongs to.</summary>
    public override string ToString()
    {
        if (_indices.Length == 0)
            return "all";
        var text = new StringBuilder();
        for (int i = 0; i < _indices.Length; i++)
            text.Append(CultureInfo.InvariantCulture, $"{(i == 0 ? string.Empty : ", ")}{_indices[i]}");
        return text.ToString();
    }
}
