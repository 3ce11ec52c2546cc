using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.Randomness;

namespace OptiCore.KernelMethods;

/// <summary>
/// Random Fourier features z_i(x) = sqrt(2) cos(w_i'x + tau_i) with frequencies w_i of the kernel's spectral law and phases tau_i uniform in (0, 2 pi): the mean
/// of z_i(x) z_i(y) over i is an unbiased estimate of k(x - y) with an error of about 1 / sqrt(m), so that linear methods on the features are kernel methods.
/// </summary>
/// <remarks>
/// <para>Every feature of every point follows the same arcsine law, whatever the kernel, which is what <see cref="LloydMaxQuantizer"/> builds on.</para>
/// <para>With orthogonal frequencies, blocks of d of them have random orthogonal directions and lengths of the law of independent ones, which lowers the error for
/// kernels of the Euclidean distance, for the Gaussian by a factor that grows with d.</para>
/// <para>The same key gives the same features with the same bits on all hardware and any number of workers. Frequencies are kept in units of turns, w / (2 pi):
/// whole turns fall away exactly.</para>
/// <para>A. Rahimi, B. Recht (2007), "Random features for large-scale kernel machines"; F. X. Yu, A. T. Suresh, K. Choromanski, D. Holtmann-Rice, S. Kumar (2016),
/// "Orthogonal random features".</para>
/// </remarks>
/// <typeparam name="T">The element type.</typeparam>
[Algorithm("Random Fourier features", "Kernel features", "A. Rahimi, B. Recht (2007), Random features for large-scale kernel machines", Capabilities = "Gaussian, Laplacian, Matern; orthogonal")]
public sealed class RandomFourierFeatures<T> where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int Piece = 128;
    private const double TurnsPerRadian = 0.15915494309189535;

    private readonly T[] _turns;
    private readonly T[] _phases;

    /// <summary>Draws the frequencies. O(m d), with orthogonal ones O(m d^2).</summary>
    /// <param name="dimension">The number d of coordinates of a point.</param>
    /// <param name="features">The number m of features.</param>
    /// <param name="kernel">The kernel.</param>
    /// <param name="key">Draws frequencies and phases.</param>
    /// <param name="orthogonal">Whether the directions of frequencies are orthogonal in blocks of d.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number is smaller than 1.</exception>
    /// <exception cref="ArgumentException">Orthogonal frequencies are asked for with the Laplacian kernel, which isn't invariant under rotation.</exception>
    public RandomFourierFeatures(int dimension, int features, ShiftInvariantKernel kernel, RandomKey key, bool orthogonal = false)
    {
        Dimension = Require.Positive(dimension, nameof(dimension));
        Features = Require.Positive(features, nameof(features));
        Kernel = Require.NotNull(kernel);
        IsOrthogonal = orthogonal;
        if (orthogonal && kernel.Family == KernelFamily.Laplacian)
            throw new ArgumentException("Orthogonal frequencies need a kernel of the Euclidean distance; the Laplacian kernel isn't one.", nameof(orthogonal));
        var frequencies = new double[checked(features * dimension)];
        RandomFill.Normal(key.Fold("directions"), frequencies);
        if (orthogonal)
            Orthogonalize(frequencies, key.Fold("lengths"));
        if (kernel.Family == KernelFamily.Laplacian)
        {
            var divisors = new double[frequencies.Length];
            RandomFill.Normal(key.Fold("divisors"), divisors);
            for (int i = 0; i < frequencies.Length; i++)
                frequencies[i] /= divisors[i];
        }
        else if (kernel.Family == KernelFamily.Matern)
        {
            // A chi-square number with 2 nu degrees of freedom is twice a gamma number of shape nu.
            var gammas = new double[features];
            RandomFill.Gamma(key.Fold("scales"), kernel.Smoothness, gammas);
            for (int i = 0; i < frequencies.Length; i++)
                frequencies[i] *= Math.Sqrt(kernel.Smoothness / gammas[i / dimension]);
        }

        _turns = new T[frequencies.Length];
        for (int i = 0; i < frequencies.Length; i++)
            _turns[i] = T.CreateTruncating(frequencies[i] * kernel.Gamma * TurnsPerRadian);
        var phases = new double[features];
        RandomFill.Uniform(key.Fold("phases"), phases);
        _phases = new T[features];
        for (int i = 0; i < features; i++)
            _phases[i] = T.CreateTruncating(phases[i]);
    }

    /// <summary>The number d of coordinates of a point.</summary>
    public int Dimension { get; }

    /// <summary>The number m of features.</summary>
    public int Features { get; }

    /// <summary>The kernel.</summary>
    public ShiftInvariantKernel Kernel { get; }

    /// <summary>Whether the directions of frequencies are orthogonal in blocks of d.</summary>
    public bool IsOrthogonal { get; }

    /// <summary>The estimate of the kernel from the features of two points, (1/m) sum_i x_i y_i.</summary>
    /// <param name="x">The features of one point.</param>
    /// <param name="y">Those of the other.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static T Estimate(ReadOnlySpan<T> x, ReadOnlySpan<T> y) => Reduce.Dot(x, y) / T.CreateTruncating(Math.Max(1, x.Length));

    /// <summary>The normalized estimate sum_i x_i y_i / (|x| |y|), which is 1 for equal points and has a lower variance where the kernel is large.</summary>
    /// <param name="x">The features of one point.</param>
    /// <param name="y">Those of the other.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public static T NormalizedEstimate(ReadOnlySpan<T> x, ReadOnlySpan<T> y)
    {
        T norms = Reduce.Norm(x) * Reduce.Norm(y);
        return norms == T.Zero ? T.Zero : Reduce.Dot(x, y) / norms;
    }

    /// <summary>The features of points. About 2 m d operations and a cosine for each feature of a point; allocates nothing without workers.</summary>
    /// <param name="points">The points, row after row.</param>
    /// <param name="features">Receives the features, <see cref="Features"/> for each point.</param>
    /// <param name="workers">Who does the pieces of many points; null for the calling thread. The results are the same.</param>
    /// <exception cref="ArgumentException">A length doesn't fit, or a coordinate is NaN or infinite.</exception>
    public void Transform(ReadOnlySpan<T> points, Span<T> features, IWorkers? workers = null)
    {
        Neighbors.BruteForceNeighbors.RequireWhole(points.Length, Dimension, nameof(points));
        Require.AllFinite(points, nameof(points));
        int count = points.Length / Dimension;
        Require.Length(features.Length, checked(count * Features), nameof(features));
        if (workers is not null && workers.Count > 1 && count > Piece)
        {
            InPieces(points, features, count, workers);
            return;
        }

        for (int from = 0; from < count; from += Piece)
        {
            int size = Math.Min(Piece, count - from);
            Some(points.Slice(from * Dimension, size * Dimension), features.Slice(from * Features, size * Features), size);
        }
    }

    private unsafe void InPieces(ReadOnlySpan<T> points, Span<T> features, int count, IWorkers workers)
    {
        fixed (T* pinnedPoints = points, pinnedFeatures = features)
        {
            T* p = pinnedPoints, f = pinnedFeatures;
            workers.ForEach((count + Piece - 1) / Piece, piece =>
            {
                int from = piece * Piece, size = Math.Min(Piece, count - from);
                Some(
                    new ReadOnlySpan<T>(p + ((nint)from * Dimension), size * Dimension),
                    new Span<T>(f + ((nint)from * Features), size * Features),
                    size);
            });
        }
    }

    private void Some(ReadOnlySpan<T> points, Span<T> features, int count)
    {
        Blas.Gemm(false, true, count, Features, Dimension, T.One, points, Dimension, _turns, Dimension, T.Zero, features, Features);
        for (int i = 0; i < count; i++)
        {
            Span<T> row = features.Slice(i * Features, Features);
            for (int j = 0; j < row.Length; j++)
            {
                T turns = row[j] + _phases[j];
                row[j] = turns - T.Round(turns);
            }
        }

        if (typeof(T) == typeof(double))
            TurnCosine.Apply(MemoryMarshal.Cast<T, double>(features));
        else
            TurnCosine.Apply(MemoryMarshal.Cast<T, float>(features));
    }

    /// <summary>Replaces blocks of d rows by orthonormal ones, each times the length of an independent normal vector.</summary>
    private void Orthogonalize(double[] frequencies, RandomKey key)
    {
        int d = Dimension;
        var other = new double[d];
        for (int row = 0; row < Features; row++)
        {
            Span<double> w = frequencies.AsSpan(row * d, d);

            // Twice is enough (W. Kahan; B. N. Parlett 1998, The symmetric eigenvalue problem, section 6.9).
            for (int pass = 0; pass < 2; pass++)
            {
                for (int previous = row - (row % d); previous < row; previous++)
                {
                    ReadOnlySpan<double> v = frequencies.AsSpan(previous * d, d);
                    VectorKernels.AddScaled(-Reduce.Dot<double>(v, w), v, w);
                }

                double norm = Reduce.Norm<double>(w);
                foreach (ref double x in w)
                    x /= norm;
            }
        }

        for (int row = 0; row < Features; row++)
        {
            RandomFill.Normal(key.Fold(row), other);
            double length = Reduce.Norm<double>(other);
            foreach (ref double x in frequencies.AsSpan(row * d, d))
                x *= length;
        }
    }
}

/// <summary>sqrt(2) cos(2 pi u) of every u of [-1/2, 1/2], in place.</summary>
internal static class TurnCosine
{
    public static void Apply(Span<double> turns)
    {
        int done = Avx512F.IsSupported ? Some<Lanes512<double>>(turns) : Vector128.IsHardwareAccelerated ? Some<Lanes256<double>>(turns) : 0;
        Some<Lanes1<double>>(turns[done..]);
    }

    public static void Apply(Span<float> turns)
    {
        int done = Avx512F.IsSupported ? SomeSingle<Lanes512<float>>(turns) : Vector128.IsHardwareAccelerated ? SomeSingle<Lanes256<float>>(turns) : 0;
        SomeSingle<Lanes1<float>>(turns[done..]);
    }

    private static int Some<L>(Span<double> turns) where L : struct, ILanes<L, double>
    {
        ref double start = ref MemoryMarshal.GetReference(turns);
        int i = 0;
        for (; i + L.Count <= turns.Length; i += L.Count)
        {
            LaneMath.SinCosTurns(L.Load(ref start, (nuint)i), out _, out L cosine);
            (L.All(1.4142135623730951) * cosine).Store(ref start, (nuint)i);
        }

        return i;
    }

    private static int SomeSingle<L>(Span<float> turns) where L : struct, ILanes<L, float>
    {
        ref float start = ref MemoryMarshal.GetReference(turns);
        int i = 0;
        for (; i + L.Count <= turns.Length; i += L.Count)
        {
            LaneMath.SinCosTurnsSingle(L.Load(ref start, (nuint)i), out _, out L cosine);
            (L.All(1.4142135f) * cosine).Store(ref start, (nuint)i);
        }

        return i;
    }
}
