namespace OptiCore.Dynamics;

/// <summary>Writes a coefficient of a stochastic differential equation.</summary>
/// <param name="t">The time.</param>
/// <param name="y">The state.</param>
/// <param name="destination">Receives the coefficient; every element is written.</param>
public delegate void SdeCoefficient(double t, ReadOnlySpan<double> y, Span<double> destination);

/// <summary>Writes the diffusion of additive noise.</summary>
/// <param name="t">The time.</param>
/// <param name="destination">Receives the diffusion; every element is written.</param>
public delegate void AdditiveDiffusion(double t, Span<double> destination);

/// <summary>
/// Makes stochastic differential equations of delegates. The method that is called says what the noise is like:
/// <code>
/// IDiagonalSde stock = SdeSystem.Diagonal(1, static (_, y, f) => f[0] = 0.05 * y[0], static (_, y, g) => g[0] = 0.2 * y[0]);
/// </code>
/// </summary>
public static class SdeSystem
{
    /// <summary>Diagonal noise: component i of the diffusion depends on t and component i of the state only.</summary>
    /// <param name="dimension">The number n of state variables and of Brownian motions.</param>
    /// <param name="drift">Writes f, n elements.</param>
    /// <param name="diffusion">Writes the diagonal of g, n elements.</param>
    /// <param name="calculus">Which integral is meant.</param>
    /// <exception cref="ArgumentException">An argument is null, or a number isn't positive.</exception>
    public static IDiagonalSde Diagonal(int dimension, SdeCoefficient drift, SdeCoefficient diffusion, SdeCalculus calculus = SdeCalculus.Ito) =>
        new DiagonalSde(dimension, dimension, NoiseLayout.Diagonal, calculus, drift, diffusion);

    /// <summary>Diagonal noise with the diffusion's derivative, for <see cref="Milstein"/>.</summary>
    /// <param name="dimension">The number n of state variables and of Brownian motions.</param>
    /// <param name="drift">Writes f, n elements.</param>
    /// <param name="diffusion">Writes the diagonal of g, n elements.</param>
    /// <param name="derivative">Writes g_i dg_i/dy_i, n elements.</param>
    /// <param name="calculus">Which integral is meant.</param>
    /// <exception cref="ArgumentException">An argument is null, or a number isn't positive.</exception>
    public static IMilsteinSde Diagonal(int dimension, SdeCoefficient drift, SdeCoefficient diffusion, SdeCoefficient derivative, SdeCalculus calculus = SdeCalculus.Ito) =>
        new DifferentiatedSde(dimension, dimension, NoiseLayout.Diagonal, calculus, drift, diffusion, derivative);

    /// <summary>Scalar noise: one Brownian motion drives every component.</summary>
    /// <param name="dimension">The number n of state variables.</param>
    /// <param name="drift">Writes f, n elements.</param>
    /// <param name="diffusion">Writes the column g, n elements.</param>
    /// <param name="calculus">Which integral is meant.</param>
    /// <exception cref="ArgumentException">An argument is null, or a number isn't positive.</exception>
    public static IScalarSde Scalar(int dimension, SdeCoefficient drift, SdeCoefficient diffusion, SdeCalculus calculus = SdeCalculus.Ito) =>
        new ScalarSde(dimension, 1, NoiseLayout.Full, calculus, drift, diffusion);

    /// <summary>Scalar noise with the diffusion's derivative, for <see cref="Milstein"/>.</summary>
    /// <param name="dimension">The number n of state variables.</param>
    /// <param name="drift">Writes f, n elements.</param>
    /// <param name="diffusion">Writes the column g, n elements.</param>
    /// <param name="derivative">Writes (dg/dy) g, n elements.</param>
    /// <param name="calculus">Which integral is meant.</param>
    /// <exception cref="ArgumentException">An argument is null, or a number isn't positive.</exception>
    public static IMilsteinSde Scalar(int dimension, SdeCoefficient drift, SdeCoefficient diffusion, SdeCoefficient derivative, SdeCalculus calculus = SdeCalculus.Ito) =>
        new DifferentiatedSde(dimension, 1, NoiseLayout.Full, calculus, drift, diffusion, derivative);

    /// <summary>Additive noise, each component with its own Brownian motion.</summary>
    /// <param name="dimension">The number n of state variables and of Brownian motions.</param>
    /// <param name="drift">Writes f, n elements.</param>
    /// <param name="diffusion">Writes the diagonal of g(t), n elements.</param>
    /// <exception cref="ArgumentException">An argument is null, or a number isn't positive.</exception>
    public static IAdditiveSde Additive(int dimension, SdeCoefficient drift, AdditiveDiffusion diffusion) =>
        new AdditiveSde(dimension, dimension, NoiseLayout.Diagonal, drift, diffusion);

    /// <summary>Additive noise of m Brownian motions.</summary>
    /// <param name="dimension">The number n of state variables.</param>
    /// <param name="noises">The number m of Brownian motions.</param>
    /// <param name="drift">Writes f, n elements.</param>
    /// <param name="diffusion">Writes g(t), n x m elements, row-major.</param>
    /// <exception cref="ArgumentException">An argument is null, or a number isn't positive.</exception>
    public static IAdditiveSde Additive(int dimension, int noises, SdeCoefficient drift, AdditiveDiffusion diffusion) =>
        new AdditiveSde(dimension, noises, NoiseLayout.Full, drift, diffusion);

    /// <summary>Noise that commutes; see <see cref="ICommutativeSde"/> for what that promises.</summary>
    /// <param name="dimension">The number n of state variables.</param>
    /// <param name="noises">The number m of Brownian motions.</param>
    /// <param name="drift">Writes f, n elements.</param>
    /// <param name="diffusion">Writes g, n x m elements, row-major.</param>
    /// <param name="calculus">Which integral is meant.</param>
    /// <exception cref="ArgumentException">An argument is null, or a number isn't positive.</exception>
    public static ICommutativeSde Commutative(int dimension, int noises, SdeCoefficient drift, SdeCoefficient diffusion, SdeCalculus calculus = SdeCalculus.Ito) =>
        new CommutativeSde(dimension, noises, NoiseLayout.Full, calculus, drift, diffusion);

    /// <summary>Noise of which nothing is known.</summary>
    /// <param name="dimension">The number n of state variables.</param>
    /// <param name="noises">The number m of Brownian motions.</param>
    /// <param name="drift">Writes f, n elements.</param>
    /// <param name="diffusion">Writes g, n x m elements, row-major.</param>
    /// <param name="calculus">Which integral is meant.</param>
    /// <exception cref="ArgumentException">An argument is null, or a number isn't positive.</exception>
    public static ISde General(int dimension, int noises, SdeCoefficient drift, SdeCoefficient diffusion, SdeCalculus calculus = SdeCalculus.Ito) =>
        new DelegateSde(dimension, noises, NoiseLayout.Full, calculus, drift, diffusion);

    private class DelegateSde(int dimension, int noises, NoiseLayout layout, SdeCalculus calculus, SdeCoefficient drift, SdeCoefficient diffusion) : ISde
    {
        private readonly SdeCoefficient _drift = Require.NotNull(drift);
        private readonly SdeCoefficient _diffusion = Require.NotNull(diffusion);

        public int Dimension { get; } = Require.Positive(dimension, nameof(dimension));

        public int NoiseDimension { get; } = Require.Positive(noises, nameof(noises));

        public NoiseLayout Layout => layout;

        public SdeCalculus Calculus { get; } = Require.Defined(calculus, nameof(calculus));

        public void Drift(double t, ReadOnlySpan<double> y, Span<double> f) => _drift(t, y, f);

        public void Diffusion(double t, ReadOnlySpan<double> y, Span<double> g) => _diffusion(t, y, g);
    }

    private sealed class CommutativeSde(int dimension, int noises, NoiseLayout layout, SdeCalculus calculus, SdeCoefficient drift, SdeCoefficient diffusion)
        : DelegateSde(dimension, noises, layout, calculus, drift, diffusion), ICommutativeSde;

    private sealed class DiagonalSde(int dimension, int noises, NoiseLayout layout, SdeCalculus calculus, SdeCoefficient drift, SdeCoefficient diffusion)
        : DelegateSde(dimension, noises, layout, calculus, drift, diffusion), IDiagonalSde;

    private sealed class ScalarSde(int dimension, int noises, NoiseLayout layout, SdeCalculus calculus, SdeCoefficient drift, SdeCoefficient diffusion)
        : DelegateSde(dimension, noises, layout, calculus, drift, diffusion), IScalarSde;

    private sealed class DifferentiatedSde(
        int dimension, int noises, NoiseLayout layout, SdeCalculus calculus, SdeCoefficient drift, SdeCoefficient diffusion, SdeCoefficient derivative)
        : DelegateSde(dimension, noises, layout, calculus, drift, diffusion), IMilsteinSde
    {
        private readonly SdeCoefficient _derivative = Require.NotNull(derivative);

        public void DiffusionDerivative(double t, ReadOnlySpan<double> y, Span<double> derivative) => _derivative(t, y, derivative);
    }

    private sealed class AdditiveSde(int dimension, int noises, NoiseLayout layout, SdeCoefficient drift, AdditiveDiffusion diffusion) : IAdditiveSde
    {
        private readonly SdeCoefficient _drift = Require.NotNull(drift);
        private readonly AdditiveDiffusion _diffusion = Require.NotNull(diffusion);

        public int Dimension { get; } = Require.Positive(dimension, nameof(dimension));

        public int NoiseDimension { get; } = Require.Positive(noises, nameof(noises));

        public NoiseLayout Layout => layout;

        public SdeCalculus Calculus => SdeCalculus.Ito;

        public void Drift(double t, ReadOnlySpan<double> y, Span<double> f) => _drift(t, y, f);

        public void Diffusion(double t, Span<double> g) => _diffusion(t, g);
    }
}
