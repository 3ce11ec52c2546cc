using System.Numerics;

namespace OptiCore.Dynamics;

/// <summary>
/// Kuramoto's and Sivashinsky's equation u_t + u u_x + u_xx + u_xxxx = 0, freed of aliases: long waves grow as k^2 - k^4, the product moves their energy to short ones, and on a circle longer than about 20 the motion is
/// chaotic.
/// </summary>
/// <param name="grid">The points; the length decides on the motion, 22 and 32 pi are usual ones.</param>
/// <remarks>
/// Y. Kuramoto, T. Tsuzuki (1976), Persistent propagation of concentration waves in dissipative media far from thermal equilibrium; G. I. Sivashinsky (1977), Nonlinear analysis of hydrodynamic instability in laminar
/// flames.
/// </remarks>
public sealed class KuramotoSivashinsky(PeriodicGrid grid) : SpectralEquation(grid, isComplex: false)
{
    /// <inheritdoc/>
    public override Complex Linear(int mode) => -(Grid.Symbol(mode, 2) + Grid.Symbol(mode, 4));

    /// <inheritdoc/>
    protected override void Nonlinear(Span<Complex> spectrum, Span<Complex> result, Span<double> values) => SquareSlope(-0.5, spectrum, result, values);
}
