using static OptiCore.Problems.BbobTransformations;

namespace OptiCore.Problems;

/// <content>20 to 24: multi-modal functions without a global structure.</content>
public static partial class Bbob
{
    private static BbobDefinition Schwefel(BbobInstance instance)
    {
        const double Half = 4.2096874633 / 2;
        double[] optimum = BbobInstance.Uniform(instance.Dimension, instance.Seed), scales = instance.Scales(Math.Sqrt(10));
        for (int i = 0; i < optimum.Length; i++)
            optimum[i] = optimum[i] > 0.5 ? Half : -Half;
        return new(
            x =>
            {
                using var buffer = new Scratch(x.Length, 1, out Span<double> z);
                double before = 0, sum = 0;
                for (int i = 0; i < x.Length; i++)
                {
                    // Both the deviation of a variable and that of the one before it, which goes through a quarter.
                    double own = 2 * Math.Sign(optimum[i]) * x[i], deviation = own - (2 * Half) + (i > 0 ? 0.25 * (before - (2 * Half)) : 0);
                    before = own;
                    z[i] = 100 * ((scales[i] * deviation) + (2 * Half));
                    sum += z[i] * Math.Sin(Math.Sqrt(Math.Abs(z[i])));
                }

                return (0.01 * (418.9828872724339 - (sum / x.Length))) + (0.01 * Penalty(z, 500));
            },
            optimum);
    }

    private static BbobDefinition Gallagher(BbobInstance instance, int peaks, double condition, double spread)
    {
        int n = instance.Dimension;
        double[] rotation = instance.Rotation(second: false), conditions = new double[peaks], heights = new double[peaks], scales = new double[peaks * n];

        // The first peak is the global optimum; the conditions of the others are permuted, as are the axes of each.
        int[] order = Order(BbobInstance.Uniform(peaks - 1, instance.Seed));
        conditions[0] = condition;
        heights[0] = 10;
        for (int k = 1; k < peaks; k++)
        {
            conditions[k] = Math.Pow(1000, order[k - 1] / (peaks - 2.0));
            heights[k] = 1.1 + (8 * (k - 1) / (peaks - 2.0));
        }

        for (int k = 0; k < peaks; k++)
        {
            int[] axes = Order(BbobInstance.Uniform(n, instance.Seed + (1000 * k)));
            for (int i = 0; i < n; i++)
                scales[(k * n) + i] = Math.Pow(conditions[k], instance.Fraction(axes[i]) - 0.5);
        }

        double[] places = BbobInstance.Uniform(n * peaks, instance.Seed), centers = new double[n * peaks], optimum = new double[n];
        for (int i = 0; i < places.Length; i++)
            places[i] = spread * ((10 * places[i]) - 5);
        for (int k = 0; k < peaks; k++)
            Rotate(rotation, places.AsSpan(k * n, n), centers.AsSpan(k * n, n));
        for (int i = 0; i < n; i++)
        {
            // Not too near to the border.
            centers[i] *= 0.8;
            optimum[i] = 0.8 * places[i];
        }

        return new(
            x =>
            {
                using var buffer = new Scratch(x.Length, 1, out Span<double> z);
                Rotate(rotation, x, z);
                double highest = 0;
                for (int k = 0; k < peaks; k++)
                {
                    double square = 0;
                    for (int i = 0; i < n; i++)
                    {
                        double d = z[i] - centers[(k * n) + i];
                        square += scales[(k * n) + i] * d * d;
                    }

                    highest = Math.Max(highest, heights[k] * Math.Exp(-0.5 / n * square));
                }

                double value = Oscillate(10 - highest);
                return (value * value) + Penalty(x);
            },
            optimum);

        static int[] Order(double[] keys)
        {
            int[] order = new int[keys.Length];
            for (int i = 0; i < order.Length; i++)
                order[i] = i;
            Array.Sort(keys, order);
            return order;
        }
    }

    private static BbobDefinition Katsuura(BbobInstance instance)
    {
        const int Terms = 32;
        double[] optimum = instance.OptimalPoint(), matrix = instance.Mixing(100);
        return new(
            x =>
            {
                using var buffer = new Scratch(x.Length, 2, out Span<double> both);
                Span<double> y = both[..x.Length], z = both[x.Length..];
                Shift(x, optimum, y);
                Rotate(matrix, y, z);
                int n = x.Length;
                double product = 1;
                for (int i = 0; i < n; i++)
                {
                    double sum = 0, power = 2;
                    for (int k = 0; k < Terms; k++, power *= 2)
                        sum += Math.Abs((power * z[i]) - Math.Round(power * z[i])) / power;
                    product *= Math.Pow(1 + ((i + 1) * sum), 10 / Math.Pow(n, 1.2));
                }

                return (10.0 / n / n * (product - 1)) + Penalty(x);
            },
            optimum);
    }

    private static BbobDefinition LunacekBiRastrigin(BbobInstance instance)
    {
        const double First = 2.5, Depth = 1;
        int n = instance.Dimension;
        double[] optimum = BbobInstance.Normal(n, instance.Seed), matrix = instance.Mixing(100);
        for (int i = 0; i < n; i++)
            optimum[i] = optimum[i] > 0 ? First / 2 : -First / 2;
        double steepness = 1 - (0.5 / (Math.Sqrt(n + 20) - 4.1)), second = -Math.Sqrt(((First * First) - Depth) / steepness);
        return new(
            x =>
            {
                using var buffer = new Scratch(x.Length, 2, out Span<double> both);
                Span<double> y = both[..x.Length], z = both[x.Length..];
                double near = 0, far = Depth * n;
                for (int i = 0; i < n; i++)
                {
                    double v = 2 * Math.Sign(optimum[i]) * x[i];
                    y[i] = v - First;
                    near += y[i] * y[i];
                    far += steepness * (v - second) * (v - second);
                }

                Rotate(matrix, y, z);
                return Math.Min(near, far) + Ripple(z) + (1e4 * Penalty(x));
            },
            optimum);
    }
}
