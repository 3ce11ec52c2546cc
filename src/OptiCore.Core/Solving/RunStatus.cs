namespace OptiCore.Solving;

/// <summary>
/// The outcome in one word of a run that arrives or doesn't: an integration, a number of draws, a simulation, a training. A minimisation, which has
/// something to converge to, has <see cref="SolverStatus"/>.
/// </summary>
public enum RunStatus
{
    /// <summary>The run isn't over.</summary>
    Running,

    /// <summary>Everything that was asked for is done.</summary>
    Completed,

    /// <summary>A limit or the caller ended the run; what was reached is kept, and it can be continued.</summary>
    Stopped,

    /// <summary>The run can't go on; what was reached is kept.</summary>
    Failed,
}
