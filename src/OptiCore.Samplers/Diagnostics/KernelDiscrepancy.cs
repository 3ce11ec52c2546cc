namespace OptiCore.Samplers;

/// <summary>A positive definite kernel of the squared distance, k(x, y) = phi(|x - y|^2), with two derivatives of phi.</summary>
public interface IRadialKernel
{
    /// <summary>phi, phi' and phi'' at a squared distance.</summary>
    /// <param name="squaredDistance">The squared distance s.</param>
    (double Value, double First, double Second) Evaluate(double squaredDistance);
}

/// <summary>The Gaussian kernel exp(-|x - y|^2 / (2 h^2)).</summary>
public sealed record GaussianKernel : IRadialKernel
{
    /// <summary>The bandwidth h. Default: 1.</summary>
    public double Bandwidth { get; init => field = Require.Positive(value); } = 1;

    /// <inheritdoc/>
    public (double Value, double First, double Second) Evaluate(double squaredDistance)
    {
        double a = -0.5 / (Bandwidth * Bandwidth);
        double value = Math.Exp(a * squaredDistance);
        return (value, a * value, a * a * value);
    }
}

/// <summary>
/// The inverse multiquadric kernel (c^2 + |x - y|^2)^b, b of (-1, 0): the one whose Stein discrepancy controls convergence (Gorham, Mackey 2017).
/// </summary>
public sealed record InverseMultiquadricKernel : IRadialKernel
{
    /// <summary>The offset c. Default: 1.</summary>
    public double Offset { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The exponent b. Default: -0.5.</summary>
    public double Exponent { get; init => field = Require.InOpen(value, -1, 0); } = -0.5;

    /// <inheritdoc/>
    public (double Value, double First, double Second) Evaluate(double squaredDistance)
    {
        double q = (Offset * Offset) + squaredDistance;
        double value = Math.Pow(q, Exponent);
        return (value, Exponent * value / q, Exponent * (Exponent - 1) * value / (q * q));
    }
}

/// <summary>Distances between samples, and of a sample from a density, by kernels. Each costs the product of the numbers of points.</summary>
public static class KernelDiscrepancy
{
    /// <summary>The squared maximum mean discrepancy of two samples, mean k(x, x') + mean k(y, y') - 2 mean k(x, y).</summary>
    /// <remarks>Gretton, Borgwardt, Rasch, Schölkopf, Smola (2012), A kernel two-sample test.</remarks>
    /// <param name="x">The points of the first sample, one after the other.</param>
    /// <param name="y">The points of the second sample.</param>
    /// <param name="dimension">The number n of coordinates of a point.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="unbiased">True leaves out the pairs of a point with itself, so that the mean is right and values may be negative.</param>
    public static double SquaredMmd(ReadOnlySpan<double> x, ReadOnlySpan<double> y, int dimension, IRadialKernel kernel, bool unbiased = false)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        int countX = Points(x, dimension, nameof(x)), countY = Points(y, dimension, nameof(y));
        double cross = 0;
        for (int i = 0; i < countX; i++)
        {
            for (int j = 0; j < countY; j++)
                cross += kernel.Evaluate(SquaredDistance(x.Slice(i * dimension, dimension), y.Slice(j * dimension, dimension))).Value;
        }

        return MeanWithin(x, countX, dimension, kernel, unbiased) + MeanWithin(y, countY, dimension, kernel, unbiased) - (2 * cross / countX / countY);
    }

    /// <summary>
    /// The squared kernel Stein discrepancy of a sample from a density that is known up to a constant: the mean over pairs of
    /// k0(x, y) = s(x).s(y) k + s(x).grad_y k + s(y).grad_x k + tr grad_x grad_y k, where s is the gradient of the log density.
    /// </summary>
    /// <remarks>Liu, Lee, Jordan (2016), A kernelized Stein discrepancy; Gorham, Mackey (2017), Measuring sample quality with kernels.</remarks>
    /// <param name="x">The points, one after the other.</param>
    /// <param name="density">The log density with its gradient.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="unbiased">True leaves out the pairs of a point with itself.</param>
    public static double SquaredKsd(ReadOnlySpan<double> x, IDifferentiableFunction<double> density, IRadialKernel kernel, bool unbiased = false)
    {
        ArgumentNullException.ThrowIfNull(density);
        ArgumentNullException.ThrowIfNull(kernel);
        int n = density.Dimension, count = Points(x, n, nameof(x));
        double[] scores = new double[x.Length];
        for (int i = 0; i < count; i++)
            density.ValueAndGradient(x.Slice(i * n, n), scores.AsSpan(i * n, n));
        double sum = 0;
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < i; j++)
                sum += 2 * SteinKernel(x.Slice(i * n, n), x.Slice(j * n, n), scores.AsSpan(i * n, n), scores.AsSpan(j * n, n), kernel);
            if (!unbiased)
                sum += SteinKernel(x.Slice(i * n, n), x.Slice(i * n, n), scores.AsSpan(i * n, n), scores.AsSpan(i * n, n), kernel);
        }

        return unbiased ? sum / count / (count - 1) : sum / count / count;
    }

    /// <summary>k0 for k = phi(|x - y|^2): grad_x k = 2 phi' (x - y) = -grad_y k, and tr grad_x grad_y k = -2 n phi' - 4 |x - y|^2 phi''.</summary>
    internal static double SteinKernel(ReadOnlySpan<double> x, ReadOnlySpan<double> y, ReadOnlySpan<double> scoreX, ReadOnlySpan<double> scoreY, IRadialKernel kernel)
    {
        double squared = SquaredDistance(x, y);
        (double value, double first, double second) = kernel.Evaluate(squared);
        double product = 0, along = 0;
        for (int i = 0; i < x.Length; i++)
        {
            product += scoreX[i] * scoreY[i];
            along += (scoreY[i] - scoreX[i]) * (x[i] - y[i]);
        }

        return (product * value) + (2 * first * along) - (2 * x.Length * first) - (4 * squared * second);
    }

    private static double MeanWithin(ReadOnlySpan<double> x, int count, int dimension, IRadialKernel kernel, bool unbiased)
    {
        double sum = unbiased ? 0 : count * kernel.Evaluate(0).Value;
        for (int i = 0; i < count; i++)
        {
            for (int j = 0; j < i; j++)
                sum += 2 * kernel.Evaluate(SquaredDistance(x.Slice(i * dimension, dimension), x.Slice(j * dimension, dimension))).Value;
        }

        return sum / count / (unbiased ? count - 1 : count);
    }

    private static int Points(ReadOnlySpan<double> x, int dimension, string name)
    {
        Require.Positive(dimension, nameof(dimension));
        int count = x.Length / dimension;
        Require.Length(x.Length, count * dimension, name);
        return Require.AtLeast(count, 2, name);
    }

    private static double SquaredDistance(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
            sum += (x[i] - y[i]) * (x[i] - y[i]);
        return sum;
    }
}
