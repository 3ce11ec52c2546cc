namespace OptiCore.Optimizers;

/// <summary>
/// A closed convex function g: R^n -> (-inf, inf] whose proximal operator is cheap: the part of an objective f + g that a splitting method doesn't differentiate. The table of them is
/// <see cref="Prox"/>; other functions are added by implementing this interface.
/// </summary>
/// <remarks>
/// An instance is immutable, so that runs on several threads may share it; what changes is in the workspace. Nothing is allocated once the workspace has served a call of the same
/// size.
/// </remarks>
public interface IProximable
{
    /// <summary>The number n of variables; 0 for a function of any number.</summary>
    int Dimension { get; }

    /// <summary>Computes g(x); positive infinity outside the domain.</summary>
    /// <param name="x">The point, n elements.</param>
    /// <param name="work">Scratch memory.</param>
    double Value(ReadOnlySpan<double> x, ProximalWorkspace work);

    /// <summary>Writes the proximal operator prox_{t g}(x) = argmin_u g(u) + |u - x|^2 / (2 t).</summary>
    /// <param name="x">The point, n finite elements.</param>
    /// <param name="step">The step t, positive.</param>
    /// <param name="result">Receives n elements; may be <paramref name="x"/> itself.</param>
    /// <param name="work">Scratch memory.</param>
    void Apply(ReadOnlySpan<double> x, double step, Span<double> result, ProximalWorkspace work);
}
