using OptiCore.Problems;

namespace OptiCore.Samplers.Tests;

/// <summary>Stochastic-gradient kernels: exact stationary laws on normal targets, and what control variates do to the variance.</summary>
public class StochasticGradientTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(61);

    /// <summary>
    /// SGLD on N(0, 1) is an autoregression, x' = (1 - h / 2) x + noise of variance h + h^2 V / 4, with V the variance of the gradient: its variance is
    /// (1 + h V / 4) / (1 - h / 4), a bias of first order in the step. V is zero where a batch has all terms. Batches of one of 20 in
    /// shuffled epochs are anticorrelated, so batches of one of 200,000 stand for independent ones.
    /// </summary>
    [Theory]
    [InlineData(0.1, 20, 0.0)]
    [InlineData(0.4, 20, 0.0)]
    [InlineData(1.0, 20, 0.0)]
    [InlineData(0.4, 1, 2.0)]
    [InlineData(1.0, 1, 2.0)]
    public void Sgld_has_the_variance_of_its_autoregression(double stepSize, int batch, double noise)
    {
        const int Draws = 100_000;
        int terms = noise == 0 ? 20 : 200_000;

        // The slopes of m evenly spaced terms have variance spread^2 (m^2 - 1) / (12 m^2); times m^2 for the sum.
        double spread = Math.Sqrt(12 * noise / (((double)terms * terms) - 1));
        SamplerState state = new Sgld { StepSize = stepSize, Gradients = new MiniBatch { Size = batch } }.Start(new SplitDensity(new StandardNormal(2), terms, spread));
        Check(state, Draws, (1 + (stepSize * noise / 4)) / (1 - (stepSize / 4)));
    }

    /// <summary>The published schedule a (1 + t / b)^-kappa, and draws that carry their step sizes as weights.</summary>
    [Fact]
    public void Step_sizes_of_Sgld_decay_as_stated()
    {
        SamplerState state = new Sgld { StepSize = 0.2, Decay = 0.55, DecayOffset = 7, Steps = 3 }.Start(new SplitDensity(new StandardNormal(2), 5, 0));
        Assert.True(state.MoveTo([0, 0]));
        for (int i = 0; i < 10; i++)
            Assert.Equal(0.2 * Math.Pow(1 + (((3 * i) + 2) / 7.0), -0.55), state.Draw(Key.Fold(i)).StepSize, 1e-15);
    }

    /// <summary>
    /// SGHMC on N(0, 1) is a linear recursion in (x, v); its stationary variance solves a Lyapunov equation, which is iterated here. With the friction correction the variance of
    /// noisy gradients is that of exact ones, without it the chain is too hot.
    /// </summary>
    [Theory]
    [InlineData(0.1, 0.0, 0.0)]
    [InlineData(0.3, 0.0, 0.0)]
    [InlineData(0.3, 4.0, 4.0)]
    [InlineData(0.3, 4.0, 0.0)]
    public void Sghmc_has_the_variance_of_its_recursion(double h, double noise, double correction)
    {
        const double Friction = 1.2;
        int terms = noise == 0 ? 20 : 200_000;
        double spread = Math.Sqrt(12 * noise / (((double)terms * terms) - 1));
        double injected = 2 * h * (Friction - (0.5 * h * correction)), variance = 1, covariance = 0, velocity = 1;
        for (int i = 0; i < 5000; i++)
        {
            // x' = x + h v; v' = (1 - h C) v - h x' + noise.
            double kept = 1 - (h * Friction) - (h * h);
            double nextVariance = variance + (2 * h * covariance) + (h * h * velocity);
            double nextCovariance = (kept * covariance) - (h * variance) + (h * kept * velocity) - (h * h * covariance);
            double nextVelocity = (kept * kept * velocity) - (2 * kept * h * covariance) + (h * h * variance) + injected + (h * h * noise);
            (variance, covariance, velocity) = (nextVariance, nextCovariance, nextVelocity);
        }

        if (noise > 0 && correction == 0)
            Assert.True(variance > 1.3);
        SamplerState state = new Sghmc { StepSize = h, Friction = Friction, GradientNoise = correction, Gradients = new MiniBatch { Size = noise == 0 ? 20 : 1 } }
            .Start(new SplitDensity(new StandardNormal(2), terms, spread));
        Check(state, 100_000, variance);
    }

    [Fact]
    public void Sghmc_refuses_a_friction_that_its_noise_exceeds()
    {
        var target = new SplitDensity(new StandardNormal(2), 5, 0);
        Assert.Throws<InvalidOperationException>(() => new Sghmc { StepSize = 0.1, Friction = 1, GradientNoise = 21 }.Start(target));
        Assert.Throws<InvalidOperationException>(() => new Sghmc { StepSize = 0.1, Friction = 10 }.Start(target));
    }

    /// <summary>
    /// Both estimators are unbiased over an epoch, exactly; near to the mode of a logistic regression the control variate's error is smaller by orders of magnitude and
    /// falls with the square of the distance, the plain one's doesn't (Baker et al. 2019, lemma 1).
    /// </summary>
    [Fact]
    public void Control_variates_reduce_the_variance_with_the_square_of_the_distance()
    {
        NegatedLoss target = Regression(400, out double[] mode);
        double plainFar = Variance(new MiniBatch { Size = 10 }, 0.2), plainNear = Variance(new MiniBatch { Size = 10 }, 0.02);
        double far = Variance(new ControlVariate { Center = mode, Size = 10 }, 0.2), near = Variance(new ControlVariate { Center = mode, Size = 10 }, 0.02);
        Assert.InRange(plainFar / plainNear, 0.5, 2);
        Assert.InRange(far / near, 70, 130);
        Assert.True(far < 0.05 * plainFar, $"{far} against {plainFar}.");
        Assert.True(near < 5e-4 * plainNear, $"{near} against {plainNear}.");

        double Variance(IGradientEstimator estimator, double distance)
        {
            GradientEstimate estimate = estimator.Start(target);
            estimate.Prepare();
            double[] x = [.. mode.Select(v => v + distance)], exact = new double[mode.Length], gradient = new double[mode.Length], mean = new double[mode.Length];
            estimate.Exact(x, exact);
            double sum = 0;
            const int Batches = 40;
            for (int b = 0; b < Batches; b++)
            {
                Assert.True(double.IsFinite(estimate.Estimate(x, Key.Fold(b), gradient)));
                for (int j = 0; j < mode.Length; j++)
                {
                    mean[j] += gradient[j] / Batches;
                    sum += (gradient[j] - exact[j]) * (gradient[j] - exact[j]) / Batches;
                }
            }

            // 40 batches of 10 are one epoch: every term once, and the mean is exact.
            for (int j = 0; j < mode.Length; j++)
                Assert.Equal(exact[j], mean[j], 1e-9 * target.TermCount);
            return sum;
        }
    }

    /// <summary>With control variates the posterior's variances are nearer to the truth at the same step size and batch; the truth is by NUTS.</summary>
    [Fact]
    public void Control_variates_make_Sgld_less_hot()
    {
        NegatedLoss target = Regression(400, out double[] mode);
        IDifferentiableFunction<double> density = Function.WithGradient<double>(mode.Length, (x, g) =>
        {
            double value = target.ValueAndGradient(x, g) * target.TermCount;
            for (int i = 0; i < g.Length; i++)
                g[i] *= target.TermCount;
            return value;
        });
        double truth = Spread(Sample.Run(new NoUTurn(), density, new SamplingOptions { Chains = 2, WarmUp = 200, Draws = 1000, Key = Key }));
        var options = new SamplingOptions { Chains = 2, WarmUp = 200, Draws = 4000, Key = Key, InitialPoints = [mode] };
        double plain = Spread(Sample.Run(new Sgld { StepSize = 5e-3, Steps = 5, Gradients = new MiniBatch { Size = 10 } }, target, options));
        double controlled = Spread(Sample.Run(new Sgld { StepSize = 5e-3, Steps = 5, Gradients = new ControlVariate { Center = mode, Size = 10 } }, target, options));
        Assert.InRange(controlled / truth, 0.85, 1.25);
        Assert.True(plain / truth > 1.5, $"{plain} against {truth}.");

        static double Spread(SamplingResult result)
        {
            double sum = 0;
            for (int p = 0; p < result.ParameterNames.Count; p++)
            {
                double[] draws = result.Values(p);
                double mean = Diagnostics.Mean(draws);
                sum += draws.Sum(v => (v - mean) * (v - mean)) / draws.Length;
            }

            return sum;
        }
    }

    private static void Check(SamplerState state, int draws, double variance)
    {
        Assert.True(state.MoveTo([0, 0]));
        double[] squares = new double[draws];
        for (int i = -500; i < draws; i++)
        {
            state.Draw(Key.Fold(i + 500));
            if (i >= 0)
                squares[i] = ((state.Position[0] * state.Position[0]) + (state.Position[1] * state.Position[1])) / 2;
        }

        Assert.InRange((Diagnostics.Mean(squares) - variance) / Diagnostics.McseMean(squares, 1), -4.5, 4.5);
    }

    /// <summary>A logistic regression of three weights, with its mode by gradient ascent.</summary>
    private static NegatedLoss Regression(int count, out double[] mode)
    {
        double[] features = new double[3 * count];
        int[] labels = new int[count];
        for (int i = 0; i < count; i++)
        {
            RandomStream stream = Key.Fold("data").Fold(i).Stream();
            for (int j = 0; j < 3; j++)
                features[(3 * i) + j] = stream.NextNormal();
            double e = features[3 * i] - (0.5 * features[(3 * i) + 1]);
            labels[i] = stream.NextDouble() < 1 / (1 + Math.Exp(-e)) ? 1 : -1;
        }

        var target = new NegatedLoss(new LogisticRegression<double>(features, labels, 1.0 / count));
        mode = new double[3];
        double[] gradient = new double[3];
        for (int i = 0; i < 500; i++)
        {
            target.ValueAndGradient(mode, gradient);
            for (int j = 0; j < 3; j++)
                mode[j] += 2 * gradient[j];
        }

        return target;
    }

    /// <summary>A loss as a mean of terms, turned into a log density.</summary>
    private sealed class NegatedLoss(IFiniteSumFunction<double> loss) : IFiniteSumFunction<double>
    {
        public int Dimension => loss.Dimension;

        public int TermCount => loss.TermCount;

        public double Value(ReadOnlySpan<double> x) => -loss.Value(x);

        public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient) => Negate(loss.ValueAndGradient(x, gradient), gradient);

        public double ValueAndGradient(ReadOnlySpan<double> x, ReadOnlySpan<int> terms, Span<double> gradient) => Negate(loss.ValueAndGradient(x, terms, gradient), gradient);

        private static double Negate(double value, Span<double> gradient)
        {
            for (int i = 0; i < gradient.Length; i++)
                gradient[i] = -gradient[i];
            return -value;
        }
    }
}
