using System.Text.Json;
using OptiCore.LinearAlgebra;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.LinearAlgebra;

/// <summary>Successive over-relaxation against its definition, its known rates, and the laws of positive definite systems.</summary>
public class RelaxationTests
{
    private sealed class Recorder : IKrylovObserver<double>
    {
        public List<double> Norms { get; } = [];

        public List<double[]> Iterates { get; } = [];

        public bool Continue(in KrylovStep<double> step)
        {
            Norms.Add(step.ResidualNorm);
            Iterates.Add(step.Solution.ToArray());
            return true;
        }
    }

    [Theory]
    [InlineData(0.7, RelaxationSweep.Forward)]
    [InlineData(1, RelaxationSweep.Forward)]
    [InlineData(1.6, RelaxationSweep.Forward)]
    [InlineData(1.3, RelaxationSweep.Symmetric)]
    public void IteratesAreThoseOfTheDefinition(double omega, RelaxationSweep sweep)
    {
        for (ulong seed = 1; seed <= 5; seed++)
        {
            CsrMatrix<double> a = ModelProblems.PositiveDefinite(17, 0.15, seed);
            double[] b = ModelProblems.Right<double>(17), x = TestMatrices.Random(17, 1, seed + 9), expected = [.. x], dense = new double[17 * 17];
            a.ToDense(dense);
            var recorder = new Recorder();
            new SuccessiveOverRelaxation { Relaxation = omega, Sweep = sweep, MaxIterations = 6, RelativeTolerance = 0 }.Solve(a, b, x, observer: recorder);
            Assert.Equal(7, recorder.Iterates.Count);
            for (int k = 0; k < recorder.Iterates.Count; k++)
            {
                for (int i = 0; i < 17; i++)
                    Promises.Close(expected[i], recorder.Iterates[k][i], 1e-11, 1e-12, $"iterate {k}, element {i}");
                Promises.Close(ModelProblems.Residual(a, b, expected), recorder.Norms[k], 1e-9, 1e-12, $"residual {k}");
                for (int i = 0; i < 17; i++)
                    Relax(i);
                for (int i = 16; i >= 0 && sweep == RelaxationSweep.Symmetric; i--)
                    Relax(i);
            }

            void Relax(int i)
            {
                double sum = b[i];
                for (int j = 0; j < 17; j++)
                    sum -= dense[(i * 17) + j] * expected[j];
                expected[i] += omega * sum / dense[i * 18];
            }
        }
    }

    [Fact]
    public void RatesOnTheLaplacianAreYoungs()
    {
        const int K = 12;
        CsrMatrix<double> a = ModelProblems.Poisson<double>(K);
        double jacobi = Math.Cos(Math.PI / (K + 1)), best = SuccessiveOverRelaxation.OptimalRelaxation(jacobi);
        Promises.Close(2 / (1 + Math.Sin(Math.PI / (K + 1))), best, 1e-14, 0, "best relaxation");

        // Below the best w the radius is ((w r + sqrt(w^2 r^2 - 4 (w - 1))) / 2)^2, for Gauss and Seidel r^2; above it w - 1, with complex eigenvalues, so that residuals swing about the rate: a mean over many iterations, which the updated residual allows.
        foreach (double omega in (double[])[1, 1.3, 1.7, 1.8, 1.9])
        {
            double root = (omega * jacobi * omega * jacobi) - (4 * (omega - 1));
            double radius = omega < best ? Math.Pow(((omega * jacobi) + Math.Sqrt(root)) / 2, 2) : omega - 1;
            int from = (int)(5 / -Math.Log(radius)), to = (int)((omega < best ? 20 : 200) / -Math.Log(radius));
            var recorder = new Recorder();
            new SuccessiveOverRelaxation { Relaxation = omega, RelativeTolerance = 0, MaxIterations = to }.Solve(a, ModelProblems.Right<double>(K * K), new double[K * K], observer: recorder);
            double measured = Math.Pow(recorder.Norms[to] / recorder.Norms[from], 1.0 / (to - from));
            Promises.Close(radius, measured, omega < best ? 1e-3 : 0.01, 0, $"rate at {omega}");
        }

        // The best w needs fewest iterations, to a step of the grid, and far fewer than Gauss and Seidel.
        int[] iterations = [.. Enumerable.Range(0, 19).Select(i => Solve(1 + (i * 0.05)))];
        Assert.InRange(1 + (0.05 * Array.IndexOf(iterations, iterations.Min())), best - 0.05, best + 0.05);
        Assert.True(iterations.Min() < 0.25 * iterations[0], $"{iterations.Min()} iterations, {iterations[0]} of Gauss and Seidel");

        int Solve(double omega)
        {
            KrylovResult result = new SuccessiveOverRelaxation { Relaxation = omega, RelativeTolerance = 1e-8 }.Solve(a, ModelProblems.Right<double>(K * K), new double[K * K]);
            Assert.True(result.Converged, $"{omega}: {result}");
            return result.Iterations;
        }
    }

    [Fact]
    public void SolutionsAreThoseOfTheReference()
    {
        int cases = 0;
        foreach (JsonElement c in Reference.Json("sparse/krylov.json").GetProperty("cases").EnumerateArray().Where(c => c.GetProperty("kind").GetString() == "poisson"))
        {
            int k = c.GetProperty("k").GetInt32(), n = k * k;
            CsrMatrix<double> a = ModelProblems.Poisson<double>(k);
            double[] b = ModelProblems.Right<double>(n), truth = c.Numbers("x");
            foreach (RelaxationSweep sweep in (RelaxationSweep[])[RelaxationSweep.Forward, RelaxationSweep.Symmetric])
            {
                double[] x = new double[n];
                var method = new SuccessiveOverRelaxation { Relaxation = SuccessiveOverRelaxation.OptimalRelaxation(Math.Cos(Math.PI / (k + 1))), Sweep = sweep, RelativeTolerance = 1e-10 };
                KrylovResult result = method.Solve(a, b, x);
                Assert.True(result.Converged, $"{k}, {sweep}: {result}");
                Promises.Close(0, ModelProblems.Distance(truth, x), 0, 1e-8 * ModelProblems.Norm(truth), $"{k}, {sweep}");
                Promises.Close(ModelProblems.Residual(a, b, x), result.ResidualNorm, 1e-4, 1e-14, $"{k}, {sweep} residual");
                float[] single = new float[n];
                Assert.True((method with { RelativeTolerance = 1e-5 }).Solve(ModelProblems.Poisson<float>(k), ModelProblems.Right<float>(n), single).Converged);
                for (int i = 0; i < n; i++)
                    Promises.Close(truth[i], single[i], 0, 1e-3 * ModelProblems.Norm(truth), "in single precision");
            }

            cases++;
        }

        Assert.Equal(3, cases);
    }

    [Fact]
    public void PositiveDefiniteSystemsConvergeForEveryFactorAndTheEnergyFalls()
    {
        for (ulong seed = 1; seed <= 40; seed++)
        {
            int n = 3 + (int)(seed % 11);
            CsrMatrix<double> a = ModelProblems.PositiveDefinite(n, 0.3, seed);
            double[] truth = TestMatrices.Random(n, 1, seed + 5), b = new double[n], x = TestMatrices.Random(n, 1, seed + 6), error = new double[n], image = new double[n];
            a.Apply(truth, b);
            var recorder = new Recorder();
            double omega = 0.05 + (1.9 * ((seed * 7 % 41) / 41.0));
            KrylovResult result = new SuccessiveOverRelaxation { Relaxation = omega, Sweep = (RelaxationSweep)(seed % 2), RelativeTolerance = 1e-9, MaxIterations = 100_000 }.Solve(a, b, x, observer: recorder);
            Assert.True(result.Converged, $"{seed}, {omega}: {result}");
            Promises.Close(0, ModelProblems.Residual(a, b, x), 0, 1e-9 * ModelProblems.Norm(b) * 1.0001, $"{seed}: residual");
            double before = double.PositiveInfinity;
            foreach (double[] iterate in recorder.Iterates)
            {
                for (int i = 0; i < n; i++)
                    error[i] = iterate[i] - truth[i];
                a.Apply(error, image);
                double energy = error.Zip(image, (e, v) => e * v).Sum();
                Assert.True(energy <= (before * (1 + 1e-9)) + 1e-24, $"{seed}, {omega}: the energy rises from {before} to {energy}");
                before = energy;
            }
        }
    }

    [Fact]
    public void SymmetricSweepsAreThePreconditionersSteps()
    {
        CsrMatrix<double> a = ModelProblems.PositiveDefinite(23, 0.1, 4);
        double[] b = ModelProblems.Right<double>(23), x = new double[23], step = new double[23];
        new SsorPreconditioner<double>(a, 1.4).Apply(b, step);
        new SuccessiveOverRelaxation { Relaxation = 1.4, Sweep = RelaxationSweep.Symmetric, MaxIterations = 1, RelativeTolerance = 0 }.Solve(a, b, x);
        for (int i = 0; i < 23; i++)
            Promises.Close(step[i], x[i], 1e-12, 1e-13, $"element {i}");
    }

    [Fact]
    public void EveryEndIsSaidAndNothingIsAllocated()
    {
        CsrMatrix<double> a = ModelProblems.Poisson<double>(6);
        double[] b = ModelProblems.Right<double>(36), x = new double[36];
        var method = new SuccessiveOverRelaxation { Relaxation = 1.5 };
        Assert.Equal(KrylovStatus.IterationLimit, (method with { MaxIterations = 3 }).Solve(a, b, x).Status);
        Assert.Equal(KrylovStatus.Stagnated, (method with { RelativeTolerance = 1e-19 }).Solve(a, b, x).Status);
        Promises.Close(0, ModelProblems.Residual(a, b, x), 0, 1e-13, "residual where it stagnates");
        Assert.Equal(new KrylovResult(KrylovStatus.Converged, 0, 0), method.Solve(a, new double[36], x));
        Assert.All(x, value => Assert.Equal(0, value));
        Assert.Equal(KrylovStatus.Breakdown, method.Solve(CsrMatrix<double>.FromDense([1, 3, 3, 1], 2, 2), [1, 1], x.AsSpan(0, 2)).Status);
        Assert.All(x, value => Assert.True(double.IsFinite(value)));

        var workspace = new KrylovWorkspace<double>();
        Promises.AllocatesNothing(
            () =>
            {
                Array.Clear(x);
                method.Solve(a, b, x, workspace);
            },
            "a solution",
            20,
            10);

        foreach (double omega in (double[])[0, 2, double.NaN])
            Assert.Contains("Relaxation", Assert.Throws<ArgumentOutOfRangeException>(() => new SuccessiveOverRelaxation { Relaxation = omega }).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => new SuccessiveOverRelaxation { MaxIterations = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SuccessiveOverRelaxation { RelativeTolerance = -1 });
        Assert.Throws<ArgumentOutOfRangeException>(() => new SuccessiveOverRelaxation { Sweep = (RelaxationSweep)7 });
        Assert.Throws<ArgumentOutOfRangeException>(() => SuccessiveOverRelaxation.OptimalRelaxation(1));
        Assert.Contains("row 1", Assert.Throws<ArgumentException>(() => method.Solve(CsrMatrix<double>.FromDense([1, 0, 0, 0], 2, 2), [1, 1], new double[2])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => method.Solve(a, b, new double[5]));
    }
}
