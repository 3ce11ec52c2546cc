using System.Globalization;
using System.Text;
using OptiCore.Reporting;
using OptiCore.Solving;

namespace OptiCore.Samplers;

/// <summary>What is reported of one parameter.</summary>
/// <param name="Name">The name.</param>
/// <param name="Mean">The mean.</param>
/// <param name="McseMean">The Monte Carlo standard error of the mean.</param>
/// <param name="Sd">The standard deviation.</param>
/// <param name="McseSd">The Monte Carlo standard error of the standard deviation.</param>
/// <param name="Q05">The 5% quantile.</param>
/// <param name="Median">The median.</param>
/// <param name="Q95">The 95% quantile.</param>
/// <param name="EssBulk">The effective sample size of the centre.</param>
/// <param name="EssTail">The effective sample size of the tails.</param>
/// <param name="RHat">The convergence diagnostic R-hat.</param>
public readonly record struct ParameterSummary(
    string Name, double Mean, double McseMean, double Sd, double McseSd, double Q05, double Median, double Q95, double EssBulk, double EssTail, double RHat);

/// <summary>Means, errors, quantiles and convergence diagnostics of a result, and in words what there is to worry about.</summary>
public sealed class SamplingSummary
{
    // Vehtari et al. (2021): R-hat below 1.01, and an effective size of 100 for each chain.
    private const double LargestRHat = 1.01;
    private const double LeastEssPerChain = 100;

    // Betancourt (2016) and the Stan warnings guide.
    private const double LeastEnergyFraction = 0.3;

    private SamplingSummary(IReadOnlyList<ParameterSummary> parameters, IReadOnlyList<string> warnings)
    {
        Parameters = parameters;
        Warnings = warnings;
    }

    /// <summary>One row for each parameter.</summary>
    public IReadOnlyList<ParameterSummary> Parameters { get; }

    /// <summary>What there is to worry about, one sentence each; empty when nothing is known to be wrong.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>The row of a parameter.</summary>
    /// <param name="name">The parameter's name.</param>
    /// <exception cref="ArgumentException">There is no such parameter.</exception>
    public ParameterSummary this[string name]
    {
        get
        {
            foreach (ParameterSummary row in Parameters)
            {
                if (row.Name == name)
                    return row;
            }

            throw new ArgumentException($"There is no parameter {name}.", nameof(name));
        }
    }

    /// <summary>The parameters as a table, for reports.</summary>
    public ReportTable Table()
    {
        var table = new ReportTable("parameter", "mean", "mcse", "sd", "5%", "50%", "95%", "ess bulk", "ess tail", "r-hat");
        foreach (ParameterSummary r in Parameters)
            table.Add(r.Name, Short(r.Mean), Short(r.McseMean), Short(r.Sd), Short(r.Q05), Short(r.Median), Short(r.Q95), Math.Round(r.EssBulk), Math.Round(r.EssTail), Math.Round(r.RHat, 3));
        return table;

        static double Short(double value) => double.Parse(value.ToString("g4", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    /// <summary>What there is to worry about, or that nothing is known to be wrong, and the table below it, aligned.</summary>
    public override string ToString()
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        int width = 9;
        foreach (ParameterSummary row in Parameters)
            width = Math.Max(width, row.Name.Length);
        var text = new StringBuilder();
        foreach (string warning in Warnings)
            text.Append("! ").AppendLine(warning);
        if (Warnings.Count == 0)
            text.AppendLine("Chains agree, effective sizes suffice, nothing diverged.");
        text.AppendLine();
        text.Append("parameter".PadRight(width)).AppendLine(c, $" {"mean",10} {"mcse",9} {"sd",9} {"5%",10} {"50%",10} {"95%",10} {"ess bulk",9} {"ess tail",9} {"r-hat",6}");
        foreach (ParameterSummary r in Parameters)
        {
            text.Append(r.Name.PadRight(width)).AppendLine(
                c, $" {r.Mean,10:g4} {r.McseMean,9:g2} {r.Sd,9:g4} {r.Q05,10:g4} {r.Median,10:g4} {r.Q95,10:g4} {r.EssBulk,9:f0} {r.EssTail,9:f0} {r.RHat,6:f3}");
        }

        return text.ToString();
    }

    internal static SamplingSummary Of(SamplingResult result)
    {
        var rows = new ParameterSummary[result.ParameterNames.Count];
        for (int p = 0; p < rows.Length; p++)
            rows[p] = Of(result.ParameterNames[p], result.Values(p), result.Chains.Count);
        return new SamplingSummary(rows, WarningsOf(result, rows));
    }

    private static ParameterSummary Of(string name, double[] draws, int chains)
    {
        if (draws.Length == 0)
            return new(name, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN, double.NaN);
        return new(
            name,
            Diagnostics.Mean(draws),
            Diagnostics.McseMean(draws, chains),
            Diagnostics.StandardDeviation(draws),
            Diagnostics.McseSd(draws, chains),
            Diagnostics.Quantile(draws, 0.05),
            Diagnostics.Quantile(draws, 0.5),
            Diagnostics.Quantile(draws, 0.95),
            Diagnostics.EssBulk(draws, chains),
            Diagnostics.EssTail(draws, chains),
            Diagnostics.RHat(draws, chains));
    }

    private static List<string> WarningsOf(SamplingResult result, ParameterSummary[] rows)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        var warnings = new List<string>();
        if (result.Status != RunStatus.Completed)
            warnings.Add(result.Message);
        if (result.Draws == 0)
            return warnings;
        int total = result.Draws * result.Chains.Count;
        if (result.Divergences > 0)
            warnings.Add(string.Create(c, $"{result.Divergences} of {total} transitions diverged: the draws may miss regions of high curvature. Aim at a higher acceptance (TargetAcceptance 0.95 or 0.99); if they stay, write the model in other coordinates, for example non-centred."));
        Unmixed(result, rows, warnings);
        int saturated = 0;
        foreach (ChainResult chain in result.Chains)
            saturated += chain.SaturatedCount;
        if (saturated > 0)
            warnings.Add(string.Create(c, $"{saturated} of {total} trajectories were cut off at the largest tree depth before they turned back: draws are exact but slow. Raise MaxDepth, use a dense or low-rank metric, or scale the parameters; a density that doesn't fall off (an improper posterior) shows itself this way, too."));
        int slow = 0;
        double least = double.PositiveInfinity;
        foreach (ChainResult chain in result.Chains)
        {
            double fraction = Diagnostics.EnergyFractionOfMissingInformation(chain.Energies());
            slow += fraction < LeastEnergyFraction ? 1 : 0;
            least = Math.Min(least, fraction);
        }

        if (slow > 0)
            warnings.Add(string.Create(c, $"E-BFMI of {slow} {(slow == 1 ? "chain" : "chains")} is below {LeastEnergyFraction} (down to {least:f2}): energies, and with them the tails, are explored slowly. Write the model in other coordinates, or give heavy-tailed parameters tighter priors."));
        return warnings;
    }

    private static void Unmixed(SamplingResult result, ParameterSummary[] rows, List<string> warnings)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        int badRHat = 0, lowEss = 0, stuck = 0;
        string worstRHat = "", worstEss = "", firstStuck = "";
        double largest = LargestRHat, least = LeastEssPerChain * result.Chains.Count;
        foreach (ParameterSummary row in rows)
        {
            if (row.RHat > LargestRHat)
                badRHat++;
            if (row.RHat > largest)
                (largest, worstRHat) = (row.RHat, row.Name);
            double ess = Math.Min(row.EssBulk, row.EssTail);
            if (ess < LeastEssPerChain * result.Chains.Count)
                lowEss++;
            if (ess < least)
                (least, worstEss) = (ess, row.Name);
            if (!double.IsFinite(row.Mean) || !double.IsFinite(row.Sd))
                (stuck, firstStuck) = (stuck + 1, stuck == 0 ? row.Name : firstStuck);
        }

        if (stuck > 0)
            warnings.Add(string.Create(c, $"{stuck} {(stuck == 1 ? "parameter has" : "parameters have")} draws that are not finite, {firstStuck} first: the density does not fall off there, or a constraint overflows. Check that the posterior is proper."));
        if (badRHat > 0)
            warnings.Add(string.Create(c, $"R-hat of {badRHat} {(badRHat == 1 ? "parameter" : "parameters")} is above {LargestRHat} (up to {largest:g4}, {worstRHat}): the chains disagree, don't use the draws. Run a longer warm-up; look for several modes in the trace and rank plots."));
        if (lowEss > 0)
            warnings.Add(string.Create(c, $"The effective sample size of {lowEss} {(lowEss == 1 ? "parameter" : "parameters")} is below {LeastEssPerChain} per chain (down to {least:f0}, {worstEss}): estimates and their errors are unreliable. Run longer."));
    }
}
