namespace OptiCore.Dynamics;

/// <summary>
/// The cost of a trajectory: a cost for every step and one for the end. In continuous time the first is a rate, which is integrated.
/// </summary>
public interface ITrajectoryCost
{
    /// <summary>The number n of state variables.</summary>
    int StateCount { get; }

    /// <summary>The number m of controls.</summary>
    int ControlCount { get; }

    /// <summary>The cost l(t, x, u) of a step.</summary>
    /// <param name="t">The time; in discrete time the number of the step.</param>
    /// <param name="x">The state, n elements.</param>
    /// <param name="u">The control, m elements.</param>
    double Stage(double t, ReadOnlySpan<double> x, ReadOnlySpan<double> u);

    /// <summary>The cost of the last state.</summary>
    /// <param name="x">The state, n elements.</param>
    double Terminal(ReadOnlySpan<double> x);
}

/// <summary>A cost with gradients and Hessians.</summary>
public interface ITwiceDifferentiableTrajectoryCost : ITrajectoryCost
{
    /// <summary>The cost of a step with its derivatives.</summary>
    /// <param name="t">The time; in discrete time the number of the step.</param>
    /// <param name="x">The state, n elements.</param>
    /// <param name="u">The control, m elements.</param>
    /// <param name="derivatives">Receives gradients and Hessians; every element is written.</param>
    double StageAndDerivatives(double t, ReadOnlySpan<double> x, ReadOnlySpan<double> u, in CostDerivatives derivatives);

    /// <summary>The cost of the last state with its derivatives.</summary>
    /// <param name="x">The state, n elements.</param>
    /// <param name="gradient">Receives the gradient, n elements.</param>
    /// <param name="hessian">Receives the Hessian, n x n.</param>
    double TerminalAndDerivatives(ReadOnlySpan<double> x, Span<double> gradient, Span<double> hessian);
}

/// <summary>Where the derivatives of a step's cost are written.</summary>
public readonly ref struct CostDerivatives
{
    /// <summary>The gradient in x, n elements.</summary>
    public required Span<double> X { get; init; }

    /// <summary>The gradient in u, m elements.</summary>
    public required Span<double> U { get; init; }

    /// <summary>The Hessian in x, n x n.</summary>
    public required Span<double> XX { get; init; }

    /// <summary>The Hessian in u, m x m.</summary>
    public required Span<double> UU { get; init; }

    /// <summary>The mixed second derivatives, rows for u and columns for x, m x n.</summary>
    public required Span<double> UX { get; init; }
}
