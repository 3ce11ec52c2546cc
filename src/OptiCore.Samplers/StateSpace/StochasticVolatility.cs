using System.Numerics;
using System.Numerics.Tensors;
using OptiCore.Numerics;
using OptiCore.Randomness;

namespace OptiCore.Samplers;

/// <summary>
/// The stochastic volatility model of returns: x_t = mu + phi (x_{t-1} - mu) + sigma N(0, 1), y_t = exp(x_t / 2) N(0, 1), with x_0 of the stationary law N(mu, sigma^2 / (1 - phi^2)).
/// </summary>
/// <remarks>S. J. Taylor (1982), Financial returns modelled by the product of two stochastic processes. Works on whole blocks and allocates nothing.</remarks>
public sealed record StochasticVolatility : ITransitionDensityModel
{
    private const double HalfLogTwoPi = 0.91893853320467274178;

    /// <summary>The mean mu of the log variance. Default: 0.</summary>
    public double Mean { get; init => field = Require.Finite(value); }

    /// <summary>The persistence phi, in (-1, 1). Default: 0.95.</summary>
    public double Persistence { get; init => field = Require.InOpen(value, -1, 1); } = 0.95;

    /// <summary>The standard deviation sigma of the log variance's innovations. Default: 0.25.</summary>
    public double Volatility { get; init => field = Require.Positive(value); } = 0.25;

    /// <inheritdoc/>
    public int StateCount => 1;

    /// <inheritdoc/>
    public int ObservationCount => 1;

    /// <inheritdoc/>
    public void DrawInitial(RandomKey key, ParticleBlock states)
    {
        Span<double> x = states[0];
        RandomFill.Normal(key, x);
        TensorPrimitives.Multiply(x, Volatility / Math.Sqrt(1 - (Persistence * Persistence)), x);
        TensorPrimitives.Add(x, Mean, x);
    }

    /// <inheritdoc/>
    public void DrawTransition(int step, ReadOnlyParticleBlock previous, RandomKey key, ParticleBlock next)
    {
        Span<double> x = next[0];
        RandomFill.Normal(key, x);
        ReadOnlySpan<double> from = previous[0][..x.Length];
        double drift = (1 - Persistence) * Mean;
        int i = 0, lanes = Vector<double>.Count;
        for (; i <= x.Length - lanes; i += lanes)
            ((Vector.LoadUnsafe(in from[i]) * Persistence) + (Vector.LoadUnsafe(ref x[i]) * Volatility) + new Vector<double>(drift)).StoreUnsafe(ref x[i]);
        for (; i < x.Length; i++)
            x[i] = (from[i] * Persistence) + (x[i] * Volatility) + drift;
    }

    /// <inheritdoc/>
    public void LogObservation(int step, ReadOnlySpan<double> observation, ReadOnlyParticleBlock states, Span<double> logDensities)
    {
        // -(x + y^2 exp(-x)) / 2.
        ReadOnlySpan<double> x = states[0];
        TensorPrimitives.Negate(x, logDensities);
        VectorMath.Exp<double>(logDensities, logDensities);
        double square = observation[0] * observation[0];
        int i = 0, lanes = Vector<double>.Count;
        for (; i <= x.Length - lanes; i += lanes)
            ((((Vector.LoadUnsafe(ref logDensities[i]) * square) + Vector.LoadUnsafe(in x[i])) * -0.5) - new Vector<double>(HalfLogTwoPi)).StoreUnsafe(ref logDensities[i]);
        for (; i < x.Length; i++)
            logDensities[i] = (((logDensities[i] * square) + x[i]) * -0.5) - HalfLogTwoPi;
    }

    /// <inheritdoc/>
    public void LogTransition(int step, ReadOnlyParticleBlock previous, ReadOnlyParticleBlock next, Span<double> logDensities)
    {
        ReadOnlySpan<double> from = previous[0], to = next[0];
        double bound = LogTransitionBound(step), drift = (1 - Persistence) * Mean;
        for (int i = 0; i < from.Length; i++)
        {
            double z = (to[to.Length == 1 ? 0 : i] - drift - (Persistence * from[i])) / Volatility;
            logDensities[i] = bound - (0.5 * z * z);
        }
    }

    /// <inheritdoc/>
    public double LogTransitionBound(int step) => -Math.Log(Volatility) - HalfLogTwoPi;
}
