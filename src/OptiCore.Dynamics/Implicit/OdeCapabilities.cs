namespace OptiCore.Dynamics;

/// <summary>A right-hand side that knows its Jacobian. Implicit methods use it instead of differences, which cost n evaluations and half of the digits.</summary>
public interface IOdeJacobian : IOdeSystem
{
    /// <summary>Writes J(i,j) = df(i)/dy(j).</summary>
    /// <param name="t">The time.</param>
    /// <param name="y">The state, n elements.</param>
    /// <param name="jacobian">
    /// Receives J, n x n, row-major; every element is written. A system that is <see cref="IOdeBand"/> writes its band by rows instead: element (i, j) at
    /// i (kl + ku + 1) + j - i + kl, n (kl + ku + 1) elements, those outside the matrix ignored.
    /// </param>
    void Jacobian(double t, ReadOnlySpan<double> y, Span<double> jacobian);

    /// <summary>Writes df/dt at fixed y, or says that it isn't known: methods that need it then take a difference.</summary>
    /// <param name="t">The time.</param>
    /// <param name="y">The state, n elements.</param>
    /// <param name="derivative">Receives df/dt, n elements, all of them when the result is true.</param>
    /// <returns>True when it was written. Default: false.</returns>
    bool TryTimeDerivative(double t, ReadOnlySpan<double> y, Span<double> derivative) => false;
}

/// <summary>A right-hand side whose Jacobian is a band: f(i) depends on y(i - kl) to y(i + ku) only. Differences cost kl + ku + 1 evaluations, factorizations O(n).</summary>
public interface IOdeBand : IOdeSystem
{
    /// <summary>The number kl of diagonals below the main one, from 0 to n - 1.</summary>
    int LowerBandwidth { get; }

    /// <summary>The number ku of diagonals above the main one, from 0 to n - 1.</summary>
    int UpperBandwidth { get; }
}

/// <summary>
/// A problem M y' = f(t, y) with a constant matrix M, where <see cref="IOdeSystem.Derivative"/> is f. When M is singular this is a differential-algebraic
/// problem; implicit methods solve it when its index is one and the start is consistent: f(t0, y0) lies in the range of M.
/// </summary>
public interface IOdeMass : IOdeSystem
{
    /// <summary>M, n x n, row-major. It doesn't change.</summary>
    ReadOnlyMemory<double> Mass { get; }
}

/// <summary>A right-hand side f = g + s in two parts for methods that treat them differently: g by an explicit formula, the stiff s by an implicit one.</summary>
public interface ISplitOdeSystem : IOdeSystem
{
    /// <summary>The part g that isn't stiff.</summary>
    IOdeSystem Explicit { get; }

    /// <summary>The stiff part s; may be <see cref="IOdeJacobian"/> or <see cref="IOdeBand"/>.</summary>
    IOdeSystem Implicit { get; }
}

/// <summary>Writes the Jacobian of a right-hand side.</summary>
/// <param name="t">The time.</param>
/// <param name="y">The state.</param>
/// <param name="jacobian">Receives df(i)/dy(j), row-major; every element is written.</param>
public delegate void OdeJacobianDelegate(double t, ReadOnlySpan<double> y, Span<double> jacobian);
