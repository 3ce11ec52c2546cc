using OptiCore.Optimizers;
using OptiCore.Problems;
using OptiCore.Reporting;
using OptiCore.Solving;

namespace OptiCore.Tour.Chapters;

/// <summary>One convex problem, four methods: L-BFGS beside composed first-order rules, counted in evaluations.</summary>
internal sealed class MinimizeChapter : IChapter
{
    public int Number => 4;

    public string Title => "Minimise: L-BFGS and composed first-order rules on a logistic regression";

    public void Run(TourContext tour)
    {
        LogisticRegression<double> loss = ReadGermanCredit(lambda: 1e-3);
        var start = new double[loss.Dimension];
        tour.Say($"German credit data: {loss.TermCount} applicants, {loss.Dimension} standardised features and intercept, L2 penalty {loss.Lambda}. The loss is convex, so its minimum is known to all digits once anybody has found it.");

        var exact = new Lbfgs { Stopping = new StoppingRules { GradientTolerance = 1e-10 } };
        double minimum = Minimize.Run(exact, loss, start).Value;

        int steps = tour.Quick ? 200 : 1000;
        (string Name, Func<SolverRun<double>> Begin)[] methods =
        [
            ("L-BFGS", () => Minimize.Start(exact, loss, start)),
            ("SGD with Nesterov momentum", () => Minimize.Start(new Sgd { LearningRate = 0.5, Momentum = 0.9, Nesterov = true }, loss, start, new RunOptions { MaxIterations = steps })),
            ("clip, Adam, cosine schedule", () => Minimize.Start(new ClipByNorm(1.0).Then(new Adam { LearningRate = Schedule.Cosine(0.1, steps) }), loss, start, new RunOptions { MaxIterations = steps })),
            ("Lion, linear to zero", () => Minimize.Start(new Lion { LearningRate = Schedule.Linear(0.02, 0, steps) }, loss, start, new RunOptions { MaxIterations = steps })),
        ];

        var chart = new Chart { Title = "Distance from the minimum", XLabel = "gradient evaluations", YLabel = "f - f*", LogX = true, LogY = true };
        var table = new ReportTable("method", "status", "f - f*", "max |g|", "evals");
        foreach ((string name, Func<SolverRun<double>> begin) in methods)
        {
            SolverRun<double> run = begin();
            var x = new List<double>();
            var y = new List<double>();
            foreach (RunProgress at in run.Iterate(loss, tour.Token))
            {
                x.Add(at.Evaluations);
                y.Add(Math.Max(at.BestValue - minimum, 1e-16));
            }

            SolverResult<double> result = run.Result;
            table.Add(name, result.Status.ToString(), (result.Value - minimum).ToString("0.0e+0"), result.GradientNorm.ToString("0.0e+0"), result.Evaluations.Points);
            chart.Line(name, x.ToArray(), y.ToArray());
        }

        tour.Show(table);
        tour.Show(chart);
        tour.SaveCsv("minimize.csv", table);
        tour.Say("L-BFGS builds curvature from the gradients that it has seen and is done after a few dozen of them. A first-order rule keeps no such memory; it needs many more gradients, which pays when each is cheap: a mini-batch of data that never fit into one.");
    }

    private static LogisticRegression<double> ReadGermanCredit(double lambda)
    {
        string[] lines = File.ReadAllLines(TourContext.DataFile("german-credit", "german-credit-numeric.csv"));
        double[][] rows = [.. lines.Skip(1).Where(l => l.Length > 0).Select(line => line.Split(',').Select(cell => double.Parse(cell, System.Globalization.CultureInfo.InvariantCulture)).ToArray())];
        int features = rows[0].Length - 1;
        var x = new double[rows.Length * (features + 1)];
        for (int j = 0; j < features; j++)
        {
            double mean = rows.Average(r => r[j]);
            double deviation = Math.Sqrt(rows.Average(r => (r[j] - mean) * (r[j] - mean)));
            for (int i = 0; i < rows.Length; i++)
                x[(i * (features + 1)) + j] = (rows[i][j] - mean) / deviation;
        }

        for (int i = 0; i < rows.Length; i++)
            x[(i * (features + 1)) + features] = 1;
        int[] labels = [.. rows.Select(r => r[features] == 1 ? 1 : -1)];
        return new LogisticRegression<double>(x, labels, lambda);
    }
}
