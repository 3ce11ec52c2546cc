namespace OptiCore.Dynamics;

/// <summary>Writes the rate of change of a function on a line from its derivatives: u_t = F(t, x, u, u_x, u_xx).</summary>
/// <param name="t">The time.</param>
/// <param name="x">The points, n elements.</param>
/// <param name="u">The function.</param>
/// <param name="ux">Its first derivative.</param>
/// <param name="uxx">Its second derivative.</param>
/// <param name="ut">Receives the rates, n elements; those at ends with a condition are ignored.</param>
public delegate void LineDelegate(double t, ReadOnlySpan<double> x, ReadOnlySpan<double> u, ReadOnlySpan<double> ux, ReadOnlySpan<double> uxx, Span<double> ut);

/// <summary>
/// The method of lines: a partial differential equation u_t = F(t, x, u, u_x, u_xx) on a grid is a system of ordinary ones, one for each point. With conditions at the ends the values there follow from those
/// between: the system computes them before it takes derivatives, and their own rates are 0; <see cref="Complete"/> puts them into a state.
/// </summary>
/// <remarks>
/// An explicit method's step is limited by stability: to about the spacing squared over the diffusivity, on a <see cref="ChebyshevGrid"/> to N^-4 of it. The system holds its work memory: one integration
/// at a time. Nothing is allocated by an evaluation. W. E. Schiesser (1991), The numerical method of lines.
/// </remarks>
public sealed class MethodOfLines : IOdeSystem
{
    private readonly ISpatialGrid _grid;
    private readonly LineDelegate _rate;
    private readonly Func<double, (BoundaryCondition Left, BoundaryCondition Right)>? _boundary;
    private readonly double[] _u;
    private readonly double[] _first;
    private readonly double[] _second;

    /// <summary>An equation on a line without ends.</summary>
    /// <param name="grid">The points.</param>
    /// <param name="rate">Writes F.</param>
    public MethodOfLines(ISpatialGrid grid, LineDelegate rate)
    {
        _grid = Require.NotNull(grid);
        _rate = Require.NotNull(rate);
        _u = new double[grid.Count];
        _first = new double[grid.Count];
        _second = new double[grid.Count];
    }

    /// <summary>An equation between two ends.</summary>
    /// <param name="grid">The points.</param>
    /// <param name="rate">Writes F.</param>
    /// <param name="boundary">The conditions at both ends at a time.</param>
    public MethodOfLines(IBoundedGrid grid, LineDelegate rate, Func<double, (BoundaryCondition Left, BoundaryCondition Right)> boundary)
        : this(grid, rate) => _boundary = Require.NotNull(boundary);

    /// <inheritdoc/>
    public int Dimension => _grid.Count;

    /// <inheritdoc/>
    public void Derivative(double t, ReadOnlySpan<double> y, Span<double> dy)
    {
        y.CopyTo(_u);
        Complete(t, _u);
        _grid.Derivative(_u, 1, _first);
        _grid.Derivative(_u, 2, _second);
        _rate(t, _grid.Points, _u, _first, _second, dy);
        if (_boundary is not null)
            dy[0] = dy[^1] = 0;
    }

    /// <summary>Puts the values that the conditions ask for at the ends of a state; does nothing where there are no conditions.</summary>
    /// <param name="t">The time.</param>
    /// <param name="u">The function at the points, n elements.</param>
    public void Complete(double t, Span<double> u)
    {
        if (_boundary is null)
            return;
        (BoundaryCondition left, BoundaryCondition right) = _boundary(t);
        ((IBoundedGrid)_grid).ApplyBoundary(u, left, right);
    }
}
