using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using OptiCore.LinearAlgebra;
using OptiCore.Persistence;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.LinearPrograms;

public class LinearProgramTests
{
    public static TheoryData<string> Feasible => [.. Netlib.Feasible];

    public static TheoryData<string> Infeasible => [.. Netlib.Infeasible];

    public static TheoryData<string> Golden => [.. Reference.Cases("golden/04_linear_integer_programs.json").Keys.Where(k => k.StartsWith("lp/", StringComparison.Ordinal))];

    [Theory]
    [MemberData(nameof(Feasible))]
    public void InteriorPointFindsNetlibsOptima(string name)
    {
        LinearProgram program = Netlib.Program(name);
        ProgramResult result = new HomogeneousInteriorPoint().Solve(program).EnsureConverged();
        Promises.Close(Netlib.Optimum(name), result.Value, 1e-8, 0, name);
        AssertOptimal(program, result, 1e-7, name);
    }

    [Theory]
    [InlineData("afiro")]
    [InlineData("sc50a")]
    [InlineData("sc50b")]
    [InlineData("sc105")]
    public void HybridGradientFindsNetlibsOptima(string name)
    {
        ProgramResult result = new PrimalDualHybridGradient { Tolerance = 1e-7 }.Solve(Netlib.Program(name)).EnsureConverged();
        Promises.Close(Netlib.Optimum(name), result.Value, 1e-5, 0, name);
    }

    [Theory]
    [MemberData(nameof(Infeasible))]
    public void InfeasibleProgramsAreFoundOutWithACertificate(string name)
    {
        LinearProgram program = Netlib.Program(name);
        foreach (ProgramResult result in (ProgramResult[])[new HomogeneousInteriorPoint().Solve(program), new PrimalDualHybridGradient().Solve(program)])
        {
            Assert.Equal(StopReason.Infeasible, result.Reason);
            Assert.Equal(SolverStatus.Failed, result.Status);
            AssertCertificate(program, result.RowMultipliers, name);
            Assert.Throws<SolverException>(result.EnsureConverged);
        }
    }

    [Theory]
    [MemberData(nameof(Golden))]
    public void FindsWhatHighsFinds(string id)
    {
        JsonElement c = Reference.Cases("golden/04_linear_integer_programs.json")[id];
        LinearProgram program = FromGolden(c);
        ProgramResult result = new HomogeneousInteriorPoint().Solve(program);
        switch (c.Number("status"))
        {
            case 2:
                Assert.Equal(StopReason.Infeasible, result.Reason);
                AssertCertificate(program, result.RowMultipliers, id);
                return;
            case 3:
                Assert.Equal(StopReason.Unbounded, result.Reason);
                AssertRay(program, result.Point, id);
                return;
        }

        Assert.Equal(StopReason.OptimalityTolerance, result.Reason);
        Promises.Close(c.Number("fun"), result.Value, 1e-8, 1e-8, id);
        AssertOptimal(program, result, 1e-7, id);
        if (!c.GetProperty("unique").GetBoolean())
            return;
        double[] x = c.Numbers("x");
        for (int j = 0; j < x.Length; j++)
            Promises.Close(x[j], result.Point[j], 1e-6, 1e-6, $"{id}, x[{j}]");
    }

    [Fact]
    public void MultipliersHaveTheSignsOfTheirSides()
    {
        // max 3 x + 5 y, x <= 4, 2 y <= 12, 3 x + 2 y <= 18: shadow prices 0, 3/2, 1.
        var program = new LinearProgram([3, 5], CsrMatrix<double>.FromDense([1, 0, 0, 2, 3, 2], 3, 2), new Bounds([double.NegativeInfinity, double.NegativeInfinity, double.NegativeInfinity], [4, 12, 18]), Bounds.All(0, double.PositiveInfinity))
        {
            Maximize = true,
            Offset = 1,
        };
        ProgramResult result = new HomogeneousInteriorPoint().Solve(program).EnsureConverged();
        Promises.Close(37, result.Value, 1e-8, 0, "value");
        Promises.Close(37, result.DualValue, 1e-8, 0, "dual value");
        double[] expected = [0, 1.5, 1];
        for (int i = 0; i < 3; i++)
            Promises.Close(expected[i], result.RowMultipliers[i], 0, 1e-6, $"multiplier {i}");
    }

    /// <summary>Programs with a feasible and bounded solution by construction: x and y are drawn, sides and costs follow.</summary>
    [Fact]
    public void StrongDualityAndComplementarityHold() => Forall.Check(Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
    {
        var random = new Random(seed);
        int n = random.Next(1, 9), m = random.Next(0, 9);
        (LinearProgram program, _) = Solvable(random, n, m);
        ProgramResult result = new HomogeneousInteriorPoint().Solve(program).EnsureConverged();
        AssertOptimal(program, result, 1e-6, $"seed {seed}");
        Promises.Close(result.Value, result.DualValue, 1e-7, 1e-7, $"seed {seed}, duality");
    }));

    [Fact]
    public void AScaledProgramHasTheSameSolution() => Forall.Check(Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
    {
        var random = new Random(seed);
        (LinearProgram program, _) = Solvable(random, 5, 4);
        double factor = Math.Pow(10, random.Next(-3, 4));
        double[] cost = program.Cost.ToArray();
        for (int j = 0; j < cost.Length; j++)
            cost[j] *= factor;
        ProgramResult one = new HomogeneousInteriorPoint().Solve(program).EnsureConverged();
        ProgramResult other = new HomogeneousInteriorPoint().Solve(new LinearProgram(cost, program.Rows, program.RowBounds, program.VariableBounds)).EnsureConverged();
        Promises.Close(one.Value * factor, other.Value, 1e-6, 1e-6 * Math.Max(1, factor), $"seed {seed}");
    }));

    [Fact]
    public void FreeVariablesDenseColumnsRedundantRowsAndFixedVariables()
    {
        // min x0 + x1 with x0 free: x0 + x1 + ... + x40 = 1 twice, -5 <= x0 - x1, x7 fixed at 2, the others in [0, 1].
        int n = 41;
        var a = new double[4 * n];
        for (int j = 0; j < n; j++)
        {
            a[j] = a[n + j] = 1;
            a[(3 * n) + j] = j;
        }

        (a[2 * n], a[(2 * n) + 1]) = (1, -1);
        double[] lower = new double[n], upper = new double[n], cost = new double[n];
        upper.AsSpan().Fill(1);
        (lower[0], upper[0], lower[7], upper[7], cost[0], cost[1]) = (double.NegativeInfinity, double.PositiveInfinity, 2, 2, 1, 1);
        var program = new LinearProgram(
            cost, CsrMatrix<double>.FromDense(a, 4, n), new Bounds([1, 1, -5, double.NegativeInfinity], [1, 1, double.PositiveInfinity, double.PositiveInfinity]), new Bounds(lower, upper));
        ProgramResult result = new HomogeneousInteriorPoint().Solve(program).EnsureConverged();

        // x0 + x1 = -1 - (the rest), whose most is 38; x0 - x1 >= -5 then asks for x1 <= (5 + x0 + x1 ...) / 2: x1 = 0 and x0 = -5.
        Promises.Close(-5, result.Value, 1e-8, 0, "value");
        Assert.Equal(2, result.Point[7]);
    }

    [Fact]
    public void ARunCanBeStoppedSavedAndContinuedToTheSameBits()
    {
        LinearProgram program = Netlib.Program("kb2");
        ProgramResult whole = new HomogeneousInteriorPoint().Solve(program);
        ProgramRun run = new HomogeneousInteriorPoint().Start(program, new RunOptions { MaxIterations = 5 });
        Assert.Equal(StopReason.MaxIterations, run.Complete().Reason);
        Assert.Equal(5, run.Iterations);
        AssertContinues(run, new HomogeneousInteriorPoint().Start(program), whole);

        program = Netlib.Program("afiro");
        whole = new PrimalDualHybridGradient().Solve(program);
        run = new PrimalDualHybridGradient().Start(program, new RunOptions { MaxIterations = 333 });
        Assert.Equal(SolverStatus.Stopped, run.Complete().Status);
        AssertContinues(run, new PrimalDualHybridGradient().Start(program, new RunOptions { MaxIterations = 1_000_000 }), whole);

        static void AssertContinues(ProgramRun stopped, ProgramRun fresh, ProgramResult whole)
        {
            using var stream = new MemoryStream();
            stopped.Save(stream);
            stream.Position = 0;
            fresh.Load(stream);
            ProgramResult continued = fresh.Complete();
            Assert.Equal(whole.Reason, continued.Reason);
            Assert.Equal(whole.Iterations, continued.Iterations);
            Promises.SameBits(whole.Point, continued.Point, "point");
            Promises.SameBits(whole.RowMultipliers, continued.RowMultipliers, "multipliers");
        }
    }

    [Fact]
    public void ACheckpointOfAnotherProgramIsRefused()
    {
        ProgramRun run = new HomogeneousInteriorPoint().Start(Netlib.Program("afiro"));
        using var stream = new MemoryStream();
        run.Save(stream);
        stream.Position = 0;
        Assert.Throws<CheckpointException>(() => new HomogeneousInteriorPoint().Start(Netlib.Program("kb2")).Load(stream));
    }

    [Fact]
    public void CancellationAndTimeAreLimits()
    {
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.Equal(StopReason.Cancelled, new HomogeneousInteriorPoint().Solve(Netlib.Program("afiro"), null, source.Token).Reason);
    }

    [Fact]
    public void BadInputIsRefused()
    {
        var row = CsrMatrix<double>.FromDense([1, 1], 1, 2);
        Assert.Throws<ArgumentException>("cost", () => new LinearProgram([1, double.NaN], row, Bounds.All(0, 1), Bounds.All(0, 1)));
        Assert.Throws<ArgumentException>("cost", () => new LinearProgram([], CsrMatrix<double>.FromDense([], 0, 0), Bounds.All(0, 1), Bounds.All(0, 1)));
        Assert.Throws<ArgumentException>("rows", () => new LinearProgram([1], row, Bounds.All(0, 1), Bounds.All(0, 1)));
        Assert.Throws<ArgumentException>("rowBounds", () => new LinearProgram([1, 2], row, new Bounds([0, 0], [1, 1]), Bounds.All(0, 1)));
        Assert.Throws<ArgumentException>("variableBounds", () => new LinearProgram([1, 2], row, Bounds.All(0, 1), new Bounds([0], [1])));
        Assert.Throws<ArgumentException>("rows", () => new LinearProgram([1, 2], CsrMatrix<double>.FromDense([1, double.PositiveInfinity], 1, 2), Bounds.All(0, 1), Bounds.All(0, 1)));
        (string Member, Func<object> Make)[] invalid =
        [
            (nameof(HomogeneousInteriorPoint.Tolerance), () => new HomogeneousInteriorPoint { Tolerance = 0 }),
            (nameof(HomogeneousInteriorPoint.CertificateTolerance), () => new HomogeneousInteriorPoint { CertificateTolerance = -1 }),
            (nameof(HomogeneousInteriorPoint.Regularization), () => new HomogeneousInteriorPoint { Regularization = double.NaN }),
            (nameof(PrimalDualHybridGradient.Tolerance), () => new PrimalDualHybridGradient { Tolerance = 0 }),
            (nameof(PrimalDualHybridGradient.CheckInterval), () => new PrimalDualHybridGradient { CheckInterval = 0 }),
        ];
        foreach ((string member, Func<object> make) in invalid)
            Assert.Equal(member, Assert.ThrowsAny<ArgumentException>(make).ParamName);
    }

    internal static LinearProgram FromGolden(JsonElement c)
    {
        double[] cost = c.Numbers("c");
        double[] lower = new double[cost.Length], upper = new double[cost.Length];
        upper.AsSpan().Fill(double.PositiveInfinity);
        if (c.TryGetProperty("bounds", out JsonElement bounds) && bounds.ValueKind == JsonValueKind.Array)
        {
            for (int j = 0; j < cost.Length; j++)
            {
                lower[j] = bounds[j][0].ValueKind == JsonValueKind.Null ? double.NegativeInfinity : bounds[j][0].Number();
                upper[j] = bounds[j][1].ValueKind == JsonValueKind.Null ? double.PositiveInfinity : bounds[j][1].Number();
            }
        }

        return LinearProgram.FromDense(cost, Matrix("A_ub"), Vector("b_ub"), Matrix("A_eq"), Vector("b_eq"), new Bounds(lower, upper));

        double[] Matrix(string name) => c.TryGetProperty(name, out JsonElement e) && e.ValueKind == JsonValueKind.Array ? c.RowMajor(name) : [];

        double[] Vector(string name) => c.TryGetProperty(name, out JsonElement e) && e.ValueKind == JsonValueKind.Array ? c.Numbers(name) : [];
    }

    internal static (LinearProgram Program, double[] Point) Solvable(Random random, int n, int m)
    {
        double[] a = new double[m * n], x = new double[n], cost = new double[n], rowLower = new double[m], rowUpper = new double[m], lower = new double[n], upper = new double[n];
        for (int k = 0; k < a.Length; k++)
            a[k] = random.NextDouble() < 0.6 ? Math.Round((20 * random.NextDouble()) - 10, 2) : 0;
        for (int j = 0; j < n; j++)
            x[j] = Math.Round((10 * random.NextDouble()) - 5, 2);
        var y = new double[m];
        for (int i = 0; i < m; i++)
        {
            double value = 0;
            for (int j = 0; j < n; j++)
                value += a[(i * n) + j] * x[j];
            (rowLower[i], rowUpper[i], y[i]) = Sides(random, value);
        }

        for (int j = 0; j < n; j++)
        {
            (lower[j], upper[j], double z) = Sides(random, x[j]);
            cost[j] = -z;
            for (int i = 0; i < m; i++)
                cost[j] -= a[(i * n) + j] * y[i];
        }

        var bounds = m == 0 ? Bounds.All(0, 0) : new Bounds(rowLower, rowUpper);
        return (new LinearProgram(cost, CsrMatrix<double>.FromDense(a, m, n), bounds, new Bounds(lower, upper)), x);
    }

    /// <summary>An interval with the value at a side or inside, and a multiplier that fits: KKT by construction.</summary>
    private static (double Lower, double Upper, double Multiplier) Sides(Random random, double value)
    {
        double price = random.NextDouble() < 0.3 ? 0 : 5 * random.NextDouble(), room = 0.1 + (5 * random.NextDouble());
        return random.Next(6) switch
        {
            0 => (value, value, price - 2),
            1 => (value, double.PositiveInfinity, -price),
            2 => (double.NegativeInfinity, value, price),
            3 => (value, value + room, -price),
            4 => (value - room, value, price),
            _ => (value - room, random.Next(2) == 0 ? value + room : double.PositiveInfinity, 0),
        };
    }

    /// <summary>Feasible, stationary, complementary, signs right: optimal, whatever the algorithm.</summary>
    internal static void AssertOptimal(LinearProgram program, ProgramResult result, double tolerance, string what, double[]? gradient = null)
    {
        double scale = 1;
        foreach (double v in result.Point)
            scale = Math.Max(scale, Math.Abs(v));
        Assert.True(result.PrimalResidual <= tolerance * scale, $"{what}: the primal residual is {result.PrimalResidual:g3}.");
        double[] g = gradient ?? program.Cost.ToArray(), rows = new double[program.RowCount], pulled = new double[g.Length];
        double sign = program.Maximize ? -1 : 1, prices = 1;
        program.Rows.Apply(result.Point, rows);
        program.Rows.ApplyAdjoint(result.RowMultipliers, pulled);
        foreach (double y in result.RowMultipliers)
            prices = Math.Max(prices, Math.Abs(y));
        foreach (double c in g)
            prices = Math.Max(prices, Math.Abs(c));
        for (int j = 0; j < g.Length; j++)
        {
            Promises.Close(0, (sign * g[j]) + pulled[j] + result.BoundMultipliers[j], 0, tolerance * prices, $"{what}, stationarity in {j}");
            Complementary(result.BoundMultipliers[j], result.Point[j], program.VariableBounds.Lower(j), program.VariableBounds.Upper(j));
        }

        for (int i = 0; i < rows.Length; i++)
            Complementary(result.RowMultipliers[i], rows[i], program.RowBounds.Lower(i), program.RowBounds.Upper(i));

        void Complementary(double price, double value, double lower, double upper)
        {
            double slack = price > 0 ? upper - value : value - lower;
            double product = Math.Abs(price) <= tolerance * prices ? 0 : Math.Abs(price) * Math.Max(0, slack);
            Assert.True(product <= 10 * tolerance * Math.Max(scale * prices, Math.Abs(result.Value)), $"{what}: the multiplier {price:g3} has the slack {slack:g3}.");
        }
    }

    /// <summary>y proves that no x within the bounds satisfies the rows: the least of y'A x is above the most of y'(sides). Prices on infinite sides have to be small beside that gain.</summary>
    private static void AssertCertificate(LinearProgram program, double[] y, string what)
    {
        var pulled = new double[program.VariableCount];
        program.Rows.ApplyAdjoint(y, pulled);
        double gain = 0, unpriced = 0;
        for (int i = 0; i < y.Length; i++)
            Price(-y[i], y[i] > 0 ? program.RowBounds.Upper(i) : program.RowBounds.Lower(i));
        for (int j = 0; j < pulled.Length; j++)
            Price(pulled[j], pulled[j] < 0 ? program.VariableBounds.Upper(j) : program.VariableBounds.Lower(j));
        Assert.True(gain > 1e-6, $"{what}: the certificate proves nothing (gain {gain:g3}).");
        Assert.True(unpriced <= 1e-7 * gain, $"{what}: the certificate has the price {unpriced:g3} on an infinite side, with a gain of {gain:g3}.");

        void Price(double price, double side)
        {
            if (double.IsFinite(side))
                gain += price * side;
            else
                unpriced = Math.Max(unpriced, Math.Abs(price));
        }
    }

    private static void AssertRay(LinearProgram program, double[] ray, string what)
    {
        var rows = new double[program.RowCount];
        program.Rows.Apply(ray, rows);
        double fall = 0;
        for (int j = 0; j < ray.Length; j++)
        {
            fall -= program.Cost[j] * ray[j];
            Inside(ray[j], program.VariableBounds.Lower(j), program.VariableBounds.Upper(j));
        }

        for (int i = 0; i < rows.Length; i++)
            Inside(rows[i], program.RowBounds.Lower(i), program.RowBounds.Upper(i));
        Assert.True(fall > 1e-6, $"{what}: the objective doesn't fall along the ray.");

        void Inside(double direction, double lower, double upper) =>
            Assert.True((direction <= 1e-6 || double.IsInfinity(upper)) && (direction >= -1e-6 || double.IsInfinity(lower)), $"{what}: the ray leaves [{lower}, {upper}] by {direction:g3}.");
    }
}
