using System.Reflection;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.Stochastic;

public class SdeOrderTests
{
    // Two-sided 5e-6 for each statistic.
    private const double Z = 4.56;

    private static readonly RandomKey Key = RandomKey.FromSeed(3);

    public static TheoryData<string> All => SdeMethods.All;

    public static TheoryData<string> Adaptive => SdeMethods.Adaptive;

    [Fact]
    public void EveryPublishedSolverHasARow()
    {
        Type[] marked = [.. typeof(Sde).Assembly.GetTypes().Where(t => t.GetCustomAttribute<AlgorithmAttribute>()?.Family == "Stochastic differential equations")];
        Assert.Equal(marked.Select(t => t.Name).Order(), SdeMethods.Rows.Select(r => r.Type.Name).Order());
    }

    [Theory, MemberData(nameof(All))]
    public void TheErrorFallsWithTheStrongOrder(string name)
    {
        SdeMethods.Row row = SdeMethods.Of(name);
        double coarse = StrongError(row, 1.0 / 16, 250), fine = StrongError(row, 1.0 / 256, 250);
        double slope = Math.Log2(coarse / fine) / 4;

        // The root mean squares of 250 coupled errors: each within about 20 %, the slope within 0.12. Methods may do better by chance of the equation, not worse.
        Assert.InRange(slope, row.Order - 0.13, row.Order + 0.55);
    }

    [Fact]
    public void TheOrdersAreInTheirOrder()
    {
        double euler = StrongError(SdeMethods.Of("EulerMaruyama"), 1.0 / 64, 60), milstein = StrongError(SdeMethods.Of("Milstein"), 1.0 / 64, 60);
        double higher = StrongError(SdeMethods.Of("SriW1"), 1.0 / 64, 60);
        Assert.True(euler > 3 * milstein && milstein > 3 * higher);
    }

    [Fact]
    public void TheBiasOfEulersMethodIsTheExactOne()
    {
        // For dy = a y dt + b y dW the scheme's mean is (1 + a h)^N: the weak error, measured on coupled paths.
        const double A = 1.5, B = 0.2;
        const int Paths = 1500;
        IDiagonalSde system = SdeSystem.Diagonal(1, static (_, y, f) => f[0] = A * y[0], static (_, y, g) => g[0] = B * y[0]);
        foreach (int steps in new[] { 4, 8, 16 })
        {
            double sum = 0, squares = 0;
            double[] w = new double[1];
            for (int p = 0; p < Paths; p++)
            {
                var path = new BrownianPath(Key.Fold(p), 1, 0, 1, 1.0 / steps);
                SdeState state = new EulerMaruyama(1.0 / steps).Start(system, path, [1]);
                while (state.Step())
                {
                }

                path.Reader().Increment(0, 1, w);
                double difference = state.State[0] - Math.Exp(A - (0.5 * B * B) + (B * w[0]));
                sum += difference;
                squares += difference * difference;
            }

            double mean = sum / Paths, error = Math.Sqrt(((squares / Paths) - (mean * mean)) / Paths);
            double bias = Math.Pow(1 + (A / steps), steps) - Math.Exp(A);
            Assert.InRange((mean - bias) / error, -Z, Z);
            Assert.True(error < 0.05 * Math.Abs(bias));
        }
    }

    [Fact]
    public void OrnsteinUhlenbeckHasItsLaw()
    {
        const int Paths = 4000;
        IAdditiveSde system = SdeSystem.Additive(1, static (_, y, f) => f[0] = -2 * y[0], static (_, g) => g[0] = 0.7);
        SdeEnsemble ensemble = Sde.Ensemble(new Sra1(0.05), system, (0, 1), [1.5], Key, Paths, [0.35, 1]);
        Assert.Equal(Paths, ensemble.Completed);
        for (int i = 0; i < 2; i++)
        {
            (double mean, double variance) = ensemble.Moments(i, 0);
            double t = ensemble.Times[i], exactVariance = 0.49 / 4 * (1 - Math.Exp(-4 * t));

            // The method's own bias is below 1e-4 of both.
            Assert.InRange((mean - (1.5 * Math.Exp(-2 * t))) / Math.Sqrt(exactVariance / Paths), -Z, Z);
            Assert.InRange(((variance / exactVariance) - 1) / Math.Sqrt(2.0 / Paths), -Z, Z);
        }
    }

    [Fact]
    public void WithoutCommutingNoiseTheAreaMakesTheOrder()
    {
        // Rotations about two axes don't commute.
        ISde system = SdeSystem.General(
            3, 2,
            static (_, y, f) => y.CopyTo(f),
            static (_, y, g) =>
            {
                (g[0], g[1]) = (0, y[2]);
                (g[2], g[3]) = (-y[2], 0);
                (g[4], g[5]) = (y[1], -y[0]);
            },
            SdeCalculus.Stratonovich);
        double[] without = new double[2], with = new double[2];
        const int Paths = 25;
        for (int p = 0; p < Paths; p++)
        {
            var path = new BrownianPath(Key.Fold(p), 2, 0, 1, Math.ScaleB(1, -15));
            double[] exact = Solve(new LevyMilstein(1.0 / 256) { Area = LevyArea.Refined(6) });
            for (int i = 0; i < 2; i++)
            {
                int levels = 3 + (2 * i);
                double h = Math.ScaleB(1, -levels);
                without[i] += Distance(Solve(new LevyMilstein(h) { Area = LevyArea.None }));
                with[i] += Distance(Solve(new LevyMilstein(h) { Area = LevyArea.Refined(levels + 2) }));
            }

            double[] Solve(LevyMilstein method)
            {
                SdeState state = method.Start(system, path, [1, 0.5, -0.3]);
                while (state.Step())
                {
                }

                return state.State.ToArray();
            }

            double Distance(double[] y) => y.Zip(exact, (a, b) => (a - b) * (a - b)).Sum();
        }

        Assert.InRange(0.25 * Math.Log2(without[0] / without[1]), 0.3, 0.75);
        Assert.InRange(0.25 * Math.Log2(with[0] / with[1]), 0.85, 1.3);
        Assert.True(without[1] > 5 * with[1]);
    }

    [Theory, MemberData(nameof(Adaptive))]
    public void ATighterToleranceGivesSmallerErrors(string name)
    {
        SdeMethods.Row row = SdeMethods.Of(name);
        double[] errors = new double[2];
        long[] steps = new long[2], rejected = new long[2];
        double[] w = new double[1];
        for (int p = 0; p < 30; p++)
        {
            var path = new BrownianPath(Key.Fold(p), 1, 0, 1, 1e-7);
            path.Reader().Increment(0, 1, w);
            for (int i = 0; i < 2; i++)
            {
                double tolerance = i == 0 ? 1e-2 : 1e-4;
                SdeState state = row.Run(new SdeSteps { RelativeTolerance = tolerance, AbsoluteTolerance = tolerance }, path);
                while (state.Step())
                {
                }

                Assert.Equal(OdeStopReason.ReachedEnd, state.Reason);
                errors[i] += Math.Abs(state.State[0] - row.Solution(1, w[0])) / 30;
                steps[i] += state.Counts.AcceptedSteps;
                rejected[i] += state.Counts.RejectedSteps;
            }
        }

        Assert.True(errors[1] < 0.2 * errors[0], $"{errors[0]:g3} {errors[1]:g3}");
        Assert.True(errors[1] < 20e-4 && errors[0] < 20e-2, $"{errors[0]:g3} {errors[1]:g3}");
        Assert.True(steps[1] > 2 * steps[0] && rejected[1] > 0);
    }

    private static double StrongError(SdeMethods.Row row, double h, int paths)
    {
        double sum = 0;
        double[] w = new double[1];
        for (int p = 0; p < paths; p++)
        {
            var path = new BrownianPath(Key.Fold(p), 1, 0, 1, 1.0 / 256);
            SdeState state = row.Run(SdeSteps.Fixed(h), path);
            while (state.Step())
            {
            }

            path.Reader().Increment(0, 1, w);
            double error = state.State[0] - row.Solution(1, w[0]);
            sum += error * error;
        }

        return Math.Sqrt(sum / paths);
    }
}
