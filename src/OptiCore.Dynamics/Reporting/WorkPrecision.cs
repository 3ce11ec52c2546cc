using OptiCore.Reporting;

namespace OptiCore.Dynamics;

/// <summary>One integration of a <see cref="WorkPrecision"/> comparison.</summary>
/// <param name="Name">The name of the method.</param>
/// <param name="Tolerance">The relative tolerance.</param>
/// <param name="Error">The largest error of a component at the end over the largest element of the reference; infinite where the end wasn't reached.</param>
/// <param name="Counts">What it has cost.</param>
public readonly record struct WorkPrecisionPoint(string Name, double Tolerance, double Error, OdeCounts Counts);

/// <summary>
/// Compares methods on a problem by what they reach and what it costs, the field's work-precision diagram:
/// <code>
/// Chart diagram = new WorkPrecision(lorenz, (0, 5), [1, 1, 1]).Add("Dormand 5", new ExplicitRungeKutta()).Add("Adams", new Adams()).ToChart();
/// </code>
/// </summary>
/// <remarks>
/// Work is counted in evaluations of f, so that the diagram is the same on every machine; time isn't in it. E. Hairer, S. P. Nørsett, G. Wanner (1993), Solving Ordinary Differential Equations I, section II.10.
/// </remarks>
public sealed class WorkPrecision
{
    private readonly IOdeSystem _system;
    private readonly (double Start, double End) _span;
    private readonly double[] _start;
    private readonly double[] _reference;
    private readonly double _largest;
    private readonly List<WorkPrecisionPoint> _points = [];

    /// <summary>Poses the problem.</summary>
    /// <param name="system">The system, n state variables.</param>
    /// <param name="span">The interval.</param>
    /// <param name="start">The state at its start, n elements.</param>
    /// <param name="reference">The true state at the end, n elements; null to compute it by <see cref="Radau"/> with a tolerance of 1e-13.</param>
    /// <exception cref="ArgumentException">A length isn't n, or a number isn't finite.</exception>
    /// <exception cref="OptiCore.Solving.SolverException">The reference wasn't found.</exception>
    public WorkPrecision(IOdeSystem system, (double Start, double End) span, ReadOnlySpan<double> start, ReadOnlyMemory<double>? reference = null)
    {
        _system = Require.NotNull(system);
        _span = span;
        _start = start.ToArray();
        _reference = reference?.ToArray()
            ?? Ode.Solve(new Radau { RelativeTolerance = 1e-13, AbsoluteTolerance = 1e-15, MaxSteps = 10_000_000 }, system, span, start).EnsureCompleted().FinalState;
        Require.Length(_reference.Length, system.Dimension, nameof(reference));
        Require.AllFinite(_reference, nameof(reference));
        foreach (double value in _reference)
            _largest = Math.Max(_largest, Math.Abs(value));
        if (_largest == 0)
            _largest = 1;
    }

    /// <summary>The integrations, in the order in which they were added.</summary>
    public IReadOnlyList<WorkPrecisionPoint> Points => _points;

    /// <summary>Integrates by a method, once for each tolerance.</summary>
    /// <param name="name">The method's name in the diagram.</param>
    /// <param name="method">The method; the ratio of its absolute to its relative tolerance is kept.</param>
    /// <param name="tolerances">The relative tolerances; none for 1e-3, 1e-4, ..., 1e-11.</param>
    /// <returns>This comparison.</returns>
    public WorkPrecision Add(string name, OdeMethod method, params ReadOnlySpan<double> tolerances)
    {
        Require.NotNull(method);
        if (tolerances.IsEmpty)
            tolerances = [1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10, 1e-11];
        foreach (double tolerance in tolerances)
        {
            OdeResult result = Ode.Solve(
                method with { RelativeTolerance = tolerance, AbsoluteTolerance = tolerance * (method.AbsoluteTolerance / method.RelativeTolerance) }, _system, _span, _start, [_span.End]);
            double error = result.FinalTime == _span.End ? 0 : double.PositiveInfinity;
            for (int i = 0; i < _reference.Length; i++)
                error = Math.Max(error, Math.Abs(result.FinalState[i] - _reference[i]) / _largest);
            _points.Add(new WorkPrecisionPoint(name, tolerance, error, result.Counts));
        }

        return this;
    }

    /// <summary>The diagram: evaluations over the error at the end, both axes logarithmic, a line for each method.</summary>
    /// <param name="title">The heading.</param>
    public Chart ToChart(string title = "Work and precision")
    {
        // Nothing is more accurate than half a spacing of floating-point numbers; an error of 0 has no logarithm.
        const double Smallest = 1.1e-16;
        var chart = new Chart { Title = title, XLabel = "error at the end", YLabel = "evaluations", LogX = true, LogY = true };
        for (int first = 0, next; first < _points.Count; first = next)
        {
            for (next = first; next < _points.Count && _points[next].Name == _points[first].Name;)
                next++;
            WorkPrecisionPoint[] line = [.. _points[first..next]];
            chart.Line(line[0].Name, Array.ConvertAll(line, p => Math.Max(p.Error, Smallest)), Array.ConvertAll(line, p => (double)p.Counts.Evaluations));
        }

        return chart;
    }

    /// <summary>The numbers behind the diagram.</summary>
    public ReportTable ToTable()
    {
        var table = new ReportTable("method", "tolerance", "error", "evaluations", "steps", "rejected", "Jacobians", "factorizations");
        foreach (WorkPrecisionPoint p in _points)
            table.Add(p.Name, p.Tolerance, p.Error, p.Counts.Evaluations, p.Counts.AcceptedSteps, p.Counts.RejectedSteps, p.Counts.JacobianEvaluations, p.Counts.Factorizations);
        return table;
    }
}
