using OptiCore.Distributions;
using OptiCore.Persistence;
using OptiCore.Problems;
using OptiCore.TestKit;

namespace OptiCore.Samplers.Tests;

public class TemperingTests
{
    private const double RightWeight = 0.25;

    internal static readonly ISampler<IFunction<double>>[] GradientFree = [new GradientFreeParallelTempering(new RandomWalk(0.8))];

    /// <summary>Two normals of sd 0.5, eight apart in each of two coordinates, of weights 0.75 and 0.25; unnormalised in all else.</summary>
    private static IDifferentiableFunction<double> TwoModes { get; } = Function.WithGradient<double>(2, static (x, g) =>
    {
        double left = Math.Log(1 - RightWeight), right = Math.Log(RightWeight);
        for (int i = 0; i < 2; i++)
        {
            left -= 2 * (x[i] + 4) * (x[i] + 4);
            right -= 2 * (x[i] - 4) * (x[i] - 4);
        }

        double larger = Math.Max(left, right), value = larger + Math.Log(Math.Exp(left - larger) + Math.Exp(right - larger));
        double toRight = Math.Exp(right - value);
        for (int i = 0; i < 2; i++)
            g[i] = -4 * (x[i] + 4 - (8 * toRight));
        return value;
    });

    [Fact]
    public void Weights_of_modes_are_right_where_the_kernel_alone_never_leaves_one()
    {
        var options = new SamplingOptions { Chains = 4, WarmUp = 600, Draws = 1500, Key = RandomKey.FromSeed(2), InitialRadius = 6 };
        SamplingResult alone = Sample.Run(new NoUTurn(), TwoModes, options);
        Assert.All(alone.Chains, c => Assert.True(Right(c) is 0 or 1, "a chain of NUTS went from one mode to the other."));

        // At 0.01 the modes, 11.3 apart, have a standard deviation of 5 and are one; at 0.02 they nearly are. Twelve rungs are five times the communication barrier.
        SamplingResult result = Sample.Run(new ParallelTempering { Ladder = new() { Rungs = 12, Least = 0.01 } }, TwoModes, options);
        double[] right = [.. result.Values(0).Select(v => v > 0 ? 1.0 : 0)];
        double size = Diagnostics.EssMean(right, 4);
        Assert.True(size > 300, $"an effective size of {size:f0} is too small to test.");
        double z = (right.Average() - RightWeight) / Diagnostics.McseMean(right, 4);
        Assert.True(Math.Abs(z) < 4.5, $"the weight of the right mode is {right.Average():f3}, off by {z:f1} standard errors.");
        foreach (ChainResult chain in result.Chains)
        {
            var report = (TemperingReport)chain.Report!;
            Assert.True(report.RoundTrips > 30, $"{report.RoundTrips} round trips.");
            Assert.Equal(1500, report.Transitions);
        }

        static double Right(ChainResult chain) => Enumerable.Range(0, chain.Count).Average(i => chain.Draw(i)[0] > 0 ? 1.0 : 0);
    }

    [Fact]
    public void The_ladder_comes_to_reject_all_swaps_alike()
    {
        var options = new SamplingOptions { Chains = 1, WarmUp = 2000, Draws = 1500, Key = RandomKey.FromSeed(7) };
        TemperingReport tuned = Report(adapts: true), untuned = Report(adapts: false);
        Assert.Equal(0, tuned.InverseTemperatures[0]);
        Assert.Equal(1, tuned.InverseTemperatures[^1]);
        for (int r = 1; r < tuned.InverseTemperatures.Count; r++)
            Assert.True(tuned.InverseTemperatures[r] > tuned.InverseTemperatures[r - 1]);
        Assert.True(Spread(tuned) < 0.15, $"Tuned rejection rates are {string.Join(", ", tuned.RejectionRates)}.");
        Assert.True(Spread(untuned) > 0.3, $"Untuned rejection rates are {string.Join(", ", untuned.RejectionRates)}.");
        Assert.True(tuned.RoundTrips > untuned.RoundTrips);

        // The barrier belongs to the target: another number of rungs finds the same one.
        var many = (TemperingReport)Sample.Run(Tempering(14, true), Conjugate(4, out _), options).Chains[0].Report!;
        Assert.Equal(1, many.CommunicationBarrier / tuned.CommunicationBarrier, 0.2);

        TemperingReport Report(bool adapts) => (TemperingReport)Sample.Run(Tempering(8, adapts), Conjugate(4, out _), options).Chains[0].Report!;
        static ParallelTempering Tempering(int rungs, bool adapts) => new() { Kernel = new Hmc { Steps = 4 }, Ladder = new() { Rungs = rungs, Adapts = adapts } };
        static double Spread(TemperingReport report) => report.RejectionRates.Max() - report.RejectionRates.Min();
    }

    [Fact]
    public void The_evidence_of_a_conjugate_model_is_found()
    {
        IDifferentiableTemperableFunction<double> target = Conjugate(3, out double exact);
        SamplingResult result = Sample.Run(
            new ParallelTempering { Kernel = new Hmc { Steps = 4 }, Ladder = new() { Rungs = 16 } }, target, new SamplingOptions { Chains = 8, WarmUp = 800, Draws = 2500, Key = RandomKey.FromSeed(1) });
        double[] evidence = [.. result.Chains.Select(c => ((TemperingReport)c.Report!).LogEvidence)];
        double error = Diagnostics.StandardDeviation(evidence) / Math.Sqrt(8);
        Assert.True(error < 0.03, $"a standard error of {error:f3}.");

        // Student with 7 degrees of freedom: |t| > 7 has probability 2e-4.
        Assert.True(Math.Abs(evidence.Average() - exact) < 7 * error, $"log evidence {evidence.Average():f4} with standard error {error:f4}, exact {exact:f4}.");
        Assert.Equal(exact, result.Chains.Average(c => ((TemperingReport)c.Report!).ThermodynamicLogEvidence), 0.15);

        // The draws are the posterior's: mean y * 9 / 9.25 for each coordinate.
        double[] draws = result.Values(1);
        double z = (draws.Average() - (2 * 9 / 9.25)) / Diagnostics.McseMean(draws, 8);
        Assert.True(Math.Abs(z) < 4.5, $"the mean is off by {z:f1} standard errors.");
    }

    [Fact]
    public void Swaps_evaluate_nothing()
    {
        const int Rungs = 4, Steps = 5, Draws = 300;
        SamplingResult result = Sample.Run(
            new ParallelTempering { Kernel = new Hmc { Steps = Steps, StepSize = 0.2 }, Ladder = new() { Rungs = Rungs, Least = 0.3 } }, new StandardNormal(2), new SamplingOptions { Chains = 1, WarmUp = 0, Draws = Draws });
        Assert.Equal(Rungs * (1 + (Steps * Draws)), result.Chains[0].Evaluations);
        Assert.True(((TemperingReport)result.Chains[0].Report!).RejectionRates.All(r => r < 0.7));
    }

    [Fact]
    public void Kernels_without_gradients_are_tempered_too()
    {
        IFunction<double> prior = Function.BlackBox(1, static x => -0.5 * x[0] * x[0] / 25), likelihood = Function.BlackBox(1, static x =>
        {
            double left = x[0] + 5, right = x[0] - 5;
            return Math.Log((0.6 * Math.Exp(-2 * left * left)) + (0.4 * Math.Exp(-2 * right * right)));
        });
        var options = new SamplingOptions { Chains = 4, WarmUp = 1000, Draws = 8000, Key = RandomKey.FromSeed(3) };
        var sampler = new GradientFreeParallelTempering(new RandomWalk(1.5)) { Ladder = new() { Rungs = 6 } };
        ITemperableFunction<double> target = Function.Temperable(prior, likelihood);
        SamplingResult result = Sample.Run(sampler, target, options);
        double[] right = [.. result.Values(0).Select(v => v > 0 ? 1.0 : 0)];
        double z = (right.Average() - 0.4) / Diagnostics.McseMean(right, 4);
        Assert.True(Diagnostics.EssMean(right, 4) > 200 && Math.Abs(z) < 4.5, $"the weight of the right mode is off by {z:f1} standard errors.");
        Promises.SameBits(Targets.AllDraws(result), Targets.AllDraws(Sample.Run(sampler, target, options with { Workers = Workers.Threads(3) })), "three workers");

        // Each rung evaluates its start and one proposal a transition.
        Assert.Equal(6 * (1 + 9000), result.Chains[0].Evaluations);
    }

    [Fact]
    public void Replicas_at_zero_draw_from_the_reference_wherever_the_likelihood_is_zero()
    {
        IDifferentiableFunction<double> likelihood = Function.WithGradient<double>(1, static (x, g) =>
        {
            g[0] = x[0] > 0 ? -1 : double.NaN;
            return x[0] > 0 ? -x[0] : double.NegativeInfinity;
        });
        SamplingResult result = Sample.Run(
            new ParallelTempering { Kernel = new Hmc { Steps = 3 }, Ladder = new() { Rungs = 4 } }, Function.Temperable(new StandardNormal(1), likelihood), new SamplingOptions { Chains = 4, WarmUp = 500, Draws = 2000, Key = RandomKey.FromSeed(4) });
        double[] draws = result.Values(0);
        Assert.All(draws, v => Assert.True(v > 0));

        // N(-1, 1) on x > 0: mean -1 + phi(1) / (1 - Phi(1)) = 0.525135; evidence exp(1/2) (1 - Phi(1)) by the standard normal's integral sqrt(2 pi).
        double z = (draws.Average() - 0.5251352761609812) / Diagnostics.McseMean(draws, 4);
        Assert.True(Math.Abs(z) < 4.5, $"the mean is off by {z:f1} standard errors.");
        Assert.Equal(Math.Log(0.15865525393145707) + 0.5, result.Chains.Average(c => ((TemperingReport)c.Report!).LogEvidence), 0.1);
    }

    [Fact]
    public void What_cannot_be_tempered_is_refused()
    {
        var whole = Assert.Throws<ArgumentException>(() => Sample.Run(new ParallelTempering { Ladder = new() { Least = 0 } }, new StandardNormal(2)));
        Assert.Contains("Least", whole.Message, StringComparison.Ordinal);
        Assert.Equal("Rungs", Assert.Throws<ArgumentOutOfRangeException>(() => new TemperingLadder { Rungs = 1 }).ParamName);
        Assert.Equal("Least", Assert.Throws<ArgumentOutOfRangeException>(() => new TemperingLadder { Least = 1 }).ParamName);
        Assert.Throws<ArgumentException>(() => Function.Temperable(new StandardNormal(2), (IFunction<double>)new StandardNormal(3)));
    }

    /// <summary>Prior N(0, 9 I), one observation (1, 2, 3, ...) with variance 0.25 of each coordinate.</summary>
    private static IDifferentiableTemperableFunction<double> Conjugate(int n, out double logEvidence)
    {
        logEvidence = 0;
        for (int i = 0; i < n; i++)
            logEvidence -= 0.5 * (((1 + i) * (1 + i) / 9.25) + Math.Log(2 * Math.PI * 9.25));
        return Function.Temperable(Normal(n, static _ => 0, 9), Normal(n, static i => 1 + i, 0.25));

        static IDifferentiableFunction<double> Normal(int n, Func<int, double> mean, double variance) => Function.WithGradient<double>(n, (x, g) =>
        {
            double value = -0.5 * n * Math.Log(2 * Math.PI * variance);
            for (int i = 0; i < n; i++)
            {
                g[i] = (mean(i) - x[i]) / variance;
                value -= 0.5 * g[i] * g[i] * variance;
            }

            return value;
        });
    }

    /// <summary>Random-walk Metropolis of a fixed scale: the least kernel without gradients.</summary>
    private sealed record RandomWalk(double Scale) : ISampler<IFunction<double>>
    {
        public IAdaptation? Adaptation => null;

        public SamplerState Start(IFunction<double> target) => new State(Scale, target);

        private sealed class State(double scale, IFunction<double> target) : SamplerState
        {
            private readonly double[] _position = new double[target.Dimension];
            private readonly double[] _proposal = new double[target.Dimension];
            private double _logDensity;
            private double _evaluations;

            public override ReadOnlySpan<double> Position => _position;

            public override double LogDensity => _logDensity;

            public override double Evaluations => _evaluations;

            public override bool MoveTo(ReadOnlySpan<double> position)
            {
                position.CopyTo(_position);
                _evaluations++;
                _logDensity = target.Value(position);
                return double.IsFinite(_logDensity);
            }

            public override DrawStatistics Draw(RandomKey key)
            {
                RandomStream stream = key.Stream();
                for (int i = 0; i < _position.Length; i++)
                    _proposal[i] = _position[i] + (scale * stream.NextNormal());
                double value = target.Value(_proposal), accept = Math.Min(1, Math.Exp(value - _logDensity));
                _evaluations++;
                if (stream.NextDouble() < accept)
                {
                    _proposal.CopyTo(_position, 0);
                    _logDensity = value;
                }

                return new DrawStatistics(_logDensity, accept, double.NaN, 0, 1, false, double.NaN);
            }

            public override void Persist(StateArchive archive)
            {
                archive.Transfer<double>(_position);
                archive.Transfer(ref _logDensity);
                archive.Transfer(ref _evaluations);
            }
        }
    }
}
