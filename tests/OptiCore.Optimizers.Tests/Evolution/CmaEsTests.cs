using OptiCore.Problems;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Evolution;

public class CmaEsTests
{
    private static readonly IFunction<double> Ellipsoid = Function.BlackBox(x =>
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
            sum += Math.Pow(1e6, i / (x.Length - 1.0)) * x[i] * x[i];
        return sum;
    });

    [Fact]
    public void WholeGenerationsAreAskedAtOnce()
    {
        SolverRun<double> run = Minimize.Start(new CmaEs(), Ellipsoid, new double[10]);
        Assert.True(run.TryAsk(out Query<double>? query));
        Assert.Equal(10, query.Count);
        Assert.Equal(Oracle.Value, query.Needs);
    }

    [Fact]
    public void FirstGenerationHasTheMeanAndDeviationThatWereGiven()
    {
        const int Points = 40_000;
        SolverRun<double> run = Minimize.Start(new CmaEs { Population = Points, InitialStep = 0.25 }, Ellipsoid, [3, -1]);
        Assert.True(run.TryAsk(out Query<double>? query));
        for (int j = 0; j < 2; j++)
        {
            double mean = 0, square = 0;
            for (int i = 0; i < Points; i++)
                mean += query.Point(i)[j] / Points;
            for (int i = 0; i < Points; i++)
                square += (query.Point(i)[j] - mean) * (query.Point(i)[j] - mean) / Points;
            Promises.Close(j == 0 ? 3 : -1, mean, 0, 5 * 0.25 / Math.Sqrt(Points), "mean");
            Promises.Close(0.25, Math.Sqrt(square), 5 / Math.Sqrt(2.0 * Points), 0, "deviation");
        }
    }

    /// <summary>Figures of table 1 of the tutorial for n = 10, computed by hand from its formulas: lambda 10, mu 5.</summary>
    [Fact]
    public void DefaultsAreThoseOfTheTutorial()
    {
        var s = new CmaStrategy(10, CmaStrategy.DefaultPopulation(10), active: true, separable: false);
        Assert.Equal(10, s.Lambda);
        Assert.Equal(5, s.Mu);
        double[] raw = [.. Enumerable.Range(1, 10).Select(i => Math.Log(5.5) - Math.Log(i))];
        double positive = raw[..5].Sum(), muEff = positive * positive / raw[..5].Sum(w => w * w), negative = -raw[5..].Sum();
        double muEffNegative = negative * negative / raw[5..].Sum(w => w * w);
        Promises.Close(3.167299281, muEff, 1e-8, 0, "mu_eff as it is printed by Hansen's programs");
        Promises.Close(muEff, s.MuEff, 1e-14, 0, "mu_eff");
        double c1 = 2 / ((11.3 * 11.3) + muEff), cmu = 2 * (0.25 + muEff + (1 / muEff) - 2) / ((12 * 12) + muEff);
        Promises.Close(c1, s.C1, 1e-14, 0, "c_1");
        Promises.Close(cmu, s.CMu, 1e-14, 0, "c_mu");
        double alpha = Math.Min(1 + (c1 / cmu), Math.Min(1 + (2 * muEffNegative / (muEff + 2)), (1 - c1 - cmu) / (10 * cmu)));
        for (int i = 0; i < 10; i++)
            Promises.Close(i < 5 ? raw[i] / positive : alpha * raw[i] / negative, s.Weights[i], 1e-13, 1e-15, $"weight {i}");
        Promises.Close((muEff + 2) / (10 + muEff + 5), s.CSigma, 1e-14, 0, "c_sigma");
        Promises.Close(1 + s.CSigma, s.DSigma, 1e-14, 0, "d_sigma");
        Promises.Close((4 + (muEff / 10)) / (14 + (muEff / 5)), s.CC, 1e-14, 0, "c_c");
    }

    [Fact]
    public void ThreadsDoNotChangeTheResult()
    {
        SolverResult<double> serial = Minimize.Run(new CmaEs(), Ellipsoid, [1, 2, 3, 4, 5]);
        SolverResult<double> threads = Minimize.Run(new CmaEs(), Ellipsoid, [1, 2, 3, 4, 5], new RunOptions { Workers = Workers.Threads(3) });
        Promises.SameBits(serial.Point, threads.Point, "point");
        Assert.Equal(serial.Evaluations, threads.Evaluations);
    }

    [Fact]
    public void AMinimumOnTheBoundsIsFound()
    {
        // The minimum of |x - 3|^2 in [-1, 2]^3 is the corner; the last variable has no upper bound.
        IFunction<double> f = Function.BlackBox(3, x => ((x[0] - 3) * (x[0] - 3)) + ((x[1] - 3) * (x[1] - 3)) + ((x[2] - 3) * (x[2] - 3)));
        var bounds = new Bounds([-1, -1, -1], [2, 2, double.PositiveInfinity]);
        SolverResult<double> result = Minimize.Run(new CmaEs { Bounds = bounds }, f, [0, 0, 0]).EnsureConverged();
        Promises.Close(2, result.Value, 1e-9, 0, "value");
        Promises.Close(2, result.Point[0], 1e-9, 0, "x0");
        Promises.Close(3, result.Point[2], 0, 1e-4, "x2");
    }

    [Theory]
    [InlineData(-5.0, 3.0)]
    [InlineData(0.0, 0.01)]
    [InlineData(-1e6, 1e6)]
    [InlineData(double.NegativeInfinity, 1.0)]
    [InlineData(2.0, double.PositiveInfinity)]
    [InlineData(4.0, 4.0)]
    public void TheBoxMapIsOntoInvertibleAndContinuous(double low, double high)
    {
        BoxTransform map = BoxTransform.Of(new Bounds([low], [high]), 1)!;
        double width = double.IsFinite(high - low) ? high - low : 10, center = double.IsFinite(low) ? low : high;
        double[] x = new double[1], p = new double[1];
        for (int i = -400; i <= 400; i++)
        {
            p[0] = center + (i * width / 40);
            map.Map(p, x);
            Assert.InRange(x[0], low, high);
            double there = x[0];
            p[0] += 1e-9 * Math.Max(1, Math.Abs(center));
            map.Map(p, x);
            Promises.Close(there, x[0], 0, 1.1e-9 * Math.Max(1, Math.Abs(center)) * 1.01, "neighbours");

            x[0] = there;
            map.Unmap(x, p);
            map.Map(p, x);
            Promises.Close(there, x[0], 1e-12, 1e-12, "back and forth");
        }
    }

    [Fact]
    public void IntegerVariablesAreSolvedWithAMargin()
    {
        // The test of the paper in small: half of the variables integers, with an ellipsoid's scaling that makes the deviations of the integers collapse at once.
        foreach (int seed in new[] { 1, 2, 3, 4, 5 })
        {
            double[] optimum = [0.3, -1.7, 2, -3, 5, 1];
            IFunction<double> f = Function.BlackBox(6, x =>
            {
                double sum = 0;
                for (int i = 0; i < 6; i++)
                {
                    Assert.True(i < 2 || x[i] == Math.Round(x[i]), $"x[{i}] = {x[i]} isn't an integer.");
                    sum += Math.Pow(10, 3.0 * i / 5) * (x[i] - optimum[i]) * (x[i] - optimum[i]);
                }

                return sum;
            });
            var solver = new CmaEs { Integers = IntegerVariables.Of(2, 3, 4, 5), InitialStep = 2, Bounds = Bounds.All(-10, 10) };
            SolverResult<double> result = Minimize.Run(solver, f, [5, 5, -4, 6, -7, 8], new RunOptions { Key = RandomKey.FromSeed((ulong)seed), TargetValue = 1e-10, MaxEvaluations = 40_000 });
            Assert.True(result.Reason == StopReason.TargetReached, $"seed {seed}: {result}");
        }
    }

    [Fact]
    public void TheMarginKeepsNeighbouringIntegersLikely()
    {
        var margin = new IntegerMargin([true, true], new Box(null, 2), 5);
        var covariance = new DiagonalCovariance(2);
        double[] mean = [0.1, -0.3];
        margin.Correct(mean, 1e-4, covariance);
        double alpha = 1.0 / (2 * 5);
        for (int i = 0; i < 2; i++)
        {
            double deviation = 1e-4 * margin.Scale[i];
            double below = SpecialFunctions.NormalCdf((-0.5 - mean[i]) / deviation), above = SpecialFunctions.NormalCdf((mean[i] - 0.5) / deviation);
            Promises.Close(alpha / 2, Math.Min(below, above), 1e-9, 0, $"probability of the neighbours of variable {i}");
        }
    }

    [Fact]
    public void AFlatFunctionEndsByItsCriterion()
    {
        SolverResult<double> result = Minimize.Run(new CmaEs(), Function.BlackBox(3, _ => 7), [1, 1, 1]);
        Assert.Contains("EqualFunValues", result.Message);
    }

    [Fact]
    public void ASlopeIsNotTakenForAMinimum()
    {
        SolverResult<double> result = Minimize.Run(new CmaEs { ValueTolerance = 0 }, Function.BlackBox(3, x => x[0]), [1, 1, 1]);
        Assert.NotEqual(SolverStatus.Converged, result.Status);
        Assert.Contains("TolXUp", result.Message);
    }

    [Fact]
    public void SeparableAndLimitedMemoryStrategiesTakeManyVariables()
    {
        double[] start = new double[500];
        start.AsSpan().Fill(3);
        IFunction<double> sphere = Function.BlackBox(500, x => Numerics.Reduce.SumOfSquares(x));
        var options = new RunOptions { TargetValue = 1e-8, MaxEvaluations = 60_000, MaxIterations = long.MaxValue };
        Assert.Equal(StopReason.TargetReached, Minimize.Run(new SeparableCmaEs { InitialStep = 1 }, sphere, start, options).Reason);
        Assert.Equal(StopReason.TargetReached, Minimize.Run(new LmMaEs { InitialStep = 1 }, sphere, start, options).Reason);
    }

    [Fact]
    public void LimitedMemoryLearnsADirectionThatASeparableStrategyCannot()
    {
        // A cigar along the diagonal.
        const int N = 60;
        IFunction<double> cigar = Function.BlackBox(N, x =>
        {
            double along = 0, all = 0;
            foreach (double v in x)
            {
                along += v / Math.Sqrt(N);
                all += v * v;
            }

            return (1e6 * (all - (along * along))) + (along * along);
        });
        double[] start = new double[N];
        for (int i = 0; i < N; i++)
            start[i] = 1 + (i % 3);
        var options = new RunOptions { TargetValue = 1e-6, MaxEvaluations = 200_000, MaxIterations = long.MaxValue };
        Assert.Equal(StopReason.TargetReached, Minimize.Run(new LmMaEs(), cigar, start, options).Reason);
        Assert.NotEqual(StopReason.TargetReached, Minimize.Run(new SeparableCmaEs(), cigar, start, options).Reason);
    }

    [Fact]
    public void RestartsFindWhatOneRunMisses()
    {
        var f = ClassicFunctions.Rastrigin(5);
        int plain = 0, ipop = 0, bipop = 0;
        for (int seed = 0; seed < 6; seed++)
        {
            var options = new RunOptions { Key = RandomKey.FromSeed((ulong)seed), TargetValue = 1e-8, MaxEvaluations = 200_000, MaxIterations = long.MaxValue };
            plain += Minimize.Run(new CmaEs { InitialStep = 2 }, f.Function, f.Start, options).Reason == StopReason.TargetReached ? 1 : 0;
            ipop += Minimize.Run(new IpopCmaEs { Inner = new CmaEs { InitialStep = 2 } }, f.Function, f.Start, options).Reason == StopReason.TargetReached ? 1 : 0;
            bipop += Minimize.Run(new BipopCmaEs { Inner = new CmaEs { InitialStep = 2 } }, f.Function, f.Start, options).Reason == StopReason.TargetReached ? 1 : 0;
        }

        Assert.True(plain < 6, "One run with a small population is not expected to find the best of 10^5 minima every time.");
        Assert.Equal(6, ipop);
        Assert.Equal(6, bipop);
    }

    [Fact]
    public void ARunOfRestartsIsSavedInTheMiddleOfAny()
    {
        var f = ClassicFunctions.Rastrigin(3);
        var solver = new BipopCmaEs { MaxRestarts = 3, Inner = new CmaEs { Bounds = Bounds.All(-5, 5), InitialStep = 2 } };
        SolverResult<double> whole = Minimize.Run(solver, f.Function, f.Start);
        SolverRun<double> run = Minimize.Start(solver, f.Function, f.Start);
        for (long k = 0; run.Step(f.Function); k++)
        {
            if (k % 150 != 0)
                continue;
            using var stream = new MemoryStream();
            run.Save(stream);
            stream.Position = 0;
            run = Minimize.Start(solver, f.Function, f.Start);
            run.Load(stream);
        }

        Promises.SameBits(whole.Point, run.Result.Point, "point");
        Assert.Equal(whole.Evaluations, run.Evaluations);
        Assert.True(whole.Evaluations.Points > 5000, "There were restarts.");
    }
}
