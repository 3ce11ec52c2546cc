using System.Numerics;

namespace OptiCore.Dynamics;

/// <summary>The heat equation u_t = d u_xx. Its coefficients fall as exp(-d k^2 t).</summary>
/// <param name="grid">The points.</param>
/// <param name="diffusivity">The diffusivity d.</param>
public sealed class HeatEquation(PeriodicGrid grid, double diffusivity = 1) : SpectralEquation(grid, isComplex: false)
{
    /// <summary>The diffusivity d.</summary>
    public double Diffusivity { get; } = Require.NonNegative(diffusivity, nameof(diffusivity));

    /// <inheritdoc/>
    public override Complex Linear(int mode) => Diffusivity * Grid.Symbol(mode, 2);

    /// <inheritdoc/>
    protected override void Nonlinear(Span<Complex> spectrum, Span<Complex> result, Span<double> values) => result.Clear();
}
