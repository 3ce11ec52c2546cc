using static OptiCore.Problems.BbobTransformations;

namespace OptiCore.Problems;

/// <content>10 to 14: unimodal functions of high condition.</content>
public static partial class Bbob
{
    private static BbobDefinition Ellipsoid(BbobInstance instance)
    {
        double[] optimum = instance.OptimalPoint(), rotation = instance.Rotation(second: true), scales = instance.Scales(1e6);
        return new(
            x =>
            {
                using var buffer = new Scratch(x.Length, 2, out Span<double> both);
                Span<double> y = both[..x.Length], z = both[x.Length..];
                Shift(x, optimum, y);
                Rotate(rotation, y, z);
                Oscillate(z);
                return Square(z, scales);
            },
            optimum);
    }

    private static BbobDefinition Discus(BbobInstance instance)
    {
        double[] optimum = instance.OptimalPoint(), rotation = instance.Rotation(second: true);
        return new(
            x =>
            {
                using var buffer = new Scratch(x.Length, 2, out Span<double> both);
                Span<double> y = both[..x.Length], z = both[x.Length..];
                Shift(x, optimum, y);
                Rotate(rotation, y, z);
                Oscillate(z);
                return (1e6 * z[0] * z[0]) + Square(z[1..]);
            },
            optimum);
    }

    private static BbobDefinition BentCigar(BbobInstance instance)
    {
        double[] optimum = instance.OptimalPoint(second: true), rotation = instance.Rotation(second: true);
        return new(
            x =>
            {
                using var buffer = new Scratch(x.Length, 2, out Span<double> both);
                Span<double> y = both[..x.Length], z = both[x.Length..];
                Shift(x, optimum, y);
                Rotate(rotation, y, z);
                Asymmetrize(z, 0.5);
                Rotate(rotation, z, y);
                return (y[0] * y[0]) + (1e6 * Square(y[1..]));
            },
            optimum);
    }

    private static BbobDefinition SharpRidge(BbobInstance instance)
    {
        double[] optimum = instance.OptimalPoint(), matrix = instance.Mixing(10);
        return new(
            x =>
            {
                using var buffer = new Scratch(x.Length, 2, out Span<double> both);
                Span<double> y = both[..x.Length], z = both[x.Length..];
                Shift(x, optimum, y);
                Rotate(matrix, y, z);
                return (z[0] * z[0]) + (100 * Math.Sqrt(Square(z[1..])));
            },
            optimum);
    }

    private static BbobDefinition DifferentPowers(BbobInstance instance)
    {
        double[] optimum = instance.OptimalPoint(), rotation = instance.Rotation(second: true);
        return new(
            x =>
            {
                using var buffer = new Scratch(x.Length, 2, out Span<double> both);
                Span<double> y = both[..x.Length], z = both[x.Length..];
                Shift(x, optimum, y);
                Rotate(rotation, y, z);
                double sum = 0;
                for (int i = 0; i < z.Length; i++)
                    sum += Math.Pow(Math.Abs(z[i]), 2 + (4 * instance.Fraction(i)));
                return Math.Sqrt(sum);
            },
            optimum);
    }
}
