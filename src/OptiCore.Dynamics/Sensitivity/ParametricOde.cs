using OptiCore.Differentiation;

namespace OptiCore.Dynamics;

/// <summary>Writes f(t, y, p) as an expression.</summary>
/// <param name="t">The time, a scalar.</param>
/// <param name="y">The state, shape [n].</param>
/// <param name="p">The parameters, shape [m].</param>
/// <returns>dy/dt, shape [n].</returns>
public delegate Variable OdeExpression(Variable t, Variable y, Variable p);

/// <summary>Writes the exact flow of one part of a split system as an expression.</summary>
/// <param name="duration">For how long, a scalar; may be negative.</param>
/// <param name="y">The state before, shape [n].</param>
/// <param name="p">The parameters, shape [m].</param>
/// <returns>The state behind, shape [n].</returns>
public delegate Variable FlowExpression(Variable duration, Variable y, Variable p);

/// <summary>Makes systems with parameters and their derivatives, and ordinary systems of them.</summary>
public static class ParametricOde
{
    /// <summary>
    /// A system that is traced from an expression, with exact derivatives of both kinds:
    /// <code>
    /// TracedOde decay = ParametricOde.Trace(1, 1, static (t, y, p) => -p * y);
    /// </code>
    /// </summary>
    /// <param name="dimension">The number n of state variables.</param>
    /// <param name="parameterCount">The number m of parameters.</param>
    /// <param name="expression">Writes f(t, y, p); called once.</param>
    /// <exception cref="ArgumentException">The expression's shape isn't [n].</exception>
    public static TracedOde Trace(int dimension, int parameterCount, OdeExpression expression) => new(dimension, parameterCount, expression);

    /// <summary>
    /// A system that is a sum of parts with exact flows, traced from expressions, for adjoint sensitivities over a <see cref="Splitting"/>:
    /// <code>
    /// TracedSplitOde spring = ParametricOde.TraceSplit(2, 1, (t, y, p) => Concatenate(0, V(y), -p * X(y)), (h, y, p) => Concatenate(0, X(y) + h * V(y), V(y)), (h, y, p) => Concatenate(0, X(y), V(y) - h * p * X(y)));
    /// </code>
    /// </summary>
    /// <param name="dimension">The number n of state variables.</param>
    /// <param name="parameterCount">The number m of parameters.</param>
    /// <param name="expression">Writes the sum of all parts, without the time; for dense output.</param>
    /// <param name="flows">The flow of each part; called once each.</param>
    /// <exception cref="ArgumentException">There is no part, or an expression's shape isn't [n].</exception>
    /// <remarks>A flow that isn't known may be a step of a method for its part; the order of the whole is then at most that method's.</remarks>
    public static TracedSplitOde TraceSplit(int dimension, int parameterCount, OdeExpression expression, params ReadOnlySpan<FlowExpression> flows) => new(dimension, parameterCount, expression, flows);

    /// <summary>The system at fixed parameters; one with flows stays one.</summary>
    /// <param name="system">The system.</param>
    /// <param name="parameters">The parameters, m finite elements, copied.</param>
    /// <exception cref="ArgumentException">The number differs, or one isn't finite.</exception>
    public static IOdeSystem At(this IParametricOde system, ReadOnlySpan<double> parameters)
    {
        ArgumentNullException.ThrowIfNull(system);
        Require.Length(parameters.Length, system.ParameterCount, nameof(parameters));
        Require.AllFinite(parameters, nameof(parameters));
        return system is IAdjointSplitOde split ? new FixedSplit(split, parameters.ToArray()) : new Fixed(system, parameters.ToArray());
    }

    private sealed class Fixed(IParametricOde system, double[] parameters) : IOdeSystem
    {
        public int Dimension => system.Dimension;

        public void Derivative(double t, ReadOnlySpan<double> y, Span<double> dy) => system.Derivative(t, y, parameters, dy);
    }

    private sealed class FixedSplit(IAdjointSplitOde system, double[] parameters) : ISplitOde
    {
        public int Dimension => system.Dimension;

        public int Parts => system.Parts;

        public void Derivative(double t, ReadOnlySpan<double> y, Span<double> dy) => system.Derivative(t, y, parameters, dy);

        public void Flow(int part, double duration, Span<double> y) => system.Flow(part, duration, parameters, y);
    }
}
