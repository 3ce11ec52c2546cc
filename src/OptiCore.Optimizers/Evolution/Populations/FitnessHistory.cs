using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// What the values of past generations say about the end of a run: N. Hansen's criteria TolFun, TolFunHist, EqualFunValues and Stagnation, which depend on neither the
/// distribution nor the units of the variables.
/// </summary>
/// <remarks>N. Hansen (2016), The CMA evolution strategy: a tutorial, appendix B.3.</remarks>
internal sealed class FitnessHistory : IPersistent
{
    private const int LongestWindow = 20_000;

    private readonly int _short, _shortest;
    private readonly double[] _recent, _best, _median, _sorted;
    private long _generations;

    /// <summary>Allocates for a run.</summary>
    /// <param name="dimension">The number n of variables.</param>
    /// <param name="population">The points of a generation.</param>
    public FitnessHistory(int dimension, int population)
    {
        _short = 10 + (int)Math.Ceiling(30.0 * dimension / population);
        _shortest = 120 + (int)Math.Ceiling(30.0 * dimension / population);
        int window = Math.Max(_shortest, LongestWindow);
        _recent = new double[_short];
        _best = new double[window];
        _median = new double[window];
        _sorted = new double[(3 * window / 10) + 1];
    }

    /// <summary>Remembers a generation and says which criterion holds.</summary>
    /// <param name="ranking">The ranked values; the best is finite.</param>
    /// <param name="tolerance">The range of values that counts as none; 0 switches TolFun and TolFunHist off.</param>
    public EvolutionStop Record(Ranking ranking, double tolerance)
    {
        double best = ranking.Value(0), median = ranking.Value(ranking.Count / 2), worst = ranking.Value(ranking.Count - 1);
        _recent[_generations % _short] = best;
        _best[_generations % _best.Length] = best;
        _median[_generations % _median.Length] = median;
        _generations++;
        if (_generations >= _short)
        {
            double low = double.PositiveInfinity, high = double.NegativeInfinity;
            foreach (double v in _recent)
            {
                low = Math.Min(low, v);
                high = Math.Max(high, v);
            }

            if (high == low)
                return EvolutionStop.EqualFunValues;
            if (Math.Max(high, worst) - Math.Min(low, best) < tolerance)
                return EvolutionStop.TolFun;
            if (high - low < tolerance)
                return EvolutionStop.TolFunHist;
        }

        return IsStagnant() ? EvolutionStop.Stagnation : EvolutionStop.None;
    }

    /// <summary>No median of the newest 30 % is below that of the oldest 30 % of the window, of neither the best values nor the medians.</summary>
    private bool IsStagnant()
    {
        int window = (int)Math.Min(Math.Max(0.2 * _generations, _shortest), _best.Length);

        // Sorting costs more than a generation, and nothing is lost by a few generations more.
        if (_generations < Math.Max(_shortest, window) || _generations % Math.Max(1, window / 20) != 0)
            return false;
        int part = Math.Max(1, 3 * window / 10);
        return Median(_best, 0, part) >= Median(_best, window - part, part) && Median(_median, 0, part) >= Median(_median, window - part, part);
    }

    /// <summary>The median of values of some age.</summary>
    private double Median(double[] values, int age, int count)
    {
        Span<double> sorted = _sorted.AsSpan(0, count);
        for (int i = 0; i < count; i++)
            sorted[i] = values[(_generations - 1 - age - i) % values.Length];
        sorted.Sort();
        return sorted[count / 2];
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        archive.Transfer(ref _generations);
        archive.Transfer<double>(_recent);

        // Only what was written: a short run has a short checkpoint.
        int used = (int)Math.Min(_generations, _best.Length);
        archive.Transfer<double>(_best.AsSpan(0, used));
        archive.Transfer<double>(_median.AsSpan(0, used));
    }
}
