using System.Globalization;

namespace OptiCore.Dynamics;

/// <summary>sin(k w x_i) and cos(k w x_i) for the harmonics k = 1, 2, ... of every variable: sine, cosine, then the next harmonic, then the next variable.</summary>
/// <remarks>For all e^(i k'x) of several angles, multiply: <c>new ProductFeatures(new RestrictedFeatures(f, 0), new RestrictedFeatures(f, 1))</c> with the constant.</remarks>
public sealed record FourierFeatures : FeatureLibrary
{
    /// <summary>The number of harmonics, at least 1. Default: 1.</summary>
    public int Harmonics { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The fundamental angular frequency w. Default: 1.</summary>
    public double Frequency { get; init => field = Require.Positive(value); } = 1;

    /// <summary>Whether the constant 1 comes first. Default: false.</summary>
    public bool IncludeConstant { get; init; }

    /// <inheritdoc/>
    public override int Count(int dimension) => (2 * Harmonics * Require.Positive(dimension, nameof(dimension))) + (IncludeConstant ? 1 : 0);

    /// <inheritdoc/>
    public override void Evaluate(ReadOnlySpan<double> x, Span<double> features)
    {
        int at = 0;
        if (IncludeConstant)
            features[at++] = 1;
        foreach (double value in x)
        {
            for (int k = 1; k <= Harmonics; k++)
            {
                (features[at], features[at + 1]) = Math.SinCos(k * Frequency * value);
                at += 2;
            }
        }
    }

    /// <inheritdoc/>
    public override string Name(int feature, ReadOnlySpan<string> variables)
    {
        if (IncludeConstant && feature-- == 0)
            return "1";
        string function = feature % 2 == 0 ? "sin" : "cos", variable = variables[feature / (2 * Harmonics)];
        double frequency = (1 + (feature / 2 % Harmonics)) * Frequency;
        return frequency == 1 ? $"{function}({variable})" : string.Create(CultureInfo.InvariantCulture, $"{function}({frequency:g6} {variable})");
    }
}
