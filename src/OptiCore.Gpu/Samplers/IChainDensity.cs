using OptiCore.Numerics;

namespace OptiCore.Gpu;

/// <summary>
/// A log density as a formula, written once for device and processor: a structure without references whose method computes value and gradient at one point.
/// <code>
/// readonly struct StandardNormal(int dimension) : IChainDensity
/// {
///     public int Dimension => dimension;
///
///     public T Evaluate&lt;T, TPoint&gt;(TPoint x) where T : struct, IReal&lt;T&gt; where TPoint : struct, IChainPoint&lt;T&gt;, allows ref struct
///     {
///         T sum = T.Constant(0);
///         for (int i = 0; i &lt; dimension; i++)
///         {
///             sum += x[i] * x[i];
///             x.SetGradient(i, -x[i]);
///         }
///
///         return -0.5 * sum;
///     }
/// }
/// </code>
/// </summary>
/// <remarks>
/// On a device one thread computes one chain, so the formula should be short: some thousand operations. Arithmetic is that of <see cref="IReal{TSelf}"/>, rounded as written and with the library's functions, so that the
/// device's numbers are the processor's, bit for bit. The structure's fields must be numbers; data belongs into an <see cref="IGpuLogDensity"/> of its own.
/// </remarks>
public interface IChainDensity
{
    /// <summary>The number of coordinates.</summary>
    int Dimension { get; }

    /// <summary>The log density at a point, up to a constant; sets every element of the gradient.</summary>
    /// <typeparam name="T">The number.</typeparam>
    /// <typeparam name="TPoint">The point.</typeparam>
    /// <param name="x">The point.</param>
    T Evaluate<T, TPoint>(TPoint x)
        where T : struct, IReal<T>
        where TPoint : struct, IChainPoint<T>, allows ref struct;
}

/// <summary>A point at which an <see cref="IChainDensity"/> is evaluated, and its gradient.</summary>
/// <typeparam name="T">The number.</typeparam>
public interface IChainPoint<T> where T : struct, IReal<T>
{
    /// <summary>A coordinate.</summary>
    /// <param name="index">Its number, from 0.</param>
    T this[int index] { get; }

    /// <summary>Sets an element of the gradient.</summary>
    /// <param name="index">Its number, from 0.</param>
    /// <param name="value">The derivative.</param>
    void SetGradient(int index, T value);
}

/// <summary>A formula as a function of the processor: for the samplers of OptiCore.Samplers, and to check it by finite differences.</summary>
/// <typeparam name="TDensity">The formula.</typeparam>
/// <param name="density">The formula.</param>
public sealed class ChainDensityFunction<TDensity>(TDensity density) : IDifferentiableFunction<double>
    where TDensity : unmanaged, IChainDensity
{
    /// <inheritdoc/>
    public int Dimension => density.Dimension;

    /// <inheritdoc/>
    public double Value(ReadOnlySpan<double> x) => density.Evaluate<Real, Point>(new Point(x, []));

    /// <inheritdoc/>
    public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient) => density.Evaluate<Real, Point>(new Point(x, gradient));

    private readonly ref struct Point(ReadOnlySpan<double> x, Span<double> gradient) : IChainPoint<Real>
    {
        private readonly ReadOnlySpan<double> _x = x;
        private readonly Span<double> _gradient = gradient;

        public Real this[int index] => _x[index];

        public void SetGradient(int index, Real value)
        {
            if (!_gradient.IsEmpty)
                _gradient[index] = value;
        }
    }
}
