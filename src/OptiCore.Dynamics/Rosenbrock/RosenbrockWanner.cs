namespace OptiCore.Dynamics;

/// <summary>
/// The engine of Rosenbrock methods: linearly implicit Runge-Kutta methods, s linear systems with one matrix a step and no iteration. For stiff problems and differential-algebraic ones of index 1 at low and
/// middle accuracy, with few variables or a cheap Jacobian. The method is the <see cref="Tableau"/>.
/// </summary>
/// <remarks>
/// <para>Cost of a step: s evaluations and solves, one Jacobian (n evaluations if by differences), one df/dt (an evaluation if by differences), one factorization. Methods that aren't
/// W-methods need an accurate Jacobian; differences do down to tolerances of about 1e-8. No allocation after <see cref="OdeMethod.Start"/>.</para>
/// <para>E. Hairer, G. Wanner (1996), Solving Ordinary Differential Equations II, section IV.7.</para>
/// </remarks>
public sealed record RosenbrockWanner : OdeMethod
{
    /// <summary>The method. Default: Steinebach's Rodas5P.</summary>
    public RosenbrockTableau Tableau { get; init => field = Require.NotNull(value, nameof(Tableau)); } = Rodas5P.Tableau;

    /// <summary>How the next step size follows from the errors. Default: the elementary controller, the step at most six times longer, as in the code RODAS.</summary>
    public StepController Controller { get; init => field = Require.NotNull(value, nameof(Controller)); } = StepController.Integral with { MaxFactor = 6 };

    /// <summary>How many steps a Jacobian serves; more than one only for W-methods (<see cref="RosenbrockTableau.IsInexact"/>). Default: 1.</summary>
    public int JacobianSteps { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The size of every step (only the last may be shorter) without error control, or null for adaptive steps. Default: null.</summary>
    public double? FixedStep { get; init => field = value is { } step ? Require.Positive(step) : null; }

    /// <inheritdoc/>
    protected internal override double? StepSize => FixedStep;

    /// <inheritdoc/>
    protected internal override bool TakesMass => true;

    /// <inheritdoc/>
    protected internal override OdeStepper CreateStepper(IOdeSystem system, OdeVectors vectors)
    {
        if (JacobianSteps > 1 && !Tableau.IsInexact)
            throw new InvalidOperationException($"{Tableau.Name} needs the Jacobian of every step: leave {nameof(JacobianSteps)} at 1 or take a W-method.");
        return new RosenbrockStepper(this, system, vectors);
    }
}
