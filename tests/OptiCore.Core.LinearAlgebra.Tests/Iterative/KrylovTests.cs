using System.Text.Json;
using FsCheck.Fluent;
using OptiCore.LinearAlgebra;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.LinearAlgebra;

public class KrylovTests
{
    private static IEnumerable<JsonElement> Cases(string kind) =>
        Reference.Json("sparse/krylov.json").GetProperty("cases").EnumerateArray().Where(c => c.GetProperty("kind").GetString() == kind);

    private sealed class Recorder : IKrylovObserver<double>
    {
        public List<double> Norms { get; } = [];

        public List<double[]> Iterates { get; } = [];

        public Func<int, bool> Goes { get; init; } = _ => true;

        public bool Continue(in KrylovStep<double> step)
        {
            Norms.Add(step.ResidualNorm);
            if (!step.Solution.IsEmpty)
                Iterates.Add(step.Solution.ToArray());
            return Goes(step.Iteration);
        }
    }

    [Fact]
    public void PoissonIsSolvedInAsManyIterationsAsByThePeer()
    {
        int cases = 0;
        foreach (JsonElement c in Cases("poisson"))
        {
            string id = c.GetProperty("id").GetString()!;
            int k = c.GetProperty("k").GetInt32(), n = k * k;
            CsrMatrix<double> a = ModelProblems.Poisson<double>(k);
            double[] b = ModelProblems.Right<double>(n), x = new double[n], truth = c.Numbers("x");
            KrylovResult result = new ConjugateGradient { RelativeTolerance = 1e-10 }.Solve(a, b, x);
            Assert.True(result.Converged, $"{id}: {result}");
            Assert.InRange(result.Iterations, c.GetProperty("cg").GetInt32() - 1, c.GetProperty("cg").GetInt32() + 1);
            Promises.Close(0, ModelProblems.Distance(truth, x), 0, 1e-8 * ModelProblems.Norm(truth), id);
            Promises.Close(ModelProblems.Residual(a, b, x), result.ResidualNorm, 1e-4, 1e-14, id + " residual");

            // Preconditioned: fewer iterations, the same solution.
            var cholesky = new IncompleteCholesky<double>(a);
            Assert.Equal(0, cholesky.Factor(a));
            foreach (ILinearOperator<double> m in (ILinearOperator<double>[])[cholesky, new SsorPreconditioner<double>(a, 1.2)])
            {
                Array.Clear(x);
                KrylovResult faster = new ConjugateGradient { RelativeTolerance = 1e-10 }.Solve(a, b, x, preconditioner: m);
                Assert.True(faster.Converged && (k < 12 || faster.Iterations < 0.8 * result.Iterations), $"{id}: {faster} after {result}");
                Promises.Close(0, ModelProblems.Distance(truth, x), 0, 1e-8 * ModelProblems.Norm(truth), id);
            }

            // Indefinite: MINRES.
            ILinearOperator<double> shifted = LinearOperator.Add<double>(a, -c.Number("minres_shift"), LinearOperator.Identity<double>(n));
            Array.Clear(x);
            var recorder = new Recorder();
            result = new Minres { RelativeTolerance = 1e-11, MaxIterations = 20 * n }.Solve(shifted, b, x, observer: recorder);
            Assert.True(result.Converged, $"{id}: {result}");
            Promises.Close(0, ModelProblems.Distance(c.Numbers("minres_x"), x), 0, 1e-6 * ModelProblems.Norm(c.Numbers("minres_x")), id + " MINRES");
            for (int i = 1; i < recorder.Norms.Count; i++)
                Assert.True(recorder.Norms[i] <= recorder.Norms[i - 1], $"{id}: MINRES residual {i}");
            Promises.Close(ModelProblems.Residual(shifted, b, x), result.ResidualNorm, 0.05, 1e-12, id + " MINRES residual");
            cases++;
        }

        Assert.Equal(3, cases);
    }

    [Fact]
    public void UnsymmetricSystemsAreSolvedInAsManyIterationsAsByThePeer()
    {
        int cases = 0;
        foreach (JsonElement c in Cases("convection"))
        {
            string id = c.GetProperty("id").GetString()!;
            int k = c.GetProperty("k").GetInt32(), n = k * k;
            CsrMatrix<double> a = ModelProblems.Poisson<double>(k, c.Number("c"));
            double[] b = ModelProblems.Right<double>(n), x = new double[n], truth = c.Numbers("x");
            var recorder = new Recorder();
            KrylovResult result = new Gmres { RelativeTolerance = 1e-10, Restart = 20 }.Solve(a, b, x, observer: recorder);
            Assert.True(result.Converged, $"{id}: {result}");
            Assert.InRange(result.Iterations, c.GetProperty("gmres").GetInt32() - 2, c.GetProperty("gmres").GetInt32() + 2);
            Promises.Close(0, ModelProblems.Distance(truth, x), 0, 1e-8 * ModelProblems.Norm(truth), id);
            for (int i = 1; i < recorder.Norms.Count; i++)
                Assert.True(recorder.Norms[i] <= recorder.Norms[i - 1] * (1 + 1e-8), $"{id}: GMRES residual {i}");

            Array.Clear(x);
            KrylovResult stabilized = new BiCgStab { RelativeTolerance = 1e-10 }.Solve(a, b, x);
            Assert.True(stabilized.Converged, $"{id}: {stabilized}");
            int peer = c.GetProperty("bicgstab").GetInt32();
            Assert.InRange(stabilized.Iterations, peer - 2 - (peer / 4), peer + 2 + (peer / 4));
            Promises.Close(0, ModelProblems.Distance(truth, x), 0, 1e-8 * ModelProblems.Norm(truth), id + " BiCGSTAB");

            var lu = new IncompleteLu<double>(a);
            Assert.True(lu.TryFactor(a, out _));
            foreach (bool flexible in (bool[])[false, true])
            {
                Array.Clear(x);
                KrylovResult faster = new Gmres { RelativeTolerance = 1e-10, Restart = 20, Flexible = flexible }.Solve(a, b, x, preconditioner: lu);
                Assert.True(faster.Converged && faster.Iterations < 0.7 * result.Iterations, $"{id}: {faster} after {result}");
                Promises.Close(0, ModelProblems.Distance(truth, x), 0, 1e-8 * ModelProblems.Norm(truth), id + " ILU");
            }

            Array.Clear(x);
            KrylovResult both = new BiCgStab { RelativeTolerance = 1e-10 }.Solve(a, b, x, preconditioner: lu);
            Assert.True(both.Converged && both.Iterations < stabilized.Iterations, $"{id}: {both}");
            Promises.Close(0, ModelProblems.Distance(truth, x), 0, 1e-8 * ModelProblems.Norm(truth), id + " BiCGSTAB ILU");
            cases++;
        }

        Assert.Equal(6, cases);
    }

    [Fact]
    public void LeastSquaresMeetTheReference()
    {
        int cases = 0;
        foreach (JsonElement c in Cases("tall"))
        {
            string id = c.GetProperty("id").GetString()!;
            int m = c.GetProperty("m").GetInt32(), n = c.GetProperty("n").GetInt32();
            double damp = c.Number("damp");
            CsrMatrix<double> a = ModelProblems.Tall<double>(m, n);
            double[] b = ModelProblems.Right<double>(m), x = new double[n], truth = c.Numbers("x");
            Recorder first = new(), second = new();
            KrylovResult lsqr = new Lsqr { Damping = damp, MatrixTolerance = 1e-8, RightSideTolerance = 1e-8 }.Solve(a, b, x, observer: first);
            Assert.True(lsqr.Converged, $"{id}: {lsqr}");
            Assert.InRange(lsqr.Iterations, c.GetProperty("lsqr").GetInt32() - 1, c.GetProperty("lsqr").GetInt32() + 1);
            Promises.Close(0, ModelProblems.Distance(truth, x), 0, 1e-6 * ModelProblems.Norm(truth), id);
            Promises.Close(c.Number("residual"), lsqr.ResidualNorm, 1e-7, 0, id + " residual");
            Promises.Close(ModelProblems.Norm(x), lsqr.SolutionNorm, 1e-6, 0, id + " |x|");
            if (lsqr.Iterations == c.GetProperty("lsqr").GetInt32())
            {
                Promises.Close(c.Number("lsqr_norm"), lsqr.OperatorNorm, 0.05, 0, id + " |A|");
                Promises.Close(c.Number("lsqr_condition"), lsqr.ConditionNumber, 0.05, 0, id + " condition");
            }

            KrylovResult lsmr = new Lsmr { Damping = damp, MatrixTolerance = 1e-8, RightSideTolerance = 1e-8 }.Solve(a, b, x, observer: second);
            Assert.True(lsmr.Converged, $"{id}: {lsmr}");
            Assert.InRange(lsmr.Iterations, c.GetProperty("lsmr").GetInt32() - 1, c.GetProperty("lsmr").GetInt32() + 1);
            Promises.Close(0, ModelProblems.Distance(truth, x), 0, 1e-6 * ModelProblems.Norm(truth), id);
            Promises.Close(c.Number("residual"), lsmr.ResidualNorm, 1e-7, 0, id + " residual");

            // LSMR's |A' r| is monotone, and never above LSQR's; LSQR's damped residual is monotone.
            double previous = double.PositiveInfinity;
            for (int i = 0; i < Math.Min(first.Iterates.Count, second.Iterates.Count); i++)
            {
                double one = Normal(first.Iterates[i]), two = Normal(second.Iterates[i]);
                Assert.True(two <= previous * (1 + 1e-9) + 1e-10 && two <= one * (1 + 1e-6) + 1e-9, $"{id}, iterate {i}: {two} after {previous}, LSQR {one}");
                previous = two;
            }

            double Normal(double[] iterate)
            {
                double[] r = new double[m], g = new double[n];
                a.Apply(iterate, r);
                for (int i = 0; i < m; i++)
                    r[i] = b[i] - r[i];
                a.ApplyAdjoint(r, g);
                return ModelProblems.Norm(g.Select((v, j) => v - (damp * damp * iterate[j])));
            }

            cases++;
        }

        Assert.Equal(4, cases);
    }

    [Fact]
    public void ConjugateGradientsMinimiseTheEnergyAndEndAfterNSteps() => Forall.Check(Prop.ForAll(
        (from n in Gen.Choose(1, 12) from seed in Gen.Choose(0, int.MaxValue) select (n, seed)).ToArbitrary(),
        t =>
        {
            (int n, int seed) = t;
            double[] dense = TestMatrices.PositiveDefinite(n, (ulong)seed), truth = TestMatrices.Random(n, 1, (ulong)seed + 1), b = ModelProblems.Product(dense, truth, n, n, 1), x = new double[n];
            IAdjointOperator<double> a = LinearOperator.Dense<double>(dense, n, n);
            var recorder = new Recorder();
            KrylovResult result = new ConjugateGradient { RelativeTolerance = 1e-12 }.Solve(a, b, x, observer: recorder);
            double before = double.PositiveInfinity;
            bool falls = true;
            foreach (double[] iterate in recorder.Iterates)
            {
                double[] error = [.. iterate.Zip(truth, (p, q) => p - q)];
                double energy = ModelProblems.Product(dense, error, n, n, 1).Zip(error, (p, q) => p * q).Sum();
                falls &= energy <= (before * (1 + 1e-9)) + 1e-18;
                before = energy;
            }

            return falls && result.Converged && result.Iterations <= n + 1 && ModelProblems.Distance(truth, x) <= 1e-9 * (1 + ModelProblems.Norm(truth));
        }));

    [Fact]
    public void IndefiniteOperatorsAndSingularSystemsAreSaid()
    {
        double[] b = [1, 2, 3], x = new double[3];
        Assert.Equal(KrylovStatus.Indefinite, new ConjugateGradient().Solve(LinearOperator.Diagonal<double>((double[])[1, -4, 1]), b, x).Status);

        // Diagonal (1, 2, 0): the part of b outside of the range remains.
        x.AsSpan().Clear();
        KrylovResult least = new Minres { RelativeTolerance = 1e-12 }.Solve(LinearOperator.Diagonal<double>((double[])[1, 2, 0]), b, x);
        Assert.Equal(KrylovStatus.LeastSquares, least.Status);
        Promises.Close(3, least.ResidualNorm, 1e-12, 0, "residual");
        Promises.Close(0, ModelProblems.Distance([1, 1], x.AsSpan(0, 2)), 0, 1e-12, "x");

        x.AsSpan().Clear();
        KrylovResult stuck = new Gmres().Solve(LinearOperator.Diagonal<double>((double[])[1, 2, 0]), b, x);
        Assert.Equal(KrylovStatus.Stagnated, stuck.Status);
        Promises.Close(3, stuck.ResidualNorm, 1e-10, 0, "residual");

        // A rotation by a right angle: r is orthogonal to A r, and BiCGSTAB can't begin.
        double[] plane = new double[2];
        Assert.Equal(KrylovStatus.Breakdown, new BiCgStab().Solve(LinearOperator.Dense<double>((double[])[0, 1, -1, 0], 2, 2), [1, 0], plane).Status);
        Assert.Equal(KrylovStatus.Converged, new Gmres().Solve(LinearOperator.Dense<double>((double[])[0, 1, -1, 0], 2, 2), [1, 0], plane).Status);
        Promises.Close(0, ModelProblems.Distance([0, 1], plane), 0, 1e-14, "rotation");

        ILinearOperator<double> broken = LinearOperator.From<double>(3, 3, (_, y) => y.Fill(double.NaN));
        x.AsSpan().Clear();
        Assert.Equal(KrylovStatus.Breakdown, new ConjugateGradient().Solve(broken, b, x).Status);
        Assert.Equal(KrylovStatus.Breakdown, new Minres().Solve(broken, b, x).Status);
        Assert.Equal(KrylovStatus.Breakdown, new BiCgStab().Solve(broken, b, x).Status);
        Assert.Equal(KrylovStatus.Breakdown, new Gmres().Solve(broken, b, x).Status);
        Assert.Equal(KrylovStatus.Breakdown, new Lsqr().Solve(LinearOperator.Symmetric(broken), b, x).Status);
        Assert.Equal([0.0, 0, 0], x);
        Assert.Equal(KrylovStatus.Stagnated, new ConjugateGradient { RelativeTolerance = 1e-30 }.Solve(ModelProblems.Poisson<double>(5), ModelProblems.Right<double>(25), new double[25]).Status);
    }

    [Fact]
    public void TheEasyEndsOfTheDomainAreSolved()
    {
        var empty = LinearOperator.Identity<double>(0);
        Assert.True(new ConjugateGradient().Solve(empty, [], []).Converged && new Minres().Solve(empty, [], []).Converged && new Gmres().Solve(empty, [], []).Converged);
        Assert.True(new BiCgStab().Solve(empty, [], []).Converged && new Lsqr().Solve(empty, [], []).Converged && new Lsmr().Solve(empty, [], []).Converged);
        foreach (double scale in (double[])[1e-150, 1, 1e150])
        {
            IAdjointOperator<double> a = LinearOperator.Diagonal<double>((double[])[2 * scale]);
            double[] b = [3 * scale];
            double[][] xs = [[0], [0], [0], [0], [0], [0]];
            KrylovResult[] results =
            [
                new ConjugateGradient().Solve(a, b, xs[0]), new Minres().Solve(a, b, xs[1]), new Gmres().Solve(a, b, xs[2]),
                new BiCgStab().Solve(a, b, xs[3]), new Lsqr().Solve(a, b, xs[4]), new Lsmr().Solve(a, b, xs[5]),
            ];
            for (int i = 0; i < 6; i++)
                Assert.True(results[i].Converged && Math.Abs(xs[i][0] - 1.5) <= 1e-14, $"method {i}, scale {scale}: {results[i]}, x = {xs[i][0]}");
        }

        double[] start = [5, 6];
        Assert.True(new Gmres().Solve(LinearOperator.Identity<double>(2), [0, 0], start).Converged);
        Assert.Equal([0.0, 0], start);

        // Underdetermined: the solution of least norm.
        double[] least = new double[2];
        Assert.True(new Lsqr { MatrixTolerance = 1e-14, RightSideTolerance = 1e-14 }.Solve(LinearOperator.Dense<double>((double[])[3, 4], 1, 2), [25], least).Converged);
        Promises.Close(0, ModelProblems.Distance([3, 4], least), 0, 1e-12, "least norm");
    }

    [Fact]
    [Trait("Suite", "Kernels")]
    public void SinglePrecisionConverges()
    {
        CsrMatrix<float> a = ModelProblems.Poisson<float>(10), c = ModelProblems.Poisson<float>(10, 0.5);
        float[] b = ModelProblems.Right<float>(100), x = new float[100];
        Assert.True(new ConjugateGradient { RelativeTolerance = 1e-5 }.Solve(a, b, x).Converged);
        Hardware.SameBitsEverywhere<float>(x, "CG");
        Array.Clear(x);
        Assert.True(new Minres { RelativeTolerance = 1e-5 }.Solve(a, b, x).Converged);
        Array.Clear(x);
        Assert.True(new Gmres { RelativeTolerance = 1e-5 }.Solve(c, b, x).Converged);
        Array.Clear(x);
        Assert.True(new BiCgStab { RelativeTolerance = 1e-5 }.Solve(c, b, x).Converged);
        Hardware.SameBitsEverywhere<float>(x, "BiCGSTAB");
        Assert.True(new Lsqr { MatrixTolerance = 1e-5, RightSideTolerance = 1e-5 }.Solve(c, b, x).Converged);
        Assert.True(new Lsmr { MatrixTolerance = 1e-5, RightSideTolerance = 1e-5 }.Solve(c, b, x).Converged);
        Hardware.SameBitsEverywhere<float>(x, "LSMR");
    }

    [Fact]
    public void ObserversStopBeforeTheStepAndSeeItsCurvature()
    {
        CsrMatrix<double> a = ModelProblems.Poisson<double>(6);
        double[] b = ModelProblems.Right<double>(36), x = new double[36], product = new double[36];
        new ConjugateGradient { RelativeTolerance = 1e-10 }.Solve(a, b, x);
        double radius = 0.6 * ModelProblems.Norm(x);
        Array.Clear(x);
        var steihaug = new Boundary(a, radius);
        KrylovResult result = new ConjugateGradient { RelativeTolerance = 1e-10 }.Solve(a, b, x, observer: steihaug);
        Assert.Equal(KrylovStatus.Stopped, result.Status);
        Assert.True(ModelProblems.Norm(x) < radius && steihaug.Next > radius, $"{ModelProblems.Norm(x)} then {steihaug.Next}");
        a.Apply(steihaug.Direction, product);
        Promises.Close(product.Zip(steihaug.Direction, (p, q) => p * q).Sum(), steihaug.Curvature, 1e-13, 0, "curvature");
        foreach (int stop in (int[])[0, 3])
        {
            Array.Clear(x);
            Assert.Equal((KrylovStatus.Stopped, stop), Outcome(new Minres().Solve(a, b, x, observer: new Recorder { Goes = i => i < stop })));
            Array.Clear(x);
            Assert.Equal((KrylovStatus.Stopped, stop), Outcome(new Gmres().Solve(a, b, x, observer: new Recorder { Goes = i => i < stop })));
            Array.Clear(x);
            Assert.Equal((KrylovStatus.Stopped, stop), Outcome(new BiCgStab().Solve(a, b, x, observer: new Recorder { Goes = i => i < stop })));
            Assert.Equal((KrylovStatus.Stopped, stop), Outcome(new Lsqr().Solve(a, b, x, observer: new Recorder { Goes = i => i < stop })));
            Assert.Equal((KrylovStatus.Stopped, stop), Outcome(new Lsmr().Solve(a, b, x, observer: new Recorder { Goes = i => i < stop })));
        }

        Array.Clear(x);
        Assert.Equal((KrylovStatus.IterationLimit, 2), Outcome(new Gmres { MaxIterations = 2 }.Solve(a, b, x)));
        Array.Clear(x);
        Assert.Equal((KrylovStatus.IterationLimit, 2), Outcome(new ConjugateGradient { MaxIterations = 2 }.Solve(a, b, x)));

        static (KrylovStatus, int) Outcome(KrylovResult r) => (r.Status, r.Iterations);
    }

    [Fact]
    public void SolvingAgainAllocatesNothing()
    {
        CsrMatrix<double> a = ModelProblems.Poisson<double>(4);
        double[] b = ModelProblems.Right<double>(16), x = new double[16];
        var workspace = new KrylovWorkspace<double>();
        var cholesky = new IncompleteCholesky<double>(a);
        cholesky.Factor(a);
        ConjugateGradient cg = new();
        Minres minres = new();
        Gmres gmres = new() { Restart = 5 };
        BiCgStab stab = new();
        Lsqr lsqr = new();
        Lsmr lsmr = new();
        Promises.AllocatesNothing(
            () =>
            {
                x.AsSpan().Clear();
                cg.Solve(a, b, x, workspace, cholesky);
                x.AsSpan().Clear();
                minres.Solve(a, b, x, workspace, cholesky);
                x.AsSpan().Clear();
                gmres.Solve(a, b, x, workspace, cholesky);
                x.AsSpan().Clear();
                stab.Solve(a, b, x, workspace, cholesky);
                lsqr.Solve(a, b, x, workspace);
                lsmr.Solve(a, b, x, workspace);
                cholesky.Factor(a);
            },
            "iterative methods");
    }

    private sealed class Boundary(ILinearOperator<double> a, double radius) : IKrylovObserver<double>
    {
        public double Next { get; private set; }

        public double Curvature { get; private set; }

        public double[] Direction { get; } = new double[a.Rows];

        public bool Continue(in KrylovStep<double> step)
        {
            if (step.Direction.IsEmpty)
                return true;
            double[] next = step.Solution.ToArray();
            for (int i = 0; i < next.Length; i++)
                next[i] += step.StepLength * step.Direction[i];
            (Next, Curvature) = (ModelProblems.Norm(next), step.Curvature);
            step.Direction.CopyTo(Direction);
            return Next <= radius;
        }
    }
}
