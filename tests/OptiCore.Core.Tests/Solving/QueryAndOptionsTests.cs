using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Core.Tests.Solving;

public class QueryAndOptionsTests
{
    [Fact]
    public void AQueryHasBuffersForWhatItMayAskOnly()
    {
        var query = new Query<double>(new ProblemShape(3), Oracle.Value | Oracle.Gradient, capacity: 4) { Count = 2 };
        Assert.Equal(6, query.Points.Length);
        Assert.Equal(2, query.Values.Length);
        Assert.Equal(3, query.Gradient(1).Length);
        Assert.Equal(0, query.Jacobian.Length);
        query.Needs = Oracle.Value;
        Assert.Throws<ArgumentOutOfRangeException>(() => query.Needs = Oracle.Jacobian);
        Assert.Throws<ArgumentOutOfRangeException>(() => query.Count = 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => query.Count = 5);
        Assert.Throws<ArgumentOutOfRangeException>("capacity", () => new Query<double>(new ProblemShape(3), Oracle.Value, 0));
        Assert.Throws<ArgumentException>("shape", () => new Query<double>(new ProblemShape(3), Oracle.Residuals));
        Assert.Throws<ArgumentException>("capacity", () => new Query<double>(new ProblemShape(3, 5), Oracle.Jacobian, 2));
    }

    [Fact]
    public void AQueryGrowsKeepsWhatItHoldsAndIsSavedAtItsSize()
    {
        var query = new Query<double>(new ProblemShape(2), Oracle.Value | Oracle.Gradient, capacity: 2) { Count = 2 };
        ((double[])[1, 2, 3, 4]).CopyTo(query.Points);
        query.EnsureCapacity(1);
        Assert.Equal(2, query.Capacity);
        query.EnsureCapacity(5);
        Assert.Equal(5, query.Capacity);
        Assert.Equal([1.0, 2, 3, 4], query.Points.ToArray());
        query.Count = 5;
        query.Point(4)[1] = 7;
        query.Gradient(4)[0] = 8;

        var other = new Query<double>(new ProblemShape(2), Oracle.Value | Oracle.Gradient, capacity: 2);
        StateArchive.Load(other, StateArchive.Save(query));
        Assert.Equal(5, other.Count);
        Assert.Equal(7, other.Point(4)[1]);
        Assert.Equal(8, other.Gradient(4)[0]);

        var jacobian = new Query<double>(new ProblemShape(2, 3), Oracle.Residuals | Oracle.Jacobian);
        Assert.Throws<InvalidOperationException>(() => jacobian.EnsureCapacity(2));
    }

    [Fact]
    public void ResidualAnswersGetTheirValueAndAnyElementThatIsNotFiniteIsSeen()
    {
        var query = new Query<float>(new ProblemShape(5, 3), Oracle.Residuals | Oracle.Jacobian);
        ((float[])[1, -2, 3]).CopyTo(query.Residuals());
        query.Complete();
        Assert.Equal(7, query.Value());
        Assert.True(query.IsFinite());
        for (int i = 0; i < query.Jacobian.Length; i++)
        {
            foreach (float bad in (float[])[float.NaN, float.PositiveInfinity, float.NegativeInfinity])
            {
                query.Jacobian[i] = bad;
                query.Complete();
                Assert.False(query.IsFinite());
                query.Jacobian[i] = float.MaxValue;
            }
        }

        query.Complete();
        Assert.True(query.IsFinite());
        query.Residuals()[2] = float.NaN;
        query.Complete();
        Assert.False(query.IsFinite());
    }

    [Fact]
    public void InvalidOptionsThrowNamingTheMember()
    {
        (string Member, Func<object> Make)[] invalid =
        [
            (nameof(RunOptions.MaxIterations), () => new RunOptions { MaxIterations = 0 }),
            (nameof(RunOptions.MaxEvaluations), () => new RunOptions { MaxEvaluations = -1 }),
            (nameof(RunOptions.MaxTime), () => new RunOptions { MaxTime = TimeSpan.Zero }),
            (nameof(RunOptions.TargetValue), () => new RunOptions { TargetValue = double.NaN }),
            (nameof(RunOptions.ProgressInterval), () => new RunOptions { ProgressInterval = TimeSpan.FromTicks(-1) }),
            (nameof(StoppingRules.GradientTolerance), () => new StoppingRules { GradientTolerance = -1 }),
            (nameof(StoppingRules.ValueTolerance), () => new StoppingRules { ValueTolerance = double.NaN }),
            (nameof(StoppingRules.StepTolerance), () => new StoppingRules { StepTolerance = double.PositiveInfinity }),
        ];
        foreach ((string member, Func<object> make) in invalid)
            Assert.Contains(member, Assert.Throws<ArgumentOutOfRangeException>(member, make).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1e-7, double.NaN, 5, double.NaN, StopReason.GradientTolerance)]
    [InlineData(double.NaN, 1e-9, 5, double.NaN, StopReason.ValueTolerance)]
    [InlineData(1, 1e-5, 1e6, double.NaN, StopReason.ValueTolerance)]
    [InlineData(1, 1e-5, 1, 1e-9, StopReason.StepTolerance)]
    [InlineData(1, 1e-5, 1, 1e-3, StopReason.None)]
    [InlineData(double.NaN, double.NaN, double.NaN, double.NaN, StopReason.None)]
    public void StoppingRulesHoldAsDocumented(double gradient, double change, double value, double step, StopReason expected)
    {
        var rules = new StoppingRules { GradientTolerance = 1e-6, ValueTolerance = 1e-8, StepTolerance = 1e-7 };
        Assert.Equal(expected, rules.Check(gradient, change, value, step));
        Assert.Equal(StopReason.None, StoppingRules.Never.Check(1e-300, 0, value, 0));
    }
}
