using OptiCore.Differentiation;
using Rules = OptiCore.Differentiation.Derivative;

namespace OptiCore.Dynamics;

/// <summary>
/// A split system that was traced from expressions; see <see cref="ParametricOde.TraceSplit"/>. Safe to use from several threads: each borrows a program's memory for a call.
/// </summary>
public sealed class TracedSplitOde : IAdjointSplitOde
{
    private readonly TracedOde _whole;
    private readonly ReplayShelf[] _flows;
    private readonly ReplayShelf[] _products;

    internal TracedSplitOde(int dimension, int parameterCount, OdeExpression expression, ReadOnlySpan<FlowExpression> flows)
    {
        _whole = new TracedOde(dimension, parameterCount, expression);
        if (flows.IsEmpty)
            throw new ArgumentException("flows is empty but must have the flow of each part.", nameof(flows));
        _flows = new ReplayShelf[flows.Length];
        _products = new ReplayShelf[flows.Length];
        Variable duration = Variable.Input("duration", []), y = Variable.Input("y", [dimension]), p = Variable.Input("p", [parameterCount]), v = Variable.Input("v", [dimension]);
        for (int part = 0; part < flows.Length; part++)
        {
            ArgumentNullException.ThrowIfNull(flows[part], nameof(flows));
            Variable end = flows[part](duration, y, p);
            if (end.Shape.Rank != 1 || end.Shape[0] != dimension)
                throw new ArgumentException($"The flow of part {part} has the shape {end.Shape}, expected [{dimension}]: the state behind it.", nameof(flows));
            _flows[part] = new ReplayShelf(Computation.Compile<double>([duration, y, p], end));
            _products[part] = new ReplayShelf(Computation.Compile<double>([duration, y, p, v], Rules.VectorJacobian([end], [y, p], [v])));
        }
    }

    /// <inheritdoc/>
    public int Dimension => _whole.Dimension;

    /// <inheritdoc/>
    public int ParameterCount => _whole.ParameterCount;

    /// <inheritdoc/>
    public int Parts => _flows.Length;

    /// <inheritdoc/>
    public void Derivative(double t, ReadOnlySpan<double> y, ReadOnlySpan<double> p, Span<double> dy) => _whole.Derivative(t, y, p, dy);

    /// <inheritdoc/>
    public void VectorJacobian(double t, ReadOnlySpan<double> y, ReadOnlySpan<double> p, ReadOnlySpan<double> v, Span<double> vy, Span<double> vp) => _whole.VectorJacobian(t, y, p, v, vy, vp);

    /// <inheritdoc/>
    public void Flow(int part, double duration, ReadOnlySpan<double> p, Span<double> y)
    {
        Replay<double> replay = _flows[part].Run(duration, y, p, []);
        replay.Output(0).CopyTo(y);
        _flows[part].Return(replay);
    }

    /// <inheritdoc/>
    public void FlowVectorJacobian(int part, double duration, ReadOnlySpan<double> y, ReadOnlySpan<double> p, ReadOnlySpan<double> v, Span<double> vy, Span<double> vp)
    {
        Replay<double> replay = _products[part].Run(duration, y, p, v);
        replay.Output(0).CopyTo(vy);
        replay.Output(1).CopyTo(vp);
        _products[part].Return(replay);
    }
}
