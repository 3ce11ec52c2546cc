namespace OptiCore.Dynamics;

/// <summary>
/// The engine of diagonally implicit Runge-Kutta methods, and of additive ones that treat a part of the right-hand side explicitly: one stage after the other, each n equations with the same matrix.
/// The method is the <see cref="Tableau"/>.
/// </summary>
/// <remarks>
/// <para>An <see cref="ISplitOdeSystem"/> and an additive tableau make an implicit-explicit method: only the stiff part is solved for. A tableau that isn't additive solves for the whole.</para>
/// <para>Cost of a step: about two evaluations and solves a stage; a factorization when the step changes, a Jacobian when iterations get slow. The dense output is the cubic through both ends. Mass
/// matrices must have an inverse; for differential-algebraic problems take <see cref="Radau"/>.</para>
/// <para>C. A. Kennedy, M. H. Carpenter (2016), Diagonally implicit Runge-Kutta methods for ordinary differential equations: a review.</para>
/// </remarks>
public sealed record DiagonallyImplicitRungeKutta : OdeMethod
{
    /// <summary>The method. Default: Kennedy and Carpenter's pair of order 4, implicit or implicit-explicit.</summary>
    public DiagonallyImplicitTableau Tableau { get; init => field = Require.NotNull(value, nameof(Tableau)); } = KenCarp4.Tableau;

    /// <summary>How the next step size follows from the errors. Default: the elementary controller, the step at most five times longer.</summary>
    public StepController Controller { get; init => field = Require.NotNull(value, nameof(Controller)); } = StepController.Integral with { MaxFactor = 5 };

    /// <summary>The largest number of iterations for a stage, from 2. Default: 8.</summary>
    public int MaxIterations { get; init => field = Require.AtLeast(value, 2); } = 8;

    /// <summary>The size of every step (only the last may be shorter) without error control, or null for adaptive steps. Default: null.</summary>
    public double? FixedStep { get; init => field = value is { } step ? Require.Positive(step) : null; }

    /// <inheritdoc/>
    protected internal override double? StepSize => FixedStep;

    /// <inheritdoc/>
    protected internal override OdeStepper CreateStepper(IOdeSystem system, OdeVectors vectors) => new DiagonallyImplicitStepper(this, system, vectors);
}
