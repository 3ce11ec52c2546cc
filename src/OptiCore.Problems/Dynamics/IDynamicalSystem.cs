namespace OptiCore.Problems;

/// <summary>A flow y'(t) = f(t, y) with a known derivative in y. An integrator takes <see cref="Derivative"/> as a method group.</summary>
public interface IDynamicalSystem
{
    /// <summary>The field's name of the system.</summary>
    string Name { get; }

    /// <summary>The number n of state variables.</summary>
    int Dimension { get; }

    /// <summary>A state from which the typical motion is seen, n elements.</summary>
    ReadOnlySpan<double> Start { get; }

    /// <summary>Writes f(t, y).</summary>
    /// <param name="t">The time.</param>
    /// <param name="y">The state, n elements.</param>
    /// <param name="dy">Receives dy/dt, n elements; every one is written.</param>
    void Derivative(double t, ReadOnlySpan<double> y, Span<double> dy);

    /// <summary>Writes the Jacobian df/dy.</summary>
    /// <param name="t">The time.</param>
    /// <param name="y">The state, n elements.</param>
    /// <param name="jacobian">Receives df[i]/dy[j] at i n + j, n x n elements.</param>
    void Jacobian(double t, ReadOnlySpan<double> y, Span<double> jacobian);
}

/// <summary>A map x[k + 1] = F(x[k]) with a known derivative.</summary>
public interface IDynamicalMap
{
    /// <summary>The field's name of the map.</summary>
    string Name { get; }

    /// <summary>The number n of state variables.</summary>
    int Dimension { get; }

    /// <summary>A state from which the typical motion is seen, n elements.</summary>
    ReadOnlySpan<double> Start { get; }

    /// <summary>Writes F(x).</summary>
    /// <param name="x">The state, n elements.</param>
    /// <param name="next">Receives the next one, n elements; not the same memory.</param>
    void Next(ReadOnlySpan<double> x, Span<double> next);

    /// <summary>Writes the Jacobian dF/dx.</summary>
    /// <param name="x">The state, n elements.</param>
    /// <param name="jacobian">Receives dF[i]/dx[j] at i n + j, n x n elements.</param>
    void Jacobian(ReadOnlySpan<double> x, Span<double> jacobian);
}
