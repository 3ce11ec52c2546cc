using System.Globalization;
using System.Text;
using System.Text.Json;
using OptiCore.Persistence;
using OptiCore.Solving;

namespace OptiCore.Bandits;

/// <summary>
/// The pseudo-regret of policies, sum over rounds of (best mean - mean of the arm played): means, standard errors and quantiles over replications.
/// </summary>
public sealed class RegretReport
{
    internal RegretReport(RunStatus status, string message, int rounds, int[] checkpoints, double[] quantiles, PolicyRegret[] policies)
    {
        Status = status;
        Message = message;
        Rounds = rounds;
        Checkpoints = checkpoints;
        Quantiles = quantiles;
        Policies = policies;
    }

    /// <summary>How the simulation ended.</summary>
    public RunStatus Status { get; }

    /// <summary>The same in a sentence.</summary>
    public string Message { get; }

    /// <summary>The number T of rounds of a replication.</summary>
    public int Rounds { get; }

    /// <summary>The numbers of rounds after which regret is recorded, ascending.</summary>
    public IReadOnlyList<int> Checkpoints { get; }

    /// <summary>The quantiles that are recorded, as probabilities.</summary>
    public IReadOnlyList<double> Quantiles { get; }

    /// <summary>The results, in the order of the policies.</summary>
    public IReadOnlyList<PolicyRegret> Policies { get; }

    /// <summary>
    /// Writes one line for each policy and checkpoint: policy, round, replications, mean_regret, standard_error and a column q&lt;p&gt; for each quantile.
    /// </summary>
    /// <param name="writer">Receives the text.</param>
    public void WriteCsv(TextWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        var line = new StringBuilder("policy,round,replications,mean_regret,standard_error");
        foreach (double quantile in Quantiles)
            line.Append(CultureInfo.InvariantCulture, $",q{quantile}");
        writer.Write(line.Append('\n'));

        foreach (PolicyRegret policy in Policies)
        {
            string name = policy.Name.Replace("\"", "\"\"", StringComparison.Ordinal);
            for (int c = 0; c < Checkpoints.Count; c++)
            {
                line.Clear().Append(CultureInfo.InvariantCulture, $"\"{name}\",{Checkpoints[c]},{policy.Replications},{policy.MeanRegret[c]:r},{policy.StandardErrors[c]:r}");
                for (int q = 0; q < Quantiles.Count; q++)
                    line.Append(CultureInfo.InvariantCulture, $",{policy.Quantile(c, q):r}");
                writer.Write(line.Append('\n'));
            }
        }
    }

    /// <summary>
    /// Writes JSON Lines: one object for each policy with its name, replications, rounds, mean regret, standard errors, quantiles and mean pulls.
    /// A number that isn't finite is null.
    /// </summary>
    /// <param name="stream">Receives UTF-8; stays open.</param>
    public void WriteJsonLines(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        foreach (PolicyRegret policy in Policies)
        {
            using (var json = new Utf8JsonWriter(stream))
            {
                json.WriteStartObject();
                json.WriteString("policy", policy.Name);
                json.WriteNumber("replications", policy.Replications);
                json.WriteStartArray("round");
                foreach (int checkpoint in Checkpoints)
                    json.WriteNumberValue(checkpoint);
                json.WriteEndArray();
                WriteArray(json, "mean_regret", policy.MeanRegret);
                WriteArray(json, "standard_error", policy.StandardErrors);
                json.WriteStartObject("quantiles");
                double[] band = new double[Checkpoints.Count];
                for (int q = 0; q < Quantiles.Count; q++)
                {
                    for (int c = 0; c < band.Length; c++)
                        band[c] = policy.Quantile(c, q);
                    WriteArray(json, Quantiles[q].ToString(CultureInfo.InvariantCulture), band);
                }

                json.WriteEndObject();
                WriteArray(json, "mean_pulls", policy.MeanPulls);
                json.WriteEndObject();
            }

            stream.WriteByte((byte)'\n');
        }
    }

    /// <summary>A table of the regret at the last checkpoint, one line a policy.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Message);
        foreach (PolicyRegret policy in Policies)
            text.Append(CultureInfo.InvariantCulture, $"\n{policy.MeanRegret[^1],12:f3} +- {policy.StandardErrors[^1],-8:f3} {policy.Name}");
        return text.ToString();
    }

    private static void WriteArray(Utf8JsonWriter json, string name, ReadOnlySpan<double> values)
    {
        json.WriteStartArray(name);
        foreach (double value in values)
        {
            if (double.IsFinite(value))
                json.WriteNumberValue(value);
            else
                json.WriteNullValue();
        }

        json.WriteEndArray();
    }
}

/// <summary>The pseudo-regret of one policy. Means and errors are NaN where there are too few complete replications.</summary>
public sealed class PolicyRegret
{
    private readonly double[] _means;
    private readonly double[] _errors;
    private readonly double[][] _bands;
    private readonly double[] _pulls;

    internal PolicyRegret(IPolicy policy, int replications, double[] means, double[] errors, double[][] bands, double[] pulls)
    {
        Policy = policy;
        Replications = replications;
        _means = means;
        _errors = errors;
        _bands = bands;
        _pulls = pulls;
    }

    /// <summary>The policy.</summary>
    public IPolicy Policy { get; }

    /// <summary>The policy with its options, as text.</summary>
    public string Name => Checkpoint.Describe(Policy);

    /// <summary>The number of complete replications.</summary>
    public int Replications { get; }

    /// <summary>The mean regret at each checkpoint.</summary>
    public ReadOnlySpan<double> MeanRegret => _means;

    /// <summary>The standard error of each mean.</summary>
    public ReadOnlySpan<double> StandardErrors => _errors;

    /// <summary>The mean number of pulls of each arm at the end.</summary>
    public ReadOnlySpan<double> MeanPulls => _pulls;

    /// <summary>A quantile of the regret over replications, by linear interpolation of order statistics.</summary>
    /// <param name="checkpoint">The index of the checkpoint.</param>
    /// <param name="quantile">The index of the quantile in <see cref="RegretReport.Quantiles"/>.</param>
    public double Quantile(int checkpoint, int quantile) => _bands[checkpoint][quantile];
}
