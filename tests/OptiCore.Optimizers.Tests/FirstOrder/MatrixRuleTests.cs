using OptiCore.LinearAlgebra;
using OptiCore.Persistence;
using OptiCore.Randomness;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.FirstOrder;

/// <summary>Rules that precondition whole matrices: known answers and symmetries.</summary>
public class MatrixRuleTests
{
    public static TheoryData<string> Names => [.. Matrices.Keys];

    /// <summary>Without SOAP of both sides: the first gradient of a tall matrix leaves a part of its left basis open, which rounding decides.</summary>
    public static TheoryData<string> WithUniquePaths => [.. Matrices.Keys.Where(n => n != "SOAP")];

    private static Dictionary<string, IUpdateRule> Matrices { get; } = new()
    {
        ["Muon"] = new Muon { WeightDecay = 0.1 },
        ["Muon, Adam's size"] = new Muon { Nesterov = false, Scale = MuonScale.MatchAdam },
        ["Shampoo"] = new Shampoo { PreconditionEvery = 2, Momentum = 0.9, Epsilon = 1 },
        ["Shampoo, average"] = new Shampoo { Beta = 0.9, MaxDimension = 4 },
        ["SOAP"] = new Soap { PreconditionEvery = 3 },
        ["SOAP, one side"] = new Soap { PreconditionEvery = 1, MaxDimension = 4 },
        ["COSMOS"] = new Cosmos { Rank = 2, WeightDecay = 0.1 },
        ["COSMOS, Nesterov"] = new Cosmos { Rank = 2, Nesterov = true },
        ["Adafactor"] = new Adafactor { Beta1 = 0.5 },
        ["LAMB"] = new Lamb(),
        ["LARS"] = new Lars(),
        ["scattered groups"] = new ParameterGroups(new(new Lion { LearningRate = 0.1 }.Then(new Lookahead()), BlockSelection.Of(0, 2)), new(new Adam(), BlockSelection.All)),
    };

    private static ParameterLayout Layout { get; } = ParameterLayout.Of([6, 4], [3], [2, 3, 5], [], [4, 7], [1, 2]);

    [Theory]
    [MemberData(nameof(Names))]
    public void SavedAndResumedEqualsUninterruptedOnAnyNumberOfThreads(string name)
    {
        double[] whole = Rules.Parameters(Layout.Length), x = [.. whole];
        RuleState<double> uninterrupted = Matrices[name].Start<double>(Layout), state = Matrices[name].Start<double>(Layout);
        for (int k = 0; k < 11; k++)
            uninterrupted.Step(whole, Rules.Gradient(whole.Length, k));
        for (int k = 0; k < 11; k++)
        {
            state.Step(x, Rules.Gradient(x.Length, k), k % 2 == 0 ? Workers.Serial : Workers.Threads(3));
            RuleState<double> next = Matrices[name].Start<double>(Layout);
            StateArchive.Load(next, StateArchive.Save(state));
            state = next;
        }

        Promises.SameBits(whole, x, name);
        Promises.SameBits(uninterrupted.EvaluationPoint(whole), state.EvaluationPoint(x), name);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void AStepIsATransformationAndASubtraction(string name)
    {
        double[] x = Rules.Parameters(Layout.Length), y = [.. x];
        RuleState<double> step = Matrices[name].Start<double>(Layout), transform = Matrices[name].Start<double>(Layout);
        for (int k = 0; k < 6; k++)
        {
            double[] u = Rules.Gradient(x.Length, k);
            step.Step(x, u);
            transform.Transform(u, y);
            for (int i = 0; i < y.Length; i++)
                y[i] -= u[i];
        }

        Promises.SameBits(y, x, name);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void AStepAllocatesNothing(string name)
    {
        double[] x = Rules.Parameters(Layout.Length), gradient = Rules.Gradient(x.Length, 9);
        RuleState<double> state = Matrices[name].Start<double>(Layout);
        Promises.AllocatesNothing(() => state.Step(x, gradient), name);
    }

    [Theory]
    [MemberData(nameof(WithUniquePaths))]
    public void FloatsFollowDoubles(string name)
    {
        double[] x = Rules.Parameters(Layout.Length);
        float[] y = [.. x.Select(v => (float)v)];
        RuleState<double> state = Matrices[name].Start<double>(Layout);
        RuleState<float> single = Matrices[name].Start<float>(Layout);
        for (int k = 0; k < 4; k++)
        {
            double[] g = Rules.Gradient(x.Length, k);
            state.Step(x, g);
            single.Step(y, [.. g.Select(v => (float)v)]);
        }

        for (int i = 0; i < x.Length; i++)
            Promises.Close(x[i], y[i], 1e-3, 1e-3, $"{name}, element {i}");
    }

    [Theory]
    [InlineData(5, 5)]
    [InlineData(3, 9)]
    [InlineData(9, 3)]
    [InlineData(1, 4)]
    public void NewtonSchulzBringsSingularValuesNearOne(int rows, int columns)
    {
        double[] x = Normal(rows * columns, rows), rotated = new double[x.Length], expected = new double[x.Length], turn = Orthogonal(columns, 5);
        Blas.Multiply<double>(x, turn, rotated, rows, columns, columns);
        var iteration = new NewtonSchulz<double>(rows, columns);
        iteration.Orthogonalize(x, 5, Workers.Serial);
        int k = Math.Min(rows, columns);
        double[] gram = new double[k * k];
        Blas.Gemm<double>(rows > columns, rows <= columns, k, k, Math.Max(rows, columns), 1, x, columns, x, columns, 0, gram, k);
        var eigen = new SymmetricEigen<double>(k);
        Assert.True(eigen.Factor(gram));
        foreach (double value in eigen.Values)
            Assert.InRange(Math.Sqrt(value), 0.6, 1.3);

        // The iteration is a polynomial in X X' times X: turning the input turns the output.
        iteration.Orthogonalize(rotated, 5, Workers.Serial);
        Blas.Multiply<double>(x, turn, expected, rows, columns, columns);
        Near(expected, rotated, 1e-12, "turned");
        double[] zero = new double[x.Length];
        iteration.Orthogonalize(zero, 5, Workers.Serial);
        Assert.All(zero, v => Assert.Equal(0, v));
    }

    [Fact]
    public void MuonsStepHasTheSizeOfItsScale()
    {
        foreach ((UnitAxis units, MuonScale scale, double factor) in new[]
        {
            (UnitAxis.Last, MuonScale.Spectral, Math.Sqrt(9.0 / 3)), (UnitAxis.First, MuonScale.Spectral, 1.0), (UnitAxis.Last, MuonScale.MatchAdam, 0.2 * 3),
        })
        {
            double[] u = Normal(27, 1), expected = [.. u];
            new Muon { LearningRate = 0.5, Units = units, Scale = scale }.Start<double>(ParameterLayout.Of([3, 9])).Transform(u, new double[27]);
            new NewtonSchulz<double>(3, 9).Orthogonalize(expected, 5, Workers.Serial);
            Near([.. expected.Select(v => 0.5 * factor * v)], u, 1e-12, $"{units}, {scale}");
        }
    }

    [Fact]
    public void VectorsBesideMatricesGetTheCompanion()
    {
        double[] x = Rules.Parameters(9), y = x[6..];
        RuleState<double> state = new Muon { Others = new Sgd { LearningRate = 0.5 } }.Start<double>(ParameterLayout.Of([2, 3], [3]));
        double[] g = Rules.Gradient(9, 0);
        state.Step(x, g);
        for (int i = 0; i < 3; i++)
            Assert.Equal(y[i] - (0.5 * g[6 + i]), x[6 + i]);
    }

    [Fact]
    public void ShampoosFirstStepIsThePolarFactor()
    {
        // (G G')^(-1/4) G (G' G)^(-1/4) = U V' for G = U S V'.
        const int N = 5;
        double[] g = Normal(N * N, 8), u = [.. g], gram = new double[N * N], product = new double[N * N];
        new Shampoo { LearningRate = 1, Epsilon = 1e-14 }.Start<double>(ParameterLayout.Of([N, N])).Transform(u, new double[N * N]);
        Blas.Gemm<double>(true, false, N, N, N, 1, u, N, u, N, 0, gram, N);
        Blas.Gemm<double>(true, false, N, N, N, 1, u, N, g, N, 0, product, N);
        for (int i = 0; i < N; i++)
        {
            for (int j = 0; j < N; j++)
            {
                Promises.Close(i == j ? 1 : 0, gram[(i * N) + j], 0, 1e-8, "orthogonal");
                Promises.Close(product[(j * N) + i], product[(i * N) + j], 0, 1e-8, "symmetric");
            }
        }

        var eigen = new SymmetricEigen<double>(N, vectors: false);
        Assert.True(eigen.Factor(product));
        Assert.True(eigen.Values[0] > 0, "U'G is positive definite.");
    }

    [Fact]
    public void ShampoosLongAxesKeepDiagonals()
    {
        ParameterLayout layout = ParameterLayout.Of([2, 3, 4]);
        RuleState<double> state = new Shampoo { LearningRate = 1, MaxDimension = 1, Epsilon = 0.5 }.Start<double>(layout);
        double[] a = [0.5, 0.5], b = [0.5, 0.5, 0.5], c = [0.5, 0.5, 0.5, 0.5];
        for (int t = 0; t < 5; t++)
        {
            double[] g = Rules.Gradient(24, t), u = [.. g];
            for (int k = 0; k < 24; k++)
            {
                a[k / 12] += g[k] * g[k];
                b[k / 4 % 3] += g[k] * g[k];
                c[k % 4] += g[k] * g[k];
            }

            state.Transform(u, new double[24]);
            for (int k = 0; k < 24; k++)
                Promises.Close(g[k] * Math.Pow(a[k / 12] * b[k / 4 % 3] * c[k % 4], -1.0 / 6), u[k], 1e-12, 0, $"element {k}, step {t}");
        }
    }

    [Fact]
    public void ShampooOfAVectorIsAdagradWithAFullMatrix()
    {
        // With a single direction ever seen, H = (epsilon + sum of squares) along it: the update is g / sqrt(epsilon + sum).
        RuleState<double> state = new Shampoo { LearningRate = 1, Epsilon = 0.25 }.Start<double>(4);
        double[] direction = [0.5, -0.5, 0.5, 0.5];
        double sum = 0.25;
        for (int t = 1; t < 6; t++)
        {
            double[] u = [.. direction.Select(v => t * v)];
            sum += t * t;
            state.Transform(u, new double[4]);
            for (int i = 0; i < 4; i++)
                Promises.Close(t * direction[i] / Math.Sqrt(sum), u[i], 1e-12, 0, $"step {t}");
        }
    }

    [Theory]
    [InlineData("SOAP")]
    [InlineData("Shampoo")]
    [InlineData("COSMOS")]
    [InlineData("Muon")]
    public void TurningTheProblemTurnsThePath(string name)
    {
        IUpdateRule rule = name switch
        {
            "SOAP" => new Soap { PreconditionEvery = 1, WeightDecay = 0 },
            "Shampoo" => new Shampoo(),
            "COSMOS" => new Cosmos { Rank = 2 },
            _ => new Muon(),
        };
        // COSMOS scales the elements of G U one by one, so that it doesn't notice a turn of the columns' side only.
        const int M = 5, N = 4;
        double[] left = name == "COSMOS" ? Identity(M) : Orthogonal(M, 1), right = Orthogonal(N, 2), x = new double[M * N], y = new double[M * N];
        RuleState<double> plain = rule.Start<double>(ParameterLayout.Of([M, N])), turned = rule.Start<double>(ParameterLayout.Of([M, N]));
        for (int t = 0; t < 6; t++)
        {
            double[] g = Normal(M * N, 20 + t);
            plain.Step(x, g);
            turned.Step(y, Turn(left, g, right, M, N));
        }

        Near(Turn(left, x, right, M, N), y, 1e-8, name);
    }

    [Fact]
    public void SoapWithoutBasesIsAdamW()
    {
        double[] x = Rules.Parameters(12), y = [.. x];
        RuleState<double> soap = new Soap { MaxDimension = 1 }.Start<double>(ParameterLayout.Of([3, 4])), adam = new AdamW { LearningRate = 3e-3, Beta1 = 0.95, Beta2 = 0.95, WeightDecay = 0.01 }.Start<double>(12);
        for (int k = 0; k < 8; k++)
        {
            soap.Step(x, Rules.Gradient(12, k));
            adam.Step(y, Rules.Gradient(12, k));
        }

        Near(y, x, 1e-13, "AdamW");
    }

    private static double[] Turn(double[] left, double[] x, double[] right, int m, int n)
    {
        double[] half = new double[m * n], turned = new double[m * n];
        Blas.Multiply<double>(left, x, half, m, m, n);
        Blas.Multiply<double>(half, right, turned, m, n, n);
        return turned;
    }

    private static double[] Identity(int n)
    {
        double[] identity = new double[n * n];
        for (int i = 0; i < n; i++)
            identity[i * (n + 1)] = 1;
        return identity;
    }

    private static double[] Orthogonal(int n, int seed)
    {
        var qr = new Qr<double>(n, n);
        qr.Factor(Normal(n * n, 100 + seed));
        double[] q = new double[n * n];
        qr.CopyQ(q);
        return q;
    }

    private static double[] Normal(int count, int seed)
    {
        double[] x = new double[count];
        RandomFill.Normal(RandomKey.FromSeed(31).Fold(seed), x);
        return x;
    }

    private static void Near(double[] expected, double[] actual, double tolerance, string what)
    {
        for (int i = 0; i < expected.Length; i++)
            Promises.Close(expected[i], actual[i], tolerance, tolerance, $"{what}, element {i}");
    }
}
