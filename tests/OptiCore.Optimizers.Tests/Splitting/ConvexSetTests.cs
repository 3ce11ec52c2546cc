using FsCheck;
using FsCheck.Fluent;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Splitting;

/// <summary>The laws of every projection and linear oracle of the table, with membership decided by the sets' definitions.</summary>
public class ConvexSetTests
{
    private const int N = 9;

    private static readonly double[] Weights = [1, 2, 0.5, 3, 1, 0.25, 2, 1, 4];
    private static readonly double[] Permuted = [3, 1, 4, 1.5, -5, 9, 2, 6, 5];
    private static readonly double[] Equations = [1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0, 0, 1, 0, 0, 1, 1, 2, 2, 0, 0, 1, 0, 0];

    /// <summary>Sets with how far a point is from fulfilling their definition.</summary>
    private static readonly Dictionary<string, (IConvexSet Set, int Length, Func<double[], double> Violation)> Table = new()
    {
        ["nonnegative"] = (ConvexSet.Nonnegative, N, x => -x.Min()),
        ["box"] = (ConvexSet.Box(Bounds.All(-0.5, 2)), N, x => x.Max(v => Math.Max(-0.5 - v, v - 2))),
        ["L infinity ball"] = (ConvexSet.LInfinityBall(0.7), N, x => x.Max(Math.Abs) - 0.7),
        ["simplex"] = (ConvexSet.Simplex(2), N, x => Math.Max(-x.Min(), Math.Abs(x.Sum() - 2))),
        ["weighted simplex"] = (ConvexSet.WeightedSimplex(Weights, 3), N, x => Math.Max(-x.Min(), Math.Abs(x.Zip(Weights, (a, b) => a * b).Sum() - 3))),
        ["L1 ball"] = (ConvexSet.L1Ball(1.5), N, x => x.Sum(Math.Abs) - 1.5),
        ["L2 ball"] = (ConvexSet.L2Ball(1.5, Weights), N, x => Math.Sqrt(x.Zip(Weights, (a, b) => (a - b) * (a - b)).Sum()) - 1.5),
        ["affine"] = (ConvexSet.Affine(Equations, [2, 1, 3]), N, x => Math.Abs(x[0] + x[1] + x[2] - 2) + Math.Abs(x[2] + (2 * x[3]) + x[6] - 1)),
        ["half-space"] = (ConvexSet.HalfSpace(Weights, 1), N, x => x.Zip(Weights, (a, b) => a * b).Sum() - 1),
        ["second-order cone"] = (ConvexSet.SecondOrderCone, N, x => Math.Sqrt(x.Skip(1).Sum(v => v * v)) - x[0]),
        ["exponential cone"] = (ConvexSet.ExponentialCone, 3, x => x[1] > 0 ? (x[1] * Math.Exp(x[0] / x[1])) - x[2] : Math.Max(-x[1], Math.Max(x[0], -x[2]))),
        ["monotone cone"] = (ConvexSet.MonotoneCone, N, x => Enumerable.Range(1, N - 1).Max(i => x[i - 1] - x[i])),
        ["permutahedron"] = (ConvexSet.Permutahedron(Permuted), N, Majorized),
        ["semidefinite"] = (ConvexSet.PositiveSemidefinite(3), N, x => Math.Max(Asymmetry(x), -LeastEigenvalue(x))),
        ["spectraplex"] = (ConvexSet.Spectraplex(3, 2), N, x => Math.Max(Math.Abs(x[0] + x[4] + x[8] - 2), Math.Max(Asymmetry(x), -LeastEigenvalue(x)))),
        ["nuclear ball"] = (ConvexSet.NuclearBall(3, 3, 1.2), N, x => Prox.Nuclear(3, 3).Value(x, new ProximalWorkspace()) - 1.2),
        ["Birkhoff"] = (ConvexSet.Birkhoff(3), N, x => Math.Max(-x.Min(), Enumerable.Range(0, 3).Max(i => Math.Max(Math.Abs(x[3 * i] + x[(3 * i) + 1] + x[(3 * i) + 2] - 1), Math.Abs(x[i] + x[i + 3] + x[i + 6] - 1))))),
        ["intersection"] = (ConvexSet.Intersection([ConvexSet.L2Ball(2), ConvexSet.HalfSpace(Weights, -0.5)]), N, x => Math.Max(Math.Sqrt(x.Sum(v => v * v)) - 2, x.Zip(Weights, (a, b) => a * b).Sum() + 0.5)),
    };

    public static TheoryData<string> Names => [.. Table.Keys];

    public static TheoryData<string> CompactNames => [.. Table.Where(r => r.Value.Set is ILinearOracle && r.Key != "nonnegative").Select(r => r.Key)];

    /// <summary>In the set, its own projection, and nearest: (x - P x).(u - P x) &lt;= 0 for every u of the set.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void TheProjectionIsTheNearestPoint(string name) => Forall.Check(Prop.ForAll(ProxTests.Points.ToArbitrary(), p =>
    {
        (IConvexSet set, int n, Func<double[], double> violation) = Table[name];
        var work = new ProximalWorkspace();
        double[] x = ProxTests.Draw(p.Seed, p.Scale, n), nearest = Project(set, x, work), again = Project(set, nearest, work);

        // Dykstra's limit is approached; everything else is exact to rounding.
        double tolerance = (name is "intersection" or "Birkhoff" ? 1e-8 : 1e-12) * (1 + x.Max(Math.Abs) + nearest.Max(Math.Abs));
        Assert.True(violation(nearest) <= tolerance, $"The projection violates the definition by {violation(nearest):g3}.");
        for (int i = 0; i < n; i++)
            Promises.Close(nearest[i], again[i], 0, 10 * tolerance, $"projected twice, element {i}");
        double square = 0, product = 0;
        for (int k = 0; k < 8; k++)
        {
            double[] from = ProxTests.Draw(p.Seed + 100 + k, p.Scale, n);
            if (k >= 4)
                from = [.. nearest.Zip(from, (a, b) => a + (1e-3 * b))];
            double[] u = Project(set, from, work);
            double angle = 0;
            (square, product) = (0, 0);
            for (int i = 0; i < n; i++)
            {
                angle += (x[i] - nearest[i]) * (u[i] - nearest[i]);
                square += (nearest[i] - u[i]) * (nearest[i] - u[i]);
                product += (nearest[i] - u[i]) * (x[i] - from[i]);
            }

            double size = tolerance * 30 * (1 + x.Max(Math.Abs) + from.Max(Math.Abs));
            Assert.True(angle <= size, $"A point of the set lies in the direction of x: {angle:g3}.");
            Assert.True(square <= product + size, $"Not firmly nonexpansive: {square:r} > {product:r}.");
        }
    }));

    [Theory]
    [MemberData(nameof(Names))]
    public void TheProjectionMayReplaceThePointAndNothingIsAllocated(string name)
    {
        (IConvexSet set, int n, _) = Table[name];
        var work = new ProximalWorkspace();
        double[] x = ProxTests.Draw(3, 2, n), expected = Project(set, x, work), again = new double[n];
        Promises.AllocatesNothing(
            () =>
            {
                x.CopyTo(again, 0);
                set.Project(again, again, work);
            },
            name);
        Promises.SameBits(expected, again, name);
    }

    [Theory]
    [MemberData(nameof(CompactNames))]
    public void TheLinearOracleFindsALowestPointOfTheSet(string name) => Forall.Check(Prop.ForAll(ProxTests.Points.ToArbitrary(), p =>
    {
        (IConvexSet set, int n, Func<double[], double> violation) = Table[name];
        var work = new ProximalWorkspace();
        double[] c = ProxTests.Draw(p.Seed, p.Scale, n), vertex = new double[n];
        ((ILinearOracle)set).Minimize(c, vertex, work);
        double lowest = c.Zip(vertex, (a, b) => a * b).Sum();
        Assert.True(violation(vertex) <= 1e-12 * (1 + vertex.Max(Math.Abs)), $"The vertex violates the definition by {violation(vertex):g3}.");
        for (int k = 0; k < 8; k++)
        {
            // The projection of a point far along -c is nearly lowest itself; Dykstra's cycles don't reach from so far.
            double[] from = k == 0 ? [.. c.Select(v => (name == "Birkhoff" ? -1 : -1e3) * v)] : ProxTests.Draw(p.Seed + k, p.Scale, n);
            double value = c.Zip(Project(set, from, work), (a, b) => a * b).Sum();
            Assert.True(lowest <= value + (1e-8 * (1 + c.Max(Math.Abs))), $"{lowest:r} is not below {value:r}.");
        }
    }));

    [Fact]
    public void OraclesWithoutProjectionAreLowestToo() => Forall.Check(Prop.ForAll(ProxTests.Points.ToArbitrary(), p =>
    {
        var work = new ProximalWorkspace();
        double[] c = ProxTests.Draw(p.Seed, p.Scale, N), vertex = new double[N], same = new double[N], matrix = ProxTests.Draw(p.Seed + 1, 1, N * N);
        foreach (double exponent in new[] { 1.2, 2.0, 3.0, 7.0 })
        {
            // Holder's inequality holds with equality.
            LinearOracle.LpBall(exponent, 1.5).Minimize(c, vertex, work);
            double conjugate = exponent / (exponent - 1), dual = Math.Pow(c.Sum(v => Math.Pow(Math.Abs(v), conjugate)), 1 / conjugate);
            Promises.Close(-1.5 * dual, c.Zip(vertex, (a, b) => a * b).Sum(), 1e-12, 0, $"p = {exponent}");
            Promises.Close(1.5, Math.Pow(vertex.Sum(v => Math.Pow(Math.Abs(v), exponent)), 1 / exponent), 1e-12, 0, $"p = {exponent}");
        }

        LinearOracle.LpBall(2, 1.5).Minimize(c, vertex, work);
        ConvexSet.L2Ball(1.5).Minimize(c, same, work);
        for (int i = 0; i < N; i++)
            Promises.Close(same[i], vertex[i], 1e-13, 1e-14, "the Euclidean ball");

        // Over the image A B + b of the unit ball, c.v is least by |A'c|.
        LinearOracle.Image(matrix, N, ConvexSet.L2Ball(), Weights).Minimize(c, vertex, work);
        double pulled = 0;
        for (int j = 0; j < N; j++)
        {
            double sum = 0;
            for (int i = 0; i < N; i++)
                sum += matrix[(i * N) + j] * c[i];
            pulled += sum * sum;
        }

        double lowest = c.Zip(Weights, (a, b) => a * b).Sum() - Math.Sqrt(pulled);
        Promises.Close(lowest, c.Zip(vertex, (a, b) => a * b).Sum(), 1e-11, 1e-11 * (1 + Math.Sqrt(pulled)), "an ellipsoid");
    }));

    [Fact]
    public void KnownProjections()
    {
        var work = new ProximalWorkspace();
        AssertClose([0.6, 0.4, 0, 0], Project(ConvexSet.Simplex(), [0.8, 0.6, -1, 0.1], work));
        AssertClose([0.75, -0.25, 0], Project(ConvexSet.L1Ball(), [1, -0.5, 0.1], work));
        AssertClose([0.6, 0.8], Project(ConvexSet.L2Ball(), [3, 4], work));
        AssertClose([2.5, 2.5, 4], Project(ConvexSet.MonotoneCone, [3, 2, 4], work));
        AssertClose([2, 1.2, 1.6], Project(ConvexSet.SecondOrderCone, [-1, 3, 4], work));
        AssertClose([0, 0, 0], Project(ConvexSet.SecondOrderCone, [-6, 3, 4], work));
        AssertClose([2, 2, 2], Project(ConvexSet.Permutahedron([1.0, 2, 3]), [5, 5, 5], work));
        AssertClose([3, 1, 2], Project(ConvexSet.Permutahedron([1.0, 2, 3]), [30, -10, 5], work));
        AssertClose([0.5, 0.5, 0.5, 0.5], Project(ConvexSet.Birkhoff(2), [1, 1, 1, 1], work));
        AssertClose([-2, 0, 3], Project(ConvexSet.ExponentialCone, [-2, -1, 3], work));
        AssertClose([1, 0, 0, 0], Project(ConvexSet.PositiveSemidefinite(2), [1, 0, 0, -4], work));
    }

    /// <summary>Condat's method agrees with the definition by sorting for many sizes, ties and spreads.</summary>
    [Fact]
    public void TheLevelOfTheSimplexIsThatOfSorting() => Forall.Check(Prop.ForAll(ProxTests.Points.ToArbitrary(), p =>
    {
        int n = 1 + (p.Seed % 60);
        double[] x = ProxTests.Draw(p.Seed, p.Scale, n);
        if (p.Seed % 3 == 0)
            x = [.. x.Select(v => Math.Round(v))];
        double[] sorted = [.. x.OrderDescending()];
        double sum = 0, level = 0;
        for (int i = 0; i < n; i++)
        {
            sum += sorted[i];
            double guess = (sum - p.Step) / (i + 1);
            if (sorted[i] > guess)
                level = guess;
        }

        Promises.Close(level, ConvexSet.SimplexThreshold(x, p.Step, new ProximalWorkspace()), 1e-13, 1e-13 * p.Scale, $"n = {n}");
    }));

    [Fact]
    public void BadArgumentsThrowNamingThem()
    {
        Assert.Equal("sum", Assert.Throws<ArgumentOutOfRangeException>(() => ConvexSet.Simplex(0)).ParamName);
        Assert.Equal("weights", Assert.Throws<ArgumentOutOfRangeException>(() => ConvexSet.WeightedSimplex([1, -1])).ParamName);
        Assert.Equal("normal", Assert.Throws<ArgumentException>(() => ConvexSet.HalfSpace([0, 0], 1)).ParamName);
        Assert.Contains("contradicts", Assert.Throws<ArgumentException>(() => ConvexSet.Affine([1, 1, 2, 2], [1, 3])).Message);
        Assert.Equal("sets", Assert.Throws<ArgumentException>(() => ConvexSet.Intersection([ConvexSet.Nonnegative])).ParamName);
        Assert.Equal("exponent", Assert.Throws<ArgumentOutOfRangeException>(() => LinearOracle.LpBall(1)).ParamName);
        Assert.Throws<InvalidOperationException>(() => ConvexSet.Box(Bounds.All(0, double.PositiveInfinity)).Minimize([1, -1], new double[2], new ProximalWorkspace()));
    }

    private static double[] Project(IConvexSet set, double[] x, ProximalWorkspace work)
    {
        double[] projection = new double[x.Length];
        set.Project(x, projection, work);
        return projection;
    }

    /// <summary>The largest excess of a sum of k elements over that of the k largest of w, and the error of the whole sum.</summary>
    private static double Majorized(double[] x)
    {
        double[] a = [.. x.OrderDescending()], w = [.. Permuted.OrderDescending()];
        double excess = 0, worst = 0;
        for (int i = 0; i < a.Length; i++)
        {
            excess += a[i] - w[i];
            worst = Math.Max(worst, excess);
        }

        return Math.Max(worst, Math.Abs(excess));
    }

    private static double Asymmetry(double[] x) => Math.Max(Math.Abs(x[1] - x[3]), Math.Max(Math.Abs(x[2] - x[6]), Math.Abs(x[5] - x[7])));

    private static double LeastEigenvalue(double[] x)
    {
        var eigen = new OptiCore.LinearAlgebra.SymmetricEigen<double>(3);
        Assert.True(eigen.Factor(x));
        return eigen.Values[0];
    }

    private static void AssertClose(double[] expected, double[] actual)
    {
        for (int i = 0; i < expected.Length; i++)
            Promises.Close(expected[i], actual[i], 1e-12, 1e-12, $"element {i}");
    }
}
