using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>
/// How much each pair of an episode still takes part in what is learnt: one sparse vector over pairs for each environment. A trace holds the learning rate of its visit, so that rates may differ between visits.
/// </summary>
/// <param name="environments">The number of environments.</param>
/// <param name="pairs">The number of pairs.</param>
internal sealed class EligibilityTraces(int environments, int pairs) : IPersistent
{
    // Nothing that a table of values can resolve is lost: traces begin at a learning rate of at most 1.
    private const double Negligible = 1e-18;

    private readonly double[] _traces = new double[checked(environments * pairs)];
    private readonly int[] _active = new int[environments * pairs];
    private readonly int[] _lengths = new int[environments];

    public double this[int environment, int pair] => _traces[(environment * pairs) + pair];

    /// <summary>Multiplies all traces of an environment.</summary>
    public void Decay(int environment, double factor)
    {
        Span<double> traces = _traces.AsSpan(environment * pairs, pairs);
        Span<int> active = _active.AsSpan(environment * pairs, pairs);
        int kept = 0;
        for (int k = 0; k < _lengths[environment]; k++)
        {
            ref double trace = ref traces[active[k]];
            trace *= factor;
            if (Math.Abs(trace) < Negligible)
                trace = 0;
            else
                active[kept++] = active[k];
        }

        _lengths[environment] = kept;
    }

    /// <summary>Replaces one trace by a positive one.</summary>
    public void Set(int environment, int pair, double value)
    {
        ref double trace = ref _traces[(environment * pairs) + pair];
        if (trace == 0)
            _active[(environment * pairs) + _lengths[environment]++] = pair;
        trace = value;
    }

    public void Clear(int environment) => Decay(environment, 0);

    /// <summary>values += error traces.</summary>
    public void Apply(int environment, double error, Span<double> values)
    {
        ReadOnlySpan<double> traces = _traces.AsSpan(environment * pairs, pairs);
        foreach (int pair in _active.AsSpan(environment * pairs, _lengths[environment]))
            values[pair] += error * traces[pair];
    }

    public void Persist(StateArchive archive)
    {
        archive.Transfer<double>(_traces);
        archive.Transfer<int>(_active);
        archive.Transfer<int>(_lengths);
    }
}
