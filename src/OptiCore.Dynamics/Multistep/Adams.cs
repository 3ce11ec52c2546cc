namespace OptiCore.Dynamics;

/// <summary>
/// Adams-Bashforth-Moulton methods in variable order 1 to 12 with any steps, in the mode predict, evaluate, correct, evaluate. For problems that aren't stiff, with an expensive right-hand side and small
/// tolerances: two evaluations a step whatever the order.
/// </summary>
/// <remarks>
/// <para>The history is kept as modified divided differences of f, from which the Adams-Bashforth predictor of order k and the Moulton corrector of order k + 1 follow for unequal steps. The order follows the
/// error estimates of the orders k - 2 to k + 1; order and step start at 1 and double until the error says otherwise. Dense output: the polynomial of degree k + 1 that corrects, about as accurate as
/// the steps; over steps it is continuous to within the error.</para>
/// <para>Cost of a step: two evaluations, some k passes over memory. Prefer <see cref="DormandPrince8"/> where f is cheap, <see cref="Bdf"/> where the problem is stiff.</para>
/// </remarks>
[Algorithm("Adams PECE 1-12", "Multistep", "L. F. Shampine, M. K. Gordon (1975), Computer solution of ordinary differential equations: the initial value problem", Capabilities = "order 1 to 12, adaptive, dense output of the order")]
public sealed record Adams : OdeMethod
{
    /// <summary>The highest order of the family.</summary>
    internal const int HighestOrder = 12;

    /// <summary>The largest order that is used, from 1 to 12. Default: 12.</summary>
    public int MaxOrder
    {
        get;
        init => field = value is >= 1 and <= HighestOrder ? value : throw Invalid(value, "must be from 1 to 12");
    } = HighestOrder;

    /// <inheritdoc/>
    protected internal override OdeStepper CreateStepper(IOdeSystem system, OdeVectors vectors) => new AdamsStepper(this, system, vectors);
}
