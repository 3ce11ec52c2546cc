using System.Numerics;
using OptiCore.Numerics;

namespace OptiCore.KernelMethods;

/// <summary>What a <see cref="LloydMaxQuantizer"/> makes small.</summary>
public enum QuantizerTarget
{
    /// <summary>E (Q(z) - z)^2: LM-RFF.</summary>
    Features,

    /// <summary>E (Q(z)^2 - z^2)^2: LM^2-RFF, more accurate for kernels near 1 with the normalized estimate.</summary>
    SquaredFeatures,
}

/// <summary>
/// The best quantizer of random Fourier features sqrt(2) cos(gamma w'x + tau): their law is the arcsine law for every kernel, point and scale, so that there is one codebook
/// for each number of bits.
/// </summary>
/// <remarks>
/// <para>The optimum satisfies two conditions: every threshold is the midpoint of its levels, and every level the mean of its cell,
/// m_i = (sqrt(2 - t_i^2) - sqrt(2 - t_(i+1)^2)) / (asin(t_(i+1)/sqrt(2)) - asin(t_i/sqrt(2))), exact for the arcsine law. They are solved by Newton's method from the levels of the
/// high-resolution limit, whose density is the cube root of the law's.</para>
/// <para>For the squares, z^2 - 1 follows the arcsine law divided by sqrt(2) itself: levels and thresholds of b bits are +-sqrt(1 + q / sqrt(2)) with those of b - 1 bits.</para>
/// <para>Estimates from the codes are biased, mainly by a common factor: with 1 bit the normalized estimate of a Gaussian kernel k has the mean 8/pi^2 (k + k^9/9 + k^25/25 + ...). What
/// is learned from them doesn't depend on the factor, and their error is much smaller than that of <see cref="StochasticQuantizer"/>, which is unbiased: prefer that one only where 1 bit
/// has to give the value of a kernel from many hundred features.</para>
/// <para>X. Li, P. Li (2021), "Quantization Algorithms for Random Fourier Features"; S. P. Lloyd (1982), "Least squares quantization in PCM".</para>
/// </remarks>
[Algorithm("LM-RFF", "Kernel features", "X. Li, P. Li (2021), Quantization Algorithms for Random Fourier Features", Capabilities = "1 to 8 bits, LM^2")]
public sealed class LloydMaxQuantizer : FeatureQuantizer
{
    private const int MostIterations = 200;

    private readonly double[] _thresholds;

    /// <summary>Computes the codebook.</summary>
    /// <param name="bits">The number of bits of a code, 1 to <see cref="FeatureQuantizer.MostBits"/>.</param>
    /// <param name="target">What the codebook makes small.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number of bits is out of range, or the target isn't defined.</exception>
    public LloydMaxQuantizer(int bits, QuantizerTarget target = QuantizerTarget.Features)
        : this(CheckedBits(bits), Require.Defined(target, nameof(target)), target == QuantizerTarget.Features ? Solve(1 << bits) : Doubled(Solve(1 << (bits - 1))))
    {
    }

    private LloydMaxQuantizer(int bits, QuantizerTarget target, (double[] Levels, double[] Thresholds) codebook)
        : base(bits, codebook.Levels)
    {
        Target = target;
        _thresholds = codebook.Thresholds;
    }

    /// <summary>What the codebook makes small.</summary>
    public QuantizerTarget Target { get; }

    /// <summary>The 2^b - 1 thresholds between the levels, ascending.</summary>
    public ReadOnlySpan<double> Thresholds => _thresholds;

    /// <summary>The expected distortion E (Q(z) - z)^2 under the arcsine law, whatever the target.</summary>
    public double Distortion
    {
        get
        {
            double sum = 1;
            for (int i = 0; i < Levels.Length; i++)
            {
                (double low, double high) = Cell(i);
                double probability = ArcsineLaw.Probability(low, high), level = Levels[i];
                sum += probability * level * (level - (2 * ArcsineLaw.Centroid(low, high)));
            }

            return sum;
        }
    }

    /// <summary>The code of a feature: the cell in which it lies, a threshold belonging to the cell below. O(b).</summary>
    /// <param name="feature">The feature.</param>
    public int Encode(double feature)
    {
        int low = 0, high = _thresholds.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (feature > _thresholds[middle])
                low = middle + 1;
            else
                high = middle;
        }

        return low;
    }

    /// <summary>Encodes and packs the features of one point.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="features">The features.</param>
    /// <param name="packed">Receives the packed codes, <see cref="FeatureQuantizer.PackedLength"/> bytes.</param>
    /// <exception cref="ArgumentException">The number of bytes doesn't fit.</exception>
    public void Encode<T>(ReadOnlySpan<T> features, Span<byte> packed) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Length(packed.Length, PackedLength(features.Length), nameof(packed));
        packed.Clear();
        for (int i = 0; i < features.Length; i++)
            Pack(packed, i, Encode(double.CreateTruncating(features[i])));
    }

    private (double Low, double High) Cell(int i) =>
        (i == 0 ? -ArcsineLaw.End : _thresholds[i - 1], i == _thresholds.Length ? ArcsineLaw.End : _thresholds[i]);

    /// <summary>The codebook of the arcsine law with a number of levels.</summary>
    private static (double[] Levels, double[] Thresholds) Solve(int count)
    {
        var levels = new double[count];
        if (count == 1)
            return (levels, []);
        Start(levels);
        double[] centroids = new double[count], trial = new double[count], lower = new double[count], diagonal = new double[count], upper = new double[count];
        double residual = Centroids(levels, centroids);
        for (int iteration = 0; iteration < MostIterations && residual > 0; iteration++)
        {
            Jacobian(levels, centroids, lower, diagonal, upper);
            for (int i = 0; i < count; i++)
                trial[i] = centroids[i] - levels[i];
            Thomas(lower, diagonal, upper, trial);
            for (int i = 0; i < count; i++)
                trial[i] += levels[i];
            Symmetrize(trial);
            double next = IsAscending(trial) ? Centroids(trial, upper) : double.PositiveInfinity;
            if (!(next < residual))
            {
                // Newton's step leads nowhere: far from the solution Lloyd's step always lowers the distortion; near it rounding has been reached.
                if (residual < 1e-12)
                    break;
                centroids.CopyTo(trial, 0);
                Symmetrize(trial);
                next = Centroids(trial, upper);
            }

            trial.CopyTo(levels, 0);
            upper.CopyTo(centroids, 0);
            residual = next;
        }

        var thresholds = new double[count - 1];
        for (int i = 0; i < thresholds.Length; i++)
            thresholds[i] = (levels[i] + levels[i + 1]) / 2;
        return (levels, thresholds);
    }

    /// <summary>Levels with a density in proportion to (2 - z^2)^(-1/6): P. F. Panter, W. Dite (1951), "Quantization distortion in pulse-count modulation with nonuniform spacing of levels".</summary>
    private static void Start(double[] levels)
    {
        // The distribution function by the midpoint rule in the angle, where the integrand cos^(2/3) is bounded.
        const int Steps = 4096;
        double total = 0, sum = 0;
        for (int i = 0; i < Steps; i++)
            total += Weight(i);
        for (int i = 0, next = 0; i < Steps && next < levels.Length; i++)
        {
            sum += Weight(i);
            while (next < levels.Length && sum >= total * (next + 0.5) / levels.Length)
                levels[next++] = Sine(i);
        }

        Symmetrize(levels);

        static double Sine(int i) => ArcsineLaw.End * SinCos(i).Sin;

        static double Weight(int i) => LaneMath.Exp(new Lanes1<double>(2.0 / 3 * LaneMath.Log(new Lanes1<double>(SinCos(i).Cos)).Value)).Value;

        static (double Sin, double Cos) SinCos(int i)
        {
            LaneMath.SinCosTurns(new Lanes1<double>((((i + 0.5) / Steps) - 0.5) / 2), out Lanes1<double> sin, out Lanes1<double> cos);
            return (sin.Value, cos.Value);
        }
    }

    /// <summary>The means of the cells of levels; returns the largest difference from the levels.</summary>
    private static double Centroids(double[] levels, double[] centroids)
    {
        double residual = 0;
        for (int i = 0; i < levels.Length; i++)
        {
            (double low, double high) = Cell(levels, i);
            centroids[i] = ArcsineLaw.Centroid(low, high);
            residual = Math.Max(residual, Math.Abs(levels[i] - centroids[i]));
        }

        return residual;
    }

    /// <summary>The derivatives of level - mean of the cell by the levels.</summary>
    private static void Jacobian(double[] levels, double[] centroids, double[] lower, double[] diagonal, double[] upper)
    {
        for (int i = 0; i < levels.Length; i++)
        {
            (double low, double high) = Cell(levels, i);
            double width = ArcsineLaw.Angle(high) - ArcsineLaw.Angle(low);
            double byLow = i == 0 ? 0 : (centroids[i] - low) / (ArcsineLaw.Height(low) * width);
            double byHigh = i == levels.Length - 1 ? 0 : (high - centroids[i]) / (ArcsineLaw.Height(high) * width);
            lower[i] = -byLow / 2;
            upper[i] = -byHigh / 2;
            diagonal[i] = 1 - ((byLow + byHigh) / 2);
        }
    }

    /// <summary>Solves a tridiagonal system by elimination.</summary>
    private static void Thomas(double[] lower, double[] diagonal, double[] upper, double[] x)
    {
        for (int i = 1; i < x.Length; i++)
        {
            double factor = lower[i] / diagonal[i - 1];
            diagonal[i] -= factor * upper[i - 1];
            x[i] -= factor * x[i - 1];
        }

        for (int i = x.Length - 1; i >= 0; i--)
            x[i] = (x[i] - (i + 1 < x.Length ? upper[i] * x[i + 1] : 0)) / diagonal[i];
    }

    private static (double Low, double High) Cell(double[] levels, int i) => (
        i == 0 ? -ArcsineLaw.End : (levels[i - 1] + levels[i]) / 2,
        i == levels.Length - 1 ? ArcsineLaw.End : (levels[i] + levels[i + 1]) / 2);

    private static void Symmetrize(double[] levels)
    {
        for (int i = 0, j = levels.Length - 1; i < j; i++, j--)
        {
            levels[j] = (levels[j] - levels[i]) / 2;
            levels[i] = -levels[j];
        }
    }

    private static bool IsAscending(double[] levels)
    {
        double last = -ArcsineLaw.End;
        foreach (double level in levels)
        {
            if (!(level > last))
                return false;
            last = level;
        }

        return last < ArcsineLaw.End;
    }

    /// <summary>The codebook of the squares' distortion with twice the number of levels.</summary>
    private static (double[] Levels, double[] Thresholds) Doubled((double[] Levels, double[] Thresholds) squares)
    {
        int half = squares.Levels.Length;
        double[] levels = new double[2 * half], thresholds = new double[(2 * half) - 1];
        for (int i = 0; i < half; i++)
        {
            levels[half + i] = Root(squares.Levels[i]);
            levels[half - 1 - i] = -levels[half + i];
        }

        for (int i = 0; i + 1 < half; i++)
        {
            thresholds[half + i] = Root(squares.Thresholds[i]);
            thresholds[half - 2 - i] = -thresholds[half + i];
        }

        return (levels, thresholds);

        // 1 + q / sqrt(2), without loss where q is near -sqrt(2).
        static double Root(double q) => Math.Sqrt((ArcsineLaw.End + q) / ArcsineLaw.End);
    }
}
