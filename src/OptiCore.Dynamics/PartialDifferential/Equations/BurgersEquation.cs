using System.Numerics;

namespace OptiCore.Dynamics;

/// <summary>Burgers' equation u_t + u u_x = nu u_xx, freed of aliases. The mean is conserved; shocks are about nu over their height wide.</summary>
/// <param name="grid">The points.</param>
/// <param name="viscosity">The viscosity nu.</param>
/// <remarks>J. M. Burgers (1948), A mathematical model illustrating the theory of turbulence. Hopf's and Cole's transformation u = -2 nu (log phi)_x makes it the heat equation of phi.</remarks>
public sealed class BurgersEquation(PeriodicGrid grid, double viscosity) : SpectralEquation(grid, isComplex: false)
{
    /// <summary>The viscosity nu.</summary>
    public double Viscosity { get; } = Require.NonNegative(viscosity, nameof(viscosity));

    /// <inheritdoc/>
    public override Complex Linear(int mode) => Viscosity * Grid.Symbol(mode, 2);

    /// <inheritdoc/>
    protected override void Nonlinear(Span<Complex> spectrum, Span<Complex> result, Span<double> values) => SquareSlope(-0.5, spectrum, result, values);
}
