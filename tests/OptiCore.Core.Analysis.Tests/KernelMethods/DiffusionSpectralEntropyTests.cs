using OptiCore.KernelMethods;
using OptiCore.Randomness;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.KernelMethods;

public class DiffusionSpectralEntropyTests
{
    [Fact]
    public void SpectraMeetWhatIsKnown()
    {
        var entropy = new DiffusionSpectralEntropy<double>(8, 1, new() { Bandwidth = 1 });
        Assert.Equal(0, entropy.Entropy([3]));

        // Equal points: one region. Points far apart: as many regions as points.
        Promises.Close(0, entropy.Entropy([1, 1, 1, 1]), 0, 1e-13, "equal points");
        Promises.Close(Math.Log(8), entropy.Entropy([0, 100, 200, 300, 400, 500, 600, 700]), 1e-14, 0, "points far apart");
        Promises.Close(Math.Log(2), entropy.Entropy([0, 100, 0, 100, 0, 100]), 1e-13, 0, "two regions");

        // Two points: row sums 1 + k; the anisotropic kernel is a multiple of the kernel; eigenvalues 1 and (1 - k) / (1 + k).
        double k = Math.Exp(-0.5 * 0.49), second = (1 - k) / (1 + k);
        double[] values = new double[2];
        entropy.Eigenvalues([0.2, 0.9], values);
        Promises.Close(1, values[0], 1e-14, 0, "first");
        Promises.Close(second, values[1], 1e-13, 0, "second");
        foreach (double time in (double[])[1, 2, 0.5])
        {
            double a = 1 / (1 + Math.Pow(second, time));
            Promises.Close(
                -(a * Math.Log(a)) - ((1 - a) * Math.Log(1 - a)),
                new DiffusionSpectralEntropy<double>(2, 1, new() { Bandwidth = 1, Time = time }).Entropy([0.2, 0.9]), 1e-13, 0, $"time {time}");
        }

        Promises.Close(entropy.Entropy([0.5, 0.25, 1]), new DiffusionSpectralEntropy<float>(3, 1, new() { Bandwidth = 1 }).Entropy([0.5f, 0.25f, 1]), 1e-14, 0, "float");
        Assert.Equal(1.5, DiffusionSpectralEntropy<double>.MedianDistance([0, 1, 3, 2], 1));
        Assert.Equal(2, DiffusionSpectralEntropy<double>.MedianDistance([0, 1, 3], 1));
    }

    [Fact]
    public void EntropyGrowsWithTheDimensionOfTheManifoldAndHardlyWithNoise()
    {
        const int Count = 300, Ambient = 20;
        var diffusion = new DiffusionSpectralEntropy<double>(Count, Ambient, new() { Bandwidth = 0.7, Time = 2 });
        double last = -1;
        for (int dimension = 1; dimension <= 6; dimension++)
        {
            double entropy = diffusion.Entropy(Embedded(Count, dimension, Ambient, 0.05));
            Assert.True(entropy > last + 0.2, $"dimension {dimension}: {entropy} after {last}");
            last = entropy;
        }

        double quiet = diffusion.Entropy(Embedded(Count, 2, Ambient, 0)), quietBins = BinnedEntropy(Embedded(Count, 2, Ambient, 0), Ambient);
        foreach (double noise in (double[])[0.02, 0.05, 0.1])
        {
            double noisy = diffusion.Entropy(Embedded(Count, 2, Ambient, noise)), noisyBins = BinnedEntropy(Embedded(Count, 2, Ambient, noise), Ambient);
            Assert.True(
                Math.Abs(noisy - quiet) / quiet < 0.5 * (noisyBins - quietBins) / quietBins,
                $"noise {noise}: diffusion {quiet} to {noisy}, bins {quietBins} to {noisyBins}");
        }
    }

    /// <summary>Uniform points of the unit cube of the dimension, embedded by a random map of orthogonal columns, with normal noise in all coordinates.</summary>
    private static double[] Embedded(int count, int dimension, int ambient, double noise)
    {
        double[] inner = new double[count * dimension], map = RandomFeatureTests.Normal(ambient * ambient, 2), points = RandomFeatureTests.Normal(count * ambient, 3);
        RandomFill.UniformOpen(RandomKey.FromSeed(4), inner);
        for (int i = 0; i < dimension; i++)
        {
            Span<double> row = map.AsSpan(i * ambient, ambient);
            for (int j = 0; j < i; j++)
            {
                double dot = 0;
                for (int k = 0; k < ambient; k++)
                    dot += row[k] * map[(j * ambient) + k];
                for (int k = 0; k < ambient; k++)
                    row[k] -= dot * map[(j * ambient) + k];
            }

            double norm = Math.Sqrt(row.ToArray().Sum(x => x * x));
            foreach (ref double x in row)
                x /= norm;
        }

        for (int i = 0; i < count; i++)
        {
            for (int k = 0; k < ambient; k++)
            {
                ref double x = ref points[(i * ambient) + k];
                x *= noise;
                for (int j = 0; j < dimension; j++)
                    x += 2 * inner[(i * dimension) + j] * map[(j * ambient) + k];
            }
        }

        return points;
    }

    /// <summary>The Shannon entropy of points in cubes of side 1/2.</summary>
    private static double BinnedEntropy(double[] points, int dimension)
    {
        string[] cells = [.. points.Chunk(dimension).Select(p => string.Join(' ', p.Select(x => Math.Floor(2 * x))))];
        return -cells.GroupBy(c => c).Sum(g => (double)g.Count() / cells.Length * Math.Log((double)g.Count() / cells.Length));
    }

    [Fact]
    public void InformationFallsAsLabelsAreCorruptedAndVanishesForRandomOnes()
    {
        const int Count = 240, Dimension = 6, Classes = 4;
        double[] points = RandomFeatureTests.Normal(Count * Dimension, 5), centres = RandomFeatureTests.Normal(Classes * Dimension, 6);
        int[] labels = new int[Count], random = new int[Count];
        double[] corrupted = new double[Count];
        RandomFill.Integers(RandomKey.FromSeed(7), Classes, random);
        RandomFill.Uniform(RandomKey.FromSeed(8), corrupted);
        for (int i = 0; i < Count; i++)
        {
            labels[i] = i % Classes;
            for (int k = 0; k < Dimension; k++)
                points[(i * Dimension) + k] = (3 * centres[(labels[i] * Dimension) + k]) + (0.5 * points[(i * Dimension) + k]);
        }

        var entropy = new DiffusionSpectralEntropy<double>(Count, Dimension, new() { Bandwidth = 2 });
        double last = double.PositiveInfinity, first = 0;
        foreach (double part in (double[])[0, 0.25, 0.5, 0.75, 1])
        {
            int[] noisy = [.. labels.Select((label, i) => corrupted[i] < part ? random[i] : label)];
            double information = entropy.MutualInformation(points, noisy, Classes, RandomKey.FromSeed(9));
            Assert.Equal(information, entropy.MutualInformation(points, noisy, Classes, RandomKey.FromSeed(9)));
            Assert.True(information < last, $"{part} corrupted: {information} after {last}");
            first = part == 0 ? information : first;
            last = information;
        }

        Assert.True(Math.Abs(last) < 0.05 * first, $"random labels {last}, right ones {first}");
        double plain = new DiffusionSpectralEntropy<double>(Count, Dimension, new() { Bandwidth = 2, Subsets = 0 }).MutualInformation(points, labels, Classes, default);
        Assert.True(plain > 0.5 * Math.Log(Classes), $"by the definition {plain}");
    }

    [Fact]
    [Trait("Suite", "Kernels")]
    public void SpectraHaveTheSameBitsEverywhere()
    {
        double[] points = RandomFeatureTests.Normal(60 * 5, 10), values = new double[60];
        var entropy = new DiffusionSpectralEntropy<double>(60, 5, new() { Bandwidth = 1.2, Time = 3 });
        entropy.Eigenvalues(points, values);
        Promises.Close(1, values[0], 1e-13, 0, "first");
        Hardware.SameBitsEverywhere<double>(values, "eigenvalues");
        Hardware.SameBitsEverywhere<double>([entropy.Entropy(points)], "entropy");
    }

    [Fact]
    public void EntropyAllocatesNothing()
    {
        double[] points = RandomFeatureTests.Normal(20 * 3, 11);
        int[] labels = [.. Enumerable.Range(0, 20).Select(i => i % 2)];
        var entropy = new DiffusionSpectralEntropy<double>(20, 3, new() { Bandwidth = 1 });
        Promises.AllocatesNothing(() => entropy.Entropy(points), "Entropy");
        Promises.AllocatesNothing(() => entropy.MutualInformation(points, labels, 2, default), "MutualInformation");
    }

    [Fact]
    public void MistakesAreNamed()
    {
        Assert.Throws<ArgumentOutOfRangeException>("Bandwidth", () => new DiffusionSpectrumOptions { Bandwidth = 0 });
        var entropy = new DiffusionSpectralEntropy<double>(2, 1, new() { Bandwidth = 1 });
        Assert.Throws<ArgumentOutOfRangeException>("points", () => entropy.Entropy([]));
        Assert.Throws<ArgumentOutOfRangeException>("points", () => entropy.Entropy([1, 2, 3]));
        Assert.Throws<ArgumentException>("points", () => entropy.Entropy([double.NaN]));
        Assert.Throws<ArgumentException>("labels", () => entropy.MutualInformation([1, 2], [0], 1, default));
        Assert.Throws<ArgumentOutOfRangeException>("labels", () => entropy.MutualInformation([1, 2], [0, 1], 1, default));
        Assert.Throws<ArgumentException>("points", () => DiffusionSpectralEntropy<double>.MedianDistance([1], 1));
    }
}
