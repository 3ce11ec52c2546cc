using FsCheck;
using FsCheck.Fluent;
using OptiCore.Dynamics.Tests.Koopman;
using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests.SparseIdentification;

public class FeatureLibraryTests
{
    [Fact]
    public void MonomialsAreInGradedOrderWithTheirNames()
    {
        Assert.Equal(["1", "x", "y", "x^2", "x y", "y^2", "x^3", "x^2 y", "x y^2", "y^3"], new MonomialFeatures { Degree = 3 }.Names(["x", "y"]));
        Assert.Equal(["a", "b", "c", "a^2", "a b", "a c", "b^2", "b c", "c^2"], new MonomialFeatures { IncludeConstant = false }.Names(["a", "b", "c"]));
        Assert.Equal(["sin(x)", "cos(x)", "sin(2 x)", "cos(2 x)"], new FourierFeatures { Harmonics = 2 }.Names(["x"]));
        Assert.Equal(["x", "cos(y)"], (new RestrictedFeatures(new MonomialFeatures { Degree = 1, IncludeConstant = false }, 0) + new CustomFeatures(new CustomFeature("cos(y)", s => Math.Cos(s[1])))).Names(["x", "y"]));
        Assert.Equal(["1", "y", "x", "x y"], new ProductFeatures(new RestrictedFeatures(new MonomialFeatures { Degree = 1 }, 0), new RestrictedFeatures(new MonomialFeatures { Degree = 1 }, 1)).Names(["x", "y"]));
    }

    [Fact]
    public void MonomialsAreWhatTheirNamesSay() => Forall.Check(Prop.ForAll(
        Gen.Choose(1, 5).Zip(Gen.Choose(0, 5)).Zip(Gen.Choose(0, 1000), (a, seed) => (N: a.Item1, Degree: a.Item2, Seed: (ulong)seed)).ToArbitrary(),
        x =>
        {
            double[] point = LinearMaps.Normals(x.N, x.Seed);
            string[] variables = [.. Enumerable.Range(0, x.N).Select(i => $"v{i}")];
            foreach (bool constant in new[] { true, false })
            {
                if (x.Degree == 0 && !constant)
                    continue;
                var library = new MonomialFeatures { Degree = x.Degree, IncludeConstant = constant };
                double[] values = library.Matrix(point, x.N);
                string[] names = library.Names(variables);
                Assert.Equal(names.Length, names.Distinct().Count());
                for (int j = 0; j < values.Length; j++)
                {
                    double product = names[j] == "1" ? 1 : names[j].Split(' ').Aggregate(1.0, (p, factor) => p * Math.Pow(point[int.Parse(factor[1..].Split('^')[0])], factor.Contains('^') ? int.Parse(factor.Split('^')[1]) : 1));
                    if (Math.Abs(product - values[j]) > 1e-12 * (1 + Math.Abs(product)))
                        return false;
                }
            }

            return true;
        }));

    [Fact]
    public void HermiteFunctionsAreOrthonormalForTheNormalLaw()
    {
        Integration.GaussRule rule = Integration.GaussRule.Hermite(12);
        var library = new HermiteFeatures { Degree = 5 };
        int count = library.Count(2);
        double[] gram = new double[count * count], values = new double[count];
        for (int i = 0; i < rule.Count; i++)
        {
            for (int j = 0; j < rule.Count; j++)
            {
                // Nodes for exp(-t^2): the normal variable is sqrt(2) t.
                library.Evaluate([Math.Sqrt(2) * rule.Nodes[i], Math.Sqrt(2) * rule.Nodes[j]], values);
                for (int a = 0; a < count; a++)
                {
                    for (int b = 0; b < count; b++)
                        gram[(a * count) + b] += rule.Weights[i] * rule.Weights[j] / Math.PI * values[a] * values[b];
                }
            }
        }

        for (int a = 0; a < count; a++)
        {
            for (int b = 0; b < count; b++)
                Promises.Close(a == b ? 1 : 0, gram[(a * count) + b], 0, 1e-12, $"{a}, {b}");
        }
    }

    [Fact]
    public void EvaluationsAllocateNothing()
    {
        FeatureLibrary library = new MonomialFeatures { Degree = 3 } + new FourierFeatures() + new HermiteFeatures { Degree = 3 } + new RadialFeatures([0, 0, 1, 1], 2) + new ProductFeatures(new MonomialFeatures(), new RestrictedFeatures(new FourierFeatures(), 1));
        double[] x = [0.3, 0.4], values = new double[library.Count(2)];
        Promises.AllocatesNothing(() => library.Evaluate(x, values), "a library");
        Assert.Throws<ArgumentOutOfRangeException>("dimension", () => new RadialFeatures([0, 0], 2).Count(3));
        Assert.Throws<ArgumentOutOfRangeException>("dimension", () => new RestrictedFeatures(new MonomialFeatures(), 2).Count(2));
    }
}
