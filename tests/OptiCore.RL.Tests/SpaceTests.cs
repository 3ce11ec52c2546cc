using FsCheck;
using FsCheck.Fluent;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests;

public class SpaceTests
{
    [Fact]
    public void Every_draw_of_a_box_lies_in_it() => Prop.ForAll<short, short, ulong>((a, b, seed) =>
    {
        float low = Math.Min(a, b) / 8f, high = Math.Max(a, b) / 8f;
        var box = new Box([low, low, float.NegativeInfinity, float.NegativeInfinity], [high, float.PositiveInfinity, high, float.PositiveInfinity]);
        float[] value = new float[4];
        box.Sample(RandomKey.FromSeed(seed), value);
        return box.Contains(value);
    }).Check(Forall.Config);

    [Fact]
    public void Every_draw_of_a_discrete_space_lies_in_it_and_flattens_to_one_hot() => Prop.ForAll<PositiveInt, short, ulong>((n, start, seed) =>
    {
        var space = new Discrete(n.Get, start);
        int[] value = new int[1];
        space.Sample(RandomKey.FromSeed(seed), value);
        float[] features = new float[space.FlatLength];
        space.Flatten(value, features);
        return space.Contains(value) && features.Sum() == 1 && features[value[0] - start] == 1;
    }).Check(Forall.Config);

    [Fact]
    public void A_bounded_box_is_drawn_uniformly()
    {
        var box = new Box([2], [6]);
        int[] quarters = new int[4];
        float[] value = new float[1];
        for (int i = 0; i < 4000; i++)
        {
            box.Sample(RandomKey.FromSeed(1).Fold(i), value);
            quarters[(int)(value[0] - 2)]++;
        }

        // Each count has mean 1000 and deviation 27.
        Assert.All(quarters, count => Assert.InRange(count, 1000 - 110, 1000 + 110));
    }

    [Fact]
    public void Box_contains_its_bounds_and_nothing_beyond()
    {
        var box = new Box([-1, 0], [1, float.PositiveInfinity]);
        Assert.True(box.Contains([-1, 0]));
        Assert.True(box.Contains([1, 1e30f]));
        Assert.False(box.Contains([1.0001f, 0]));
        Assert.False(box.Contains([0, -1e-6f]));
        Assert.False(box.Contains([float.NaN, 0]));
        Assert.False(box.Contains([0, float.PositiveInfinity]));
        Assert.False(box.Contains([0]));
    }

    [Fact]
    public void Discrete_knows_its_range_without_overflow()
    {
        var space = new Discrete(3, -1);
        Assert.Equal((bool[])[false, true, true, true, false], new[] { -2, -1, 0, 1, 2 }.Select(v => space.Contains(v)));
        var edge = new Discrete(2, int.MaxValue - 1);
        Assert.True(edge.Contains(int.MaxValue));
        Assert.False(edge.Contains(int.MinValue));
    }

    [Fact]
    public void MultiDiscrete_and_MultiBinary_check_every_element()
    {
        var multi = new MultiDiscrete(2, 3);
        Assert.True(multi.Contains([1, 2]));
        Assert.False(multi.Contains([2, 0]));
        Assert.False(multi.Contains([0, -1]));
        float[] features = new float[5];
        multi.Flatten([1, 2], features);
        Assert.Equal((float[])[0, 1, 0, 0, 1], features);

        var bits = new MultiBinary(3);
        Assert.True(bits.Contains([0, 1, 1]));
        Assert.False(bits.Contains([0, 2, 1]));
        int[] value = new int[3];
        for (int i = 0; i < 50; i++)
        {
            bits.Sample(RandomKey.FromSeed(2).Fold(i), value);
            Assert.True(bits.Contains(value));
            multi.Sample(RandomKey.FromSeed(2).Fold(i), value.AsSpan(0, 2));
            Assert.True(multi.Contains(value.AsSpan(0, 2)));
        }
    }

    [Fact]
    public void Spaces_compare_by_content()
    {
        Assert.Equal(new Box(-1, 1, 2), new Box([-1, -1], [1, 1]));
        Assert.NotEqual(new Box(-1, 1, 2), new Box([-1, -1], [1, 2]));
        Assert.Equal<object>(new Discrete(3), new Discrete(3));
        Assert.NotEqual<object>(new Discrete(3), new Discrete(3, 1));
        Assert.Equal<object>(new MultiDiscrete(2, 3), new MultiDiscrete(2, 3));
        Assert.NotEqual<object>(new MultiBinary(2), new MultiDiscrete(2, 2));
        Assert.Equal(new Box(-1, 1, 2).GetHashCode(), new Box([-1, -1], [1, 1]).GetHashCode());
    }

    [Fact]
    public void Impossible_spaces_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new Box([], []));
        Assert.Throws<ArgumentException>(() => new Box([1], [0]));
        Assert.Throws<ArgumentException>(() => new Box([float.NaN], [0]));
        Assert.Throws<ArgumentException>(() => new Box([0, 0], [1]));
        Assert.Equal("n", Assert.Throws<ArgumentOutOfRangeException>(() => new Discrete(0)).ParamName);
        Assert.Equal("start", Assert.Throws<ArgumentOutOfRangeException>(() => new Discrete(2, int.MaxValue)).ParamName);
        Assert.Throws<ArgumentOutOfRangeException>(() => new MultiDiscrete(2, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new MultiBinary(0));
    }

    [Fact]
    public void The_first_numbers_of_a_key_are_those_of_its_stream()
    {
        for (ulong seed = 0; seed < 200; seed++)
        {
            RandomStream stream = RandomKey.FromSeed(seed).Stream();
            Assert.Equal((stream.NextDouble(), stream.NextDouble(), stream.NextDouble(), stream.NextDouble()), Draw.FirstFour(RandomKey.FromSeed(seed)));
        }
    }
}
