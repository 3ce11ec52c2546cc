using OptiCore.LinearAlgebra;

namespace OptiCore.Dynamics;

/// <summary>
/// Extended dynamic mode decomposition: the Koopman operator, which takes an observable g to g after one step, on the span of a dictionary, with a residual for every eigenpair.
/// <code>
/// KoopmanModel model = new ExtendedDmd { Library = new HermiteFeatures { Degree = 8 } }.Fit(data);
/// int[] trusted = model.Accepted(0.01);                          // eigenpairs of the operator, not of its truncation
/// model.Forecast(data.States, forecast);
/// </code>
/// </summary>
/// <remarks>
/// <para>With the dictionary's values Psi_x at states, Psi_y at their successors and quadrature weights W, the matrix K minimises |W^1/2 (Psi_y - Psi_x K)|. The dictionary is made
/// orthonormal by the singular value decomposition of W^1/2 Psi_x; directions below <see cref="Tolerance"/> are dropped.</para>
/// <para>Eigenvalues of K needn't be near the operator's spectrum however large the dictionary is. The residual of an eigenpair, |U g - lambda g| / |g| in L^2 of the weights, needs only the same
/// data, since |U g|^2 is an average over successors: pairs with a large one are spurious, and min over g for any z is the approximate point pseudospectrum. Nothing is squared here: with
/// Psi_y = Q K + R, Q'R = 0, the residual of coordinates v is |((K - z) v; T v)| / |v|, where T is the triangular factor of R, and the smallest singular value gives the minimum.</para>
/// <para>Cost: 6 M N^2 operations for M pairs and N functions, and an eigenvalue problem of order N.</para>
/// <para>M. O. Williams, I. G. Kevrekidis and C. W. Rowley (2015), A data-driven approximation of the Koopman operator: extending dynamic mode decomposition, J. Nonlinear Sci. 25,
/// 1307-1346; M. J. Colbrook and A. Townsend (2024), Rigorous data-driven computation of spectral properties of Koopman operators for dynamical systems, Comm. Pure Appl. Math. 77,
/// 221-283, algorithms 1 to 3; M. J. Colbrook, I. Mezić and A. Stepanenko (2024), Limits and powers of Koopman learning.</para>
/// </remarks>
[Algorithm(
    "Extended dynamic mode decomposition", "System identification", "Williams, Kevrekidis, Rowley (2015), A data-driven approximation of the Koopman operator",
    Capabilities = "residuals, pseudospectra (Colbrook, Townsend 2024)")]
public sealed record ExtendedDmd
{
    /// <summary>The dictionary. Default: monomials to degree 2.</summary>
    public FeatureLibrary Library { get; init => field = Require.NotNull(value, nameof(Library)); } = new MonomialFeatures();

    /// <summary>Singular values below this times the largest are dropped. Default: 1e-12.</summary>
    public double Tolerance { get; init => field = Require.InHalfOpen(value, 0, 1); } = 1e-12;

    /// <summary>Fits the operator.</summary>
    /// <param name="data">The series, with at least one pair; pieces of two states are pairs of their own.</param>
    /// <param name="weights">The weights of the pairs as nodes of a quadrature, positive; empty for equal ones.</param>
    /// <exception cref="ArgumentException">There is no pair, the number of weights is wrong, one isn't positive, or the dictionary isn't finite at a state.</exception>
    public KoopmanModel Fit(TimeSeries data, ReadOnlySpan<double> weights = default)
    {
        Require.NotNull(data);
        int m = data.PairCount, n = data.Dimension;
        if (m < 1)
            throw new ArgumentException($"The series has {data.Count} states in {data.Pieces} pieces: there is no pair of successive ones.", nameof(data));
        if (!weights.IsEmpty)
            Require.Length(weights.Length, m, nameof(weights));
        (double[] x, double[] y, _) = data.Pairs();
        int count = Library.Count(n);
        double[] psiX = Library.Matrix(x, n), psiY = Library.Matrix(y, n);
        Require.AllFinite<double>(psiX, nameof(data));
        Require.AllFinite<double>(psiY, nameof(data));
        double total = 0;
        foreach (double weight in weights)
            total += Require.Positive(weight, nameof(weights));
        for (int i = 0; i < m; i++)
        {
            double root = Math.Sqrt(weights.IsEmpty ? 1.0 / m : weights[i] / total);
            Scale(psiX.AsSpan(i * count, count), root);
            Scale(psiY.AsSpan(i * count, count), root);
            Scale(x.AsSpan(i * n, n), root);
        }

        var svd = new Svd<double>(m, count);
        if (!svd.Factor(psiX))
            throw new InvalidOperationException("The singular values of the dictionary weren't found.");
        int r = svd.Rank(Math.Max(Tolerance, Math.Max(m, count) * 2.220446049250313e-16));
        if (r == 0)
            throw new ArgumentException("Every function of the dictionary is 0 at every state.", nameof(data));

        // Orthonormal observables q = lift' psi.
        double[] lift = new double[r * count], images = new double[m * r], map = new double[r * r], state = new double[r * n];
        for (int k = 0; k < r; k++)
        {
            for (int j = 0; j < count; j++)
                lift[(k * count) + j] = svd.RightRows[(k * count) + j] / svd.Values[k];
        }

        ReadOnlySpan<double> q = svd.LeftRows[..(r * m)];
        Blas.Gemm(false, true, m, r, count, 1.0, psiY, count, lift, count, 0.0, images, r);
        Blas.Gemm(false, false, r, r, m, 1.0, q, m, images, r, 0.0, map, r);
        Blas.Gemm(false, false, r, n, m, 1.0, q, m, x, n, 0.0, state, n);

        // What of the images lies outside of the span, as a triangular factor with the same norms.
        Blas.Gemm(true, false, m, r, r, -1.0, q, m, map, r, 1.0, images, r);
        var rest = new double[r * r];
        var qr = new Qr<double>(m, r);
        qr.Factor(images);
        qr.CopyR(rest);
        return new KoopmanModel(Library, n, data.Step, lift, map, rest, state, svd.Values.ToArray());
    }

    private static void Scale(Span<double> values, double by)
    {
        for (int i = 0; i < values.Length; i++)
            values[i] *= by;
    }
}
