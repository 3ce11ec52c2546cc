#:project ../../src/OptiCore/OptiCore.csproj
#:property PublishAot=false

// Empirical runtime distributions on the 24 noiseless functions of the Black-Box Optimization Benchmarking suite: the share of all (function, instance, target) triples that a method
// has reached after 10, 100, 1000, ... evaluations per dimension, for 51 targets f_opt + 10^(2 ... -8), evenly spaced in the exponent. All methods start at uniform points of [-4, 4]^n.
//
//   dotnet run samples/scorecards/bbob.cs                      n = 2 and 5, instance 1, 1000 n evaluations
//   dotnet run samples/scorecards/bbob.cs -- 10 100000 3       n = 10, 100,000 n evaluations, instances 1 to 3

using OptiCore;
using OptiCore.Optimizers;
using OptiCore.Problems;
using OptiCore.Randomness;
using OptiCore.Solving;

const int Targets = 51;
int[] dimensions = args.Length > 0 ? [int.Parse(args[0])] : [2, 5];
int budget = args.Length > 1 ? int.Parse(args[1]) : 1000;
int instances = args.Length > 2 ? int.Parse(args[2]) : 1;

foreach (int n in dimensions)
{
    var box = Bounds.All(-5, 5);
    (string Name, ISolver<double, IFunction<double>> Solver)[] methods =
    [
        ("BIPOP-CMA-ES", new BipopCmaEs { Inner = new CmaEs { InitialStep = 2 }, StartBox = Bounds.All(-4, 4) }),
        ("IPOP-CMA-ES", new IpopCmaEs { Inner = new CmaEs { InitialStep = 2 }, StartBox = Bounds.All(-4, 4) }),
        ("L-SHADE", new Lshade { Bounds = box, Budget = (long)budget * n }),
        ("JADE", new Jade { Bounds = box }),
        ("DE", new DifferentialEvolution { Bounds = box }),
        ("Particle swarm", new ParticleSwarm { Bounds = box }),
        ("xNES", new Xnes { InitialStep = 2 }),
        ("Nelder-Mead", new NelderMead()),
        ("Sobol search", new SobolSearch { Bounds = box }),
        ("Random search", new RandomSearch { Bounds = box }),
    ];
    int[] stages = [.. Enumerable.Range(1, 7).Select(e => (int)Math.Pow(10, e)).Where(s => s <= budget)];
    Console.WriteLine($"n = {n}, instances 1 to {instances}, share of {24 * instances * Targets} targets reached, in percent");
    Console.WriteLine($"{"evaluations / n",-16}{string.Concat(stages.Select(s => $"{s,9}"))}   | separable moderate ill-cond. multi-modal weak");
    foreach ((string name, ISolver<double, IFunction<double>> solver) in methods)
    {
        double[] reached = new double[stages.Length], groups = new double[5];
        for (int number = 1; number <= Bbob.Count; number++)
        {
            for (int instance = 1; instance <= instances; instance++)
            {
                long[] hits = Run(solver, number, n, instance);
                for (int s = 0; s < stages.Length; s++)
                    reached[s] += hits.Count(h => h <= (long)stages[s] * n) / (double)(24 * instances * Targets);
                int group = number <= 5 ? 0 : number <= 9 ? 1 : number <= 14 ? 2 : number <= 19 ? 3 : 4;
                groups[group] += hits.Count(h => h < long.MaxValue) / (double)((group == 1 ? 4 : 5) * instances * Targets);
            }
        }

        Console.WriteLine($"{name,-16}{string.Concat(reached.Select(r => $"{100 * r,9:f1}"))}   | {string.Join("  ", groups.Select(g => $"{100 * g,8:f1}"))}");
    }

    Console.WriteLine();
}

// The evaluations until each target; the largest number where it wasn't reached.
long[] Run(ISolver<double, IFunction<double>> solver, int number, int n, int instance)
{
    TestFunction<IFunction<double>> problem = Bbob.Function(number, n, instance);
    double optimum = problem.Minima[0].Value;
    long[] hits = new long[Targets];
    hits.AsSpan().Fill(long.MaxValue);
    long calls = 0;
    int next = 0;
    IFunction<double> counted = Function.BlackBox(n, x =>
    {
        calls++;
        double value = problem.Function.Value(x);
        while (next < Targets && value - optimum <= Math.Pow(10, 2 - (0.2 * next)))
            hits[next++] = calls;
        return value;
    });

    // A method that has ended starts again elsewhere, as long as there are evaluations left: otherwise what it found first would stand for it.
    RandomKey key = RandomKey.FromSeed((ulong)((1000 * number) + instance));
    for (int restart = 0; next < Targets && calls < (long)budget * n && restart < 1000; restart++)
    {
        double[] start = new double[n];
        RandomFill.Uniform(key.Fold("start").Fold(restart), start);
        for (int i = 0; i < n; i++)
            start[i] = (8 * start[i]) - 4;
        var options = new RunOptions { Key = key.Fold(restart), MaxEvaluations = ((long)budget * n) - calls, MaxIterations = long.MaxValue, TargetValue = optimum + 1e-8 };
        long before = calls;
        Minimize.Run(solver, counted, start, options);
        if (calls == before)
            break;
    }

    return hits;
}
