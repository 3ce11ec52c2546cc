using FsCheck;
using FsCheck.Fluent;
using OptiCore.Differentiation;
using OptiCore.LinearAlgebra;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.Constraints;

/// <summary>Laws of all constraints: one row each, every law for generated sizes and points.</summary>
public sealed class ConstraintTests
{
    private static readonly Dictionary<string, Func<int, Constraint>> Table = new()
    {
        ["real scalar"] = _ => new RealConstraint(),
        ["real"] = n => new RealConstraint([n]),
        ["real matrix"] = n => new RealConstraint([n, 2]),
        ["positive"] = n => new LowerBoundConstraint(0, [n]),
        ["lower bound"] = n => new LowerBoundConstraint(-1.5, [n]),
        ["upper bound"] = n => new UpperBoundConstraint(2.5, [n]),
        ["probability"] = _ => new IntervalConstraint(0, 1),
        ["interval"] = n => new IntervalConstraint(-3, 5, [n]),
        ["simplex"] = n => new SimplexConstraint(n + 1),
        ["rows of simplexes"] = n => new RowsConstraint(new SimplexConstraint(n + 1), 2),
        ["ordered"] = n => new OrderedConstraint(n),
        ["positive ordered"] = n => new PositiveOrderedConstraint(n),
        ["unit vector"] = n => new UnitVectorConstraint(n + 1),
        ["sum to zero"] = n => new SumToZeroConstraint(n + 1),
        ["correlation factor"] = n => new CorrelationCholeskyConstraint(Order(n) + 1),
        ["correlation"] = n => new CorrelationConstraint(Order(n) + 1),
        ["covariance factor"] = n => new CovarianceCholeskyConstraint(Order(n)),
        ["covariance"] = n => new CovarianceConstraint(Order(n)),
    };

    public static TheoryData<string> Rows => [.. Table.Keys];

    [Fact]
    public void Every_constraint_has_a_row()
    {
        IEnumerable<Type> constraints = typeof(Constraint).Assembly.GetExportedTypes().Where(t => !t.IsAbstract && t.IsAssignableTo(typeof(Constraint)));
        Assert.All(constraints, t => Assert.Contains(Table.Values, make => make(2).GetType() == t));
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Back_and_forth_is_the_identity(string row) => ForAll(row, (c, u) =>
    {
        double[] x = new double[c.ElementCount], back = new double[u.Length], again = new double[x.Length];

        // The factor of a matrix loses the digits of its condition number: of such matrices, well-conditioned ones.
        if (c is CovarianceConstraint or CorrelationConstraint)
            u = Array.ConvertAll(u, v => 0.3 * v);
        c.Constrain(u, x);
        c.Unconstrain(x, back);
        c.Constrain(back, again);

        // Rounding of x is amplified by du/dx, up to e^|u| for the coordinates here; of a direction only the elements come back.
        for (int i = 0; i < x.Length; i++)
            Promises.Close(x[i], again[i], 1e-11, 1e-12, $"{row}: x[{i}]");
        for (int i = 0; i < u.Length && c is not UnitVectorConstraint; i++)
            Promises.Close(u[i], back[i], 1e-10, 1e-10, $"{row}: u[{i}]");
    });

    [Theory]
    [MemberData(nameof(Rows))]
    public void Elements_and_Jacobian_are_the_textbooks(string row) => ForAll(row, (c, u) =>
    {
        int n = c.CoordinateCount, m = c.ElementCount;
        double[] x = new double[m], expected = new double[m], jacobian = new double[m * n];
        double log = c.Constrain(u, x);
        Function.FromResiduals(n, m, TextbookMaps.Of(c)).ResidualsAndJacobian(u, expected, jacobian);
        for (int i = 0; i < m; i++)
            Promises.Close(expected[i], x[i], 1e-11, 1e-11, $"{row}: x[{i}]");
        Promises.Close(c is UnitVectorConstraint ? -0.5 * u.Sum(v => v * v) : LogVolume(c, jacobian), log, 1e-9, 1e-9, $"{row}: log Jacobian");
    });

    [Theory]
    [MemberData(nameof(Rows))]
    public void The_pullback_is_the_gradient(string row) => ForAll(row, (c, u) =>
    {
        double[] x = new double[c.ElementCount], weights = Weights(c), gradient = new double[u.Length];
        c.Constrain(u, x);
        gradient.AsSpan().Fill(double.NaN);
        c.Pullback(u, x, weights, gradient);
        for (int i = 0; i < u.Length; i++)
        {
            double slope = ((4 * Central(0.5e-3)) - Central(1e-3)) / 3;
            Promises.Close(slope, gradient[i], 1e-7, 1e-7, $"{row}: gradient[{i}]");

            double Central(double h) => (At(h) - At(-h)) / (2 * h);

            double At(double h)
            {
                double[] moved = [.. u], y = new double[x.Length];
                moved[i] += h;
                double log = c.Constrain(moved, y);
                return log + y.Zip(weights, (a, b) => a * b).Sum();
            }
        }
    });

    [Theory]
    [MemberData(nameof(Rows))]
    public void The_traced_form_is_the_same(string row)
    {
        Constraint c = Table[row](3);
        int n = c.CoordinateCount;
        double[] weights = Weights(c);
        var input = Variable.Input("u", [n]);
        Variable traced = c.Constrain(input, out Variable logJacobian);
        Assert.Equal(c.Shape, traced.Shape);
        Replay<double> replay = Computation.Compile<double>([input], traced, logJacobian).Start();
        ITwiceDifferentiableFunction<double> f = Function.Trace(n, u =>
        {
            Variable x = c.Constrain(u, out Variable log);
            return Operations.Sum(x * Variable.Constant<double>(weights, c.Shape)) + log;
        });
        Forall.Check(Prop.ForAll(Point(n), u =>
        {
            double[] x = new double[c.ElementCount], expected = new double[n], gradient = new double[n], product = new double[n], direction = [.. u.Reverse().Select(v => v + 1)];
            double value = c.Constrain(u, x);
            u.CopyTo(replay.Input(0));
            replay.Run();
            for (int i = 0; i < x.Length; i++)
                Promises.Close(x[i], replay.Output(0)[i], 1e-12, 1e-12, $"{row}: x[{i}]");
            Promises.Close(value, replay.Output(1)[0], 1e-12, 1e-12, $"{row}: log Jacobian");
            c.Pullback(u, x, weights, expected);
            f.ValueAndGradient(u, gradient);
            f.HessianProduct(u, direction, product);
            double[] up = Gradient(1e-4), down = Gradient(-1e-4);
            double size = gradient.Max(Math.Abs) + 1;
            for (int i = 0; i < n; i++)
            {
                Promises.Close(expected[i], gradient[i], 1e-10, 1e-10 * size, $"{row}: gradient[{i}]");
                Promises.Close((up[i] - down[i]) / 2e-4, product[i], 1e-5, 1e-5 * size, $"{row}: product[{i}]");
            }

            double[] Gradient(double h)
            {
                double[] moved = [.. u.Zip(direction, (a, b) => a + (h * b))], y = new double[x.Length], g = new double[n];
                c.Constrain(moved, y);
                c.Pullback(moved, y, weights, g);
                return g;
            }
        }));
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Far_coordinates_give_no_NaN(string row)
    {
        Constraint c = Table[row](3);
        foreach (double far in new[] { 30.0, -30, 350, -350, 700, -700 })
        {
            double[] u = new double[c.CoordinateCount], x = new double[c.ElementCount], gradient = new double[u.Length], zero = new double[x.Length];
            for (int i = 0; i < u.Length; i++)
                u[i] = i % 2 == 0 ? far : -0.9 * far;
            double log = c.Constrain(u, x);
            c.Pullback(u, x, zero, gradient);
            Assert.True(double.IsFinite(log), $"{row}: log Jacobian {log} at {far}.");
            Assert.All(x, v => Assert.False(double.IsNaN(v), $"{row}: {v} at {far}."));
            Assert.All(gradient, v => Assert.True(double.IsFinite(v), $"{row}: gradient {v} at {far}."));
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Nothing_is_allocated(string row)
    {
        Constraint c = Table[row](4);
        double[] u = new double[c.CoordinateCount], x = new double[c.ElementCount], weights = Weights(c), gradient = new double[u.Length];
        u.AsSpan().Fill(0.3);
        Promises.AllocatesNothing(
            () =>
            {
                c.Constrain(u, x);
                c.Pullback(u, x, weights, gradient);
                c.Unconstrain(x, gradient);
            },
            row);
    }

    [Fact]
    public void Large_matrices_are_right_too()
    {
        // Beyond what lies on the stack.
        foreach (Constraint c in new Constraint[] { new CorrelationConstraint(20), new CovarianceConstraint(20) })
        {
            double[] u = [.. Enumerable.Range(0, c.CoordinateCount).Select(i => 0.1 * Math.Sin(i))], x = new double[c.ElementCount], back = new double[u.Length];
            c.Constrain(u, x);
            c.Unconstrain(x, back);
            for (int i = 0; i < u.Length; i++)
                Promises.Close(u[i], back[i], 1e-11, 1e-11, c.ToString());
        }
    }

    [Theory]
    [InlineData("tau", new[] { -0.5 })]
    [InlineData("p", new[] { 1.5 })]
    [InlineData("below[1]", new[] { 3.0 })]
    [InlineData("theta[2]", new[] { 0.5, -0.1, 0.6 })]
    [InlineData("theta", new[] { 0.5, 0.1, 0.6 })]
    [InlineData("cut[3]", new[] { 1.0, 2, 2 })]
    [InlineData("rate[1]", new[] { -1.0, 2 })]
    [InlineData("direction", new[] { 1.0, 1 })]
    [InlineData("effect", new[] { 1.0, 1 })]
    [InlineData("L[1,2]", new[] { 1, 0.5, 0, 1 })]
    [InlineData("L[2,2]", new[] { 1, 0, 1, -1.0 })]
    [InlineData("Row 2 of L", new[] { 1, 0, 0.5, 0.5 })]
    [InlineData("C[2,2]", new[] { 1.0, 0, 2, 0 })]
    [InlineData("R[1,1]", new[] { 1.1, 0, 0, 1 })]
    [InlineData("R[2,1]", new[] { 1, 0.5, 0.4, 1 })]
    [InlineData("R", new[] { 1, 1.5, 1.5, 1 })]
    [InlineData("S", new[] { 1.0, 2, 2, 1 })]
    [InlineData("Row 2 of A: A[1]", new[] { 0.5, 0.5, -0.5, 1.5 })]
    [InlineData("mu", new[] { double.NaN })]
    public void A_violation_is_named(string element, double[] x)
    {
        string name = element.Split('[')[0].Split(' ')[^1];
        Constraint c = name switch
        {
            "mu" => new RealConstraint(),
            "A" => new RowsConstraint(new SimplexConstraint(2), 2),
            "tau" => new LowerBoundConstraint(0),
            "below" => new UpperBoundConstraint(2, [1]),
            "p" => new IntervalConstraint(0, 1),
            "theta" => new SimplexConstraint(3),
            "cut" => new OrderedConstraint(3),
            "rate" => new PositiveOrderedConstraint(2),
            "direction" => new UnitVectorConstraint(2),
            "effect" => new SumToZeroConstraint(2),
            "L" => new CorrelationCholeskyConstraint(2),
            "C" => new CovarianceCholeskyConstraint(2),
            "R" => new CorrelationConstraint(2),
            _ => new CovarianceConstraint(2),
        };
        ArgumentException error = Assert.Throws<ArgumentException>(() => c.Unconstrain(x, new double[c.CoordinateCount], name));
        Assert.Contains(element, error.Message, StringComparison.Ordinal);
        Assert.Equal(name, error.ParamName);
    }

    [Fact]
    public void Constraints_are_values()
    {
        Assert.Equal(new IntervalConstraint(0, 1, [3]), new IntervalConstraint(0, 1, [3]));
        Assert.NotEqual(new IntervalConstraint(0, 1, [3]), new IntervalConstraint(0, 1, [4]));
        Assert.NotEqual<Constraint>(new CorrelationConstraint(3), new CovarianceConstraint(3));
        Assert.Equal("SimplexConstraint [3]", new SimplexConstraint(3).ToString());
        Assert.Throws<ArgumentOutOfRangeException>(() => new IntervalConstraint(1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new SimplexConstraint(1));
        Assert.Throws<ArgumentException>(() => new SimplexConstraint(3).Constrain(new double[3], new double[3]));
    }

    private static int Order(int n) => Math.Min(n, 4);

    private static double[] Weights(Constraint c) => [.. Enumerable.Range(0, c.ElementCount).Select(i => Math.Cos(1 + (1.7 * i)))];

    private static Arbitrary<double[]> Point(int n) => Gen.Choose(-250, 250).Select(k => (k / 100.0) + 0.003).ArrayOf(n).ToArbitrary();

    private static void ForAll(string row, Action<Constraint, double[]> law)
    {
        for (int n = 1; n <= 6; n += n < 3 ? 1 : 3)
        {
            Constraint c = Table[row](n);
            Forall.Check(Prop.ForAll(Point(c.CoordinateCount), u => law(c, u)));
        }
    }

    /// <summary>The logarithm of the volume that the free rows of a Jacobian span.</summary>
    private static double LogVolume(Constraint c, double[] jacobian)
    {
        int n = c.CoordinateCount, order = c.Shape.Rank == 2 ? c.Shape[1] : 0;
        double[] square = new double[n * n];
        if (c is SumToZeroConstraint)
        {
            Blas.Gemm(true, false, n, n, c.ElementCount, 1.0, jacobian, n, jacobian, n, 0.0, square, n);
            return 0.5 * LogDeterminant(square, n);
        }

        int next = 0;
        for (int i = 0; i < c.ElementCount && next < n; i++)
        {
            bool isFree = c switch
            {
                CorrelationConstraint or CorrelationCholeskyConstraint => i % order < i / order,
                CovarianceConstraint or CovarianceCholeskyConstraint => i % order <= i / order,
                RowsConstraint { Row: SimplexConstraint } => i % order < order - 1,
                _ => true,
            };
            if (isFree)
                jacobian.AsSpan(i * n, n).CopyTo(square.AsSpan(n * next++));
        }

        return LogDeterminant(square, n);
    }

    private static double LogDeterminant(double[] a, int n)
    {
        double sum = 0;
        for (int k = 0; k < n; k++)
        {
            int pivot = Enumerable.Range(k, n - k).MaxBy(i => Math.Abs(a[(i * n) + k]));
            for (int j = 0; j < n; j++)
                (a[(k * n) + j], a[(pivot * n) + j]) = (a[(pivot * n) + j], a[(k * n) + j]);
            sum += Math.Log(Math.Abs(a[(k * n) + k]));
            for (int i = k + 1; i < n; i++)
            {
                double factor = a[(i * n) + k] / a[(k * n) + k];
                for (int j = k; j < n; j++)
                    a[(i * n) + j] -= factor * a[(k * n) + j];
            }
        }

        return sum;
    }
}
