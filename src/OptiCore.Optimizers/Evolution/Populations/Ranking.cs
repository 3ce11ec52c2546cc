using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>The order of the points of a question by their values: the smallest first, equal ones as they were asked, those that aren't finite last.</summary>
internal sealed class Ranking
{
    private readonly double[] _values;
    private readonly int[] _order;
    private readonly Comparison<int> _compare;

    /// <summary>Allocates for questions of up to so many points.</summary>
    public Ranking(int capacity)
    {
        _values = new double[capacity];
        _order = new int[capacity];
        _compare = Compare;
    }

    /// <summary>The number of the finite values.</summary>
    public int FiniteCount { get; private set; }

    /// <summary>The numbers of the points, the best first.</summary>
    public ReadOnlySpan<int> Order => _order.AsSpan(0, Count);

    /// <summary>The number of ranked points.</summary>
    public int Count { get; private set; }

    /// <summary>The value of the point of a rank, infinite where it wasn't finite.</summary>
    public double Value(int rank) => _values[_order[rank]];

    /// <summary>Ranks the answers of a question.</summary>
    /// <param name="query">The question.</param>
    public void Rank(Query<double> query)
    {
        Count = query.Count;
        FiniteCount = 0;
        for (int i = 0; i < Count; i++)
        {
            bool finite = query.IsFinite(i);
            FiniteCount += finite ? 1 : 0;
            _values[i] = finite ? query.Value(i) : double.PositiveInfinity;
        }

        Sort();
    }

    /// <summary>Ranks values; infinite ones were not defined.</summary>
    public void Rank(ReadOnlySpan<double> values)
    {
        Count = values.Length;
        FiniteCount = 0;
        for (int i = 0; i < Count; i++)
        {
            _values[i] = values[i];
            FiniteCount += double.IsFinite(values[i]) ? 1 : 0;
        }

        Sort();
    }

    private void Sort()
    {
        for (int i = 0; i < Count; i++)
            _order[i] = i;
        _order.AsSpan(0, Count).Sort(_compare);
    }

    private int Compare(int i, int j)
    {
        int order = _values[i].CompareTo(_values[j]);
        return order != 0 ? order : i.CompareTo(j);
    }
}
