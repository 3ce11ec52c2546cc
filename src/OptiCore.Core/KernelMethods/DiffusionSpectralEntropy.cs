using System.Numerics;
using OptiCore.LinearAlgebra;
using OptiCore.Neighbors;
using OptiCore.Numerics;
using OptiCore.Randomness;

namespace OptiCore.KernelMethods;

/// <summary>The configuration of a <see cref="DiffusionSpectralEntropy{T}"/>.</summary>
public sealed record DiffusionSpectrumOptions
{
    /// <summary>
    /// sigma of the kernel exp(-r^2 / (2 sigma^2)), in the units of the points; <see cref="DiffusionSpectralEntropy{T}.MedianDistance"/> is a choice that follows the scale of the points.
    /// Entropies compare only at one value.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive and finite.</exception>
    public required double Bandwidth { get; init => field = Require.Positive(value); }

    /// <summary>The diffusion time t: the larger it is, the more the small eigenvalues, the noise, are suppressed.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive and finite.</exception>
    public double Time { get; init => field = Require.Positive(value); } = 1;

    /// <summary>
    /// How many random subsets of a class's size stand for all points when the class's entropy is subtracted, since entropies grow with the number of points; 0
    /// subtracts from the entropy of all points, as the definition says.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The value is negative.</exception>
    public int Subsets { get; init => field = Require.NonNegative(value); } = 5;
}

/// <summary>
/// The entropy of the spectrum of diffusion over points: about the logarithm of the number of distinct regions that the data have along their manifold, which noise in
/// the many dimensions around it hardly changes.
/// </summary>
/// <remarks>
/// <para>With K_ij = exp(-|x_i - x_j|^2 / (2 sigma^2)) and its row sums D, the anisotropic kernel K_ij / (D_i D_j), in which the density of the sample has cancelled, and its row sums E give
/// the diffusion matrix P_ij = K_ij / (D_i D_j E_i). Its eigenvalues lambda_i are those of the symmetric matrix K_ij / (D_i D_j sqrt(E_i E_j)). With
/// alpha_i = |lambda_i|^t / sum_j |lambda_j|^t the entropy is S = -sum_i alpha_i log alpha_i, in nats, between 0 (one point, or all equal) and log n.</para>
/// <para>The mutual information with labels is I(Z; Y) = S(Z) - sum_y p(y) S(Z | Y = y).</para>
/// <para>About 4/3 n^3 + n^2 d / 2 operations and n^2 numbers of memory: sample some hundred to two thousand points of larger sets. The same bits on all hardware. One thread uses an
/// instance at a time; it allocates the workspace of the decomposition, n^2 numbers again, for each number of points when that first occurs, and nothing otherwise.</para>
/// <para>D. Liao, C. Liu, B. W. Christensen, A. Tong, G. Huguet, G. Wolf, M. Nickel, I. Adelstein, S. Krishnaswamy (2023), "Assessing neural network representations during
/// training using noise-resilient diffusion spectral entropy"; R. R. Coifman, S. Lafon (2006), "Diffusion maps".</para>
/// </remarks>
/// <typeparam name="T">The element type of the points; the spectrum is computed in double precision.</typeparam>
[Algorithm("Diffusion spectral entropy", "Kernel features", "D. Liao et al. (2023), Assessing neural network representations during training using noise-resilient diffusion spectral entropy")]
public sealed class DiffusionSpectralEntropy<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private readonly double[] _matrix;
    private readonly double[] _sums;
    private readonly double[] _values;
    private readonly Dictionary<int, SymmetricEigen<double>> _decompositions = [];
    private readonly T[] _gathered;
    private readonly int[] _order;

    /// <summary>Allocates the workspace.</summary>
    /// <param name="capacity">The largest number of points.</param>
    /// <param name="dimension">The number of coordinates of a point.</param>
    /// <param name="options">The configuration.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is smaller than 1.</exception>
    public DiffusionSpectralEntropy(int capacity, int dimension, DiffusionSpectrumOptions options)
    {
        Capacity = Require.Positive(capacity, nameof(capacity));
        Dimension = Require.Positive(dimension, nameof(dimension));
        Options = Require.NotNull(options);
        _matrix = new double[checked(capacity * capacity)];
        _sums = new double[capacity];
        _values = new double[capacity];
        _gathered = new T[checked(capacity * dimension)];
        _order = new int[capacity];
    }

    /// <summary>The largest number of points.</summary>
    public int Capacity { get; }

    /// <summary>The number of coordinates of a point.</summary>
    public int Dimension { get; }

    /// <summary>The configuration.</summary>
    public DiffusionSpectrumOptions Options { get; }

    /// <summary>The median of the distances between different points of a sample, a usual bandwidth. O(n^2 d); allocates n (n - 1) / 2 numbers.</summary>
    /// <param name="points">The points, row after row, at least two.</param>
    /// <param name="dimension">The number of coordinates of a point.</param>
    /// <exception cref="ArgumentException">The number of elements is not a multiple of the dimension, there are fewer than two points, or a coordinate is NaN or infinite.</exception>
    public static double MedianDistance(ReadOnlySpan<T> points, int dimension)
    {
        Require.Positive(dimension, nameof(dimension));
        BruteForceNeighbors.RequireWhole(points.Length, dimension, nameof(points));
        Require.AllFinite(points, nameof(points));
        int n = points.Length / dimension, at = 0;
        if (n < 2)
            throw new ArgumentException("A distance needs at least two points.", nameof(points));
        var squares = new double[checked(n * (n - 1) / 2)];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
                squares[at++] = Square(points, dimension, i, j);
        }

        Array.Sort(squares);
        return (Math.Sqrt(squares[(at - 1) / 2]) + Math.Sqrt(squares[at / 2])) / 2;
    }

    /// <summary>The diffusion spectral entropy of points, in nats.</summary>
    /// <param name="points">The points, row after row, at least one and at most <see cref="Capacity"/>.</param>
    /// <exception cref="ArgumentException">The number of elements is not a multiple of the dimension, there are no points or too many, or a coordinate is NaN or infinite.</exception>
    public double Entropy(ReadOnlySpan<T> points)
    {
        int n = CheckedCount(points);
        Spectrum(points, n);
        return SpectralEntropy(_values.AsSpan(0, n));
    }

    /// <summary>The eigenvalues of the diffusion matrix, the largest, which is 1, first.</summary>
    /// <param name="points">The points, row after row, at least one and at most <see cref="Capacity"/>.</param>
    /// <param name="eigenvalues">Receives as many eigenvalues as there are points.</param>
    /// <exception cref="ArgumentException">A length doesn't fit, there are no points or too many, or a coordinate is NaN or infinite.</exception>
    public void Eigenvalues(ReadOnlySpan<T> points, Span<double> eigenvalues)
    {
        int n = CheckedCount(points);
        Require.Length(eigenvalues.Length, n, nameof(eigenvalues));
        Spectrum(points, n);
        _values.AsSpan(0, n).CopyTo(eigenvalues);
        eigenvalues.Reverse();
    }

    /// <summary>
    /// The diffusion spectral mutual information of points and labels, in nats: sum_y p(y) (S_y - S(Z | Y = y)), where S_y is the mean entropy of
    /// <see cref="DiffusionSpectrumOptions.Subsets"/> random subsets of as many points as have the label y, or the entropy of all points without subsets. It can come out a little below 0.
    /// </summary>
    /// <param name="points">The points, row after row, at least one and at most <see cref="Capacity"/>.</param>
    /// <param name="labels">The label of each point, 0 to <paramref name="classes"/> - 1.</param>
    /// <param name="classes">The number of labels; one may have no points.</param>
    /// <param name="key">Draws the subsets.</param>
    /// <exception cref="ArgumentException">A length doesn't fit, there are no points or too many, or a coordinate is NaN or infinite.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A label is out of range.</exception>
    public double MutualInformation(ReadOnlySpan<T> points, ReadOnlySpan<int> labels, int classes, RandomKey key)
    {
        int n = CheckedCount(points);
        Require.Length(labels.Length, n, nameof(labels));
        Require.Positive(classes, nameof(classes));
        foreach (int label in labels)
            Require.InClosed(label, 0, classes - 1, nameof(labels));
        double whole = Options.Subsets == 0 ? Entropy(points) : 0, information = 0;
        for (int y = 0; y < classes; y++)
        {
            int size = 0;
            for (int i = 0; i < n; i++)
            {
                if (labels[i] == y)
                    _order[size++] = i;
            }

            if (size == 0)
                continue;
            double conditional = EntropyOfSubset(points, size), entropy = whole;
            for (int subset = 0; subset < Options.Subsets; subset++)
            {
                RandomOrder.Permutation(key.Fold(y).Fold(subset), _order.AsSpan(0, n));
                entropy += EntropyOfSubset(points, size) / Options.Subsets;
            }

            information += (double)size / n * (entropy - conditional);
        }

        return information;
    }

    private static double Square(ReadOnlySpan<T> points, int dimension, int i, int j) => double.CreateTruncating(
        PointKernels.PowerSum(default(EuclideanMetric<T>), in points[i * dimension], in points[j * dimension], dimension));

    private static double Exp(double x) => LaneMath.Exp(new Lanes1<double>(x)).Value;

    private static double Log(double x) => LaneMath.Log(new Lanes1<double>(x)).Value;

    private int CheckedCount(ReadOnlySpan<T> points)
    {
        BruteForceNeighbors.RequireWhole(points.Length, Dimension, nameof(points));
        Require.AllFinite(points, nameof(points));
        int n = points.Length / Dimension;
        Require.InClosed(n, 1, Capacity, nameof(points));
        return n;
    }

    private double EntropyOfSubset(ReadOnlySpan<T> points, int size)
    {
        for (int i = 0; i < size; i++)
            points.Slice(_order[i] * Dimension, Dimension).CopyTo(_gathered.AsSpan(i * Dimension));
        Spectrum(_gathered.AsSpan(0, size * Dimension), size);
        return SpectralEntropy(_values.AsSpan(0, size));
    }

    private void Spectrum(ReadOnlySpan<T> points, int n)
    {
        Span<double> a = _matrix, sums = _sums.AsSpan(0, n);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
            {
                double scaled = Math.Sqrt(Square(points, Dimension, i, j)) / Options.Bandwidth;
                a[(i * n) + j] = Exp(-0.5 * scaled * scaled);
            }

            a[(i * n) + i] = 1;
        }

        RowSums(a, n, sums);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
                a[(i * n) + j] /= sums[i] * sums[j];
        }

        RowSums(a, n, sums);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
                a[(i * n) + j] /= Math.Sqrt(sums[i]) * Math.Sqrt(sums[j]);
        }

        if (!_decompositions.TryGetValue(n, out SymmetricEigen<double>? decomposition))
        {
            decomposition = new SymmetricEigen<double>(n, vectors: false);
            _decompositions.Add(n, decomposition);
        }

        if (!decomposition.Factor(a[..(n * n)]))
            throw new InvalidOperationException("The eigenvalues of the diffusion matrix didn't converge.");
        decomposition.Values.CopyTo(_values);
    }

    /// <summary>The row sums of a symmetric matrix of which the lower triangle is stored.</summary>
    private static void RowSums(ReadOnlySpan<double> a, int n, Span<double> sums)
    {
        sums.Clear();
        for (int i = 0; i < n; i++)
        {
            double sum = 0;
            for (int j = 0; j < i; j++)
            {
                sum += a[(i * n) + j];
                sums[j] += a[(i * n) + j];
            }

            sums[i] += sum + a[(i * n) + i];
        }
    }

    private double SpectralEntropy(Span<double> values)
    {
        double total = 0, sum = 0;
        foreach (ref double value in values)
        {
            double magnitude = Math.Abs(value);
            value = Options.Time == 1 || magnitude == 0 ? magnitude : Exp(Options.Time * Log(magnitude));
            total += value;
        }

        foreach (double value in values)
        {
            double alpha = value / total;
            if (alpha > 0)
                sum -= alpha * Log(alpha);
        }

        return Math.Max(0, sum);
    }
}
