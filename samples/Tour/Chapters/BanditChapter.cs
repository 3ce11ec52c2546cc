using OptiCore.Bandits;
using OptiCore.Reporting;
using OptiCore.Solving;

namespace OptiCore.Tour.Chapters;

/// <summary>Which item to show: bandit policies on click-through rates of a fashion shop's log.</summary>
internal sealed class BanditChapter : IChapter
{
    private const int Items = 8;

    public int Number => 3;

    public string Title => "Decide: bandits on click-through rates of the Open Bandit logs";

    public void Run(TourContext tour)
    {
        OpenBanditLog log;
        using (FileStream file = File.OpenRead(TourContext.DataFile("open-bandit", "men", "random.csv.gz")))
            log = OpenBanditLog.Read(file);

        // The items that were shown most often, with the rates at which they were clicked.
        int[] items = [.. Enumerable.Range(0, log.ItemCount).OrderByDescending(i => log.ItemClicks[i] / (double)log.ItemImpressions[i]).Take(Items)];
        double[] rates = [.. items.Select(i => log.ItemClicks[i] / (double)log.ItemImpressions[i])];
        var environment = new BernoulliBandit(rates);
        tour.Say($"{log.Count} impressions chosen at random give the rates of {log.ItemCount} items; the {Items} best, from {rates[^1]:p2} to {rates[0]:p2}, become the arms. Which policy finds the best one at the smallest loss of clicks?");

        IBanditPolicy[] policies = [new Ucb1(), new KlUcb(), new ThompsonSampling()];
        int rounds = tour.Quick ? 2_000 : 20_000, replications = tour.Quick ? 100 : 1_000;
        RegretReport report = TourContext.WithProgress($"{policies.Length} policies x {replications} replications x {rounds} rounds", progress =>
            BanditSimulator.Run(policies, environment, new SimulationOptions
            {
                Rounds = rounds,
                Replications = replications,
                Checkpoints = [.. Enumerable.Range(1, 50).Select(i => rounds / 50 * i)],
                Key = tour.Key.Fold("bandits"),
                Workers = Workers.AllCores,
                Progress = new Immediate<SimulationProgress>(p => progress(p.Completed / (double)p.Total)),
            }, tour.Token));

        double[] time = [.. report.Checkpoints.Select(t => (double)t)];
        var chart = new Chart { Title = "Clicks lost against always showing the best item", XLabel = "impressions", YLabel = "expected regret" };
        var table = new ReportTable("policy", "regret", "s.e.", "5 % to 95 % of runs", "best item");
        int last = time.Length - 1;
        PolicyRegret[] played = [.. report.Policies.Where(p => p.Replications > 0)];
        foreach (PolicyRegret policy in played)
        {
            string name = policy.Policy.GetType().Name;
            double[] mean = policy.MeanRegret.ToArray(), error = policy.StandardErrors.ToArray();
            chart.Band(time, [.. mean.Zip(error, (m, e) => m - 1.96 * e)], [.. mean.Zip(error, (m, e) => m + 1.96 * e)]).Line(name, time, mean);
            table.Add(name, Math.Round(mean[last], 2), Math.Round(error[last], 3),
                $"{policy.Quantile(last, 0):f1} to {policy.Quantile(last, report.Quantiles.Count - 1):f1}", (policy.MeanPulls[0] / rounds).ToString("p1"));
        }

        tour.Show(table);
        tour.Show(chart);
        tour.SaveCsv("regret.csv", table);
        tour.Save("regret.jsonl", report.WriteJsonLines);
        if (report.Status != RunStatus.Completed)
        {
            tour.Say(report.Message);
            return;
        }

        PolicyRegret best = played.MinBy(p => p.MeanRegret[last])!;
        tour.Say($"{report.Message} After {rounds} impressions {best.Policy.GetType().Name} has lost the fewest clicks, {best.MeanRegret[last]:f1} on average; the bands are 95 % confidence intervals of the mean.");
    }
}
