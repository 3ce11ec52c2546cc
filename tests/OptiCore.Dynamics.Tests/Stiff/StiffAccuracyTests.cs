using System.Text.Json;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests;

public class StiffAccuracyTests
{
    private static readonly OdeMethod[] Engines = [new Radau(), new Bdf(), new RosenbrockWanner(), new AutoSwitch()];

    public static TheoryData<string> Stiff => OdeMethods.Stiff;

    public static TheoryData<string> Cases => [.. StiffProblems.Golden.Keys];

    /// <summary>Our method, SciPy's, and the largest ratio of evaluations, Jacobians by formula, at the same error.</summary>
    public static TheoryData<string, string, double> Peers
    {
        get
        {
            var data = new TheoryData<string, string, double>();
            foreach (string id in StiffProblems.Golden.Keys)
            {
                data.Add(id, "Radau", 1.25);
                data.Add(id, "BDF", 1.25);
            }

            return data;
        }
    }

    [Theory, MemberData(nameof(Cases))]
    public void TheReferenceSolutionIsReached(string id)
    {
        JsonElement item = Reference.Cases("golden/04_ode.json")[id];
        double[] times = item.Numbers("t"), expected = item.RowMajor("y");

        // The file's guidance: relative to max(|y|, 1e-3 max|y|), and not tighter than ten times SciPy's own disagreement.
        double tolerance = 10 * item.Number("rel_difference_to_LSODA"), largest = expected.Max(Math.Abs);
        foreach (OdeMethod engine in Engines)
        {
            // Radau transforms its tolerance; see its documentation.
            double relative = engine switch { Radau => 1e-14, Bdf => 1e-12, _ => 1e-10 };
            OdeMethod method = engine with { RelativeTolerance = relative, AbsoluteTolerance = 1e-16, MaxSteps = 1_000_000 };
            OdeResult result = Ode.Solve(method, StiffProblems.Golden[id], (times[0], times[^1]), item.Numbers("y0"), saveAt: times).EnsureCompleted();
            for (int i = 0; i < expected.Length; i++)
            {
                double error = Math.Abs(result.States[i] - expected[i]) / Math.Max(Math.Abs(expected[i]), 1e-3 * largest);
                Assert.True(error <= tolerance, $"{engine.GetType().Name}, {id}, element {i}: {result.States[i]:r}, expected {expected[i]:r} (error {error:g3}, allowed {tolerance:g3}).");
            }
        }
    }

    [Theory, MemberData(nameof(Peers))]
    public void WorkIsNotMoreThanSciPysAtTheSameError(string id, string peer, double factor)
    {
        JsonElement item = Reference.Cases("golden/04_ode.json")[id];
        foreach (JsonElement work in item.GetProperty("work").EnumerateArray().Where(w => w.GetProperty("method").GetString() == peer))
        {
            // Errors below 1e-12 are rounding's.
            double theirs = work.Number("max_error_at_end_scaled");
            if (theirs < 1e-12)
                continue;
            double absolute = work.Number("atol") / work.Number("rtol");
            (double Error, double Evaluations)[] curve = [.. Enumerable.Range(4, 20).Select(i => Measure(Math.Pow(10, -i / 2.0)))];

            // The least work from which on errors are as small: a lucky point doesn't count.
            int last = Array.FindLastIndex(curve, p => p.Error > theirs);
            Assert.InRange(last, -1, curve.Length - 2);
            double evaluations = curve[last + 1].Evaluations;
            if (last >= 0)
            {
                double part = Math.Log(curve[last].Error / theirs) / Math.Log(curve[last].Error / curve[last + 1].Error);
                evaluations = curve[last].Evaluations * Math.Pow(curve[last + 1].Evaluations / curve[last].Evaluations, part);
            }

            Assert.True(evaluations <= factor * work.Number("nfev"), $"{id}, {peer} at {work.Number("rtol")}: {evaluations:f0} evaluations for the error {theirs:g3}, SciPy {work.Number("nfev")}.");

            (double, double) Measure(double tolerance)
            {
                OdeMethod method = peer == "Radau" ? new Radau() : new Bdf();
                OdeResult result = Solve(method with { RelativeTolerance = tolerance, AbsoluteTolerance = tolerance * absolute }, id, item);
                return (ScaledError(result, item), result.Counts.Evaluations);
            }
        }
    }

    [Theory, MemberData(nameof(Stiff))]
    public void EveryStiffMethodFollowsTheVanDerPolOscillator(string name)
    {
        JsonElement item = Reference.Cases("golden/04_ode.json")["van_der_pol_mu1000"];
        OdeMethod method = OdeMethods.Of(name) with { RelativeTolerance = 1e-5, AbsoluteTolerance = 1e-8 };
        double[] times = item.Numbers("t");

        // Jacobians by differences.
        OdeResult result = Ode.Solve(method, OdeSystem.From(2, StiffProblems.VanDerPol), (times[0], times[^1]), item.Numbers("y0")).EnsureCompleted();
        Assert.True(result.Counts.AcceptedSteps < 20_000, result.ToString());
        Assert.True(result.Counts.JacobianEvaluations > 0);
        Assert.True(result.Counts.Factorizations > 0);
        Assert.True(ScaledError(result, item) < 1e-2, $"{ScaledError(result, item):g3}");
    }

    [Fact]
    public void TheDefaultMethodSwitchesWhereStiffnessBeginsAndSaysSo()
    {
        JsonElement item = Reference.Cases("golden/04_ode.json")["van_der_pol_mu1000"];
        double[] times = item.Numbers("t");
        OdeResult stiff = Ode.Solve(StiffProblems.VanDerPol, (times[0], times[^1]), item.Numbers("y0"));
        Assert.Equal(RunStatus.Completed, stiff.Status);
        Assert.IsType<ExplicitRungeKutta>(stiff.Methods[0].Method);
        Assert.IsType<RosenbrockWanner>(stiff.Methods[1].Method);
        Assert.InRange(stiff.Methods[1].Time, 0, 1);
        Assert.True(stiff.Methods.Zip(stiff.Methods.Skip(1)).All(p => p.First.Time < p.Second.Time));
        Assert.True(stiff.Counts.AcceptedSteps < 3000, stiff.ToString());
        Assert.True(ScaledError(stiff, item) < 1e-3, $"{ScaledError(stiff, item):g3}");

        // Nothing stiff: nothing implicit.
        OdeResult smooth = Ode.Solve(Problems.Lorenz, (0, 10), [1, 1, 1]);
        Assert.Same(smooth.Methods.Single().Method, Assert.Single(smooth.Methods).Method);
        Assert.Equal(0, smooth.Counts.JacobianEvaluations);
    }

    [Theory, InlineData("robertson"), InlineData("oregonator")]
    public void TightTolerancesHideNoStiffness(string id)
    {
        // The stages of a smooth solution don't show the fast decays then; an explicit method would need some 1e8 steps for all of Robertson's problem.
        JsonElement item = Reference.Cases("golden/04_ode.json")[id];
        OdeResult result = Solve(new AutoSwitch { RelativeTolerance = 1e-9, AbsoluteTolerance = 1e-13 }, id, item);
        OdeResult stiff = Solve(new RosenbrockWanner { RelativeTolerance = 1e-9, AbsoluteTolerance = 1e-13 }, id, item);
        Assert.True(result.Counts.Evaluations < 3 * stiff.Counts.Evaluations, $"{result}\n{stiff}");
        Assert.True(ScaledError(result, item) < 1e-8, $"{ScaledError(result, item):g3}");
    }

    [Fact]
    public void StiffnessThatEndsIsLeft()
    {
        // y' = -k(t) (y - cos t) with k = 1e4 at first and 1 from t = 2 on.
        OdeResult result = Ode.Solve(static (t, y, dy) => dy[0] = (-(1 + (1e4 / (1 + Math.Exp(20 * (t - 2))))) * (y[0] - Math.Cos(t))) - Math.Sin(t), (0, 20), [0]);
        Assert.Equal(RunStatus.Completed, result.Status);
        Assert.Equal([typeof(ExplicitRungeKutta), typeof(RosenbrockWanner), typeof(ExplicitRungeKutta)], result.Methods.Select(m => m.Method.GetType()));
        Assert.InRange(result.Methods[2].Time, 2, 5);
        Assert.Equal(Math.Cos(20), result.FinalState[0], 1e-4);
    }

    private static OdeResult Solve(OdeMethod method, string id, JsonElement item)
    {
        double[] times = item.Numbers("t");
        return Ode.Solve(method, StiffProblems.Golden[id], (times[0], times[^1]), item.Numbers("y0")).EnsureCompleted();
    }

    private static double ScaledError(OdeResult result, JsonElement item)
    {
        double[] exact = item.RowMajor("y");
        return result.FinalState.Zip(exact[^result.Dimension..], (a, b) => Math.Abs(a - b)).Max() / exact.Max(Math.Abs);
    }
}
