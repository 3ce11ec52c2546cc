using OptiCore.Problems;

namespace OptiCore.Samplers.Tests;

/// <summary>Densities that misbehave, and a counter.</summary>
internal static class Targets
{
    /// <summary>A standard normal density that is NaN where the first coordinate exceeds a bound.</summary>
    public static IDifferentiableFunction<double> NaNBeyond(double bound, int dimension = 3) => Function.WithGradient<double>(dimension, (x, g) =>
    {
        double value = new StandardNormal(dimension).ValueAndGradient(x, g);
        return x[0] > bound ? double.NaN : value;
    });

    /// <summary>A standard normal density whose evaluation of the given number throws, once.</summary>
    public static IDifferentiableFunction<double> ThrowsAt(long evaluation, int dimension = 3)
    {
        long count = 0;
        return Function.WithGradient<double>(dimension, (x, g) =>
        {
            if (Interlocked.Increment(ref count) == evaluation)
                throw new InvalidTimeZoneException("from the density");
            return new StandardNormal(dimension).ValueAndGradient(x, g);
        });
    }

    /// <summary>Mean and variance of a reported parameter where the density is restricted to {0, 1}^n, by summing over all points.</summary>
    public static (double Mean, double Variance) BinaryMoments(IKnownMoments density, int parameter)
    {
        double mass = 0, first = 0, second = 0;
        double[] x = new double[density.Dimension], reported = new double[density.ParameterCount];
        for (int state = 0; state < 1 << x.Length; state++)
        {
            for (int i = 0; i < x.Length; i++)
                x[i] = (state >> i) & 1;
            density.Constrain(x, reported);
            double weight = Math.Exp(density.Value(x));
            mass += weight;
            first += weight * reported[parameter];
            second += weight * reported[parameter] * reported[parameter];
        }

        double mean = first / mass;
        return (mean, (second / mass) - (mean * mean));
    }

    /// <summary>All draws of all chains, in one array.</summary>
    public static double[] AllDraws(SamplingResult result)
    {
        var all = new List<double>();
        foreach (ChainResult chain in result.Chains)
        {
            for (int i = 0; i < chain.Count; i++)
            {
                all.AddRange(chain.Draw(i));
                DrawStatistics s = chain.Statistics[i];
                all.AddRange([s.LogDensity, s.AcceptStatistic, s.StepSize, s.TreeDepth, s.LeapfrogSteps, s.Divergent ? 1 : 0, s.Energy]);
            }
        }

        return [.. all];
    }
}
