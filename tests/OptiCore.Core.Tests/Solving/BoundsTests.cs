using FsCheck;
using FsCheck.Fluent;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.Solving;

public class BoundsTests
{
    [Fact]
    public void EmptyIntervalsAreRefusedAndNamed()
    {
        Assert.Contains("variable 1", Assert.Throws<ArgumentException>(() => new Bounds([0, 2], [1, 1])).Message);
        Assert.Contains("NaN", Assert.Throws<ArgumentException>(() => new Bounds([double.NaN], [1])).Message);
        Assert.Throws<ArgumentException>(() => new Bounds([double.PositiveInfinity], [double.PositiveInfinity]));
        Assert.Throws<ArgumentException>(() => new Bounds([], []));
        Assert.Throws<ArgumentException>(() => new Bounds([0, 0], [1]));
        Assert.Equal(3, new Bounds([3], [3]).Upper(0));
    }

    [Fact]
    public void StartsOutsideAreRefusedAndNamed()
    {
        var bounds = new Bounds([0, 0], [1, double.PositiveInfinity]);
        bounds.RequireInside<double>([1, 1e300]);
        Assert.Contains("start[0] = 1.5", Assert.Throws<ArgumentException>(() => bounds.RequireInside<double>([1.5, 1])).Message);
        Assert.Contains("2 variables", Assert.Throws<ArgumentException>(() => bounds.RequireInside<double>([1])).Message);
        Assert.Throws<ArgumentException>(() => bounds.RequireInside<double>([0, double.NaN]));
    }

    [Fact]
    public void SinglePrecisionBoundsLieInsideTheExactOnes() => Forall.Check(Prop.ForAll<int, int>((a, b) =>
    {
        double low = (Math.Min(a, b) / 7.0) - 0.1, high = (Math.Max(a, b) / 3.0) + 0.1 + Math.Abs(a + (double)b);
        if (low >= high)
            return;
        var bounds = new Bounds([low], [high]);
        var lower = new float[1];
        var upper = new float[1];
        bounds.CopyTo<float>(lower, upper);
        Assert.True(lower[0] >= low && upper[0] <= high);
        Assert.True(bounds.Contain<float>(lower) && bounds.Contain<float>(upper));
    }));

    [Fact]
    public void NoFloatBetweenTwoDoublesIsAnError() =>
        Assert.Contains("variable 0", Assert.Throws<ArgumentException>(() => new Bounds([0.1], [0.1]).CopyTo<float>(new float[1], new float[1])).Message);

    [Fact]
    public void EqualityAndTextAreOfTheContent()
    {
        Assert.Equal(new Bounds([0, 1], [2, 3]), new Bounds([0, 1], [2, 3]));
        Assert.NotEqual(new Bounds([0, 1], [2, 3]), new Bounds([0, 1], [2, 4]));
        Assert.NotEqual(Bounds.All(0, 1), new Bounds([0], [1]));
        Assert.Equal("[0, 2] x [1, 3]", new Bounds([0, 1], [2, 3]).ToString());
        Assert.Equal("[0, 1]^n", Bounds.All(0, 1).ToString());
        Assert.True(Bounds.All(0, 1).Contain<double>([0, 1, 0.5]));
        Assert.False(Bounds.All(0, double.PositiveInfinity).AreFinite);
    }
}
