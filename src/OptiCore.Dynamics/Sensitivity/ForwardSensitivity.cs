namespace OptiCore.Dynamics;

/// <summary>What came out of an integration with its forward sensitivities.</summary>
public sealed record OdeSensitivityResult
{
    /// <summary>The integration of the state and the sensitivities together: status, reason, message, times and counts are its.</summary>
    public required OdeResult Run { get; init; }

    /// <summary>The number n of state variables.</summary>
    public required int Dimension { get; init; }

    /// <summary>The number m of parameters.</summary>
    public required int ParameterCount { get; init; }

    /// <summary>The state at one of the times, n elements.</summary>
    /// <param name="index">The number of the time, from 0.</param>
    public ReadOnlySpan<double> State(int index) => Run.State(index)[..Dimension];

    /// <summary>dy/dp at one of the times, n x m: element (i, j) at j n + i, column by column.</summary>
    /// <param name="index">The number of the time, from 0.</param>
    public ReadOnlySpan<double> ToParameters(int index) => Run.State(index).Slice(Dimension, Dimension * ParameterCount);

    /// <summary>dy/dy0 at one of the times, n x n: element (i, j) at j n + i, column by column.</summary>
    /// <param name="index">The number of the time, from 0.</param>
    public ReadOnlySpan<double> ToStart(int index) => Run.State(index)[(Dimension * (1 + ParameterCount))..];
}

/// <summary>
/// Forward sensitivities: how the solution changes with parameters and start, by the variational equations S' = df/dy S + df/dp and Y' = df/dy Y, integrated together with the
/// state and under the same error control.
/// </summary>
/// <remarks>
/// Cost: 1 + m + n systems in one. The way to go for few parameters, or where the sensitivities are wanted at many times; otherwise see <see cref="OdeAdjoint"/>.
/// E. Hairer, S. P. Nørsett, G. Wanner (1993), Solving Ordinary Differential Equations I, section I.14.
/// </remarks>
public static class ForwardSensitivity
{
    /// <summary>Solves an initial value problem with its sensitivities to the parameters and to the start.</summary>
    /// <param name="method">The method. A tolerance for each component, if given, is that of the n state variables.</param>
    /// <param name="system">The right-hand side with its derivatives.</param>
    /// <param name="parameters">The parameters, m finite elements.</param>
    /// <param name="span">The interval; the end may lie before the start.</param>
    /// <param name="state">The state at the start, n finite elements; it doesn't depend on the parameters.</param>
    /// <param name="saveAt">The times to save, inside the interval and in the order of integration. If empty, start and end of every step are saved.</param>
    /// <param name="cancellationToken">Ends the integration between two steps; what was reached is kept.</param>
    /// <exception cref="ArgumentException">Lengths differ, a number isn't finite, the times aren't ordered inside the interval, or the method needs a structure that the variational equations haven't.</exception>
    public static OdeSensitivityResult Solve(
        OdeMethod method,
        IJacobianOde system,
        ReadOnlySpan<double> parameters,
        (double Start, double End) span,
        ReadOnlySpan<double> state,
        ReadOnlySpan<double> saveAt = default,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(method);
        ArgumentNullException.ThrowIfNull(system);
        OdeMethod.RequireAnySystem(method, $"the state together with its sensitivities isn't one: take a method for any right-hand side, such as {nameof(ExplicitRungeKutta)}, or {nameof(OdeAdjoint)} over a {nameof(Splitting)}");
        Require.Length(parameters.Length, system.ParameterCount, nameof(parameters));
        Require.AllFinite(parameters, nameof(parameters));
        Require.Length(state.Length, system.Dimension, nameof(state));
        int n = system.Dimension, m = system.ParameterCount, blocks = 1 + m + n;
        double[] start = new double[checked(n * blocks)];
        state.CopyTo(start);
        for (int i = 0; i < n; i++)
            start[(n * (1 + m + i)) + i] = 1;
        if (!method.AbsoluteTolerances.IsEmpty)
        {
            Require.Length(method.AbsoluteTolerances.Length, n, nameof(OdeMethod.AbsoluteTolerances));
            double[] tolerances = new double[start.Length];
            for (int b = 0; b < blocks; b++)
                method.AbsoluteTolerances.CopyTo(tolerances.AsMemory(b * n));
            method = method with { AbsoluteTolerances = tolerances };
        }

        return new OdeSensitivityResult
        {
            Dimension = n,
            ParameterCount = m,
            Run = Ode.Solve(method, new Variational(system, parameters.ToArray()), span, start, saveAt, default, cancellationToken),
        };
    }

    private sealed class Variational(IJacobianOde system, double[] parameters) : IOdeSystem
    {
        private readonly double[] _dfdy = new double[system.Dimension * system.Dimension];
        private readonly double[] _dfdp = new double[system.Dimension * system.ParameterCount];

        public int Dimension { get; } = system.Dimension * (1 + system.ParameterCount + system.Dimension);

        public void Derivative(double t, ReadOnlySpan<double> y, Span<double> dy)
        {
            int n = system.Dimension, m = system.ParameterCount;
            ReadOnlySpan<double> state = y[..n];
            system.Derivative(t, state, parameters, dy[..n]);
            system.Jacobians(t, state, parameters, _dfdy, _dfdp);
            for (int column = 0; column < m + n; column++)
            {
                ReadOnlySpan<double> s = y.Slice(n * (1 + column), n);
                Span<double> ds = dy.Slice(n * (1 + column), n);
                for (int i = 0; i < n; i++)
                {
                    double sum = column < m ? _dfdp[(i * m) + column] : 0;
                    for (int j = 0; j < n; j++)
                        sum += _dfdy[(i * n) + j] * s[j];
                    ds[i] = sum;
                }
            }
        }
    }
}
