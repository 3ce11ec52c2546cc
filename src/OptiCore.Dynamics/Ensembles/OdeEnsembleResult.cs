using OptiCore.Solving;

namespace OptiCore.Dynamics;

/// <summary>What came out of the integrations of an ensemble, each as if it had run alone.</summary>
public sealed class OdeEnsembleResult
{
    private readonly OdeStopReason[] _reasons;
    private readonly long[] _accepted;
    private readonly long[] _rejected;

    internal OdeEnsembleResult(int count, int dimension, ReadOnlySpan<double> times)
    {
        Count = count;
        Dimension = dimension;
        Times = times.ToArray();
        FinalTimes = new double[count];
        FinalStates = new double[checked(count * dimension)];
        SavedCounts = new int[count];
        States = new double[checked(count * times.Length * dimension)];
        _reasons = new OdeStopReason[count];
        _accepted = new long[count];
        _rejected = new long[count];
    }

    /// <summary>The number of trajectories.</summary>
    public int Count { get; }

    /// <summary>The number n of state variables.</summary>
    public int Dimension { get; }

    /// <summary>The times that were asked for, m elements.</summary>
    public double[] Times { get; }

    /// <summary>The last time that each trajectory reached.</summary>
    public double[] FinalTimes { get; }

    /// <summary>The state of each trajectory there, count x n, row-major; always finite.</summary>
    public double[] FinalStates { get; }

    /// <summary>The states at <see cref="Times"/>, count x m x n, row-major; 0 behind the last time that a trajectory reached.</summary>
    public double[] States { get; }

    /// <summary>How many of <see cref="Times"/> each trajectory reached.</summary>
    public int[] SavedCounts { get; }

    /// <summary>The state of a trajectory where it ended, n elements.</summary>
    /// <param name="trajectory">The number of the trajectory, from 0.</param>
    public ReadOnlySpan<double> FinalState(int trajectory) => FinalStates.AsSpan(trajectory * Dimension, Dimension);

    /// <summary>The state of a trajectory at one of <see cref="Times"/>, n elements.</summary>
    /// <param name="trajectory">The number of the trajectory, from 0.</param>
    /// <param name="time">The number of the time, from 0.</param>
    public ReadOnlySpan<double> State(int trajectory, int time) => States.AsSpan(((trajectory * Times.Length) + time) * Dimension, Dimension);

    /// <summary>Why a trajectory ended.</summary>
    /// <param name="trajectory">The number of the trajectory, from 0.</param>
    public OdeStopReason Reason(int trajectory) => _reasons[trajectory];

    /// <summary>The steps of a trajectory, accepted and rejected.</summary>
    /// <param name="trajectory">The number of the trajectory, from 0.</param>
    public (long Accepted, long Rejected) Steps(int trajectory) => (_accepted[trajectory], _rejected[trajectory]);

    /// <summary>This result if every trajectory reached the end.</summary>
    /// <exception cref="SolverException">One didn't; the message names the first and says why.</exception>
    public OdeEnsembleResult EnsureCompleted()
    {
        for (int i = 0; i < Count; i++)
        {
            if (_reasons[i].Status() != RunStatus.Completed)
                throw new SolverException(FormattableString.Invariant($"Trajectory {i} ended at t = {FinalTimes[i]}: {_reasons[i]}."));
        }

        return this;
    }

    internal void Finish(int trajectory, OdeStopReason reason, double time, long accepted, long rejected)
    {
        _reasons[trajectory] = reason;
        FinalTimes[trajectory] = time;
        _accepted[trajectory] = accepted;
        _rejected[trajectory] = rejected;
    }
}
