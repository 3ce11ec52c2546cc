using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// The von Mises-Fisher law of directions, unit vectors of n dimensions: p(x) = c exp(kappa mu' x) with c = kappa^(n/2 - 1) / ((2 pi)^(n/2) I_(n/2 - 1)(kappa)), a density on the sphere.
/// </summary>
/// <remarks>Source: K. V. Mardia, P. E. Jupp (2000), "Directional Statistics"; draws by A. T. A. Wood (1994), "Simulation of the von Mises Fisher distribution".</remarks>
public sealed class VonMisesFisher : IDifferentiableMultivariateDistribution
{
    private const double LengthTolerance = 1e-8;

    private readonly double[] _direction;
    private readonly LawParameter[] _parameters;
    private readonly double _logNormalizer;

    /// <summary>Makes the law.</summary>
    /// <param name="direction">The mean direction mu, at least two elements; it is scaled to length 1.</param>
    /// <param name="concentration">The concentration kappa, finite and at least 0 (the uniform law).</param>
    /// <exception cref="ArgumentOutOfRangeException">The concentration is out of its range.</exception>
    /// <exception cref="ArgumentException">The direction has fewer than two elements, isn't finite or is zero.</exception>
    public VonMisesFisher(ReadOnlySpan<double> direction, double concentration)
    {
        Concentration = Require.NonNegative(concentration, nameof(concentration));
        MultivariateArguments.CheckLocation(direction, nameof(direction));
        if (direction.Length < 2)
            throw new ArgumentException("A direction has at least two elements.", nameof(direction));
        double length = Numerics.Reduce.Norm(direction);
        if (!(length > 0))
            throw new ArgumentException("The direction must not be zero.", nameof(direction));
        _direction = direction.ToArray();
        _parameters = [new("direction", direction.Length), new("concentration", 1)];
        foreach (ref double value in _direction.AsSpan())
            value /= length;

        // Of exp(kappa (mu' x - 1)). At kappa = 0 the inverse of the sphere's area, 2 pi^(n/2)/Gamma(n/2).
        double half = 0.5 * direction.Length, order = half - 1;
        _logNormalizer = concentration == 0
            ? SpecialFunctions.LogGamma(half) - LawConstants.Log2 - (half * Math.Log(Math.PI))
            : (order * Math.Log(concentration)) - (half * Math.Log(2 * Math.PI)) - SpecialFunctions.LogBesselIScaled(order, concentration);
    }

    /// <summary>The concentration kappa.</summary>
    public double Concentration { get; }

    /// <inheritdoc/>
    public int Dimension => _direction.Length;

    /// <summary>The mean direction mu.</summary>
    public ReadOnlySpan<double> Direction => _direction;

    /// <summary>The length I_(n/2)(kappa)/I_(n/2 - 1)(kappa) of the mean vector.</summary>
    public double MeanResultantLength => Concentration == 0
        ? 0
        : SpecialFunctions.BesselIRatio((0.5 * Dimension) - 1, Concentration);

    /// <summary>The differential entropy in nats.</summary>
    public double Entropy => (Concentration * (1 - MeanResultantLength)) - _logNormalizer;

    /// <inheritdoc/>
    /// <remarks>Negative infinity when the length of x differs from 1 by more than 1e-8.</remarks>
    public double LogDensity(ReadOnlySpan<double> x)
    {
        Require.Length(x.Length, Dimension, nameof(x));

        // 1 - mu' x = |x - mu|^2/2, which doesn't cancel near the mean.
        double square = 0, distance = 0;
        for (int i = 0; i < x.Length; i++)
        {
            square += x[i] * x[i];
            distance += (x[i] - _direction[i]) * (x[i] - _direction[i]);
        }

        return Math.Abs(square - 1) <= 2 * LengthTolerance ? _logNormalizer - (0.5 * Concentration * distance) : double.IsNaN(square) ? double.NaN : double.NegativeInfinity;
    }

    /// <inheritdoc/>
    /// <remarks>kappa mu, the gradient of the formula as a function of all n elements.</remarks>
    public void LogDensityGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        Require.Length(x.Length, Dimension, nameof(x));
        Require.Length(gradient.Length, Dimension, nameof(gradient));
        for (int i = 0; i < gradient.Length; i++)
            gradient[i] = Concentration * _direction[i];
    }

    /// <inheritdoc/>
    public ReadOnlySpan<LawParameter> Parameters => _parameters;

    /// <inheritdoc/>
    /// <remarks>
    /// kappa x for the direction, the gradient of the formula as a function of all n elements: its part tangent to the sphere is the derivative of the law. mu' x - I_(n/2)(kappa)/I_(n/2 - 1)(kappa) for the concentration.
    /// </remarks>
    public void LogDensityParameterGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        Require.Length(x.Length, Dimension, nameof(x));
        Require.Length(gradient.Length, Dimension + 1, nameof(gradient));
        double along = 0;
        for (int i = 0; i < x.Length; i++)
        {
            gradient[i] = Concentration * x[i];
            along += x[i] * _direction[i];
        }

        gradient[^1] = along - MeanResultantLength;
    }

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> points, ulong offset = 0)
    {
        int n = Dimension, count = QuasiRandom.Points(points.Length, n, nameof(points));
        RandomFill.Normal(key.Fold(0), points, offset * (ulong)n);
        double kappa = Concentration, m = n - 1;
        double b = m / ((2 * kappa) + Math.Sqrt((4 * kappa * kappa) + (m * m)));
        double x0 = (1 - b) / (1 + b), c = (kappa * x0) + (m * Math.Log(1 - (x0 * x0)));
        for (int i = 0; i < count; i++)
        {
            // The component w along the mean by rejection, the rest uniform on the sphere around it: the part of a normal vector orthogonal to the mean.
            RandomStream stream = key.Fold(1).Fold(offset + (ulong)i).Stream();
            double w;
            while (true)
            {
                double z = stream.NextBeta(0.5 * m, 0.5 * m);
                w = (1 - ((1 + b) * z)) / (1 - ((1 - b) * z));
                if ((kappa * w) + (m * Math.Log(1 - (x0 * w))) - c >= Math.Log(stream.NextOpenDouble()))
                    break;
            }

            Span<double> x = points.Slice(i * n, n);
            double along = 0, squares = 0;
            for (int j = 0; j < n; j++)
                along += x[j] * _direction[j];
            for (int j = 0; j < n; j++)
            {
                x[j] -= along * _direction[j];
                squares += x[j] * x[j];
            }

            double scale = Math.Sqrt(Math.Max(0, 1 - (w * w)) / squares);
            for (int j = 0; j < n; j++)
                x[j] = (w * _direction[j]) + (scale * x[j]);
        }
    }
}
