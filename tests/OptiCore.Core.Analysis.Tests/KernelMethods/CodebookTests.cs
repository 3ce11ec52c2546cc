using System.Text.Json;
using FsCheck.Fluent;
using OptiCore.KernelMethods;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.KernelMethods;

public class CodebookTests
{
    [Fact]
    public void CodebooksMeetTheReference()
    {
        int cases = 0;
        foreach (JsonElement c in Reference.Json("kernel-methods/codebooks.json").EnumerateArray())
        {
            string id = c.GetProperty("id").GetString()!;
            int bits = c.GetProperty("bits").GetInt32();
            bool isSquared = c.TryGetProperty("squared", out _);
            var quantizer = new LloydMaxQuantizer(bits, isSquared ? QuantizerTarget.SquaredFeatures : QuantizerTarget.Features);
            double[] expected = [.. c.GetProperty("positiveLevels").EnumerateArray().Select(e => e.GetDouble())];
            Assert.Equal(1 << bits, quantizer.Levels.Length);
            for (int i = 0; i < expected.Length; i++)
            {
                Promises.Close(expected[i], quantizer.Levels[expected.Length + i], 0, 2e-14, $"{id} level {i}");
                Assert.Equal(-quantizer.Levels[expected.Length + i], quantizer.Levels[expected.Length - 1 - i]);
            }

            if (!isSquared)
                Promises.Close(c.GetProperty("distortion").GetDouble(), quantizer.Distortion, 0, 1e-14, id + " distortion");
            cases++;
        }

        Assert.Equal(8, cases);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    public void LevelsAreCentroidsAndThresholdsMidpoints(int bits)
    {
        var quantizer = new LloydMaxQuantizer(bits);
        double[] edges = [-Math.Sqrt(2), .. quantizer.Thresholds, Math.Sqrt(2)];
        for (int i = 0; i < quantizer.Levels.Length; i++)
        {
            double a = Math.Asin(Math.Max(-1, edges[i] / Math.Sqrt(2))), b = Math.Asin(Math.Min(1, edges[i + 1] / Math.Sqrt(2)));

            // The mean of sqrt(2) sin over (a, b), by a product instead of the difference of cosines.
            double mean = Math.Sqrt(2) * Math.Sin((a + b) / 2) * Math.Sin((b - a) / 2) / ((b - a) / 2);
            Promises.Close(mean, quantizer.Levels[i], 0, 1e-12, $"level {i} of {bits} bits");
            if (i > 0)
                Assert.Equal((quantizer.Levels[i - 1] + quantizer.Levels[i]) / 2, quantizer.Thresholds[i - 1]);
        }

        if (bits > 1)
            Assert.True(quantizer.Distortion < 0.27 * new LloydMaxQuantizer(bits - 1).Distortion);
    }

    [Fact]
    public void CellsAreThoseOfTheNearestLevelAndCodesSurvivePacking() => Forall.Check(
        Prop.ForAll(
            (from bits in Gen.Choose(1, 8) from features in Gen.Choose(0, 40) from seed in Gen.Choose(0, int.MaxValue) select (bits, features, seed)).ToArbitrary(),
            t =>
            {
                (int bits, int features, int seed) = t;
                double[] z = RandomFeatureTests.Normal(features, (ulong)seed), values = new double[features];
                var quantizer = new LloydMaxQuantizer(bits);
                byte[] packed = new byte[quantizer.PackedLength(features)];
                quantizer.Encode<double>(z, packed);
                quantizer.Decode<double>(packed, values);
                for (int i = 0; i < features; i++)
                {
                    double nearest = quantizer.Levels.ToArray().MinBy(level => Math.Abs(level - z[i]));
                    if (values[i] != nearest || quantizer.Levels[quantizer.Code(packed, i)] != nearest)
                        return false;
                }

                if (features == 0)
                    return packed.Length == 0;
                double dot = values.Sum(v => v * v);
                return Math.Abs(quantizer.Kernel(packed, packed, features) - (dot / features)) < 1e-13 && Math.Abs(quantizer.NormalizedKernel(packed, packed, features) - 1) < 1e-13;
            }));

    [Fact]
    [Trait("Suite", "Kernels")]
    public void CodebooksHaveTheSameBitsEverywhere()
    {
        for (int bits = 1; bits <= 8; bits++)
        {
            Hardware.SameBitsEverywhere(new LloydMaxQuantizer(bits).Levels, $"levels {bits}");
            Hardware.SameBitsEverywhere(new LloydMaxQuantizer(bits, QuantizerTarget.SquaredFeatures).Thresholds, $"squares {bits}");
        }

        Assert.Equal(-1, new LloydMaxQuantizer(1, QuantizerTarget.SquaredFeatures).Levels[0]);
    }
}
