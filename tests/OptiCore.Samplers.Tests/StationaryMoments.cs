using OptiCore.LinearAlgebra;
using OptiCore.Problems;

namespace OptiCore.Samplers.Tests;

/// <summary>
/// What kernels without Metropolis correction draw in truth. On normal targets their steps are linear, and the variance of the chain follows from its recursion: exactly, but for the noise of mini-batches.
/// </summary>
internal static class StationaryMoments
{
    /// <summary>Mini-batches of 5 of the 20 terms of <see cref="OverTerms"/> have gradients of variance 0.07: they add less than this part of a variance.</summary>
    private const double BatchNoise = 1e-3;

    /// <summary>Mean and variance of a parameter in the chain of a row, and by which part of the scale and of the variance they may be off.</summary>
    public static (double Mean, double Variance, double Bias) Of(KernelRow row, IKnownMoments target, int parameter)
    {
        double mean = target.Mean(parameter), variance = target.Variance(parameter);
        if (row.IsExact)
            return (mean, variance, 0);
        if (row.DiffusionStep > 0 && target is IndependentGamma)
        {
            // The chain's density is the target's times 1 + d (laplacian / 2 + |gradient|^2 / 4) of its logarithm, to first order (Talay, Tubaro 1990, Expansion of the global error for numerical schemes solving
            // stochastic differential equations). On the logarithm of y ~ Gamma(a) this is 1 + d ((a - y)^2 / 4 - y / 2), which leaves the mean and multiplies the variance by 1 + d (a + 1) / 2. A quarter of
            // it is left to the higher orders.
            double correction = 0.5 * row.DiffusionStep * (mean + 1);
            return (mean, variance * (1 + correction), 0.25 * correction);
        }

        if (row.NormalVariance is not Func<double, double> law)
            return (mean, variance, row.Bias);
        switch (target)
        {
            case StandardNormal:
                return (mean, law(1), BatchNoise);
            case MultivariateNormal normal:
                return (mean, Correlated(law, normal, parameter), BatchNoise);
            case NealFunnelNonCentered:
                // v = s u[0], x[i] = exp(v / 2) u[i] where u is N(0, r I): s^2 r and r exp(s^2 r / 2); the scale s is 1.
                return (mean, parameter == 0 ? law(1) : law(1) * Math.Exp(0.5 * law(1)), 3 * BatchNoise);
            default:
                return (mean, variance, row.Bias);
        }
    }

    /// <summary>SGLD on N(0, 1 / precision): x' = (1 - h precision / 2) x + N(0, h).</summary>
    public static Func<double, double> Sgld(double stepSize) => precision => 1 / (precision * (1 - (0.25 * stepSize * precision)));

    /// <summary>The same with step sizes a (1 + t / 1000)^-kappa: the mean variance of the draws after warm-up.</summary>
    public static Func<double, double> Sgld(double first, double decay, int steps, int warmUp, int draws) => precision =>
    {
        double variance = 1 / precision, sum = 0;
        for (int t = 0; t < steps * (warmUp + draws); t++)
        {
            double h = first * Math.Pow(1 + (t / 1000.0), -decay), kept = 1 - (0.5 * h * precision);
            variance = (kept * kept * variance) + h;
            sum += t >= steps * warmUp && (t + 1) % steps == 0 ? variance : 0;
        }

        return sum / draws;
    };

    /// <summary>SGHMC on N(0, 1 / precision) at friction 1: x' = x + h v, v' = (1 - h) v - h precision x' + N(0, 2 h), the covariance of (x, v) iterated until it stays.</summary>
    public static Func<double, double> Sghmc(double h, int steps, bool resamples) => precision =>
    {
        double position = 1 / precision, both = 0, velocity = 1, kept = 1 - h;
        for (int draw = 0; draw < 5000 / steps; draw++)
        {
            if (resamples)
                (both, velocity) = (0, 1);
            for (int i = 0; i < steps; i++)
            {
                double ahead = both + (h * velocity), next = position + (2 * h * both) + (h * h * velocity);
                velocity = (kept * kept * velocity) - (2 * kept * h * precision * ahead) + (h * h * precision * precision * next) + (2 * h);
                both = (kept * ahead) - (h * precision * next);
                position = next;
            }
        }

        return position;
    };

    private static double Correlated(Func<double, double> law, MultivariateNormal normal, int parameter)
    {
        int n = normal.Dimension;
        double[] covariance = new double[n * n], vectors = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                covariance[(i * n) + j] = Math.Pow(0.8, Math.Abs(i - j));
        }

        var eigen = new SymmetricEigen<double>(n);
        Assert.True(eigen.Factor(covariance));
        eigen.CopyVectors(vectors, n);
        double exact = 0, variance = 0;
        for (int k = 0; k < n; k++)
        {
            double square = vectors[(parameter * n) + k] * vectors[(parameter * n) + k];
            exact += square * eigen.Values[k];
            variance += square * law(1 / eigen.Values[k]);
        }

        Assert.Equal(normal.Variance(parameter), exact, 1e-12);
        return variance;
    }
}
