using OptiCore.LinearAlgebra;
using OptiCore.Networks;

namespace OptiCore.Optimizers.Tests.FirstOrder.Published;

/// <summary>Liu et al. (2025): SOAP in a few leading directions and Muon in the rest are nearly SOAP, with less state.</summary>
public class CosmosTests
{
    private const int M = 16, N = 12;

    [Fact]
    public void TheBasisTurnsTowardsTheLeadingEigenspace()
    {
        // Gradients with a fixed spectrum whose leading directions differ from those of the first one.
        var rule = new Cosmos { Rank = 3 };
        IMatrixState<double> state = ((IMatrixRule)rule).StartMatrix<double>(M, N);
        double[] scales = [.. Enumerable.Range(0, N).Select(j => j < 3 ? 4.0 : 0.5)], first = [.. scales.Reverse()], gram = new double[N * N];
        double before = double.NaN;
        for (int t = 0; t < 120; t++)
        {
            double[] g = SmallNetwork.Normal(M * N, 300 + t);
            for (int k = 0; k < g.Length; k++)
                g[k] *= t == 0 ? first[k % N] : scales[k % N];
            Blas.Gemm<double>(true, false, N, N, M, 0.04, g, N, g, N, 0.96, gram, N);
            state.Transform(g, new double[M * N], t, 1, Workers.Serial);
            if (t == 1)
                before = Angle(gram, ((Cosmos.State<double>)state).Basis);
        }

        double after = Angle(gram, ((Cosmos.State<double>)state).Basis);
        Assert.True(after < 0.1 && after < before / 5, $"The largest angle's sine went from {before} to {after}.");
    }

    [Fact]
    public void TheStateIsSmallerThanSoaps()
    {
        var state = (Cosmos.State<double>)((IMatrixRule)new Cosmos { Rank = 3 }).StartMatrix<double>(M, N);
        Assert.Equal((M * N) + ((M + N) * 3) + 9, state.StateCount);
        Assert.True(state.StateCount < 2 * ((M * N) + (M * M) + (N * N)) / 3);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AColumnGoesByTheFormula(bool nesterov)
    {
        // A basis of one direction and no rest.
        IMatrixState<double> state = ((IMatrixRule)new Cosmos { LearningRate = 1, Nesterov = nesterov }).StartMatrix<double>(M, 1);
        double[] mean = new double[M], squares = new double[M];
        for (int t = 1; t <= 4; t++)
        {
            double[] g = SmallNetwork.Normal(M, 500 + t), u = [.. g], expected = new double[M];
            for (int i = 0; i < M; i++)
            {
                mean[i] = (0.9 * mean[i]) + (0.1 * g[i]);
                squares[i] = (0.96 * squares[i]) + (0.04 * g[i] * g[i]);
                double m = nesterov ? ((0.9 * mean[i]) + (0.1 * g[i])) / (1 - Math.Pow(0.9, t + 1)) : mean[i] / (1 - Math.Pow(0.9, t));
                expected[i] = m / (Math.Sqrt(squares[i] / (1 - Math.Pow(0.96, t))) + 1e-8);
            }

            state.Transform(u, new double[M], t - 1, 1, Workers.Serial);
            double length = Math.Sqrt(expected.Sum(v => v * v));
            for (int i = 0; i < M; i++)
                Assert.Equal(Math.Sqrt(M) * expected[i] / length, u[i], 1e-12);
        }
    }

    [Fact]
    public void OnIllConditionedLeastSquaresItIsNearSoapAndBelowAdamAndMuon()
    {
        const int Steps = 400;
        double[] left = Scaled(M, 1), right = Scaled(N, 2), target = SmallNetwork.Normal(M * N, 3);
        Compare(6, 0.25, 1.05, Steps, rule =>
        {
            // 1/2 |A X B - C|^2 with A and B of condition 30.
            double[] x = new double[M * N], g = new double[M * N], half = new double[M * N];
            RuleState<double> state = rule.Start<double>(ParameterLayout.Of([M, N]));
            for (int k = 0; ; k++)
            {
                double[] residual = [.. target];
                Blas.Multiply<double>(left, x, half, M, M, N);
                Blas.Gemm<double>(false, false, M, N, N, 1, half, N, right, N, -1, residual, N);
                if (k == Steps)
                    return 0.5 * residual.Sum(v => v * v);
                Blas.Gemm<double>(true, false, M, N, M, 1, left, M, residual, N, 0, half, N);
                Blas.Gemm<double>(false, true, M, N, N, 1, half, N, right, N, 0, g, N);
                state.Step(x, g);
            }
        });
    }

    [Fact]
    public void OnANetworkItIsNearSoapAndBelowTheOthers()
    {
        // Inputs of scales from 1 to 0.1 and noisy labels, in batches. Here the rest matters: with a third of the directions in the basis, it is best to give it the weight of the basis. Without
        // Nesterov's momentum SOAP stays ahead by a twentieth.
        const int Samples = 1024;
        double[] x = SmallNetwork.Normal(Samples * 6, 9), noise = SmallNetwork.Normal(Samples, 10);
        for (int i = 0; i < x.Length; i++)
            x[i] *= Math.Pow(10, -(i % 6) / 5.0);
        double[] y = [.. Enumerable.Range(0, Samples).Select(i => Math.Sin(2 * x[6 * i]) + (3 * x[(6 * i) + 1] * x[6 * i]) + (5 * x[(6 * i) + 3]) + (0.3 * noise[i]))];
        var network = new SmallNetwork(new Mlp { Hidden = [24, 24], Outputs = 1 }, 32, 6, 1, x, y);
        Compare(8, 1, 1.03, 200, rule => (network.Train(rule, 0, 200) + network.Train(rule, 1, 200)) / 2, nesterov: true);
    }

    /// <summary>Every rule with the best of some rates, under a cosine.</summary>
    private static void Compare(int rank, double gamma, double nearness, int steps, Func<IUpdateRule, double> loss, bool nesterov = false)
    {
        double[] rates = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3];
        double cosmos = Best(rate => new Cosmos { LearningRate = rate, Rank = rank, Gamma = gamma, Nesterov = nesterov, Others = AdamAt(rate) });
        double soap = Best(rate => new Soap { LearningRate = rate, WeightDecay = 0, PreconditionEvery = 1, Others = AdamAt(rate) });
        double muon = Best(rate => new Muon { LearningRate = rate, Others = AdamAt(rate) });
        double adam = Best(AdamAt);
        Assert.True(cosmos <= nearness * soap && cosmos < adam && cosmos < muon, $"COSMOS {cosmos}, SOAP {soap}, Muon {muon}, Adam {adam}.");

        static IUpdateRule AdamAt(Schedule rate) => new Adam { LearningRate = rate };

        double Best(Func<Schedule, IUpdateRule> rule) => rates.Min(rate => loss(rule(Schedule.Cosine(rate, steps))));
    }

    /// <summary>A random matrix with singular values from 1 to 1/30.</summary>
    private static double[] Scaled(int n, int seed)
    {
        double[] u = Orthogonal(n, seed), v = Orthogonal(n, seed + 50), product = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                u[(i * n) + j] *= Math.Pow(30, -j / (n - 1.0));
        }

        Blas.Multiply<double>(u, v, product, n, n, n);
        return product;
    }

    private static double[] Orthogonal(int n, int seed)
    {
        var qr = new Qr<double>(n, n);
        qr.Factor(SmallNetwork.Normal(n * n, 400 + seed));
        double[] q = new double[n * n];
        qr.CopyQ(q);
        return q;
    }

    /// <summary>The sine of the largest angle between the basis and the eigenvectors of the three largest eigenvalues.</summary>
    private static double Angle(double[] gram, ReadOnlySpan<double> basis)
    {
        var eigen = new SymmetricEigen<double>(N);
        Assert.True(eigen.Factor(gram));
        double[] leading = eigen.VectorRows[((N - 3) * N)..].ToArray(), products = new double[9], inner = new double[9];
        Blas.Multiply<double>(leading, basis, products, 3, N, 3);
        Blas.Gemm<double>(true, false, 3, 3, 3, 1, products, 3, products, 3, 0, inner, 3);
        var cosines = new SymmetricEigen<double>(3, vectors: false);
        Assert.True(cosines.Factor(inner));
        return Math.Sqrt(Math.Max(0, 1 - cosines.Values[0]));
    }
}
