using static OptiCore.Problems.BbobTransformations;

namespace OptiCore.Problems;

/// <content>6 to 9: functions of low or moderate condition.</content>
public static partial class Bbob
{
    private static BbobDefinition AttractiveSector(BbobInstance instance)
    {
        double[] optimum = instance.OptimalPoint(), matrix = instance.Mixing(10);
        return new(
            x =>
            {
                using var buffer = new Scratch(x.Length, 2, out Span<double> both);
                Span<double> y = both[..x.Length], z = both[x.Length..];
                Shift(x, optimum, y);
                Rotate(matrix, y, z);
                for (int i = 0; i < z.Length; i++)
                    z[i] *= z[i] * optimum[i] > 0 ? 100 : 1;
                return Math.Pow(Oscillate(Square(z)), 0.9);
            },
            optimum);
    }

    private static BbobDefinition StepEllipsoid(BbobInstance instance)
    {
        double[] optimum = instance.OptimalPoint(), first = instance.ScaledRotation(10), second = instance.Rotation(second: true), scales = instance.Scales(100);
        return new(
            x =>
            {
                using var buffer = new Scratch(x.Length, 2, out Span<double> both);
                Span<double> y = both[..x.Length], z = both[x.Length..];
                Shift(x, optimum, y);
                Rotate(first, y, z);
                double slope = Math.Abs(z[0]);
                for (int i = 0; i < z.Length; i++)
                    z[i] = Math.Abs(z[i]) > 0.5 ? Math.Floor(0.5 + z[i]) : Math.Floor(0.5 + (10 * z[i])) / 10;
                Rotate(second, z, y);
                return (0.1 * Math.Max(1e-4 * slope, Square(y, scales))) + Penalty(x);
            },
            optimum);
    }

    private static BbobDefinition RosenbrockOriginal(BbobInstance instance)
    {
        double[] optimum = instance.OptimalPoint();
        double scale = Math.Max(1, Math.Sqrt(instance.Dimension) / 8);
        for (int i = 0; i < optimum.Length; i++)
            optimum[i] *= 0.75;
        return new(
            x =>
            {
                using var buffer = new Scratch(x.Length, 1, out Span<double> z);
                for (int i = 0; i < x.Length; i++)
                    z[i] = (scale * (x[i] - optimum[i])) + 1;
                return Rosenbrock(z);
            },
            optimum);
    }

    private static BbobDefinition RosenbrockRotated(BbobInstance instance)
    {
        (double[] matrix, double[] optimum) = HalfOnes(instance);
        return new(
            x =>
            {
                using var buffer = new Scratch(x.Length, 1, out Span<double> z);
                Rotate(matrix, x, z);
                foreach (ref double v in z)
                    v += 0.5;
                return Rosenbrock(z);
            },
            optimum);
    }

    /// <summary>The rotation max(1, sqrt(n)/8) Q and the point that it takes to (1/2, ..., 1/2).</summary>
    private static (double[] Matrix, double[] Optimum) HalfOnes(BbobInstance instance)
    {
        int n = instance.Dimension;
        double[] matrix = instance.Rotation(second: false), optimum = new double[n];
        double scale = Math.Max(1, Math.Sqrt(n) / 8);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                optimum[i] += matrix[(i * n) + j] * 0.5 / scale;
                matrix[(i * n) + j] *= scale;
            }
        }

        return (matrix, optimum);
    }
}
