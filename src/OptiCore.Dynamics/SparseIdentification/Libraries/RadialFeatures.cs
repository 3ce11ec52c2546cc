using System.Globalization;

namespace OptiCore.Dynamics;

/// <summary>Functions of the distance r to a centre.</summary>
public enum RadialBasis
{
    /// <summary>exp(-(r / l)^2 / 2).</summary>
    Gaussian,

    /// <summary>1 / (1 + (r / l)^2).</summary>
    InverseQuadratic,

    /// <summary>(r / l)^2 log(r / l), 0 at r = 0.</summary>
    ThinPlate,
}

/// <summary>One function of the distance to each of a number of centres.</summary>
public sealed record RadialFeatures : FeatureLibrary
{
    private readonly double[] _centres;
    private readonly int _dimension;

    /// <summary>Makes the library.</summary>
    /// <param name="centres">The centres, N x n, row-major, finite: a part of the data, or what a clustering finds.</param>
    /// <param name="dimension">The number n of variables.</param>
    /// <exception cref="ArgumentException">There is no centre, the length isn't a multiple of n or a number isn't finite.</exception>
    public RadialFeatures(ReadOnlySpan<double> centres, int dimension)
    {
        _dimension = Require.Positive(dimension, nameof(dimension));
        if (centres.IsEmpty)
            throw new ArgumentException("There must be at least one centre.", nameof(centres));
        Require.Length(centres.Length, centres.Length / dimension * dimension, nameof(centres));
        Require.AllFinite(centres, nameof(centres));
        _centres = centres.ToArray();
    }

    /// <summary>The function of the distance. Default: Gaussian.</summary>
    public RadialBasis Basis { get; init => field = Require.Defined(value); }

    /// <summary>The length scale l. Default: 1.</summary>
    public double LengthScale { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The centres, N x n, row-major.</summary>
    public ReadOnlySpan<double> Centres => _centres;

    /// <inheritdoc/>
    public override int Count(int dimension) => dimension == _dimension
        ? _centres.Length / _dimension
        : throw new ArgumentOutOfRangeException(nameof(dimension), dimension, $"The centres have {_dimension} variables.");

    /// <inheritdoc/>
    public override void Evaluate(ReadOnlySpan<double> x, Span<double> features)
    {
        for (int j = 0; j < features.Length; j++)
        {
            double square = 0;
            for (int i = 0; i < x.Length; i++)
            {
                double difference = (x[i] - _centres[(j * _dimension) + i]) / LengthScale;
                square += difference * difference;
            }

            features[j] = Basis switch
            {
                RadialBasis.Gaussian => Math.Exp(-0.5 * square),
                RadialBasis.InverseQuadratic => 1 / (1 + square),
                _ => square > 0 ? 0.5 * square * Math.Log(square) : 0,
            };
        }
    }

    /// <inheritdoc/>
    public override string Name(int feature, ReadOnlySpan<string> variables) => string.Create(CultureInfo.InvariantCulture, $"rbf{feature}");
}
