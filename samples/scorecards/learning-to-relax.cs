#:project ../../src/OptiCore/OptiCore.csproj
#:property PublishAot=false

// The factor of successive over-relaxation, tuned over 5000 systems from nothing but the iterations that the earlier ones took: the experiment of M. Khodak, E. Chow, M.-F. Balcan, A. Talwalkar (2024), "Learning to relax".
// -Laplacian of a 10 x 10 grid + c I, c = -0.15 + 0.6 Beta(1/2, 3/2) (high variance) or Beta(2, 6) (low variance), normal right sides cut at +-1, residuals to 1e-8, 20 factors from 1 to 1.95.
// Mean iterations over all problems and over the last thousand; their excess over the best fixed factor of the grid; the slope of ln regret over ln problems from 1000 on.
//
//   dotnet run -c Release samples/scorecards/learning-to-relax.cs [problems]
//
// 200 problems take seconds; the experiment has 5000, which take minutes.
//
// Minutes: most of it goes to what nobody would choose, the factors near 1.

using System.Globalization;
using OptiCore;
using OptiCore.Bandits;
using OptiCore.LinearAlgebra;

const int Side = 10, Unknowns = Side * Side, Factors = 20, Runs = 5;
const double CostLimit = 600;
int problems = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 200;
RandomKey key = RandomKey.FromSeed(71);
foreach ((string name, double alpha, double beta) in ((string, double, double)[])[("high variance", 0.5, 1.5), ("low variance", 2, 6)])
{
    double[] shifts = new double[problems], optimal = new double[problems];
    double[,] costs = new double[problems, Factors];
    Workers.AllCores.ForEach(50, piece => Solve(key.Fold(name), alpha, beta, piece * problems / 50, (piece + 1) * problems / 50, shifts, costs, optimal));
    double[] means = new double[Factors];
    for (int i = 0; i < Factors; i++)
    {
        for (int t = 0; t < problems; t++)
            means[i] += costs[t, i] / problems;
    }

    int winner = Array.IndexOf(means, means.Min());
    ParameterTuner tuner = ParameterTuner.Even(1, 1.95, Factors) with { CostLimit = CostLimit };
    var oracle = new ChebyshevOracle { Low = -0.15, High = 0.65 };
    Console.WriteLine($"{name}: {problems} systems");
    Console.WriteLine($"  {"",-34} {"iterations",10} {"excess",8} {"last 1000",10} {"excess",8} {"slope",7}");
    Print("Gauss-Seidel", t => costs[t, 0], false);
    Print(string.Create(CultureInfo.InvariantCulture, $"best fixed factor, {tuner.Values[winner]:f2}"), t => costs[t, winner], false);
    Print("best factor for each (Young)", t => optimal[t], false);
    Tune("Tsallis-INF", run => tuner.Start(new TsallisInf(), key.Fold(run)), false);
    Tune("Tsallis-INF, importance-weighted", run => tuner.Start(new TsallisInf { Estimator = LossEstimator.ImportanceWeighted }, key.Fold(run)), false);
    Tune("UCB-V", run => tuner.Start(new UcbV(), key.Fold(run)), false);
    Tune("ChebCB: SquareCB on Chebyshev", run => tuner.Start(new SquareCb { Oracle = oracle, Scale = tuner.Gamma(oracle.Terms, problems) * CostLimit, Exponent = 0 }, 1, key.Fold(run)), true);

    void Tune(string title, Func<int, ParameterTuning> start, bool hasContext)
    {
        double[] paid = new double[problems];
        for (int run = 0; run < Runs; run++)
        {
            ParameterTuning tuning = start(run);
            for (int t = 0; t < problems; t++)
            {
                ReadOnlySpan<double> context = hasContext ? [shifts[t]] : [];
                ParameterChoice choice = tuning.Choose(context);
                paid[t] += costs[t, choice.Index] / Runs;
                tuning.Update(choice, costs[t, choice.Index], context);
            }
        }

        Print(title, t => paid[t], !hasContext);
    }

    void Print(string title, Func<int, double> cost, bool hasRegret)
    {
        double all = 0, last = 0, lastBest = 0, early = 0;
        for (int t = 0; t < problems; t++)
        {
            all += cost(t) / problems;
            early += t < Math.Min(1000, problems) ? cost(t) - costs[t, winner] : 0;
            if (t < problems - 1000)
                continue;
            last += cost(t) / Math.Min(1000, problems);
            lastBest += costs[t, winner] / Math.Min(1000, problems);
        }

        string slope = hasRegret ? (Math.Log((all - means[winner]) * problems / early) / Math.Log(problems / 1000.0)).ToString("f2", CultureInfo.InvariantCulture) : "";
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {title,-34} {all,10:f1} {(all / means[winner]) - 1,8:p1} {last,10:f1} {(last / lastBest) - 1,8:p1} {slope,7}"));
    }
}

static void Solve(RandomKey key, double alpha, double beta, int from, int to, double[] shifts, double[,] costs, double[] optimal)
{
    double[] dense = new double[Unknowns * Unknowns], b = new double[Unknowns], x = new double[Unknowns];
    for (int i = 0; i < Unknowns; i++)
    {
        dense[i * (Unknowns + 1)] = 4;
        if (i % Side > 0)
            dense[(i * Unknowns) + i - 1] = dense[((i - 1) * Unknowns) + i] = -1;
        if (i >= Side)
            dense[(i * Unknowns) + i - Side] = dense[((i - Side) * Unknowns) + i] = -1;
    }

    CsrMatrix<double> a = CsrMatrix<double>.FromDense(dense, Unknowns, Unknowns);
    var workspace = new KrylovWorkspace<double>();
    for (int t = from; t < to; t++)
    {
        // A Beta variable by Johnk's method, here with exponents from 1/2 to 6.
        RandomStream stream = key.Fold(t).Stream();
        double u, v;
        do
        {
            u = Math.Pow(stream.NextOpenDouble(), 1 / alpha);
            v = Math.Pow(stream.NextOpenDouble(), 1 / beta);
        }
        while (u + v > 1);
        shifts[t] = -0.15 + (0.6 * u / (u + v));
        for (int i = 0; i < Unknowns; i++)
        {
            a.Values[a.Find(i, i)] = 4 + shifts[t];
            do
                b[i] = stream.NextNormal();
            while (Math.Abs(b[i]) > 1);
        }

        for (int f = 0; f < Factors; f++)
            costs[t, f] = Iterations(1 + (0.05 * f));
        optimal[t] = Iterations(SuccessiveOverRelaxation.OptimalRelaxation(4 * Math.Cos(Math.PI / (Side + 1)) / (4 + shifts[t])));
    }

    double Iterations(double factor)
    {
        Array.Clear(x);
        return new SuccessiveOverRelaxation { Relaxation = factor, RelativeTolerance = 1e-8, VerifyResidual = false }.Solve(a, b, x, workspace).Iterations;
    }
}
