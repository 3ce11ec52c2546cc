using OptiCore.Differentiation;
using Rules = OptiCore.Differentiation.Derivative;

namespace OptiCore.Dynamics;

/// <summary>
/// A system that was traced from an expression; see <see cref="ParametricOde.Trace"/>. Its derivatives are programs of the same graph. Safe to use from several threads: each
/// borrows a program's memory for a call.
/// </summary>
public sealed class TracedOde : IJacobianOde, IAdjointOde
{
    private readonly ReplayShelf _derivative;
    private readonly ReplayShelf _products;
    private readonly ReplayShelf _jacobians;

    internal TracedOde(int dimension, int parameterCount, OdeExpression expression)
    {
        ArgumentNullException.ThrowIfNull(expression);
        Dimension = Require.Positive(dimension);
        ParameterCount = Require.NonNegative(parameterCount);
        Variable t = Variable.Input("t", []), y = Variable.Input("y", [dimension]), p = Variable.Input("p", [parameterCount]), v = Variable.Input("v", [dimension]);
        Variable f = expression(t, y, p);
        if (f.Shape.Rank != 1 || f.Shape[0] != dimension)
            throw new ArgumentException($"The expression has the shape {f.Shape}, expected [{dimension}]: one element of dy/dt for each of y.", nameof(expression));
        _derivative = new ReplayShelf(Computation.Compile<double>([t, y, p], f));
        Variable[] products = Rules.VectorJacobian([f], [y, p], [v]);
        _products = new ReplayShelf(Computation.Compile<double>([t, y, p, v], products));
        _jacobians = new ReplayShelf(Computation.Compile<double>([t, y, p], Rules.Jacobian(f, y), Rules.Jacobian(f, p)));
    }

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <inheritdoc/>
    public int ParameterCount { get; }

    /// <inheritdoc/>
    public void Derivative(double t, ReadOnlySpan<double> y, ReadOnlySpan<double> p, Span<double> dy)
    {
        Replay<double> replay = _derivative.Run(t, y, p, []);
        replay.Output(0).CopyTo(dy);
        _derivative.Return(replay);
    }

    /// <inheritdoc/>
    public void VectorJacobian(double t, ReadOnlySpan<double> y, ReadOnlySpan<double> p, ReadOnlySpan<double> v, Span<double> vy, Span<double> vp)
    {
        Replay<double> replay = _products.Run(t, y, p, v);
        replay.Output(0).CopyTo(vy);
        replay.Output(1).CopyTo(vp);
        _products.Return(replay);
    }

    /// <inheritdoc/>
    public void Jacobians(double t, ReadOnlySpan<double> y, ReadOnlySpan<double> p, Span<double> dfdy, Span<double> dfdp)
    {
        Replay<double> replay = _jacobians.Run(t, y, p, []);
        replay.Output(0).CopyTo(dfdy);
        replay.Output(1).CopyTo(dfdp);
        _jacobians.Return(replay);
    }
}
