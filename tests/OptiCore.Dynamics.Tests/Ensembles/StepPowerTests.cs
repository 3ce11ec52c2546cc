using FsCheck;
using FsCheck.Fluent;
using OptiCore.Numerics;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.Ensembles;

public class StepPowerTests
{
    [Fact]
    public void PowersOfErrorsAreRightToSevenDigits() => Prop.ForAll(Gen.Choose(-1000, 1000).Zip(Gen.Choose(-1000, 1000)).ToArbitrary(), p =>
    {
        double x = Math.Pow(10, p.Item1 / 50.0), power = p.Item2 / 1000.0, expected = Math.Pow(x, power);
        double found = StepPower.Exp2(StepPower.Log2(Real8.Constant(x)) * power)[3];
        return Math.Abs(found - expected) < 1e-7 * expected;
    }).Check(Forall.Config.WithMaxTest(2000));

    [Fact]
    public void NothingInfiniteAndUndefinedGoBeyondEveryLimit()
    {
        Assert.Equal(StepPower.LogOfZero, StepPower.Log2(default)[0]);
        foreach (double wrong in new[] { double.PositiveInfinity, double.NaN, -double.NaN })
            Assert.True(StepPower.Log2(Real8.Constant(wrong))[7] >= 1024);
        Assert.True(StepPower.Exp2(Real8.Constant(1e9))[0] > 1e300);
        Assert.True(StepPower.Exp2(Real8.Constant(-1e9))[0] is > 0 and < 1e-300);
    }
}
