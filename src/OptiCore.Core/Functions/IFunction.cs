using System.Numerics;

namespace OptiCore;

/// <summary>Anything that is defined on points of R^n.</summary>
/// <typeparam name="T">The element type of points: <see cref="double"/> or <see cref="float"/>.</typeparam>
public interface IProblem<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The number n of variables; 0 for a function that takes points of any length, where the starting point decides.</summary>
    int Dimension { get; }
}

/// <summary>
/// A real function f on R^n: an objective to minimise, or a log density to sample from. The value is a <see cref="double"/> for either
/// element type, so that sums over many single-precision terms keep their digits.
/// </summary>
/// <typeparam name="T">The element type of points.</typeparam>
/// <remarks>
/// A value of NaN or infinity says "not defined here": an optimizer rejects the point, a sampler treats it as zero density.
/// An exception ends the run and reaches the caller as it was thrown.
/// </remarks>
public interface IFunction<T> : IProblem<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Computes f(x).</summary>
    /// <param name="x">The point, n elements.</param>
    double Value(ReadOnlySpan<T> x);
}

/// <summary>A function with its gradient.</summary>
/// <typeparam name="T">The element type of points.</typeparam>
public interface IDifferentiableFunction<T> : IFunction<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Computes f(x) and writes the gradient: gradient[i] = df/dx[i].</summary>
    /// <param name="x">The point, n elements.</param>
    /// <param name="gradient">Receives n elements; every one is written.</param>
    double ValueAndGradient(ReadOnlySpan<T> x, Span<T> gradient);
}

/// <summary>A function with products of its Hessian and a vector.</summary>
/// <typeparam name="T">The element type of points.</typeparam>
public interface ITwiceDifferentiableFunction<T> : IDifferentiableFunction<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Writes the product H(x) v of the Hessian at <paramref name="x"/> and a vector.</summary>
    /// <param name="x">The point, n elements.</param>
    /// <param name="v">The vector, n elements.</param>
    /// <param name="product">Receives n elements.</param>
    void HessianProduct(ReadOnlySpan<T> x, ReadOnlySpan<T> v, Span<T> product);
}

/// <summary>A function that evaluates many points in one call, faster than one by one.</summary>
/// <typeparam name="T">The element type of points.</typeparam>
public interface IBatchFunction<T> : IFunction<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Computes the values of several points.</summary>
    /// <param name="points">values.Length points of n elements each, one after the other.</param>
    /// <param name="values">Receives one value a point.</param>
    void Values(ReadOnlySpan<T> points, Span<double> values);
}

/// <summary>
/// The mean of many terms, f(x) = (1/m) sum_i f_i(x), of which a subset (a mini-batch) can be evaluated alone.
/// </summary>
/// <typeparam name="T">The element type of points.</typeparam>
public interface IFiniteSumFunction<T> : IDifferentiableFunction<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The number m of terms.</summary>
    int TermCount { get; }

    /// <summary>Computes the mean of the chosen terms and the mean of their gradients.</summary>
    /// <param name="x">The point, n elements.</param>
    /// <param name="terms">Indices of terms, each from 0 to m - 1; may repeat.</param>
    /// <param name="gradient">Receives n elements.</param>
    double ValueAndGradient(ReadOnlySpan<T> x, ReadOnlySpan<int> terms, Span<T> gradient);
}

/// <summary>A residual vector r: R^n -> R^m, whose half sum of squares f(x) = 1/2 |r(x)|^2 is to be minimised.</summary>
/// <typeparam name="T">The element type of points and residuals.</typeparam>
public interface IResidualFunction<T> : IProblem<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>The number m of residuals.</summary>
    int ResidualCount { get; }

    /// <summary>Writes the residuals at <paramref name="x"/>.</summary>
    /// <param name="x">The point, n elements.</param>
    /// <param name="residuals">Receives m elements.</param>
    void Residuals(ReadOnlySpan<T> x, Span<T> residuals);
}

/// <summary>A residual vector with its Jacobian.</summary>
/// <typeparam name="T">The element type of points and residuals.</typeparam>
public interface IDifferentiableResidualFunction<T> : IResidualFunction<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    /// <summary>Writes the residuals and the Jacobian at <paramref name="x"/>.</summary>
    /// <param name="x">The point, n elements.</param>
    /// <param name="residuals">Receives m elements.</param>
    /// <param name="jacobian">Receives the m x n matrix dr[i]/dx[j], row-major.</param>
    void ResidualsAndJacobian(ReadOnlySpan<T> x, Span<T> residuals, Span<T> jacobian);
}
