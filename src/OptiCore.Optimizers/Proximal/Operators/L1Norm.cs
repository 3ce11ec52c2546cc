using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <content>The norm that makes sparse.</content>
public static partial class Prox
{
    /// <summary>g = w |x|_1: soft thresholding, sign(x) max(|x| - t w, 0) for each element.</summary>
    /// <param name="weight">The weight w, positive.</param>
    public static IProximable L1(double weight = 1) => new L1Norm(Require.Positive(weight, nameof(weight)));

    private sealed record L1Norm(double Weight) : IProximable
    {
        public int Dimension => 0;

        public double Value(ReadOnlySpan<double> x, ProximalWorkspace work) => Weight * Reduce.SumOfMagnitudes(x);

        public void Apply(ReadOnlySpan<double> x, double step, Span<double> result, ProximalWorkspace work)
        {
            double threshold = step * Weight;
            for (int i = 0; i < x.Length; i++)
                result[i] = Shrink(x[i], threshold);
        }
    }
}
