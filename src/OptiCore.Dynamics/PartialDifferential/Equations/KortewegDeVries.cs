using System.Numerics;

namespace OptiCore.Dynamics;

/// <summary>
/// Korteweg's and de Vries' equation u_t + 6 u u_x + u_xxx = 0, freed of aliases. Its solitons u = (c / 2) sech^2(sqrt(c) (x - c t) / 2) pass through each other; mass, momentum and energy are conserved.
/// </summary>
/// <param name="grid">The points.</param>
/// <remarks>D. J. Korteweg, G. de Vries (1895), On the change of form of long waves advancing in a rectangular canal, and on a new type of long stationary waves.</remarks>
public sealed class KortewegDeVries(PeriodicGrid grid) : SpectralEquation(grid, isComplex: false)
{
    /// <summary>A soliton on the infinite line.</summary>
    /// <param name="speed">The speed c, positive; the height is half of it.</param>
    /// <param name="x">The distance from the middle, x - c t.</param>
    public static double Soliton(double speed, double x)
    {
        double cosh = Math.Cosh(0.5 * Math.Sqrt(Require.Positive(speed, nameof(speed))) * x);
        return 0.5 * speed / (cosh * cosh);
    }

    /// <inheritdoc/>
    public override Complex Linear(int mode) => -Grid.Symbol(mode, 3);

    /// <inheritdoc/>
    protected override void Nonlinear(Span<Complex> spectrum, Span<Complex> result, Span<double> values) => SquareSlope(-3, spectrum, result, values);
}
