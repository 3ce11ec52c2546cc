namespace OptiCore.Optimizers.Tests;

public class MoreThuenteTests
{
    /// <summary>Functions 1, 2 and 4 to 6 of section 5 of Moré and Thuente, with the parameters that the paper uses for them.</summary>
    public static TheoryData<int, double> Searches
    {
        get
        {
            var data = new TheoryData<int, double>();
            foreach (int function in new[] { 1, 2, 4, 5, 6 })
            {
                foreach (double step in new[] { 1e-3, 1e-1, 1e1, 1e3 })
                    data.Add(function, step);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Searches))]
    public void AcceptedStepsMeetTheStrongWolfeConditions(int function, double first)
    {
        (double mu, double eta) = function switch { 1 => (1e-3, 0.1), 2 => (0.1, 0.1), _ => (1e-3, 1e-3) };
        LineSearchState search = ((ILineSearch)new MoreThuente { SufficientDecrease = mu, Curvature = eta, ValuePrecision = 0 }).Start();
        (double value0, double slope0) = Phi(function, 0);
        search.Begin(value0, slope0, first, 1e10);
        int evaluations = 0;
        LineSearchOutcome outcome;
        do
        {
            (double value, double slope) = Phi(function, search.Step);
            outcome = search.Tell(value, slope);
            evaluations++;
        }
        while (outcome == LineSearchOutcome.Continue);

        (double end, double endSlope) = Phi(function, search.Step);
        Assert.Equal(LineSearchOutcome.Accepted, outcome);
        Assert.True(end <= value0 + (mu * search.Step * slope0), $"no sufficient decrease at {search.Step}");
        Assert.True(Math.Abs(endSlope) <= eta * Math.Abs(slope0), $"slope {endSlope} at {search.Step}, {slope0} at 0");
        Assert.True(evaluations <= 15, $"{evaluations} evaluations");
    }

    [Theory]
    [InlineData(1e-6)]
    [InlineData(1)]
    [InlineData(1e4)]
    public void StepsBeyondADomainAreLeftBehind(double first)
    {
        // -log(1 - t) - 3 t is defined below 1 and has its minimum at 2/3.
        LineSearchState search = ((ILineSearch)new MoreThuente { Curvature = 0.1 }).Start();
        search.Begin(0, -2, first, 1e20);
        LineSearchOutcome outcome;
        do
        {
            double t = search.Step;
            outcome = t < 1 ? search.Tell(-Math.Log(1 - t) - (3 * t), (1 / (1 - t)) - 3) : search.Tell(double.NaN, double.NaN);
        }
        while (outcome == LineSearchOutcome.Continue);
        Assert.Equal(LineSearchOutcome.Accepted, outcome);
        Assert.InRange(search.Step, 0.5, 0.8);
    }

    [Fact]
    public void NowhereFiniteFails()
    {
        LineSearchState search = ((ILineSearch)new MoreThuente()).Start();
        search.Begin(1, -1, 1, 1e20);
        int evaluations = 1;
        while (search.Tell(double.PositiveInfinity, 0) == LineSearchOutcome.Continue)
            evaluations++;
        Assert.Equal(20, evaluations);
    }

    [Fact]
    public void ADecreaseUpToTheLongestStepIsAccepted()
    {
        LineSearchState search = ((ILineSearch)new MoreThuente()).Start();
        search.Begin(0, -1, 1, 7);
        while (search.Tell(-search.Step, -1) == LineSearchOutcome.Continue)
        {
        }

        Assert.Equal(7, search.Step);
    }

    private static (double Value, double Slope) Phi(int function, double t)
    {
        switch (function)
        {
            case 1:
                double q = (t * t) + 2;
                return (-t / q, ((t * t) - 2) / (q * q));
            case 2:
                double u = t + 0.004;
                return (Math.Pow(u, 5) - (2 * Math.Pow(u, 4)), (5 * Math.Pow(u, 4)) - (8 * Math.Pow(u, 3)));
            default:
                (double b1, double b2) = function switch { 4 => (1e-3, 1e-3), 5 => (1e-2, 1e-3), _ => (1e-3, 1e-2) };
                double g1 = Math.Sqrt(1 + (b1 * b1)) - b1, g2 = Math.Sqrt(1 + (b2 * b2)) - b2;
                double r1 = Math.Sqrt(((1 - t) * (1 - t)) + (b2 * b2)), r2 = Math.Sqrt((t * t) + (b1 * b1));
                return ((g1 * r1) + (g2 * r2), (g1 * (t - 1) / r1) + (g2 * t / r2));
        }
    }
}
