using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using OptiCore.Persistence;
using OptiCore.Problems;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests;

public class LyapunovTests
{
    /// <summary>Systems whose exponent converges within some hundred periods, followed by two trajectories.</summary>
    public static TheoryData<string> ByTwoTrajectories =>
        ["Lorenz", "Rossler", "LorenzCoupled", "LorenzBounded", "Lorenz84", "RikitakeDynamo", "SprottF", "SprottH", "SprottJerk", "ShimizuMorioka", "VallisElNino", "LuChen"];

    /// <summary>Others, by one tangent vector.</summary>
    public static TheoryData<string> ByTangentVector => ["Chen", "BurkeShaw", "ThomasLabyrinth", "NuclearQuadrupole", "SprottC", "HyperCai"];

    private static LyapunovAverage Long => new() { Transient = 50, Intervals = 1000 };

    [Theory, MemberData(nameof(ByTwoTrajectories))]
    public void TheLargestExponentIsTheIndependentOne(string name)
    {
        ChaoticFlow flow = ChaoticFlows.All[name];
        var method = new LargestLyapunov { Interval = flow.Period, Average = Long, Method = new() { RelativeTolerance = 1e-7, AbsoluteTolerance = 1e-9, MaxSteps = long.MaxValue } };
        CompareWithReference(name, method.OfFlow(OdeSystem.From(flow.Dimension, flow.Derivative), flow.Start));
    }

    [Theory, MemberData(nameof(ByTangentVector))]
    public void OneTangentVectorGivesTheLargestExponent(string name)
    {
        ChaoticFlow flow = ChaoticFlows.All[name];
        var method = new LyapunovSpectrum { Count = 1, Interval = flow.Period, Average = Long, Method = new() { RelativeTolerance = 1e-6, AbsoluteTolerance = 1e-8, MaxSteps = long.MaxValue } };
        CompareWithReference(name, method.OfFlow(OdeSystem.From(flow.Dimension, flow.Derivative), flow.Jacobian, flow.Start));
    }

    /// <summary>The tolerance is the one that the reference's README states: 5% and three of its standard errors.</summary>
    private static void CompareWithReference(string name, LyapunovResult result)
    {
        JsonElement check = Reference.Json("dysts/systems.json").GetProperty(name).GetProperty("independent_check");
        Assert.Equal(RunStatus.Completed, result.EnsureCompleted().Status);
        Promises.Close(check.Number("largest_exponent"), result.Largest, 0.05, 3 * check.Number("standard_error"), name);
        Assert.InRange(result.StandardErrors[0], 1e-9, 0.05 * result.Largest);
    }

    /// <summary>Sprott (2003), Chaos and time-series analysis: 0.906, 0, -14.572 and dimension 2.062 at sigma = 10, rho = 28, beta = 8/3.</summary>
    [Fact]
    public void LorenzsSpectrumIsThePublishedOne()
    {
        ChaoticFlow flow = ChaoticFlows.Lorenz.With("beta", 8.0 / 3);
        LyapunovResult result = new LyapunovSpectrum { Interval = 0.5, Average = new() { Transient = 50, Intervals = 3000 } }
            .OfFlow(OdeSystem.From(3, flow.Derivative), flow.Jacobian, flow.Start);
        Promises.Close(0.906, result.Exponents[0], 0.02, 0, "first");
        Promises.Close(0, result.Exponents[1], 0, 0.01, "second");
        Promises.Close(-14.572, result.Exponents[2], 0.005, 0, "third");
        Promises.Close(2.062, result.KaplanYorkeDimension, 0, 0.005, "dimension");

        // The divergence is constant: -(sigma + 1 + beta). What is left is the tolerance of the integrator.
        Promises.Close(-(10 + 1 + (8.0 / 3)), result.Sum, 1e-5, 0, "sum");
        Assert.Equal(result.Exponents[0] + Math.Max(0, result.Exponents[1]), result.PesinEntropy, 1e-12);
    }

    /// <summary>Hénon and logistic: exactly known sums; 0.419 of Sprott (2003), log 2 exactly.</summary>
    [Fact]
    public void SpectraOfMapsAreThePublishedOnes()
    {
        var method = new LyapunovSpectrum { Average = new() { Intervals = 50_000 } };
        LyapunovResult henon = method.OfMap(ChaoticMaps.Henon.Next, ChaoticMaps.Henon.Jacobian, ChaoticMaps.Henon.Start);
        Promises.Close(0.419, henon.Largest, 0.02, 0, "Hénon");
        Promises.Close(Math.Log(0.3), henon.Sum, 1e-12, 0, "Hénon's sum");
        Promises.Close(1.258, henon.KaplanYorkeDimension, 0, 0.01, "Hénon's dimension");
        LyapunovResult logistic = method.OfMap(ChaoticMaps.Logistic.Next, ChaoticMaps.Logistic.Jacobian, ChaoticMaps.Logistic.Start);
        Promises.Close(Math.Log(2), logistic.Largest, 0, 5 * logistic.StandardErrors[0], "logistic");
        Assert.InRange(logistic.StandardErrors[0], 1e-5, 0.01);
        LyapunovResult ikeda = method.OfMap(ChaoticMaps.Ikeda.Next, ChaoticMaps.Ikeda.Jacobian, ChaoticMaps.Ikeda.Start);
        Promises.Close(2 * Math.Log(0.9), ikeda.Sum, 1e-12, 0, "Ikeda's sum");

        // Chirikov (1979): log(k / 2) for large k.
        ChaoticMap standard = ChaoticMaps.Standard.With("k", 20);
        LyapunovResult kicked = method.OfMap(standard.Next, standard.Jacobian, standard.Start);
        Promises.Close(Math.Log(10), kicked.Largest, 0.01, 0, "standard map");
        Promises.Close(0, kicked.Sum, 0, 1e-12, "the standard map's sum");

        LyapunovResult two = new LargestLyapunov { Average = new() { Intervals = 50_000 } }.OfMap(ChaoticMaps.Henon.Next, ChaoticMaps.Henon.Start);
        Promises.Close(henon.Largest, two.Largest, 0, 5 * henon.StandardErrors[0], "two trajectories of Hénon's map");
    }

    [Fact]
    public void DifferencesDoAsWellAsTheJacobian()
    {
        ChaoticFlow flow = ChaoticFlows.Rossler;
        var method = new LyapunovSpectrum { Interval = 2, Average = new() { Transient = 5, Intervals = 40 } };
        IOdeSystem system = OdeSystem.From(3, flow.Derivative);
        LyapunovResult exact = method.OfFlow(system, flow.Jacobian, flow.Start), differences = method.OfFlow(system, null, flow.Start);
        for (int i = 0; i < 3; i++)
            Promises.Close(exact.Exponents[i], differences.Exponents[i], 1e-4, 1e-4, $"exponent {i}");
    }

    /// <summary>For linear flows the sum is the trace after any time, and the exponents of a triangular one are its diagonal after a long time.</summary>
    [Fact]
    public void TheSumIsTheMeanDivergence()
    {
        Prop.ForAll(Gen.Choose(-1000, 1000).Select(i => i / 1000.0).ArrayOf(9).ToArbitrary(), a =>
        {
            LyapunovResult result = new LyapunovSpectrum { Interval = 0.5, Average = new() { Transient = 2, Intervals = 20 } }
                .OfFlow(Linear(a), (_, _, j) => a.CopyTo(j), [0, 0, 0]);
            Promises.Close(a[0] + a[4] + a[8], result.Sum, 0, 1e-5, "sum");
        }).Check(Forall.Config.WithMaxTest(30));

        double[] triangular = [-0.5, 2, 1, 0, 0.7, -3, 0, 0, 0.1];
        LyapunovResult exact = new LyapunovSpectrum { Average = new() { Transient = 100, Intervals = 100 } }.OfFlow(Linear(triangular), (_, _, j) => triangular.CopyTo(j), [0, 0, 0]);
        Promises.SameBits([0.7, 0.1, -0.5], [.. exact.Exponents.Select(l => Math.Round(l, 5))], "exponents");

        static IOdeSystem Linear(double[] a) => OdeSystem.From(3, (_, y, dy) =>
        {
            for (int i = 0; i < 3; i++)
                dy[i] = (a[3 * i] * y[0]) + (a[(3 * i) + 1] * y[1]) + (a[(3 * i) + 2] * y[2]);
        });
    }

    [Fact]
    public void SavedAndResumedIsUninterruptedToTheBit()
    {
        ChaoticFlow flow = ChaoticFlows.Lorenz;
        IOdeSystem system = OdeSystem.From(3, flow.Derivative);
        Resume(() => new LyapunovSpectrum { Average = new() { Transient = 3, Intervals = 30, Batches = 7 } }.StartFlow(system, flow.Jacobian, flow.Start));
        Resume(() => new LargestLyapunov { Average = new() { Transient = 3, Intervals = 30, Batches = 7 } }.StartFlow(system, flow.Start));
        Resume(() => new LyapunovSpectrum { Average = new() { Transient = 3, Intervals = 30, Batches = 7 } }.StartMap(ChaoticMaps.Henon.Next, ChaoticMaps.Henon.Jacobian, [0.1, 0.1]));
        Resume(() => new LargestLyapunov { Average = new() { Transient = 3, Intervals = 30, Batches = 7 } }.StartMap(ChaoticMaps.Henon.Next, [0.1, 0.1]));

        static void Resume(Func<LyapunovRun> start)
        {
            LyapunovRun whole = start(), first = start(), second = start();
            LyapunovResult expected = whole.Finish();
            for (int i = 0; i < 17; i++)
                Assert.True(first.Step());
            StateArchive.Load(second, StateArchive.Save(first));
            LyapunovResult resumed = second.Finish();
            Promises.SameBits(expected.Exponents, resumed.Exponents, "exponents");
            Promises.SameBits(expected.StandardErrors, resumed.StandardErrors, "standard errors");
            Promises.SameBits(whole.State, second.State, "state");
        }
    }

    [Fact]
    public void StepsAllocateNothing()
    {
        ChaoticFlow flow = ChaoticFlows.Lorenz;
        IOdeSystem system = OdeSystem.From(3, flow.Derivative);
        var endless = new LyapunovAverage { Intervals = int.MaxValue };
        LyapunovRun[] runs =
        [
            new LyapunovSpectrum { Interval = 0.1, Average = endless }.StartFlow(system, flow.Jacobian, flow.Start),
            new LyapunovSpectrum { Interval = 0.1, Average = endless }.StartFlow(system, null, flow.Start),
            new LargestLyapunov { Interval = 0.1, Average = endless }.StartFlow(system, flow.Start),
            new LyapunovSpectrum { Average = endless }.StartMap(ChaoticMaps.Henon.Next, ChaoticMaps.Henon.Jacobian, [0.1, 0.1]),
        ];
        Promises.AllocatesNothing(() =>
        {
            foreach (LyapunovRun run in runs)
            {
                run.Step();
                _ = run.Exponents[0];
            }
        }, "Lyapunov steps", warmUp: 50, measured: 10);
    }

    [Fact]
    public void TroubleIsAnOutcome()
    {
        LyapunovResult diverged = new LyapunovSpectrum().OfMap((x, next) => next[0] = 3 * x[0] * x[0], (x, j) => j[0] = 6 * x[0], [10]);
        Assert.Equal(RunStatus.Failed, diverged.Status);
        Assert.Contains("finite", diverged.Message, StringComparison.Ordinal);
        Assert.Throws<SolverException>(diverged.EnsureCompleted);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Equal(RunStatus.Stopped, new LyapunovSpectrum().OfMap(ChaoticMaps.Henon.Next, ChaoticMaps.Henon.Jacobian, [0.1, 0.1], cancelled.Token).Status);
        Assert.Throws<ArgumentException>(() => new LyapunovSpectrum { Count = 3 }.StartMap(ChaoticMaps.Henon.Next, ChaoticMaps.Henon.Jacobian, [0.1, 0.1]));
        Assert.Throws<ArgumentException>(() => new LyapunovSpectrum { Average = new() { Intervals = 5 } }.StartMap(ChaoticMaps.Henon.Next, ChaoticMaps.Henon.Jacobian, [0.1, 0.1]));
        Assert.Throws<ArgumentOutOfRangeException>(() => new LargestLyapunov { Separation = 0 });
    }

    [Fact]
    public void TheKaplanYorkeDimensionInterpolatesBetweenTheSums()
    {
        Assert.Equal(2 + (0.906 / 14.572), KaplanYorke.Dimension([0.906, 0, -14.572]), 1e-14);
        Assert.Equal(1 + (0.419 / 1.623), KaplanYorke.Dimension([-1.623, 0.419]), 1e-14);
        Assert.Equal(0, KaplanYorke.Dimension([-1, -2]));
        Assert.Equal(2, KaplanYorke.Dimension([0.5, -0.5]));
        Assert.Equal(1, KaplanYorke.Dimension([0, -0.5]));
        Assert.Throws<ArgumentException>(() => KaplanYorke.Dimension([]));
        Assert.Throws<ArgumentException>(() => KaplanYorke.Dimension([double.NaN]));
    }

    /// <summary>Skokos, Bountis and Antonopoulos (2007): constant on regular orbits of Hénon and Heiles' Hamiltonian, exponential decay on chaotic ones.</summary>
    [Fact]
    public void TheAlignmentIndexTellsChaosFromOrder()
    {
        ChaoticFlow flow = ChaoticFlows.All["HenonHeiles"];
        IOdeSystem system = OdeSystem.From(4, flow.Derivative);
        var method = new AlignmentIndex { Interval = 5, Method = new() { RelativeTolerance = 1e-8, AbsoluteTolerance = 1e-10, MaxSteps = long.MaxValue } };

        // At the energy 1/8, from the surface x = 0: (y, py) = (0.55, 0) is regular and (-0.016, 0) is chaotic: the paper's orbits.
        double[] indices = new double[200];
        int regular = method.Fill(system, flow.Jacobian, OnSurface(0.55, 0), indices);
        Assert.Equal(200, regular);
        Assert.True(indices.Min() > 0.01, $"GALI fell to {indices.Min()} on a regular orbit.");
        int chaotic = method.Fill(system, flow.Jacobian, OnSurface(-0.016, 0), indices);
        Assert.True(chaotic < 200 && indices[chaotic - 1] <= 1e-12, $"GALI is {indices[chaotic - 1]} after {chaotic} intervals on a chaotic orbit.");

        static double[] OnSurface(double y, double py) => [0, y, Math.Sqrt((2 * 0.125) - (py * py) - (y * y) + (2 * y * y * y / 3)), py];
    }
}
