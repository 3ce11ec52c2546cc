using System.Text.Json;
using OptiCore.Integration;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.Analysis;

public class GoldenQuadratureTests
{
    private static IEnumerable<JsonElement> Cases(string kind) => Reference.Json("golden/04_quadrature_interpolation.json").GetProperty("cases").EnumerateArray()
        .Where(c => c.GetProperty("kind").GetString() == kind);

    internal static Func<double, double> Integrand(string name) => name switch
    {
        "exp(-x^2)" => x => Math.Exp(-x * x),
        "exp(-x)" => x => Math.Exp(-x),
        "1/(1+x^2)" => x => 1 / (1 + (x * x)),
        "sqrt(x)" => Math.Sqrt,
        "1/sqrt(x)" => x => 1 / Math.Sqrt(x),
        "log(x)" => Math.Log,
        "sin(x)" => Math.Sin,
        "x*sin(30x)" => x => x * Math.Sin(30 * x),
        "exp(x)*cos(x)" => x => Math.Exp(x) * Math.Cos(x),
        "1/(1+25x^2)" => x => 1 / (1 + (25 * x * x)),
        "x^5-3x^2+1" => x => Math.Pow(x, 5) - (3 * x * x) + 1,
        "|x-1/3|" => x => Math.Abs(x - (1.0 / 3)),
        "exp(-x)/(1+x)" => x => Math.Exp(-x) / (1 + x),
        "x^3/(exp(x)-1)" => x => x == 0 ? 0 : x > 700 ? 0 : x * x * x / (Math.Exp(x) - 1),
        "cos(x^2)" => x => Math.Cos(x * x),
        _ => throw new NotSupportedException(name),
    };

    [Fact]
    public void AdaptiveIntegralsMeetTheReferenceWithNoMoreEvaluations()
    {
        int count = 0;
        var more = new List<string>();
        var options = new QuadratureOptions { AbsoluteTolerance = 1e-12, RelativeTolerance = 1e-12 };
        foreach (JsonElement golden in Cases("quad"))
        {
            string id = golden.GetProperty("id").GetString()!;
            double a = golden.Number("a"), b = golden.Number("b"), exact = golden.Number("exact");
            int calls = 0;
            Func<double, double> f = Integrand(golden.GetProperty("f").GetString()!);
            QuadratureResult result = Quadrature.Integrate(
                x =>
                {
                    calls++;
                    return f(x);
                },
                a,
                b,
                options);
            Assert.True(result.Converged, $"{id}: {result}");
            Assert.True(result.Evaluations == calls, $"{id}: {calls} calls, but {result}");
            double error = Math.Abs(result.Value - exact);
            Promises.Close(exact, result.Value, 5e-14, 5e-14, id);
            Assert.True(error <= result.ErrorEstimate + (1e-15 * Math.Abs(exact)), $"{id}: error {error}, but {result}");
            if (calls > golden.GetProperty("neval").GetInt32())
                more.Add($"{id}: {calls} evaluations, the reference {golden.GetProperty("neval").GetInt32()}");
            count++;
        }

        Assert.True(more.Count == 0, string.Join("\n", more));
        Assert.Equal(15, count);
    }

    [Fact]
    public void FixedRulesMeetTheReference()
    {
        int count = 0;
        foreach (JsonElement golden in Cases("quad").Where(c => c.TryGetProperty("fixed_quad", out _)))
        {
            string id = golden.GetProperty("id").GetString()!;
            double a = golden.Number("a"), b = golden.Number("b");
            Func<double, double> f = Integrand(golden.GetProperty("f").GetString()!);
            foreach (JsonProperty rule in golden.GetProperty("fixed_quad").EnumerateObject())
                Promises.Close(rule.Value.Number(), GaussRule.Legendre(int.Parse(rule.Name)).Integrate(f, a, b), 2e-14, 1e-14, $"{id} with {rule.Name} points");
            Promises.Close(golden.Number("trapezoid_21"), SampledIntegral.Trapezoid(Samples(21), (b - a) / 20), 1e-14, 1e-14, $"{id}, trapezoid");
            Promises.Close(golden.Number("simpson_21"), SampledIntegral.Simpson(Samples(21), (b - a) / 20), 1e-14, 1e-14, $"{id}, Simpson");
            Promises.Close(golden.Number("romberg_257"), SampledIntegral.Romberg(Samples(257), (b - a) / 256), 1e-14, 1e-14, $"{id}, Romberg");
            double[] x = Points(21);
            Promises.Close(golden.Number("trapezoid_21"), SampledIntegral.Trapezoid(x, Samples(21)), 1e-13, 1e-13, $"{id}, trapezoid with points");
            Promises.Close(golden.Number("simpson_21"), SampledIntegral.Simpson(x, Samples(21)), 1e-13, 1e-13, $"{id}, Simpson with points");
            count++;

            double[] Points(int n) => [.. Enumerable.Range(0, n).Select(i => i == n - 1 ? b : a + ((b - a) * i / (n - 1)))];
            double[] Samples(int n) => [.. Points(n).Select(f)];
        }

        Assert.True(count >= 5, $"{count} cases");
    }

    [Fact]
    public void NodesAndWeightsMeetTheReference()
    {
        int count = 0;
        foreach (JsonElement golden in Cases("gauss_nodes"))
        {
            string id = golden.GetProperty("id").GetString()!;
            int n = golden.GetProperty("n").GetInt32();
            Check(golden.GetProperty("legendre"), GaussRule.Legendre(n), id + " Legendre");
            Check(golden.GetProperty("hermite_physicists"), GaussRule.Hermite(n), id + " Hermite");
            Check(golden.GetProperty("laguerre"), GaussRule.Laguerre(n), id + " Laguerre");
            count++;
        }

        Assert.Equal(6, count);

        static void Check(JsonElement expected, GaussRule rule, string id)
        {
            double[] nodes = expected[0].Numbers(), weights = expected[1].Numbers();
            Assert.Equal(nodes.Length, rule.Count);
            // Weights of the reference are off by up to 1e-12 at n = 40 (0.004521277098530018, exactly 0.0045212770985331912...); tests against
            // values of 50 digits are in GaussRuleTests.
            for (int i = 0; i < nodes.Length; i++)
            {
                Promises.Close(nodes[i], rule.Nodes[i], 2e-14, 1e-15, $"{id} node {i}");
                Promises.Close(weights[i], rule.Weights[i], 2e-12, 0, $"{id} weight {i}");
            }
        }
    }
}
