using System.Numerics;

namespace OptiCore.KernelMethods;

/// <summary>
/// Unbiased quantization of random Fourier features: 2^b equidistant levels from -sqrt(2) to sqrt(2), of which one of the two around a feature is drawn
/// so that its expectation is the feature.
/// </summary>
/// <remarks>
/// Estimates of kernels between different points are unbiased given the features, but their variance is larger than that of full precision by far for 1 or 2 bits; the
/// normalized estimate isn't unbiased. <see cref="LloydMaxQuantizer"/> has the smaller error. StocQ in X. Li, P. Li (2021), "Quantization Algorithms for
/// Random Fourier Features", after J. Zhang, A. May, T. Dao, C. Re (2019), "Low-precision random Fourier features for memory-constrained kernel approximation".
/// </remarks>
public sealed class StochasticQuantizer : FeatureQuantizer
{
    /// <summary>Creates the quantizer.</summary>
    /// <param name="bits">The number of bits of a code, 1 to <see cref="FeatureQuantizer.MostBits"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of bits is out of range.</exception>
    public StochasticQuantizer(int bits)
        : base(CheckedBits(bits), Equidistant(1 << bits))
    {
    }

    /// <summary>Encodes and packs the features of one point. Features outside the range, which rounding may give, get the level at the end.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="key">Draws the levels: feature i by the uniform number i of its stream. Another one for each point, such as <c>key.Fold(point)</c>: with the same
    /// key the errors of two points are dependent and the estimate of their kernel is biased.</param>
    /// <param name="features">The features.</param>
    /// <param name="packed">Receives the packed codes, <see cref="FeatureQuantizer.PackedLength"/> bytes.</param>
    /// <exception cref="ArgumentException">The number of bytes doesn't fit.</exception>
    public void Encode<T>(RandomKey key, ReadOnlySpan<T> features, Span<byte> packed) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Length(packed.Length, PackedLength(features.Length), nameof(packed));
        packed.Clear();
        RandomStream stream = key.Stream();
        int steps = Levels.Length - 1;
        for (int i = 0; i < features.Length; i++)
        {
            double at = (double.CreateTruncating(features[i]) - Levels[0]) / (Levels[steps] - Levels[0]) * steps;
            at = at > 0 ? Math.Min(at, steps) : 0;
            double below = Math.Floor(at);
            Pack(packed, i, (int)below + (stream.NextDouble() < at - below ? 1 : 0));
        }
    }

    private static double[] Equidistant(int count)
    {
        var levels = new double[count];
        for (int i = 0; i < count; i++)
            levels[i] = ArcsineLaw.End * ((2 * i) - (count - 1)) / (count - 1);
        return levels;
    }
}
