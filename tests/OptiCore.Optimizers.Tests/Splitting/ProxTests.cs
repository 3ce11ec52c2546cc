using FsCheck;
using FsCheck.Fluent;
using OptiCore.Randomness;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Splitting;

/// <summary>The laws of every proximal operator of the table, and the values that papers give in closed form.</summary>
public class ProxTests
{
    private const int N = 12;

    private static readonly Dictionary<string, IProximable> Table = new()
    {
        ["zero"] = Prox.Zero,
        ["L1"] = Prox.L1(0.7),
        ["L2"] = Prox.L2(1.3),
        ["squared L2"] = Prox.SquaredL2(0.4),
        ["group L2"] = Prox.GroupL2(0.8, 3, 4, 5),
        ["L infinity"] = Prox.LInfinity(1.1),
        ["max"] = Prox.Max(0.9),
        ["nuclear"] = Prox.Nuclear(3, 4, 0.6),
        ["elastic net"] = Prox.ElasticNet(0.5, 0.3),
        ["Huber"] = Prox.Huber(0.6, 1.2),
        ["total variation"] = Prox.TotalVariation(0.5),
        ["log barrier"] = Prox.LogBarrier(0.5),
        ["entropy"] = Prox.Entropy(0.8),
        ["hinge"] = Prox.Hinge(0.9),
        ["indicator"] = Prox.Indicator(ConvexSet.L1Ball(2)),
        ["quadratic"] = Prox.Quadratic(Gram(), Draw(5, 1)),
        ["scaled"] = Prox.Scale(Prox.L1(), 0.6),
        ["precomposed"] = Prox.Precompose(Prox.Hinge(), -1.5, Draw(8, 1)),
        ["tilted"] = Prox.Tilt(Prox.L1(0.5), Draw(6, 1), 0.7),
        ["separable"] = Prox.Separable((Prox.L1(0.5), 4), (Prox.Max(0.5), 5), (Prox.TotalVariation(), 3)),
    };

    public static TheoryData<string> Names => [.. Table.Keys];

    /// <summary>p = prox(x) if and only if (x - p)/t is a subgradient at p: g(u) >= g(p) + (x - p).(u - p)/t for every u, near and far, and along blocks of variables.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void TheOperatorFindsTheMinimum(string name) => Forall.Check(Prop.ForAll(Points.ToArbitrary(), p =>
    {
        IProximable g = Table[name];
        var work = new ProximalWorkspace();
        double[] x = Draw(p.Seed, p.Scale), image = Apply(g, x, p.Step, work);
        double value = g.Value(image, work);
        Assert.True(double.IsFinite(value), $"g is {value} at its operator's point.");
        for (int k = 0; k < 12; k++)
        {
            double[] u = k < 4 ? Apply(g, Draw(p.Seed + 1000 + k, p.Scale), 1e-3 + k, work) : (double[])image.Clone();
            for (int i = k; k >= 4 && i < Math.Min(N, k + (k % 4)); i++)
                u[i - 2] += (k % 2 == 0 ? 1e-3 : -1e-3) * p.Scale;
            double bound = value, size = Math.Abs(value);
            for (int i = 0; i < N; i++)
            {
                double term = (x[i] - image[i]) * (u[i] - image[i]) / p.Step;
                bound += term;
                size += Math.Abs(term);
            }

            Assert.True(g.Value(u, work) >= bound - (1e-11 * (1 + size)), $"g(u) = {g.Value(u, work):r} lies below {bound:r} ({k}).");
        }
    }));

    /// <summary>Firm nonexpansiveness: |p - q|^2 &lt;= (x - y).(p - q).</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void TheOperatorIsFirmlyNonexpansive(string name) => Forall.Check(Prop.ForAll(Points.ToArbitrary(), p =>
    {
        var work = new ProximalWorkspace();
        double[] x = Draw(p.Seed, p.Scale), y = Draw(p.Seed + 77, p.Scale), a = Apply(Table[name], x, p.Step, work), b = Apply(Table[name], y, p.Step, work);
        double square = 0, product = 0, size = 0;
        for (int i = 0; i < N; i++)
        {
            square += (a[i] - b[i]) * (a[i] - b[i]);
            product += (x[i] - y[i]) * (a[i] - b[i]);
            size += (x[i] - y[i]) * (x[i] - y[i]);
        }

        Assert.True(square <= product + (1e-12 * (1 + size)), $"{square:r} > {product:r}");
    }));

    [Theory]
    [MemberData(nameof(Names))]
    public void TheResultMayReplaceThePointAndNothingIsAllocated(string name)
    {
        var work = new ProximalWorkspace();
        double[] x = Draw(3, 2), expected = Apply(Table[name], x, 0.7, work), again = new double[N];
        Promises.AllocatesNothing(
            () =>
            {
                x.CopyTo(again, 0);
                Table[name].Apply(again, 0.7, again, work);
                _ = Table[name].Value(again, work);
            },
            name);
        Promises.SameBits(expected, again, name);
    }

    /// <summary>The conjugates of norms are indicators of the dual balls, and that of the largest element is the indicator of the simplex.</summary>
    [Fact]
    public void OperatorsOfConjugatesAreProjectionsOntoDualBalls() => Forall.Check(Prop.ForAll(Points.ToArbitrary(), p =>
    {
        (IProximable Norm, IConvexSet Ball)[] pairs =
        [
            (Prox.L1(0.7), ConvexSet.LInfinityBall(0.7)), (Prox.L2(1.3), ConvexSet.L2Ball(1.3)), (Prox.LInfinity(1.1), ConvexSet.L1Ball(1.1)), (Prox.Max(0.9), ConvexSet.Simplex(0.9)),
        ];
        var work = new ProximalWorkspace();
        double[] x = Draw(p.Seed, p.Scale), conjugate = new double[N], projection = new double[N];
        foreach ((IProximable norm, IConvexSet ball) in pairs)
        {
            Prox.ApplyConjugate(norm, x, p.Step, conjugate, work);
            ball.Project(x, projection, work);
            for (int i = 0; i < N; i++)
                Promises.Close(projection[i], conjugate[i], 1e-11, 1e-11 * p.Scale, $"{norm}, element {i}");
        }
    }));

    [Fact]
    public void TheEnvelopesGradientIsItsSlope() => Forall.Check(Prop.ForAll(Points.ToArbitrary(), p =>
    {
        var work = new ProximalWorkspace();
        double[] x = Draw(p.Seed, p.Scale), gradient = new double[N], other = new double[N];
        _ = Prox.Envelope(Table["entropy"], x, p.Step, gradient, work);
        double h = 1e-5 * p.Scale, at = x[2];
        x[2] = at + h;
        double above = Prox.Envelope(Table["entropy"], x, p.Step, other, work);
        x[2] = at - h;
        double below = Prox.Envelope(Table["entropy"], x, p.Step, other, work);
        Promises.Close(gradient[2], (above - below) / (2 * h), 1e-4, 1e-5 * (1 + Math.Abs(gradient[2])), "slope");
    }));

    [Fact]
    public void KnownValues()
    {
        var work = new ProximalWorkspace();
        double[] four = [3, -0.5, 1, -2];
        AssertClose([2, 0, 0, -1], Apply(Prox.L1(), four, 1, work));
        AssertClose([1.5, -0.25, 0.5, -1], Apply(Prox.SquaredL2(), four, 1, work));
        AssertClose([2.5, -0.5, 1, -2], Apply(Prox.Max(), four, 0.5, work));
        AssertClose([2, -0.5, 1, -2], Apply(Prox.LInfinity(), [2.5, -0.5, 1, -2], 0.5, work));
        AssertClose([2, 2], Apply(Prox.L2(), [3, 3], Math.Sqrt(2), work));
        AssertClose([2, -1], Apply(Prox.Huber(1), [3, -2], 1, work));
        AssertClose([1, 3, 1], Apply(Prox.Hinge(), [0.5, 3, 0], 1, work));
        AssertClose([0.5, 0.5, 3.5, 3.5], Apply(Prox.TotalVariation(), [0, 0, 4, 4], 1, work));
        AssertClose([2, 2, 2, 2], Apply(Prox.TotalVariation(), [0, 0, 4, 4], 100, work));
        AssertClose([1], Apply(Prox.LogBarrier(), [0], 1, work));
        AssertClose([1], Apply(Prox.Entropy(), [2], 1, work));

        // diag(3, 1) by the nuclear norm: singular values fall by 1.
        AssertClose([2, 0, 0, 0], Apply(Prox.Nuclear(2, 2), [3, 0, 0, 1], 1, work));
    }

    [Fact]
    public void FarPointsAreMetToo()
    {
        var work = new ProximalWorkspace();
        double[] barrier = Apply(Prox.LogBarrier(), [-1e9, 1e9], 1, work), entropy = Apply(Prox.Entropy(), [-700, 1e6], 1, work);
        Promises.Close(1e-9, barrier[0], 1e-12, 0, "barrier, far below");
        Promises.Close(1e9, barrier[1], 1e-15, 0, "barrier, far above");
        Promises.Close(Math.Exp(-701), entropy[0], 1e-12, 0, "entropy, far below");
        Promises.Close(1e6, entropy[1] + 1 + Math.Log(entropy[1]), 1e-14, 0, "entropy, far above");
    }

    [Fact]
    public void BadArgumentsThrowNamingThem()
    {
        Assert.Equal("weight", Assert.Throws<ArgumentOutOfRangeException>(() => Prox.L1(0)).ParamName);
        Assert.Equal("threshold", Assert.Throws<ArgumentOutOfRangeException>(() => Prox.Huber(-1)).ParamName);
        Assert.Equal("lengths", Assert.Throws<ArgumentException>(() => Prox.GroupL2(1)).ParamName);
        Assert.Equal("matrix", Assert.Throws<ArgumentException>(() => Prox.Quadratic([-1], [0])).ParamName);
        Assert.Equal("factor", Assert.Throws<ArgumentOutOfRangeException>(() => Prox.Precompose(Prox.Zero, 0)).ParamName);
        Assert.Equal("function", Assert.Throws<ArgumentNullException>(() => Prox.Scale(null!, 1)).ParamName);
        Assert.Equal("parts", Assert.Throws<ArgumentException>(() => Prox.Separable((Prox.Nuclear(2, 2), 3))).ParamName);
        Assert.Contains("Regularizer", Assert.Throws<ArgumentException>(() => Minimize.Run(new Fista { Regularizer = Prox.Nuclear(2, 2) }, Function.WithGradient<double>((x, g) => 0), [1.0, 2])).Message);
    }

    [Fact]
    public void EqualOperatorsAreEqualAndNameTheirNumbers()
    {
        Assert.Equal(Prox.GroupL2(1, 2, 3), Prox.GroupL2(1, 2, 3));
        Assert.NotEqual(Prox.GroupL2(1, 2, 3), Prox.GroupL2(1, 3, 2));
        Assert.Equal(Table["separable"].ToString(), Prox.Separable((Prox.L1(0.5), 4), (Prox.Max(0.5), 5), (Prox.TotalVariation(), 3)).ToString());
        Assert.NotEqual(Prox.Tilt(Prox.Zero, [1.0, 2]).ToString(), Prox.Tilt(Prox.Zero, [1.0, 3]).ToString());
    }

    internal static Gen<(int Seed, double Scale, double Step)> Points =>
        from seed in Gen.Choose(0, 1_000_000)
        from scale in Gen.Elements(0.1, 1.0, 3.0, 30.0)
        from step in Gen.Elements(0.05, 0.5, 1.0, 4.0)
        select (seed, scale, step);

    internal static double[] Draw(int seed, double scale, int n = N)
    {
        double[] x = new double[n];
        RandomFill.Normal(RandomKey.FromSeed((ulong)seed), x.AsSpan());
        for (int i = 0; i < n; i++)
            x[i] *= scale;
        return x;
    }

    private static double[] Gram()
    {
        double[] a = Draw(4, 1, N * N), gram = new double[N * N];
        for (int i = 0; i < N; i++)
        {
            for (int j = 0; j < N; j++)
            {
                for (int k = 0; k < N; k++)
                    gram[(i * N) + j] += a[(k * N) + i] * a[(k * N) + j];
            }
        }

        return gram;
    }

    private static double[] Apply(IProximable g, double[] x, double step, ProximalWorkspace work)
    {
        double[] result = new double[x.Length];
        g.Apply(x, step, result, work);
        return result;
    }

    private static void AssertClose(double[] expected, double[] actual, double tolerance = 1e-14)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Promises.Close(expected[i], actual[i], tolerance, tolerance, $"element {i}");
    }
}
