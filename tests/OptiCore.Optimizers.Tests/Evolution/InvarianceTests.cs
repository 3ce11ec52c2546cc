using FsCheck.Fluent;
using OptiCore.LinearAlgebra;
using OptiCore.Randomness;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Evolution;

/// <summary>What a change of the function or of the coordinates that says nothing new must not change.</summary>
public class InvarianceTests
{
    private const int N = 4, Generations = 25;

    private static readonly IFunction<double> Rosenbrock = new Problems.Rosenbrock(N);

    private static readonly ISolver<double, IFunction<double>>[] RankBased =
    [
        new CmaEs(), new SeparableCmaEs(), new LmMaEs(), new Xnes(), new Snes(), new CrossEntropyMethod(), new DifferentialEvolution(), new ParticleSwarm(),
        new OpenAiEs { Pairs = 6 }, new CmaEs { Bounds = Bounds.All(-3, 4) },
    ];

    [Fact]
    public void OrderPreservingMapsOfTheValuesChangeNoBit() => Forall.Check(Prop.ForAll<uint, byte>((seed, which) =>
    {
        ISolver<double, IFunction<double>> solver = RankBased[which % RankBased.Length];
        double[] start = Normal(seed, N);
        Clamp(start, solver);
        double[] plain = Path(solver, Rosenbrock, start, seed);
        double[] mapped = Path(solver, Function.BlackBox(N, x => Math.Cbrt(Rosenbrock.Value(x)) - 5), start, seed);
        Promises.SameBits(plain, mapped, solver.ToString()!);
    }));

    [Fact]
    public void TranslationsMoveThePath() => Forall.Check(Prop.ForAll<uint, byte>((seed, which) =>
    {
        ISolver<double, IFunction<double>> solver = RankBased[which % (RankBased.Length - 1)];
        double[] start = Normal(seed, N), shift = Normal(seed + 1, N), moved = [.. start.Zip(shift, (a, b) => a + b)];
        double[] plain = Path(solver, Rosenbrock, start, seed);
        double[] translated = Path(solver, Function.BlackBox(N, x => Rosenbrock.Value([.. x.ToArray().Zip(shift, (a, b) => a - b)])), moved, seed);
        for (int i = 0; i < plain.Length; i++)
            Promises.Close(plain[i] + shift[i % N], translated[i], 1e-7, 1e-7, $"{solver}, element {i}");
    }));

    /// <summary>xNES from a rotated shape asks at rotated points.</summary>
    [Fact]
    public void RotationsTurnThePathOfXnes() => Forall.Check(Prop.ForAll<uint>(seed =>
    {
        double[] q = Rotation(seed), start = Normal(seed + 1, N), identity = new double[N * N];
        for (int i = 0; i < N; i++)
            identity[(i * N) + i] = 1;
        double[] turnedStart = Turn(q, start);
        double[] transpose = new double[N * N];
        for (int i = 0; i < N; i++)
        {
            for (int j = 0; j < N; j++)
                transpose[(i * N) + j] = q[(j * N) + i];
        }

        SolverState<double> plain = new Xnes().Start(new ProblemShape(N), start, RandomKey.FromSeed(seed), identity);
        SolverState<double> turned = new Xnes().Start(new ProblemShape(N), turnedStart, RandomKey.FromSeed(seed), q);
        for (int k = 0; k < Generations; k++)
        {
            for (int i = 0; i < plain.Query.Count; i++)
            {
                double[] expected = Turn(q, plain.Query.Point(i)), actual = turned.Query.Point(i).ToArray();
                for (int j = 0; j < N; j++)
                    Promises.Close(expected[j], actual[j], 1e-7, 1e-7, $"generation {k}, point {i}, coordinate {j}");
                plain.Query.Value(i) = Rosenbrock.Value(plain.Query.Point(i));
                turned.Query.Value(i) = Rosenbrock.Value(Turn(transpose, turned.Query.Point(i)));
            }

            plain.Query.Complete();
            turned.Query.Complete();
            plain.Tell();
            turned.Tell();
        }
    }));

    /// <summary>The update of CMA-ES from rotated steps is the rotated update: mean, step size and covariance.</summary>
    [Fact]
    public void RotationsTurnTheUpdateOfCmaEs() => Forall.Check(Prop.ForAll<uint>(seed =>
    {
        double[] q = Rotation(seed), start = Normal(seed + 1, N);
        var strategy = new CmaStrategy(N, 9, active: true, separable: false);
        FullCovariance c = new(N, 1), turnedC = new(N, 1);
        var plain = new CmaDistribution(strategy, c, start, 0.7);
        var turned = new CmaDistribution(strategy, turnedC, Turn(q, start), 0.7);
        double[] y = new double[9 * N], turnedY = new double[9 * N], squares = new double[9], white = new double[N];
        for (int k = 0; k < Generations; k++)
        {
            c.Sample(Normal((seed * 1000) + (uint)k + 7, 9 * N), y, 9);
            for (int i = 0; i < 9; i++)
            {
                Turn(q, y.AsSpan(i * N, N)).CopyTo(turnedY, i * N);
                c.Whiten(y.AsSpan(i * N, N), white);
                squares[i] = Numerics.Reduce.SumOfSquares<double>(white);
            }

            plain.Update(y, squares, default);
            turned.Update(turnedY, squares, default);
        }

        Promises.Close(plain.Sigma, turned.Sigma, 1e-8, 0, "sigma");
        double[] mean = Turn(q, plain.Mean);
        for (int i = 0; i < N; i++)
            Promises.Close(mean[i], turned.Mean[i], 1e-8, 1e-8, "mean");

        // Q C Q'.
        double[] half = new double[N * N], whole = new double[N * N];
        Blas.Gemm(false, false, N, N, N, 1.0, q, N, c.Matrix, N, 0.0, half, N);
        Blas.Gemm(false, true, N, N, N, 1.0, half, N, q, N, 0.0, whole, N);
        double scale = whole.Max(Math.Abs);
        for (int i = 0; i < N * N; i++)
            Promises.Close(whole[i], turnedC.Matrix[i], 0, 1e-8 * scale, "covariance");
    }));

    private static double[] Path(ISolver<double, IFunction<double>> solver, IFunction<double> f, double[] start, uint seed)
    {
        var path = new List<double>();
        SolverRun<double> run = Minimize.Start(solver, f, start, new RunOptions { Key = RandomKey.FromSeed(seed), MaxIterations = Generations });
        while (run.TryAsk(out Query<double>? query))
        {
            path.AddRange(query.Points.ToArray());
            for (int i = 0; i < query.Count; i++)
                query.Value(i) = f.Value(query.Point(i));
            run.Tell();
        }

        return [.. path];
    }

    private static void Clamp(double[] x, ISolver<double, IFunction<double>> solver)
    {
        if ((solver as IBoundedSolver)?.Bounds is not { } bounds)
            return;
        for (int i = 0; i < x.Length; i++)
            x[i] = Math.Clamp(x[i], bounds.Lower(i), bounds.Upper(i));
    }

    private static double[] Normal(uint seed, int count)
    {
        double[] x = new double[count];
        RandomFill.Normal(RandomKey.FromSeed(seed), x);
        return x;
    }

    /// <summary>The orthogonal eigenvectors of a random symmetric matrix.</summary>
    private static double[] Rotation(uint seed)
    {
        double[] a = Normal(seed + 99, N * N);
        for (int i = 0; i < N; i++)
        {
            for (int j = 0; j < i; j++)
                a[(j * N) + i] = a[(i * N) + j];
        }

        var eigen = new SymmetricEigen<double>(N);
        Assert.True(eigen.Factor(a));
        return eigen.VectorRows.ToArray();
    }

    private static double[] Turn(ReadOnlySpan<double> q, ReadOnlySpan<double> x)
    {
        double[] y = new double[N];
        for (int i = 0; i < N; i++)
        {
            for (int j = 0; j < N; j++)
                y[i] += q[(i * N) + j] * x[j];
        }

        return y;
    }
}
