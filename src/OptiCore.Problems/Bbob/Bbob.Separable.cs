using static OptiCore.Problems.BbobTransformations;

namespace OptiCore.Problems;

/// <content>1 to 5: separable functions.</content>
public static partial class Bbob
{
    private static BbobDefinition Sphere(BbobInstance instance)
    {
        double[] optimum = instance.OptimalPoint();
        return new(
            x =>
            {
                double sum = 0;
                for (int i = 0; i < x.Length; i++)
                    sum += (x[i] - optimum[i]) * (x[i] - optimum[i]);
                return sum;
            },
            optimum);
    }

    private static BbobDefinition SeparableEllipsoid(BbobInstance instance)
    {
        double[] optimum = instance.OptimalPoint(), scales = instance.Scales(1e6);
        return new(
            x =>
            {
                double sum = 0;
                for (int i = 0; i < x.Length; i++)
                {
                    double z = Oscillate(x[i] - optimum[i]);
                    sum += scales[i] * z * z;
                }

                return sum;
            },
            optimum);
    }

    private static BbobDefinition SeparableRastrigin(BbobInstance instance)
    {
        double[] optimum = instance.OptimalPoint(), scales = instance.Scales(Math.Sqrt(10));
        return new(
            x =>
            {
                using var buffer = new Scratch(x.Length, 1, out Span<double> z);
                Shift(x, optimum, z);
                Oscillate(z);
                Asymmetrize(z, 0.2);
                for (int i = 0; i < z.Length; i++)
                    z[i] *= scales[i];
                return Rastrigin(z);
            },
            optimum);
    }

    private static BbobDefinition BuecheRastrigin(BbobInstance instance)
    {
        double[] optimum = instance.OptimalPoint(), scales = instance.Scales(Math.Sqrt(10));
        for (int i = 0; i < optimum.Length; i += 2)
            optimum[i] = Math.Abs(optimum[i]);
        return new(
            x =>
            {
                using var buffer = new Scratch(x.Length, 1, out Span<double> z);
                Shift(x, optimum, z);
                Oscillate(z);
                for (int i = 0; i < z.Length; i++)
                    z[i] *= i % 2 == 0 && z[i] > 0 ? 10 * scales[i] : scales[i];
                return Rastrigin(z) + (100 * Penalty(x));
            },
            optimum);
    }

    private static BbobDefinition LinearSlope(BbobInstance instance)
    {
        double[] optimum = instance.OptimalPoint(), slopes = instance.Scales(10);
        double offset = 0;
        for (int i = 0; i < optimum.Length; i++)
        {
            optimum[i] = optimum[i] > 0 ? 5 : -5;
            offset += 5 * slopes[i];
            slopes[i] *= -Math.Sign(optimum[i]);
        }

        return new(
            x =>
            {
                double sum = offset;
                for (int i = 0; i < x.Length; i++)
                    sum += slopes[i] * (x[i] * optimum[i] > 25 ? optimum[i] : x[i]);
                return sum;
            },
            optimum);
    }
}
