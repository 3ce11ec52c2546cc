using System.Text.Json;
using OptiCore.Distributions;
using OptiCore.Problems;
using OptiCore.TestKit;
using MultivariateNormal = OptiCore.Problems.MultivariateNormal;

namespace OptiCore.Samplers.Tests;

public class WalkerEnsembleTests
{
    private const int Replications = 300;
    private const int Ranks = 16;

    public static TheoryData<string> PeerRuns => [.. Reference.Cases("emcee/stretch-move.json").Keys];

    public static TheoryData<string> Rules => ["Stretch move", "Walk move", "DE-MC", "Snooker", "Mixture of moves"];

    /// <summary>|z| &lt; 4.5 with the peer's standard errors and our own from eight runs of the same length.</summary>
    [Theory]
    [MemberData(nameof(PeerRuns))]
    public void Acceptance_and_autocorrelation_are_those_of_emcee(string id)
    {
        JsonElement c = Reference.Cases("emcee/stretch-move.json")[id];
        int n = (int)c.Number("dimension"), walkers = (int)c.Number("walkers"), steps = (int)c.Number("steps");
        MultivariateNormal density = MultivariateNormal.Autoregressive(n, c.Number("correlation"));
        const int Runs = 8;
        double[] accepted = new double[Runs], time = new double[Runs];
        for (int r = 0; r < Runs; r++)
        {
            SamplingResult result = Sample.Run(new StretchMove(), density, new SamplingOptions { Chains = walkers, WarmUp = 500, Draws = steps, Key = RandomKey.FromSeed(100 + (ulong)r) });
            long moves = 0;
            foreach (ChainResult chain in result.Chains)
            {
                for (int i = 1; i < chain.Count; i++)
                    moves += chain.Draw(i)[0] != chain.Draw(i - 1)[0] ? 1 : 0;
            }

            accepted[r] = moves / ((steps - 1.0) * walkers);
            time[r] = Diagnostics.IntegratedAutocorrelationTime(result.Values(0), walkers);
            double probability = result.Chains.Average(chain => chain.Statistics.ToArray().Average(s => s.AcceptStatistic));
            Assert.Equal(accepted[r], probability, 0.01);
        }

        CheckZ("acceptance fraction", accepted, c.GetProperty("acceptance_fraction"));
        CheckZ("autocorrelation time", time, c.GetProperty("autocorrelation_time_x1"));

        static void CheckZ(string what, double[] ours, JsonElement theirs)
        {
            double error = Diagnostics.StandardDeviation(ours) / Math.Sqrt(ours.Length);
            double z = (ours.Average() - theirs.Number("mean")) / Math.Sqrt((error * error) + (theirs.Number("error") * theirs.Number("error")));
            Assert.True(Math.Abs(z) < 4.5, $"{what}: {ours.Average():f4}, emcee {theirs.Number("mean"):f4}, off by {z:f1} standard errors.");
        }
    }

    /// <summary>
    /// Simulation-based calibration: the truth, drawn from the prior N(0, I), has a uniform rank among the posterior draws of one walker, thinned to independence. The model is y ~ N(a'x, 1).
    /// Chi-square at significance 1e-5.
    /// </summary>
    [Theory]
    [MemberData(nameof(Rules))]
    public void Ranks_of_the_truth_among_the_draws_are_uniform(string rule)
    {
        int[] counts = new int[Ranks];
        for (int r = 0; r < Replications; r++)
        {
            RandomKey key = RandomKey.FromSeed(77).Fold(r);
            RandomStream stream = key.Stream();
            double first = stream.NextNormal(), second = stream.NextNormal();
            double y = first + (0.5 * second) + stream.NextNormal();
            IFunction<double> posterior = Function.BlackBox(2, x =>
            {
                double rest = y - x[0] - (0.5 * x[1]);
                return -0.5 * ((x[0] * x[0]) + (x[1] * x[1]) + (rest * rest));
            });

            // Many walkers: the companions hardly depend on the one that is looked at.
            const int Thinning = 25;
            SamplingResult result = Sample.Run((IEnsembleSampler<IFunction<double>>)EnsembleConformanceTests.Table[rule], posterior, new SamplingOptions { Chains = 12, WarmUp = 150, Draws = (Ranks - 1) * Thinning, Key = key.Fold("chain") });
            int rank = 0;
            for (int i = 0; i < Ranks - 1; i++)
                rank += result.Chains[3].Draw((i * Thinning) + Thinning - 1)[0] < first ? 1 : 0;
            counts[rank]++;
        }

        const double Expected = (double)Replications / Ranks;
        double chiSquare = counts.Sum(c => (c - Expected) * (c - Expected) / Expected), limit = new ChiSquared(Ranks - 1).SurvivalQuantile(1e-5);
        Assert.True(chiSquare < limit, $"chi-square {chiSquare:f1}, limit {limit:f1}.");
    }

    [Fact]
    public void A_batch_function_is_asked_for_many_points_at_once_with_the_same_draws()
    {
        var options = new SamplingOptions { Chains = 200, WarmUp = 0, Draws = 20, Key = RandomKey.FromSeed(2) };
        var batch = new BatchNormal();
        double[] one = Targets.AllDraws(Sample.Run(new StretchMove(), (IFunction<double>)new StandardNormal(3), options));
        Promises.SameBits(one, Targets.AllDraws(Sample.Run(new StretchMove(), (IFunction<double>)batch, options)), "in batches");
        Assert.Equal(20 * 4, batch.Calls);
        Assert.Equal(64, batch.Largest);
        Promises.SameBits(one, Targets.AllDraws(Sample.Run(new StretchMove(), (IFunction<double>)batch, options with { Workers = Workers.Threads(2) })), "in batches on two workers");
    }

    /// <summary>The law of the ensemble doesn't change under affine maps: neither do the draws, for the same randomness.</summary>
    [Fact]
    public void Stretch_and_walk_moves_are_affine_invariant()
    {
        double[] map = [2, 0, 1, 1e3], shift = [5, -7];
        IFunction<double> plain = Function.BlackBox(2, static x => -0.5 * ((x[0] * x[0]) + (x[1] * x[1])) - (0.1 * x[0] * x[0] * x[0] * x[0]));
        IFunction<double> mapped = Function.BlackBox(2, y =>
        {
            double a = (y[0] - shift[0]) / map[0], b = (y[1] - shift[1] - (map[2] * a)) / map[3];
            return plain.Value([a, b]);
        });
        double[][] starts = new double[10][], mappedStarts = new double[10][];
        for (int w = 0; w < starts.Length; w++)
        {
            RandomStream stream = RandomKey.FromSeed(4).Fold(w).Stream();
            starts[w] = [stream.NextNormal(), stream.NextNormal()];
            mappedStarts[w] = Map(starts[w]);
        }

        foreach (IEnsembleSampler<IFunction<double>> rule in (IEnsembleSampler<IFunction<double>>[])[new StretchMove(), new WalkMove()])
        {
            var options = new SamplingOptions { Chains = 10, WarmUp = 0, Draws = 40, Key = RandomKey.FromSeed(2), InitialPoints = starts };
            SamplingResult of = Sample.Run(rule, plain, options), ofMapped = Sample.Run(rule, mapped, options with { InitialPoints = mappedStarts });
            for (int w = 0; w < 10; w++)
            {
                for (int i = 0; i < 40; i++)
                {
                    double[] expected = Map(of.Chains[w].Draw(i));
                    Promises.Close(expected[0], ofMapped.Chains[w].Draw(i)[0], 1e-9, 1e-9, "first coordinate");
                    Promises.Close(expected[1], ofMapped.Chains[w].Draw(i)[1], 1e-9, 1e-6, "second coordinate");
                }
            }
        }

        double[] Map(ReadOnlySpan<double> x) => [shift[0] + (map[0] * x[0]), shift[1] + (map[2] * x[0]) + (map[3] * x[1])];
    }

    /// <summary>Two modes 20 standard deviations apart: steps with gamma = 1 go from one to the other once both have walkers, which the stretch move doesn't.</summary>
    [Fact]
    public void Differential_evolution_jumps_between_modes()
    {
        IFunction<double> modes = Function.BlackBox(2, static x =>
        {
            double y = -0.5 * x[1] * x[1], left = x[0] + 10, right = x[0] - 10;
            return y + Math.Log((0.3 * Math.Exp(-0.5 * left * left)) + (0.7 * Math.Exp(-0.5 * right * right)));
        });
        double[][] starts = [.. Enumerable.Range(0, 30).Select(w =>
        {
            RandomStream stream = RandomKey.FromSeed(9).Fold(w).Stream();
            return new[] { stream.NextNormal() + (w % 2 == 0 ? 10 : -10), stream.NextNormal() };
        })];
        SamplingResult result = Sample.Run(new DifferentialEvolutionMove { JumpProbability = 0.3 }, modes, new SamplingOptions { Chains = 30, WarmUp = 1000, Draws = 6000, InitialPoints = starts });
        double z = EnsembleConformanceTests.BatchZ(result, 0, v => (v > 0 ? 1 : 0) - 0.7);
        Assert.True(Math.Abs(z) < 5, $"the weight of the right mode is off by {z:f1} standard errors.");
        long changes = result.Chains.Sum(c => Enumerable.Range(1, c.Count - 1).LongCount(i => c.Draw(i)[0] > 0 != c.Draw(i - 1)[0] > 0));
        Assert.True(changes > 1000, $"{changes} jumps.");
    }

    [Fact]
    public void Walkers_that_cannot_span_the_space_are_refused()
    {
        IFunction<double> density = new StandardNormal(4);
        var few = Assert.Throws<ArgumentOutOfRangeException>(() => Sample.Run(new StretchMove(), density, new SamplingOptions { Chains = 7 }));
        Assert.Contains("at least 8", few.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => Sample.Run(new SnookerMove(), (IFunction<double>)new StandardNormal(1), new SamplingOptions { Chains = 5 }));

        var same = Assert.Throws<ArgumentException>(() => Sample.Run(new StretchMove(), density, new SamplingOptions { Chains = 10, InitialPoints = [[1, 2, 3, 4]] }));
        Assert.Contains("same point", same.Message, StringComparison.Ordinal);

        double[][] plane = [.. Enumerable.Range(0, 10).Select(w => new double[] { w, w * w, 1 + (3.0 * w), Math.Sin(w) })];
        var dependent = Assert.Throws<ArgumentException>(() => Sample.Run(new StretchMove(), density, new SamplingOptions { Chains = 10, InitialPoints = plane }));
        Assert.Contains("linearly dependent", dependent.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Invalid_options_name_the_member()
    {
        Assert.Equal("Scale", Assert.Throws<ArgumentOutOfRangeException>(() => new StretchMove { Scale = 1 }).ParamName);
        Assert.Equal("Subset", Assert.Throws<ArgumentOutOfRangeException>(() => new WalkMove { Subset = 1 }).ParamName);
        Assert.Equal("JumpProbability", Assert.Throws<ArgumentOutOfRangeException>(() => new DifferentialEvolutionMove { JumpProbability = 1.1 }).ParamName);
        Assert.Equal("LeastScale", Assert.Throws<ArgumentOutOfRangeException>(() => new SnookerMove { LeastScale = 0 }).ParamName);
        Assert.Equal("Moves", Assert.Throws<ArgumentOutOfRangeException>(() => new MixtureOfMoves { Moves = [] }).ParamName);
        Assert.Equal("Weight", Assert.Throws<ArgumentOutOfRangeException>(() => new WeightedMove(new StretchMove(), 0)).ParamName);
        Assert.Equal(new MixtureOfMoves(), new MixtureOfMoves());
        Assert.NotEqual(new MixtureOfMoves(), new MixtureOfMoves { Moves = [new(new StretchMove())] });
    }

    private sealed class BatchNormal : IBatchFunction<double>
    {
        private readonly StandardNormal _normal = new(3);
        private int _calls;

        public int Calls => _calls;

        public int Largest { get; private set; }

        public int Dimension => 3;

        public double Value(ReadOnlySpan<double> x) => _normal.Value(x);

        public void Values(ReadOnlySpan<double> points, Span<double> values)
        {
            Interlocked.Increment(ref _calls);
            Largest = Math.Max(Largest, values.Length);
            for (int i = 0; i < values.Length; i++)
                values[i] = _normal.Value(points.Slice(3 * i, 3));
        }
    }
}
