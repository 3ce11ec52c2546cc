using OptiCore.LinearAlgebra;
using OptiCore.Problems;

namespace OptiCore.Samplers.Tests;

public class SliceTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(51);

    /// <summary>Scales of 1e-3 and 1e3: after warm-up the widths are of the targets' sizes, and a coordinate costs few evaluations.</summary>
    [Theory]
    [InlineData(SliceExpansion.SteppingOut)]
    [InlineData(SliceExpansion.Doubling)]
    public void Widths_find_the_scales_of_the_coordinates(SliceExpansion expansion)
    {
        const int WarmUp = 300, Draws = 500;
        var sampler = new SliceSampler { Expansion = expansion };
        SamplerState state = sampler.Start(new MultivariateNormal([0, 0], [1e-6, 0, 0, 1e6]));
        Assert.True(state.MoveTo([0, 0]));
        AdaptationState tuning = sampler.Adaptation!.Start(state, WarmUp);
        for (int i = 0; i < WarmUp; i++)
        {
            tuning.BeforeDraw(Key);
            tuning.AfterDraw(i, state.Draw(Key.Fold(i)));
        }

        tuning.Finish();
        double[] widths = ((SliceSampler.State)state).Widths;
        Assert.InRange(widths[0], 0.5e-3, 2e-2);
        Assert.InRange(widths[1], 0.5e3, 2e4);
        double before = state.Evaluations;
        for (int i = 0; i < Draws; i++)
            state.Draw(Key.Fold(WarmUp + i));
        Assert.InRange((state.Evaluations - before) / (2 * Draws), 3, 12);
    }

    /// <summary>
    /// Two boxes, apart by less than the largest interval: uniform on [0, 1] and [1.5, 2.5], where the doubling's acceptance test matters. Fractions and means are
    /// those of the uniform distribution, and independent of the width.
    /// </summary>
    [Theory]
    [InlineData(SliceExpansion.SteppingOut, 0.3)]
    [InlineData(SliceExpansion.SteppingOut, 4.0)]
    [InlineData(SliceExpansion.Doubling, 0.3)]
    [InlineData(SliceExpansion.Doubling, 4.0)]
    public void One_transition_from_the_uniform_law_of_two_boxes_stays_in_it(SliceExpansion expansion, double width)
    {
        const int Count = 20_000;
        IFunction<double> boxes = Function.BlackBox(1, x => x[0] is (>= 0 and <= 1) or (>= 1.5 and <= 2.5) ? 0 : double.NegativeInfinity);
        SamplerState state = new SliceSampler { Expansion = expansion, Width = width, MaxExpansions = 6 }.Start(boxes);
        int[] counts = new int[8];
        for (int i = 0; i < Count; i++)
        {
            double u = 2 * Key.Fold("start").Fold(i).Stream().NextDouble();
            Assert.True(state.MoveTo([u < 1 ? u : u + 0.5]));
            state.Draw(Key.Fold(i));
            double x = state.Position[0];
            counts[Math.Min(7, (int)(4 * (x <= 1 ? x : x - 0.5)))]++;
        }

        // Chi-square with 7 degrees of freedom, significance 1e-5: 36.
        double expected = Count / 8.0;
        Assert.InRange(counts.Sum(c => (c - expected) * (c - expected) / expected), 0, 36);
    }

    /// <summary>Gaussian-process regression: with a normal likelihood the posterior is normal, of known mean and covariance.</summary>
    [Fact]
    public void Elliptical_slices_sample_the_posterior_of_a_Gaussian_process()
    {
        const int N = 5, Draws = 20_000;
        double[] covariance = new double[N * N], sum = new double[N * N], y = [0.5, 1.0, -0.3, 0.2, 2.0];
        for (int i = 0; i < N; i++)
        {
            for (int j = 0; j < N; j++)
                covariance[(i * N) + j] = sum[(i * N) + j] = Math.Exp(-0.5 * (i - j) * (i - j) / 4.0) + (i == j ? 1e-6 : 0);
            sum[(i * N) + i] += 0.25;
        }

        double[] mean = [1, 1, 1, 1, 1], rest = [.. y.Select(v => v - 1)];
        double[] solved = Solve(sum, rest);
        var target = new GaussianPriorDensity(mean, covariance, Function.BlackBox(N, x =>
        {
            double value = 0;
            for (int i = 0; i < x.Length; i++)
                value -= 2 * (x[i] - y[i]) * (x[i] - y[i]);
            return value;
        }));
        SamplingResult result = Sample.Run(new EllipticalSlice(), target, new SamplingOptions { Chains = 2, WarmUp = 100, Draws = Draws, Key = Key });
        for (int i = 0; i < N; i++)
        {
            double expected = 1;
            for (int j = 0; j < N; j++)
                expected += covariance[(i * N) + j] * solved[j];
            double[] column = [.. Enumerable.Range(0, N).Select(j => covariance[(j * N) + i])];
            double[] solvedColumn = Solve(sum, column);
            double variance = covariance[(i * N) + i] - column.Zip(solvedColumn, (a, b) => a * b).Sum();
            double[] draws = result.Values(i), squares = [.. draws.Select(v => (v - expected) * (v - expected))];
            Assert.InRange((Diagnostics.Mean(draws) - expected) / Diagnostics.McseMean(draws, 2), -4.5, 4.5);
            Assert.InRange((Diagnostics.Mean(squares) - variance) / Diagnostics.McseMean(squares, 2), -4.5, 4.5);
        }
    }

    private static double[] Solve(double[] matrix, double[] rightHandSide)
    {
        double[] solution = new double[rightHandSide.Length];
        Assert.True(LinearSystem.TrySolve<double>(matrix, rightHandSide, solution));
        return solution;
    }

    [Fact]
    public void Kernels_without_widths_or_step_sizes_are_refused_by_adaptations_that_tune_them()
    {
        SamplerState walk = new RandomWalk().Start(new StandardNormal(2)), slice = new SliceSampler().Start(new StandardNormal(2));
        Assert.Throws<ArgumentException>(() => new SliceWidthAdaptation().Start(walk, 10));
        Assert.Throws<ArgumentException>(() => new AdaptiveMetropolis().Start(slice, 10));
        Assert.Throws<ArgumentException>(() => new WindowedAdaptation().Start(slice, 10));
        Assert.Throws<ArgumentException>(() => new MclmcAdaptation().Start(walk, 10));
    }
}
