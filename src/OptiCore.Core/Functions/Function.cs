using System.Buffers;
using System.Numerics;

namespace OptiCore;

/// <summary>Computes a value at a point of doubles.</summary>
/// <param name="x">The point.</param>
public delegate double ValueDelegate(ReadOnlySpan<double> x);

/// <summary>Computes a value at a point and writes the gradient.</summary>
/// <typeparam name="T">The element type of points.</typeparam>
/// <param name="x">The point.</param>
/// <param name="gradient">Receives df/dx[i]; every element is written.</param>
public delegate double GradientDelegate<T>(ReadOnlySpan<T> x, Span<T> gradient) where T : unmanaged, IFloatingPointIeee754<T>;

/// <summary>Writes the residuals at a point of doubles.</summary>
/// <param name="x">The point.</param>
/// <param name="residuals">Receives the residuals; every element is written.</param>
public delegate void ResidualDelegate(ReadOnlySpan<double> x, Span<double> residuals);

/// <summary>Writes residuals and Jacobian at a point of doubles.</summary>
/// <param name="x">The point.</param>
/// <param name="residuals">Receives the residuals.</param>
/// <param name="jacobian">Receives dr[i]/dx[j], row-major.</param>
public delegate void JacobianDelegate(ReadOnlySpan<double> x, Span<double> residuals, Span<double> jacobian);

/// <summary>
/// Makes functions of delegates and adds the capabilities that they lack, each by name: nothing is added silently.
/// </summary>
public static partial class Function
{
    /// <summary>A black box of any number of variables: only values. The starting point decides how many variables there are.</summary>
    /// <param name="value">Computes f(x).</param>
    public static IFunction<double> BlackBox(ValueDelegate value) => new ValueFunction(0, value);

    /// <summary>A function of any number of variables whose gradient is written by hand. The starting point decides how many there are.</summary>
    /// <typeparam name="T">The element type of points.</typeparam>
    /// <param name="valueAndGradient">Computes f(x) and writes the gradient.</param>
    public static IDifferentiableFunction<T> WithGradient<T>(GradientDelegate<T> valueAndGradient)
        where T : unmanaged, IFloatingPointIeee754<T> => new GradientFunction<T>(0, valueAndGradient);

    /// <summary>A black box: only values. For algorithms without derivatives, or to be completed by an adapter.</summary>
    /// <param name="dimension">The number n of variables.</param>
    /// <param name="value">Computes f(x).</param>
    public static IFunction<double> BlackBox(int dimension, ValueDelegate value) => new ValueFunction(Require.Positive(dimension, nameof(dimension)), value);

    /// <summary>A function whose gradient is written by hand.</summary>
    /// <typeparam name="T">The element type of points.</typeparam>
    /// <param name="dimension">The number n of variables.</param>
    /// <param name="valueAndGradient">Computes f(x) and writes the gradient.</param>
    public static IDifferentiableFunction<T> WithGradient<T>(int dimension, GradientDelegate<T> valueAndGradient)
        where T : unmanaged, IFloatingPointIeee754<T> => new GradientFunction<T>(Require.Positive(dimension, nameof(dimension)), valueAndGradient);

    /// <summary>Residuals without derivatives; to be completed by an adapter.</summary>
    /// <param name="dimension">The number n of variables.</param>
    /// <param name="count">The number m of residuals.</param>
    /// <param name="residuals">Writes r(x).</param>
    public static IResidualFunction<double> BlackBoxResiduals(int dimension, int count, ResidualDelegate residuals) =>
        new PlainResidualFunction(dimension, count, residuals);

    /// <summary>Residuals whose Jacobian is written by hand.</summary>
    /// <param name="dimension">The number n of variables.</param>
    /// <param name="count">The number m of residuals.</param>
    /// <param name="residuals">Writes r(x).</param>
    /// <param name="residualsAndJacobian">Writes r(x) and its Jacobian.</param>
    public static IDifferentiableResidualFunction<double> WithJacobian(int dimension, int count, ResidualDelegate residuals, JacobianDelegate residualsAndJacobian) =>
        new JacobianResidualFunction(dimension, count, residuals, residualsAndJacobian);

    /// <summary>Checks the length of a point, where the function prescribes one.</summary>
    internal static void CheckPoint(int length, int dimension)
    {
        if (dimension != 0)
            Require.Length(length, dimension, "x");
    }

    private sealed class ValueFunction(int dimension, ValueDelegate value) : IFunction<double>
    {
        private readonly ValueDelegate _value = Require.NotNull(value);

        public int Dimension { get; } = dimension;

        public double Value(ReadOnlySpan<double> x) => _value(x);
    }

    private sealed class GradientFunction<T>(int dimension, GradientDelegate<T> function) : IDifferentiableFunction<T>
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly GradientDelegate<T> _function = Require.NotNull(function);

        public int Dimension { get; } = dimension;

        public double Value(ReadOnlySpan<T> x)
        {
            T[] gradient = ArrayPool<T>.Shared.Rent(x.Length);
            double value = _function(x, gradient.AsSpan(0, x.Length));
            ArrayPool<T>.Shared.Return(gradient);
            return value;
        }

        public double ValueAndGradient(ReadOnlySpan<T> x, Span<T> gradient) => _function(x, gradient);
    }

    private sealed class PlainResidualFunction(int dimension, int count, ResidualDelegate residuals) : IResidualFunction<double>
    {
        private readonly ResidualDelegate _residuals = Require.NotNull(residuals);

        public int Dimension { get; } = Require.Positive(dimension, nameof(dimension));

        public int ResidualCount { get; } = Require.Positive(count, nameof(count));

        public void Residuals(ReadOnlySpan<double> x, Span<double> residuals) => _residuals(x, residuals);
    }

    private sealed class JacobianResidualFunction(int dimension, int count, ResidualDelegate residuals, JacobianDelegate jacobian)
        : IDifferentiableResidualFunction<double>
    {
        private readonly ResidualDelegate _residuals = Require.NotNull(residuals);
        private readonly JacobianDelegate _jacobian = Require.NotNull(jacobian);

        public int Dimension { get; } = Require.Positive(dimension, nameof(dimension));

        public int ResidualCount { get; } = Require.Positive(count, nameof(count));

        public void Residuals(ReadOnlySpan<double> x, Span<double> residuals) => _residuals(x, residuals);

        public void ResidualsAndJacobian(ReadOnlySpan<double> x, Span<double> residuals, Span<double> jacobian) => _jacobian(x, residuals, jacobian);
    }
}
