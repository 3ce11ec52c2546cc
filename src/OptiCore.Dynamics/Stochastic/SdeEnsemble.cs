using OptiCore.Solving;

namespace OptiCore.Dynamics;

/// <summary>The solutions of a stochastic differential equation along many paths, at the same times.</summary>
public sealed class SdeEnsemble
{
    private readonly double[] _times;
    private readonly double[] _states;
    private readonly OdeStopReason[] _reasons;

    internal SdeEnsemble(int dimension, double[] times, double[] states, OdeStopReason[] reasons)
    {
        Dimension = dimension;
        _times = times;
        _states = states;
        _reasons = reasons;
    }

    /// <summary>The number n of state variables.</summary>
    public int Dimension { get; }

    /// <summary>The number of paths.</summary>
    public int Paths => _reasons.Length;

    /// <summary>The saved times.</summary>
    public ReadOnlySpan<double> Times => _times;

    /// <summary>All states, paths x times x n, row-major; NaN behind the time where a path failed.</summary>
    public ReadOnlySpan<double> States => _states;

    /// <summary>Why each path ended.</summary>
    public ReadOnlySpan<OdeStopReason> Reasons => _reasons;

    /// <summary>The number of paths that reached the last time.</summary>
    public int Completed
    {
        get
        {
            int count = 0;
            foreach (OdeStopReason reason in _reasons)
                count += reason.Status() == RunStatus.Completed ? 1 : 0;
            return count;
        }
    }

    /// <summary>The state of a path at a time, n elements.</summary>
    /// <param name="path">The number of the path, from 0.</param>
    /// <param name="time">The number of the time, from 0.</param>
    public ReadOnlySpan<double> State(int path, int time) => _states.AsSpan(((path * _times.Length) + time) * Dimension, Dimension);

    /// <summary>Mean and unbiased variance of a component at a time over the paths that were completed; NaN where there are too few.</summary>
    /// <param name="time">The number of the time, from 0.</param>
    /// <param name="component">The component, from 0.</param>
    /// <remarks>Two passes, in the order of paths.</remarks>
    public (double Mean, double Variance) Moments(int time, int component)
    {
        int count = 0;
        double sum = 0, squares = 0;
        for (int p = 0; p < Paths; p++)
        {
            if (_reasons[p].Status() != RunStatus.Completed)
                continue;
            sum += State(p, time)[component];
            count++;
        }

        double mean = count > 0 ? sum / count : double.NaN;
        for (int p = 0; p < Paths; p++)
        {
            if (_reasons[p].Status() != RunStatus.Completed)
                continue;
            double deviation = State(p, time)[component] - mean;
            squares += deviation * deviation;
        }

        return (mean, count > 1 ? squares / (count - 1) : double.NaN);
    }
}
