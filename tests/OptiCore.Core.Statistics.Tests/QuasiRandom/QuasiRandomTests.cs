using System.Text.Json;
using OptiCore.Randomness;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.Statistics.QuasiRandom;

public class QuasiRandomTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(2024);

    public static TheoryData<string> Cases => [.. Reference.Cases("quasi-random/scipy-qmc.json").Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public void EqualsSciPy(string id)
    {
        JsonElement reference = Reference.Cases("quasi-random/scipy-qmc.json")[id];
        string kind = id.Split('-', 2)[0];
        if (kind == "sobol")
        {
            int dimension = reference.GetProperty("dimension").GetInt32();
            int[] columns = [.. reference.GetProperty("columns").EnumerateArray().Select(c => c.GetInt32())];
            foreach ((string property, ulong first) in new[] { ("first", 0ul), ("at1000", 1000ul) })
            {
                double[][] expected = [.. reference.GetProperty(property).EnumerateArray().Select(r => r.Numbers())];
                double[] points = new double[expected.Length * dimension];
                new Sobol(dimension).Fill(points, first);
                for (int i = 0; i < expected.Length; i++)
                {
                    for (int c = 0; c < columns.Length; c++)
                        Assert.True(expected[i][c] == points[(i * dimension) + columns[c]], $"{id}: point {first + (ulong)i}, coordinate {columns[c]}.");
                }
            }
        }
        else if (kind == "halton")
        {
            double[] expected = reference.RowMajor("points");
            double[] points = new double[expected.Length];
            new Halton(reference.GetProperty("dimension").GetInt32()).Fill(points);
            for (int i = 0; i < expected.Length; i++)
                Promises.Close(expected[i], points[i], 4e-16, 0, $"{id}, element {i}");
        }
        else
        {
            double[] points = reference.RowMajor("points");
            double value = id switch
            {
                "discrepancy-CD" => Discrepancy.CenteredL2Squared(points, 3),
                "discrepancy-WD" => Discrepancy.WrapAroundL2Squared(points, 3),
                "discrepancy-MD" => Discrepancy.MixtureL2Squared(points, 3),
                _ => Discrepancy.StarL2(points, 3),
            };
            Promises.Close(reference.Number("value"), value, 1e-12, 0, id);
        }
    }

    [Fact]
    public void ScrambledSobolPointsAreStillNetsAndDifferFromTheKey()
    {
        // The first two dimensions are a (0, m, 2)-net: each of the 2^m boxes of any shape 2^-a x 2^-(m-a) holds one point.
        const int M = 10;
        double[] points = new double[2 << M], other = new double[2 << M];
        new Sobol(2, Key).Fill(points);
        new Sobol(2, Key.Fold(1)).Fill(other);
        Assert.NotEqual(points, other);
        for (int a = 0; a <= M; a++)
        {
            var boxes = new HashSet<(int, int)>();
            for (int i = 0; i < 1 << M; i++)
                Assert.True(boxes.Add(((int)(points[2 * i] * (1 << a)), (int)(points[(2 * i) + 1] * (1 << (M - a))))), $"2^{a} x 2^{M - a}: two points share a box.");
        }
    }

    [Fact]
    public void AScrambledCoordinateIsUniformOverKeysToTheLastDigits()
    {
        // One and the same point under 4000 keys: chi-square over 64 cells of the value and of its digits 27 to 32 and 47 to 52, at 1e-4 each.
        int[] high = new int[64], middle = new int[64], low = new int[64];
        double[] point = new double[3];
        for (int k = 0; k < 4000; k++)
        {
            new Sobol(3, Key.Fold(k)).Fill(point, 5);
            high[(int)(point[2] * 64)]++;
            middle[(int)((ulong)(point[2] * (1L << 32)) & 63)]++;
            low[(int)((ulong)(point[2] * (1L << 52)) & 63)]++;
        }

        foreach (int[] counts in new[] { high, middle, low })
            Assert.InRange(counts.Sum(c => (c - 62.5) * (c - 62.5) / 62.5), 25, 112);
    }

    [Fact]
    public void TheErrorOfAScrambledMeanFallsFasterThanThatOfRandomPoints()
    {
        // prod_j (1 + (x_j - 1/2)) over 5 dimensions; root-mean-square errors over 20 keys.
        static double Rms(int n)
        {
            double[] x = new double[5 * n];
            double sum = 0;
            for (int k = 0; k < 20; k++)
            {
                new Sobol(5, Key.Fold(k)).Fill(x);
                double mean = 0;
                for (int i = 0; i < n; i++)
                {
                    double product = 1;
                    for (int j = 0; j < 5; j++)
                        product *= 1 + (x[(5 * i) + j] - 0.5);
                    mean += product / n;
                }

                sum += (mean - 1) * (mean - 1);
            }

            return Math.Sqrt(sum / 20);
        }

        double coarse = Rms(1 << 6), fine = Rms(1 << 12);
        Assert.True(fine < coarse / 100, $"{coarse:g3} at 2^6 and {fine:g3} at 2^12 points: random points would gain a factor of 8.");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void PiecesAreTheWhole(bool scrambled)
    {
        RandomKey? key = scrambled ? Key : null;
        foreach (IQuasiRandomSequence sequence in new IQuasiRandomSequence[] { new Sobol(7, key), new Halton(7, key) })
        {
            double[] whole = new double[7 * 300], piece = new double[7 * 77];
            sequence.Fill(whole, 3);
            sequence.Fill(piece, 3 + 123);
            Promises.SameBits(whole.AsSpan(7 * 123, piece.Length), piece, sequence.GetType().Name);
            Assert.All(whole, v => Assert.InRange(v, 0, 1 - double.Epsilon));
        }
    }

    [Fact]
    public void TheLastPointsOfAllAreReached()
    {
        double[] points = new double[4];
        var sobol = new Sobol(2);
        sobol.Fill(points, (1UL << 32) - 2);
        Assert.NotEqual(points[0], points[2]);
        Assert.Throws<ArgumentException>(() => sobol.Fill(points, (1UL << 32) - 1));
    }

    [Fact]
    public void ScrambledHaltonPointsKeepTheirStrata()
    {
        // Any 3^4 consecutive points have one in each interval of length 3^-4 of the coordinate of base 3.
        double[] points = new double[2 * 81];
        new Halton(2, Key).Fill(points, 1000);
        Assert.Equal(81, Enumerable.Range(0, 81).Select(i => (int)(points[(2 * i) + 1] * 81)).Distinct().Count());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ALatinHypercubeHasOnePointInEachInterval(bool centered)
    {
        double[] points = new double[3 * 101];
        LatinHypercube.Fill(Key, 3, points, centered);
        for (int j = 0; j < 3; j++)
            Assert.Equal(101, Enumerable.Range(0, 101).Select(i => (int)(points[(3 * i) + j] * 101)).Distinct().Count());
        Assert.Equal(centered, points.All(v => Math.Abs((v * 101) - Math.Floor(v * 101) - 0.5) < 1e-9));
    }

    [Fact]
    public void FillsAllocateNothing()
    {
        var sobol = new Sobol(5, Key);
        var plain = new Sobol(5);
        var halton = new Halton(5, Key);
        double[] points = new double[50];
        Promises.AllocatesNothing(
            () =>
            {
                sobol.Fill(points);
                plain.Fill(points, 9);
                halton.Fill(points);
                LatinHypercube.Fill(Key, 5, points);
            },
            "quasi-random fills");
    }

    [Fact]
    public void NonsenseIsRejected()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Sobol(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Sobol(Sobol.MaximalDimension + 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new Halton(0));
        Assert.Throws<ArgumentException>(() => new Sobol(3).Fill(new double[4]));
        Assert.Throws<ArgumentException>(() => Discrepancy.CenteredL2Squared([0.5, 1.5], 2));
    }
}
