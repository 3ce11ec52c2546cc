using System.Diagnostics;
using OptiCore.LinearAlgebra;

namespace OptiCore.Dynamics.Tests.Signatures;

/// <summary>
/// The setting of Bleistein et al. (2023): few individuals, a target seen four times and at the end, errors over its whole course on other individuals; the depth of the signature is that of the least error of cross-validation. The networks have as many individuals
/// again to choose when to stop.
/// </summary>
public class SparsePathTests
{
    private const int Individuals = 50;
    private const int Observations = 50;

    private static readonly RandomKey Key = RandomKey.FromSeed(23);

    [Fact]
    public void ADrivenOrnsteinUhlenbeckProcessIsLearnedFromFewIndividuals()
    {
        Comparison found = Compare(Driven, 400);
        Assert.True(found.Signature < found.Raw && found.Signature < found.Recurrent && found.Signature < found.Equation, found.ToString());
    }

    [Fact]
    public void TheGrowthOfATumourUnderADrugIsLearnedFromFewIndividuals()
    {
        // Here the recurrent network is the better one.
        Comparison found = Compare(Tumour, 400);
        Assert.True(found.Signature < found.Raw && found.Signature < found.Equation, found.ToString());
    }

    [Fact]
    public void OnABilinearSystemOfManyIndividualsANeuralEquationIsBetter()
    {
        (ControlPath[] training, double[] targets) = SignatureLassoTests.Sample(SignatureLassoTests.Key, 200);
        (ControlPath[] test, double[] truth) = SignatureLassoTests.Sample(SignatureLassoTests.Key.Fold("test"), 150);
        var watch = Stopwatch.StartNew();
        SignatureLassoModel model = new SignatureLasso { Depth = 4 }.Fit(training, targets, SignatureLassoTests.Key);
        double seconds = watch.Elapsed.TotalSeconds, signature = Math.Sqrt(test.Select((p, i) => model.Predict(p) - truth[i]).Average(e => e * e));
        SparsePath[] seen = Ends(training, targets), unseen = Ends(test, truth);
        SparsePathNetworks recurrent = new(false, seen[..160], seen[160..], Key, 400), equation = new(true, seen[..160], seen[160..], Key, 400);
        double ofRecurrent = recurrent.Error(unseen), ofEquation = equation.Error(unseen);
        string found = FormattableString.Invariant($"signature {signature} in {seconds} s, recurrent {ofRecurrent} in {recurrent.Seconds} at {recurrent.BestStep}, equation {ofEquation} in {equation.Seconds} at {equation.BestStep}");
        TestContext.Current.TestOutputHelper?.WriteLine(found);

        // What the documentation says of when to prefer something else.
        Assert.True(ofEquation < 0.7 * signature, found);

        static SparsePath[] Ends(ControlPath[] paths, double[] ends) => [.. paths.Select((p, i) => new SparsePath(p.Times.ToArray(), p.Values.ToArray(), [p.Pieces], [ends[i]]))];
    }

    private sealed record Comparison(double Signature, double Raw, double Recurrent, double Equation, double Spread, int Depth, double SignatureSeconds, double RecurrentSeconds, double EquationSeconds);

    /// <summary>dY = 3 (1 - Y) dt + dX from a common start, for a Brownian motion X.</summary>
    private static (double[] Control, double[] Target) Driven(RandomKey key, double[] grid)
    {
        RandomStream stream = key.Stream();
        double[] x = new double[grid.Length], y = new double[grid.Length];
        y[0] = 0.4;
        for (int i = 1; i < grid.Length; i++)
        {
            double h = grid[i] - grid[i - 1];
            x[i] = x[i - 1] + (Math.Sqrt(h) * stream.NextNormal());
            y[i] = y[i - 1] + (3 * (1 - y[i - 1]) * h) + x[i] - x[i - 1];
        }

        return (x, y);
    }

    /// <summary>
    /// M. Simeoni et al. (2004), Predictive pharmacokinetic-pharmacodynamic modeling of tumor growth kinetics: cells that grow, first exponentially, then linearly, and that a drug of the concentration X sends through three stages to death. The target is all
    /// cells over ten units of time.
    /// </summary>
    private static (double[] Control, double[] Target) Tumour(RandomKey key, double[] grid)
    {
        const double Exponential = 0.9, Linear = 0.7, Death = 10, Drug = 0.5, Psi = 20, Span = 10;
        const int Knots = 15;
        RandomStream stream = key.Stream();
        double[] knots = [.. Enumerable.Range(0, Knots).Select(_ => stream.NextNormal())], at = [.. Enumerable.Range(0, Knots).Select(k => k / (Knots - 1.0))], value = new double[1];
        ControlPath smooth = ControlPath.Hermite(at, knots);
        double[] x = new double[grid.Length], y = new double[grid.Length];
        for (int i = 0; i < grid.Length; i++)
        {
            smooth.Evaluate(grid[i], value);
            x[i] = value[0] * value[0] / 5;
        }

        double[] u = [2, 0, 0, 0];
        y[0] = 2;
        for (int i = 1; i < grid.Length; i++)
        {
            double h = Span * (grid[i] - grid[i - 1]), c = x[i - 1], growth = Exponential * u[0] * Math.Pow(1 + Math.Pow(Exponential / Linear * y[i - 1], Psi), -1 / Psi);
            u = [u[0] + (h * (growth - (Drug * c * u[0]))), u[1] + (h * ((Drug * c * u[0]) - (Death * u[1]))), u[2] + (h * Death * (u[1] - u[2])), u[3] + (h * Death * (u[2] - u[3]))];
            y[i] = u.Sum();
        }

        return (x, y);
    }

    private static Comparison Compare(Func<RandomKey, double[], (double[] Control, double[] Target)> simulate, int steps)
    {
        const int Fine = 20;
        double[] grid = [.. Enumerable.Range(0, (Fine * (Observations - 1)) + 1).Select(i => i / (double)(Fine * (Observations - 1)))];
        SparsePath[] training = Sample("training", false), validation = Sample("validation", false), test = Sample("test", true);
        var watch = Stopwatch.StartNew();
        ControlPath[] paths = [.. training.SelectMany(p => p.TargetAt.Select(p.Until))];
        double[] targets = [.. training.SelectMany(p => p.Targets)];
        SignatureLassoModel? model = null;
        int best = 0;
        for (int depth = 1; depth <= 6; depth++)
        {
            // The targets have no noise: with a ratio of 1e-3, cross-validation takes the smallest penalty there is.
            SignatureLassoModel candidate = new SignatureLasso { Depth = depth, PenaltyRatio = 1e-4 }.Fit(paths, targets, Key);
            if (model is null || candidate.ValidationError < model.ValidationError)
                (model, best) = (candidate, depth);
        }

        double seconds = watch.Elapsed.TotalSeconds, mean = targets.Average();
        double[] weights = LeastSquares(paths, targets);
        var recurrent = new SparsePathNetworks(false, training, validation, Key, steps);
        var equation = new SparsePathNetworks(true, training, validation, Key, steps);
        var found = new Comparison(
            Error(p => model!.Predict(p)), Error(p => Raw(p).Zip(weights, (a, b) => a * b).Sum()), recurrent.Error(test), equation.Error(test), Error(_ => mean), best, seconds, recurrent.Seconds, equation.Seconds);
        TestContext.Current.TestOutputHelper?.WriteLine($"{found} recurrent stopped at {recurrent.BestStep}, equation at {equation.BestStep}");
        return found;

        SparsePath[] Sample(string part, bool isWhole)
        {
            var sample = new SparsePath[Individuals];
            for (int i = 0; i < Individuals; i++)
            {
                (double[] control, double[] target) = simulate(Key.Fold(part).Fold(i), grid);
                RandomStream stream = Key.Fold(part).Fold(i).Fold("times").Stream();
                var seen = new SortedSet<int> { Observations - 1 };
                while (seen.Count < 5)
                    seen.Add(stream.NextInt32(1, Observations - 1));
                int[] at = isWhole ? [.. Enumerable.Range(1, Observations - 1)] : [.. seen];
                sample[i] = new SparsePath(
                    [.. Enumerable.Range(0, Observations).Select(k => grid[k * Fine])], [.. Enumerable.Range(0, Observations).Select(k => control[k * Fine])], at, [.. at.Select(k => target[k * Fine])]);
            }

            return sample;
        }

        double Error(Func<ControlPath, double> predict) =>
            Math.Sqrt(test.SelectMany(p => p.TargetAt.Select((at, k) => predict(p.Until(at)) - p.Targets[k])).Average(e => e * e));
    }

    /// <summary>The control at ten times up to the last, the time, and 1.</summary>
    private static double[] Raw(ControlPath path)
    {
        double[] values = new double[12];
        double end = path.Times[^1];
        (values[10], values[11]) = (end, 1);
        for (int i = 0; i < 10; i++)
            path.Evaluate(end * i / 9.0, values.AsSpan(i, 1));
        return values;
    }

    private static double[] LeastSquares(ControlPath[] paths, double[] targets)
    {
        // The control is 0 at first for some: a trace of ridge keeps the regression determined.
        double[] rows = [.. paths.SelectMany(Raw), .. Enumerable.Range(0, 144).Select(i => i / 12 == i % 12 ? 1e-6 : 0)], x = new double[12];
        var qr = new Qr<double>(paths.Length + 12, 12);
        qr.Factor(rows);
        Assert.True(qr.TrySolve([.. targets, .. new double[12]], x, out _));
        return x;
    }
}
