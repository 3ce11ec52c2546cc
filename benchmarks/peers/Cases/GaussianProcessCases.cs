using System.Globalization;
using OptiCore.Optimizers;
using OptiCore.Problems;
using OptiCore.Randomness;

namespace OptiCore.Peers.Cases;

/// <summary>
/// A fit of a Gaussian process and the point of largest expected improvement among 512 candidates, at 200 observations of Hartmann's function of six variables, against scikit-learn: Matérn 5/2
/// with a length scale for each variable and noise, three searches by L-BFGS-B with exact gradients. Here the variance of the process has its best value in closed form, there it is searched for.
/// </summary>
internal static class GaussianProcessCases
{
    private const int Dimension = 6, Candidates = 512, Restarts = 2;

    public static IEnumerable<PeerCase> All => [Case(50), Case(200)];

    private static PeerCase Case(int n) => new($"Gaussian process fit and suggest n={n}", "scikit-learn", () =>
    {
        double[] x = new double[n * Dimension], y = new double[n], candidates = new double[Candidates * Dimension], means = new double[Candidates], variances = new double[Candidates];
        new Sobol(Dimension, RandomKey.FromSeed(1)).Fill(x);
        new Sobol(Dimension, RandomKey.FromSeed(2)).Fill(candidates);
        IFunction<double> hartmann = ClassicFunctions.Hartmann6().Function;
        for (int i = 0; i < n; i++)
            y[i] = hartmann.Value(x.AsSpan(i * Dimension, Dimension));

        // No prior and no limit that scikit-learn doesn't have.
        var options = new GaussianProcessOptions { LengthScalePrior = false, Restarts = Restarts, MaxIterations = 15_000 };
        var improvement = new ExpectedImprovement();
        return new Contest(
            () =>
            {
                var process = new GaussianProcess(Dimension, options);
                for (int i = 0; i < n; i++)
                    process.Add(x.AsSpan(i * Dimension, Dimension), y[i]);
                process.Fit(RandomKey.FromSeed(3));
                process.Predict(candidates, means, variances);
                double least = y.Min(), most = double.NegativeInfinity;
                for (int i = 0; i < Candidates; i++)
                    most = Math.Max(most, improvement.Evaluate(means[i], Math.Sqrt(variances[i]), least, out _, out _));
            },
            new Python(
                string.Create(CultureInfo.InvariantCulture, $$"""
                    import warnings
                    warnings.simplefilter("ignore")
                    from scipy.stats import norm
                    from sklearn.gaussian_process import GaussianProcessRegressor
                    from sklearn.gaussian_process.kernels import ConstantKernel, Matern, WhiteKernel
                    def suggest():
                        kernel = ConstantKernel(1.0, (1e-3, 1e3)) * Matern([1.2] * {{Dimension}}, (5e-3, 1e3), nu=2.5) + WhiteKernel(1e-4, (1e-8, 1.0))
                        process = GaussianProcessRegressor(kernel, alpha=0.0, n_restarts_optimizer={{Restarts}}, normalize_y=True, random_state=0).fit(x, y)
                        mean, deviation = process.predict(candidates, return_std=True)
                        z = (y.min() - mean) / deviation
                        return np.argmax(deviation * (norm.pdf(z) + z * norm.cdf(z)))
                    """),
                "suggest()",
                [PeerArray.Of<double>("x", x, n, Dimension), PeerArray.Of<double>("y", y), PeerArray.Of<double>("candidates", candidates, Candidates, Dimension)]));
    });
}
