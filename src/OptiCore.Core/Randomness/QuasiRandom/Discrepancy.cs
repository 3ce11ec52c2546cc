namespace OptiCore.Randomness;

/// <summary>
/// How unevenly points fill the unit cube: root-mean-square differences between the share of points in boxes and the volume of the boxes. Smaller is more even;
/// the measures differ in the boxes they look at. All cost O(n^2 d).
/// </summary>
/// <remarks>
/// The squares of the measures, as closed sums over pairs of points: T. T. Warnock (1972) for boxes at the origin; F. J. Hickernell (1998), "A generalized discrepancy and quadrature
/// error bound", for the centered and the wrap-around form; Y.-D. Zhou, K.-T. Fang, J.-H. Ning (2013), "Mixture discrepancy for quasi-random point sets".
/// </remarks>
public static class Discrepancy
{
    /// <summary>The L2 star discrepancy: boxes with a corner at the origin.</summary>
    /// <param name="points">The points, row by row.</param>
    /// <param name="dimension">The number of coordinates.</param>
    /// <exception cref="ArgumentOutOfRangeException">The dimension is not positive.</exception>
    /// <exception cref="ArgumentException">There is no point, the length is not a multiple of the dimension, or a coordinate is outside [0, 1].</exception>
    public static double StarL2(ReadOnlySpan<double> points, int dimension)
    {
        int n = Check(points, dimension);
        double single = 0, pairs = 0;
        for (int i = 0; i < n; i++)
        {
            ReadOnlySpan<double> x = points.Slice(i * dimension, dimension);
            double product = 1;
            foreach (double value in x)
                product *= 1 - (value * value);
            single += product;
            for (int k = 0; k < n; k++)
            {
                ReadOnlySpan<double> y = points.Slice(k * dimension, dimension);
                product = 1;
                for (int j = 0; j < dimension; j++)
                    product *= 1 - Math.Max(x[j], y[j]);
                pairs += product;
            }
        }

        return Math.Sqrt(Math.Max(0, Math.Pow(1.0 / 3, dimension) - (Math.Pow(2, 1 - dimension) / n * single) + (pairs / n / n)));
    }

    /// <summary>The square of the centered L2 discrepancy: boxes with a corner at the nearest corner of the cube. Unchanged by reflections.</summary>
    /// <inheritdoc cref="StarL2"/>
    public static double CenteredL2Squared(ReadOnlySpan<double> points, int dimension)
    {
        int n = Check(points, dimension);
        double single = 0, pairs = 0;
        for (int i = 0; i < n; i++)
        {
            ReadOnlySpan<double> x = points.Slice(i * dimension, dimension);
            double product = 1;
            foreach (double value in x)
            {
                double a = Math.Abs(value - 0.5);
                product *= 1 + (0.5 * a) - (0.5 * a * a);
            }

            single += product;
            for (int k = 0; k < n; k++)
            {
                ReadOnlySpan<double> y = points.Slice(k * dimension, dimension);
                product = 1;
                for (int j = 0; j < dimension; j++)
                    product *= 1 + (0.5 * (Math.Abs(x[j] - 0.5) + Math.Abs(y[j] - 0.5) - Math.Abs(x[j] - y[j])));
                pairs += product;
            }
        }

        return Math.Pow(13.0 / 12, dimension) - (2.0 / n * single) + (pairs / n / n);
    }

    /// <summary>The square of the wrap-around L2 discrepancy: boxes on the torus. Unchanged by shifts modulo 1.</summary>
    /// <inheritdoc cref="StarL2"/>
    public static double WrapAroundL2Squared(ReadOnlySpan<double> points, int dimension)
    {
        int n = Check(points, dimension);
        double pairs = 0;
        for (int i = 0; i < n; i++)
        {
            ReadOnlySpan<double> x = points.Slice(i * dimension, dimension);
            for (int k = 0; k < n; k++)
            {
                ReadOnlySpan<double> y = points.Slice(k * dimension, dimension);
                double product = 1;
                for (int j = 0; j < dimension; j++)
                {
                    double distance = Math.Abs(x[j] - y[j]);
                    product *= 1.5 - (distance * (1 - distance));
                }

                pairs += product;
            }
        }

        return (pairs / n / n) - Math.Pow(4.0 / 3, dimension);
    }

    /// <summary>The square of the mixture L2 discrepancy, which has the merits of the centered and of the wrap-around one.</summary>
    /// <inheritdoc cref="StarL2"/>
    public static double MixtureL2Squared(ReadOnlySpan<double> points, int dimension)
    {
        int n = Check(points, dimension);
        double single = 0, pairs = 0;
        for (int i = 0; i < n; i++)
        {
            ReadOnlySpan<double> x = points.Slice(i * dimension, dimension);
            double product = 1;
            foreach (double value in x)
            {
                double a = Math.Abs(value - 0.5);
                product *= (5.0 / 3) - (0.25 * a) - (0.25 * a * a);
            }

            single += product;
            for (int k = 0; k < n; k++)
            {
                ReadOnlySpan<double> y = points.Slice(k * dimension, dimension);
                product = 1;
                for (int j = 0; j < dimension; j++)
                {
                    double distance = Math.Abs(x[j] - y[j]);
                    product *= (15.0 / 8) - (0.25 * (Math.Abs(x[j] - 0.5) + Math.Abs(y[j] - 0.5))) - (0.75 * distance) + (0.5 * distance * distance);
                }

                pairs += product;
            }
        }

        return Math.Pow(19.0 / 12, dimension) - (2.0 / n * single) + (pairs / n / n);
    }

    private static int Check(ReadOnlySpan<double> points, int dimension)
    {
        Require.Positive(dimension, nameof(dimension));
        int n = QuasiRandom.Points(points.Length, dimension, nameof(points));
        if (n == 0)
            throw new ArgumentException("There must be at least one point.", nameof(points));
        foreach (double value in points)
        {
            if (!(value >= 0 && value <= 1))
                throw new ArgumentException($"Coordinates must lie in [0, 1], but one is {value}.", nameof(points));
        }

        return n;
    }
}
