using System.Text.Json;
using OptiCore.Problems;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests;

/// <summary>The unconstrained problems of golden/04_minimize.json, by their formulas.</summary>
internal static class GoldenFunctions
{
    private static readonly Dictionary<string, IDifferentiableFunction<double>> Functions = new()
    {
        ["rosenbrock_2"] = new Rosenbrock(2),
        ["rosenbrock_5"] = new Rosenbrock(5),
        ["rosenbrock_10"] = new Rosenbrock(10),
        ["beale"] = MoreGarbowHillstrom.Problem(5).SumOfSquares,
        ["booth"] = ClassicFunctions.Booth().Function,
        ["matyas"] = From(2, (x, g) =>
        {
            g[0] = (0.52 * x[0]) - (0.48 * x[1]);
            g[1] = (0.52 * x[1]) - (0.48 * x[0]);
            return (0.26 * ((x[0] * x[0]) + (x[1] * x[1]))) - (0.48 * x[0] * x[1]);
        }),
        ["himmelblau"] = ClassicFunctions.Himmelblau().Function,
        ["goldstein_price"] = From(2, (x, g) =>
        {
            double a = x[0], b = x[1], s = a + b + 1, t = (2 * a) - (3 * b);
            double p = 19 - (14 * a) + (3 * a * a) - (14 * b) + (6 * a * b) + (3 * b * b), q = 18 - (32 * a) + (12 * a * a) + (48 * b) - (36 * a * b) + (27 * b * b);
            double u = 1 + (s * s * p), v = 30 + (t * t * q);
            double pa = -14 + (6 * a) + (6 * b), qa = -32 + (24 * a) - (36 * b), qb = 48 - (36 * a) + (54 * b);
            g[0] = (((2 * s * p) + (s * s * pa)) * v) + (u * ((4 * t * q) + (t * t * qa)));
            g[1] = (((2 * s * p) + (s * s * pa)) * v) + (u * ((-6 * t * q) + (t * t * qb)));
            return u * v;
        }),
        ["powell_singular"] = MoreGarbowHillstrom.Problem(13).SumOfSquares,
        ["wood"] = MoreGarbowHillstrom.Problem(14).SumOfSquares,
        ["freudenstein_roth"] = MoreGarbowHillstrom.Problem(2).SumOfSquares,
        ["brown_badly_scaled"] = MoreGarbowHillstrom.Problem(4).SumOfSquares,
        ["brown_dennis"] = MoreGarbowHillstrom.Problem(16).SumOfSquares,
        ["helical_valley"] = MoreGarbowHillstrom.Problem(7).SumOfSquares,
        ["variably_dim_8"] = MoreGarbowHillstrom.Problem(25, 8).SumOfSquares,
        ["penalty1_4"] = MoreGarbowHillstrom.Problem(23).SumOfSquares,
        ["trigonometric_5"] = MoreGarbowHillstrom.Problem(26, 5).SumOfSquares,
        ["broyden_tridiagonal_10"] = MoreGarbowHillstrom.Problem(30).SumOfSquares,
        ["dixon_price_6"] = From(6, (x, g) =>
        {
            g.Clear();
            double sum = (x[0] - 1) * (x[0] - 1);
            g[0] = 2 * (x[0] - 1);
            for (int i = 1; i < 6; i++)
            {
                double u = (2 * x[i] * x[i]) - x[i - 1];
                sum += (i + 1) * u * u;
                g[i] += 8 * (i + 1) * u * x[i];
                g[i - 1] -= 2 * (i + 1) * u;
            }

            return sum;
        }),
        ["zakharov_5"] = From(5, (x, g) =>
        {
            double s = 0, square = 0;
            for (int i = 0; i < 5; i++)
            {
                s += 0.5 * (i + 1) * x[i];
                square += x[i] * x[i];
            }

            for (int i = 0; i < 5; i++)
                g[i] = (2 * x[i]) + (((2 * s) + (4 * s * s * s)) * 0.5 * (i + 1));
            return square + (s * s) + (s * s * s * s);
        }),
        ["three_hump_camel"] = From(2, (x, g) =>
        {
            double a = x[0], a2 = a * a;
            g[0] = (4 * a) - (4.2 * a2 * a) + (a2 * a2 * a) + x[1];
            g[1] = a + (2 * x[1]);
            return (2 * a2) - (1.05 * a2 * a2) + (a2 * a2 * a2 / 6) + (a * x[1]) + (x[1] * x[1]);
        }),
        ["mccormick"] = From(2, (x, g) =>
        {
            double d = x[0] - x[1], cosine = Math.Cos(x[0] + x[1]);
            g[0] = cosine + (2 * d) - 1.5;
            g[1] = cosine - (2 * d) + 2.5;
            return Math.Sin(x[0] + x[1]) + (d * d) - (1.5 * x[0]) + (2.5 * x[1]) + 1;
        }),
        ["styblinski_tang_3"] = ClassicFunctions.StyblinskiTang(3).Function,
        ["quartic_4"] = From(4, (x, g) =>
        {
            double sum = 0;
            for (int i = 0; i < 4; i++)
            {
                double cube = x[i] * x[i] * x[i];
                sum += (i + 1) * cube * x[i];
                g[i] = 4 * (i + 1) * cube;
            }

            return sum;
        }),
        ["exp_quadratic_3"] = From(3, (x, g) =>
        {
            double e = Math.Exp(x[0]), d = x[1] - x[0], bell = Math.Exp(0.5 * x[2] * x[2]);
            g[0] = e - (1 / e) - (2 * d);
            g[1] = 2 * d;
            g[2] = (x[2] * bell) + 1;
            return e + (1 / e) + (d * d) + bell + x[2];
        }),
    };

    /// <summary>Every unconstrained problem of the file, so that a new one without a formula here fails.</summary>
    public static IEnumerable<string> Names => Reference.Json("golden/04_minimize.json").GetProperty("problems").EnumerateObject()
        .Where(p => p.Value.GetProperty("kind").GetString() == "unconstrained").Select(p => p.Name);

    public static JsonElement Problem(string name) => Reference.Json("golden/04_minimize.json").GetProperty("problems").GetProperty(name);

    public static IDifferentiableFunction<double> Function(string name) => Functions[name];

    private static IDifferentiableFunction<double> From(int n, GradientDelegate<double> f) => OptiCore.Function.WithGradient(n, f);
}
