using FsCheck;
using FsCheck.Fluent;
using OptiCore.Randomness;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Smooth;

/// <summary>What each search promises of an accepted step, for generated functions that fall at 0 and rise in the end.</summary>
public class LineSearchLawTests
{
    [Fact]
    public void MoreThuenteMeetsTheStrongWolfeConditions() => ForFunctions((phi, first) =>
    {
        var options = new MoreThuente { SufficientDecrease = 0.01, Curvature = 0.3, ValuePrecision = 0, MaxEvaluations = 60 };
        (double t, LineSearchOutcome outcome) = Search(options, phi, first);
        return outcome == LineSearchOutcome.Accepted && phi.Value(t) <= phi.Value(0) + (0.01 * t * phi.Slope(0)) && Math.Abs(phi.Slope(t)) <= 0.3 * Math.Abs(phi.Slope(0));
    });

    [Fact]
    public void HagerZhangMeetsTheWolfeConditions() => ForFunctions((phi, first) =>
    {
        var options = new HagerZhang { ValuePrecision = 0 };
        (double t, LineSearchOutcome outcome) = Search(options, phi, first);
        return outcome == LineSearchOutcome.Accepted && phi.Value(t) <= phi.Value(0) + (0.1 * t * phi.Slope(0)) && phi.Slope(t) >= 0.9 * phi.Slope(0);
    });

    [Fact]
    public void HagerZhangMeetsTheApproximateWolfeConditionsWhereValuesSayNothing() => ForFunctions((phi, first) =>
    {
        // A constant so large that values around the minimum are nearly all the same.
        Wave shifted = phi with { Constant = 1e16 };
        (double t, LineSearchOutcome outcome) = Search(new HagerZhang(), shifted, first);
        bool decreases = shifted.Value(t) <= shifted.Value(0) + (0.1 * t * phi.Slope(0)), approximately = phi.Slope(t) <= (0.2 - 1) * phi.Slope(0);
        return outcome == LineSearchOutcome.Accepted && phi.Slope(t) >= 0.9 * phi.Slope(0) && (decreases || approximately);
    });

    [Fact]
    public void BacktrackingMeetsTheArmijoConditionAndNeverLengthens() => ForFunctions((phi, first) =>
    {
        (double t, LineSearchOutcome outcome) = Search(new Backtracking { SufficientDecrease = 0.1, ValuePrecision = 0 }, phi, first);
        return outcome == LineSearchOutcome.Accepted && t <= first && phi.Value(t) <= phi.Value(0) + (0.1 * t * phi.Slope(0));
    });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void ANonmonotoneReferenceIsAtLeastTheValueAndAtMostTheLargest(bool average)
    {
        IReferenceValue reference = average ? new AverageOfValues { Weight = 0.7 } : new LargestOfLast { Count = 3 };
        ReferenceValueState state = reference.Start();
        double[] values = [5, 3, 4, 1, 2, 0.5, 0.6];
        double mean = 5, mass = 1;
        Assert.Equal(5, state.At(5));
        for (int k = 1; k < values.Length; k++)
        {
            state.Accept(values[k]);
            mean = ((0.7 * mass * mean) + values[k]) / ((0.7 * mass) + 1);
            mass = (0.7 * mass) + 1;
            double expected = average ? Math.Max(values[k], mean) : values[Math.Max(0, k - 2)..(k + 1)].Max();
            Assert.Equal(expected, state.At(values[k]), 1e-14);
        }
    }

    [Fact]
    public void ANonmonotoneSearchAcceptsARise()
    {
        LineSearchState search = new Backtracking { Reference = new LargestOfLast { Count = 2 } }.Start();
        search.Begin(10, -1, 1, 10);
        Assert.Equal(LineSearchOutcome.Accepted, search.Tell(2, -1));
        search.Begin(2, -1, 1, 10);
        Assert.Equal(LineSearchOutcome.Accepted, search.Tell(9, 1));
        search.Begin(9, -1, 1, 10);
        Assert.Equal(LineSearchOutcome.Continue, search.Tell(9.5, 1));
    }

    [Fact]
    public void StepsBeyondADomainAreLeftBehind()
    {
        foreach (ILineSearch options in new ILineSearch[] { new HagerZhang(), new Backtracking() })
        {
            foreach (double first in new[] { 1e-3, 1, 1e4 })
            {
                // -log(1 - t) - 3 t is defined below 1 and has its minimum at 2/3.
                LineSearchState search = options.Start();
                search.Begin(0, -2, first, 1e20);
                LineSearchOutcome outcome;
                do
                {
                    double t = search.Step;
                    outcome = t < 1 ? search.Tell(-Math.Log(1 - t) - (3 * t), (1 / (1 - t)) - 3) : search.Tell(double.NaN, double.NaN);
                }
                while (outcome == LineSearchOutcome.Continue);
                Assert.Equal(LineSearchOutcome.Accepted, outcome);
                Assert.InRange(search.Step, 0, 0.95);
            }
        }
    }

    [Fact]
    public void NowhereFiniteFails()
    {
        foreach (ILineSearch options in new ILineSearch[] { new HagerZhang(), new Backtracking() })
        {
            LineSearchState search = options.Start();
            search.Begin(1, -1, 1, 1e20);
            LineSearchOutcome outcome;
            do
            {
                outcome = search.Tell(double.NaN, double.NaN);
            }
            while (outcome == LineSearchOutcome.Continue);
            Assert.Equal(LineSearchOutcome.Failed, outcome);
        }
    }

    private static (double Step, LineSearchOutcome Outcome) Search(ILineSearch options, Wave phi, double first)
    {
        LineSearchState search = options.Start();
        search.Begin(phi.Value(0), phi.Slope(0), first, 1e20);
        LineSearchOutcome outcome;
        do
        {
            outcome = search.Tell(phi.Value(search.Step), phi.Slope(search.Step));
        }
        while (outcome == LineSearchOutcome.Continue);
        return (search.Step, outcome);
    }

    private static void ForFunctions(Func<Wave, double, bool> holds) => Forall.Check(Prop.ForAll(
        (from seed in Gen.Choose(0, 1 << 20) from power in Gen.Choose(-3, 2) select (seed, power)).ToArbitrary(),
        pair =>
        {
            double[] u = new double[4];
            RandomFill.Uniform(RandomKey.FromSeed((ulong)pair.seed), u);
            var phi = new Wave(0.2 + u[0], 0.5 + (4 * u[1]), 0.3 * u[2], 1 + (6 * u[3]), 0);
            return holds(phi, Math.Pow(10, pair.power));
        }));

    /// <summary>a (t - b)^2 / 2 + c sin(d t) - c d t: falls at 0 by -a b; convex where c d^2 is at most a, else with waves.</summary>
    private sealed record Wave(double A, double B, double C, double D, double Constant)
    {
        public double Value(double t) => Constant + (A * (t - B) * (t - B) / 2) + (C * (Math.Sin(D * t) - (D * t)));

        public double Slope(double t) => (A * (t - B)) + (C * D * (Math.Cos(D * t) - 1));
    }
}
