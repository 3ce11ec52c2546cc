using OptiCore.Differentiation;

namespace OptiCore.Dynamics;

/// <summary>Writes f(t, y, p) as an expression.</summary>
/// <param name="t">The time, a scalar.</param>
/// <param name="y">The state, shape [n].</param>
/// <param name="p">The parameters, shape [m].</param>
/// <returns>dy/dt, shape [n].</returns>
public delegate Variable OdeExpression(Variable t, Variable y, Variable p);

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

    /// <summary>The system at fixed parameters.</summary>
    /// <param name="system">The system.</param>
    /// <param name="parameters">The parameters, m finite elements, copied.</param>
    /// <exception cref="ArgumentException">The number differs, or one isn't finite.</exception>
    public static IOdeSystem At(this IParametricOde system, ReadOnlySpan<double> parameters)
    {
        ArgumentNullException.ThrowIfNull(system);
        Require.Length(parameters.Length, system.ParameterCount, nameof(parameters));
        Require.AllFinite(parameters, nameof(parameters));
        return new Fixed(system, parameters.ToArray());
    }

    private sealed class Fixed(IParametricOde system, double[] parameters) : IOdeSystem
    {
        public int Dimension => system.Dimension;

        public void Derivative(double t, ReadOnlySpan<double> y, Span<double> dy) => system.Derivative(t, y, parameters, dy);
    }
}
