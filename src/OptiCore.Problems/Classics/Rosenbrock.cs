namespace OptiCore.Problems;

/// <summary>
/// Rosenbrock's function as a chain, f(x) = sum_{i=1}^{n-1} 100 (x_{i+1} - x_i^2)^2 + (1 - x_i)^2, with its minimum 0 at (1, ..., 1):
/// a curved valley that is easy to enter and slow to follow. From n = 4 on there is a second, local minimum near x_1 = -1.
/// </summary>
/// <param name="dimension">The number n of variables, at least 2.</param>
/// <remarks>H. H. Rosenbrock (1960), An automatic method for finding the greatest or least value of a function. The extended form of pairs is
/// problem 21 of <see cref="MoreGarbowHillstrom"/>.</remarks>
public sealed class Rosenbrock(int dimension) : ITwiceDifferentiableFunction<double>
{
    /// <inheritdoc/>
    public int Dimension { get; } = Require.AtLeast(dimension, 2, nameof(dimension));

    /// <inheritdoc/>
    public double Value(ReadOnlySpan<double> x)
    {
        double sum = 0;
        for (int i = 0; i < Dimension - 1; i++)
        {
            double u = x[i + 1] - (x[i] * x[i]), v = 1 - x[i];
            sum += (100 * u * u) + (v * v);
        }

        return sum;
    }

    /// <inheritdoc/>
    public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
    {
        double sum = 0, fromLeft = 0;
        for (int i = 0; i < Dimension - 1; i++)
        {
            double u = x[i + 1] - (x[i] * x[i]), v = 1 - x[i];
            sum += (100 * u * u) + (v * v);
            gradient[i] = fromLeft - (400 * x[i] * u) - (2 * v);
            fromLeft = 200 * u;
        }

        gradient[Dimension - 1] = fromLeft;
        return sum;
    }

    /// <inheritdoc/>
    public void HessianProduct(ReadOnlySpan<double> x, ReadOnlySpan<double> v, Span<double> product)
    {
        product.Clear();
        for (int i = 0; i < Dimension - 1; i++)
        {
            double diagonal = (1200 * x[i] * x[i]) - (400 * x[i + 1]) + 2, mixed = -400 * x[i];
            product[i] += (diagonal * v[i]) + (mixed * v[i + 1]);
            product[i + 1] += (mixed * v[i]) + (200 * v[i + 1]);
        }
    }
}
