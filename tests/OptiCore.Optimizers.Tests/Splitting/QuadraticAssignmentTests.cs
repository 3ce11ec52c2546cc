using OptiCore.Randomness;
using OptiCore.Solving;

namespace OptiCore.Optimizers.Tests.Splitting;

/// <summary>
/// Three-operator splitting with a nonconvex loss: the quadratic assignment problem min sum_ijkl flow_ik distance_jl X_ij X_kl relaxed to doubly stochastic matrices, whose rows and columns lie in simplices that
/// are projected onto one after the other.
/// </summary>
public class QuadraticAssignmentTests
{
    public static TheoryData<int, int> Instances => new() { { 3, 4 }, { 3, 5 }, { 4, 4 }, { 4, 5 } };

    [Theory]
    [MemberData(nameof(Instances))]
    public void SplittingBecomesFeasibleAndStationaryAndRoundsAsWellAsFrankWolfe(int height, int width)
    {
        var problem = new Assignment(height, width);
        int n = problem.Order;

        // Gradients are 2 |flow| |distance|-Lipschitz.
        double step = 1 / (2 * problem.Norm);
        double[] start = problem.Start();
        var splitting = new DavisYin { First = Prox.Indicator(new Rows(n)), Second = Prox.Indicator(new Columns(n)), Step = step, Backtracking = false, Stopping = StoppingRules.Never };
        SolverRun<double> run = Minimize.Start(splitting, problem, start, new RunOptions { MaxIterations = 100 });
        double early = double.PositiveInfinity, late = double.PositiveInfinity;
        foreach (RunProgress progress in run.Iterate(problem))
            early = Math.Min(early, progress.GradientNorm);
        run.Extend(new RunOptions { MaxIterations = 10_000 });
        foreach (RunProgress progress in run.Iterate(problem))
            late = Math.Min(late, progress.GradientNorm);

        // The bound falls like 1/sqrt(k): a hundred times the iterations, a tenth of the residual.
        Assert.True(late <= 0.1 * early, $"{early:g3}, then {late:g3}");
        double[] x = run.Point.ToArray();
        double infeasible = 0;
        for (int j = 0; j < n; j++)
            infeasible = Math.Max(infeasible, Math.Abs(Enumerable.Range(0, n).Sum(i => x[(i * n) + j]) - 1));
        Assert.True(infeasible <= 1e-3, $"columns are off by {infeasible:g3}");

        // The gap of Frank-Wolfe measures stationarity over the polytope.
        double[] gradient = new double[n * n], vertex = new double[n * n];
        double value = problem.ValueAndGradient(x, gradient), gap = 0;
        ConvexSet.Birkhoff(n).Minimize(gradient, vertex, new ProximalWorkspace());
        for (int k = 0; k < n * n; k++)
            gap += gradient[k] * (x[k] - vertex[k]);
        Assert.True(gap <= 1e-2 * value, $"gap {gap:g3} of {value:g6}");

        // Fast approximate quadratic programming (Vogelstein et al. 2015) is Frank-Wolfe on the same relaxation.
        var frankWolfe = new FrankWolfe { Set = ConvexSet.Birkhoff(n), Variant = FrankWolfeVariant.Vanilla };
        double[] other = Minimize.Run(frankWolfe, problem, start, new RunOptions { MaxIterations = 2000 }).LastPoint;
        double rounded = problem.Rounded(x), baseline = problem.Rounded(other);
        Assert.True(rounded <= 1.05 * baseline, $"{rounded} against {baseline}");
    }

    /// <summary>Distances between the fields of a grid and random flows, as in the instances of Nugent, Vollmann and Ruml.</summary>
    private sealed class Assignment : IDifferentiableFunction<double>
    {
        private readonly double[] _flow, _distance;

        public Assignment(int height, int width)
        {
            Order = height * width;
            (_flow, _distance) = (new double[Order * Order], new double[Order * Order]);
            RandomStream random = RandomKey.FromSeed((ulong)Order).Stream();
            for (int i = 0; i < Order; i++)
            {
                for (int j = 0; j < i; j++)
                {
                    double flow = Math.Max(0, Math.Floor(10 * random.NextDouble()) - 4);
                    _flow[(i * Order) + j] = _flow[(j * Order) + i] = flow;
                    _distance[(i * Order) + j] = _distance[(j * Order) + i] = Math.Abs((i / width) - (j / width)) + Math.Abs((i % width) - (j % width));
                }
            }

            Norm = RowSum(_flow) * RowSum(_distance);
        }

        public int Order { get; }

        public int Dimension => Order * Order;

        /// <summary>A bound of the product of the two spectral norms.</summary>
        public double Norm { get; }

        public double Value(ReadOnlySpan<double> x) => ValueAndGradient(x, new double[x.Length]);

        public double ValueAndGradient(ReadOnlySpan<double> x, Span<double> gradient)
        {
            double[] product = new double[x.Length];
            LinearAlgebra.Blas.Multiply(_flow, x, product, Order, Order, Order);
            LinearAlgebra.Blas.Multiply<double>(product, _distance, gradient, Order, Order, Order);
            double value = 0;
            for (int k = 0; k < x.Length; k++)
            {
                value += gradient[k] * x[k];
                gradient[k] *= 2;
            }

            return value;
        }

        /// <summary>The barycentre and a little of a random doubly stochastic matrix.</summary>
        public double[] Start()
        {
            double[] x = [.. ProxTests.Draw(Order, 1.0 / Order, Dimension).Select(v => v + (1.0 / Order))];
            ConvexSet.Birkhoff(Order).Project(x, x, new ProximalWorkspace());
            return x;
        }

        /// <summary>The cost of the permutation nearest to a matrix.</summary>
        public double Rounded(double[] x)
        {
            double[] vertex = new double[x.Length];
            ConvexSet.Birkhoff(Order).Minimize([.. x.Select(v => -v)], vertex, new ProximalWorkspace());
            return Value(vertex);
        }

        private double RowSum(double[] matrix) => Enumerable.Range(0, Order).Max(i => matrix.AsSpan(i * Order, Order).ToArray().Sum());
    }

    private sealed class Rows(int order) : IConvexSet
    {
        private readonly IConvexSet _simplex = ConvexSet.Simplex();

        public int Dimension => order * order;

        public void Project(ReadOnlySpan<double> x, Span<double> projection, ProximalWorkspace work)
        {
            for (int i = 0; i < order; i++)
                _simplex.Project(x.Slice(i * order, order), projection.Slice(i * order, order), work.Nested(0));
        }
    }

    private sealed class Columns(int order) : IConvexSet
    {
        private readonly IConvexSet _simplex = ConvexSet.Simplex();

        public int Dimension => order * order;

        public void Project(ReadOnlySpan<double> x, Span<double> projection, ProximalWorkspace work)
        {
            Span<double> column = work.Numbers(0, order);
            for (int j = 0; j < order; j++)
            {
                for (int i = 0; i < order; i++)
                    column[i] = x[(i * order) + j];
                _simplex.Project(column, column, work.Nested(0));
                for (int i = 0; i < order; i++)
                    projection[(i * order) + j] = column[i];
            }
        }
    }
}
