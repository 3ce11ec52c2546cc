using OptiCore.Distributions;
using OptiCore.Integration;
using OptiCore.Persistence;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Samplers.Tests.Sequential;

/// <summary>What holds for every proposal of nested sampling: one row in the table, every law for every row; evidences in closed form and by quadrature.</summary>
public class NestedSamplingTests
{
    private static readonly Dictionary<string, INestedProposal> Table = new()
    {
        ["ellipsoids"] = new EllipsoidProposal(),
        ["slices"] = new SliceProposal(),
        ["random walk"] = new RandomWalkProposal { Steps = 40 },
    };

    public static TheoryData<string> Proposals => [.. Table.Keys];

    [Fact]
    public void Every_published_proposal_has_a_row()
    {
        IEnumerable<Type> published = typeof(INestedProposal).Assembly.GetExportedTypes().Where(t => !t.IsInterface && t.IsAssignableTo(typeof(INestedProposal)));
        Assert.All(published, t => Assert.Contains(Table.Values, s => s.GetType() == t));
    }

    /// <summary>Three independent coordinates with prior N(0, 2^2) and one observation each with variance 0.3^2: the evidence is a normal density. The mean of 8 runs, whose own error is what the runs claim, is within 4.5 errors.</summary>
    [Theory]
    [MemberData(nameof(Proposals))]
    public void A_conjugate_evidence_with_its_error_and_the_posterior(string proposal)
    {
        double[] y = [1, -2, 0.5];
        var noise = new Normal(0, 0.3);
        INestedProblem problem = NestedProblem.From([new Normal(0, 2), new Normal(0, 2), new Normal(0, 2)], x => noise.LogDensity(x[0] - y[0]) + noise.LogDensity(x[1] - y[1]) + noise.LogDensity(x[2] - y[2]));
        double exact = y.Sum(v => new Normal(0, Math.Sqrt(4.09)).LogDensity(v));
        NestedResult[] runs = [.. Enumerable.Range(0, 8).Select(r => new NestedSampling { LivePoints = 120, Proposal = Table[proposal] }.Run(problem, RandomKey.FromSeed(3).Fold(r)).EnsureCompleted())];
        double claimed = runs.Average(r => r.LogEvidenceError), mean = runs.Average(r => r.LogEvidence), spread = Math.Sqrt(runs.Average(r => (r.LogEvidence - mean) * (r.LogEvidence - mean)));
        Assert.InRange((mean - exact) / (claimed / Math.Sqrt(8)), -4.5, 4.5);
        Assert.InRange(spread / claimed, 0.3, 2.2);
        for (int j = 0; j < 3; j++)
        {
            // The posterior mean is 4 y / 4.09 with standard deviation 0.3; each run has some hundred effective draws.
            Assert.Equal(4 * y[j] / 4.09, runs.Average(r => r.Mean(j)), 0.06);
            double[] draws = new double[3 * 500];
            runs[0].Draw(RandomKey.FromSeed(1), draws);
            Assert.InRange(Enumerable.Range(0, 500).Average(i => draws[(3 * i) + j]), (4 * y[j] / 4.09) - 0.2, (4 * y[j] / 4.09) + 0.2);
        }

        Assert.Equal(1, runs[0].LogWeights.ToArray().Sum(Math.Exp), 1e-9);
    }

    /// <summary>The egg-box log L = (2 + cos(x / 2) cos(y / 2))^5 on [0, 10 pi]^2 with its 18 modes, against quadrature.</summary>
    [Theory]
    [InlineData("ellipsoids")]
    [InlineData("random walk")]
    public void The_egg_box(string proposal)
    {
        double exact = LogIntegral(x => LogIntegral(y => Math.Pow(2 + (Math.Cos(x / 2) * Math.Cos(y / 2)), 5))) - (2 * Math.Log(10 * Math.PI));
        INestedProblem problem = NestedProblem.From(2, static (cube, x) => (x[0], x[1]) = (10 * Math.PI * cube[0], 10 * Math.PI * cube[1]), static x => Math.Pow(2 + (Math.Cos(x[0] / 2) * Math.Cos(x[1] / 2)), 5));
        NestedResult result = new NestedSampling { LivePoints = 500, Proposal = Table[proposal] }.Run(problem, RandomKey.FromSeed(5)).EnsureCompleted();
        Assert.InRange((result.LogEvidence - exact) / result.LogEvidenceError, -4, 4);

        // A trapezoidal sum is exact to rounding for a smooth function over whole periods.
        static double LogIntegral(Func<double, double> logs)
        {
            const int Points = 2000;
            double[] values = [.. Enumerable.Range(0, Points).Select(i => logs(10 * Math.PI * i / Points))];
            return Numerics.Reduce.LogSumExp<double>(values) + Math.Log(10 * Math.PI / Points);
        }
    }

    /// <summary>Two Gaussian shells of radius 2 and width 0.1 about (-3.5, 0) and (3.5, 0) in [-6, 6]^2; the evidence is 2 (2 pi) times the integral of r times the profile, over the prior's area.</summary>
    [Fact]
    public void Gaussian_shells()
    {
        var profile = new Normal(2, 0.1);
        double exact = Math.Log(2 * 2 * Math.PI * Quadrature.Integrate(r => r * Math.Exp(profile.LogDensity(r)), 0, 4).Value / 144);
        INestedProblem problem = NestedProblem.From(2, static (cube, x) => (x[0], x[1]) = ((12 * cube[0]) - 6, (12 * cube[1]) - 6), x =>
        {
            double left = profile.LogDensity(Math.Sqrt(((x[0] + 3.5) * (x[0] + 3.5)) + (x[1] * x[1]))), right = profile.LogDensity(Math.Sqrt(((x[0] - 3.5) * (x[0] - 3.5)) + (x[1] * x[1])));
            double largest = Math.Max(left, right);
            return largest + Math.Log(Math.Exp(left - largest) + Math.Exp(right - largest));
        });
        NestedResult result = new NestedSampling { LivePoints = 400 }.Run(problem, RandomKey.FromSeed(2)).EnsureCompleted();
        Assert.InRange((result.LogEvidence - exact) / result.LogEvidenceError, -4, 4);
        Assert.Equal(0, result.Mean(0), 1.2);
    }

    [Fact]
    public void A_plateau_is_counted_by_its_volume()
    {
        // L is 1 on a quarter of the square and 0.01 elsewhere: both values are ties of many points.
        INestedProblem problem = NestedProblem.From(2, static (cube, x) => cube.CopyTo(x), static x => x[0] < 0.5 && x[1] < 0.5 ? 0 : Math.Log(0.01));
        double[] evidence = [.. Enumerable.Range(0, 6).Select(r => new NestedSampling { LivePoints = 200, Proposal = new EllipsoidProposal { Enlargement = 2 } }.Run(problem, RandomKey.FromSeed(8).Fold(r)).EnsureCompleted().LogEvidence)];
        Assert.Equal(Math.Log(0.25 + (0.75 * 0.01)), evidence.Average(), 0.15);
    }

    [Theory]
    [MemberData(nameof(Proposals))]
    public void A_run_that_is_saved_and_loaded_goes_on_as_if_uninterrupted(string proposal)
    {
        INestedProblem problem = NestedProblem.From([new Normal(0, 1), new Uniform(-1, 1)], static x => -10 * ((x[0] * x[0]) + (x[1] * x[1])));
        var sampler = new NestedSampling { LivePoints = 50, Proposal = Table[proposal] };
        NestedState whole = sampler.Start(problem, RandomKey.FromSeed(1)), resumed = sampler.Start(problem, RandomKey.FromSeed(1));
        for (int i = 0; i < 77; i++)
            whole.Step();
        StateArchive.Load(resumed, StateArchive.Save(whole));
        foreach (NestedState state in (NestedState[])[whole, resumed])
        {
            while (state.Status == RunStatus.Running)
                state.Step();
        }

        Promises.SameBits(whole.Finish().Points, resumed.Finish().Points, "points");
        Promises.SameBits(whole.Finish().LogWeights, resumed.Finish().LogWeights, "weights");
        Assert.Equal(whole.Evaluations, resumed.Evaluations);
    }

    [Fact]
    public void Limits_and_failures_keep_what_is_known()
    {
        INestedProblem problem = NestedProblem.From([new Normal(0, 1)], static x => -x[0] * x[0]);
        NestedResult stopped = new NestedSampling { LivePoints = 20, MaxIterations = 15 }.Run(problem, RandomKey.FromSeed(1));
        Assert.Equal(RunStatus.Stopped, stopped.Status);
        Assert.Equal(35, stopped.Count);
        Assert.True(double.IsFinite(stopped.LogEvidence));
        Assert.Throws<SolverException>(stopped.EnsureCompleted);

        // A spike that holds one live point: nothing above it is found.
        INestedProblem spike = NestedProblem.From(2, static (cube, x) => cube.CopyTo(x), static x => x[0] == 0.123 ? 1 : x[0]);
        NestedResult failed = new NestedSampling { LivePoints = 20, RemainingEvidence = 1e-12, MaxIterations = 3000, Proposal = new EllipsoidProposal { MaxTries = 1 } }.Run(spike, RandomKey.FromSeed(1));
        Assert.Equal(RunStatus.Failed, failed.Status);
        Assert.True(double.IsFinite(failed.LogEvidence));
        Assert.Throws<ArgumentOutOfRangeException>(() => new EllipsoidProposal { Enlargement = 0.5 });
    }
}
