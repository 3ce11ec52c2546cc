using System.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Solving;

/// <summary>
/// A configured algorithm that minimises: an immutable, validated record. It holds no run, so that one instance serves many threads.
/// </summary>
/// <typeparam name="T">The element type of points.</typeparam>
/// <typeparam name="TFunction">What the algorithm needs of a problem, for example <see cref="IDifferentiableFunction{T}"/>.</typeparam>
public interface ISolver<T, in TFunction>
    where T : unmanaged, IFloatingPointIeee754<T>
    where TFunction : IProblem<T>
{
    /// <summary>When an iterate is good enough.</summary>
    StoppingRules Stopping { get; }

    /// <summary>Allocates everything that a run needs and asks the first question.</summary>
    /// <param name="shape">The sizes of the problem.</param>
    /// <param name="start">The starting point, n finite elements.</param>
    /// <param name="key">The run's randomness; deterministic algorithms don't look at it.</param>
    SolverState<T> Start(ProblemShape shape, ReadOnlySpan<T> start, RandomKey key);
}

/// <summary>
/// Everything of a run that changes. It asks a question (<see cref="Query"/>), is told the answer (<see cref="Tell"/>) and asks the next.
/// It never evaluates, counts, measures time or decides on limits: the run does.
/// </summary>
/// <typeparam name="T">The element type of points.</typeparam>
/// <param name="query">The buffers for questions and answers.</param>
public abstract class SolverState<T>(Query<T> query) : IPersistent where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The pending question.</summary>
    public Query<T> Query { get; } = query;

    /// <summary>The current iterate: the last point that was committed.</summary>
    public abstract ReadOnlySpan<T> Point { get; }

    /// <summary>The value at <see cref="Point"/>; NaN before the first answer.</summary>
    public abstract double Value { get; }

    /// <summary>
    /// The largest absolute component of the gradient at <see cref="Point"/>, of a constrained problem that of the gradient of the Lagrangian, multipliers of bounds included; NaN where it
    /// isn't known.
    /// </summary>
    public virtual double GradientNorm => double.NaN;

    /// <summary>The change f(previous) - f(current) of the last iteration; NaN where it has no meaning.</summary>
    public virtual double ValueChange => double.NaN;

    /// <summary>The length of the last step relative to the iterate, |step| / max(1, |x|) in the Euclidean norm; NaN where it has no meaning.</summary>
    public virtual double StepNorm => double.NaN;

    /// <summary>The largest violation of a constraint at <see cref="Point"/>; 0 for methods without constraints, NaN before the first answer of those with.</summary>
    public virtual double ConstraintViolation => 0;

    /// <summary>
    /// The multipliers y of the constraints at <see cref="Point"/>, in the sign of the Lagrangian f(x) + sum_i y_i c_i(x): not negative where the upper side is active, not positive where the
    /// lower one is. Empty where the method has none.
    /// </summary>
    public virtual ReadOnlySpan<double> Multipliers => [];

    /// <summary>The multipliers z of the simple bounds at <see cref="Point"/>, with f' + c'^T y + z = 0 at a solution and the signs of <see cref="Multipliers"/>; empty where the method has none.</summary>
    public virtual ReadOnlySpan<double> BoundMultipliers => [];

    /// <summary>
    /// What a point of the answered question counts for, by which the run knows the best one: f there and what the algorithm itself adds to f, as a regularizer does;
    /// infinity for a point that the algorithm asked about but that isn't feasible. Called before <see cref="Tell"/>.
    /// </summary>
    /// <param name="index">The number of the point, from 0.</param>
    public virtual double Objective(int index) => Query.Value(index);

    /// <summary>Absorbs the answer of <see cref="Query"/> and writes the next question into it.</summary>
    /// <returns>Whether an iteration is complete, and whether it was the last.</returns>
    /// <remarks>
    /// A point whose answer isn't finite (<see cref="Query{T}.IsFinite"/>) must never become the iterate: shorten the step, drop the point or fail.
    /// </remarks>
    public abstract Advance Tell();

    /// <summary>Why the run ended, in the algorithm's own words; null where the run's general sentence says it.</summary>
    /// <param name="reason">The reason.</param>
    public virtual string? Describe(StopReason reason) => null;

    /// <inheritdoc/>
    public abstract void Persist(StateArchive archive);
}

/// <summary>What an algorithm says of an answer.</summary>
public readonly record struct Advance
{
    private Advance(bool iterated, StopReason reason)
    {
        IsIteration = iterated;
        Reason = reason;
    }

    /// <summary>The iteration goes on with another question.</summary>
    public static Advance Continue => default;

    /// <summary>An iteration is complete: <see cref="SolverState{T}.Point"/> is the new iterate.</summary>
    public static Advance Iteration => new(true, StopReason.None);

    /// <summary>True when an iteration is complete.</summary>
    public bool IsIteration { get; }

    /// <summary>Why the algorithm can't or needn't go on, or <see cref="StopReason.None"/>.</summary>
    public StopReason Reason { get; }

    /// <summary>The algorithm is done, with success or not.</summary>
    /// <param name="reason">Why.</param>
    /// <param name="iterated">True when the last iteration is complete.</param>
    public static Advance Stop(StopReason reason, bool iterated = false) => new(iterated, reason);
}
