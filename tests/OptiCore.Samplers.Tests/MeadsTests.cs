using OptiCore.Problems;
using MultivariateNormal = OptiCore.Problems.MultivariateNormal;

namespace OptiCore.Samplers.Tests;

public class MeadsTests
{
    /// <summary>
    /// Nothing needs tuning: from a start far away and on scales a thousandfold apart, effective draws per gradient are many times those of steps without persistent momentum, which are Langevin's of the same length.
    /// </summary>
    [Fact]
    public void Finds_scales_and_damping_without_being_told_any()
    {
        MultivariateNormal density = MultivariateNormal.Autoregressive(10, 0.9);
        var options = new SamplingOptions { Chains = 32, WarmUp = 500, Draws = 4000, Key = RandomKey.FromSeed(3), InitialPoints = [Enumerable.Repeat(20.0, 10).ToArray()] };
        SamplingResult result = Sample.Run(new Meads(), density, options);
        Assert.All(Enumerable.Range(0, 10), p => Assert.InRange(Diagnostics.RHat(result.Values(p), 32), 0.99, 1.05));
        double accept = result.Chains.Average(c => c.Statistics.ToArray().Average(s => s.AcceptStatistic));
        Assert.InRange(accept, 0.9, 1);

        SamplingResult forgetful = Sample.Run(new Meads { DampingSlowdown = 1e6 }, density, options);
        Assert.True(LeastEss(result) > 3 * LeastEss(forgetful), $"{LeastEss(result):f0} effective draws, with momenta drawn anew {LeastEss(forgetful):f0}.");
    }

    /// <summary>
    /// Chains that are draws of the target stay so: after any number of transitions, of few chains and without warm-up, the moments over independent runs are right. |z| below 4.5 has a false alarm rate of 1e-5.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(9)]
    public void The_target_is_invariant_with_parameters_that_come_from_the_chains_themselves(int transitions)
    {
        const int Runs = 3000, Chains = 8;
        double sum = 0, squares = 0, quartics = 0;
        for (int r = 0; r < Runs; r++)
        {
            RandomKey key = RandomKey.FromSeed(17).Fold(r);
            double[][] start = new double[Chains][];
            RandomStream stream = key.Fold("start").Stream();
            for (int c = 0; c < Chains; c++)
                start[c] = [stream.NextNormal(), stream.NextNormal()];
            SamplingResult result = Sample.Run(new Meads { Folds = 2 }, new StandardNormal(2), new SamplingOptions { Chains = Chains, WarmUp = 0, Draws = transitions, Key = key, InitialPoints = start });
            double mean = 0, square = 0;
            foreach (ChainResult chain in result.Chains)
            {
                double x = chain.Draw(transitions - 1)[0];
                mean += x / Chains;
                square += x * x / Chains;
            }

            sum += mean;
            squares += square;
            quartics += (square - 1) * (square - 1);
        }

        Assert.InRange(sum / Runs * Math.Sqrt(Runs * Chains), -4.5, 4.5);
        double error = Math.Sqrt(quartics / Runs / Runs);
        Assert.InRange(((squares / Runs) - 1) / error, -4.5, 4.5);
    }

    [Fact]
    public void One_fold_stands_still_in_turn()
    {
        SamplingResult result = Sample.Run(new Meads { Folds = 4 }, new StandardNormal(3), new SamplingOptions { Chains = 16, WarmUp = 0, Draws = 40 });
        for (int i = 0; i < 40; i++)
            Assert.Equal(4, result.Chains.Count(c => c.Statistics[i].LeapfrogSteps == 0));
        Assert.All(result.Chains, c => Assert.Equal(31, c.Evaluations));
    }

    [Fact]
    public void Chains_must_fill_the_folds_and_invalid_options_name_the_member()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => Sample.Run(new Meads(), new StandardNormal(2), new SamplingOptions { Chains = 10 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => Sample.Run(new Meads(), new StandardNormal(2), new SamplingOptions { Chains = 4 }));
        Assert.Equal("Folds", Assert.Throws<ArgumentOutOfRangeException>(() => new Meads { Folds = 1 }).ParamName);
        Assert.Equal("StepSizeMultiplier", Assert.Throws<ArgumentOutOfRangeException>(() => new Meads { StepSizeMultiplier = 0 }).ParamName);
        Assert.Equal("DampingSlowdown", Assert.Throws<ArgumentOutOfRangeException>(() => new Meads { DampingSlowdown = -1 }).ParamName);
    }

    private static double LeastEss(SamplingResult result) => Enumerable.Range(0, result.ParameterNames.Count).Min(p => Diagnostics.EssMean(result.Values(p), result.Chains.Count));
}
