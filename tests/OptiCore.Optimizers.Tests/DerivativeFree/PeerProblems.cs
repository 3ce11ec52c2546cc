using System.Text.Json;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.DerivativeFree;

/// <summary>The problems of golden/08_blackbox_evaluations.json, and the constrained ones of golden/04_minimize.json that COBYLA was run on, by their formulas.</summary>
internal static class PeerProblems
{
    public const string BlackBox = "golden/08_blackbox_evaluations.json";

    private static readonly double Root3 = Math.Sqrt(3);

    /// <summary>Objective and constraints c(x) >= 0 of problems of Hock and Schittkowski; bounds are in the file.</summary>
    private static readonly Dictionary<string, (Func<double[], double> Objective, Func<double[], double>[] Constraints)> HockSchittkowski = new()
    {
        ["hs10"] = (x => x[0] - x[1], [x => (-3 * x[0] * x[0]) + (2 * x[0] * x[1]) - (x[1] * x[1]) + 1]),
        ["hs12"] = (x => (0.5 * x[0] * x[0]) + (x[1] * x[1]) - (x[0] * x[1]) - (7 * x[0]) - (7 * x[1]), [x => 25 - (4 * x[0] * x[0]) - (x[1] * x[1])]),
        ["hs15"] = (x => (100 * Math.Pow(x[1] - (x[0] * x[0]), 2)) + Math.Pow(1 - x[0], 2), [x => (x[0] * x[1]) - 1, x => x[0] + (x[1] * x[1])]),
        ["hs21"] = (x => (0.01 * x[0] * x[0]) + (x[1] * x[1]) - 100, [x => (10 * x[0]) - x[1] - 10]),
        ["hs22"] = (x => Math.Pow(x[0] - 2, 2) + Math.Pow(x[1] - 1, 2), [x => -x[0] - x[1] + 2, x => (-x[0] * x[0]) + x[1]]),
        ["hs24"] = (x => (Math.Pow(x[0] - 3, 2) - 9) * Math.Pow(x[1], 3) / (27 * Root3), [x => (x[0] / Root3) - x[1], x => x[0] + (Root3 * x[1]), x => -x[0] - (Root3 * x[1]) + 6]),
        ["hs30"] = (x => (x[0] * x[0]) + (x[1] * x[1]) + (x[2] * x[2]), [x => (x[0] * x[0]) + (x[1] * x[1]) - 1]),
        ["hs34"] = (x => -x[0], [x => x[1] - Math.Exp(x[0]), x => x[2] - Math.Exp(x[1])]),
        ["hs35"] = (
            x => 9 - (8 * x[0]) - (6 * x[1]) - (4 * x[2]) + (2 * x[0] * x[0]) + (2 * x[1] * x[1]) + (x[2] * x[2]) + (2 * x[0] * x[1]) + (2 * x[0] * x[2]),
            [x => 3 - x[0] - x[1] - (2 * x[2])]),
        ["hs37"] = (x => -x[0] * x[1] * x[2], [x => 72 - x[0] - (2 * x[1]) - (2 * x[2]), x => x[0] + (2 * x[1]) + (2 * x[2])]),
        ["hs43"] = (
            x => (x[0] * x[0]) + (x[1] * x[1]) + (2 * x[2] * x[2]) + (x[3] * x[3]) - (5 * x[0]) - (5 * x[1]) - (21 * x[2]) + (7 * x[3]),
            [
                x => 8 - (x[0] * x[0]) - (x[1] * x[1]) - (x[2] * x[2]) - (x[3] * x[3]) - x[0] + x[1] - x[2] + x[3],
                x => 10 - (x[0] * x[0]) - (2 * x[1] * x[1]) - (x[2] * x[2]) - (2 * x[3] * x[3]) + x[0] + x[3],
                x => 5 - (2 * x[0] * x[0]) - (x[1] * x[1]) - (x[2] * x[2]) - (2 * x[0]) + x[1] + x[3],
            ]),
        ["hs64"] = (x => (5 * x[0]) + (50000 / x[0]) + (20 * x[1]) + (72000 / x[1]) + (10 * x[2]) + (144000 / x[2]), [x => 1 - (4 / x[0]) - (32 / x[1]) - (120 / x[2])]),
        ["hs66"] = (x => (0.2 * x[2]) - (0.8 * x[0]), [x => x[1] - Math.Exp(x[0]), x => x[2] - Math.Exp(x[1])]),
        ["hs76"] = (
            x => (x[0] * x[0]) + (0.5 * x[1] * x[1]) + (x[2] * x[2]) + (0.5 * x[3] * x[3]) - (x[0] * x[2]) + (x[2] * x[3]) - x[0] - (3 * x[1]) + x[2] - x[3],
            [x => 5 - x[0] - (2 * x[1]) - x[2] - x[3], x => 4 - (3 * x[0]) - x[1] - (2 * x[2]) + x[3], x => x[1] + (4 * x[2]) - 1.5]),
        ["hs100"] = (
            x => Math.Pow(x[0] - 10, 2) + (5 * Math.Pow(x[1] - 12, 2)) + Math.Pow(x[2], 4) + (3 * Math.Pow(x[3] - 11, 2)) + (10 * Math.Pow(x[4], 6)) + (7 * x[5] * x[5]) + Math.Pow(x[6], 4)
                - (4 * x[5] * x[6]) - (10 * x[5]) - (8 * x[6]),
            [
                x => 127 - (2 * x[0] * x[0]) - (3 * Math.Pow(x[1], 4)) - x[2] - (4 * x[3] * x[3]) - (5 * x[4]),
                x => 282 - (7 * x[0]) - (3 * x[1]) - (10 * x[2] * x[2]) - x[3] + x[4],
                x => 196 - (23 * x[0]) - (x[1] * x[1]) - (6 * x[5] * x[5]) + (8 * x[6]),
                x => (-4 * x[0] * x[0]) - (x[1] * x[1]) + (3 * x[0] * x[1]) - (2 * x[2] * x[2]) - (5 * x[5]) + (11 * x[6]),
            ]),
    };

    /// <summary>The cases of one of NLopt's algorithms.</summary>
    public static IEnumerable<JsonElement> NLopt(string algorithm) => Reference.Cases(BlackBox).Values.Where(c => c.GetProperty("optimizer").GetString() == "NLopt " + algorithm);

    public static Bounds BoxOf(JsonElement problem) => new(problem.Numbers("lower"), problem.Numbers("upper"));

    /// <summary>The starts of a case, or the middle of the box for algorithms that take none.</summary>
    public static IEnumerable<double[]> Starts(JsonElement blackBox)
    {
        string n = blackBox.GetProperty("n").GetRawText();
        return blackBox.GetProperty("starts").GetString()!.StartsWith("starts", StringComparison.Ordinal)
            ? Reference.Json(BlackBox).GetProperty("starts").GetProperty(n).EnumerateArray().Select(s => s.Numbers())
            : [new double[blackBox.GetProperty("n").GetInt32()]];
    }

    public static IFunction<double> Function(JsonElement blackBox)
    {
        double[] optimum = blackBox.Numbers("x_opt");
        string name = blackBox.GetProperty("function").GetString()!;
        return OptiCore.Function.BlackBox(optimum.Length, x =>
        {
            int n = x.Length;
            double sum = 0;
            for (int i = 0; i < n; i++)
            {
                double z = x[i] - optimum[i];
                sum += name switch
                {
                    "sphere" => z * z,
                    "ellipsoid" => Math.Pow(10, 6.0 * i / (n - 1)) * z * z,
                    "rastrigin" => 10 + (z * z) - (10 * Math.Cos(2 * Math.PI * z)),
                    "quartic_sum" => ((i + 1) * z * z * z * z) + (z * z),
                    "rosenbrock" => i == n - 1 ? 0 : (100 * Math.Pow(x[i + 1] - optimum[i + 1] + 1 - ((z + 1) * (z + 1)), 2)) + (z * z),
                    _ => throw new NotSupportedException(name),
                };
            }

            return sum;
        });
    }

    /// <summary>A problem of Hock and Schittkowski; its bounds are constraints as well, as they were for SciPy's COBYLA, or left to the solver.</summary>
    public static IConstrainedFunction<double> Constrained(string name, bool boundsAsConstraints)
    {
        (Func<double[], double> objective, Func<double[], double>[] constraints) = HockSchittkowski[name];
        JsonElement problem = GoldenFunctions.Problem(name);
        double[] lower = problem.Numbers("lower"), upper = problem.Numbers("upper");
        List<Func<double[], double>> all = [.. constraints];
        for (int i = 0; i < lower.Length && boundsAsConstraints; i++)
        {
            int variable = i;
            if (double.IsFinite(lower[i]))
                all.Add(x => x[variable] - lower[variable]);
            if (double.IsFinite(upper[i]))
                all.Add(x => upper[variable] - x[variable]);
        }

        return OptiCore.Function.BlackBox(lower.Length, x => objective(x.ToArray())).SubjectTo(
            OptiCore.Function.BlackBoxResiduals(lower.Length, all.Count, (x, c) =>
            {
                double[] at = x.ToArray();
                for (int i = 0; i < c.Length; i++)
                    c[i] = all[i](at);
            }),
            Bounds.All(0, double.PositiveInfinity));
    }

    public static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
