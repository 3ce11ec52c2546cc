using OptiCore.Randomness;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests;

public class RandomKeyTests
{
    [Fact]
    public void PhiloxMeetsTheKnownAnswers()
    {
        int checkedVectors = 0;
        foreach (var vector in Reference.Json("random123/kat-vectors.json").EnumerateArray())
        {
            if (vector.GetProperty("generator").GetString() != "philox4x32" || vector.GetProperty("rounds").GetInt32() != 10)
                continue;
            uint[] c = Words(vector, "counter"), k = Words(vector, "key");
            Philox.Block(ref c[0], ref c[1], ref c[2], ref c[3], k[0], k[1]);
            Assert.Equal(Words(vector, "output"), c);
            checkedVectors++;
        }

        Assert.True(checkedVectors >= 3);

        static uint[] Words(System.Text.Json.JsonElement v, string name) =>
            [.. v.GetProperty(name).EnumerateArray().Select(w => Convert.ToUInt32(w.GetString(), 16))];
    }

    [Fact]
    public void StreamReadsBlocksInOrderAndCanStartAnywhere()
    {
        RandomKey key = RandomKey.FromSeed(7);
        RandomStream stream = key.Stream();
        uint[] words = [.. Enumerable.Range(0, 23).Select(_ => stream.NextUInt32())];
        Assert.Equal(23UL, stream.Position);
        for (int i = 0; i < words.Length; i++)
        {
            RandomStream at = RandomStream.At(key, (ulong)i);
            Assert.Equal((ulong)i, at.Position);
            Assert.Equal(words[i], at.NextUInt32());
        }
    }

    [Fact]
    public void FoldedKeysAreDistinct()
    {
        RandomKey key = RandomKey.FromSeed(1);
        var keys = new HashSet<RandomKey>();
        for (int i = 0; i < 1000; i++)
        {
            Assert.True(keys.Add(key.Fold(i)));
            Assert.True(keys.Add(key.Fold("purpose " + i)));
            Assert.True(keys.Add(RandomKey.FromSeed((ulong)i + 2)));
        }
    }
}
