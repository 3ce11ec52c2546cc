using System.Buffers;
using System.Numerics.Tensors;
using OptiCore.Numerics;

namespace OptiCore.Samplers;

/// <summary>A covariance by a lower triangular root L with L L' = C, which may be singular, and what batches of particles need of it.</summary>
internal sealed class GaussianRoot
{
    private const double LogTwoPi = 1.8378770664093454836;

    private readonly double[] _covariance, _lower;

    public GaussianRoot(ReadOnlySpan<double> covariance, int n, string name)
    {
        Order = n;
        _covariance = Symmetric(covariance, n, name);
        _lower = [.. _covariance];
        if (!TryFactor(_lower, n, out bool definite))
            throw new ArgumentException($"{name} isn't positive semidefinite.", name);
        IsDefinite = definite;
        double sum = 0;
        for (int i = 0; i < n; i++)
            sum += Math.Log(Math.Abs(_lower[(i * n) + i]));
        LogNormalizer = -sum - (0.5 * n * LogTwoPi);
    }

    public int Order { get; }

    public bool IsDefinite { get; }

    /// <summary>-log sqrt((2 pi)^n det C), which is the log density's largest value.</summary>
    public double LogNormalizer { get; }

    public ReadOnlySpan<double> Covariance => _covariance;

    /// <summary>L with zeros above the diagonal.</summary>
    public ReadOnlySpan<double> Lower => _lower;

    /// <summary>A symmetric copy.</summary>
    public static double[] Symmetric(ReadOnlySpan<double> a, int n, string name)
    {
        Require.Length(a.Length, checked(n * n), name);
        Require.AllFinite(a, name);
        double size = Reduce.MaxNorm(a);
        double[] copy = a.ToArray();
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
            {
                if (Math.Abs(a[(i * n) + j] - a[(j * n) + i]) > 1e-12 * size)
                    throw new ArgumentException(FormattableString.Invariant($"{name} isn't symmetric: its elements ({i}, {j}) and ({j}, {i}) are {a[(i * n) + j]:r} and {a[(j * n) + i]:r}."), name);
                copy[(i * n) + j] = copy[(j * n) + i] = 0.5 * (a[(i * n) + j] + a[(j * n) + i]);
            }
        }

        return copy;
    }

    /// <summary>
    /// Replaces a symmetric positive semidefinite matrix by a lower triangular root with zeros above the diagonal. A column whose pivot is rounding only becomes zero, which is exact for semidefinite matrices.
    /// </summary>
    public static bool TryFactor(Span<double> a, int n, out bool definite)
    {
        definite = true;
        double size = 0;
        for (int i = 0; i < n; i++)
            size = Math.Max(size, a[(i * n) + i]);
        double tiny = 8 * n * (double.BitIncrement(1) - 1) * size;
        for (int j = 0; j < n; j++)
        {
            double pivot = a[(j * n) + j];
            for (int k = 0; k < j; k++)
                pivot -= a[(j * n) + k] * a[(j * n) + k];
            if (!(pivot >= -4 * tiny) || !double.IsFinite(pivot))
                return false;
            bool zero = pivot <= tiny;
            definite &= !zero;
            double root = zero ? 0 : Math.Sqrt(pivot);
            a[(j * n) + j] = root;
            for (int i = j + 1; i < n; i++)
            {
                double sum = a[(i * n) + j];
                for (int k = 0; k < j; k++)
                    sum -= a[(i * n) + k] * a[(j * n) + k];
                a[(i * n) + j] = zero ? 0 : sum / root;
                a[(j * n) + i] = 0;
            }
        }

        return true;
    }

    /// <summary>Writes draws of N(0, C).</summary>
    public void Draw(RandomKey key, ParticleBlock block)
    {
        for (int j = 0; j < Order; j++)
            Randomness.RandomFill.Normal(key.Fold(j), block[j]);

        // Row i needs the draws 0 to i only, so that the last row goes first and all stay in place.
        for (int i = Order - 1; i >= 0; i--)
        {
            Span<double> row = block[i];
            TensorPrimitives.Multiply(row, _lower[(i * Order) + i], row);
            for (int k = 0; k < i; k++)
            {
                if (_lower[(i * Order) + k] is var l and not 0)
                    TensorPrimitives.MultiplyAdd(block[k], l, row, row);
            }
        }
    }

    /// <summary>Writes the log density of N(0, C) at residuals, which are overwritten.</summary>
    /// <exception cref="InvalidOperationException">The covariance is singular.</exception>
    public void LogDensity(ParticleBlock residuals, Span<double> logDensities)
    {
        CheckDefinite(IsDefinite);
        LogDensity(_lower, Order, LogNormalizer, residuals, logDensities);
    }

    /// <summary>The log density at residuals of which some are missing: their rows are 0, and the law is that of the others.</summary>
    public void LogDensity(ReadOnlySpan<double> observation, ParticleBlock residuals, Span<double> logDensities)
    {
        if (!Missing.Any(observation))
        {
            LogDensity(residuals, logDensities);
            return;
        }

        double[] rented = ArrayPool<double>.Shared.Rent(Order * Order);
        Span<double> lower = rented.AsSpan(0, Order * Order);
        _covariance.CopyTo(lower);
        int present = Missing.Mask(observation, lower);
        TryFactor(lower, Order, out bool definite);
        CheckDefinite(definite);
        double normalizer = -0.5 * present * LogTwoPi;
        for (int i = 0; i < Order; i++)
            normalizer -= Math.Log(lower[(i * Order) + i]);
        LogDensity(lower, Order, normalizer, residuals, logDensities);
        ArrayPool<double>.Shared.Return(rented);
    }

    private static void CheckDefinite(bool definite)
    {
        if (!definite)
            throw new InvalidOperationException("A noise covariance is singular, so that the density that this algorithm needs doesn't exist. Take the bootstrap filter, or add noise.");
    }

    private static void LogDensity(ReadOnlySpan<double> lower, int n, double normalizer, ParticleBlock residuals, Span<double> logDensities)
    {
        logDensities.Fill(normalizer);
        for (int i = 0; i < n; i++)
        {
            Span<double> row = residuals[i];
            for (int k = 0; k < i; k++)
            {
                if (lower[(i * n) + k] is var l and not 0)
                    TensorPrimitives.MultiplyAdd(residuals[k], -l, row, row);
            }

            TensorPrimitives.Divide(row, lower[(i * n) + i], row);
            SubtractHalfSquares(row, logDensities);
        }
    }

    private static void SubtractHalfSquares(ReadOnlySpan<double> z, Span<double> sum)
    {
        sum = sum[..z.Length];
        int i = 0;
        if (System.Numerics.Vector.IsHardwareAccelerated)
        {
            var half = new System.Numerics.Vector<double>(0.5);
            for (; i <= z.Length - System.Numerics.Vector<double>.Count; i += System.Numerics.Vector<double>.Count)
            {
                var v = new System.Numerics.Vector<double>(z[i..]);
                (new System.Numerics.Vector<double>(sum[i..]) - (half * v * v)).CopyTo(sum[i..]);
            }
        }

        for (; i < z.Length; i++)
            sum[i] -= 0.5 * z[i] * z[i];
    }
}

/// <summary>Room for a block of particles, from the array pool.</summary>
internal readonly ref struct RentedBlock(int dimension, int count)
{
    private readonly double[] _rented = ArrayPool<double>.Shared.Rent(Math.Max(1, dimension * count));

    public ParticleBlock Block => new(_rented, dimension, count, count);

    public void Dispose() => ArrayPool<double>.Shared.Return(_rented);
}

/// <summary>What several kinds of models and filters say of observations.</summary>
internal static class Missing
{
    /// <summary>True when every element is NaN.</summary>
    public static bool All(ReadOnlySpan<double> observation)
    {
        foreach (double v in observation)
        {
            if (!double.IsNaN(v))
                return false;
        }

        return true;
    }

    /// <summary>Replaces the rows and columns of missing elements in a covariance by those of the identity, so that they are independent of the others and of weight 1.</summary>
    /// <returns>The number of elements that are present.</returns>
    public static int Mask(ReadOnlySpan<double> observation, Span<double> covariance)
    {
        int p = observation.Length, present = 0;
        for (int i = 0; i < p; i++)
        {
            if (!double.IsNaN(observation[i]))
            {
                present++;
                continue;
            }

            for (int j = 0; j < p; j++)
                covariance[(i * p) + j] = covariance[(j * p) + i] = 0;
            covariance[(i * p) + i] = 1;
        }

        return present;
    }

    /// <summary>True when some element is NaN.</summary>
    public static bool Any(ReadOnlySpan<double> observation)
    {
        foreach (double v in observation)
        {
            if (double.IsNaN(v))
                return true;
        }

        return false;
    }
}
