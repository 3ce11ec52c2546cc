using System.Text.Json;
using OptiCore.Interpolation;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.Analysis;

public class GoldenInterpolationTests
{
    private static readonly Dictionary<string, Func<double[], double[], PiecewisePolynomial>> Splines = new()
    {
        ["linear"] = (x, y) => Spline.Linear(x, y),
        ["cubic_natural"] = (x, y) => Spline.Cubic(x, y, SplineEnd.Natural, SplineEnd.Natural),
        ["cubic_not_a_knot"] = (x, y) => Spline.Cubic(x, y),
        ["cubic_clamped0"] = (x, y) => Spline.Cubic(x, y, SplineEnd.FirstDerivative(0), SplineEnd.FirstDerivative(0)),
        ["cubic_mixed_d1_left_0.5_d2_right_-0.25"] = (x, y) => Spline.Cubic(x, y, SplineEnd.FirstDerivative(0.5), SplineEnd.SecondDerivative(-0.25)),
        ["cubic_periodic"] = (x, y) => Spline.CubicPeriodic(x, y),
        ["pchip"] = (x, y) => Spline.Pchip(x, y),
        ["akima"] = (x, y) => Spline.Akima(x, y),
    };

    [Fact]
    public void SplinesMeetTheReference()
    {
        int count = 0, fields = 0;
        foreach (JsonElement golden in Reference.Json("golden/04_quadrature_interpolation.json").GetProperty("cases").EnumerateArray().Where(c => c.GetProperty("kind").GetString() == "interpolation"))
        {
            string id = golden.GetProperty("id").GetString()!;
            double[] x = golden.Numbers("x"), xi = golden.Numbers("xi"), values = new double[xi.Length];
            foreach (JsonProperty property in golden.EnumerateObject())
            {
                if (property.Name is "id" or "kind" or "x" or "y" or "xi")
                    continue;
                if (property.Name == "polynomial_barycentric")
                {
                    var polynomial = BarycentricInterpolant.Lagrange(x, golden.Numbers("y"));
                    polynomial.Evaluate(xi, values);
                    Check(property.Value.Numbers("value"), values, 1e-9, $"{id} {property.Name}");
                    fields++;
                    continue;
                }

                double[] y = property.Value.ValueKind == JsonValueKind.Object && property.Value.TryGetProperty("y", out JsonElement own) ? own.Numbers() : golden.Numbers("y");
                PiecewisePolynomial spline = Splines[property.Name](x, y);
                if (property.Value.ValueKind == JsonValueKind.Array)
                {
                    spline.Evaluate(xi, values);
                    Check(property.Value.Numbers(), values, 1e-14, $"{id} {property.Name}");
                    fields++;
                    continue;
                }

                foreach (JsonProperty field in property.Value.EnumerateObject())
                {
                    string what = $"{id} {property.Name} {field.Name}";
                    switch (field.Name)
                    {
                        case "y":
                            continue;
                        case "integral":
                            Promises.Close(field.Value.Number(), spline.Integral(x[0], x[^1]), 2e-14, 1e-14, what);
                            break;
                        default:
                            int order = field.Name switch { "value" => 0, "d1" => 1, "d2" => 2, var other => throw new NotSupportedException(other) };
                            spline.Evaluate(xi, values, order);
                            Check(field.Value.Numbers(), values, order == 0 ? 2e-14 : 1e-13, what);
                            for (int i = 0; i < xi.Length; i++)
                                Assert.Equal(values[i], spline.Derivative(xi[i], order));
                            break;
                    }

                    fields++;
                }
            }

            count++;
        }

        Assert.Equal(4, count);
        Assert.True(fields >= 70, $"{fields} fields");
    }

    private static void Check(double[] expected, double[] actual, double tolerance, string what)
    {
        double scale = expected.Max(Math.Abs);
        for (int i = 0; i < expected.Length; i++)
            Promises.Close(expected[i], actual[i], 0, tolerance * Math.Max(1, scale), $"{what}[{i}]");
    }
}
