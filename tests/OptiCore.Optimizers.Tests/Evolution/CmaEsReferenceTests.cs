using System.Text.Json;
using OptiCore.Solving;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests.Evolution;

/// <summary>How many evaluations CMA-ES needs, beside pycma's from the same starts: medians of as many runs.</summary>
public class CmaEsReferenceTests
{
    public static TheoryData<string> Cases =>
        [.. Reference.Cases("golden/08_blackbox_evaluations.json").Where(c => c.Value.GetProperty("optimizer").GetString() == "pycma CMA-ES").Select(c => c.Key)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void NeedsNoMoreEvaluationsThanPycma(string id)
    {
        JsonElement row = Reference.Cases("golden/08_blackbox_evaluations.json")[id];
        string variant = row.GetProperty("variant").GetString()!;
        double[] optimum = row.Numbers("x_opt"), start = row.Numbers("x0");
        int runs = row.GetProperty("runs").GetInt32();
        IFunction<double> f = Shifted(row.GetProperty("function").GetString()!, optimum);
        var cma = new CmaEs
        {
            InitialStep = row.Number("sigma0"),
            Active = variant != "not_active",
            Population = variant.StartsWith("popsize_", StringComparison.Ordinal) ? int.Parse(variant[8..]) : 0,
        };
        ISolver<double, IFunction<double>> solver = variant == "bipop_restarts" ? new BipopCmaEs { Inner = cma } : cma;

        // A third of a million evaluations each; in ten variables either the restart with 160 points arrives or the next one, with 320, and a few runs say little of two modes.
        bool restarts = variant == "bipop_restarts";
        if (restarts)
            runs = start.Length > 10 ? 3 : 33;

        var evaluations = new List<double>();
        for (int k = 0; k < runs; k++)
        {
            // The count goes up to the first point below the target, as pycma's does, and not to the end of its generation.
            long calls = 0, first = -1;
            IFunction<double> counted = Function.BlackBox(start.Length, x =>
            {
                calls++;
                double value = f.Value(x);
                if (value <= 1e-8 && first < 0)
                    first = calls;
                return value;
            });
            var options = new RunOptions { Key = RandomKey.FromSeed((ulong)k), TargetValue = 1e-8, MaxIterations = long.MaxValue, MaxEvaluations = 3_000_000 };
            if (Minimize.Run(solver, counted, start, options).Reason == StopReason.TargetReached)
                evaluations.Add(first);
        }

        int expected = row.GetProperty("successes").GetInt32() * runs / row.GetProperty("runs").GetInt32();
        Assert.True(evaluations.Count >= expected - 3 && evaluations.Count > 0, $"{id}: {evaluations.Count} of {runs} runs arrived, pycma's {expected}.");
        evaluations.Sort();

        // For the same reason the quartiles count there, one of each mode.
        foreach ((string name, double part) in restarts && start.Length == 10 ? new[] { ("q25", 0.25), ("q75", 0.75) } : [("median", 0.5)])
        {
            double place = part * (evaluations.Count - 1), fraction = place - Math.Floor(place);
            double ours = ((1 - fraction) * evaluations[(int)Math.Floor(place)]) + (fraction * evaluations[(int)Math.Ceiling(place)]);
            Assert.True(ours <= 1.1 * row.Number(name), $"{id}: {ours} evaluations, pycma's {name} is {row.Number(name)}.");
        }
    }

    private static IFunction<double> Shifted(string name, double[] optimum)
    {
        int n = optimum.Length;
        return Function.BlackBox(n, x =>
        {
            double sum = name == "rastrigin" ? 10 * n : 0, before = 0;
            for (int i = 0; i < n; i++)
            {
                double z = x[i] - optimum[i];
                switch (name)
                {
                    case "sphere":
                        sum += z * z;
                        break;
                    case "ellipsoid":
                        sum += Math.Pow(10, 6.0 * i / (n - 1)) * z * z;
                        break;
                    case "cigar":
                        sum += (i == 0 ? 1 : 1e6) * z * z;
                        break;
                    case "rosenbrock":
                        double y = z + 1;
                        if (i > 0)
                            sum += (100 * (y - (before * before)) * (y - (before * before))) + ((1 - before) * (1 - before));
                        before = y;
                        break;
                    case "rastrigin":
                        sum += (z * z) - (10 * Math.Cos(2 * Math.PI * z));
                        break;
                    default:
                        throw new NotSupportedException(name);
                }
            }

            return sum;
        });
    }
}
