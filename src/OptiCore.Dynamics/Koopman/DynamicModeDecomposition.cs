using System.Numerics;
using OptiCore.LinearAlgebra;

namespace OptiCore.Dynamics;

/// <summary>Which data the amplitudes of dynamic modes are fitted to.</summary>
public enum ModeAmplitudes
{
    /// <summary>The first state: the least squares of Phi b = x_0.</summary>
    FirstState,

    /// <summary>All states of the first piece: the least squares of sum_k |Phi Lambda^k b - x_k|^2 (Jovanović, Schmid and Nichols 2014, Sparsity-promoting dynamic mode decomposition).</summary>
    AllStates,
}

/// <summary>
/// Dynamic mode decomposition: the linear map y = A x (or y = A x + B u, where the series has inputs) that fits all pairs of successive states best, by its eigenvalues and modes.
/// <code>
/// DynamicModes modes = new DynamicModeDecomposition { Rank = RankRule.Fixed(4) }.Fit(data);
/// Console.WriteLine(modes);                                       // frequencies, growth rates, amplitudes
/// modes.Forecast(data.States, forecast);
/// </code>
/// </summary>
/// <remarks>
/// <para>With pairs as rows of X and Y and X = U S V' cut at rank r, the map on the r leading coordinates is V'Y'U S^-1; with its eigenpairs (lambda, w) the exact modes are Y'U S^-1 w / lambda, the
/// eigenvectors of A = Y'U S^-1 V' of nonzero eigenvalues.</para>
/// <para>Noise in X biases eigenvalues towards 0: <see cref="TotalLeastSquares"/> removes the bias of white noise, <see cref="OptimizedDmd"/> the amplification of noise altogether. Few
/// variables with many frequencies need <see cref="Delays"/>: with d delays, the Hankel matrix has n d columns.</para>
/// <para>Cost: the singular values of an m x n d matrix, some 6 m (n d)^2 operations or with both exchanged, and an eigenvalue problem of order r.</para>
/// <para>J. H. Tu, C. W. Rowley, D. M. Luchtenburg, S. L. Brunton and J. N. Kutz (2014), On dynamic mode decomposition: theory and applications, J. Comput. Dyn. 1, 391-421. Total least squares:
/// M. S. Hemati, C. W. Rowley, E. A. Deem and L. N. Cattafesta (2017), De-biasing the dynamic mode decomposition for applied Koopman spectral analysis; S. T. M. Dawson, M. S. Hemati,
/// M. O. Williams and C. W. Rowley (2016), Characterizing and correcting for the effect of sensor noise in the dynamic mode decomposition. Inputs, with B known or not: J. L. Proctor, S. L. Brunton and
/// J. N. Kutz (2016), Dynamic mode decomposition with control. Delays: H. Arbabi and I. Mezić (2017), Ergodic theory, dynamic mode decomposition, and computation of spectral properties of the
/// Koopman operator.</para>
/// </remarks>
[Algorithm(
    "Dynamic mode decomposition", "System identification", "Tu, Rowley, Luchtenburg, Brunton, Kutz (2014), On dynamic mode decomposition: theory and applications",
    Capabilities = "total least squares, delays, control inputs, optimal hard threshold")]
public sealed record DynamicModeDecomposition
{
    /// <summary>The rank of the map. Default: all that isn't rounding.</summary>
    public RankRule Rank { get; init => field = Require.NotNull(value, nameof(Rank)); } = RankRule.Full;

    /// <summary>The rank of states and inputs together, for series with inputs (p in Proctor et al.). Default: all that isn't rounding.</summary>
    public RankRule InputRank { get; init => field = Require.NotNull(value, nameof(InputRank)); } = RankRule.Full;

    /// <summary>
    /// B, n d x p, row-major, where the effect of the inputs is known: A alone is fitted, to y - B u, by whatever the other options say. Empty to fit both. Default: empty.
    /// </summary>
    public ReadOnlyMemory<double> InputMatrix
    {
        get;
        init
        {
            Require.AllFinite(value.Span, nameof(InputMatrix));
            field = value.ToArray();
        }
    }

    /// <summary>Whether both X and Y are projected on the r leading left singular vectors of [X Y] first. Not together with inputs, unless their effect is known. Default: no.</summary>
    public bool TotalLeastSquares { get; init; }

    /// <summary>The number of successive states in one row, at least 1. Default: 1.</summary>
    public int Delays { get; init => field = Require.Positive(value); } = 1;

    /// <summary>What amplitudes are fitted to. Default: the first state.</summary>
    public ModeAmplitudes Amplitudes { get; init => field = Require.Defined(value); }

    /// <summary>Fits the map.</summary>
    /// <param name="data">The series, with at least one pair of states, a pair of delay vectors with <see cref="Delays"/>.</param>
    /// <exception cref="ArgumentException">There are too few states, or <see cref="InputMatrix"/> has another size.</exception>
    /// <exception cref="InvalidOperationException">Total least squares is asked for with inputs of unknown effect.</exception>
    public DynamicModes Fit(TimeSeries data)
    {
        Require.NotNull(data);
        bool knowsInput = !InputMatrix.IsEmpty;
        if (TotalLeastSquares && data.InputDimension > 0 && !knowsInput)
            throw new InvalidOperationException("Total least squares isn't defined for series with inputs whose effect isn't known.");
        TimeSeries delayed = data.Delayed(Delays);
        int m = delayed.PairCount, n = delayed.Dimension;
        if (m < 1)
            throw new ArgumentException($"The series has {data.Count} states in {data.Pieces} pieces: there is no pair of successive ones.", nameof(data));
        (double[] x, double[] y, double[] u) = delayed.Pairs();
        double[] input = knowsInput ? RemoveInputs(y, u, m, n, data.InputDimension) : [];
        Projection projection = data.InputDimension > 0 && !knowsInput ? WithInputs(x, y, u, m, n, data.InputDimension)
            : (TotalLeastSquares ? Debiased(x, y, m, n) : Exact(x, y, m, n)) with { Input = input };
        int r = projection.Rank;
        if (!ComplexSystem.TryEigen(projection.Reduced, r, out Complex[] values, out Complex[] vectors))
            throw new InvalidOperationException("The eigenvalues of the map weren't found.");
        var modes = new Complex[r * n];
        for (int j = 0; j < r; j++)
        {
            // Exact modes are those of the whole map; an eigenvalue 0 leaves only the projected one.
            bool exact = values[j] != Complex.Zero;
            double[] basis = exact ? projection.Forward : projection.Basis;
            for (int k = 0; k < r; k++)
            {
                Complex weight = exact ? vectors[(k * r) + j] / values[j] : vectors[(k * r) + j];
                for (int i = 0; i < n; i++)
                    modes[(j * n) + i] += weight * basis[(k * n) + i];
            }
        }

        var amplitudes = new Complex[r];
        FitAmplitudes(delayed, modes, values, amplitudes);
        return new DynamicModes(data.Dimension, Delays, data.Step, values, modes, amplitudes, projection.Basis, projection.Forward, projection.Input, data.InputDimension, projection.Values);
    }

    /// <summary>What a fit gives: A = Forward' Basis and A reduced to the basis.</summary>
    /// <param name="Rank">The rank r.</param>
    /// <param name="Reduced">The reduced map, r x r.</param>
    /// <param name="Basis">The coordinates' rows, r x n.</param>
    /// <param name="Forward">What the coordinates become, r x n.</param>
    /// <param name="Input">B', p x n.</param>
    /// <param name="Values">The singular values.</param>
    private sealed record Projection(int Rank, double[] Reduced, double[] Basis, double[] Forward, double[] Input, double[] Values);

    /// <summary>y - B u, row by row.</summary>
    /// <returns>B', p x n.</returns>
    private double[] RemoveInputs(double[] y, double[] u, int m, int n, int p)
    {
        Require.Length(InputMatrix.Length, checked(n * p), nameof(InputMatrix));
        ReadOnlySpan<double> b = InputMatrix.Span;
        Blas.Gemm(false, true, m, n, p, -1.0, u, p, b, p, 1.0, y, n);
        double[] transposed = new double[p * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < p; j++)
                transposed[(j * n) + i] = b[(i * p) + j];
        }

        return transposed;
    }

    private Projection Exact(double[] x, double[] y, int m, int n)
    {
        Svd<double> svd = Decompose(x, m, n);
        int r = Rank.ChooseFor(svd);
        double[] basis = svd.RightRows[..(r * n)].ToArray(), forward = new double[r * n];
        Blas.Gemm(false, false, r, n, m, 1.0, svd.LeftRows, m, y, n, 0.0, forward, n);
        DivideRows(forward, svd.Values, r, n);
        return new Projection(r, Reduce(basis, forward, r, n), basis, forward, [], svd.Values.ToArray());
    }

    private Projection Debiased(double[] x, double[] y, int m, int n)
    {
        var stacked = new double[m * 2 * n];
        for (int i = 0; i < m; i++)
        {
            x.AsSpan(i * n, n).CopyTo(stacked.AsSpan(i * 2 * n));
            y.AsSpan(i * n, n).CopyTo(stacked.AsSpan(((i * 2) + 1) * n));
        }

        Svd<double> svd = Decompose(stacked, m, 2 * n);

        // Beyond n directions in time nothing would be projected away.
        int r = Math.Min(n, Rank.ChooseFor(svd));
        ReadOnlySpan<double> left = svd.LeftRows[..(r * m)];
        double[] smallX = new double[r * n], smallY = new double[r * n];
        Blas.Gemm(false, false, r, n, m, 1.0, left, m, x, n, 0.0, smallX, n);
        Blas.Gemm(false, false, r, n, m, 1.0, left, m, y, n, 0.0, smallY, n);

        // U U'X and U'X have the same right singular vectors and values, and the map is the same.
        return (this with { Rank = RankRule.Fixed(r) }).Exact(smallX, smallY, r, n) with { Values = svd.Values.ToArray() };
    }

    private Projection WithInputs(double[] x, double[] y, double[] u, int m, int n, int p)
    {
        int width = n + p;
        var stacked = new double[m * width];
        for (int i = 0; i < m; i++)
        {
            x.AsSpan(i * n, n).CopyTo(stacked.AsSpan(i * width));
            u.AsSpan(i * p, p).CopyTo(stacked.AsSpan((i * width) + n));
        }

        Svd<double> both = Decompose(stacked, m, width), output = Decompose(y, m, n);
        int q = InputRank.ChooseFor(both), r = Rank.ChooseFor(output);

        // [A B] = Y'U S^-1 V', its parts on the output's leading directions.
        double[] forwardAll = new double[q * n], map = new double[n * width];
        Blas.Gemm(false, false, q, n, m, 1.0, both.LeftRows, m, y, n, 0.0, forwardAll, n);
        DivideRows(forwardAll, both.Values, q, n);
        Blas.Gemm(true, false, n, width, q, 1.0, forwardAll, n, both.RightRows, width, 0.0, map, width);
        double[] basis = output.RightRows[..(r * n)].ToArray(), forward = new double[r * n], input = new double[p * n];
        for (int i = 0; i < n; i++)
        {
            for (int k = 0; k < r; k++)
            {
                double sum = 0;
                for (int j = 0; j < n; j++)
                    sum += map[(i * width) + j] * basis[(k * n) + j];
                forward[(k * n) + i] = sum;
            }

            for (int j = 0; j < p; j++)
                input[(j * n) + i] = map[(i * width) + n + j];
        }

        return new Projection(r, Reduce(basis, forward, r, n), basis, forward, input, both.Values.ToArray());
    }

    /// <summary>The map on the coordinates, Basis Forward'.</summary>
    private static double[] Reduce(double[] basis, double[] forward, int r, int n)
    {
        var reduced = new double[r * r];
        Blas.Gemm(false, true, r, r, n, 1.0, basis, n, forward, n, 0.0, reduced, r);
        return reduced;
    }

    private static Svd<double> Decompose(double[] a, int m, int n)
    {
        var svd = new Svd<double>(m, n);
        return svd.Factor(a) ? svd : throw new InvalidOperationException("The singular values of the data weren't found.");
    }

    private static void DivideRows(double[] rows, ReadOnlySpan<double> by, int r, int n)
    {
        for (int k = 0; k < r; k++)
        {
            for (int i = 0; i < n; i++)
                rows[(k * n) + i] /= by[k];
        }
    }

    private void FitAmplitudes(TimeSeries data, Complex[] modes, Complex[] values, Complex[] amplitudes)
    {
        int n = data.Dimension, r = values.Length;
        if (Amplitudes == ModeAmplitudes.FirstState)
        {
            Complex[] matrix = new Complex[n * r], right = new Complex[n];
            for (int i = 0; i < n; i++)
            {
                right[i] = data[0][i];
                for (int j = 0; j < r; j++)
                    matrix[(i * r) + j] = modes[(j * n) + i];
            }

            ComplexSystem.LeastSquares(matrix, n, r, right, 1).CopyTo(amplitudes, 0);
            return;
        }

        // Normal equations, sum_k Lambda*^k Phi*Phi Lambda^k b = sum_k Lambda*^k Phi*x_k, as in the paper.
        Complex[] gram = new Complex[r * r], system = new Complex[r * r], side = new Complex[r], power = new Complex[r];
        for (int a = 0; a < r; a++)
        {
            for (int b = 0; b < r; b++)
            {
                for (int i = 0; i < n; i++)
                    gram[(a * r) + b] += Complex.Conjugate(modes[(a * n) + i]) * modes[(b * n) + i];
            }
        }

        Array.Fill(power, Complex.One);
        for (int k = 0; k < data.Piece(0).Count; k++)
        {
            ReadOnlySpan<double> state = data[k];
            for (int a = 0; a < r; a++)
            {
                Complex projected = Complex.Zero;
                for (int i = 0; i < n; i++)
                    projected += Complex.Conjugate(modes[(a * n) + i]) * state[i];
                side[a] += Complex.Conjugate(power[a]) * projected;
                for (int b = 0; b < r; b++)
                    system[(a * r) + b] += Complex.Conjugate(power[a]) * gram[(a * r) + b] * power[b];
            }

            for (int a = 0; a < r; a++)
                power[a] *= values[a];
        }

        ComplexSystem.LeastSquares(system, r, r, side, 1).CopyTo(amplitudes, 0);
    }
}
