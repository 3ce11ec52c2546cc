using OptiCore.LinearAlgebra;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.Exponential;

public class KrylovPhiTests
{
    [Theory]
    [InlineData(0, 1.0, 1e-12), InlineData(1, 1.0, 1e-12), InlineData(2, 1.0, 1e-12), InlineData(3, 1.0, 1e-12), InlineData(4, 0.1, 1e-12)]
    [InlineData(0, 1.0, 1e-6), InlineData(1, 1.0, 1e-6), InlineData(2, -0.02, 1e-10), InlineData(3, 2.0, 1e-8)]
    public void TheActionIsThatOfTheDenseFunctions(int p, double t, double tolerance)
    {
        const int N = 48;
        double[] a = AdvectionDiffusion(N, 200), b = Vectors(p, N);
        double[] expected = Dense(a, N, p, t, b), actual = new double[N];
        KrylovPhiResult result = new KrylovPhi(N, p, 16).Compute(LinearOperator.Dense<double>(a, N, N), t, b, actual, tolerance);
        Assert.True(result.Converged);
        Assert.True(result.Steps > 1);
        double scale = Math.Max(Norm(expected), Enumerable.Range(0, p + 1).Max(k => Math.Pow(Math.Abs(t), k) * Norm(b[(k * N)..((k + 1) * N)])));
        double error = Norm([.. expected.Zip(actual, (x, y) => x - y)]);

        // The dense functions themselves have the rounding of the exponential.
        Assert.True(error < (tolerance * scale) + (1e-12 * scale), $"The error is {error / scale:g3} for {tolerance:g3} after {result.Steps} steps.");
        Assert.True(result.ErrorEstimate <= tolerance * scale * 1.01);
    }

    [Fact]
    public void AnInvariantSpaceIsExactInOneStep()
    {
        // Two eigenvectors of a diagonal matrix span the space.
        double[] diagonal = [.. Enumerable.Range(0, 1000).Select(i => -(double)i)], b = new double[1000], u = new double[1000];
        (b[3], b[7]) = (2, -1);
        KrylovPhiResult result = new KrylovPhi(1000, 0).Compute(LinearOperator.Diagonal<double>(diagonal), 0.5, b, u);
        Assert.Equal((KrylovStatus.Converged, 1, 2), (result.Status, result.Steps, result.Products));
        Assert.Equal(2 * Math.Exp(-1.5), u[3], 1e-15);
        Assert.Equal(-Math.Exp(-3.5), u[7], 1e-15);
    }

    [Fact]
    public void ASingleFunctionOfALargeMatrixHasItsKnownValues()
    {
        // phi[2] of a diagonal matrix of order 2000, applied to ones.
        const int N = 2000;
        double[] diagonal = [.. Enumerable.Range(0, N).Select(i => -100.0 * i / N)], b = new double[3 * N], u = new double[N], phi = new double[3];
        b.AsSpan(2 * N).Fill(1);
        KrylovPhiResult result = new KrylovPhi(N, 2).Compute(LinearOperator.Diagonal<double>(diagonal), 1, b, u, 1e-11);
        Assert.True(result.Converged);
        double worst = 0;
        for (int i = 0; i < N; i++)
        {
            PhiFunctions.Evaluate(diagonal[i], phi);
            worst = Math.Max(worst, Math.Abs(phi[2] - u[i]));
        }

        Assert.True(worst < 1e-11 * Math.Sqrt(N), $"{worst:g3}");
    }

    [Fact]
    public void ARotationKeepsTheNormInBothDirections()
    {
        const int N = 100;
        ILinearOperator<double> a = LinearOperator.From<double>(N, N, static (x, y) =>
        {
            for (int i = 0; i < N; i++)
                y[i] = 10 * ((i + 1 < N ? x[i + 1] : 0) - (i > 0 ? x[i - 1] : 0));
        });
        double[] b = Vectors(0, N), there = new double[N], back = new double[N];
        var krylov = new KrylovPhi(N, 0);
        Assert.True(krylov.Compute(a, 3, b, there).Converged);
        Assert.Equal(Norm(b), Norm(there), 1e-11);
        Assert.True(krylov.Compute(a, -3, there, back).Converged);
        for (int i = 0; i < N; i++)
            Assert.Equal(b[i], back[i], 1e-10);
    }

    [Fact]
    public void NothingIsAllocated()
    {
        const int N = 30;
        double[] b = Vectors(2, N), u = new double[N];
        ILinearOperator<double> a = LinearOperator.Dense<double>(AdvectionDiffusion(N, 20), N, N);
        var krylov = new KrylovPhi(N, 2, 10);
        Promises.AllocatesNothing(() => krylov.Compute(a, 0.1, b, u), "phi", 30, 5);
    }

    [Fact]
    public void OutcomesAreStatuses()
    {
        const int N = 48;
        double[] u = new double[N], b = Vectors(1, N);
        ILinearOperator<double> a = LinearOperator.Dense<double>(AdvectionDiffusion(N, 200), N, N);
        KrylovPhiResult limited = new KrylovPhi(N, 1, 8) { MaxSteps = 2 }.Compute(a, 1, b, u);
        Assert.Equal((KrylovStatus.IterationLimit, 2), (limited.Status, limited.Steps));
        ILinearOperator<double> broken = LinearOperator.From<double>(N, N, static (_, y) => y.Fill(double.NaN));
        Assert.Equal(KrylovStatus.Breakdown, new KrylovPhi(N, 0).Compute(broken, 1, b.AsSpan(0, N), u).Status);
        KrylovPhiResult none = new KrylovPhi(N, 1).Compute(a, 0, b, u);
        Assert.Equal((KrylovStatus.Converged, 0), (none.Status, none.Steps));
        Assert.Equal(b[..N], u);
        Assert.True(new KrylovPhi(N, 1).Compute(a, 1, new double[2 * N], u).Converged);
        Assert.All(u, x => Assert.Equal(0, x));
    }

    [Fact]
    public void BadArgumentsAreNamed()
    {
        ILinearOperator<double> a = LinearOperator.Identity<double>(3);
        double[] b = new double[6], u = new double[3];
        var krylov = new KrylovPhi(3, 1);
        Invalid("subspace", () => new KrylovPhi(3, 1, 1));
        Invalid("a", () => krylov.Compute(LinearOperator.Identity<double>(4), 1, b, u));
        Invalid("b", () => krylov.Compute(a, 1, u, u));
        Invalid("result", () => krylov.Compute(a, 1, b, b));
        Invalid("t", () => krylov.Compute(a, double.NaN, b, u));
        Invalid("tolerance", () => krylov.Compute(a, 1, b, u, 0));

        static void Invalid(string member, Action action) => Assert.Equal(member, Assert.ThrowsAny<ArgumentException>(action).ParamName);
    }

    /// <summary>The sum of t^k phi[k](t A) b[k] by matrices.</summary>
    private static double[] Dense(double[] a, int n, int p, double t, double[] b)
    {
        double[] phi = new double[(p + 1) * n * n], sum = new double[n];
        new PhiFunctions(n, p).Compute(t, a, phi);
        for (int k = 0; k <= p; k++)
        {
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                    sum[i] += Math.Pow(t, k) * phi[(((k * n) + i) * n) + j] * b[(k * n) + j];
            }
        }

        return sum;
    }

    private static double[] AdvectionDiffusion(int n, double diffusion)
    {
        double[] a = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            a[(i * n) + i] = -2 * diffusion;
            if (i > 0)
                a[(i * n) + i - 1] = 1.3 * diffusion;
            if (i + 1 < n)
                a[(i * n) + i + 1] = 0.7 * diffusion;
        }

        return a;
    }

    private static double[] Vectors(int p, int n) => [.. Enumerable.Range(0, (p + 1) * n).Select(i => Math.Sin(1 + (0.7 * i)) + 0.2)];

    private static double Norm(double[] x) => Math.Sqrt(x.Sum(y => y * y));
}
