using OptiCore.Randomness;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Bayesian;

public class GaussianProcessTests
{
    public static TheoryData<CovarianceFunction> Functions => [new SquaredExponential(), new Matern52(), new Matern32(), new Matern12(), new RationalQuadratic { Shape = 0.7 }];

    [Theory]
    [MemberData(nameof(Functions))]
    public void SlopesAreDerivatives(CovarianceFunction function)
    {
        foreach (double r2 in new[] { 1e-3, 0.1, 1, 7.5, 30 })
        {
            double h = 1e-6 * r2;
            double[] points = [r2, r2 + h, r2 - h, 0], slopes = new double[4];
            function.Evaluate(points, slopes);
            Assert.Equal((points[1] - points[2]) / (2 * h), slopes[0], 1e-6 * Math.Max(1, Math.Abs(slopes[0])));
            Assert.Equal(1, points[3]);
            Assert.InRange(points[0], 0, 1);
        }
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void PosteriorIsTheOneOfTheFormula(CovarianceFunction function)
    {
        GaussianProcess process = Example(function, 7, out double[] inputs, out double[] values);
        double[] scales = [0.7, 0.4], x = [0.31, 0.62];
        process.SetHyperparameters(scales, 0.05);
        process.Condition();
        int n = values.Length;
        double K(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
        {
            double[] k = [Math.Pow((a[0] - b[0]) / scales[0], 2) + Math.Pow((a[1] - b[1]) / scales[1], 2)];
            function.Evaluate(k, new double[1]);
            return k[0];
        }

        var r = new double[n, n];
        double[] ones = new double[n], cross = new double[n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                r[i, j] = K(inputs.AsSpan(2 * i, 2), inputs.AsSpan(2 * j, 2)) + (i == j ? 0.05 : 0);
            ones[i] = 1;
            cross[i] = K(inputs.AsSpan(2 * i, 2), x);
        }

        double[] toOnes = Eliminate(r, ones), toValues = Eliminate(r, values), toCross = Eliminate(r, cross);
        double mean = Dot(ones, toValues) / Dot(ones, toOnes);
        double[] centred = [.. values.Select(y => y - mean)];
        double variance = Dot(centred, Eliminate(r, centred)) / n;
        Assert.Equal(mean, process.Mean, 1e-10);
        Assert.Equal(variance, process.Variance, 1e-10 * variance);
        process.Predict(x, out double m, out double v);
        Assert.Equal(mean + Dot(cross, Eliminate(r, centred)), m, 1e-10);
        Assert.Equal(variance * (1 - Dot(cross, toCross)), v, 1e-9);
        Assert.Equal(process.PosteriorMean(3), Predicted(process, inputs.AsSpan(6, 2)), 1e-9);
    }

    [Fact]
    public void GradientsOfThePosteriorAreDerivatives()
    {
        GaussianProcess process = Example(new Matern52(), 9, out _, out _);
        process.SetHyperparameters([0.5, 0.8], 1e-3);
        process.Condition();
        double[] x = [0.42, 0.17], mean = new double[2], variance = new double[2];
        process.Predict(x, out _, out _, mean, variance);
        for (int i = 0; i < 2; i++)
        {
            double[] up = [.. x], down = [.. x];
            up[i] += 1e-6;
            down[i] -= 1e-6;
            process.Predict(up, out double m1, out double v1);
            process.Predict(down, out double m0, out double v0);
            Assert.Equal((m1 - m0) / 2e-6, mean[i], 1e-6);
            Assert.Equal((v1 - v0) / 2e-6, variance[i], 1e-6);
        }
    }

    [Theory]
    [MemberData(nameof(Functions))]
    public void TheLikelihoodsGradientIsItsDerivative(CovarianceFunction function)
    {
        foreach (bool prior in new[] { false, true })
        {
            var process = new GaussianProcess(3, new GaussianProcessOptions { Covariance = function, LengthScalePrior = prior }, [false, true, false]);
            for (int i = 0; i < 12; i++)
            {
                double[] x = [RandomStreamValue(i, 0), i % 3, RandomStreamValue(i, 1)];
                process.Add(x, Math.Sin(5 * x[0]) + x[1] + (0.3 * x[2]));
            }

            var likelihood = new GaussianProcessLikelihood(process);
            double[] theta = [-0.5, 0.3, -1.1, -3], gradient = new double[4];
            likelihood.ValueAndGradient(theta, gradient);
            for (int i = 0; i < 4; i++)
            {
                double[] up = [.. theta], down = [.. theta];
                up[i] += 1e-5;
                down[i] -= 1e-5;
                Assert.Equal((likelihood.Value(up) - likelihood.Value(down)) / 2e-5, gradient[i], 1e-6);
            }
        }
    }

    [Fact]
    public void FittingFindsTheScalesThatMade()
    {
        // A draw of a process with one short and one long scale: the fit knows which is which, and predicts.
        var truth = new GaussianProcess(2, new GaussianProcessOptions { Covariance = new SquaredExponential(), NoiseRatio = 1e-4 });
        var points = new double[2 * 80];
        new Sobol(2, RandomKey.FromSeed(4)).Fill(points);
        var y = new double[80];
        for (int i = 0; i < 80; i++)
            y[i] = Math.Sin(9 * points[2 * i]) + (0.4 * points[(2 * i) + 1]);
        for (int i = 0; i < 60; i++)
            truth.Add(points.AsSpan(2 * i, 2), y[i]);
        truth.Fit(RandomKey.FromSeed(1));
        Assert.True(truth.LengthScales[1] > 4 * truth.LengthScales[0], $"{truth.LengthScales[0]} and {truth.LengthScales[1]}");
        for (int i = 60; i < 80; i++)
            Assert.Equal(y[i], Predicted(truth, points.AsSpan(2 * i, 2)), 0.03);
    }

    [Fact]
    public void DrawsHaveTheJointPosteriorsMoments()
    {
        GaussianProcess process = Example(new Matern52(), 5, out _, out _);
        process.SetHyperparameters([0.4, 0.4], 0.01);
        process.Condition();
        double[] points = [0.1, 0.9, 0.15, 0.85, 0.9, 0.2], mean = new double[3], covariance = new double[9], draws = new double[3 * 20_000];
        process.PredictJoint(points, mean, covariance);
        process.Sample(points, RandomKey.FromSeed(8), draws);
        for (int i = 0; i < 3; i++)
        {
            for (int j = 0; j < 3; j++)
            {
                double sum = 0;
                for (int s = 0; s < 20_000; s++)
                    sum += (draws[(3 * s) + i] - mean[i]) * (draws[(3 * s) + j] - mean[j]);
                double spread = Math.Sqrt(covariance[4 * i] * covariance[4 * j]);
                Assert.Equal(covariance[(3 * i) + j] / spread, sum / 20_000 / spread, 0.04);
            }

            process.Predict(points.AsSpan(2 * i, 2), out double m, out double v);
            Assert.Equal(m, mean[i], 1e-10);
            Assert.Equal(v, covariance[4 * i], 1e-9);
        }
    }

    [Fact]
    public void RepeatedObservationsWithoutNoiseAreSurvived()
    {
        var process = new GaussianProcess(1, new GaussianProcessOptions { NoiseRatio = 0 });
        for (int i = 0; i < 6; i++)
            process.Add([0.5], i);
        process.SetHyperparameters([0.3], 0);
        process.Condition();
        Assert.True(process.NoiseRatio > 0);
        Assert.Equal(2.5, Predicted(process, [0.5]), 1e-3);
    }

    [Fact]
    public void MisuseIsRefused()
    {
        var process = new GaussianProcess(2);
        Assert.Contains("no observation", Assert.Throws<InvalidOperationException>(process.Condition).Message);
        Assert.Throws<ArgumentException>(() => process.Add([1], 0));
        Assert.Throws<ArgumentException>(() => process.Add([1, 2], double.NaN));
        process.Add([0, 0], 1);
        Assert.Contains("Fit or Condition", Assert.Throws<InvalidOperationException>(() => process.Predict([0, 0], out _, out _)).Message);
        Assert.Throws<InvalidOperationException>(() => process.Fit(RandomKey.FromSeed(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => process.SetHyperparameters([0, 1], 0.1));
    }

    private static double RandomStreamValue(int i, int j)
    {
        var u = new double[1];
        RandomFill.Uniform(RandomKey.FromSeed(3).Fold(i).Fold(j), u);
        return u[0];
    }

    private static GaussianProcess Example(CovarianceFunction function, int n, out double[] inputs, out double[] values)
    {
        var process = new GaussianProcess(2, new GaussianProcessOptions { Covariance = function });
        inputs = new double[2 * n];
        new Sobol(2, RandomKey.FromSeed(2)).Fill(inputs);
        values = new double[n];
        for (int i = 0; i < n; i++)
        {
            values[i] = Math.Sin(4 * inputs[2 * i]) - inputs[(2 * i) + 1];
            process.Add(inputs.AsSpan(2 * i, 2), values[i]);
        }

        return process;
    }

    private static double Predicted(GaussianProcess process, ReadOnlySpan<double> x)
    {
        process.Predict(x, out double mean, out _);
        return mean;
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    /// <summary>Gaussian elimination, to have nothing in common with the code under test.</summary>
    private static double[] Eliminate(double[,] matrix, double[] right)
    {
        int n = right.Length;
        var a = (double[,])matrix.Clone();
        double[] b = [.. right];
        for (int k = 0; k < n; k++)
        {
            for (int i = k + 1; i < n; i++)
            {
                double f = a[i, k] / a[k, k];
                for (int j = k; j < n; j++)
                    a[i, j] -= f * a[k, j];
                b[i] -= f * b[k];
            }
        }

        for (int i = n - 1; i >= 0; i--)
        {
            for (int j = i + 1; j < n; j++)
                b[i] -= a[i, j] * b[j];
            b[i] /= a[i, i];
        }

        return b;
    }
}
