using System.Reflection;
using OptiCore.Distributions;
using OptiCore.LinearAlgebra;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.Jumps;

public class JumpLawTests
{
    // Two-sided 5e-6 for a normal statistic, 1e-5 for a chi-square.
    private const double Z = 4.56;
    private const double Significance = 1e-5;

    private static readonly RandomKey Key = RandomKey.FromSeed(2);

    public static TheoryData<string> All => JumpMethods.All;

    public static TheoryData<string> Exact => JumpMethods.Exact;

    [Fact]
    public void EveryPublishedSimulatorHasARow()
    {
        Type[] marked = [.. typeof(JumpProcess).Assembly.GetTypes().Where(t => t.GetCustomAttribute<AlgorithmAttribute>()?.Family == "Jump processes")];
        Assert.Equal(marked.Select(t => t.Name).Order(), JumpMethods.Names.Order());
    }

    [Theory, MemberData(nameof(Exact))]
    public void ImmigrationAndDeathArePoisson(string name)
    {
        // From 0 the number at t is Poisson with mean b/d (1 - exp(-d t)) exactly.
        ReactionNetwork network = ReactionNetwork.Parse("0 -> A @ 6\nA -> 0 @ 1.5");
        JumpEnsemble ensemble = JumpProcess.Ensemble(JumpMethods.Of(name), network, (0, 8), [0], Key, 3000, [0.4, 8]);
        for (int i = 0; i < 2; i++)
        {
            var law = new Poisson(4 * (1 - Math.Exp(-1.5 * ensemble.Times[i])));
            AssertLaw(ensemble, i, 0, k => Math.Exp(law.LogDensity(k)), 16);
        }
    }

    [Theory, MemberData(nameof(Exact))]
    public void SecondOrderReactionsFollowTheMasterEquation(string name)
    {
        // A + B <-> C from (6, 4, 0): five states, and the law is a row of the exponential of the generator. 2 A is another such chain.
        ReactionNetwork network = ReactionNetwork.Parse("A + B -> C @ 0.3\nC -> A + B @ 0.5");
        double[] generator = new double[25];
        for (int c = 0; c < 5; c++)
        {
            double forward = 0.3 * (6 - c) * (4 - c), back = 0.5 * c;
            generator[(c * 5) + c] = -forward - back;
            if (c < 4)
                generator[(c * 5) + c + 1] = forward;
            if (c > 0)
                generator[(c * 5) + c - 1] = back;
        }

        AssertChain(network, [6, 4, 0], generator, 5, 2, 0.7);

        // 2 A -> 0 from 8, counted in pairs that are gone.
        double[] pairs = new double[25];
        for (int k = 0; k < 4; k++)
        {
            double x = 8 - (2 * k), rate = 0.2 * x * (x - 1) / 2;
            pairs[(k * 5) + k] = -rate;
            pairs[(k * 5) + k + 1] = rate;
        }

        AssertChain(ReactionNetwork.Parse("2 A -> G @ 0.2"), [8, 0], pairs, 5, 1, 0.3);

        void AssertChain(ReactionNetwork chain, long[] start, double[] matrix, int states, int species, double t)
        {
            double[] scaled = [.. matrix.Select(v => v * t)], law = new double[states * states];
            new MatrixExponential<double>(states).Compute(scaled, law);
            JumpEnsemble ensemble = JumpProcess.Ensemble(JumpMethods.Of(name), chain, (0, t), start, Key.Fold(9), 3000, [t]);
            AssertLaw(ensemble, 0, species, k => k < states ? law[k] : 0, states);
        }
    }

    [Theory, MemberData(nameof(All))]
    public void MeansOfALinearNetworkFollowTheRateEquation(string name)
    {
        ReactionNetwork network = ReactionNetwork.Parse("0 -> M @ 20\nM -> M + P @ 10\nM -> 0 @ 1\nP -> 0 @ 0.5");
        const int Runs = 150;
        double[] times = [0.5, 3];
        JumpEnsemble ensemble = JumpProcess.Ensemble(JumpMethods.Of(name), network, (0, 3), [0, 0], Key, Runs, times);
        OdeResult mean = Ode.Solve(new ExplicitRungeKutta { RelativeTolerance = 1e-9 }, network.RateEquation(), (0, 3), [0, 0], times);
        for (int i = 0; i < 2; i++)
        {
            for (int s = 0; s < 2; s++)
            {
                (double average, double variance) = ensemble.Moments(i, s);
                double allowed = name == nameof(TauLeaping) ? 0.01 * mean.State(i)[s] : 0;
                Assert.InRange(Math.Abs(average - mean.State(i)[s]), 0, allowed + (Z * Math.Sqrt(variance / Runs)));
            }
        }
    }

    [Fact]
    public void LeapsCoverManyEventsAndKeepMeanAndVariance()
    {
        // Mean and variance of immigration and death: from x0, mean m + (x0 - m) e^-t, variance m (1 - e^-t) + x0 e^-t (1 - e^-t).
        ReactionNetwork network = ReactionNetwork.Parse("0 -> A @ 20000\nA -> 0 @ 1");
        const int Runs = 400;
        double e = Math.Exp(-2), exactMean = 20000 - (15000 * e), exactVariance = (20000 * (1 - e)) + (5000 * e * (1 - e));
        foreach (double tolerance in new[] { 0.03, 0.01 })
        {
            // A leap is an Euler step of the mean: the error is of the order of the tolerance. The mean's own standard deviation is below 0.05 %.
            JumpEnsemble ensemble = JumpProcess.Ensemble(new TauLeaping { Tolerance = tolerance }, network, (0, 2), [5000], Key, Runs, [2]);
            (double mean, double variance) = ensemble.Moments(0, 0);
            Assert.InRange(mean / exactMean, 1 - tolerance, 1 + tolerance);
            Assert.InRange(variance / exactVariance, 1 - (2 * tolerance) - (Z * Math.Sqrt(2.0 / Runs)), 1 + (2 * tolerance) + (Z * Math.Sqrt(2.0 / Runs)));
        }

        JumpResult one = JumpProcess.Simulate(new TauLeaping(), network, (0, 2), [5000], Key);
        Assert.True(one.Counts.Events > 20_000 && one.Counts.Steps < 500, one.ToString());
    }

    [Fact]
    public void ATighterToleranceTakesShorterLeaps()
    {
        ReactionNetwork network = ReactionNetwork.Parse("0 -> A @ 200000\nA -> 0 @ 1");
        long[] steps = [.. new[] { 0.1, 0.03, 0.01 }.Select(e => JumpProcess.Simulate(new TauLeaping { Tolerance = e }, network, (0, 1), [5000], Key).Counts.Steps)];
        Assert.True(steps[0] < steps[1] && steps[1] < steps[2]);
    }

    [Fact]
    public void WithFewMoleculesTheLeapsGiveWayToTheExactMethod()
    {
        ReactionNetwork network = ReactionNetwork.Parse("0 -> A @ 6\nA -> 0 @ 1.5");
        JumpEnsemble ensemble = JumpProcess.Ensemble(new TauLeaping(), network, (0, 2), [0], Key, 3000, [2]);
        var law = new Poisson(4 * (1 - Math.Exp(-3)));
        AssertLaw(ensemble, 0, 0, k => Math.Exp(law.LogDensity(k)), 16);
        Assert.Equal(0, JumpProcess.Simulate(new TauLeaping(), network, (0, 20), [0], Key).Counts.Leaps);
    }

    [Fact]
    public void LeapsNeverUseUpMoreThanThereIs()
    {
        ReactionNetwork network = ReactionNetwork.Parse("A -> 0 @ 1\nA + B -> 2 B @ 0.01\nB -> 0 @ 3");
        for (int r = 0; r < 20; r++)
        {
            JumpResult result = JumpProcess.Simulate(new TauLeaping { Tolerance = 0.3, CriticalFirings = 1, SmallestLeap = 0 }, network, (0, 20), [3000, 20], Key.Fold(r));
            Assert.Equal(OdeStopReason.ReachedEnd, result.Reason);
            Assert.All(result.States, x => Assert.True(x >= 0));
            Assert.Equal(0, result.FinalState[0]);
        }
    }

    /// <summary>Pearson's test over the numbers 0 to cells - 1 and the rest; cells with fewer than five expected are put together.</summary>
    private static void AssertLaw(JumpEnsemble ensemble, int time, int species, Func<int, double> probability, int cells)
    {
        double statistic = 0, expected = 0, seen = 0, total = 0;
        int degrees = -1;
        long[] histogram = new long[cells + 1];
        for (int r = 0; r < ensemble.Runs; r++)
            histogram[Math.Min(ensemble.State(r, time)[species], cells)]++;
        for (int k = 0; k <= cells; k++)
        {
            double p = k < cells ? probability(k) : Math.Max(0, 1 - total);
            total += p;
            expected += p * ensemble.Runs;
            seen += histogram[k];
            if (expected < 5 && k < cells)
                continue;
            if (expected > 0.5)
            {
                statistic += (seen - expected) * (seen - expected) / expected;
                degrees++;
            }
            else
            {
                Assert.True(seen <= 5);
            }

            expected = seen = 0;
        }

        double p0 = new ChiSquared(degrees).Survival(statistic);
        Assert.True(p0 > Significance, $"chi-square {statistic:g4} with {degrees} degrees of freedom, p = {p0:g3}");
    }
}
