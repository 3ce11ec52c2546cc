using OptiCore.Persistence;
using OptiCore.Randomness;

namespace OptiCore.Optimizers;

/// <summary>Points with their values, one of which is the best; for methods in which members live on. A value of infinity says that a point isn't defined.</summary>
/// <param name="capacity">The number of members.</param>
/// <param name="dimension">The number n of variables.</param>
internal sealed class Population(int capacity, int dimension) : IPersistent
{
    private readonly double[] _points = new double[capacity * dimension];
    private readonly double[] _values = new double[capacity];
    private int _count = capacity, _best;

    /// <summary>The number of members.</summary>
    public int Count => _count;

    /// <summary>The number of the best member.</summary>
    public int Best => _best;

    /// <summary>The points, one after the other.</summary>
    public Span<double> Points => _points.AsSpan(0, _count * dimension);

    /// <summary>The values.</summary>
    public Span<double> Values => _values.AsSpan(0, _count);

    /// <summary>One member's point.</summary>
    public Span<double> Member(int i) => _points.AsSpan(i * dimension, dimension);

    /// <summary>Replaces a member, and knows whether it is the best.</summary>
    public void Replace(int i, ReadOnlySpan<double> point, double value)
    {
        point.CopyTo(Member(i));
        _values[i] = value;
        if (value < _values[_best])
            _best = i;
    }

    /// <summary>Finds the best member anew.</summary>
    public void FindBest()
    {
        _best = 0;
        for (int i = 1; i < _count; i++)
        {
            if (_values[i] < _values[_best])
                _best = i;
        }
    }

    /// <summary>Keeps the given members only, in their order.</summary>
    /// <param name="order">The numbers of members, the best first.</param>
    /// <param name="count">How many stay.</param>
    /// <param name="keep">Scratch: for each member whether it stays.</param>
    public void Shrink(ReadOnlySpan<int> order, int count, Span<bool> keep)
    {
        keep.Clear();
        foreach (int i in order[..count])
            keep[i] = true;
        int kept = 0;
        for (int i = 0; i < _count; i++)
        {
            if (!keep[i])
                continue;
            if (kept != i)
            {
                Member(i).CopyTo(Member(kept));
                _values[kept] = _values[i];
            }

            kept++;
        }

        _count = kept;
        FindBest();
    }

    /// <summary>
    /// The first members: the start, and points spread evenly within finite bounds, or within <paramref name="spread"/> of the start where there are none.
    /// </summary>
    /// <param name="key">The randomness.</param>
    /// <param name="start">The starting point.</param>
    /// <param name="lower">The lower bounds, infinite where there is none.</param>
    /// <param name="upper">The upper bounds.</param>
    /// <param name="spread">The half-width around the start.</param>
    public void Spread(RandomKey key, ReadOnlySpan<double> start, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, double spread)
    {
        // Latin hypercube: in each coordinate the members lie one in each of as many strata, in an order of its own.
        Span<double> points = Points;
        RandomFill.Uniform(key, points);
        int[] strata = new int[_count];
        for (int j = 0; j < dimension; j++)
        {
            RandomOrder.Permutation(key.Fold(j), strata);
            bool boxed = double.IsFinite(lower[j]) && double.IsFinite(upper[j]);
            double low = boxed ? lower[j] : Math.Max(lower[j], start[j] - spread), high = boxed ? upper[j] : Math.Min(upper[j], start[j] + spread);
            for (int i = 0; i < _count; i++)
            {
                ref double x = ref points[(i * dimension) + j];
                x = Math.Clamp(low + ((high - low) * (strata[i] + x) / _count), low, high);
            }
        }

        start.CopyTo(Member(0));
        Values.Fill(double.PositiveInfinity);
    }

    /// <summary>True when all values are finite and agree, and the points too.</summary>
    /// <param name="pointTolerance">The largest distance from the best member in a coordinate, relative to max(1, |x|).</param>
    /// <param name="valueTolerance">The largest difference from the best value, relative to max(1, |f|).</param>
    public bool HasConverged(double pointTolerance, double valueTolerance)
    {
        double best = _values[_best], worst = best;
        foreach (double v in Values)
            worst = Math.Max(worst, v);
        if (!(worst - best <= valueTolerance * Math.Max(1, Math.Abs(best))))
            return false;
        ReadOnlySpan<double> center = Member(_best);
        double distance = 0, length = 1;
        foreach (double v in center)
            length = Math.Max(length, Math.Abs(v));
        for (int i = 0; i < _count; i++)
        {
            ReadOnlySpan<double> member = Member(i);
            for (int j = 0; j < dimension; j++)
                distance = Math.Max(distance, Math.Abs(member[j] - center[j]));
        }

        return distance <= pointTolerance * length;
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        archive.Transfer<double>(_points);
        archive.Transfer<double>(_values);
        archive.Transfer(ref _count);
        archive.Transfer(ref _best);
    }
}
