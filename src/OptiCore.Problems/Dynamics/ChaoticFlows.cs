using System.Collections.Immutable;
using System.Numerics;

namespace OptiCore.Problems;

/// <summary>
/// Chaotic flows with known formulas, from Lorenz's to hyperchaotic, conservative and forced ones: instances for integrators, Lyapunov exponents, forecasting and
/// identification. Parameters, starts and periods are those of Gilpin's collection.
/// </summary>
/// <remarks>
/// <para>The exponents depend on the parameters; those of HenonHeiles, NoseHoover and SprottA, which are conservative, on the start as well, and from the one given the motion is
/// regular. Coullet has several attractors.</para>
/// <para>W. Gilpin (2021), Chaos as an interpretable benchmark for forecasting and data-driven modelling. Each flow names its own origin.</para>
/// </remarks>
public static partial class ChaoticFlows
{
    /// <summary>All flows, by name.</summary>
    public static ImmutableSortedDictionary<string, ChaoticFlow> All { get; } = Collect();

    /// <summary>Lorenz's flow of 1963: x' = sigma (y - x), y' = x (rho - z) - y, z' = x y - beta z.</summary>
    public static ChaoticFlow Lorenz => All["Lorenz"];

    /// <summary>Rössler's flow of 1976: x' = -y - z, y' = x + a y, z' = b + z (x - c).</summary>
    public static ChaoticFlow Rossler => All["Rossler"];

    private static ImmutableSortedDictionary<string, ChaoticFlow> Collect()
    {
        var flows = ImmutableSortedDictionary.CreateBuilder<string, ChaoticFlow>(StringComparer.Ordinal);
        foreach (ChaoticFlow[] family in (ReadOnlySpan<ChaoticFlow[]>)[Convection(), Oscillators(), Sprott()])
        {
            foreach (ChaoticFlow flow in family)
                flows.Add(flow.Name, flow);
        }

        return flows.ToImmutable();
    }

    private static ChaoticFlow Row<TFormula>(string name, (string Name, double Value)[] parameters, double[] start, double period, string reference)
        where TFormula : struct, IVectorFormula => new(name, VectorFormula.Of<TFormula>(start.Length, parameters), start, period, reference);

    private static T Number<T>(double value) where T : INumberBase<T> => T.CreateTruncating(value);
}
