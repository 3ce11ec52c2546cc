using OptiCore.LinearAlgebra;

namespace OptiCore.Dynamics;

/// <summary>A positive definite function of two states.</summary>
public abstract record StateKernel
{
    /// <summary>The kernel k(x, y).</summary>
    /// <param name="x">A state.</param>
    /// <param name="y">Another one.</param>
    public abstract double Evaluate(ReadOnlySpan<double> x, ReadOnlySpan<double> y);
}

/// <summary>k = exp(-|x - y|^2 / (2 l^2)): infinitely many observables.</summary>
public sealed record GaussianStateKernel : StateKernel
{
    /// <summary>The length scale l. Default: 1.</summary>
    public double LengthScale { get; init => field = Require.Positive(value); } = 1;

    /// <inheritdoc/>
    public override double Evaluate(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double sum = 0;
        for (int i = 0; i < x.Length; i++)
            sum += (x[i] - y[i]) * (x[i] - y[i]);
        return Math.Exp(-0.5 * sum / (LengthScale * LengthScale));
    }
}

/// <summary>k = (1 + x'y / s^2)^degree: all monomials up to a degree, weighted.</summary>
public sealed record PolynomialStateKernel : StateKernel
{
    /// <summary>The degree, at least 1. Default: 2.</summary>
    public int Degree { get; init => field = Require.Positive(value); } = 2;

    /// <summary>What states are divided by. Default: 1.</summary>
    public double Scale { get; init => field = Require.Positive(value); } = 1;

    /// <inheritdoc/>
    public override double Evaluate(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        double product = 1;
        for (int i = 0; i < x.Length; i++)
            product += x[i] * y[i] / (Scale * Scale);
        return Math.Pow(product, Degree);
    }
}

/// <summary>
/// Kernel dynamic mode decomposition: <see cref="ExtendedDmd"/> with the dictionary that a kernel implies, at the cost of the number of states instead of the number of observables.
/// </summary>
/// <remarks>
/// <para>With the Gram matrix k(x_i, x_j) = Q S^2 Q' of the M states, the observables are S^-1 Q' (k(x_1, x), ..., k(x_M, x)), and the operator on them is S^-1 Q' k(y_i, x_j) Q S^-1, as in the paper.</para>
/// <para>As many observables as states fit any data, so residuals on the same data say nothing: give other data for them (algorithm 4 of Colbrook and Townsend), or few observables.</para>
/// <para>Cost: M^2 kernels and 9 M^3 operations.</para>
/// <para>M. O. Williams, C. W. Rowley and I. G. Kevrekidis (2015), A kernel-based method for data-driven Koopman spectral analysis, J. Comput. Dyn. 2, 247-265.</para>
/// </remarks>
[Algorithm("Kernel dynamic mode decomposition", "System identification", "Williams, Rowley, Kevrekidis (2015), A kernel-based method for data-driven Koopman spectral analysis")]
public sealed record KernelDmd
{
    /// <summary>The kernel. Default: Gaussian.</summary>
    public StateKernel Kernel { get; init => field = Require.NotNull(value, nameof(Kernel)); } = new GaussianStateKernel();

    /// <summary>The most observables; null for no limit. Default: null.</summary>
    public int? Rank { get; init => field = value is { } rank ? Require.Positive(rank, nameof(Rank)) : null; }

    /// <summary>Singular values S below this times the largest are dropped. Default: 1e-7.</summary>
    public double Tolerance { get; init => field = Require.InOpen(value, 0, 1); } = 1e-7;

    /// <summary>Fits the operator.</summary>
    /// <param name="data">The series whose states make the dictionary.</param>
    /// <param name="other">The series on which operator and residuals are computed; null for the same.</param>
    /// <exception cref="ArgumentException">There is no pair of states, or the dimensions differ.</exception>
    public KoopmanModel Fit(TimeSeries data, TimeSeries? other = null)
    {
        TimeSeries second = other ?? Require.NotNull(data);
        if (second.Dimension != data.Dimension)
            throw new ArgumentException($"The series have {data.Dimension} and {second.Dimension} variables.", nameof(other));
        return new ExtendedDmd { Library = Features(data), Tolerance = 0 }.Fit(second);
    }

    /// <summary>The dictionary of the leading observables.</summary>
    /// <param name="data">The series; the states that have successors make the dictionary.</param>
    public FeatureLibrary Features(TimeSeries data)
    {
        Require.NotNull(data);
        (double[] x, _, _) = data.Pairs();
        int m = data.PairCount, n = data.Dimension;
        if (m < 1)
            throw new ArgumentException($"The series has {data.Count} states in {data.Pieces} pieces: there is no pair of successive ones.", nameof(data));
        var gram = new double[m * m];
        for (int i = 0; i < m; i++)
        {
            for (int j = 0; j <= i; j++)
                gram[(i * m) + j] = gram[(j * m) + i] = Kernel.Evaluate(x.AsSpan(i * n, n), x.AsSpan(j * n, n));
        }

        var eigen = new SymmetricEigen<double>(m);
        if (!eigen.Factor(gram))
            throw new InvalidOperationException("The eigenvalues of the Gram matrix weren't found.");
        double cut = Tolerance * Tolerance * eigen.Values[^1];
        int r = 0, most = Math.Min(m, Rank ?? m);
        while (r < most && eigen.Values[m - 1 - r] > cut)
            r++;
        if (r == 0)
            throw new ArgumentException("The kernel is 0 at all states.", nameof(data));
        var weights = new double[r * m];
        for (int k = 0; k < r; k++)
        {
            double root = Math.Sqrt(eigen.Values[m - 1 - k]);
            ReadOnlySpan<double> vector = eigen.Vector(m - 1 - k);
            for (int i = 0; i < m; i++)
                weights[(k * m) + i] = vector[i] / root;
        }

        return new KernelFeatures(Kernel, x, n, weights);
    }

    private sealed record KernelFeatures(StateKernel Kernel, double[] States, int Dimension, double[] Weights) : FeatureLibrary
    {
        public override int Count(int dimension) => dimension == Dimension
            ? Weights.Length / (States.Length / Dimension)
            : throw new ArgumentOutOfRangeException(nameof(dimension), dimension, $"The states have {Dimension} variables.");

        public override void Evaluate(ReadOnlySpan<double> x, Span<double> features)
        {
            int m = States.Length / Dimension;
            Span<double> kernels = m <= StackLimit ? stackalloc double[m] : new double[m];
            for (int i = 0; i < m; i++)
                kernels[i] = Kernel.Evaluate(States.AsSpan(i * Dimension, Dimension), x);
            Blas.Gemv(false, features.Length, m, 1.0, Weights, m, kernels, 0.0, features);
        }

        public override string Name(int feature, ReadOnlySpan<string> variables) => FormattableString.Invariant($"kernel{feature}");
    }
}
