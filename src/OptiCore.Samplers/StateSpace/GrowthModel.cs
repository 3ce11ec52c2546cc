using System.Numerics;
using System.Numerics.Tensors;
using OptiCore.Randomness;

namespace OptiCore.Samplers;

/// <summary>
/// The nonlinear growth model, the classic test of filters, whose filtering laws have two modes: x_t = x_{t-1} / 2 + 25 x_{t-1} / (1 + x_{t-1}^2) + 8 cos(1.2 t) + N(0, q), y_t = x_t^2 / 20 + N(0, r), x_0 ~ N(0, p).
/// </summary>
/// <remarks>G. Kitagawa (1987), Non-Gaussian state-space modeling of nonstationary time series; with the defaults of N. J. Gordon, D. J. Salmond, A. F. M. Smith (1993), Novel approach to nonlinear/non-Gaussian Bayesian state
/// estimation. Works on whole blocks and allocates nothing.</remarks>
public sealed record GrowthModel : ITransitionDensityModel
{
    private const double HalfLogTwoPi = 0.91893853320467274178;

    /// <summary>The variance q of the transition's noise. Default: 10.</summary>
    public double TransitionVariance { get; init => field = Require.Positive(value); } = 10;

    /// <summary>The variance r of the observation's noise. Default: 1.</summary>
    public double ObservationVariance { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The variance p of the initial state. Default: 5.</summary>
    public double InitialVariance { get; init => field = Require.Positive(value); } = 5;

    /// <inheritdoc/>
    public int StateCount => 1;

    /// <inheritdoc/>
    public int ObservationCount => 1;

    /// <inheritdoc/>
    public void DrawInitial(RandomKey key, ParticleBlock states)
    {
        RandomFill.Normal(key, states[0]);
        TensorPrimitives.Multiply(states[0], Math.Sqrt(InitialVariance), states[0]);
    }

    /// <inheritdoc/>
    public void DrawTransition(int step, ReadOnlyParticleBlock previous, RandomKey key, ParticleBlock next)
    {
        Span<double> x = next[0];
        RandomFill.Normal(key, x);
        AddMean(step, Math.Sqrt(TransitionVariance), previous[0], x);
    }

    /// <inheritdoc/>
    public void LogObservation(int step, ReadOnlySpan<double> observation, ReadOnlyParticleBlock states, Span<double> logDensities)
    {
        ReadOnlySpan<double> x = states[0];
        double y = observation[0], factor = -0.5 / ObservationVariance, constant = HalfLogTwoPi + (0.5 * Math.Log(ObservationVariance));
        logDensities = logDensities[..x.Length];
        int i = 0, lanes = Vector<double>.Count;
        for (; i <= x.Length - lanes; i += lanes)
        {
            Vector<double> v = Vector.LoadUnsafe(in x[i]), r = (v * v * 0.05) - new Vector<double>(y);
            ((r * r * factor) - new Vector<double>(constant)).StoreUnsafe(ref logDensities[i]);
        }

        for (; i < x.Length; i++)
        {
            double r = (x[i] * x[i] * 0.05) - y;
            logDensities[i] = (r * r * factor) - constant;
        }
    }

    /// <inheritdoc/>
    public void LogTransition(int step, ReadOnlyParticleBlock previous, ReadOnlyParticleBlock next, Span<double> logDensities)
    {
        // Minus the residual first.
        if (next.Count == 1)
            logDensities.Fill(-next[0][0]);
        else
            TensorPrimitives.Negate(next[0], logDensities);
        AddMean(step, 1, previous[0], logDensities);
        TensorPrimitives.Multiply(logDensities, logDensities, logDensities);
        TensorPrimitives.Multiply(logDensities, -0.5 / TransitionVariance, logDensities);
        TensorPrimitives.Add(logDensities, LogTransitionBound(step), logDensities);
    }

    /// <inheritdoc/>
    public double LogTransitionBound(int step) => -HalfLogTwoPi - (0.5 * Math.Log(TransitionVariance));

    /// <summary>sum = scale sum + f(x).</summary>
    private static void AddMean(int step, double scale, ReadOnlySpan<double> x, Span<double> sum)
    {
        double drift = 8 * Math.Cos(1.2 * step);
        sum = sum[..x.Length];
        int i = 0, lanes = Vector<double>.Count;
        for (; i <= x.Length - lanes; i += lanes)
        {
            Vector<double> v = Vector.LoadUnsafe(in x[i]), s = Vector.LoadUnsafe(ref sum[i]);
            ((s * scale) + (v * 0.5) + (v * 25 / (Vector<double>.One + (v * v))) + new Vector<double>(drift)).StoreUnsafe(ref sum[i]);
        }

        for (; i < x.Length; i++)
            sum[i] = (sum[i] * scale) + (x[i] * 0.5) + (x[i] * 25 / (1 + (x[i] * x[i]))) + drift;
    }
}
