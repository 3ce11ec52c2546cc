using OptiCore.Optimizers;
using OptiCore.Problems;
using OptiCore.Reporting;
using OptiCore.Solving;

namespace OptiCore.Tour.Chapters;

/// <summary>Nonlinear least squares on certified data: Levenberg-Marquardt from the starting points that NIST made hard.</summary>
internal sealed class FitChapter : IChapter
{
    public int Number => 1;

    public string Title => "Fit a curve: Levenberg-Marquardt on NIST reference data";

    public void Run(TourContext tour)
    {
        NistProblem problem = NistStrd.Load("Eckerle4");
        tour.Say($"{problem.Name} ({problem.Level.ToString().ToLowerInvariant()} difficulty): {problem.Formula}, {problem.Residuals.ResidualCount} measurements, {problem.Residuals.Dimension} parameters, from the far starting point ({string.Join(", ", problem.Start1)}).");

        var method = new LevenbergMarquardt();
        var run = Minimize.Start(method, problem.Residuals, problem.Start1);
        var evaluations = new List<double>();
        var sums = new List<double>();
        foreach (RunProgress at in run.Iterate(problem.Residuals, tour.Token))
        {
            evaluations.Add(at.Evaluations);
            sums.Add(2 * at.BestValue);
        }

        SolverResult<double> fit = run.Result;
        double[] deviations = LeastSquaresFit.Of(problem.Residuals, fit).StandardDeviations;
        var parameters = new ReportTable("b", "fitted", "certified", "digits", "s.d.", "certified s.d.");
        for (int i = 0; i < fit.Point.Length; i++)
        {
            parameters.Add($"{i + 1}", fit.Point[i].ToString("g11"), problem.Certified[i].ToString("g11"),
                Digits(fit.Point[i], problem.Certified[i]).ToString("f1"), deviations[i].ToString("g6"), problem.CertifiedStandardDeviations[i].ToString("g6"));
        }

        tour.Show(parameters);
        tour.SaveCsv("fit.csv", parameters);
        tour.Say($"{fit.Message} {fit.Iterations} iterations, {fit.Evaluations.Points} evaluations; every parameter agrees with the certified one to at least {problem.Digits(fit.Point):f1} digits.");
        tour.Show(new Chart { Title = $"{problem.Name}: residual sum of squares", XLabel = "evaluations", YLabel = "sum of squares", LogY = true }
            .Line("Levenberg-Marquardt", evaluations.ToArray(), sums.ToArray())
            .Horizontal("certified", problem.ResidualSumOfSquares));

        var all = new ReportTable("data set", "level", "digits, far", "evals, far", "digits, near", "evals, near");
        int solved = 0, counted = 0;
        foreach (NistProblem set in NistStrd.LoadAll())
        {
            if (tour.Token.IsCancellationRequested)
                break;
            SolverResult<double> far = Minimize.Run(method, set.Residuals, set.Start1, cancellationToken: tour.Token);
            SolverResult<double> near = Minimize.Run(method, set.Residuals, set.Start2, cancellationToken: tour.Token);
            solved += set.Digits(far.Point) >= 6 ? 1 : 0;
            counted++;
            all.Add(set.Name, set.Level.ToString().ToLowerInvariant(),
                set.Digits(far.Point).ToString("f1"), far.Evaluations.Points, set.Digits(near.Point).ToString("f1"), near.Evaluations.Points);
        }

        tour.Show(all);
        tour.SaveCsv("nist.csv", all);
        tour.Say($"Of {counted} certified sets, {solved} are solved to six digits or more from the far start, with the same default options.");
    }

    private static double Digits(double fitted, double certified) =>
        fitted == certified ? 11 : Math.Clamp(-Math.Log10(Math.Abs(fitted - certified) / Math.Abs(certified)), 0, 11);
}
