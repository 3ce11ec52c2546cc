using System.Numerics;
using OptiCore.Integration;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.Koopman;

/// <summary>
/// Systems that preserve their measure have a unitary Koopman operator: the true spectrum lies on the unit circle, and for these three is all of it, so that the distance of any z to it is
/// | |z| - 1 |. Every eigenvalue inside the disk is spurious (Colbrook, Mezić and Stepanenko 2024, Limits and powers of Koopman learning).
/// </summary>
public class SpectralPollutionTests
{
    public static TheoryData<string> Systems => ["rotation", "pendulum", "duffing"];

    [Theory, MemberData(nameof(Systems))]
    public void ResidualsRejectTheSpuriousEigenvalues(string system)
    {
        KoopmanModel model = Fit(system, 2, 1);
        double[] distances = [.. model.Eigenvalues.ToArray().Select(z => Math.Abs(Complex.Abs(z) - 1))];

        // The known failure: plain EDMD reports numbers far inside the disk.
        int spurious = distances.Count(d => d > 0.1);
        Assert.True(spurious >= 3, $"{spurious} spurious eigenvalues of {model.Rank}");
        int[] accepted = model.Accepted(0.2);
        Assert.True(accepted.Length >= 3, $"{accepted.Length} accepted");
        foreach (int j in accepted)
            Assert.True(distances[j] <= 0.03, $"{model.Eigenvalues[j]} with residual {model.Residuals[j]} was accepted");

        // A compression of an isometry: |U g - l g|^2 = 1 - |l|^2 for its eigenpairs, up to the quadrature.
        for (int j = 0; j < model.Rank; j++)
            Promises.Close(1 - Math.Pow(model.Eigenvalues[j].Magnitude, 2), Math.Pow(model.Residuals[j], 2), 0, 0.01, $"residual of {model.Eigenvalues[j]}");
    }

    [Theory, MemberData(nameof(Systems))]
    public void ThePseudospectrumConvergesToTheDistanceFromTheCircle(string system)
    {
        Complex[] grid = [.. from radius in new[] { 0.7, 0.85, 1.0, 1.15 } from k in Enumerable.Range(0, 5) select Complex.FromPolarCoordinates(radius, 0.2 + (0.6 * k))];
        double before = double.PositiveInfinity;
        double[] errors = new double[3];
        for (int size = 0; size < 3; size++)
        {
            KoopmanModel model = Fit(system, size, 1);
            double[] residuals = new double[grid.Length];
            model.Pseudospectrum(grid, residuals);
            double error = 0;
            for (int i = 0; i < grid.Length; i++)
            {
                double distance = Math.Abs(Complex.Abs(grid[i]) - 1);

                // Never below the distance, up to quadrature: no spurious part appears.
                Assert.True(residuals[i] >= distance - 0.01, $"{residuals[i]} at {grid[i]}");
                error += (residuals[i] - distance) / grid.Length;
            }

            errors[size] = error;
            Assert.True(error < before, $"{error} after {before}");
            before = error;
        }

        Assert.True(errors[2] < 0.5 * errors[0], string.Join(" ", errors));
    }

    [Theory, MemberData(nameof(Systems))]
    public void ResidualsConvergeWithTheData(string system)
    {
        // The residual of one z for a fixed dictionary: finer quadratures agree better and better.
        var z = Complex.FromPolarCoordinates(0.9, 0.8);
        double[] residuals = [.. Enumerable.Range(0, 3).Select(data => Fit(system, 1, data).SmallestResidual(z))];
        Assert.True(Math.Abs(residuals[1] - residuals[2]) <= Math.Abs(residuals[0] - residuals[2]) + 1e-12, string.Join(" ", residuals));
        Promises.Close(residuals[2], residuals[1], 0.02, 0, system);
    }

    private static KoopmanModel Fit(string system, int dictionary, int data)
    {
        var states = new List<double>();
        var weights = new List<double>();
        FeatureLibrary library;
        OdeDelegate? flow = null;
        int dimension = 2;
        if (system == "rotation")
        {
            // Angle by sqrt(2): Fourier functions, which the map keeps, and bumps, which it doesn't.
            int m = 60 << data;
            dimension = 1;
            for (int i = 0; i < m; i++)
            {
                states.Add(2 * Math.PI * i / m);
                weights.Add(1);
            }

            library = new FourierFeatures { Harmonics = 2 + (4 * dictionary), IncludeConstant = true }
                + new CustomFeatures([.. Enumerable.Range(0, 9).Select(b => new CustomFeature($"bump{b}", x => Math.Exp(80 * (Math.Cos(x[0] - (0.69 * b)) - 1))))]);
        }
        else if (system == "pendulum")
        {
            int angles = 14 << data, momenta = 20 << data;
            GaussRule rule = GaussRule.Legendre(momenta);
            for (int i = 0; i < angles; i++)
            {
                for (int j = 0; j < momenta; j++)
                {
                    states.AddRange([2 * Math.PI * i / angles, 6 * rule.Nodes[j]]);
                    weights.Add(rule.Weights[j]);
                }
            }

            // Fourier functions of the angle times Hermite functions of the momentum.
            flow = (_, y, dy) => (dy[0], dy[1]) = (y[1], -Math.Sin(y[0]));
            library = new ProductFeatures(
                new RestrictedFeatures(new FourierFeatures { Harmonics = 1 + dictionary, IncludeConstant = true }, 0),
                new RestrictedFeatures(
                    new ProductFeatures(new HermiteFeatures { Degree = 3 + (3 * dictionary), Scale = 0.7 }, new CustomFeatures(new CustomFeature("exp(-p^2)", x => Math.Exp(-0.25 * x[0] * x[0] / 0.49)))), 1));
        }
        else
        {
            // Every point that comes into the dictionary's support within a step starts in the box: the energy there is below 15.
            int side = 16 << data;
            GaussRule rule = GaussRule.Legendre(side), momenta = GaussRule.Legendre(2 * side);
            for (int i = 0; i < side; i++)
            {
                for (int j = 0; j < 2 * side; j++)
                {
                    states.AddRange([3 * rule.Nodes[i], 6 * momenta.Nodes[j]]);
                    weights.Add(rule.Weights[i] * momenta.Weights[j]);
                }
            }

            flow = (_, y, dy) => (dy[0], dy[1]) = (y[1], y[0] - (y[0] * y[0] * y[0]));
            library = new ProductFeatures(
                new HermiteFeatures { Degree = 3 + (4 * dictionary), Scale = 0.4 },
                new CustomFeatures(new CustomFeature("weight", x => Math.Exp(-0.25 * ((x[0] * x[0]) + (x[1] * x[1])) / 0.16))));
        }

        int steps = system == "pendulum" ? 10 : 5;
        double[] x = [.. states], y = new double[x.Length];
        for (int i = 0; i < x.Length; i += dimension)
        {
            if (flow is null)
                y[i] = x[i] + Math.Sqrt(2);
            else
                Flow(flow, steps, x.AsSpan(i, 2), y.AsSpan(i, 2));
        }

        return new ExtendedDmd { Library = library, Tolerance = 1e-10 }.Fit(TimeSeries.FromPairs(x, y, dimension), weights.ToArray());
    }

    /// <summary>The flow by classical Runge-Kutta steps of 0.05.</summary>
    private static void Flow(OdeDelegate f, int steps, ReadOnlySpan<double> x, Span<double> y)
    {
        const double H = 0.05;
        Span<double> k1 = stackalloc double[2], k2 = stackalloc double[2], k3 = stackalloc double[2], k4 = stackalloc double[2], p = stackalloc double[2];
        x.CopyTo(y);
        for (int s = 0; s < steps; s++)
        {
            f(0, y, k1);
            (p[0], p[1]) = (y[0] + (0.5 * H * k1[0]), y[1] + (0.5 * H * k1[1]));
            f(0, p, k2);
            (p[0], p[1]) = (y[0] + (0.5 * H * k2[0]), y[1] + (0.5 * H * k2[1]));
            f(0, p, k3);
            (p[0], p[1]) = (y[0] + (H * k3[0]), y[1] + (H * k3[1]));
            f(0, p, k4);
            for (int i = 0; i < 2; i++)
                y[i] += H / 6 * (k1[i] + (2 * k2[i]) + (2 * k3[i]) + k4[i]);
        }
    }
}
