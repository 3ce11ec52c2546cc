using OptiCore.LinearAlgebra;
using OptiCore.Problems;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests;

/// <summary>
/// Gilpin (2021), Chaos as an interpretable benchmark for forecasting and data-driven modelling: across systems the error of one fixed method of forecasting rises with the largest Lyapunov exponent, both in
/// units of the system's own period.
/// </summary>
public class ForecastBenchmarkTests
{
    private const int PerPeriod = 30, Periods = 40, Horizon = 5 * PerPeriod, Starts = 3;

    /// <summary>Systems that differ in how many of their periods an error needs to grow e-fold, with their exponents by an independent code.</summary>
    private static readonly string[] Systems =
    [
        "Lorenz", "Rossler", "Chen", "BurkeShaw", "QiChen", "RayleighBenard", "LuChen", "ThomasLabyrinth", "Thomas", "Lorenz84", "VallisElNino", "SprottC", "SprottG", "SprottK", "SprottR", "SprottO",
        "SprottP", "SprottJerk", "ShimizuMorioka", "ChenLee", "Aizawa", "HyperCai", "NuclearQuadrupole", "SprottL",
    ];

    [Fact]
    public void TheErrorOfAForecastRisesWithTheExponent()
    {
        double[] exponents = new double[Systems.Length], errors = new double[Systems.Length];
        for (int s = 0; s < Systems.Length; s++)
        {
            ChaoticFlow flow = ChaoticFlows.All[Systems[s]];
            exponents[s] = Reference.Json("dysts/systems.json").GetProperty(flow.Name).GetProperty("independent_check").Number("largest_exponent") * flow.Period;
            errors[s] = Error(flow);
        }

        // Spearman's coefficient of 24 pairs exceeds 0.6 by chance with a probability of about 0.001.
        double correlation = RankCorrelation(exponents, errors);
        Assert.True(correlation > 0.6, $"Rank correlation {correlation}: {string.Join(", ", Systems.Select((n, i) => FormattableString.Invariant($"{n} {exponents[i]:f2} {errors[i]:f1}")))}.");
    }

    /// <summary>The symmetric mean absolute percentage error of forecasts from several starts, over all coordinates in units of their deviations.</summary>
    private static double Error(ChaoticFlow flow)
    {
        int n = flow.Dimension, train = PerPeriod * Periods, length = train + (Starts * Horizon);
        double interval = flow.Period / PerPeriod;
        double[] times = [.. Enumerable.Range(0, length).Select(i => (5 * flow.Period) + (i * interval))];
        OdeResult orbit = Ode.Solve(
            new ExplicitRungeKutta { RelativeTolerance = 1e-7, AbsoluteTolerance = 1e-9, MaxSteps = 1_000_000 }, flow.Derivative, (0, times[^1]), flow.Start, times).EnsureCompleted();
        double[] states = orbit.States;
        for (int j = 0; j < n; j++)
        {
            double[] column = [.. Enumerable.Range(0, train).Select(i => states[(i * n) + j])];
            double mean = column.Average(), deviation = Math.Sqrt(column.Average(v => (v - mean) * (v - mean)));
            for (int i = 0; i < length; i++)
                states[(i * n) + j] = (states[(i * n) + j] - mean) / deviation;
        }

        double[] weights = Train(states.AsSpan(0, train * n), n), features = new double[Features(n)];
        double[] low = [.. Enumerable.Range(0, n).Select(j => Enumerable.Range(0, train).Min(i => states[(i * n) + j]))];
        double[] high = [.. Enumerable.Range(0, n).Select(j => Enumerable.Range(0, train).Max(i => states[(i * n) + j]))];
        double sum = 0;
        for (int start = 0; start < Starts; start++)
        {
            int first = train + (start * Horizon);
            double[] current = states[((first - 1) * n)..(first * n)];
            for (int step = 0; step < Horizon; step++)
            {
                Write(current, features);
                double[] next = [.. current];
                for (int j = 0; j < n; j++)
                {
                    for (int f = 0; f < features.Length; f++)
                        next[j] += features[f] * weights[(f * n) + j];

                    // A forecast that leaves the range of what was seen stays at its border.
                    next[j] = Math.Clamp(next[j], low[j], high[j]);
                    double truth = states[((first + step) * n) + j];
                    sum += 200 * Math.Abs(next[j] - truth) / (Math.Abs(next[j]) + Math.Abs(truth));
                }

                current = next;
            }
        }

        return sum / (Starts * Horizon * n);
    }

    /// <summary>Gauthier, Bollt, Griffith and Barbosa (2021), Next generation reservoir computing: ridge regression of the increments on the monomials of the state up to the third degree.</summary>
    private static double[] Train(ReadOnlySpan<double> states, int n)
    {
        int count = Features(n), rows = (states.Length / n) - 1;
        double[] gram = new double[count * count], weights = new double[count * n], features = new double[count];
        for (int i = 0; i < rows; i++)
        {
            ReadOnlySpan<double> current = states.Slice(i * n, n), next = states.Slice((i + 1) * n, n);
            Write(current, features);
            for (int a = 0; a < count; a++)
            {
                for (int b = 0; b < count; b++)
                    gram[(a * count) + b] += features[a] * features[b];
                for (int j = 0; j < n; j++)
                    weights[(a * n) + j] += features[a] * (next[j] - current[j]);
            }
        }

        for (int a = 0; a < count; a++)
            gram[(a * count) + a] += 1e-6 * rows;
        Assert.True(Cholesky.TryFactor<double>(gram, count));
        Cholesky.Solve<double>(gram, count, count, weights, n, n);
        return weights;
    }

    private static int Features(int n) => (n + 1) * (n + 2) * (n + 3) / 6;

    /// <summary>All monomials up to the third degree.</summary>
    private static void Write(ReadOnlySpan<double> state, Span<double> features)
    {
        int n = state.Length, at = 0;
        for (int a = -1; a < n; a++)
        {
            for (int b = -1; b <= a; b++)
            {
                for (int c = -1; c <= b; c++)
                    features[at++] = (a < 0 ? 1 : state[a]) * (b < 0 ? 1 : state[b]) * (c < 0 ? 1 : state[c]);
            }
        }
    }

    private static double RankCorrelation(double[] x, double[] y)
    {
        double[] a = Ranks(x), b = Ranks(y);
        double mean = a.Average(), xy = a.Zip(b, (u, v) => (u - mean) * (v - mean)).Sum();
        return xy / Math.Sqrt(a.Sum(u => (u - mean) * (u - mean)) * b.Sum(v => (v - mean) * (v - mean)));

        static double[] Ranks(double[] values) => [.. values.Select(v => (double)values.Count(w => w < v))];
    }
}
