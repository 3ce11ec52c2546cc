using System.Globalization;
using System.Numerics;
using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// Weights that can be changed one by one and drawn in proportion: a complete binary tree whose inner nodes hold the sum of their two children. Setting and finding are O(log n).
/// </summary>
/// <remarks>
/// T. Schaul, J. Quan, I. Antonoglou, D. Silver (2016), "Prioritized Experience Replay", appendix B.2.1. A change recomputes each sum above from its two children instead of adding a
/// difference: the tree is a function of its weights alone, whatever their history, so that nothing drifts.
/// </remarks>
public sealed class SumTree : IPersistent
{
    private readonly double[] _nodes;
    private readonly int _leaves;

    /// <summary>Creates weights of 0.</summary>
    /// <param name="count">How many.</param>
    public SumTree(int count)
    {
        Count = Require.Positive(count, nameof(count));
        if (count > 1 << 29)
            throw new ArgumentOutOfRangeException(nameof(count), count, string.Create(CultureInfo.InvariantCulture, $"count is {count} but must be at most {1 << 29}."));
        _leaves = (int)BitOperations.RoundUpToPowerOf2((uint)count);
        _nodes = new double[2 * _leaves];
    }

    /// <summary>The number of weights.</summary>
    public int Count { get; }

    /// <summary>The sum of all weights.</summary>
    public double Total => _nodes[1];

    /// <summary>A weight: at least 0 and finite.</summary>
    /// <param name="index">Which.</param>
    /// <exception cref="ArgumentOutOfRangeException">The index is outside, or the weight is negative, NaN or infinite.</exception>
    public double this[int index]
    {
        get => _nodes[_leaves + Checked(index)];
        set
        {
            int node = _leaves + Checked(index);
            _nodes[node] = Require.NonNegative(value, nameof(value));
            for (node /= 2; node > 0; node /= 2)
                _nodes[node] = _nodes[2 * node] + _nodes[(2 * node) + 1];
        }
    }

    /// <summary>
    /// The index i with w_0 + ... + w_{i-1} &lt;= mass &lt; w_0 + ... + w_i, but for rounding. Never one of weight 0: a mass outside [0, Total) finds the first or last positive weight.
    /// </summary>
    /// <param name="mass">A number, uniform on [0, Total) to draw in proportion.</param>
    /// <exception cref="InvalidOperationException">All weights are 0.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The mass is NaN.</exception>
    public int Find(double mass)
    {
        if (!(Total > 0))
            throw new InvalidOperationException("All weights are 0: there is nothing to find.");
        if (double.IsNaN(mass))
            throw new ArgumentOutOfRangeException(nameof(mass), mass, "mass is NaN but must be a number.");
        int node = 1;
        while (node < _leaves)
        {
            node *= 2;
            double left = _nodes[node];

            // Rounding may leave a mass to the right of an empty subtree, or one that is negative.
            if ((mass >= left && _nodes[node + 1] > 0) || left <= 0)
            {
                mass -= left;
                node++;
            }
        }

        return node - _leaves;
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(_nodes.AsSpan(_leaves, Count));
        if (!archive.IsLoading)
            return;
        for (int node = _leaves - 1; node > 0; node--)
            _nodes[node] = _nodes[2 * node] + _nodes[(2 * node) + 1];
    }

    private int Checked(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
        return index;
    }
}
