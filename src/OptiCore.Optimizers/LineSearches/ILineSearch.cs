using OptiCore.Persistence;

namespace OptiCore.Optimizers;

/// <summary>
/// A configured line search: looks along a descent direction d for a step t &gt; 0 that makes f(x + t d) small enough and not too short.
/// An immutable, validated record, part of the options of the methods that use one.
/// </summary>
public interface ILineSearch
{
    /// <summary>Allocates what one run needs; used for all of its searches, one after the other.</summary>
    LineSearchState Start();
}

/// <summary>What a line search says of an answer.</summary>
public enum LineSearchOutcome
{
    /// <summary><see cref="LineSearchState.Step"/> is the next step to evaluate.</summary>
    Continue = 0,

    /// <summary>The step that was just evaluated is accepted.</summary>
    Accepted = 1,

    /// <summary>No acceptable step was found.</summary>
    Failed = 2,
}

/// <summary>
/// One search on phi(t) = f(x + t d), in reverse communication: it names a step, is told phi and phi' there and names the next. So that a search can be
/// saved in its middle, and evaluated by whoever drives the run.
/// </summary>
public abstract class LineSearchState : IPersistent
{
    /// <summary>The step to evaluate, and after acceptance the accepted one.</summary>
    public double Step { get; protected set; }

    /// <summary>Begins a search; <see cref="Step"/> is the first step.</summary>
    /// <param name="value">phi(0), finite.</param>
    /// <param name="slope">phi'(0), negative.</param>
    /// <param name="step">The first step to try, positive.</param>
    /// <param name="maximumStep">The longest step that may be tried, at least <paramref name="step"/>.</param>
    public abstract void Begin(double value, double slope, double step, double maximumStep);

    /// <summary>Absorbs phi and phi' at <see cref="Step"/>.</summary>
    /// <param name="value">phi(t); NaN where value or gradient isn't finite.</param>
    /// <param name="slope">phi'(t).</param>
    public abstract LineSearchOutcome Tell(double value, double slope);

    /// <inheritdoc/>
    public abstract void Persist(StateArchive archive);
}
