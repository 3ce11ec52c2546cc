using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>The places of a sparse matrix of weights, chosen before learning and fixed from then on.</summary>
public sealed class SparseSupport
{
    private SparseSupport(SparsePlaces places) => Places = places;

    /// <summary>The number of rows: a layer's inputs.</summary>
    public int Inputs => Places.Rows;

    /// <summary>The number of columns: a layer's outputs.</summary>
    public int Outputs => Places.Columns;

    /// <summary>The number of places.</summary>
    public int Count => Places.Count;

    /// <summary>The row of each place, ascending.</summary>
    public ReadOnlySpan<int> Rows => Places.Row;

    /// <summary>The column of each place.</summary>
    public ReadOnlySpan<int> Columns => Places.Column;

    internal SparsePlaces Places { get; }

    /// <summary>A number of places drawn without replacement, each with the same probability.</summary>
    /// <param name="key">The key.</param>
    /// <param name="inputs">The number of rows.</param>
    /// <param name="outputs">The number of columns.</param>
    /// <param name="count">The number of places.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer places in the matrix, or a number is negative.</exception>
    public static SparseSupport Random(RandomKey key, int inputs, int outputs, int count)
    {
        int all = checked(Require.Positive(inputs, nameof(inputs)) * Require.Positive(outputs, nameof(outputs)));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Require.NonNegative(count, nameof(count)), all, nameof(count));

        // R. W. Floyd's choice of a subset: count draws, whatever the size of the matrix.
        var chosen = new HashSet<int>();
        RandomStream stream = key.Stream();
        for (int last = all - count; last < all; last++)
        {
            int place = stream.NextInt32(last + 1);
            chosen.Add(chosen.Contains(place) ? last : place);
        }

        return Create(inputs, outputs, [.. chosen]);
    }

    /// <summary>Random places, the same part of each matrix of a network: uniform density.</summary>
    /// <param name="key">The key; each matrix has its own by its number.</param>
    /// <param name="layers">Inputs and outputs of the matrices.</param>
    /// <param name="density">The part of the places, from 0 to 1.</param>
    public static SparseSupport[] Uniform(RandomKey key, IReadOnlyList<(int Inputs, int Outputs)> layers, double density)
    {
        Require.InClosed(density, 0, 1, nameof(density));
        return Each(key, layers, layer => (int)Math.Round(density * layer.Inputs * layer.Outputs));
    }

    /// <summary>Random places, the same number in each matrix of a network as far as it has so many: equal per layer.</summary>
    /// <param name="key">The key; each matrix has its own by its number.</param>
    /// <param name="layers">Inputs and outputs of the matrices.</param>
    /// <param name="total">The number of places in all; what small matrices can't take goes to the others.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are fewer places in all.</exception>
    public static SparseSupport[] EqualPerLayer(RandomKey key, IReadOnlyList<(int Inputs, int Outputs)> layers, int total)
    {
        ArgumentNullException.ThrowIfNull(layers);
        var order = new (long Size, int Layer)[layers.Count];
        var counts = new int[layers.Count];
        for (int i = 0; i < order.Length; i++)
            order[i] = ((long)layers[i].Inputs * layers[i].Outputs, i);
        Array.Sort(order);
        int left = Require.NonNegative(total, nameof(total));
        for (int i = 0; i < order.Length; i++)
        {
            int own = (int)Math.Min(order[i].Size, left / (order.Length - i));
            counts[order[i].Layer] = own;
            left -= own;
        }

        if (left > 0)
            throw new ArgumentOutOfRangeException(nameof(total), total, $"The matrices have {total - left} places in all.");
        int next = 0;
        return Each(key, layers, _ => counts[next++]);
    }

    /// <summary>The places with the largest scores over all matrices of a network: with |weight times gradient| of a first batch, SNIP.</summary>
    /// <param name="layers">Inputs and outputs of the matrices.</param>
    /// <param name="scores">The score of each place, one matrix after the other, row-major.</param>
    /// <param name="total">The number of places in all. Of equal scores, the first are taken.</param>
    /// <exception cref="ArgumentException">The number of scores isn't that of the places.</exception>
    /// <remarks>N. Lee, T. Ajanthan, P. H. S. Torr (2019), "SNIP: single-shot network pruning based on connection sensitivity".</remarks>
    public static SparseSupport[] Largest(IReadOnlyList<(int Inputs, int Outputs)> layers, ReadOnlySpan<double> scores, int total)
    {
        ArgumentNullException.ThrowIfNull(layers);
        int all = 0;
        for (int i = 0; i < layers.Count; i++)
            all = checked(all + (layers[i].Inputs * layers[i].Outputs));
        Require.Length(scores.Length, all, nameof(scores));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Require.NonNegative(total, nameof(total)), scores.Length, nameof(total));
        var order = new (double Key, int Place)[scores.Length];
        for (int i = 0; i < order.Length; i++)
            order[i] = (-scores[i], i);
        Array.Sort(order);
        var chosen = new int[total];
        for (int i = 0; i < total; i++)
            chosen[i] = order[i].Place;
        Array.Sort(chosen);
        var supports = new SparseSupport[layers.Count];
        for (int i = 0, first = 0, next = 0; i < supports.Length; i++)
        {
            int end = first + (layers[i].Inputs * layers[i].Outputs), begin = next;
            while (next < total && chosen[next] < end)
                next++;
            int start = first;
            supports[i] = Create(layers[i].Inputs, layers[i].Outputs, Array.ConvertAll(chosen[begin..next], place => place - start));
            first = end;
        }

        return supports;
    }

    private static SparseSupport[] Each(RandomKey key, IReadOnlyList<(int Inputs, int Outputs)> layers, Func<(int Inputs, int Outputs), int> count)
    {
        ArgumentNullException.ThrowIfNull(layers);
        var supports = new SparseSupport[layers.Count];
        for (int i = 0; i < supports.Length; i++)
            supports[i] = Random(key.Fold(i), layers[i].Inputs, layers[i].Outputs, count(layers[i]));
        return supports;
    }

    private static SparseSupport Create(int inputs, int outputs, int[] places)
    {
        Array.Sort(places);
        return new SparseSupport(new SparsePlaces(inputs, outputs, Array.ConvertAll(places, place => place / outputs), Array.ConvertAll(places, place => place % outputs)));
    }
}
