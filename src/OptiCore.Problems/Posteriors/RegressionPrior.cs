namespace OptiCore.Problems;

/// <summary>
/// The prior of one number of a regression: flat, normal, or Student's t (a Cauchy law is the one of one degree of freedom). For a scale it is the half law on positive numbers. Densities are
/// up to a constant.
/// </summary>
public readonly record struct RegressionPrior
{
    private readonly double _degrees, _location, _inverseScale;

    private RegressionPrior(double degrees, double location, double inverseScale)
    {
        _degrees = degrees;
        _location = location;
        _inverseScale = inverseScale;
    }

    /// <summary>No prior: a constant density. This is the default value too.</summary>
    public static RegressionPrior Flat => default;

    /// <summary>The normal law.</summary>
    /// <param name="mean">The mean.</param>
    /// <param name="scale">The standard deviation.</param>
    /// <exception cref="ArgumentOutOfRangeException">The scale isn't positive.</exception>
    public static RegressionPrior Normal(double mean, double scale) => new(double.PositiveInfinity, Require.Finite(mean), 1 / Require.Positive(scale));

    /// <summary>Student's t law.</summary>
    /// <param name="degrees">The degrees of freedom.</param>
    /// <param name="location">The centre.</param>
    /// <param name="scale">The scale.</param>
    /// <exception cref="ArgumentOutOfRangeException">The degrees or the scale aren't positive.</exception>
    public static RegressionPrior StudentT(double degrees, double location, double scale) =>
        new(Require.Positive(degrees), Require.Finite(location), 1 / Require.Positive(scale));

    /// <summary>The Cauchy law.</summary>
    /// <param name="location">The median.</param>
    /// <param name="scale">The scale.</param>
    /// <exception cref="ArgumentOutOfRangeException">The scale isn't positive.</exception>
    public static RegressionPrior Cauchy(double location, double scale) => StudentT(1, location, scale);

    /// <summary>Computes log p(x) and its derivative.</summary>
    internal double LogDensity(double x, out double derivative)
    {
        double z = (x - _location) * _inverseScale;
        if (double.IsPositiveInfinity(_degrees) || _inverseScale == 0)
        {
            derivative = -z * _inverseScale;
            return -0.5 * z * z;
        }

        double excess = z * z / _degrees;
        derivative = -(_degrees + 1) * z * _inverseScale / (_degrees * (1 + excess));
        return -0.5 * (_degrees + 1) * SpecialFunctions.LogOnePlus(excess);
    }
}
