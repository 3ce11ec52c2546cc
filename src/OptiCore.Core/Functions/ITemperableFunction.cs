using System.Numerics;

namespace OptiCore;

/// <summary>
/// A log density in two parts, f(x) = r(x) + l(x): a reference r that is easy to sample, such as a prior, and the rest l, such as a log likelihood. Methods that go from the one to the other
/// along r + beta l, with beta from 0 to 1 (parallel tempering, annealed importance sampling, sequential Monte Carlo), then also find the evidence, the integral of exp(r + l) over that of exp(r).
/// </summary>
/// <typeparam name="T">The element type of points.</typeparam>
/// <remarks>
/// Its <see cref="IFunction{T}.Value"/> is the sum of both parts. In unconstrained coordinates the logarithm of the Jacobian belongs to the reference, which must be a density of finite integral.
/// </remarks>
public interface ITemperableFunction<T> : IFunction<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Computes both parts.</summary>
    /// <param name="x">The point, n elements.</param>
    /// <param name="likelihood">Receives l(x).</param>
    /// <returns>r(x).</returns>
    double Parts(ReadOnlySpan<T> x, out double likelihood);
}

/// <summary>A log density in two parts, with the gradients of both.</summary>
/// <typeparam name="T">The element type of points.</typeparam>
public interface IDifferentiableTemperableFunction<T> : ITemperableFunction<T>, IDifferentiableFunction<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Computes both parts and writes their gradients.</summary>
    /// <param name="x">The point, n elements.</param>
    /// <param name="likelihood">Receives l(x).</param>
    /// <param name="referenceGradient">Receives dr/dx, n elements.</param>
    /// <param name="likelihoodGradient">Receives dl/dx, n elements.</param>
    /// <returns>r(x).</returns>
    double PartsAndGradients(ReadOnlySpan<T> x, out double likelihood, Span<T> referenceGradient, Span<T> likelihoodGradient);
}
