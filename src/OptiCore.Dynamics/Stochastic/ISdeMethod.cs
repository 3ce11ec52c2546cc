namespace OptiCore.Dynamics;

/// <summary>A solver of stochastic differential equations. Its type says which noise it needs; it holds no run.</summary>
/// <typeparam name="TSde">The noise that the solver is made for.</typeparam>
public interface ISdeMethod<in TSde> where TSde : ISde
{
    /// <summary>How steps are chosen.</summary>
    SdeSteps Steps { get; }

    /// <summary>How often the method halves a step when it reads the path: the path's resolution must be finer than the steps by as much.</summary>
    int Refinement => 0;

    /// <summary>Allocates everything that a run needs. Nothing is evaluated yet. The run goes from the path's start to its end; see <see cref="SdeState.ContinueTo"/>.</summary>
    /// <param name="system">The equation.</param>
    /// <param name="path">The Brownian path, of as many dimensions as the equation has noises.</param>
    /// <param name="state">The state at the path's start, n finite elements.</param>
    /// <exception cref="ArgumentException">A length or dimension differs, a number isn't finite, or the equation is written in the other calculus.</exception>
    /// <exception cref="InvalidOperationException">The method has no error estimate and no fixed step is given.</exception>
    SdeState Start(TSde system, BrownianPath path, ReadOnlySpan<double> state);
}
