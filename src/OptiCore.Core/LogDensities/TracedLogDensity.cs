using OptiCore.Differentiation;

namespace OptiCore;

/// <summary>A log density that was traced by <see cref="LogDensity.Trace"/> and compiled: values, gradients and Hessian products of unconstrained coordinates, and everything that is reported.</summary>
/// <remarks>Safe for several threads, each of which gets memory of its own; nothing is allocated after the first calls.</remarks>
public sealed class TracedLogDensity : ILogDensity, ITwiceDifferentiableFunction<double>
{
    private readonly ITwiceDifferentiableFunction<double> _function;
    private readonly ReplayPool<double>? _reports;
    private readonly int _reportCount;

    internal TracedLogDensity(ParameterSpace parameters, Func<TracedParameters, Variable> logDensity)
    {
        Parameters = Require.NotNull(parameters);
        Require.NotNull(logDensity);
        var u = Variable.Input("u", [Require.Positive(parameters.Dimension, nameof(parameters))]);
        var traced = new TracedParameters(parameters, u);
        Variable value = logDensity(traced);
        if (value.Shape.ElementCount != 1)
            throw new ArgumentException($"The log density has the shape {value.Shape}; it must be a scalar: sum it.", nameof(logDensity));
        _function = Function.OfTrace(u, Operations.Reshape(value, Shape.Scalar) + traced.LogJacobian);

        List<string> names = [.. parameters.ElementNames];
        var quantities = new List<Variable>();
        foreach ((string name, Variable quantity) in traced.Reports)
        {
            for (int i = 0; i < quantity.Shape.ElementCount; i++)
                names.Add(Constraint.ElementName(name, quantity.Shape, i));
            quantities.Add(quantity);
        }

        ParameterNames = names;
        _reportCount = quantities.Count;
        if (quantities.Count > 0)
            _reports = new ReplayPool<double>(Computation.Compile<double>([u], [.. quantities]));
    }

    /// <summary>The parameters with their constraints.</summary>
    public ParameterSpace Parameters { get; }

    /// <inheritdoc/>
    public int Dimension => Parameters.Dimension;

    /// <inheritdoc/>
    public IReadOnlyList<string> ParameterNames { get; }

    /// <inheritdoc/>
    public int ParameterCount => ParameterNames.Count;

    /// <inheritdoc/>
    public double Value(ReadOnlySpan<double> x) => _function.Value(x);

    /// <inheritdoc/>
    public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient) => _function.ValueAndGradient(x, gradient);

    /// <inheritdoc/>
    public void HessianProduct(ReadOnlySpan<double> x, ReadOnlySpan<double> v, Span<double> product) => _function.HessianProduct(x, v, product);

    /// <inheritdoc/>
    public void Constrain(ReadOnlySpan<double> unconstrained, Span<double> parameters)
    {
        Require.Length(parameters.Length, ParameterNames.Count, nameof(parameters));
        Parameters.Constrain(unconstrained, parameters[..Parameters.ElementCount]);
        if (_reports is null)
            return;
        Replay<double> replay = _reports.Rent();
        unconstrained.CopyTo(replay.Input(0));
        replay.Run();
        int next = Parameters.ElementCount;
        for (int i = 0; i < _reportCount; i++)
        {
            ReadOnlySpan<double> output = replay.Output(i);
            output.CopyTo(parameters[next..]);
            next += output.Length;
        }

        _reports.Return(replay);
    }
}
