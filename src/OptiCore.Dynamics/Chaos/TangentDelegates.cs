namespace OptiCore.Dynamics;

/// <summary>Writes the Jacobian df/dy of a flow's right-hand side.</summary>
/// <param name="t">The time.</param>
/// <param name="y">The state, n elements.</param>
/// <param name="jacobian">Receives df[i]/dy[j] at i n + j; every element is written.</param>
public delegate void FlowJacobian(double t, ReadOnlySpan<double> y, Span<double> jacobian);

/// <summary>Writes the next state of a map.</summary>
/// <param name="x">The state, n elements.</param>
/// <param name="next">Receives F(x), n elements; not the same memory.</param>
public delegate void MapDelegate(ReadOnlySpan<double> x, Span<double> next);

/// <summary>Writes the Jacobian dF/dx of a map.</summary>
/// <param name="x">The state, n elements.</param>
/// <param name="jacobian">Receives dF[i]/dx[j] at i n + j; every element is written.</param>
public delegate void MapJacobian(ReadOnlySpan<double> x, Span<double> jacobian);
