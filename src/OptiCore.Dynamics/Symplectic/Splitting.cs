namespace OptiCore.Dynamics;

/// <summary>
/// Splitting of a system (<see cref="ISplitOde"/>) into parts whose flows are known exactly, by steps of one size. With chi(h) = the flows of the parts 1, ..., N for h in turn (Lie and Trotter) and chi*(h) = the same in reverse,
/// a step is chi(alpha[1] h), chi*(beta[1] h), chi(alpha[2] h), ..., with alpha[i] = a[i] - beta[i-1] and beta[i] = b[i] - alpha[i] for the coefficients a, b of the <see cref="Scheme"/>. With two parts that is the scheme itself.
/// </summary>
/// <remarks>
/// <para>Whatever all flows keep, such as volume, a norm, positivity, a Poisson structure, the step keeps. <see cref="StormerVerlet"/> is Strang's splitting, <see cref="SymplecticEuler"/> Lie and Trotter's, <see cref="Yoshida4"/> Yoshida's triple jump. Orders above 2
/// have substeps that go back (Q. Sheng 1989, Solving linear partial differential equations by exponential splitting): where a part can't, as diffusion, only orders 1 and 2 remain.</para>
/// <para>Neighbouring flows of one part are joined; a step costs about (N - 1) times twice the scheme's number of kicks. <see cref="OdeCounts.Evaluations"/> counts flows. The error isn't estimated: the tolerances have no effect. Dense output as for
/// <see cref="SymplecticIntegrator"/>. R. I. McLachlan, G. R. W. Quispel (2002), Splitting methods.</para>
/// </remarks>
[Algorithm("Splitting of exact flows", "Symplectic and splitting", "G. Strang (1968), On the construction and comparison of difference schemes; R. I. McLachlan (1995), On the numerical integration of ordinary differential equations by symmetric composition methods", Capabilities = "any number of parts, order of the scheme, fixed step, dense output")]
public sealed record Splitting : OdeMethod
{
    /// <summary>The size h of every step; only the last may be shorter.</summary>
    public required double FixedStep { get; init => field = Require.Positive(value); }

    /// <summary>The coefficients. Default: <see cref="StormerVerlet"/>, which is Strang's splitting.</summary>
    /// <exception cref="ArgumentException">The scheme's order holds for linear velocities only.</exception>
    public SplittingScheme Scheme
    {
        get;
        init => field = !Require.NotNull(value, nameof(Scheme)).NeedsLinearVelocity
            ? value
            : throw new ArgumentException($"{nameof(Scheme)} is {value.Name}, whose order holds only for linear velocities, but must be one for any flows.", nameof(Scheme));
    } = StormerVerlet.PositionScheme;

    /// <inheritdoc/>
    protected internal override double? StepSize => FixedStep;

    internal override Type Structure => typeof(ISplitOde);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The system isn't split, or has no parts.</exception>
    protected internal override OdeStepper CreateStepper(IOdeSystem system, OdeVectors vectors)
    {
        if (system is not ISplitOde split)
            throw new ArgumentException($"system is {system?.GetType().Name ?? "null"} but must be an {nameof(ISplitOde)}: a splitting step follows the flows of the parts.", nameof(system));
        if (split.Parts < 1)
            throw new ArgumentException(FormattableString.Invariant($"system has {split.Parts} parts but must have at least one."), nameof(system));
        return new SplittingStepper(this, split, vectors);
    }
}
