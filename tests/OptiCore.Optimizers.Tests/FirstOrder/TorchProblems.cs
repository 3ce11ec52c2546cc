using System.Text.Json;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.FirstOrder;

/// <summary>The three objectives of golden/01_torch_optimizers.json.</summary>
internal static class TorchProblems
{
    public const string File = "golden/01_torch_optimizers.json";

    public static IDifferentiableFunction<double> Get(string name)
    {
        JsonElement problem = Reference.Json(File).GetProperty("problems").GetProperty(name);
        return name switch
        {
            "rosenbrock2" => Function.WithGradient<double>(2, Rosenbrock),
            "quadratic10" => Quadratic(problem.RowMajor("A"), problem.Numbers("b")),
            "logreg" => LogisticRegression(problem.RowMajor("X"), problem.Numbers("y"), problem.Number("lambda")),
            _ => throw new ArgumentException(name),
        };
    }

    public static double[] Start(string name) => Reference.Json(File).GetProperty("problems").GetProperty(name).Numbers("x0");

    private static double Rosenbrock(ReadOnlySpan<double> x, Span<double> g)
    {
        double a = x[1] - (x[0] * x[0]), b = 1 - x[0];
        g[0] = (-400 * a * x[0]) - (2 * b);
        g[1] = 200 * a;
        return (100 * a * a) + (b * b);
    }

    private static IDifferentiableFunction<double> Quadratic(double[] a, double[] b) => Function.WithGradient<double>(b.Length, (x, g) =>
    {
        double f = 0;
        for (int i = 0; i < g.Length; i++)
        {
            double row = 0;
            for (int j = 0; j < g.Length; j++)
                row += a[(i * g.Length) + j] * x[j];
            g[i] = row - b[i];
            f += x[i] * ((0.5 * row) - b[i]);
        }

        return f;
    });

    private static IDifferentiableFunction<double> LogisticRegression(double[] data, double[] y, double lambda) =>
        Function.WithGradient<double>(data.Length / y.Length, (w, g) =>
        {
            double f = 0;
            for (int j = 0; j < g.Length; j++)
            {
                g[j] = lambda * w[j];
                f += 0.5 * lambda * w[j] * w[j];
            }

            for (int i = 0; i < y.Length; i++)
            {
                ReadOnlySpan<double> row = data.AsSpan(i * g.Length, g.Length);
                double margin = 0;
                for (int j = 0; j < g.Length; j++)
                    margin += row[j] * w[j];
                margin *= y[i];
                double e = Math.Exp(-Math.Abs(margin));
                f += (Math.Max(-margin, 0) + Math.Log(1 + e)) / y.Length;
                double sigmoid = margin > 0 ? e / (1 + e) : 1 / (1 + e);
                for (int j = 0; j < g.Length; j++)
                    g[j] -= sigmoid * y[i] * row[j] / y.Length;
            }

            return f;
        });
}
