using System.Globalization;
using System.Text;

namespace OptiCore.Samplers;

/// <summary>
/// The CSV format of CmdStan, one file for each chain: read by ArviZ (<c>from_cmdstan</c>), and in R by cmdstanr, posterior and bayesplot.
/// </summary>
/// <remarks>
/// Comment lines with the configuration; a header of <c>lp__, accept_stat__, stepsize__, treedepth__, n_leapfrog__, divergent__, energy__</c> and the
/// parameters, whose indices are set off by dots (<c>theta.1</c>); comments with step size and metric; one line for each draw, numbers in the
/// shortest form that reads back to the same bits; comments with the elapsed times.
/// </remarks>
public static class StanCsv
{
    private const string StatisticNames = "lp__,accept_stat__,stepsize__,treedepth__,n_leapfrog__,divergent__,energy__";

    /// <summary>Writes one chain.</summary>
    /// <param name="stream">Receives UTF-8 text; stays open.</param>
    /// <param name="result">The result.</param>
    /// <param name="chain">The chain, from 0. Its <c>id</c> in the file is one more.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such chain.</exception>
    public static void Write(Stream stream, SamplingResult result, int chain)
    {
        ArgumentNullException.ThrowIfNull(stream);
        ArgumentNullException.ThrowIfNull(result);
        if ((uint)chain >= (uint)result.Chains.Count)
            throw new ArgumentOutOfRangeException(nameof(chain), chain, string.Create(CultureInfo.InvariantCulture, $"chain is {chain} but there are {result.Chains.Count}."));
        ChainResult draws = result.Chains[chain];
        using var writer = new StreamWriter(stream, new UTF8Encoding(false), leaveOpen: true) { NewLine = "\n" };
        CultureInfo c = CultureInfo.InvariantCulture;
        // The version says which form of the format this is; readers choose by it.
        writer.WriteLine("# stan_version_major = 2");
        writer.WriteLine("# stan_version_minor = 36");
        writer.WriteLine("# stan_version_patch = 0");
        writer.WriteLine("# model = OptiCore_model");
        writer.WriteLine("# method = sample (Default)");
        writer.WriteLine("#   sample");
        writer.WriteLine(string.Create(c, $"#     num_samples = {draws.Count}"));
        writer.WriteLine(string.Create(c, $"#     num_warmup = {result.WarmUp}"));
        writer.WriteLine("#     save_warmup = 0 (Default)");
        writer.WriteLine("#     thin = 1 (Default)");
        writer.WriteLine(string.Create(c, $"# id = {chain + 1}"));
        writer.Write(StatisticNames);
        foreach (string name in result.ParameterNames)
        {
            writer.Write(',');
            writer.Write(ToColumn(name));
        }

        writer.WriteLine();
        writer.WriteLine("# Adaptation terminated");
        writer.WriteLine(string.Create(c, $"# Step size = {draws.StepSize:r}"));
        WriteMetric(writer, draws.InverseMetric, draws.Dimension);
        Span<char> number = stackalloc char[32];
        for (int i = 0; i < draws.Count; i++)
        {
            DrawStatistics s = draws.Statistics[i];
            WriteNumber(writer, s.LogDensity, number);
            writer.Write(',');
            WriteNumber(writer, s.AcceptStatistic, number);
            writer.Write(',');
            WriteNumber(writer, s.StepSize, number);
            writer.Write(string.Create(c, $",{s.TreeDepth},{s.LeapfrogSteps},{(s.Divergent ? 1 : 0)},"));
            WriteNumber(writer, s.Energy, number);
            foreach (double v in draws.Draw(i))
            {
                writer.Write(',');
                WriteNumber(writer, v, number);
            }

            writer.WriteLine();
        }

        writer.WriteLine("# ");
        writer.WriteLine(string.Create(c, $"#  Elapsed Time: {draws.WarmUpTime.TotalSeconds:f3} seconds (Warm-up)"));
        writer.WriteLine(string.Create(c, $"#                {draws.SamplingTime.TotalSeconds:f3} seconds (Sampling)"));
        writer.WriteLine(string.Create(c, $"#                {(draws.WarmUpTime + draws.SamplingTime).TotalSeconds:f3} seconds (Total)"));
        writer.WriteLine("# ");
    }

    /// <summary>Reads chains, written by <see cref="Write"/> or by CmdStan. Draws of a saved warm-up are left out.</summary>
    /// <param name="chains">One stream for each chain; they stay open.</param>
    /// <exception cref="FormatException">A stream isn't such a file; the message names the line.</exception>
    /// <exception cref="ArgumentException">There is no stream, or the chains have different parameters.</exception>
    public static SamplingResult Read(params IReadOnlyList<Stream> chains)
    {
        ArgumentNullException.ThrowIfNull(chains);
        Require.Positive(chains.Count, nameof(chains));
        var results = new ChainResult[chains.Count];
        string[]? names = null;
        int warmUp = 0;
        for (int i = 0; i < results.Length; i++)
        {
            (string[] these, results[i], warmUp) = ReadChain(chains[i]);
            names ??= these;
            if (!names.AsSpan().SequenceEqual(these))
                throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"Chain {i} has other parameters than chain 0."), nameof(chains));
        }

        return new SamplingResult(names!, results) { WarmUp = warmUp };
    }

    private static (string[] Names, ChainResult Chain, int WarmUp) ReadChain(Stream stream)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8, detectEncodingFromByteOrderMarks: true, leaveOpen: true);
        var header = new Header();
        string[]? columns = null;
        var names = new List<string>();
        var draws = new List<double>();
        var statistics = new List<DrawStatistics>();
        int lineNumber = 0, rows = 0, divergences = 0;
        while (reader.ReadLine() is { } line)
        {
            lineNumber++;
            if (line.StartsWith('#'))
            {
                header.Absorb(line.TrimStart('#').Trim());
            }
            else if (columns is null)
            {
                columns = line.Split(',');
                foreach (string column in columns)
                {
                    if (!IsStatistic(column))
                        names.Add(FromColumn(column));
                }
            }
            else if (line.Length > 0 && rows++ >= header.SavedWarmUp)
            {
                DrawStatistics s = ReadRow(line, columns, draws, lineNumber);
                statistics.Add(s);
                divergences += s.Divergent ? 1 : 0;
            }
        }

        if (columns is null)
            throw new FormatException("The stream has no header line: it is not a Stan CSV file.");
        var chain = new ChainResult([.. draws], [.. statistics], names.Count)
        {
            Dimension = header.Dimension,
            Iterations = header.WarmUp + statistics.Count,
            StepSize = header.StepSize,
            InverseMetric = [.. header.Metric],
            DivergenceCount = divergences,
        };
        return ([.. names], chain, header.WarmUp);
    }

    private static DrawStatistics ReadRow(string line, string[] columns, List<double> draws, int lineNumber)
    {
        string[] cells = line.Split(',');
        if (cells.Length != columns.Length)
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"Line {lineNumber} has {cells.Length} values, the header {columns.Length} names."));
        double logDensity = double.NaN, accept = double.NaN, stepSize = double.NaN, energy = double.NaN;
        int depth = 0, steps = 0;
        bool divergent = false;
        for (int i = 0; i < cells.Length; i++)
        {
            if (!TryNumber(cells[i], out double value))
                throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"Line {lineNumber}: '{cells[i]}' of column {columns[i]} is not a number."));
            switch (columns[i])
            {
                case "lp__": logDensity = value; break;
                case "accept_stat__": accept = value; break;
                case "stepsize__": stepSize = value; break;
                case "treedepth__": depth = (int)value; break;
                case "n_leapfrog__": steps = (int)value; break;
                case "divergent__": divergent = value != 0; break;
                case "energy__": energy = value; break;
                default:
                    if (!IsStatistic(columns[i]))
                        draws.Add(value);
                    break;
            }
        }

        return new DrawStatistics(logDensity, accept, stepSize, depth, steps, divergent, energy);
    }

    private static bool IsStatistic(string column) => column.EndsWith("__", StringComparison.Ordinal);

    private static bool TryNumber(ReadOnlySpan<char> text, out double value)
    {
        text = text.Trim();
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value))
            return true;
        value = text switch
        {
            "nan" or "-nan" => double.NaN,
            "inf" or "+inf" => double.PositiveInfinity,
            "-inf" => double.NegativeInfinity,
            _ => 0,
        };
        return double.IsNaN(value) || double.IsInfinity(value);
    }

    /// <summary>A diagonal on one line, a full matrix row by row.</summary>
    private static void WriteMetric(StreamWriter writer, IReadOnlyList<double> inverse, int dimension)
    {
        if (inverse.Count == 0 || dimension == 0)
            return;
        writer.WriteLine(inverse.Count == dimension ? "# Diagonal elements of inverse mass matrix:" : "# Elements of inverse mass matrix:");
        for (int i = 0; i < inverse.Count; i++)
        {
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"{(i % dimension == 0 ? "# " : ", ")}{inverse[i]:r}"));
            if (i % dimension == dimension - 1)
                writer.WriteLine();
        }
    }

    private static void WriteNumber(StreamWriter writer, double value, Span<char> buffer)
    {
        if (double.IsFinite(value) && value.TryFormat(buffer, out int length, "r", CultureInfo.InvariantCulture))
            writer.Write(buffer[..length]);
        else
            writer.Write(double.IsNaN(value) ? "nan" : value > 0 ? "inf" : "-inf");
    }

    /// <summary>theta[2,3] becomes theta.2.3.</summary>
    private static string ToColumn(string name) => name.EndsWith(']') ? name.Replace('[', '.').Replace(',', '.')[..^1] : name;

    /// <summary>theta.2.3 becomes theta[2,3].</summary>
    private static string FromColumn(string column)
    {
        string[] parts = column.Trim().Split('.');
        int scalar = parts.Length;
        while (scalar > 1 && int.TryParse(parts[scalar - 1], NumberStyles.None, CultureInfo.InvariantCulture, out _))
            scalar--;
        string name = string.Join('.', parts[..scalar]);
        return scalar == parts.Length ? name : $"{name}[{string.Join(',', parts[scalar..])}]";
    }

    /// <summary>What the comment lines say.</summary>
    private sealed class Header
    {
        private bool _metricFollows;
        private bool _savesWarmUp;
        private int _thin = 1;

        public int WarmUp { get; private set; }

        public int SavedWarmUp => _savesWarmUp ? WarmUp / _thin : 0;

        public double StepSize { get; private set; } = double.NaN;

        public List<double> Metric { get; } = [];

        /// <summary>The number of elements in a row of the metric.</summary>
        public int Dimension { get; private set; }

        public void Absorb(string comment)
        {
            if (_metricFollows && comment.Length > 0 && TryNumber(comment.Split(',')[0], out _))
            {
                AbsorbMetricRow(comment);
                return;
            }

            _metricFollows = comment.EndsWith("inverse mass matrix:", StringComparison.Ordinal);
            int equals = comment.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
                return;
            string key = comment[..equals].Trim();
            string value = comment[(equals + 1)..].Replace("(Default)", "", StringComparison.Ordinal).Trim();
            switch (key)
            {
                case "num_warmup" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int warmUp): WarmUp = warmUp; break;
                case "thin" when int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int thin): _thin = Math.Max(1, thin); break;
                case "save_warmup": _savesWarmUp = value is "1" or "true"; break;
                case "Step size" when TryNumber(value, out double stepSize): StepSize = stepSize; break;
            }
        }

        private void AbsorbMetricRow(string comment)
        {
            string[] cells = comment.Split(',');
            Dimension = cells.Length;
            foreach (string cell in cells)
            {
                if (!TryNumber(cell, out double value))
                    throw new FormatException($"'{cell}' in the inverse mass matrix is not a number.");
                Metric.Add(value);
            }
        }
    }
}
