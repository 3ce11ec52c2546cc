using System.Numerics;

namespace OptiCore.Dynamics;

/// <summary>
/// Allen's and Cahn's equation u_t = e^2 u_xx + u - u^3: regions of -1 and 1 with borders tanh(x / (sqrt(2) e)) between them, which move over times exponentially long in their distance over e.
/// </summary>
/// <param name="grid">The points; the borders, about 4 e wide, need some of them.</param>
/// <param name="width">The width e.</param>
/// <remarks>
/// S. M. Allen, J. W. Cahn (1979), A microscopic theory for antiphase boundary motion and its application to antiphase domain coarsening. The cube isn't freed of aliases: borders that are resolved have none to speak of.
/// </remarks>
public sealed class AllenCahn(PeriodicGrid grid, double width) : SpectralEquation(grid, isComplex: false)
{
    /// <summary>The width e.</summary>
    public double Width { get; } = Require.Positive(width, nameof(width));

    /// <inheritdoc/>
    public override Complex Linear(int mode) => 1 + (Width * Width * Grid.Symbol(mode, 2));

    /// <inheritdoc/>
    protected override void Nonlinear(Span<Complex> spectrum, Span<Complex> result, Span<double> values)
    {
        ToState(spectrum, values);
        for (int i = 0; i < values.Length; i++)
            values[i] *= -values[i] * values[i];
        ToSpectrum(values, result);
    }

    /// <summary>The energy, integral of e^2 u_x^2 / 2 + (1 - u^2)^2 / 4, which never rises.</summary>
    /// <param name="u">The state, n elements.</param>
    public double Energy(ReadOnlySpan<double> u)
    {
        double[] slope = new double[u.Length];
        Grid.Derivative(u, 1, slope);
        double sum = 0;
        for (int i = 0; i < u.Length; i++)
        {
            double well = 1 - (u[i] * u[i]);
            sum += (0.5 * Width * Width * slope[i] * slope[i]) + (0.25 * well * well);
        }

        return Grid.Spacing * sum;
    }
}
