using OptiCore.Solving;

namespace OptiCore.Dynamics;

/// <summary>Why an integration ended.</summary>
public enum OdeStopReason
{
    /// <summary>It didn't.</summary>
    None = 0,

    /// <summary>Completed: the end of the interval.</summary>
    ReachedEnd = 1,

    /// <summary>Completed: a terminal event happened.</summary>
    TerminalEvent = 2,

    /// <summary>Stopped: <see cref="OdeMethod.MaxSteps"/>.</summary>
    MaxSteps = 100,

    /// <summary>Stopped: cancellation was requested.</summary>
    Cancelled = 101,

    /// <summary>Failed: the derivative isn't finite where the integration starts or goes on after an event's change.</summary>
    NonFiniteStart = 200,

    /// <summary>Failed: states or derivatives weren't finite for every step size down to the spacing of floating-point numbers, or for the fixed step.</summary>
    NonFinite = 201,

    /// <summary>Failed: the tolerance can't be met even with steps of the spacing of floating-point numbers. A singularity, a discontinuity, or too tight a tolerance.</summary>
    StepTooSmall = 202,

    /// <summary>Failed: an implicit method found no solution of a step's equations, for every step size down to the spacing of floating-point numbers, or for the fixed step.</summary>
    NoConvergence = 203,

    /// <summary>Failed: an event that changes the state happens again and again without time going on.</summary>
    EventsAccumulate = 204,
}

/// <summary>What the reasons mean.</summary>
public static class OdeStopReasons
{
    /// <summary>The status that a reason leads to.</summary>
    /// <param name="reason">The reason.</param>
    public static RunStatus Status(this OdeStopReason reason) => (int)reason switch
    {
        0 => RunStatus.Running,
        < 100 => RunStatus.Completed,
        < 200 => RunStatus.Stopped,
        _ => RunStatus.Failed,
    };
}
