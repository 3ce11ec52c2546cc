using OptiCore.Differentiation;
using OptiCore.Randomness;
using OptiCore.TestKit;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Core.Tests.LogDensities;

/// <summary>One model, the eight schools, in three ways: by hand, by dual numbers, by a trace. And what all densities promise.</summary>
public sealed class LogDensityTests
{
    private const int Schools = 8;

    private static readonly double[] Effects = [28, 8, -3, 7, -1, 1, 18, 12], Errors = [15, 10, 16, 11, 9, 11, 10, 18];

    private static readonly ParameterSpace Space = new ParameterSpace().Real("mu").Positive("tau").Vector("z", Schools);

    private static readonly Dictionary<string, ILogDensity> Table = new()
    {
        ["by hand"] = LogDensity.WithGradient(Space, ByHand, new ParameterSpace().Vector("theta", Schools), Theta),
        ["dual numbers"] = LogDensity.From(Space, ByDuals, new ParameterSpace().Vector("theta", Schools), Theta),
        ["traced"] = LogDensity.Trace(Space, Traced),
    };

    public static TheoryData<string> Rows => [.. Table.Keys];

    [Theory]
    [MemberData(nameof(Rows))]
    public void All_ways_agree(string row)
    {
        ILogDensity density = Table[row], other = Table["by hand"];
        int n = Schools + 2;
        Assert.Equal(n, density.Dimension);
        Assert.Equal(["mu", "tau", "z[1]"], density.ParameterNames.Take(3));
        Assert.Equal(["theta[1]", "theta[8]"], [density.ParameterNames[10], density.ParameterNames[17]]);
        double[] u = new double[n], gradient = new double[n], expected = new double[n], x = new double[18], expectedX = new double[18], origin = new double[n];
        double shift = density.Value(origin) - other.Value(origin);
        for (int trial = 0; trial < 20; trial++)
        {
            RandomStream stream = RandomKey.FromSeed(3).Fold(trial).Stream();
            for (int i = 0; i < n; i++)
                u[i] = 1.5 * stream.NextNormal();
            double value = density.ValueAndGradient(u, gradient);
            Promises.Close(other.ValueAndGradient(u, expected) + shift, value, 1e-12, 1e-11, $"{row}: value");
            Promises.Close(value, density.Value(u), 1e-13, 1e-13, $"{row}: value alone");
            density.Constrain(u, x);
            other.Constrain(u, expectedX);
            for (int i = 0; i < n; i++)
                Promises.Close(expected[i], gradient[i], 1e-11, 1e-11, $"{row}: gradient[{i}]");
            for (int i = 0; i < x.Length; i++)
                Promises.Close(expectedX[i], x[i], 1e-13, 1e-13, $"{row}: {density.ParameterNames[i]}");
            Promises.Close(Math.Exp(u[1]), x[1], 1e-14, 0, "tau");
            Promises.Close(x[0] + (x[1] * x[2]), x[10], 1e-14, 1e-14, "theta[1]");
        }
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void The_gradient_is_that_of_the_value(string row)
    {
        double[] u = [1, -0.5, 0.3, 0.2, -1, 1.5, 0, 0.1, -0.7, 0.9];
        Assert.True(DerivativeCheck.Gradient(Table[row], u).IsCorrect, row);
    }

    [Theory]
    [MemberData(nameof(Rows))]
    public void Several_threads_get_the_same_bits_and_nothing_is_allocated(string row)
    {
        ILogDensity density = Table[row];
        int n = density.Dimension;
        double[][] points = [.. Enumerable.Range(0, 200).Select(t => Enumerable.Range(0, n).Select(i => Math.Sin(t + (3 * i))).ToArray())];
        double[][] expected = [.. points.Select(p => Evaluate(density, p))];
        Parallel.For(0, 8, worker =>
        {
            for (int t = worker % 3; t < points.Length; t++)
                Promises.SameBits(expected[t], Evaluate(density, points[t]), row);
        });
        double[] gradient = new double[n], x = new double[density.ParameterCount];
        Promises.AllocatesNothing(
            () =>
            {
                density.ValueAndGradient(points[0], gradient);
                density.Value(points[1]);
                density.Constrain(points[2], x);
            },
            row);
    }

    [Fact]
    public void A_traced_density_has_Hessian_products()
    {
        TracedLogDensity density = LogDensity.Trace(Space, Traced);
        int n = density.Dimension;
        double[] u = [1, -0.5, 0.3, 0.2, -1, 1.5, 0, 0.1, -0.7, 0.9], v = [.. u.Reverse()], product = new double[n], up = new double[n], down = new double[n];
        density.HessianProduct(u, v, product);
        density.ValueAndGradient([.. u.Zip(v, (a, b) => a + (1e-4 * b))], up);
        density.ValueAndGradient([.. u.Zip(v, (a, b) => a - (1e-4 * b))], down);
        for (int i = 0; i < n; i++)
            Promises.Close((up[i] - down[i]) / 2e-4, product[i], 1e-6, 1e-6, $"product[{i}]");
    }

    [Fact]
    public void A_space_names_and_places_its_parameters()
    {
        ParameterSpace space = new ParameterSpace().Real("mu").Positive("tau").Matrix("B", 2, 3).CorrelationCholesky("L", 3).Simplex("w", 3).Probability("p");
        Assert.Equal(1 + 1 + 6 + 3 + 2 + 1, space.Dimension);
        Assert.Equal(1 + 1 + 6 + 9 + 3 + 1, space.ElementCount);
        Assert.Equal(6, space.Count);
        Assert.False(space.IsUnconstrained);
        Assert.Equal(["mu", "tau", "B[1,1]", "B[1,2]", "B[1,3]", "B[2,1]"], space.ElementNames.Take(6));
        Assert.Equal("L[2,1]", space.ElementNames[11]);
        Assert.Equal(17..20, space.Elements("w"));
        Assert.Equal(new SimplexConstraint(3), space["w"]);

        double[] u = [.. Enumerable.Range(0, space.Dimension).Select(i => 0.2 * (i - 5))], x = new double[space.ElementCount], back = new double[u.Length];
        double log = space.Constrain(u, x);
        space.Unconstrain(x, back);
        for (int i = 0; i < u.Length; i++)
            Promises.Close(u[i], back[i], 1e-12, 1e-12, $"u[{i}]");
        Variable[] traced = space.Constrain(Variable.Constant<double>(u, [u.Length]), out Variable logJacobian);
        Assert.Equal(Shape.Create([3, 3]), traced[3].Shape);
        Replay<double> replay = Computation.Compile<double>([], logJacobian).Start();
        replay.Run();
        Promises.Close(log, replay.Output(0)[0], 1e-13, 1e-13, "log Jacobian");

        x[17] = -0.25;
        Assert.Contains("w[1] is -0.25", Assert.Throws<ArgumentException>(() => space.Unconstrain(x, back)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Misuse_is_explained()
    {
        Assert.Contains("mu", Assert.Throws<ArgumentException>(() => Space.Real("mu")).Message, StringComparison.Ordinal);
        Assert.Contains("there are mu, tau, z", Assert.Throws<ArgumentException>(() => LogDensity.Trace(Space, p => p["sigma"])).Message, StringComparison.Ordinal);
        Assert.Contains("scalar", Assert.Throws<ArgumentException>(() => LogDensity.Trace(Space, p => p["z"])).Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => LogDensity.Trace(Space, p => Sum(p.Report("tau", p["z"]))));
        Assert.Throws<ArgumentException>(() => LogDensity.WithGradient(Space, ByHand, new ParameterSpace().Real("t")));
        Assert.Throws<ArgumentException>(() => LogDensity.WithGradient(Space, ByHand, new ParameterSpace().Real("mu"), Theta));
        Assert.Throws<ArgumentOutOfRangeException>(() => LogDensity.WithGradient(new ParameterSpace(), ByHand));
        Assert.Throws<ArgumentException>(() => new ParameterValues<double>(Space, new double[10])["z"]);
    }

    private static double[] Evaluate(ILogDensity density, double[] point)
    {
        double[] result = new double[point.Length + 1];
        result[^1] = density.ValueAndGradient(point, result.AsSpan(0, point.Length));
        return result;
    }

    private static Variable Traced(TracedParameters p)
    {
        Variable theta = p.Report("theta", p["mu"] + (p["tau"] * p["z"]));
        return LogProbability.Normal(p["mu"], 0, 5) + LogProbability.HalfCauchy(p["tau"], 5) + LogProbability.Normal(p["z"], 0, 1)
            + LogProbability.Normal(Variable.Constant<double>(Effects, [Schools]), theta, Variable.Constant<double>(Errors, [Schools]));
    }

    private static Dual4 ByDuals(ParameterValues<Dual4> p)
    {
        Dual4 mu = p["mu"], tau = p["tau"], sum = (-mu * mu / 50) - Elementary.Log(1.0 + (tau * tau / 25));
        ReadOnlySpan<Dual4> z = p.Vector("z");
        for (int j = 0; j < Schools; j++)
            sum -= 0.5 * (Elementary.Sq(z[j]) + Elementary.Sq((Effects[j] - mu - (tau * z[j])) / Errors[j]));
        return sum;
    }

    private static double ByHand(ReadOnlySpan<double> x, Span<double> gradient)
    {
        double mu = x[0], tau = x[1], value = (-mu * mu / 50) - Math.Log(1 + (tau * tau / 25));
        gradient[0] = -mu / 25;
        gradient[1] = -2 * tau / (25 + (tau * tau));
        for (int j = 0; j < Schools; j++)
        {
            double z = x[2 + j], rest = (Effects[j] - mu - (tau * z)) / Errors[j], pull = rest / Errors[j];
            value -= 0.5 * ((z * z) + (rest * rest));
            gradient[2 + j] = (tau * pull) - z;
            gradient[0] += pull;
            gradient[1] += z * pull;
        }

        return value;
    }

    private static void Theta(ParameterValues<double> p, Span<double> theta)
    {
        ReadOnlySpan<double> z = p.Vector("z");
        for (int j = 0; j < Schools; j++)
            theta[j] = p["mu"] + (p["tau"] * z[j]);
    }
}
