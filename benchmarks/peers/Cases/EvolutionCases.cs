using System.Globalization;
using OptiCore.Optimizers;
using OptiCore.Solving;

namespace OptiCore.Peers.Cases;

/// <summary>
/// Generations of CMA-ES on the sphere, against pycma, which is read from a checkout whose folder the environment variable OPTICORE_PYCMA names; without it there are no rows. Both sides ask,
/// evaluate in their own language and tell, from the same start with the same population, and start anew after as many generations.
/// </summary>
internal static class EvolutionCases
{
    private const int Generations = 100;

    private static readonly int[] Sizes = [10, 40];

    public static IEnumerable<PeerCase> All => Environment.GetEnvironmentVariable("OPTICORE_PYCMA") is { Length: > 0 } folder
        ? [.. Sizes.Select(n => new PeerCase($"CMA-ES n={n}, {Generations} generations", "pycma", () => Contest(n, folder)))]
        : [];

    private static Contest Contest(int n, string folder)
    {
        double[] start = new double[n];
        start.AsSpan().Fill(3);
        IFunction<double> sphere = Function.BlackBox(n, static x =>
        {
            double sum = 0;
            foreach (double v in x)
                sum += v * v;
            return sum;
        });
        var options = new RunOptions { MaxIterations = Generations };
        string setup = string.Create(CultureInfo.InvariantCulture, $$"""
            import sys
            sys.path.insert(0, {{System.Text.Json.JsonSerializer.Serialize(folder)}})
            import cma
            def generations():
                es = cma.CMAEvolutionStrategy({{n}} * [3.0], 1.0, {'verbose': -9, 'seed': 1})
                for _ in range({{Generations}}):
                    points = es.ask()
                    es.tell(points, [float(np.dot(x, x)) for x in points])
            """);
        return new Contest(
            () => SolverRun<double>.Start(new CmaEs { InitialStep = 1 }, new ProblemShape(n), start, options).Complete(sphere),
            new Python(setup, "generations()", []));
    }
}
