namespace OptiCore.Solving;

/// <summary>The outcome of a run in one word.</summary>
public enum SolverStatus
{
    /// <summary>The run isn't over.</summary>
    Running,

    /// <summary>A convergence criterion holds.</summary>
    Converged,

    /// <summary>A limit or the caller ended the run; it can be continued.</summary>
    Stopped,

    /// <summary>The algorithm can't go on. The best point so far is kept.</summary>
    Failed,
}

/// <summary>Why a run ended.</summary>
public enum StopReason
{
    /// <summary>It didn't.</summary>
    None = 0,

    /// <summary>Converged: the largest gradient component is within <see cref="StoppingRules.GradientTolerance"/>.</summary>
    GradientTolerance = 1,

    /// <summary>Converged: an iteration changed the value by no more than <see cref="StoppingRules.ValueTolerance"/>.</summary>
    ValueTolerance = 2,

    /// <summary>Converged: a step was no longer than <see cref="StoppingRules.StepTolerance"/>.</summary>
    StepTolerance = 3,

    /// <summary>Converged: the value reached <see cref="RunOptions.TargetValue"/>.</summary>
    TargetReached = 4,

    /// <summary>Converged: the optimality conditions of a constrained problem (stationarity of the Lagrangian, feasibility, complementarity) hold within the algorithm's tolerance.</summary>
    OptimalityTolerance = 5,

    /// <summary>Stopped: <see cref="RunOptions.MaxIterations"/>.</summary>
    MaxIterations = 100,

    /// <summary>Stopped: <see cref="RunOptions.MaxEvaluations"/>; the next question would have exceeded it.</summary>
    MaxEvaluations = 101,

    /// <summary>Stopped: <see cref="RunOptions.MaxTime"/>.</summary>
    MaxTime = 102,

    /// <summary>Stopped: cancellation was requested.</summary>
    Cancelled = 103,

    /// <summary>Failed: value or derivatives are not finite at the starting point.</summary>
    NonFiniteStart = 200,

    /// <summary>Failed: value or derivatives were not finite at every point that was tried.</summary>
    NonFinite = 201,

    /// <summary>Failed: the line search found no acceptable step.</summary>
    LineSearchFailed = 202,

    /// <summary>Failed: no further progress is possible in this precision, and no convergence criterion holds.</summary>
    NoProgress = 203,

    /// <summary>Failed: the user's function threw and <see cref="RunOptions.CatchExceptions"/> is set.</summary>
    FunctionThrew = 204,

    /// <summary>Failed: the value falls without bound.</summary>
    Unbounded = 205,

    /// <summary>Failed: the constraints can't be satisfied; of nonlinear ones, not near the point that was reached.</summary>
    Infeasible = 206,
}

/// <summary>What the reasons mean.</summary>
public static class StopReasons
{
    /// <summary>The status that a reason leads to.</summary>
    /// <param name="reason">The reason.</param>
    public static SolverStatus Status(this StopReason reason) => (int)reason switch
    {
        0 => SolverStatus.Running,
        < 100 => SolverStatus.Converged,
        < 200 => SolverStatus.Stopped,
        _ => SolverStatus.Failed,
    };
}
