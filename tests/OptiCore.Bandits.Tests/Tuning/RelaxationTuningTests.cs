using OptiCore.LinearAlgebra;
using OptiCore.TestKit;

namespace OptiCore.Bandits.Tests;

/// <summary>The factor of over-relaxation over a sequence of shifted Laplacian systems, tuned from numbers of iterations.</summary>
public class RelaxationTuningTests
{
    private const int Side = 6, Unknowns = Side * Side, Systems = 2000, Problems = 4 * Systems, Factors = 8, Runs = 3;
    private const double Low = -0.3, High = 0.7;
    private static readonly RandomKey Key = RandomKey.FromSeed(71);

    [Fact]
    public void TunedFactorsComeNearTheBestFixedOneAndContextsBeatIt()
    {
        // -Laplacian of a 6 x 6 grid + c I, c = -0.3 + Beta(1/2, 3/2), factors 1, 1.1, ..., 1.7; 8000 problems, 2000 systems four times over. samples/scorecards/learning-to-relax.cs has the paper's larger experiment. All costs are computed once: every policy sees the same problems.
        (double[] shifts, double[,] costs, double[] optimal) = Solve();
        double[] means = new double[Factors];
        for (int t = 0; t < Systems; t++)
        {
            for (int i = 0; i < Factors; i++)
                means[i] += costs[t, i] / Systems;
        }

        int winner = Array.IndexOf(means, means.Min());
        double best = means[winner], gaussSeidel = means[0], instance = optimal.Average();
        ParameterTuner tuner = ParameterTuner.Even(1, 1.7, Factors) with { CostLimit = 200 };
        double[] plain = Run(run => tuner.Start(new TsallisInf(), Key.Fold(run)), hasContext: false);
        var oracle = new ChebyshevOracle { Low = Low, High = High };
        double[] contextual = Run(run => tuner.Start(new SquareCb { Oracle = oracle, Scale = tuner.Gamma(oracle.Terms, Problems) * tuner.CostLimit, Exponent = 0 }, 1, Key.Fold(run)), hasContext: true);

        // Regret against the best fixed factor, after a quarter of the problems and after all: its growth is regret^slope.
        double[] regret = [Regret(Problems / 4), Regret(Problems)];
        double slope = Math.Log(regret[1] / regret[0]) / Math.Log(4);
        double late = plain[^Systems..].Average(), lateContextual = contextual[^Systems..].Average();
        string figures = $"iterations: Gauss-Seidel {gaussSeidel:f1}, best fixed {best:f2} (w = {tuner.Values[winner]:f1}), best for each {instance:f2}; Tsallis-INF {plain.Average():f2}, last quarter {late:f2}, regret {regret[0]:f0}, {regret[1]:f0}, slope {slope:f2}; ChebCB {contextual.Average():f2}, last quarter {lateContextual:f2}";
        TestContext.Current.TestOutputHelper?.WriteLine(figures);
        Assert.True(late < 1.05 * best, figures);
        Assert.True(slope < 0.8, figures);
        Assert.True(plain.Average() < 0.5 * gaussSeidel, figures);
        Assert.True(contextual.Average() < best, figures);
        Assert.True(best - lateContextual > 0.7 * (best - instance), figures);

        double Regret(int problems) => Enumerable.Range(0, problems).Sum(t => plain[t] - costs[t % Systems, winner]);

        double[] Run(Func<int, ParameterTuning> start, bool hasContext)
        {
            double[] paid = new double[Problems];
            for (int run = 0; run < Runs; run++)
            {
                ParameterTuning tuning = start(run);
                for (int t = 0; t < Problems; t++)
                {
                    ReadOnlySpan<double> context = hasContext ? [shifts[t % Systems]] : [];
                    ParameterChoice choice = tuning.Choose(context);
                    paid[t] += costs[t % Systems, choice.Index] / Runs;
                    tuning.Update(choice, costs[t % Systems, choice.Index], context);
                }
            }

            return paid;
        }
    }

    [Fact]
    public void TheOracleIsTheBoundedLeastSquaresFit()
    {
        // Minimal among many coefficients that keep the bounds; exact where they don't matter.
        foreach (double bound in (double[])[0.2, 1, 50])
        {
            var oracle = new ChebyshevOracle { Terms = 5, Low = -1, High = 2, Bound = bound, Start = 0.5, Regularization = 1e-3 };
            RandomStream stream = Key.Fold("oracle").Stream();
            double[] model = new double[oracle.Length(1)], xs = new double[60], rewards = new double[60];
            Assert.Equal(0.5, oracle.Predict(model, [0.3]));
            for (int i = 0; i < xs.Length; i++)
            {
                xs[i] = -1.2 + (3.4 * stream.NextDouble());
                rewards[i] = Math.Cos(3 * xs[i]) + (0.1 * stream.NextNormal());
                oracle.Learn(model, [xs[i]], rewards[i], 1 + (i % 3));
            }

            double[] found = model[^5..];
            double least = Objective(found);
            for (int trial = 0; trial < 2000; trial++)
            {
                double[] other = [.. found];
                double size = Math.Pow(10, -4 * stream.NextDouble());
                for (int k = 0; k < 5; k++)
                    other[k] = Math.Clamp(other[k] + (size * bound * stream.NextNormal()), -Limit(k), Limit(k));
                Assert.True(Objective(other) >= least - 1e-9, $"bound {bound}: {Objective(other)} is less than {least}");
            }

            for (int k = 0; k < 5; k++)
                Assert.InRange(found[k], -Limit(k), Limit(k));
            double t = (2 * (0.4 + 1) / 3) - 1, expected = 0.5;
            for (int k = 0; k < 5; k++)
                expected += found[k] * Math.Cos(k * Math.Acos(t));
            Promises.Close(expected, oracle.Predict(model, [0.4]), 1e-13, 1e-14, "estimate");
            Assert.Equal(oracle.Predict(model, [2]), oracle.Predict(model, [7]));

            double Limit(int k) => k == 0 ? bound : bound / (3 * k);

            double Objective(double[] c)
            {
                double sum = 0;
                for (int i = 0; i < xs.Length; i++)
                {
                    double u = Math.Acos((2 * (Math.Clamp(xs[i], -1, 2) + 1) / 3) - 1), error = 0.5 - rewards[i];
                    for (int k = 0; k < 5; k++)
                        error += c[k] * Math.Cos(k * u);
                    sum += (1 + (i % 3)) * error * error;
                }

                return sum + (1e-3 * c.Sum(v => v * v));
            }
        }
    }

    [Fact]
    public void TunersValidateAndAllocateNothing()
    {
        ParameterTuner tuner = ParameterTuner.Even(1, 2, 3) with { CostLimit = 50 };
        Assert.Equal([1, 1.5, 2], tuner.Values.ToArray());
        Promises.Close(Math.Sqrt(3 * 36 * 100.0 / ((3 * 216) + 100)), tuner.Gamma(6, 100), 1e-14, 0, "gamma");
        ParameterTuning tuning = tuner.Start(new Ucb1(), Key);
        ParameterChoice choice = tuning.Choose();
        tuning.Update(choice, 80);
        tuning.Update(choice with { Index = 1 }, 20);
        Assert.Equal([0, 0.6], ((BanditState)tuning.Policy).Means[..2].ToArray());
        Assert.Equal(new ParameterChoice(2, 2), tuning.Choose());
        tuning.Update(choice, double.PositiveInfinity);
        Assert.Throws<ArgumentOutOfRangeException>(() => tuning.Update(choice, -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => tuning.Update(choice, double.NaN));
        ParameterTuning contextual = tuner.Start(new SquareCb { Oracle = new ChebyshevOracle() }, 1, Key);
        double[] context = [0.4];
        Promises.AllocatesNothing(() => contextual.Update(contextual.Choose(context), 30, context), "a problem");

        Names("CostLimit", () => tuner with { CostLimit = 0 });
        Names("values", () => new ParameterTuner([]));
        Names("values", () => new ParameterTuner([double.NaN]));
        Names("count", () => ParameterTuner.Even(0, 1, 1));
        Names("features of each arm", () => tuner.Start(new LinUcb { Sharing = ModelSharing.Shared }, 1, Key));
        Assert.Contains("High", Assert.Throws<InvalidOperationException>(() => tuner.Start(new SquareCb { Oracle = new ChebyshevOracle { Low = 2 } }, 1, Key)).Message, StringComparison.Ordinal);
        Names("Terms", () => new ChebyshevOracle { Terms = 0 });
        Names("Bound", () => new ChebyshevOracle { Bound = 0 });
        Names("Regularization", () => new ChebyshevOracle { Regularization = 0 });

        static void Names(string text, Func<object> make) => Assert.Contains(text, Assert.ThrowsAny<ArgumentException>(make).Message, StringComparison.Ordinal);
    }

    private static (double[] Shifts, double[,] Costs, double[] Best) Solve()
    {
        double[] shifts = new double[Systems], best = new double[Systems], b = new double[Unknowns], x = new double[Unknowns];
        double[,] costs = new double[Systems, Factors];
        CsrMatrix<double> a = Laplacian();
        var workspace = new KrylovWorkspace<double>();
        for (int t = 0; t < Systems; t++)
        {
            RandomStream stream = Key.Fold("problems").Fold(t).Stream();

            // Beta(1/2, 3/2) is the law of sin^2(u) where u in [0, pi/2] has the density 4 cos^2(u) / pi.
            double angle;
            do
                angle = 0.5 * Math.PI * stream.NextDouble();
            while (stream.NextDouble() > Math.Cos(angle) * Math.Cos(angle));
            shifts[t] = Low + ((High - Low) * Math.Sin(angle) * Math.Sin(angle));
            for (int i = 0; i < Unknowns; i++)
            {
                a.Values[a.Find(i, i)] = 4 + shifts[t];
                do
                    b[i] = stream.NextNormal();
                while (Math.Abs(b[i]) > 1);
            }

            for (int f = 0; f < Factors; f++)
                costs[t, f] = Iterations(1 + (0.1 * f));
            best[t] = Iterations(SuccessiveOverRelaxation.OptimalRelaxation(4 * Math.Cos(Math.PI / (Side + 1)) / (4 + shifts[t])));
        }

        return (shifts, costs, best);

        double Iterations(double factor)
        {
            Array.Clear(x);
            return new SuccessiveOverRelaxation { Relaxation = factor, RelativeTolerance = 1e-8, VerifyResidual = false, MaxIterations = 1000 }.Solve(a, b, x, workspace).Iterations;
        }
    }

    private static CsrMatrix<double> Laplacian()
    {
        double[] dense = new double[Unknowns * Unknowns];
        for (int i = 0; i < Unknowns; i++)
        {
            dense[i * (Unknowns + 1)] = 4;
            if (i % Side > 0)
                dense[(i * Unknowns) + i - 1] = dense[((i - 1) * Unknowns) + i] = -1;
            if (i >= Side)
                dense[(i * Unknowns) + i - Side] = dense[((i - Side) * Unknowns) + i] = -1;
        }

        return CsrMatrix<double>.FromDense(dense, Unknowns, Unknowns);
    }
}
