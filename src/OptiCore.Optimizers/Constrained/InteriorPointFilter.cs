using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>The pairs of violation and barrier value that a trial must not be dominated by. Of fixed size: when it is full, the pair of the largest violation makes room.</summary>
internal sealed class InteriorPointFilter : IPersistent
{
    private const int Capacity = 256;

    private readonly double[] _violations = new double[Capacity], _values = new double[Capacity];
    private int _count;

    /// <summary>The violation above which no trial is accepted.</summary>
    public double Ceiling { get; set; } = double.PositiveInfinity;

    public void Clear() => _count = 0;

    public bool Accepts(double violation, double value, double noise)
    {
        if (!(violation <= Ceiling))
            return false;
        for (int k = 0; k < _count; k++)
        {
            if (violation >= _violations[k] && value >= _values[k] + noise)
                return false;
        }

        return true;
    }

    public void Add(double violation, double value)
    {
        int kept = 0;
        for (int k = 0; k < _count; k++)
        {
            if (_violations[k] >= violation && _values[k] >= value)
                continue;
            (_violations[kept], _values[kept]) = (_violations[k], _values[k]);
            kept++;
        }

        if (kept == Capacity)
        {
            int worst = 0;
            for (int k = 1; k < kept; k++)
                worst = _violations[k] > _violations[worst] ? k : worst;
            kept--;
            (_violations[worst], _values[worst]) = (_violations[kept], _values[kept]);
        }

        (_violations[kept], _values[kept]) = (violation, value);
        _count = kept + 1;
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer<double>(_violations);
        archive.Transfer<double>(_values);
        archive.Transfer(ref _count);
        double ceiling = Ceiling;
        archive.Transfer(ref ceiling);
        Ceiling = ceiling;
    }
}
