namespace OptiCore.Dynamics;

/// <summary>The wave equation u_tt = c^2 u_xx as u_t = v, v_t = c^2 u_xx: a state is the n values of u and then the n values of v.</summary>
/// <param name="grid">The points, of any kind; at the ends of a bounded one v_t is 0, so that they stay where they are.</param>
/// <param name="speed">The speed c.</param>
public sealed class WaveEquation(ISpatialGrid grid, double speed = 1) : IOdeSystem
{
    private readonly ISpatialGrid _grid = Require.NotNull(grid);
    private readonly double _square = Require.Positive(speed, nameof(speed)) * speed;

    /// <inheritdoc/>
    public int Dimension => 2 * _grid.Count;

    /// <inheritdoc/>
    public void Derivative(double t, ReadOnlySpan<double> y, Span<double> dy)
    {
        int n = _grid.Count;
        y[n..].CopyTo(dy);
        Span<double> acceleration = dy[n..];
        _grid.Derivative(y[..n], 2, acceleration);
        for (int i = 0; i < n; i++)
            acceleration[i] *= _square;
        if (_grid is not PeriodicGrid and not FiniteDifferenceGrid { IsPeriodic: true })
            acceleration[0] = acceleration[^1] = dy[0] = dy[n - 1] = 0;
    }

    /// <summary>The energy, integral of (v^2 + c^2 u_x^2) / 2, which is conserved.</summary>
    /// <param name="y">The state, 2 n elements.</param>
    public double Energy(ReadOnlySpan<double> y)
    {
        Require.Length(y.Length, Dimension, nameof(y));
        int n = _grid.Count;
        double[] density = new double[n];
        _grid.Derivative(y[..n], 1, density);
        for (int i = 0; i < n; i++)
            density[i] = 0.5 * ((y[n + i] * y[n + i]) + (_square * density[i] * density[i]));
        return _grid.Integrate(density);
    }
}
