using System.Globalization;
using System.Text;
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

    /// <summary>The table, aligned, and the warnings below it.</summary>
    public override string ToString()
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        int width = 9;
        foreach (ParameterSummary row in Parameters)
            width = Math.Max(width, row.Name.Length);
        var text = new StringBuilder();
        text.Append("parameter".PadRight(width)).AppendLine(c, $" {"mean",10} {"mcse",9} {"sd",9} {"5%",10} {"50%",10} {"95%",10} {"ess bulk",9} {"ess tail",9} {"r-hat",6}");
        foreach (ParameterSummary r in Parameters)
        {
            text.Append(r.Name.PadRight(width)).AppendLine(
                c, $" {r.Mean,10:g4} {r.McseMean,9:g2} {r.Sd,9:g4} {r.Q05,10:g4} {r.Median,10:g4} {r.Q95,10:g4} {r.EssBulk,9:f0} {r.EssTail,9:f0} {r.RHat,6:f3}");
        }

        foreach (string warning in Warnings)
            text.AppendLine(warning);
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
        if (result.Divergences > 0)
            warnings.Add(string.Create(c, $"{result.Divergences} {(result.Divergences == 1 ? "transition" : "transitions")} diverged: the draws may miss regions of high curvature. Aim at a higher acceptance, or write the model in other coordinates."));
        int badRHat = 0, lowEss = 0;
        foreach (ParameterSummary row in rows)
        {
            badRHat += row.RHat > LargestRHat ? 1 : 0;
            lowEss += Math.Min(row.EssBulk, row.EssTail) < LeastEssPerChain * result.Chains.Count ? 1 : 0;
        }

        if (badRHat > 0)
            warnings.Add(string.Create(c, $"R-hat of {badRHat} parameters is above {LargestRHat}: the chains have not mixed. Run longer."));
        if (lowEss > 0)
            warnings.Add(string.Create(c, $"The effective sample size of {lowEss} parameters is below {LeastEssPerChain} per chain: estimates and their errors are unreliable. Run longer."));
        for (int i = 0; i < result.Chains.Count; i++)
        {
            double fraction = Diagnostics.EnergyFractionOfMissingInformation(result.Chains[i].Energies());
            if (fraction < LeastEnergyFraction)
                warnings.Add(string.Create(c, $"E-BFMI of chain {i} is {fraction:f2}, below {LeastEnergyFraction}: the energies are explored slowly. Write the model in other coordinates."));
        }

        return warnings;
    }
}
