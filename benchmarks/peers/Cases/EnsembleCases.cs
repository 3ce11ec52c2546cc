using System.Buffers;
using System.Globalization;
using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.Samplers;

namespace OptiCore.Peers.Cases;

/// <summary>
/// Transitions of the stretch move against emcee, of the same target, walkers and number of steps. emcee evaluates all walkers of a half in one call of NumPy (<c>vectorize=True</c>), ours in one call of
/// <see cref="IBatchFunction{T}.Values"/>; both keep all draws and their log densities.
/// </summary>
internal static class EnsembleCases
{
    private const int Steps = 200;

    public static IEnumerable<PeerCase> All =>
    [
        Normal(5, 32),
        Normal(10, 64),
        new PeerCase($"stretch move, regression n=4, 200 rows, 32 walkers, {Steps} steps", "emcee", () => Regression(4, 200, 32)),
    ];

    private static PeerCase Normal(int n, int walkers) => new($"stretch move, normal n={n}, {walkers} walkers, {Steps} steps", "emcee", () =>
    {
        double[] precision = new double[n * n];

        // The inverse of the correlations 0.8^|i - j| is tridiagonal.
        for (int i = 0; i < n; i++)
        {
            precision[(i * n) + i] = (i is 0 || i == n - 1 ? 1 : 1.64) / 0.36;
            if (i > 0)
                precision[(i * n) + i - 1] = precision[((i - 1) * n) + i] = -0.8 / 0.36;
        }

        return Contest(n, walkers, new NormalDensity(n, precision), "log_density = lambda x: -0.5 * np.einsum('ij,ij->i', x @ precision, x)", [PeerArray.Of<double>("precision", precision, n, n)]);
    });

    private static Contest Regression(int n, int rows, int walkers)
    {
        double[] design = new double[rows * n], y = new double[rows];
        RandomStream stream = RandomKey.FromSeed(1).Stream();
        for (int i = 0; i < rows; i++)
        {
            y[i] = stream.NextNormal();
            for (int k = 0; k < n; k++)
                y[i] += (k + 1) * (design[(i * n) + k] = stream.NextNormal());
        }

        return Contest(n, walkers, new RegressionDensity(n, design, y), "log_density = lambda w: -0.5 * ((y[:, None] - design @ w.T) ** 2).sum(0) - 0.005 * (w ** 2).sum(1)", [PeerArray.Of<double>("design", design, rows, n), PeerArray.Of<double>("y", y)]);
    }

    private static Contest Contest(int n, int walkers, IFunction<double> density, string theirs, IReadOnlyList<PeerArray> arrays)
    {
        double[][] starts = new double[walkers][];
        double[] flat = new double[walkers * n];
        for (int w = 0; w < walkers; w++)
        {
            RandomStream stream = RandomKey.FromSeed(2).Fold(w).Stream();
            starts[w] = new double[n];
            for (int i = 0; i < n; i++)
                flat[(w * n) + i] = starts[w][i] = stream.NextNormal();
        }

        var options = new SamplingOptions { Chains = walkers, WarmUp = 0, Draws = Steps, InitialPoints = starts };
        string setup = string.Create(CultureInfo.InvariantCulture, $"import emcee\n{theirs}\nsampler = emcee.EnsembleSampler({walkers}, {n}, log_density, vectorize=True)");
        return new Contest(
            () => Sample.Run(new StretchMove(), density, options),
            new Python(setup, string.Create(CultureInfo.InvariantCulture, $"sampler.reset()\nsampler.run_mcmc(starts, {Steps})"), [.. arrays, PeerArray.Of<double>("starts", flat, walkers, n)]));
    }

    private sealed class NormalDensity(int n, double[] precision) : IBatchFunction<double>
    {
        public int Dimension => n;

        public double Value(ReadOnlySpan<double> x)
        {
            double sum = 0;
            for (int i = 0; i < n; i++)
            {
                double product = 0;
                for (int j = 0; j < n; j++)
                    product += precision[(i * n) + j] * x[j];
                sum += product * x[i];
            }

            return -0.5 * sum;
        }

        public void Values(ReadOnlySpan<double> points, Span<double> values)
        {
            for (int i = 0; i < values.Length; i++)
                values[i] = Value(points.Slice(i * n, n));
        }
    }

    /// <summary>The residuals of all points are one product of matrices, as on the other side.</summary>
    private sealed class RegressionDensity(int n, double[] design, double[] y) : IBatchFunction<double>
    {
        public int Dimension => n;

        public double Value(ReadOnlySpan<double> x)
        {
            double value = 0;
            Values(x, new Span<double>(ref value));
            return value;
        }

        public void Values(ReadOnlySpan<double> points, Span<double> values)
        {
            int rows = y.Length;
            double[] rented = ArrayPool<double>.Shared.Rent(values.Length * rows);
            Span<double> residuals = rented.AsSpan(0, values.Length * rows);
            for (int i = 0; i < values.Length; i++)
                y.CopyTo(residuals[(i * rows)..]);
            Blas.Gemm(false, true, values.Length, rows, n, -1.0, points, n, design, n, 1.0, residuals, rows);
            for (int i = 0; i < values.Length; i++)
                values[i] = (-0.5 * Reduce.SumOfSquares<double>(residuals.Slice(i * rows, rows))) - (0.005 * Reduce.SumOfSquares(points.Slice(i * n, n)));
            ArrayPool<double>.Shared.Return(rented);
        }
    }
}
