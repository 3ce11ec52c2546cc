namespace OptiCore.Dynamics;

/// <summary>Which stochastic integral an equation is written with.</summary>
public enum SdeCalculus
{
    /// <summary>Itô's: the integrand is taken at the left end.</summary>
    Ito,

    /// <summary>Stratonovich's: the integrand is taken in the middle, and the ordinary chain rule holds.</summary>
    Stratonovich,
}

/// <summary>How the diffusion coefficients are laid out.</summary>
public enum NoiseLayout
{
    /// <summary>n elements: component i is driven by Brownian motion i alone.</summary>
    Diagonal,

    /// <summary>n x m elements, row-major: row i holds what each Brownian motion does to component i.</summary>
    Full,
}

/// <summary>
/// A stochastic differential equation dy = f(t, y) dt + g(t, y) dW with y in R^n and an m-dimensional Brownian motion W. Nothing is promised of the noise;
/// what a solver needs more is in its type: <see cref="ICommutativeSde"/>, <see cref="ISingleNoiseSde"/>, <see cref="IDiagonalSde"/>, <see cref="IScalarSde"/>,
/// <see cref="IAdditiveSde"/>, <see cref="IMilsteinSde"/>.
/// </summary>
/// <remarks>
/// A coefficient that is NaN or infinite says "not defined here": an adaptive step is tried again shorter, a fixed one ends the run. A solver never passes
/// a point that isn't finite. In an ensemble the methods are called from several threads.
/// </remarks>
public interface ISde
{
    /// <summary>The number n of state variables.</summary>
    int Dimension { get; }

    /// <summary>The number m of independent Brownian motions.</summary>
    int NoiseDimension { get; }

    /// <summary>How <see cref="Diffusion"/> writes g.</summary>
    NoiseLayout Layout { get; }

    /// <summary>Which integral is meant.</summary>
    SdeCalculus Calculus { get; }

    /// <summary>Writes the drift f(t, y).</summary>
    /// <param name="t">The time.</param>
    /// <param name="y">The state, n elements.</param>
    /// <param name="f">Receives f, n elements; every one is written.</param>
    void Drift(double t, ReadOnlySpan<double> y, Span<double> f);

    /// <summary>Writes the diffusion g(t, y).</summary>
    /// <param name="t">The time.</param>
    /// <param name="y">The state, n elements.</param>
    /// <param name="g">Receives g in the <see cref="Layout"/>; every element is written.</param>
    void Diffusion(double t, ReadOnlySpan<double> y, Span<double> g);
}

/// <summary>
/// An equation whose noise commutes: with the columns g_j of the diffusion, (dg_j/dy) g_k = (dg_k/dy) g_j for all j and k. Then no Lévy area enters a scheme of
/// strong order 1.
/// </summary>
public interface ICommutativeSde : ISde;

/// <summary>An equation whose every component is driven by one Brownian motion: diagonal or scalar noise.</summary>
public interface ISingleNoiseSde : ICommutativeSde;

/// <summary>Diagonal noise: m = n, and component i of the diffusion depends on t and component i of the state only.</summary>
public interface IDiagonalSde : ISingleNoiseSde;

/// <summary>Scalar noise: one Brownian motion drives every component; the full layout has n elements.</summary>
public interface IScalarSde : ISingleNoiseSde;

/// <summary>Additive noise: the diffusion depends on time only, so that both calculi mean the same.</summary>
public interface IAdditiveSde : ICommutativeSde
{
    /// <summary>Writes the diffusion g(t).</summary>
    /// <param name="t">The time.</param>
    /// <param name="g">Receives g in the <see cref="ISde.Layout"/>; every element is written.</param>
    void Diffusion(double t, Span<double> g);

    /// <inheritdoc/>
    void ISde.Diffusion(double t, ReadOnlySpan<double> y, Span<double> g) => Diffusion(t, g);
}

/// <summary>Diagonal or scalar noise whose diffusion comes with its derivative, for Milstein's own scheme.</summary>
public interface IMilsteinSde : ISingleNoiseSde
{
    /// <summary>Writes the diffusion's derivative in its own direction: g_i dg_i/dy_i for diagonal noise, sum over k of g_k dg_i/dy_k for scalar noise.</summary>
    /// <param name="t">The time.</param>
    /// <param name="y">The state, n elements.</param>
    /// <param name="derivative">Receives n elements; every one is written.</param>
    void DiffusionDerivative(double t, ReadOnlySpan<double> y, Span<double> derivative);
}
