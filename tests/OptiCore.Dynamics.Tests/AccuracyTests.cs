using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests;

public class AccuracyTests
{
    public static TheoryData<string> All => Tableaux.All;

    public static TheoryData<string> Adaptive => Tableaux.Adaptive;

    private static readonly Dictionary<string, OdeDelegate> Golden = new()
    {
        ["lorenz"] = Problems.Lorenz,
        ["van_der_pol_mu1"] = static (_, y, dy) => { dy[0] = y[1]; dy[1] = ((1 - (y[0] * y[0])) * y[1]) - y[0]; },
        ["brusselator"] = static (_, y, dy) => { dy[0] = 1 + (y[0] * y[0] * y[1]) - (4 * y[0]); dy[1] = (3 * y[0]) - (y[0] * y[0] * y[1]); },
        ["lotka_volterra"] = static (_, y, dy) => { dy[0] = (1.5 * y[0]) - (y[0] * y[1]); dy[1] = (-3 * y[1]) + (y[0] * y[1]); },
        ["two_body_e0.5"] = static (_, y, dy) =>
        {
            double r = Math.Sqrt((y[0] * y[0]) + (y[1] * y[1]));
            (dy[0], dy[1], dy[2], dy[3]) = (y[2], y[3], -y[0] / (r * r * r), -y[1] / (r * r * r));
        },
    };

    /// <summary>Stiff cases: an explicit method is limited by stability there; <see cref="StiffAccuracyTests"/> has them.</summary>
    private static readonly string[] Stiff = ["hires", "robertson", "van_der_pol_mu1000", "oregonator"];

    public static TheoryData<string> GoldenCases => [.. Golden.Keys];

    [Fact]
    public void EveryReferenceCaseIsCheckedOrNamedAsStiff()
    {
        IReadOnlyDictionary<string, JsonElement> cases = Reference.Cases("golden/04_ode.json");
        Assert.Equal(cases.Keys.Where(id => !id.StartsWith("event_", StringComparison.Ordinal)).Order(), Golden.Keys.Concat(Stiff).Order());
        Assert.All(Stiff, id => Assert.True(cases[id].GetProperty("stiff").GetBoolean()));
        Assert.All(Golden.Keys, id => Assert.False(cases[id].GetProperty("stiff").GetBoolean()));
    }

    [Theory, MemberData(nameof(GoldenCases))]
    public void TheReferenceSolutionIsReached(string id)
    {
        JsonElement item = Reference.Cases("golden/04_ode.json")[id];
        double[] times = item.Numbers("t");
        var method = new ExplicitRungeKutta { RelativeTolerance = 1e-13, AbsoluteTolerance = 1e-15 };
        OdeResult result = Ode.Solve(method, Golden[id], (times[0], times[^1]), item.Numbers("y0"), saveAt: times).EnsureCompleted();
        Assert.Equal(times, result.Times);
        double[] expected = item.RowMajor("y_exact");

        // The file's guidance: relative to max(|y|, 1e-3 max|y|), and not tighter than ten times SciPy's own disagreement.
        double tolerance = 10 * item.Number("rel_difference_to_LSODA");
        double largest = expected.Max(Math.Abs);
        for (int i = 0; i < expected.Length; i++)
        {
            double error = Math.Abs(result.States[i] - expected[i]) / Math.Max(Math.Abs(expected[i]), 1e-3 * largest);
            Assert.True(error <= tolerance, $"{id}, element {i}: {result.States[i]:r}, expected {expected[i]:r} (error {error:g3}, allowed {tolerance:g3}).");
        }
    }

    [Theory, MemberData(nameof(GoldenCases))]
    public void TheSamePairCostsNoMoreThanInSciPyForNoLessAccuracy(string id)
    {
        JsonElement item = Reference.Cases("golden/04_ode.json")[id];
        double[] times = item.Numbers("t");
        double[] exact = item.RowMajor("y_exact");
        double scale = exact.Max(Math.Abs);
        var same = new Dictionary<string, ButcherTableau> { ["RK23"] = BogackiShampine.Tableau, ["RK45"] = DormandPrince.Tableau, ["DOP853"] = DormandPrince8.Tableau };
        int compared = 0;
        foreach (JsonElement work in item.GetProperty("work").EnumerateArray().Where(w => same.ContainsKey(w.GetProperty("method").GetString()!)))
        {
            // SciPy's methods are the same pairs with the elementary controller.
            var method = new ExplicitRungeKutta
            {
                Tableau = same[work.GetProperty("method").GetString()!],
                RelativeTolerance = work.Number("rtol"),
                AbsoluteTolerance = work.Number("atol"),
                Controller = StepController.Integral,
            };
            OdeResult result = Ode.Solve(method, Golden[id], (times[0], times[^1]), item.Numbers("y0"));
            double error = result.FinalState.Zip(exact[^result.Dimension..], (a, b) => Math.Abs(a - b)).Max() / scale;
            Assert.InRange(result.Counts.Evaluations, 1, 1.05 * work.Number("nfev"));
            Assert.True(error <= 1.5 * work.Number("max_error_at_end_scaled"), $"{id} at {method.RelativeTolerance}: error {error:g3}, SciPy's {work.Number("max_error_at_end_scaled"):g3}.");
            compared++;
        }

        Assert.Equal(9, compared);
    }

    [Theory, MemberData(nameof(All))]
    public void HalvingTheStepDividesTheErrorByTwoToTheOrder(string name)
    {
        ButcherTableau tableau = Tableaux.Of(name);
        int steps = tableau.Order switch { 1 => 4096, 2 => 512, 3 => 128, 4 => 64, 5 => 128, 6 => 12, 7 => 15, 8 => 10, _ => 8 };
        double slope = Math.Log2(Error(steps) / Error(2 * steps));
        Assert.True(slope > tableau.Order - 0.15 && slope < tableau.Order + ToleranceAbove(tableau.Order), $"{name}: measured order {slope:f3}.");

        double Error(int count)
        {
            OdeResult result = Ode.Solve(new ExplicitRungeKutta { Tableau = tableau, FixedStep = 2.0 / count }, Problems.Smooth, (0, 2), Problems.SmoothAt(0));
            Assert.Equal(count, result.Counts.AcceptedSteps);
            Assert.Equal(2, result.FinalTime);
            return WorstError(result);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void HalvingTheStepDividesTheErrorOfTheDenseOutputByItsOrderAndOne(string name)
    {
        ButcherTableau tableau = Tableaux.Of(name);
        double h = tableau.DenseOrder switch { <= 2 => 1.0 / 512, <= 4 => 1.0 / 64, 6 => 1.0 / 9, 7 => 1.0 / 7, _ => 1.0 / 4 };
        double slope = Math.Log2(Error(h) / Error(h / 2));
        double below = tableau.Order > 5 ? 0.3 : 0.15;
        Assert.True(slope > tableau.DenseOrder + 1 - below && slope < tableau.DenseOrder + 1 + ToleranceAbove(tableau.Order), $"{name}: measured order {slope:f3}.");

        double Error(double step)
        {
            OdeState state = new ExplicitRungeKutta { Tableau = tableau, FixedStep = step }
                .Start(OdeSystem.From(2, Problems.Smooth), 0.5, Problems.SmoothAt(0.5), 2);
            Assert.True(state.Step());
            double worst = 0;
            double[] y = new double[2];
            for (int i = 1; i < 64; i++)
            {
                double t = 0.5 + (step * i / 64);
                state.Interpolate(t, y);
                worst = Math.Max(worst, Problems.SmoothError(t, y));
            }

            return worst;
        }
    }

    [Theory, MemberData(nameof(Adaptive))]
    public void TheErrorIsProportionalToTheTolerance(string name)
    {
        ButcherTableau tableau = Tableaux.Of(name);
        double[] tolerances = tableau.Order == 2 ? [1e-3, 1e-5, 1e-7] : [1e-4, 1e-6, 1e-8];
        double[] errors = [.. tolerances.Select(tolerance => WorstError(Ode.Solve(
            new ExplicitRungeKutta { Tableau = tableau, RelativeTolerance = tolerance, AbsoluteTolerance = tolerance * 1e-2 },
            Problems.Smooth,
            (0, 10),
            Problems.SmoothAt(0)).EnsureCompleted()))];
        double slope = Math.Log(errors[0] / errors[2]) / Math.Log(tolerances[0] / tolerances[2]);
        Assert.InRange(slope, 0.8, 1.2);
    }

    [Fact]
    public void EveryControllerReachesTheTolerance()
    {
        foreach (StepController controller in new[] { StepController.Integral, StepController.Stabilized, StepController.ProportionalIntegral, StepController.H211PI, StepController.H312Pid })
        {
            OdeResult result = Ode.Solve(new ExplicitRungeKutta { Controller = controller }, Problems.Smooth, (0, 10), Problems.SmoothAt(0));
            Assert.Equal(RunStatus.Completed, result.Status);
            Assert.True(Problems.SmoothError(10, result.FinalState) < 1e-5, controller.ToString());
        }
    }

    [Fact]
    public void IntegratingBackReturnsToTheStart() => Prop.ForAll(
        Gen.Choose(-300, 300).Select(i => i / 100.0).Two().ToArbitrary(),
        pair =>
        {
            (double a, double b) = pair;
            double[] start = Problems.SmoothAt(a);
            var method = new ExplicitRungeKutta { RelativeTolerance = 1e-10, AbsoluteTolerance = 1e-12 };
            OdeState state = method.Start(OdeSystem.From(2, Problems.Smooth), a, start, b);
            Assert.Equal(RunStatus.Completed, Ode.Solve(state).Status);
            Assert.Equal(b, state.Time);
            Assert.True(Problems.SmoothError(b, state.State) < 1e-7);
            state.ContinueTo(a);
            Assert.Equal(RunStatus.Completed, Ode.Solve(state).Status);
            Assert.Equal(a, state.Time);
            Assert.True(Problems.SmoothError(a, state.State) < 1e-7);
        }).Check(Forall.Config);

    /// <summary>The highest orders reach rounding before their leading error rules; that the order isn't higher is shown by the conditions on the coefficients.</summary>
    private static double ToleranceAbove(int order) => order > 5 ? 1.4 : 0.15;

    private static double WorstError(OdeResult result) =>
        Enumerable.Range(0, result.Times.Length).Max(i => Problems.SmoothError(result.Times[i], result.State(i)));

    [Theory, MemberData(nameof(All))]
    public void SumsThatTheSystemConservesAreConserved(string name)
    {
        OdeResult result = Ode.Solve(
            new ExplicitRungeKutta { Tableau = Tableaux.Of(name), FixedStep = 0.01 },
            static (_, y, dy) =>
            {
                double forward = 2 * y[0] * y[1], back = 0.5 * y[2];
                (dy[0], dy[1], dy[2]) = (back - forward, back - forward, 2 * (forward - back));
            },
            (0, 5),
            [0.7, 0.2, 0.1]);
        Assert.Equal(1.0, result.FinalState.Sum(), 1e-13);
    }
}
