using OptiCore.LinearAlgebra;
using OptiCore.Numerics;

namespace OptiCore.Dynamics;

/// <summary>
/// Reservoir computing with an echo state network: r_k = (1 - a) r_k-1 + a tanh(A r_k-1 + B u_k + c) with a fixed sparse random matrix A scaled to a spectral radius, fixed random B and c, and a readout
/// u_k+1 = W (1, r_k, r_k^2) by ridge regression, the only part that is learned.
/// <code>
/// EchoStateModel model = new EchoStateNetwork { Size = 500, SpectralRadius = 0.9 }.Fit(train);
/// model.Forecast(train.States, forecast);
/// </code>
/// </summary>
/// <remarks>
/// <para>The states are standardised first, so that options don't depend on units. Each unit has <see cref="Degree"/> incoming connections with weights uniform in (-1, 1); the spectral radius is measured exactly
/// up to 200 units, above by the growth of 3000 powers after 1000, good to some 0.1 %.</para>
/// <para>Squares of every second unit in the readout break the symmetry u -> -u of the tanh (Lu et al. 2017, Reservoir observers).</para>
/// <para>Cost of a fit: m N^2 + N^3 / 3 operations for N units and m states; of a predicted step: 2 N (degree + 2 n).</para>
/// <para>H. Jaeger (2001), The "echo state" approach to analysing and training recurrent neural networks; H. Jaeger and H. Haas (2004), Harnessing nonlinearity; J. Pathak, B. Hunt,
/// M. Girvan, Z. Lu and E. Ott (2018), Model-free prediction of large spatiotemporally chaotic systems from data: a reservoir computing approach; leaky units: M. Lukoševičius (2012), A practical guide
/// to applying echo state networks.</para>
/// </remarks>
[Algorithm("Echo state network", "Forecasting", "Jaeger (2001), The echo state approach to analysing and training recurrent neural networks", Capabilities = "leaky units, squared readout")]
public sealed record EchoStateNetwork
{
    /// <summary>The number N of units. Default: 300.</summary>
    public int Size { get; init => field = Require.Positive(value); } = 300;

    /// <summary>The spectral radius of A. Default: 0.9.</summary>
    public double SpectralRadius { get; init => field = Require.Positive(value); } = 0.9;

    /// <summary>The number of connections that come into a unit; at most the number of units is used. Default: 6.</summary>
    public int Degree { get; init => field = Require.Positive(value); } = 6;

    /// <summary>The weights of the inputs are uniform in (-s, s). Default: 0.1.</summary>
    public double InputScale { get; init => field = Require.Positive(value); } = 0.1;

    /// <summary>The biases c are uniform in (-s, s). Default: 0.1.</summary>
    public double BiasScale { get; init => field = Require.NonNegative(value); } = 0.1;

    /// <summary>The leaking rate a, in (0, 1]; 1 forgets the unit's own past. Default: 1.</summary>
    public double Leak { get; init => field = Require.InOpenClosed(value, 0, 1); } = 1;

    /// <summary>The ridge, per state that is fitted, on standardised targets. Default: 1e-8.</summary>
    public double Ridge { get; init => field = Require.Positive(value); } = 1e-8;

    /// <summary>The number of states of a piece, or of a history, that only drive the network. Default: 100.</summary>
    public int Washout { get; init => field = Require.NonNegative(value); } = 100;

    /// <summary>Whether every second unit enters the readout squared. Default: yes.</summary>
    public bool SquareReadout { get; init; } = true;

    /// <summary>The randomness of the matrices.</summary>
    public RandomKey Key { get; init; } = RandomKey.FromSeed(0);

    /// <summary>Makes the network and fits the readout.</summary>
    /// <param name="data">The series.</param>
    /// <exception cref="ArgumentException">No piece is longer than the washout and one step.</exception>
    public EchoStateModel Fit(TimeSeries data)
    {
        Require.NotNull(data);
        int n = data.Dimension, width = Size + 1;
        double[] means = new double[n], scales = new double[n], column = new double[data.Count];
        for (int j = 0; j < n; j++)
        {
            for (int i = 0; i < column.Length; i++)
                column[i] = data[i][j];
            (double mean, double variance) = Numerics.Reduce.MeanAndVariance<double>(column, unbiased: false);
            (means[j], scales[j]) = (mean, variance > 0 ? Math.Sqrt(variance) : 1);
        }

        double[] input = new double[Size * n], bias = new double[Size], weights = new double[n * width];
        Spread(Key.Fold("input"), InputScale, input);
        Spread(Key.Fold("bias"), BiasScale, bias);
        var model = new EchoStateModel(this, Reservoir(), input, bias, weights, means, scales);
        var state = new EchoState(model);

        // Normal equations in blocks of rows: the ridge bounds their condition.
        const int Block = 256;
        double[] gram = new double[width * width], side = new double[width * n], rows = new double[Block * width], targets = new double[Block * n];
        int filled = 0, total = 0;
        for (int piece = 0; piece < data.Pieces; piece++)
        {
            (int start, int count) = data.Piece(piece);
            state.Reset();
            for (int i = 0; i < count - 1; i++)
            {
                state.Observe(data[start + i]);
                if (i < Washout)
                    continue;
                state.CopyFeatures(rows.AsSpan(filled * width, width));
                for (int j = 0; j < n; j++)
                    targets[(filled * n) + j] = (data[start + i + 1][j] - means[j]) / scales[j];
                total++;
                if (++filled == Block)
                    Add(ref filled);
            }
        }

        Add(ref filled);
        if (total == 0)
            throw new ArgumentException($"No piece is longer than the washout of {Washout} states and one step.", nameof(data));
        for (int i = 0; i < width; i++)
            gram[(i * width) + i] += Ridge * total;
        if (!Cholesky.TryFactor<double>(gram, width))
            throw new InvalidOperationException("The ridge regression of the readout isn't positive definite: raise the ridge.");
        Cholesky.Solve<double>(gram, width, width, side, n, n);
        for (int i = 0; i < width; i++)
        {
            for (int j = 0; j < n; j++)
                weights[(j * width) + i] = side[(i * n) + j];
        }

        return model;

        void Add(ref int count)
        {
            Blas.Syrk(Triangle.Lower, true, width, count, 1.0, rows, width, 1.0, gram, width);
            Blas.Gemm(true, false, width, n, count, 1.0, rows, width, targets, n, 1.0, side, n);
            count = 0;
        }
    }

    /// <summary>The matrix A.</summary>
    private CsrMatrix<double> Reservoir()
    {
        int degree = Math.Min(Degree, Size);
        int[] i = new int[Size * degree], j = new int[Size * degree], order = new int[Size];
        double[] values = new double[Size * degree];
        Spread(Key.Fold("weights"), 1, values);
        for (int row = 0; row < Size; row++)
        {
            for (int k = 0; k < Size; k++)
                order[k] = k;

            // The first steps of a shuffle choose without replacement.
            RandomStream stream = Key.Fold("connections").Fold(row).Stream();
            for (int k = 0; k < degree; k++)
            {
                int other = stream.NextInt32(k, Size);
                (order[k], order[other]) = (order[other], order[k]);
                (i[(row * degree) + k], j[(row * degree) + k]) = (row, order[k]);
            }
        }

        CsrMatrix<double> matrix = CsrMatrix<double>.FromTriplets(Size, Size, i, j, values);
        double radius = Radius(matrix);
        if (!(radius > 1e-12))
            throw new InvalidOperationException("The random matrix is nilpotent and can't be scaled: use more connections or another key.");
        foreach (ref double value in matrix.Values)
            value *= SpectralRadius / radius;
        return matrix;
    }

    /// <summary>The spectral radius of a matrix.</summary>
    internal static double Radius(CsrMatrix<double> matrix)
    {
        int n = matrix.Rows;
        if (n <= 200)
        {
            var dense = new double[n * n];
            matrix.ToDense(dense);
            var eigen = new GeneralEigen<double>(n, EigenvectorSides.None);
            if (!eigen.Factor(dense))
                throw new InvalidOperationException("The eigenvalues of the reservoir weren't found.");
            double largest = 0;
            for (int k = 0; k < n; k++)
                largest = Math.Max(largest, double.Hypot(eigen.RealParts[k], eigen.ImaginaryParts[k]));
            return largest;
        }

        // A single power oscillates where the leading eigenvalues are a pair; the mean growth over many doesn't.
        const int First = 1000, Powers = 3000;
        double[] v = new double[n], next = new double[n];
        Spread(RandomKey.FromSeed(1), 1, v);
        double growth = 0;
        for (int k = 0; k < First + Powers; k++)
        {
            matrix.Apply(v, next);
            double norm = Reduce.Norm<double>(next);
            if (norm == 0)
                return 0;
            for (int i = 0; i < n; i++)
                v[i] = next[i] / norm;
            if (k >= First)
                growth += Math.Log(norm);
        }

        return Math.Exp(growth / Powers);
    }

    private static void Spread(RandomKey key, double scale, Span<double> values)
    {
        Randomness.RandomFill.Uniform(key, values);
        foreach (ref double value in values)
            value = scale * ((2 * value) - 1);
    }
}
