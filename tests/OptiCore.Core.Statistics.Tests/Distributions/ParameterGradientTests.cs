using FsCheck.Fluent;
using OptiCore.Distributions;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.Statistics.Distributions;

/// <summary>Gradients of log densities of vectors with respect to the parameters, against differences along random directions.</summary>
public class ParameterGradientTests
{
    private static readonly Dictionary<string, Func<int, RandomStream, Line>> Lines = new()
    {
        ["normal"] = (n, s) =>
        {
            double[] mean = Normal(n, ref s), a = Definite(n, ref s), dMean = Normal(n, ref s), dA = Symmetric(n, ref s);
            return new(t => new MultivariateNormal(At(mean, dMean, t), At(a, dA, t)), [.. dMean, .. dA]);
        },
        ["t"] = (n, s) =>
        {
            double[] location = Normal(n, ref s), a = Definite(n, ref s), dLocation = Normal(n, ref s), dA = Symmetric(n, ref s);
            double nu = 0.5 + (10 * s.NextDouble()), dNu = s.NextNormal();
            return new(t => new MultivariateStudentT(nu + (t * dNu), At(location, dLocation, t), At(a, dA, t)), [dNu, .. dLocation, .. dA]);
        },
        ["dirichlet"] = (n, s) =>
        {
            double[] a = Positive(n + 1, ref s), direction = Normal(n + 1, ref s);
            return new(t => new Dirichlet(At(a, direction, t)), direction);
        },
        ["multinomial"] = (n, s) =>
        {
            // Along directions that keep the sum.
            double[] p = Positive(n + 1, ref s), direction = Normal(n + 1, ref s);
            double sum = p.Sum(), mean = direction.Average();
            for (int i = 0; i <= n; i++)
                (p[i], direction[i]) = (p[i] / sum, 0.1 * (direction[i] - mean));
            return new(t => new Multinomial(7, At(p, direction, t)), direction);
        },
        ["wishart"] = (n, s) =>
        {
            double nu = n + (10 * s.NextDouble()), dNu = s.NextNormal();
            double[] a = Definite(n, ref s), dA = Symmetric(n, ref s);
            return new(t => new Wishart(nu + (t * dNu), At(a, dA, t), n), [dNu, .. dA]);
        },
        ["inverse wishart"] = (n, s) =>
        {
            double nu = n + (10 * s.NextDouble()), dNu = s.NextNormal();
            double[] a = Definite(n, ref s), dA = Symmetric(n, ref s);
            return new(t => new InverseWishart(nu + (t * dNu), At(a, dA, t), n), [dNu, .. dA]);
        },
        ["lkj"] = (n, s) =>
        {
            double eta = 0.2 + (5 * s.NextDouble()), direction = s.NextNormal();
            return new(t => new LkjCorrelation(n, eta + (t * direction)), [direction]);
        },
        ["von mises-fisher"] = (n, s) =>
        {
            // The direction turns: its change is tangent to the sphere.
            double[] mu = Normal(n + 1, ref s), turn = Normal(n + 1, ref s);
            double length = Math.Sqrt(mu.Sum(v => v * v)), kappa = 0.1 + (8 * s.NextDouble()), dKappa = s.NextNormal();
            for (int i = 0; i <= n; i++)
                mu[i] /= length;
            double along = mu.Zip(turn, (a, b) => a * b).Sum();
            for (int i = 0; i <= n; i++)
                turn[i] -= along * mu[i];
            return new(t => new VonMisesFisher(At(mu, turn, t), kappa + (t * dKappa)), [.. turn, dKappa]);
        },
    };

    private static readonly Dictionary<string, Func<int, RandomStream, Line>> FactorLines = new()
    {
        ["normal"] = (n, s) =>
        {
            double[] mean = Normal(n, ref s), l = Lower(n, ref s), dL = Direction(n, ref s);
            return new(t => new MultivariateNormal(mean, Product(At(l, dL, t), n)), dL, l);
        },
        ["t"] = (n, s) =>
        {
            double[] location = Normal(n, ref s), l = Lower(n, ref s), dL = Direction(n, ref s);
            return new(t => new MultivariateStudentT(3.5, location, Product(At(l, dL, t), n)), dL, l);
        },
        ["wishart"] = (n, s) =>
        {
            double[] l = Lower(n, ref s), dL = Direction(n, ref s);
            return new(t => new Wishart(n + 1.5, Product(At(l, dL, t), n), n), dL, l);
        },
        ["inverse wishart"] = (n, s) =>
        {
            double[] l = Lower(n, ref s), dL = Direction(n, ref s);
            return new(t => new InverseWishart(n + 1.5, Product(At(l, dL, t), n), n), dL, l);
        },
    };

    public static TheoryData<string> Laws => [.. Lines.Keys];

    public static TheoryData<string> FactorLaws => [.. FactorLines.Keys];

    [Theory]
    [MemberData(nameof(Laws))]
    public void EqualDifferences(string name) => Forall.Check(Prop.ForAll(Inputs, input =>
    {
        Line line = Lines[name](input.N, RandomKey.FromSeed((ulong)input.Seed).Fold(name).Stream());
        IMultivariateDistribution law = line.Law(0);
        double[] gradient = new double[law.ParameterCount], x = Point(law, input.Seed);
        law.LogDensityParameterGradient(x, gradient);
        return gradient.Length == line.Direction.Length && Agrees(line, x, gradient);
    }));

    [Theory]
    [MemberData(nameof(FactorLaws))]
    public void OfCholeskyFactorsEqualDifferencesAndTheChainRule(string name) => Forall.Check(Prop.ForAll(Inputs, input =>
    {
        int n = input.N;
        Line line = FactorLines[name](n, RandomKey.FromSeed((ulong)input.Seed).Fold(name).Stream());
        IMultivariateDistribution law = line.Law(0);
        double[] gradient = new double[n * n], x = Point(law, input.Seed), all = new double[law.ParameterCount];
        switch (law)
        {
            case MultivariateNormal l:
                l.LogDensityFactorGradient(x, gradient);
                break;
            case MultivariateStudentT l:
                l.LogDensityFactorGradient(x, gradient);
                break;
            case Wishart l:
                l.LogDensityFactorGradient(x, gradient);
                break;
            case InverseWishart l:
                l.LogDensityFactorGradient(x, gradient);
                break;
            default:
                return false;
        }

        // d/dt of A = L L' is dL L' + L dL'; the matrix is the last parameter.
        law.LogDensityParameterGradient(x, all);
        double[] change = Change(line.Factor!, line.Direction, n);
        double chained = all[^(n * n)..].Zip(change, (g, d) => g * d).Sum(), direct = gradient.Zip(line.Direction, (g, d) => g * d).Sum();
        double size = 1 + all[^(n * n)..].Zip(change, (g, d) => Math.Abs(g * d)).Sum();
        return Agrees(line, x, gradient) && Math.Abs(chained - direct) <= 1e-10 * size;
    }));

    [Fact]
    public void ParametersAreNamedAndNonsenseIsRejected()
    {
        IMultivariateDistribution law = new MultivariateStudentT(3, [0, 0], [1, 0, 0, 1]);
        Assert.Equal([new("degrees of freedom", 1), new("location", 2), new("shape", 4)], law.Parameters.ToArray());
        Assert.Equal(7, law.ParameterCount);
        Assert.Throws<ArgumentException>("gradient", () => law.LogDensityParameterGradient([0, 0], new double[6]));
        Assert.Throws<ArgumentException>("x", () => law.LogDensityParameterGradient([0], new double[7]));

        // The many-dimensional t law of large nu is the normal one, and nothing cancels on the way: the derivative is -n (n - 2)/(4 nu^2) + O(nu^-3) at the location.
        IMultivariateDistribution wide = new MultivariateStudentT(1e7, new double[4], Unit(4));
        double[] gradient = new double[21];
        wide.LogDensityParameterGradient(new double[4], gradient);
        Promises.Close(-2e-14, gradient[0], 1e-2, 0, "nu of a point at the location");
        double[] nan = new double[10];
        new Wishart(4, Unit(3), 3).LogDensityParameterGradient([1, 2, 0, 2, 1, 0, 0, 0, 1], nan);
        Assert.All(nan, v => Assert.True(double.IsNaN(v)));
        double[] none = new double[2];
        new Multinomial(3, 0, 1).LogDensityParameterGradient([0, 3], none);
        Assert.Equal([0, 3], none);
    }

    [Fact]
    public void NothingIsAllocated()
    {
        foreach (string name in Lines.Keys)
        {
            IMultivariateDistribution law = Lines[name](3, RandomKey.FromSeed(4).Stream()).Law(0);
            double[] x = Point(law, 5), gradient = new double[law.ParameterCount];
            Promises.AllocatesNothing(() => law.LogDensityParameterGradient(x, gradient), name);
        }
    }

    private static FsCheck.Arbitrary<(int N, int Seed)> Inputs => (from n in Gen.Choose(1, 5) from seed in Gen.Choose(0, int.MaxValue) select (n, seed)).ToArbitrary();

    private static bool Agrees(Line line, double[] x, double[] gradient)
    {
        // Central differences, extrapolated once: the error is of order h^4.
        const double H = 2e-3;
        double half = (F(0.5 * H) - F(-0.5 * H)) / H, whole = (F(H) - F(-H)) / (2 * H), difference = half + ((half - whole) / 3);
        double expected = gradient.Zip(line.Direction, (g, d) => g * d).Sum(), size = 1 + Math.Abs(F(0)) + gradient.Zip(line.Direction, (g, d) => Math.Abs(g * d)).Sum();
        return Math.Abs(expected - difference) <= 1e-6 * size;

        double F(double t) => line.Law(t).LogDensity(x);
    }

    private static double[] Point(IMultivariateDistribution law, int seed)
    {
        double[] x = new double[law.Dimension];
        law.Fill(RandomKey.FromSeed((ulong)seed), x);
        return x;
    }

    private static double[] At(double[] a, double[] direction, double t) => [.. a.Zip(direction, (u, v) => u + (t * v))];

    private static double[] Normal(int n, ref RandomStream stream)
    {
        double[] x = new double[n];
        foreach (ref double v in x.AsSpan())
            v = stream.NextNormal();
        return x;
    }

    private static double[] Positive(int n, ref RandomStream stream)
    {
        double[] x = new double[n];
        foreach (ref double v in x.AsSpan())
            v = 0.3 + (3 * stream.NextDouble());
        return x;
    }

    private static double[] Lower(int n, ref RandomStream stream)
    {
        double[] l = Normal(n * n, ref stream);
        for (int i = 0; i < n; i++)
        {
            l.AsSpan((i * n) + i + 1, n - i - 1).Clear();
            l[(i * n) + i] = 0.7 + Math.Abs(l[(i * n) + i]);
        }

        return l;
    }

    private static double[] Direction(int n, ref RandomStream stream)
    {
        double[] d = Normal(n * n, ref stream);
        for (int i = 0; i < n; i++)
            d.AsSpan((i * n) + i + 1, n - i - 1).Clear();
        return [.. d.Select(v => 0.3 * v)];
    }

    private static double[] Definite(int n, ref RandomStream stream) => Product(Lower(n, ref stream), n);

    private static double[] Symmetric(int n, ref RandomStream stream)
    {
        double[] d = Normal(n * n, ref stream);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
                d[(j * n) + i] = d[(i * n) + j];
        }

        return [.. d.Select(v => 0.02 * v)];
    }

    private static double[] Product(double[] l, int n)
    {
        double[] a = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j <= i; j++)
            {
                for (int k = 0; k <= j; k++)
                    a[(i * n) + j] += l[(i * n) + k] * l[(j * n) + k];
                a[(j * n) + i] = a[(i * n) + j];
            }
        }

        return a;
    }

    private static double[] Change(double[] l, double[] dL, int n)
    {
        double[] change = new double[n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                for (int k = 0; k < n; k++)
                    change[(i * n) + j] += (dL[(i * n) + k] * l[(j * n) + k]) + (l[(i * n) + k] * dL[(j * n) + k]);
            }
        }

        return change;
    }

    private static double[] Unit(int n)
    {
        double[] unit = new double[n * n];
        for (int i = 0; i < n; i++)
            unit[(i * n) + i] = 1;
        return unit;
    }

    /// <summary>Laws along a line in the space of the parameters, and its direction.</summary>
    private sealed record Line(Func<double, IMultivariateDistribution> Law, double[] Direction, double[]? Factor = null);
}
