using OptiCore.Problems;

namespace OptiCore.Samplers.Tests;

/// <summary>Gibbs sampling, and kernels on discrete states against sums over all of them.</summary>
public class CompositionTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(71);

    /// <summary>
    /// A correlated pair by exact conditionals, x | y ~ N(r y, 1 - r^2): a sweep is an autoregression of coefficient r^2, so that moments are right and the effective
    /// size is (1 - r^4) / (1 + r^4) of the draws.
    /// </summary>
    [Theory]
    [InlineData(ScanOrder.Systematic)]
    [InlineData(ScanOrder.Shuffled)]
    [InlineData(ScanOrder.Random)]
    public void Exact_conditionals_sample_the_joint_law(ScanOrder scan)
    {
        const double R = 0.7;
        const int Draws = 10_000;
        var sampler = new Gibbs { Scan = scan, Blocks = [Conditional(0), Conditional(1)] };
        SamplingResult result = Sample.Run(sampler, MultivariateNormal.Autoregressive(2, R), new SamplingOptions { Chains = 2, WarmUp = 50, Draws = Draws, Key = Key });
        double[] x = result.Values(0), y = result.Values(1), products = [.. x.Zip(y, (a, b) => a * b)];
        Assert.InRange((Diagnostics.Mean(products) - R) / Diagnostics.McseMean(products, 2), -4.5, 4.5);
        double[] squares = [.. x.Select(v => v * v)];
        Assert.InRange((Diagnostics.Mean(squares) - 1) / Diagnostics.McseMean(squares, 2), -4.5, 4.5);
        if (scan == ScanOrder.Systematic)
            Assert.InRange(Diagnostics.EssMean(y, 2) / (2 * Draws) / ((1 - Math.Pow(R, 2)) / (1 + Math.Pow(R, 2))), 0.8, 1.2);

        static ConditionalBlock Conditional(int i) => new()
        {
            Coordinates = [i],
            Conditional = (position, key, block) => block[0] = (R * position[1 - i]) + (Math.Sqrt(1 - (R * R)) * key.Stream().NextNormal()),
        };
    }

    [Fact]
    public void A_conditional_draw_of_density_zero_is_undone_and_each_kernel_is_tuned_on_its_own()
    {
        var sampler = new Gibbs
        {
            Blocks =
            [
                new KernelBlock { Coordinates = [0], Kernel = new RandomWalk() },
                new KernelBlock { Coordinates = [1], Kernel = new Hmc() },
                new ConditionalBlock { Coordinates = [2], Conditional = (_, key, block) => block[0] = key.Stream().NextNormal() },
            ],
        };
        IDifferentiableFunction<double> target = Function.WithGradient<double>(3, (x, g) =>
        {
            g[0] = -x[0] / 1e4;
            g[1] = -x[1] * 1e4;
            g[2] = -x[2];
            double value = -0.5 * ((x[0] * x[0] / 1e4) + (x[1] * x[1] * 1e4) + (x[2] * x[2]));
            return x[2] > 0 ? double.NaN : value;
        });
        SamplingResult result = Sample.Run(sampler, target, new SamplingOptions { Chains = 2, WarmUp = 600, Draws = 4000, Key = Key, InitialRadius = 0.01 });
        double[] first = result.Values(0), second = result.Values(1), third = result.Values(2);
        Assert.True(third.Max() <= 0);
        Assert.InRange(StandardDeviation(first), 85, 115);
        Assert.InRange(StandardDeviation(second), 0.0092, 0.0108);
        Assert.InRange((Diagnostics.Mean(third) + Math.Sqrt(2 / Math.PI)) / Diagnostics.McseMean(third, 2), -4.5, 4.5);

        // One of the three blocks is accepted half of the time, one at its target of 0.44, one at about 0.8 or more.
        Assert.InRange(result.Chains[0].Statistics.ToArray().Average(s => s.AcceptStatistic), 0.52, 0.7);

        static double StandardDeviation(double[] draws)
        {
            double mean = Diagnostics.Mean(draws);
            return Math.Sqrt(draws.Average(v => (v - mean) * (v - mean)));
        }
    }

    [Fact]
    public void Blocks_must_cover_the_coordinates_of_the_target()
    {
        var walk = new RandomWalk();
        Assert.Contains("no block", Assert.Throws<ArgumentException>(() => new Gibbs { Blocks = [new KernelBlock { Coordinates = [0], Kernel = walk }] }.Start(new StandardNormal(2))).Message, StringComparison.Ordinal);
        Assert.Contains("coordinate 5", Assert.Throws<ArgumentException>(() => new Gibbs { Blocks = [new KernelBlock { Coordinates = [0, 5], Kernel = walk }] }.Start(new StandardNormal(2))).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => new KernelBlock { Coordinates = [1, 1], Kernel = walk });
        Assert.Throws<ArgumentOutOfRangeException>(() => new KernelBlock { Coordinates = [], Kernel = walk });
        Assert.Throws<ArgumentOutOfRangeException>(() => new Gibbs { Blocks = [] });
    }

    /// <summary>
    /// An Ising ring of nine spins and a restricted Boltzmann machine of eight visible and four hidden units (hidden ones summed out), against the sums over all states:
    /// chi-square of the visited states, thinned to be nearly independent, at significance 1e-5.
    /// </summary>
    [Theory]
    [InlineData("Ising")]
    [InlineData("RBM")]
    public void Binary_states_are_visited_as_often_as_they_are_probable(string model)
    {
        int n = model == "Ising" ? 9 : 8;
        double[] weights = new double[4 * 8];
        RandomStream stream = Key.Fold("weights").Stream();
        for (int i = 0; i < weights.Length; i++)
            weights[i] = stream.NextNormal();
        IDifferentiableFunction<double> density = model == "Ising" ? Ising(n, 0.35, 0.2) : Boltzmann(weights, n);
        CheckStates(new GibbsWithGradients { Steps = 25 }, density, state => [.. Enumerable.Range(0, n).Select(i => (double)((state >> i) & 1))], 1 << n);
    }

    /// <summary>A Potts chain of four variables of three values, one-hot, with fields.</summary>
    [Fact]
    public void Categorical_states_are_visited_as_often_as_they_are_probable()
    {
        IDifferentiableFunction<double> potts = Function.WithGradient<double>(12, (x, g) =>
        {
            double value = 0;
            for (int i = 0; i < 12; i++)
            {
                double field = 0.3 * (i % 5);
                value += field * x[i];
                g[i] = field;
            }

            for (int i = 0; i < 9; i++)
            {
                value += 0.8 * x[i] * x[i + 3];
                g[i] += 0.8 * x[i + 3];
                g[i + 3] += 0.8 * x[i];
            }

            return value;
        });
        CheckStates(new GibbsWithGradients { Categories = 3, Steps = 25 }, potts, state =>
        {
            double[] x = new double[12];
            for (int i = 0; i < 4; i++, state /= 3)
                x[(3 * i) + (state % 3)] = 1;
            return x;
        }, 81);
    }

    [Fact]
    public void States_that_are_not_discrete_are_refused_and_random_starts_are_discrete()
    {
        SamplerState binary = new GibbsWithGradients().Start(new StandardNormal(4)), categorical = new GibbsWithGradients { Categories = 2 }.Start(new StandardNormal(4));
        Assert.Contains("0.5", Assert.Throws<ArgumentException>(() => binary.MoveTo([0, 1, 0.5, 1])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => categorical.MoveTo([1, 1, 0, 1]));
        Assert.Throws<ArgumentException>(() => new GibbsWithGradients { Categories = 3 }.Start(new StandardNormal(4)));
        double[] start = new double[4];
        for (int i = 0; i < 20; i++)
        {
            binary.DrawStart(Key.Fold(i), 2, start);
            Assert.True(binary.MoveTo(start));
            categorical.DrawStart(Key.Fold(i), 2, start);
            Assert.True(categorical.MoveTo(start));
        }
    }

    private static void CheckStates(GibbsWithGradients sampler, IDifferentiableFunction<double> density, Func<int, double[]> decode, int states)
    {
        const int Draws = 8000;
        double[] probability = new double[states];
        var index = new Dictionary<string, int>();
        for (int s = 0; s < states; s++)
        {
            double[] x = decode(s);
            probability[s] = Math.Exp(density.Value(x));
            index[string.Join(',', x)] = s;
        }

        double mass = probability.Sum();
        SamplingResult result = Sample.Run(sampler, density, new SamplingOptions { Chains = 2, WarmUp = 50, Draws = Draws, Key = Key });
        double[] counts = new double[states];
        foreach (ChainResult chain in result.Chains)
        {
            for (int i = 0; i < chain.Count; i++)
                counts[index[string.Join(',', chain.Draw(i).ToArray())]]++;
        }

        // States of small expectation are pooled.
        double chiSquare = 0, restExpected = 0, restCount = 0;
        int cells = 0;
        for (int s = 0; s < states; s++)
        {
            double expected = 2 * Draws * probability[s] / mass;
            if (expected < 10)
            {
                restExpected += expected;
                restCount += counts[s];
                continue;
            }

            chiSquare += (counts[s] - expected) * (counts[s] - expected) / expected;
            cells++;
        }

        if (restExpected > 0)
            chiSquare += (restCount - restExpected) * (restCount - restExpected) / restExpected;
        else
            cells--;
        double limit = new Distributions.ChiSquared(cells).SurvivalQuantile(1e-5);
        Assert.True(chiSquare < limit, $"chi-square {chiSquare:f1}, limit {limit:f1} with {cells} degrees of freedom.");
    }

    /// <summary>log p(x) = J sum s_i s_(i+1) + b sum s_i with s = 2 x - 1, in a ring.</summary>
    private static IDifferentiableFunction<double> Ising(int n, double coupling, double field) => Function.WithGradient<double>(n, (x, g) =>
    {
        double value = 0;
        for (int i = 0; i < n; i++)
        {
            double spin = (2 * x[i]) - 1, left = (2 * x[(i + n - 1) % n]) - 1, right = (2 * x[(i + 1) % n]) - 1;
            value += (coupling * spin * right) + (field * spin);
            g[i] = 2 * ((coupling * (left + right)) + field);
        }

        return value;
    });

    /// <summary>log p(v) = sum_j log(1 + exp(w_j . v)).</summary>
    private static IDifferentiableFunction<double> Boltzmann(double[] weights, int n) => Function.WithGradient<double>(n, (x, g) =>
    {
        double value = 0;
        g.Clear();
        for (int j = 0; j < weights.Length / n; j++)
        {
            double e = 0;
            for (int i = 0; i < n; i++)
                e += weights[(j * n) + i] * x[i];
            value += Math.Log(1 + Math.Exp(e));
            for (int i = 0; i < n; i++)
                g[i] += weights[(j * n) + i] / (1 + Math.Exp(-e));
        }

        return value;
    });
}
