using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.Koopman;

public class OptimizedDmdTests
{
    // Modes in 5 variables of a growing and a decaying oscillation and two real exponents.
    private static readonly Complex[] Exponents = [new(0.1, 3), new(0.1, -3), new(-0.4, 7), new(-0.4, -7), -0.2, -1.5];

    private static double[] Data(ReadOnlySpan<double> times, Complex[] exponents, ulong seed, double noise)
    {
        int n = 8, r = exponents.Length;
        double[] weights = LinearMaps.Normals(n * r * 2, seed), errors = LinearMaps.Normals(times.Length * n, seed + 1), data = new double[times.Length * n];
        for (int k = 0; k < times.Length; k++)
        {
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < r; j++)
                {
                    // The partner of a pair has the conjugate weight, so the sum is real.
                    int of = exponents[j].Imaginary < 0 ? j - 1 : j;
                    double real = weights[2 * ((i * r) + of)], imaginary = exponents[j].Imaginary == 0 ? 0 : weights[(2 * ((i * r) + of)) + 1];
                    data[(k * n) + i] += (new Complex(real, exponents[j].Imaginary < 0 ? -imaginary : imaginary) * Complex.Exp(exponents[j] * times[k])).Real;
                }

                data[(k * n) + i] += noise * errors[(k * n) + i];
            }
        }

        return data;
    }

    [Fact]
    public void ExponentsAreExactForUnequalTimes()
    {
        double[] jitter = LinearMaps.Normals(120, 4), times = [.. Enumerable.Range(0, 120).Select(k => 0.03 * (k + (0.3 * Math.Tanh(jitter[k]))))];
        double[] data = Data(times, Exponents, 9, 0);
        DynamicModes modes = new OptimizedDmd { Rank = RankRule.Fixed(6) }.Fit(times, data, 8);
        Assert.True(LinearMaps.Distance(Exponents, modes.Exponents.ToArray()) < 1e-6, string.Join(", ", modes.Exponents.ToArray()));
        double[] state = new double[8];
        modes.Reconstruct(times[77] - times[0], state);
        for (int i = 0; i < 8; i++)
            Promises.Close(data[(77 * 8) + i], state[i], 0, 1e-6, $"variable {i}");
    }

    [Fact]
    public void NoiseSpreadsExponentsLessThanThroughTheExactDecomposition()
    {
        // Askham and Kutz (2018), section 4: the same data, the root mean square error of the exponents over draws.
        Complex[] exponents = [new(0, 3), new(0, -3), -0.3, -1];
        double optimized = 0, exact = 0;
        double[] times = [.. Enumerable.Range(0, 128).Select(k => 0.05 * k)];
        for (ulong draw = 0; draw < 10; draw++)
        {
            // The same modes, other noise.
            double[] clean = Data(times, exponents, 50, 0), errors = LinearMaps.Normals(clean.Length, 900 + draw);
            var series = new TimeSeries((double[])[.. clean.Select((v, i) => v + (0.05 * errors[i]))], 8, 0.05);
            optimized += Math.Pow(LinearMaps.Distance(exponents, new OptimizedDmd { Rank = RankRule.Fixed(4) }.Fit(series).Exponents.ToArray()), 2);
            exact += Math.Pow(LinearMaps.Distance(exponents, new DynamicModeDecomposition { Rank = RankRule.Fixed(4) }.Fit(series).Exponents.ToArray()), 2);
        }

        Assert.True(Math.Sqrt(optimized) < 0.25 * Math.Sqrt(exact), $"{Math.Sqrt(optimized / 10)} against {Math.Sqrt(exact / 10)}");
    }

    [Fact]
    public void TheForecastContinuesTheExponentials()
    {
        double[] times = [.. Enumerable.Range(0, 100).Select(k => 0.05 * k)], data = Data(times, Exponents, 3, 0);
        DynamicModes modes = new OptimizedDmd { Rank = RankRule.Fixed(6) }.Fit(new TimeSeries(data.AsSpan(0, 90 * 8), 8, 0.05));
        double[] forecast = new double[10 * 8];
        modes.Forecast(data.AsSpan(0, 90 * 8), forecast);
        for (int i = 0; i < forecast.Length; i++)
            Promises.Close(data[(90 * 8) + i], forecast[i], 0, 1e-5, $"element {i}");
    }

    [Fact]
    public void TheJacobianIsTheDerivative() => Forall.Check(Prop.ForAll(Gen.Choose(0, 10000).Zip(Gen.Choose(1, 5), (seed, r) => (Seed: (ulong)seed, R: r)).ToArbitrary(), x =>
    {
        // Discriminants of both signs and near 0.
        int m = 15, r = x.R;
        double[] unknowns = LinearMaps.Normals(r, x.Seed), data = LinearMaps.Normals(m * r, x.Seed + 1), times = [.. Enumerable.Range(0, m).Select(k => k / 3.5)];
        for (int j = 0; j < r; j++)
            unknowns[j] = j % 2 == 0 ? (0.2 * unknowns[j]) + 1 - (0.5 * j) : unknowns[j] * (x.Seed % 3 == 0 ? 1e-3 : unknowns[j] < 0 ? 20 : 0.3);
        var fit = new ExponentialFit(times, data, r);
        double[] jacobian = new double[m * r * r], residuals = new double[m * r], plus = new double[m * r], minus = new double[m * r];
        fit.ResidualsAndJacobian(unknowns, residuals, jacobian);
        double worst = 0;
        for (int k = 0; k < r; k++)
        {
            double h = 1e-5 * Math.Max(1, Math.Abs(unknowns[k])), old = unknowns[k];
            unknowns[k] = old + h;
            fit.Residuals(unknowns, plus);
            unknowns[k] = old - h;
            fit.Residuals(unknowns, minus);
            unknowns[k] = old;
            double size = 1 + Enumerable.Range(0, m * r).Max(i => Math.Abs(jacobian[(i * r) + k]));
            for (int i = 0; i < m * r; i++)
                worst = Math.Max(worst, Math.Abs(((plus[i] - minus[i]) / (2 * h)) - jacobian[(i * r) + k]) / size);
        }

        return worst < 1e-4;
    }));
}
