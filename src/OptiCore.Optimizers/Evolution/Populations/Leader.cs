using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Optimizers;

/// <summary>
/// The iterate of a method that samples: the best point of the last generation that had a finite value. Also says when too many generations in a row had none.
/// </summary>
/// <param name="start">The starting point, which stands until there is a value.</param>
internal sealed class Leader(ReadOnlySpan<double> start) : IPersistent
{
    /// <summary>How many generations without a finite value end a run. A choice: another sample of the same distribution may still find one, but not for ever.</summary>
    private const int Patience = 10;

    private readonly double[] _point = start.ToArray();
    private double _value = double.NaN, _change = double.NaN;
    private int _lost;

    /// <summary>The point.</summary>
    public ReadOnlySpan<double> Point => _point;

    /// <summary>Its value; NaN before there is one.</summary>
    public double Value => _value;

    /// <summary>The value before, minus this value.</summary>
    public double Change => _change;

    /// <summary>Takes the best of a ranked generation.</summary>
    /// <param name="query">The answered question.</param>
    /// <param name="ranking">Its ranking.</param>
    /// <returns>True when there was a finite value; otherwise nothing is to be learnt from the generation but <see cref="Lost"/>.</returns>
    public bool Follow(Query<double> query, Ranking ranking)
    {
        if (ranking.FiniteCount == 0)
            return false;
        int best = ranking.Order[0];
        Follow(query.Point(best), query.Value(best));
        return true;
    }

    /// <summary>Takes a point with a finite value.</summary>
    public void Follow(ReadOnlySpan<double> point, double value)
    {
        _lost = 0;
        point.CopyTo(_point);
        _change = _value - value;
        _value = value;
    }

    /// <summary>What follows from a generation without a finite value: another try, or the end.</summary>
    public Advance Lost()
    {
        if (double.IsNaN(_value))
            return Advance.Stop(StopReason.NonFiniteStart);
        return ++_lost >= Patience ? Advance.Stop(StopReason.NonFinite) : Advance.Continue;
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        archive.Transfer<double>(_point);
        archive.Transfer(ref _value);
        archive.Transfer(ref _change);
        archive.Transfer(ref _lost);
    }
}
