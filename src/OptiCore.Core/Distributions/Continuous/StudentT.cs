using OptiCore.Randomness;

namespace OptiCore.Distributions;

/// <summary>
/// Student's t law: p(x) = (1 + z^2/nu)^(-(nu + 1)/2) / (s sqrt(nu) B(nu/2, 1/2)) with z = (x - mu)/s. Heavy tails: moments of order nu and above don't exist.
/// </summary>
/// <remarks>
/// <para>Draws are a normal number over the root of a gamma number. Source: N. L. Johnson, S. Kotz, N. Balakrishnan (1995), "Continuous Univariate Distributions", volume 2, chapter 28.</para>
/// </remarks>
public readonly record struct StudentT : IContinuousDistribution
{
    private static readonly string[] Names = ["degreesOfFreedom", "location", "scale"];

    private readonly double _logNormalizer;

    /// <summary>Makes the law.</summary>
    /// <param name="degreesOfFreedom">The degrees of freedom nu, positive and finite.</param>
    /// <param name="location">The location, finite.</param>
    /// <param name="scale">The scale, positive and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">A parameter is out of its range.</exception>
    public StudentT(double degreesOfFreedom, double location = 0, double scale = 1)
    {
        DegreesOfFreedom = Require.Positive(degreesOfFreedom, nameof(degreesOfFreedom));
        Location = Require.Finite(location, nameof(location));
        Scale = Require.Positive(scale, nameof(scale));
        _logNormalizer = -SpecialFunctions.LogBeta(0.5 * degreesOfFreedom, 0.5) - (0.5 * Math.Log(degreesOfFreedom)) - Math.Log(scale);
    }

    /// <summary>The degrees of freedom nu, positive and finite.</summary>
    public double DegreesOfFreedom { get; }

    /// <summary>The location, finite.</summary>
    public double Location { get; }

    /// <summary>The scale, positive and finite.</summary>
    public double Scale { get; }

    /// <inheritdoc/>
    public (double Low, double High) Support => (double.NegativeInfinity, double.PositiveInfinity);

    /// <inheritdoc/>
    public double Mean => DegreesOfFreedom > 1 ? Location : double.NaN;

    /// <inheritdoc/>
    public double Variance => DegreesOfFreedom > 2 ? Scale * Scale * DegreesOfFreedom / (DegreesOfFreedom - 2) : DegreesOfFreedom > 1 ? double.PositiveInfinity : double.NaN;

    /// <inheritdoc/>
    public double Skewness => DegreesOfFreedom > 3 ? 0 : double.NaN;

    /// <inheritdoc/>
    public double ExcessKurtosis => DegreesOfFreedom > 4 ? 6 / (DegreesOfFreedom - 4) : DegreesOfFreedom > 2 ? double.PositiveInfinity : double.NaN;

    /// <inheritdoc/>
    public double Entropy => (0.5 * (DegreesOfFreedom + 1) * LawConstants.DigammaHalfStep(0.5 * DegreesOfFreedom)) - _logNormalizer;

    /// <inheritdoc/>
    public ReadOnlySpan<string> ParameterNames => Names;

    /// <inheritdoc/>
    public double LogDensity(double x) => _logNormalizer - (0.5 * (DegreesOfFreedom + 1) * LogOnePlusSquare((x - Location) / Scale));

    /// <inheritdoc/>
    public double LogDensityDerivative(double x)
    {
        double z = (x - Location) / Scale;
        return double.IsInfinity(z) ? 0 : -(DegreesOfFreedom + 1) / Scale / ((DegreesOfFreedom / z) + z);
    }

    /// <inheritdoc/>
    public void LogDensityGradient(double x, Span<double> gradient)
    {
        Require.Length(gradient.Length, ParameterNames.Length, nameof(gradient));
        double nu = DegreesOfFreedom, z = (x - Location) / Scale, share = 1 / (1 + (nu / z / z));
        gradient[0] = 0.5 * (LawConstants.DigammaHalfStep(0.5 * nu) - (1 / nu) - LogOnePlusSquare(z) + ((nu + 1) / nu * share));
        gradient[1] = z == 0 ? 0 : (nu + 1) * share / z / Scale;
        gradient[2] = (((nu + 1) * share) - 1) / Scale;
    }

    /// <inheritdoc/>
    public double Cdf(double x) => Upper((Location - x) / Scale);

    /// <inheritdoc/>
    public double Survival(double x) => Upper((x - Location) / Scale);

    /// <inheritdoc/>
    public double Quantile(double p) => Location - (Scale * UpperQuantile(p));

    /// <inheritdoc/>
    public double SurvivalQuantile(double q) => Location + (Scale * UpperQuantile(q));

    /// <inheritdoc/>
    public void Fill(RandomKey key, Span<double> destination, ulong offset = 0, IWorkers? workers = null) => BlockFill.Run(new Draw(key, this), destination, offset, workers);

    /// <summary>ln(1 + z^2/nu), also where the square overflows.</summary>
    private double LogOnePlusSquare(double z) => Math.Abs(z) < 1e100 ? SpecialFunctions.LogOnePlus(z * z / DegreesOfFreedom) : (2 * Math.Log(Math.Abs(z))) - Math.Log(DegreesOfFreedom);

    /// <summary>P(Z > z) of the standard law, by the incomplete beta function in the smaller of its two arguments.</summary>
    private double Upper(double z)
    {
        if (double.IsNaN(z))
            return double.NaN;
        double nu = DegreesOfFreedom, magnitude = Math.Abs(z), ratio = magnitude / nu * magnitude;
        double twoSided = ratio < 1
            ? SpecialFunctions.BetaIncComplement(0.5, 0.5 * nu, ratio / (1 + ratio))
            : FarTail(magnitude, nu);
        return z >= 0 ? 0.5 * twoSided : 1 - (0.5 * twoSided);

        static double FarTail(double z, double nu)
        {
            double share = 1 / (1 + (z / nu * z));
            // Where the argument is this small the leading term of the series is exact, and its logarithm doesn't underflow.
            return share > 1e-200
                ? SpecialFunctions.BetaInc(0.5 * nu, 0.5, share)
                : Math.Exp((0.5 * nu * ((Math.Log(nu) - Math.Log(z)) - Math.Log(z))) - Math.Log(0.5 * nu) - SpecialFunctions.LogBeta(0.5 * nu, 0.5));
        }
    }

    /// <summary>The z with P(Z > z) = q.</summary>
    private double UpperQuantile(double q)
    {
        if (!(q >= 0 && q <= 1))
            return double.NaN;
        if (q > 0.5)
            return -UpperQuantile(1 - q);
        if (q == 0)
            return double.PositiveInfinity;
        double nu = DegreesOfFreedom;
        if (q > 0.25)
        {
            double small = SpecialFunctions.BetaIncComplementInv(0.5, 0.5 * nu, 2 * q);
            return Math.Sqrt(nu * small / (1 - small));
        }

        // In the far tail share^(nu/2) / (nu/2 B) = 2 q, whose solution may be smaller than any double while the quantile isn't large.
        double logShare = 2 / nu * (Math.Log(2 * q) + Math.Log(0.5 * nu) + SpecialFunctions.LogBeta(0.5 * nu, 0.5));
        if (logShare < -90)
            return Math.Sqrt(nu) * Math.Exp(-0.5 * logShare);
        double share = SpecialFunctions.BetaIncInv(0.5 * nu, 0.5, 2 * q);
        return Math.Sqrt(nu * (1 - share) / share);
    }

    private readonly struct Draw(RandomKey key, StudentT law) : IBlockDraw
    {
        public void Fill(Span<double> block, ulong offset)
        {
            Span<double> gamma = stackalloc double[BlockFill.Block];
            gamma = gamma[..block.Length];
            RandomFill.Normal(key.Fold(0), block, offset);
            RandomFill.Gamma(key.Fold(1), 0.5 * law.DegreesOfFreedom, gamma, offset);
            for (int i = 0; i < block.Length; i++)
                block[i] = law.Location + (law.Scale * block[i] * Math.Sqrt(0.5 * law.DegreesOfFreedom / gamma[i]));
        }
    }
}
