using OptiCore.Reporting;

namespace OptiCore.Dynamics;

/// <summary>
/// Trajectories as charts and pages:
/// <code>
/// Ode.Solve(new ExplicitRungeKutta(), pendulum, (0, 20), [1, 0], saveAt: times).ToReport("Pendulum", "angle", "speed").Save("pendulum.html");
/// </code>
/// </summary>
/// <remarks>Charts join the saved times by straight lines: save at as many as a smooth curve needs, some hundreds. Lines that differ by less than a pixel cost nothing in the page.</remarks>
public static class TrajectoryReport
{
    // As many colours as a chart tells apart, and so many portraits that a page stays one.
    private const int LinesInChart = 8;
    private const int MostPortraits = 6;

    // Components whose ranges differ by more share no axis: one would be a flat line.
    private const double SharedRange = 20;

    private const double PortraitHeight = 560;

    /// <summary>A page with the state over time, phase portraits of the components, the events and what the integration has cost.</summary>
    /// <param name="result">The integration.</param>
    /// <param name="title">The title of the page.</param>
    /// <param name="names">The names of the state variables; none for y0, y1, and so on.</param>
    /// <returns>A page of its own, to be written by <see cref="HtmlReport.Save"/>.</returns>
    /// <exception cref="ArgumentException">The number of names isn't that of the state variables.</exception>
    public static HtmlReport ToReport(this OdeResult result, string title, params ReadOnlySpan<string> names)
    {
        ArgumentNullException.ThrowIfNull(result);
        var curve = new Curve(result.Times, result.States, result.Dimension, result.Events, Names(names, result.Dimension));
        HtmlReport report = curve.Write(title, result.ToString());
        var table = new ReportTable("", "");
        table.Add("steps taken", result.Counts.AcceptedSteps);
        table.Add("steps rejected", result.Counts.RejectedSteps);
        table.Add("evaluations of f", result.Counts.Evaluations);
        table.Add("Jacobians", result.Counts.JacobianEvaluations);
        table.Add("factorizations", result.Counts.Factorizations);
        foreach (OdeMethodUse use in result.Methods)
            table.Add(FormattableString.Invariant($"from t = {use.Time:g6}"), use.Method.GetType().Name);
        return report.Heading("Cost").Table(table);
    }

    /// <summary>A page with the state over time and phase portraits of the components.</summary>
    /// <param name="result">The path.</param>
    /// <param name="title">The title of the page.</param>
    /// <param name="names">The names of the state variables; none for y0, y1, and so on.</param>
    /// <exception cref="ArgumentException">The number of names isn't that of the state variables.</exception>
    public static HtmlReport ToReport(this SdeResult result, string title, params ReadOnlySpan<string> names)
    {
        ArgumentNullException.ThrowIfNull(result);
        return new Curve(result.Times, result.States, result.Dimension, [], Names(names, result.Dimension)).Write(title, result.ToString());
    }

    /// <summary>One component over another, with a mark at the start and at the events.</summary>
    /// <param name="result">The integration.</param>
    /// <param name="horizontal">The number of the component on the horizontal axis.</param>
    /// <param name="vertical">The number of the other one.</param>
    /// <param name="names">The names of the state variables; none for y0, y1, and so on.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such component.</exception>
    /// <exception cref="ArgumentException">The number of names isn't that of the state variables.</exception>
    public static Chart PhasePortrait(this OdeResult result, int horizontal, int vertical, params ReadOnlySpan<string> names)
    {
        ArgumentNullException.ThrowIfNull(result);
        ArgumentOutOfRangeException.ThrowIfNegative(horizontal);
        ArgumentOutOfRangeException.ThrowIfNegative(vertical);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(horizontal, result.Dimension);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(vertical, result.Dimension);
        return new Curve(result.Times, result.States, result.Dimension, result.Events, Names(names, result.Dimension)).Portrait(horizontal, vertical);
    }

    private static string[] Names(ReadOnlySpan<string> names, int n)
    {
        if (names.IsEmpty)
        {
            string[] numbered = new string[n];
            for (int i = 0; i < n; i++)
                numbered[i] = FormattableString.Invariant($"y{i}");
            return numbered;
        }

        Require.Length(names.Length, n, nameof(names));
        return names.ToArray();
    }

    private sealed record Curve(double[] Times, double[] States, int Dimension, IReadOnlyList<OdeEventRecord> Events, string[] Names)
    {
        public HtmlReport Write(string title, string outcome)
        {
            HtmlReport report = new HtmlReport(title).Paragraph(outcome).Heading("Over time");
            foreach (List<int> group in Groups())
                report.Chart(OverTime(group));
            if (Dimension > 1)
            {
                report.Heading("Phase portrait");
                foreach ((int horizontal, int vertical) in Pairs())
                    report.Chart(Portrait(horizontal, vertical));
            }

            return report;
        }

        public Chart Portrait(int horizontal, int vertical)
        {
            double[] x = Component(horizontal), y = Component(vertical);
            Chart chart = new Chart { Title = $"{Names[vertical]} over {Names[horizontal]}", XLabel = Names[horizontal], YLabel = Names[vertical], Height = PortraitHeight }.Line("trajectory", x, y);
            if (x.Length > 0)
                chart.Points("start", [x[0]], [y[0]]);
            foreach ((int index, List<OdeEventRecord> events) in EventsByIndex())
                chart.Points(FormattableString.Invariant($"event {index}"), Values(events, e => e.State[horizontal]), Values(events, e => e.State[vertical]));
            return chart;
        }

        private Chart OverTime(List<int> components)
        {
            string[] shown = Array.ConvertAll(components.ToArray(), i => Names[i]);
            var chart = new Chart { Title = string.Join(", ", shown), XLabel = "t", YLabel = shown.Length == 1 ? shown[0] : "state" };
            foreach (int i in components)
                chart.Line(Names[i], Times, Component(i));
            foreach ((int index, List<OdeEventRecord> events) in EventsByIndex())
            {
                var times = new List<double>();
                var values = new List<double>();
                foreach (int i in components)
                {
                    times.AddRange(Values(events, e => e.Time));
                    values.AddRange(Values(events, e => e.State[i]));
                }

                chart.Points(FormattableString.Invariant($"event {index}"), [.. times], [.. values]);
            }

            return chart;
        }

        private SortedDictionary<int, List<OdeEventRecord>> EventsByIndex()
        {
            var groups = new SortedDictionary<int, List<OdeEventRecord>>();
            foreach (OdeEventRecord one in Events)
            {
                if (!groups.TryGetValue(one.Index, out List<OdeEventRecord>? group))
                    groups.Add(one.Index, group = []);
                group.Add(one);
            }

            return groups;
        }

        private static double[] Values(List<OdeEventRecord> events, Converter<OdeEventRecord, double> value) => Array.ConvertAll(events.ToArray(), value);

        /// <summary>Components of similar range, in their order.</summary>
        private List<List<int>> Groups()
        {
            var groups = new List<List<int>>();
            var ranges = new List<double>();
            for (int i = 0; i < Dimension; i++)
            {
                double range = Range(i);
                int home = 0;
                while (home < groups.Count && !(groups[home].Count < LinesInChart && range <= SharedRange * ranges[home] && ranges[home] <= SharedRange * range))
                    home++;
                if (home < groups.Count)
                {
                    groups[home].Add(i);
                    continue;
                }

                groups.Add([i]);
                ranges.Add(range);
            }

            return groups;
        }

        /// <summary>All pairs of up to three components; of more, each with the next.</summary>
        private List<(int Horizontal, int Vertical)> Pairs()
        {
            if (Dimension == 3)
                return [(0, 1), (0, 2), (1, 2)];
            var pairs = new List<(int, int)>();
            for (int i = 0; i + 1 < Dimension && pairs.Count < MostPortraits; i++)
                pairs.Add((i, i + 1));
            return pairs;
        }

        private double Range(int component)
        {
            double largest = 0;
            foreach (double value in Component(component))
                largest = Math.Max(largest, Math.Abs(value));
            return largest;
        }

        private double[] Component(int component)
        {
            double[] values = new double[Times.Length];
            for (int k = 0; k < values.Length; k++)
                values[k] = States[(k * Dimension) + component];
            return values;
        }
    }
}
