using FsCheck;
using FsCheck.Fluent;
using OptiCore.Persistence;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Schedules;

/// <summary>Schedules that PyTorch doesn't have, against their definitions, and the laws of composition.</summary>
public class ScheduleTests
{
    [Fact]
    public void AWarmUpRisesToTheFirstRateAndTheScheduleBeginsAfterIt()
    {
        Schedule schedule = Schedule.Cosine(1e-3, steps: 10_000).WithWarmUp(500);
        Promises.Close(1e-3 / 500, schedule.At(0), 1e-15, 0, "first step");
        Promises.Close(0.5e-3, schedule.At(249), 1e-15, 0, "half-way");
        Assert.Equal(1e-3, schedule.At(499));
        Assert.Equal(1e-3, schedule.At(500));
        Promises.Close(0.5e-3, schedule.At(5_500), 1e-15, 0, "middle of the cosine");
        Assert.Equal(0, schedule.At(10_500));
        Assert.Equal(0, schedule.At(long.MaxValue));
        Assert.Equal(0.55, Schedule.Constant(1).WithWarmUp(10, from: 0.5).At(0), 15);
    }

    [Fact]
    public void WarmUpStableDecayHasThreeParts()
    {
        Schedule schedule = Schedule.WarmUpStableDecay(0.1, warmUp: 10, stable: 50, decay: 20, final: 0.01);
        Assert.Equal(0.01, schedule.At(0), 15);
        Assert.Equal(0.1, schedule.At(9));
        Assert.Equal(0.1, schedule.At(59));
        Assert.Equal(0.1, schedule.At(60));
        Assert.Equal(0.055, schedule.At(70), 15);
        Assert.Equal(0.01, schedule.At(80));
        Assert.Equal(0.01, schedule.At(1_000_000));
    }

    [Fact]
    public void TheInverseRootPeaksAtTheEndOfTheWarmUp()
    {
        // Vaswani et al. (2017), d = 512, 4000 steps: d^-0.5 min(t^-0.5, t 4000^-1.5).
        Schedule schedule = Schedule.InverseSquareRoot(1 / Math.Sqrt(512.0 * 4000), 4000);
        foreach (int t in new[] { 1, 10, 3999, 4000, 4001, 100_000 })
            Promises.Close(Math.Min(Math.Pow(t, -0.5), t * Math.Pow(4000, -1.5)) / Math.Sqrt(512), schedule.At(t - 1), 1e-13, 0, $"t = {t}");
    }

    [Fact]
    public void ProductsAndSequencesFollowTheirDefinition() =>
        Forall.Check(Prop.ForAll(Gen.Choose(0, 300).ToArbitrary(), Gen.Choose(1, 100).ToArbitrary(), (step, after) =>
        {
            Schedule a = Schedule.Exponential(0.3, 0.99), b = new Cyclic { Base = 0.1, Peak = 0.4, StepsUp = 7, StepsDown = 3 };
            Assert.Equal(a.At(step) * b.At(step), (a * b).At(step));
            Assert.Equal(2 * a.At(step), (2 * a).At(step));
            Assert.Equal(step < after ? a.At(step) : b.At(step - after), a.Then(b, after).At(step));
        }));

    [Fact]
    public void ASawtoothStaysBetweenItsRatesAndRepeats()
    {
        Schedule schedule = new Cyclic { Base = 0.1, Peak = 0.4, StepsUp = 7, StepsDown = 3 };
        for (int k = 0; k < 100; k++)
        {
            Assert.InRange(schedule.At(k), 0.1, 0.4);
            Assert.Equal(schedule.At(k), schedule.At(k + 10_000_000_000));
        }

        Assert.Equal(0.4, schedule.At(7));
    }

    [Fact]
    public void LongRunsKeepTheirDigits()
    {
        // 2 Steps divides 10^12, so that these are the same place of the wave.
        Schedule wave = Schedule.Cosine(1, steps: 50, periodic: true);
        Assert.Equal(wave.At(13), wave.At(1_000_000_000_013));
        Schedule restarts = Schedule.CosineRestarts(1, period: 10, growth: 2);
        Assert.InRange(restarts.At(long.MaxValue), 0, 1);
        Assert.Equal(1, restarts.At(10 * ((1L << 40) - 1)));
    }

    [Fact]
    public void ANegativeStepIsRefused() => Assert.Throws<ArgumentOutOfRangeException>("step", () => Schedule.Constant(1).At(-1));

    [Fact]
    public void APlateauIsSavedAndResumed()
    {
        var rule = new ReduceOnPlateau { Patience = 1, Cooldown = 1 };
        double[] metrics = [3, 2, 2, 2, 2, 2, 2, 1, double.NaN, 1, 1, 1];
        Plateau whole = rule.Start(), half = rule.Start();
        foreach (double metric in metrics)
            whole.Report(metric);
        foreach (double metric in metrics[..5])
            half.Report(metric);
        Plateau resumed = rule.Start();
        StateArchive.Load(resumed, StateArchive.Save(half));
        foreach (double metric in metrics[5..])
            resumed.Report(metric);
        Assert.Equal(whole.Rate, resumed.Rate);
        Assert.Equal(1, resumed.Best);
        Assert.True(whole.Rate < 1);
    }
}
