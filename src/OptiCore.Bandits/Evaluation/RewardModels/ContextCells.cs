using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace OptiCore.Bandits;

/// <summary>Numbers contexts that repeat: equal ones get equal numbers, from 0 in the order in which they first come.</summary>
/// <param name="length">The numbers in a context.</param>
internal sealed class ContextCells(int length)
{
    private readonly Dictionary<double[], int> _cells = new(new Comparer());

    public int Count => _cells.Count;

    /// <summary>The cell of each decision.</summary>
    public int[] Index(DecisionLog log)
    {
        int[] cells = new int[log.Count];
        for (int i = 0; i < cells.Length; i++)
            cells[i] = GetOrAdd(log.Contexts.Slice(i * length, length));
        return cells;
    }

    public int GetOrAdd(ReadOnlySpan<double> context)
    {
        ref int cell = ref CollectionsMarshal.GetValueRefOrAddDefault(_cells.GetAlternateLookup<ReadOnlySpan<double>>(), context, out bool exists);
        if (!exists)
            cell = _cells.Count - 1;
        return cell;
    }

    /// <summary>The cell of a context, or -1.</summary>
    public int Find(ReadOnlySpan<double> context) => _cells.GetAlternateLookup<ReadOnlySpan<double>>().TryGetValue(context, out int cell) ? cell : -1;

    private sealed class Comparer : IEqualityComparer<double[]>, IAlternateEqualityComparer<ReadOnlySpan<double>, double[]>
    {
        public bool Equals(double[]? x, double[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode([DisallowNull] double[] obj) => GetHashCode(obj.AsSpan());

        public bool Equals(ReadOnlySpan<double> alternate, double[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<double> alternate)
        {
            // Adding 0 makes one of 0 and -0, which are equal.
            var hash = new HashCode();
            foreach (double value in alternate)
                hash.Add(value + 0.0);
            return hash.ToHashCode();
        }

        public double[] Create(ReadOnlySpan<double> alternate) => alternate.ToArray();
    }
}
