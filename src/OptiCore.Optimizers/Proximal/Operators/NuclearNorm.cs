using OptiCore.LinearAlgebra;
using OptiCore.Numerics;

namespace OptiCore.Optimizers;

/// <content>The norm that makes matrices of low rank.</content>
public static partial class Prox
{
    /// <summary>
    /// g = w |X|_*, the sum of the singular values of an m x n matrix: soft thresholding of the singular values. Costs one singular value decomposition.
    /// Cai, Candes and Shen (2010), A singular value thresholding algorithm for matrix completion.
    /// </summary>
    /// <param name="rows">The number m of rows.</param>
    /// <param name="columns">The number n of columns; variables are the elements, row by row.</param>
    /// <param name="weight">The weight w, positive.</param>
    public static IProximable Nuclear(int rows, int columns, double weight = 1) =>
        new NuclearNorm(Require.Positive(rows, nameof(rows)), Require.Positive(columns, nameof(columns)), Require.Positive(weight, nameof(weight)));

    private sealed record NuclearNorm(int Rows, int Columns, double Weight) : IProximable
    {
        public int Dimension => Rows * Columns;

        public double Value(ReadOnlySpan<double> x, ProximalWorkspace work) => Weight * Reduce.Sum(SpectralMap.Decompose(x, Rows, Columns, work).Values);

        public void Apply(ReadOnlySpan<double> x, double step, Span<double> result, ProximalWorkspace work)
        {
            Svd<double> svd = SpectralMap.Decompose(x, Rows, Columns, work);
            Span<double> values = work.Numbers(0, svd.Values.Length);
            for (int k = 0; k < values.Length; k++)
                values[k] = Math.Max(svd.Values[k] - (step * Weight), 0);
            SpectralMap.Compose(svd, values, result);
        }
    }
}
