using static OptiCore.Problems.BbobTransformations;

namespace OptiCore.Problems;

/// <content>15 to 19: multi-modal functions with a global structure.</content>
public static partial class Bbob
{
    private static BbobDefinition RastriginRotated(BbobInstance instance)
    {
        double[] optimum = instance.OptimalPoint(), rotation = instance.Rotation(second: true), matrix = instance.Mixing(10);
        return new(
            x =>
            {
                using var buffer = new Scratch(x.Length, 2, out Span<double> both);
                Span<double> y = both[..x.Length], z = both[x.Length..];
                Shift(x, optimum, y);
                Rotate(rotation, y, z);
                Oscillate(z);
                Asymmetrize(z, 0.2);
                Rotate(matrix, z, y);
                return Rastrigin(y);
            },
            optimum);
    }

    private static BbobDefinition Weierstrass(BbobInstance instance)
    {
        const int Terms = 12;
        double[] optimum = instance.OptimalPoint(), rotation = instance.Rotation(second: true), matrix = instance.Mixing(1.0 / 100);
        double lowest = 0;
        for (int k = 0; k < Terms; k++)
            lowest += Math.Pow(0.5, k) * Math.Cos(Math.PI * Math.Pow(3, k));
        return new(
            x =>
            {
                using var buffer = new Scratch(x.Length, 2, out Span<double> both);
                Span<double> y = both[..x.Length], z = both[x.Length..];
                Shift(x, optimum, y);
                Rotate(rotation, y, z);
                Oscillate(z);
                Rotate(matrix, z, y);
                double sum = 0;
                foreach (double v in y)
                {
                    double amplitude = 1, frequency = 2 * Math.PI;
                    for (int k = 0; k < Terms; k++, amplitude *= 0.5, frequency *= 3)
                        sum += amplitude * Math.Cos(frequency * (v + 0.5));
                }

                double mean = (sum / x.Length) - lowest;
                return (10 * mean * mean * mean) + (10.0 / x.Length * Penalty(x));
            },
            optimum);
    }

    private static BbobDefinition SchaffersF7(BbobInstance instance, double condition)
    {
        double[] optimum = instance.OptimalPoint(), rotation = instance.Rotation(second: true), matrix = instance.ScaledRotation(condition);
        return new(
            x =>
            {
                using var buffer = new Scratch(x.Length, 2, out Span<double> both);
                Span<double> y = both[..x.Length], z = both[x.Length..];
                Shift(x, optimum, y);
                Rotate(rotation, y, z);
                Asymmetrize(z, 0.5);
                Rotate(matrix, z, y);
                double sum = 0;
                for (int i = 0; i + 1 < y.Length; i++)
                {
                    double square = (y[i] * y[i]) + (y[i + 1] * y[i + 1]), sine = Math.Sin(50 * Math.Pow(square, 0.1));
                    sum += Math.Sqrt(Math.Sqrt(square)) * ((sine * sine) + 1);
                }

                double mean = sum / (x.Length - 1);
                return (mean * mean) + (10 * Penalty(x));
            },
            optimum);
    }

    private static BbobDefinition GriewankRosenbrock(BbobInstance instance)
    {
        (double[] matrix, double[] optimum) = HalfOnes(instance);
        return new(
            x =>
            {
                using var buffer = new Scratch(x.Length, 1, out Span<double> z);
                Rotate(matrix, x, z);
                foreach (ref double v in z)
                    v += 0.5;
                double sum = 0;
                for (int i = 0; i + 1 < z.Length; i++)
                {
                    double s = Rosenbrock(z.Slice(i, 2));
                    sum += (s / 4000) - Math.Cos(s);
                }

                return 10 + (10 * sum / (x.Length - 1));
            },
            optimum);
    }
}
