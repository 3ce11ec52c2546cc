using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <content>The Euclidean norm and its square.</content>
public static partial class Prox
{
    /// <summary>g = w |x|_2: block soft thresholding, x max(0, 1 - t w / |x|_2).</summary>
    /// <param name="weight">The weight w, positive.</param>
    public static IProximable L2(double weight = 1) => new L2Norm(Require.Positive(weight, nameof(weight)));

    /// <summary>g = w/2 |x|_2^2: x / (1 + t w).</summary>
    /// <param name="weight">The weight w, positive.</param>
    public static IProximable SquaredL2(double weight = 1) => new SquaredL2Norm(Require.Positive(weight, nameof(weight)));

    /// <summary>The block of <see cref="L2"/>: shortens a vector by a length, to 0 if it isn't longer.</summary>
    private static void Shorten(ReadOnlySpan<double> x, double length, Span<double> result)
    {
        double norm = Reduce.Norm(x);
        Vectors.Scale(norm > length ? 1 - (length / norm) : 0, x, result);
    }

    private sealed record L2Norm(double Weight) : IProximable
    {
        public int Dimension => 0;

        public double Value(ReadOnlySpan<double> x, ProximalWorkspace work) => Weight * Reduce.Norm(x);

        public void Apply(ReadOnlySpan<double> x, double step, Span<double> result, ProximalWorkspace work) => Shorten(x, step * Weight, result);
    }

    private sealed record SquaredL2Norm(double Weight) : IProximable
    {
        public int Dimension => 0;

        public double Value(ReadOnlySpan<double> x, ProximalWorkspace work) => 0.5 * Weight * Reduce.SumOfSquares(x);

        public void Apply(ReadOnlySpan<double> x, double step, Span<double> result, ProximalWorkspace work) => Vectors.Scale(1 / (1 + (step * Weight)), x, result);
    }
}
