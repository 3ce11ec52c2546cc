using System.Numerics;
using OptiCore.Neighbors;

namespace OptiCore.KernelMethods;

/// <summary>The families of kernels that depend on the difference of two points only.</summary>
public enum KernelFamily
{
    /// <summary>exp(-(gamma r)^2 / 2) with the Euclidean distance r.</summary>
    Gaussian,

    /// <summary>exp(-gamma r) with the Manhattan distance r, a product of one factor for each coordinate.</summary>
    Laplacian,

    /// <summary>2^(1 - nu) / Gamma(nu) s^nu K_nu(s) with s = sqrt(2 nu) gamma r and the Euclidean distance r.</summary>
    Matern,
}

/// <summary>A positive definite kernel k(x - y) with k(0) = 1, which is the characteristic function of a distribution of frequencies (S. Bochner).</summary>
public sealed record ShiftInvariantKernel
{
    private ShiftInvariantKernel(KernelFamily family, double gamma, double smoothness)
    {
        Family = family;
        Gamma = gamma;
        Smoothness = smoothness;
    }

    /// <summary>The family.</summary>
    public KernelFamily Family { get; }

    /// <summary>The reciprocal of the length over which the kernel falls off.</summary>
    public double Gamma { get; }

    /// <summary>nu of the Matern kernel: 1/2 gives exp(-gamma r), infinity would be the Gaussian. NaN for the other families.</summary>
    public double Smoothness { get; }

    /// <summary>exp(-(gamma r)^2 / 2), whose frequencies are normal.</summary>
    /// <param name="gamma">The reciprocal length, positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive and finite.</exception>
    public static ShiftInvariantKernel Gaussian(double gamma) => new(KernelFamily.Gaussian, Require.Positive(gamma, nameof(gamma)), double.NaN);

    /// <summary>exp(-gamma sum_j |x_j - y_j|), whose frequencies are Cauchy in each coordinate.</summary>
    /// <param name="gamma">The reciprocal length, positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">The value is not positive and finite.</exception>
    public static ShiftInvariantKernel Laplacian(double gamma) => new(KernelFamily.Laplacian, Require.Positive(gamma, nameof(gamma)), double.NaN);

    /// <summary>The Matern kernel, whose frequencies follow the multivariate t law with 2 nu degrees of freedom.</summary>
    /// <param name="smoothness">nu, positive.</param>
    /// <param name="gamma">The reciprocal length, positive.</param>
    /// <exception cref="ArgumentOutOfRangeException">A value is not positive and finite.</exception>
    public static ShiftInvariantKernel Matern(double smoothness, double gamma) =>
        new(KernelFamily.Matern, Require.Positive(gamma, nameof(gamma)), Require.Positive(smoothness, nameof(smoothness)));

    /// <summary>The kernel of two points.</summary>
    /// <typeparam name="T">The element type.</typeparam>
    /// <param name="x">One point.</param>
    /// <param name="y">The other.</param>
    /// <exception cref="ArgumentException">The lengths differ.</exception>
    public double Evaluate<T>(ReadOnlySpan<T> x, ReadOnlySpan<T> y) where T : unmanaged, IFloatingPointIeee754<T>
    {
        Require.Length(y.Length, x.Length, nameof(y));
        if (x.IsEmpty)
            return 1;
        if (Family == KernelFamily.Laplacian)
            return Math.Exp(-Gamma * double.CreateTruncating(PointKernels.PowerSum(default(ManhattanMetric<T>), in x[0], in y[0], x.Length)));
        double squared = double.CreateTruncating(PointKernels.PowerSum(default(EuclideanMetric<T>), in x[0], in y[0], x.Length));
        if (Family == KernelFamily.Gaussian)
            return Math.Exp(-Gamma * Gamma * squared / 2);
        double s = Math.Sqrt(2 * Smoothness * squared) * Gamma;
        return s == 0 ? 1 : double.IsInfinity(s) ? 0 : Math.Min(1, Math.Exp(
            ((1 - Smoothness) * Math.Log(2)) - SpecialFunctions.LogGamma(Smoothness) + (Smoothness * Math.Log(s)) + SpecialFunctions.LogBesselK(Smoothness, s)));
    }
}
