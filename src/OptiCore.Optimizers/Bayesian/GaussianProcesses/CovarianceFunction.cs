using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <summary>
/// A stationary correlation function k of two points, as a function of their squared distance r^2 = sum_d (x_d - y_d)^2 / l_d^2 with k(0) = 1.
/// Positive definite in any dimension. A new one is a record with one method.
/// </summary>
/// <remarks>C. E. Rasmussen and C. K. I. Williams (2006), Gaussian Processes for Machine Learning, chapter 4.</remarks>
public abstract record CovarianceFunction
{
    /// <summary>Replaces squared distances by correlations and writes the slopes dk/d(r^2).</summary>
    /// <param name="squaredDistances">The squared distances r^2, each at least 0; receives k(r^2).</param>
    /// <param name="slopes">Receives the derivatives with respect to r^2; of the same length.</param>
    public abstract void Evaluate(Span<double> squaredDistances, Span<double> slopes);
}

/// <summary>k = exp(-r^2 / 2): infinitely smooth sample paths, for functions that are. Also called RBF or Gaussian.</summary>
public sealed record SquaredExponential : CovarianceFunction
{
    /// <inheritdoc/>
    public override void Evaluate(Span<double> squaredDistances, Span<double> slopes)
    {
        Vectors.Scale(-0.5, squaredDistances, squaredDistances);
        VectorMath.Exp(squaredDistances, squaredDistances);
        Vectors.Scale(-0.5, squaredDistances, slopes);
    }
}

/// <summary>k = (1 + s + s^2 / 3) exp(-s), s = sqrt(5) r: paths that are twice differentiable, the usual choice for objectives.</summary>
public sealed record Matern52 : CovarianceFunction
{
    /// <inheritdoc/>
    public override void Evaluate(Span<double> squaredDistances, Span<double> slopes)
    {
        MaternDecay.Apply(5, squaredDistances, slopes);
        for (int i = 0; i < slopes.Length; i++)
        {
            double s = squaredDistances[i], decay = slopes[i];
            squaredDistances[i] = (1 + s + (s * s / 3)) * decay;
            slopes[i] = -5.0 / 6 * (1 + s) * decay;
        }
    }
}

/// <summary>k = (1 + s) exp(-s), s = sqrt(3) r: paths that are once differentiable.</summary>
public sealed record Matern32 : CovarianceFunction
{
    /// <inheritdoc/>
    public override void Evaluate(Span<double> squaredDistances, Span<double> slopes)
    {
        MaternDecay.Apply(3, squaredDistances, slopes);
        for (int i = 0; i < slopes.Length; i++)
        {
            double decay = slopes[i];
            squaredDistances[i] = (1 + squaredDistances[i]) * decay;
            slopes[i] = -1.5 * decay;
        }
    }
}

/// <summary>k = exp(-r): continuous paths without a derivative (Matérn 1/2, Ornstein-Uhlenbeck). The slope at r = 0, which is infinite, is given as 0.</summary>
public sealed record Matern12 : CovarianceFunction
{
    /// <inheritdoc/>
    public override void Evaluate(Span<double> squaredDistances, Span<double> slopes)
    {
        MaternDecay.Apply(1, squaredDistances, slopes);
        for (int i = 0; i < slopes.Length; i++)
        {
            double r = squaredDistances[i], decay = slopes[i];
            squaredDistances[i] = decay;
            slopes[i] = r > 0 ? -0.5 * decay / r : 0;
        }
    }
}

/// <summary>k = (1 + r^2 / (2 alpha))^(-alpha): squared exponentials of many length scales together; infinitely smooth.</summary>
public sealed record RationalQuadratic : CovarianceFunction
{
    /// <summary>The shape alpha &gt; 0; the larger, the nearer to <see cref="SquaredExponential"/>.</summary>
    public double Shape { get; init => field = Require.Positive(value); } = 1;

    /// <inheritdoc/>
    public override void Evaluate(Span<double> squaredDistances, Span<double> slopes)
    {
        for (int i = 0; i < slopes.Length; i++)
        {
            double power = SpecialFunctions.LogOnePlus(squaredDistances[i] / (2 * Shape));
            squaredDistances[i] = Math.Exp(-Shape * power);
            slopes[i] = -0.5 * Math.Exp(-(Shape + 1) * power);
        }
    }
}

/// <summary>What the Matérn functions share.</summary>
internal static class MaternDecay
{
    /// <summary>Replaces r^2 by s = sqrt(factor r^2) and writes exp(-s).</summary>
    public static void Apply(double factor, Span<double> squaredDistances, Span<double> decay)
    {
        for (int i = 0; i < decay.Length; i++)
        {
            squaredDistances[i] = Math.Sqrt(factor * squaredDistances[i]);
            decay[i] = -squaredDistances[i];
        }

        VectorMath.Exp(decay, decay);
    }
}
