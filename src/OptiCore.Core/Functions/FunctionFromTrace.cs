using System.Numerics;
using OptiCore.Differentiation;

namespace OptiCore;

public static partial class Function
{
    /// <summary>
    /// A function with its exact gradient and exact products of its Hessian, from an expression that is traced once:
    /// <c>Function.Trace(2, x => 100 * Square(x[1] - Square(x[0])) + Square(1 - x[0]))</c> with <c>using static OptiCore.Differentiation.Operations</c>.
    /// </summary>
    /// <param name="dimension">The number n of variables.</param>
    /// <param name="function">Writes f(x), a scalar, for a vector x of n elements; called once.</param>
    /// <exception cref="ArgumentException">The expression isn't a scalar.</exception>
    /// <inheritdoc cref="Trace{T}(int, Func{Variable, Variable})" path="/remarks"/>
    public static ITwiceDifferentiableFunction<double> Trace(int dimension, Func<Variable, Variable> function) => Trace<double>(dimension, function);

    /// <summary>As <see cref="Trace(int, Func{Variable, Variable})"/>, for points of floats or doubles.</summary>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    /// <param name="dimension">The number n of variables.</param>
    /// <param name="function">Writes f(x), a scalar, for a vector x of n elements; called once.</param>
    /// <exception cref="ArgumentException">The expression isn't a scalar.</exception>
    /// <remarks>
    /// A gradient costs some two to three values whatever the dimension, a Hessian product some two to three gradients. Safe for several threads, each of which gets memory of its own; nothing
    /// is allocated after the first calls. Below some dozens of variables <see cref="From(int, DualDelegate)"/> may be faster.
    /// </remarks>
    public static ITwiceDifferentiableFunction<T> Trace<T>(int dimension, Func<Variable, Variable> function) where T : unmanaged, IFloatingPointIeee754<T>
    {
        var x = Variable.Input("x", [Require.Positive(dimension, nameof(dimension))]);
        return new TracedFunction<T>(x, Require.NotNull(function)(x));
    }

    /// <summary>The function of an expression that was traced by the caller.</summary>
    internal static ITwiceDifferentiableFunction<double> OfTrace(Variable x, Variable y) => new TracedFunction<double>(x, y);

    private sealed class TracedFunction<T> : ITwiceDifferentiableFunction<T> where T : unmanaged, IFloatingPointIeee754<T>
    {
        private readonly ReplayPool<T> _value, _gradient;
        private readonly Lazy<ReplayPool<T>> _product;

        public TracedFunction(Variable x, Variable y)
        {
            if (y.Shape.ElementCount != 1)
                throw new ArgumentException($"The function's value has the shape {y.Shape}; it must be a scalar.", nameof(y));
            Dimension = x.Shape.ElementCount;
            Variable gradient = Derivative.Gradient(y, x);
            _value = new ReplayPool<T>(Computation.Compile<T>([x], y));
            _gradient = new ReplayPool<T>(Computation.Compile<T>([x], y, gradient));
            _product = new Lazy<ReplayPool<T>>(() =>
            {
                var v = Variable.Input("v", x.Shape);
                return new ReplayPool<T>(Computation.Compile<T>([x, v], Derivative.JacobianVector(gradient, x, v)));
            });
        }

        public int Dimension { get; }

        public double Value(ReadOnlySpan<T> x)
        {
            CheckPoint(x.Length, Dimension);
            Replay<T> replay = _value.Rent();
            x.CopyTo(replay.Input(0));
            replay.Run();
            double value = double.CreateTruncating(replay.Output(0)[0]);
            _value.Return(replay);
            return value;
        }

        public double ValueAndGradient(ReadOnlySpan<T> x, Span<T> gradient)
        {
            CheckPoint(x.Length, Dimension);
            Require.Length(gradient.Length, x.Length, nameof(gradient));
            Replay<T> replay = _gradient.Rent();
            x.CopyTo(replay.Input(0));
            replay.Run();
            double value = double.CreateTruncating(replay.Output(0)[0]);
            replay.Output(1).CopyTo(gradient);
            _gradient.Return(replay);
            return value;
        }

        public void HessianProduct(ReadOnlySpan<T> x, ReadOnlySpan<T> v, Span<T> product)
        {
            CheckPoint(x.Length, Dimension);
            Require.Length(v.Length, x.Length, nameof(v));
            Require.Length(product.Length, x.Length, nameof(product));
            Replay<T> replay = _product.Value.Rent();
            x.CopyTo(replay.Input(0));
            v.CopyTo(replay.Input(1));
            replay.Run();
            replay.Output(0).CopyTo(product);
            _product.Value.Return(replay);
        }
    }
}
