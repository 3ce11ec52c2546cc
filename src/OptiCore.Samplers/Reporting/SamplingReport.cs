using System.Globalization;
using OptiCore.Reporting;

namespace OptiCore.Samplers;

/// <summary>
/// A result as a self-contained HTML page: warnings, the table of parameters, and the plots by which chains are judged. Of many parameters those with the least effective sample
/// size are drawn: where they look well, the others do.
/// </summary>
/// <remarks>
/// Trace: the draws of each chain in their order; they should look alike and cover the same range. Ranks: how often the draws of each chain fall into each twentieth of all draws;
/// level where the chains agree (Vehtari, Gelman, Simpson, Carpenter, Bürkner 2021, Rank-normalization, folding, and localization). Energy: the spread of the energies and of the
/// changes between draws; where the changes are far narrower, the tails are explored slowly (Betancourt 2016). Pairs: two parameters against each other, with the
/// draws of divergent transitions, which gather where the density is too curved for the step size.
/// </remarks>
public static class SamplingReport
{
    private const int Bins = 20;
    private const int MostPoints = 400;

    /// <summary>Makes the page.</summary>
    /// <param name="result">The result, with at least four draws of each chain.</param>
    /// <param name="parameters">The names of the parameters to draw; none: those with the least effective sample size, up to six.</param>
    /// <exception cref="ArgumentException">There is no such parameter, or there are fewer draws.</exception>
    public static HtmlReport Of(SamplingResult result, params IReadOnlyList<string> parameters)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentNullException.ThrowIfNull(parameters);
        if (result.Draws < 4)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"The result has {result.Draws} draws of each chain but a report needs 4."), nameof(result));
        SamplingSummary summary = result.Summary();
        IReadOnlyList<string> names = parameters.Count > 0 ? parameters : Slowest(summary, 6);
        var report = new HtmlReport(Title(names));
        report.Paragraph(result.Message);
        foreach (string warning in summary.Warnings)
            report.Paragraph("Warning: " + warning);
        report.Heading("Parameters").Table(summary.Table());
        report.Heading("Trace and ranks");
        foreach (string name in names)
        {
            double[] values = result.Values(name);
            report.Chart(Trace(result, name, values)).Chart(Ranks(result, name, values));
        }

        if (names.Count > 1)
        {
            report.Heading("Pairs");
            for (int i = 0; i + 1 < Math.Min(names.Count, 4); i++)
                report.Chart(Pair(result, names[i], names[i + 1]));
        }

        if (Energy(result) is Chart energy)
            report.Heading("Energy").Chart(energy);
        return report;
    }

    private static string Title(IReadOnlyList<string> names)
    {
        string title = "Draws of " + names[0];
        for (int i = 1; i < Math.Min(names.Count, 3); i++)
            title += ", " + names[i];
        return names.Count > 3 ? title + ", ..." : title;
    }

    private static string[] Slowest(SamplingSummary summary, int count)
    {
        double[] sizes = new double[summary.Parameters.Count];
        string[] names = new string[sizes.Length];
        for (int i = 0; i < sizes.Length; i++)
        {
            ParameterSummary row = summary.Parameters[i];
            double least = Math.Min(row.EssBulk, row.EssTail);

            // A parameter that doesn't vary has no effective size: nothing is to be seen of it.
            sizes[i] = double.IsNaN(least) ? double.PositiveInfinity : least;
            names[i] = row.Name;
        }

        Array.Sort(sizes, names);
        return names[..Math.Min(count, names.Length)];
    }

    private static Chart Trace(SamplingResult result, string name, double[] values)
    {
        var chart = new Chart { Title = name, XLabel = "draw", YLabel = name };
        int stride = Math.Max(1, (result.Draws + MostPoints - 1) / MostPoints), count = (result.Draws + stride - 1) / stride;
        for (int c = 0; c < Math.Min(result.Chains.Count, 8); c++)
        {
            double[] x = new double[count], y = new double[count];
            for (int i = 0; i < count; i++)
            {
                x[i] = i * stride;
                y[i] = values[(c * result.Draws) + (i * stride)];
            }

            chart.Line(ChainName(c), x, y);
        }

        return chart;
    }

    private static Chart Ranks(SamplingResult result, string name, double[] values)
    {
        var chart = new Chart { Title = "Ranks of " + name, XLabel = "rank among all draws", YLabel = "draws, of their expected number" };
        double[] sorted = [.. values];
        int[] order = new int[values.Length];
        for (int i = 0; i < order.Length; i++)
            order[i] = i;
        Array.Sort(sorted, order);
        int chains = result.Chains.Count;
        double expected = (double)result.Draws / Bins;
        double[] counts = new double[chains * Bins];
        for (int rank = 0; rank < order.Length; rank++)
            counts[(order[rank] / result.Draws * Bins) + (int)((long)rank * Bins / order.Length)] += 1 / expected;
        for (int c = 0; c < Math.Min(chains, 8); c++)
        {
            // Steps: each bin from its left to its right end.
            double[] x = new double[2 * Bins], y = new double[2 * Bins];
            for (int b = 0; b < Bins; b++)
            {
                x[2 * b] = (double)b * values.Length / Bins;
                x[(2 * b) + 1] = (double)(b + 1) * values.Length / Bins;
                y[2 * b] = y[(2 * b) + 1] = counts[(c * Bins) + b];
            }

            chart.Line(ChainName(c), x, y);
        }

        return chart.Horizontal("", 1);
    }

    private static Chart Pair(SamplingResult result, string first, string second)
    {
        double[] x = result.Values(first), y = result.Values(second);
        int stride = Math.Max(1, x.Length / (3 * MostPoints));
        var plain = (X: new List<double>(), Y: new List<double>());
        var divergent = (X: new List<double>(), Y: new List<double>());
        for (int i = 0; i < x.Length; i++)
        {
            bool diverged = result.Chains[i / result.Draws].Statistics[i % result.Draws].Divergent;
            if (!diverged && i % stride != 0)
                continue;
            (diverged ? divergent : plain).X.Add(x[i]);
            (diverged ? divergent : plain).Y.Add(y[i]);
        }

        var chart = new Chart { Title = $"{second} against {first}", XLabel = first, YLabel = second };
        chart.Points("draws", plain.X.ToArray(), plain.Y.ToArray());
        return divergent.X.Count == 0 ? chart : chart.Points("after a divergence", divergent.X.ToArray(), divergent.Y.ToArray());
    }

    /// <summary>Histograms of the energies less their mean, and of their changes; null for kernels without energies.</summary>
    private static Chart? Energy(SamplingResult result)
    {
        var energies = new List<double>();
        var changes = new List<double>();
        foreach (ChainResult chain in result.Chains)
        {
            double[] all = chain.Energies();
            double mean = Diagnostics.Mean(all);
            for (int i = 0; i < all.Length; i++)
            {
                energies.Add(all[i] - mean);
                if (i > 0)
                    changes.Add(all[i] - all[i - 1]);
            }
        }

        if (!energies.TrueForAll(double.IsFinite))
            return null;
        double reach = 0;
        foreach (double v in energies)
            reach = Math.Max(reach, Math.Abs(v));
        foreach (double v in changes)
            reach = Math.Max(reach, Math.Abs(v));
        var chart = new Chart { Title = "Energies and their changes", XLabel = "energy less its mean; change of the energy from draw to draw", YLabel = "share of the draws" };
        (double[] x, double[] y) = Histogram(energies, reach);
        chart.Bars("energies", x, y);
        (x, y) = Histogram(changes, reach);
        return chart.Bars("changes", x, y);
    }

    private static (double[] X, double[] Y) Histogram(List<double> values, double reach)
    {
        const int Count = 2 * Bins;
        double width = 2 * Math.Max(reach, double.Epsilon) / Count;
        double[] x = new double[Count], y = new double[Count];
        for (int b = 0; b < Count; b++)
            x[b] = -reach + ((b + 0.5) * width);
        foreach (double v in values)
            y[Math.Clamp((int)((v + reach) / width), 0, Count - 1)] += 1.0 / values.Count;
        return (x, y);
    }

    private static string ChainName(int chain) => string.Create(CultureInfo.InvariantCulture, $"chain {chain + 1}");
}
