using OptiCore.Numerics;
using OptiCore.Randomness;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.Randomness;

[Trait("Suite", "Kernels")]
public class RandomFillBitsTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(20240117);
    private static readonly int[] Lengths = [0, 1, 2, 3, 4, 7, 15, 16, 17, 31, 32, 33, 63, 64, 65, 100, 127, 128, 129, 255, 1023, 1024, 1025, 2049, 5000];

    private delegate void Filler<T>(RandomKey key, Span<T> destination, ulong offset, IWorkers? workers);

    private static IEnumerable<(string Name, Filler<double> Fill)> Doubles =>
    [
        ("uniform", RandomFill.Uniform), ("open", RandomFill.UniformOpen), ("normal", RandomFill.Normal), ("exponential", RandomFill.Exponential),
        ("gumbel", RandomFill.Gumbel),
        ("gamma", static (key, span, offset, workers) => RandomFill.Gamma(key, 0.7, span, offset, workers)),
        ("beta", static (key, span, offset, workers) => RandomFill.Beta(key, 0.4, 3, span, offset, workers)),
    ];

    private static IEnumerable<(string Name, Filler<float> Fill)> Singles =>
    [
        ("uniform", RandomFill.Uniform), ("open", RandomFill.UniformOpen), ("normal", RandomFill.Normal), ("exponential", RandomFill.Exponential),
        ("gumbel", RandomFill.Gumbel),
    ];

    private static IEnumerable<(string Name, Filler<uint> Fill)> Words =>
    [
        ("bits", RandomFill.Bits),
        ("integers", static (key, span, offset, workers) => RandomFill.Integers(key, 3_000_000_000u, span, offset, workers)),
    ];

    [Fact]
    public void PrefixesAndPiecesOfDoublesAreThoseOfTheWhole()
    {
        foreach ((string name, Filler<double> fill) in Doubles)
            CheckPrefixesAndPieces(name, fill);
    }

    [Fact]
    public void PrefixesAndPiecesOfFloatsAreThoseOfTheWhole()
    {
        foreach ((string name, Filler<float> fill) in Singles)
            CheckPrefixesAndPieces(name, fill);
    }

    [Fact]
    public void PrefixesAndPiecesOfWordsAreThoseOfTheWhole()
    {
        foreach ((string name, Filler<uint> fill) in Words)
            CheckPrefixesAndPieces(name, fill);
    }

    [Fact]
    public void UniformAndExponentialAndGumbelFillsAreTheSequencesOfTheStream()
    {
        double[] uniform = new double[777], open = new double[777], exponential = new double[777], gumbel = new double[777];
        uint[] bits = new uint[777];
        RandomFill.Bits(Key, bits);
        RandomFill.Uniform(Key, uniform);
        RandomFill.UniformOpen(Key, open);
        RandomFill.Exponential(Key, exponential);
        RandomFill.Gumbel(Key, gumbel);
        RandomStream b = Key.Stream(), u = Key.Stream(), o = Key.Stream(), e = Key.Stream(), g = Key.Stream();
        for (int i = 0; i < uniform.Length; i++)
        {
            Assert.Equal(b.NextUInt32(), bits[i]);
            Assert.Equal(BitConverter.DoubleToInt64Bits(u.NextDouble()), BitConverter.DoubleToInt64Bits(uniform[i]));
            Assert.Equal(BitConverter.DoubleToInt64Bits(o.NextOpenDouble()), BitConverter.DoubleToInt64Bits(open[i]));
            Assert.Equal(BitConverter.DoubleToInt64Bits(e.NextExponential()), BitConverter.DoubleToInt64Bits(exponential[i]));
            Assert.Equal(BitConverter.DoubleToInt64Bits(g.NextGumbel()), BitConverter.DoubleToInt64Bits(gumbel[i]));
        }
    }

    [Fact]
    public void WorkersGiveTheBitsOfOneThread()
    {
        const int Length = 150_001;
        double[] one = new double[Length], four = new double[Length];
        float[] single = new float[Length], singles = new float[Length];
        RandomFill.Normal(Key, one, 3);
        RandomFill.Normal(Key, four, 3, Workers.Threads(4));
        Promises.SameBits(one, four, "normal");
        RandomFill.Gumbel(Key, single, 5);
        RandomFill.Gumbel(Key, singles, 5, Workers.Threads(3));
        Promises.SameBits(single, singles, "gumbel");
        RandomFill.Gamma(Key, 2, one.AsSpan(0, 9001), 7);
        RandomFill.Gamma(Key, 2, four.AsSpan(0, 9001), 7, Workers.Threads(3));
        Promises.SameBits(one.AsSpan(0, 9001), four.AsSpan(0, 9001), "gamma");
    }

    [Fact]
    public void EveryVectorWidthGivesTheSameWordsAndDraws()
    {
        uint[] scalar = new uint[4 * 53], middle = new uint[scalar.Length], wide = new uint[scalar.Length];
        foreach (ulong first in (ulong[])[0, 1, 0xFFFFFFFE, 0x1_0000_0000, ulong.MaxValue - 5])
        {
            PhiloxBlocks.FillScalar(Key, first, scalar);
            PhiloxBlocks.Fill256(Key, first, middle);
            PhiloxBlocks.Fill512(Key, first, wide);
            Assert.Equal(scalar, middle);
            Assert.Equal(scalar, wide);

            // Few blocks take other ways.
            for (int blocks = 1; blocks < 26; blocks++)
            {
                middle.AsSpan().Clear();
                wide.AsSpan().Clear();
                PhiloxBlocks.Fill256(Key, first, middle.AsSpan(0, 4 * blocks));
                PhiloxBlocks.Fill512(Key, first, wide.AsSpan(0, 4 * blocks));
                Assert.Equal(scalar[..(4 * blocks)], middle[..(4 * blocks)]);
                Assert.Equal(scalar[..(4 * blocks)], wide[..(4 * blocks)]);
                Assert.False(middle.AsSpan(4 * blocks).ContainsAnyExcept(0u) || wide.AsSpan(4 * blocks).ContainsAnyExcept(0u));
            }
        }

        SameMaps<UniformMap>();
        SameMaps<UniformOpenMap>();
        SameMaps<NormalMap>();
        SameMaps<ExponentialMap>();
        SameMaps<GumbelMap>();

        static void SameMaps<TMap>() where TMap : IWordMap<double>, IWordMap<float>
        {
            double[] doubles = new double[16 * 64];
            float[] floats = new float[32 * 64];
            PhiloxBlocks.FillScalar(Key, 9, System.Runtime.InteropServices.MemoryMarshal.Cast<double, uint>(doubles.AsSpan()));
            PhiloxBlocks.FillScalar(Key, 9, System.Runtime.InteropServices.MemoryMarshal.Cast<float, uint>(floats.AsSpan()));
            // Words at both ends of the uniform interval.
            doubles[0] = BitConverter.Int64BitsToDouble(0);
            doubles[1] = BitConverter.Int64BitsToDouble(-1);
            floats[0] = BitConverter.Int32BitsToSingle(0);
            floats[1] = BitConverter.Int32BitsToSingle(-1);
            double[] doubles1 = [.. doubles], doubles512 = [.. doubles];
            float[] floats1 = [.. floats], floats512 = [.. floats];
            WordMap.Apply<double, TMap, Lanes1<double>>(doubles1);
            WordMap.Apply<double, TMap, Lanes256<double>>(doubles);
            WordMap.Apply<double, TMap, Lanes512<double>>(doubles512);
            WordMap.Apply<float, TMap, Lanes1<float>>(floats1);
            WordMap.Apply<float, TMap, Lanes256<float>>(floats);
            WordMap.Apply<float, TMap, Lanes512<float>>(floats512);
            Promises.SameBits(doubles1, doubles, typeof(TMap).Name);
            Promises.SameBits(doubles1, doubles512, typeof(TMap).Name);
            Promises.SameBits(floats1, floats, typeof(TMap).Name);
            Promises.SameBits(floats1, floats512, typeof(TMap).Name);
            Assert.All(doubles, static x => Assert.True(double.IsFinite(x)));
            Assert.All(floats, static x => Assert.True(float.IsFinite(x)));
        }
    }

    private static void CheckPrefixesAndPieces<T>(string name, Filler<T> fill) where T : unmanaged, IEquatable<T>
    {
        var whole = new T[5003];
        fill(Key, whole, 0, null);
        Hardware.SameBitsEverywhere<T>(whole, $"{name} {typeof(T).Name}");
        foreach (int length in Lengths)
        {
            foreach (int offset in (int[])[0, 1, 2, 3])
            {
                var part = new T[length];
                fill(Key, part, (ulong)offset, null);
                Assert.True(whole.AsSpan(offset, length).SequenceEqual(part), $"{name}: {length} elements from {offset}");
            }
        }

        var pieces = new T[5003];
        for (int from = 0, size = 1; from < pieces.Length; from += size, size = (size * 2) + 1)
            fill(Key, pieces.AsSpan(from, Math.Min(size, pieces.Length - from)), (ulong)from, null);
        Assert.True(whole.AsSpan().SequenceEqual(pieces), $"{name} in pieces");
        Assert.True(whole.Distinct().Count() > 4900, $"{name}: the draws differ");
    }
}
