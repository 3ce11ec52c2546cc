using System.Globalization;
using OptiCore.Reporting;

namespace OptiCore.RL;

/// <summary>What a watched training run needs beside agent and environment.</summary>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed record TrainSettings<TObservation, TAction>
    where TObservation : unmanaged
    where TAction : unmanaged
{
    /// <summary>All randomness. Default: seed 0.</summary>
    public RandomKey Key { get; init; } = RandomKey.FromSeed(0);

    /// <summary>How often the curve gets a point, the return at which training ends, and who works. Default: as there.</summary>
    public TrainingOptions Training { get; init => field = Require.NotNull(value, nameof(Training)); } = new();

    /// <summary>Where a line is written for every point of the curve; null for nowhere. Default: the console.</summary>
    public TextWriter? Table { get; init; } = Console.Out;

    /// <summary>Creates environments in which the current policy is evaluated, without exploration, at every point of the curve; null for none. Default: null.</summary>
    public Func<IVectorEnvironment<TObservation, TAction>>? Evaluation { get; init; }

    /// <summary>The number of episodes of an evaluation. Default: 20.</summary>
    public int EvaluationEpisodes { get; init => field = Require.Positive(value); } = 20;

    /// <summary>The clock that steps per second are measured with.</summary>
    public TimeProvider Clock { get; init => field = Require.NotNull(value, nameof(Clock)); } = TimeProvider.System;
}

/// <summary>What came of a watched training run.</summary>
/// <typeparam name="TObservation">The element type of observations.</typeparam>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed class TrainReport<TObservation, TAction>
    where TObservation : unmanaged
    where TAction : unmanaged
{
    private readonly string _agent;
    private readonly int _plainColumns;

    internal TrainReport(string agent, TrainingResult<TObservation, TAction> result, ReportTable log, int plainColumns, IPolicy<TObservation, TAction> best)
    {
        _agent = agent;
        _plainColumns = plainColumns;
        Result = result;
        Log = log;
        BestPolicy = best;
    }

    /// <summary>How training ended, the curve, and the policies of training.</summary>
    public TrainingResult<TObservation, TAction> Result { get; }

    /// <summary>The policy of the highest evaluation; without evaluations that of the training curve (<see cref="TrainingResult{TObservation, TAction}.BestPolicy"/>).</summary>
    public IPolicy<TObservation, TAction> BestPolicy { get; }

    /// <summary>
    /// A row for every point of the curve: steps, episodes, return, length, evaluation (NaN without), steps per second, and what the agent reports; from data updates, evaluation, length, updates per second, and what the agent reports. It can be written as CSV and as JSON Lines.
    /// </summary>
    public ReportTable Log { get; }

    /// <summary>The curve and what the agent reported, as a page.</summary>
    /// <param name="title">Its title.</param>
    public HtmlReport ToReport(string title)
    {
        HtmlReport page = new HtmlReport(title).Paragraph(string.Create(CultureInfo.InvariantCulture, $"{_agent}. {Result}"));
        double[] steps = Column(0), exploring = Named("return"), evaluations = Named("evaluation"), lengths = Named("length");
        string label = Log.Columns[0];
        var returns = new Chart { Title = "Return", XLabel = label, YLabel = "return" };
        if (exploring.Length > 0)
            returns.Line("exploring", steps, exploring);
        if (evaluations.Length > 0)
            returns.Line("evaluated", steps, evaluations);
        if (exploring.Length + evaluations.Length > 0)
            page.Chart(returns).Chart(new Chart { Title = "Length of episodes", XLabel = label, YLabel = "steps" }.Line("length", steps, lengths));
        for (int i = _plainColumns; i < Log.Columns.Count; i++)
            page.Chart(new Chart { Title = Log.Columns[i], XLabel = label, YLabel = Log.Columns[i] }.Line(Log.Columns[i], steps, Column(i)));
        return page;
    }

    /// <summary>How training ended, in one line.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{_agent}: {Result}");

    /// <summary>A column; nothing if there is none, or if it has no numbers.</summary>
    private double[] Named(string name)
    {
        for (int i = 0; i < _plainColumns; i++)
        {
            if (Log.Columns[i] == name && Log.Rows.Count > 0 && !double.IsNaN(Convert.ToDouble(Log.Rows[0][i], CultureInfo.InvariantCulture)))
                return Column(i);
        }

        return [];
    }

    private double[] Column(int index)
    {
        double[] values = new double[Log.Rows.Count];
        for (int i = 0; i < values.Length; i++)
            values[i] = Convert.ToDouble(Log.Rows[i][index], CultureInfo.InvariantCulture);
        return values;
    }
}

/// <summary>Training that is watched: <c>Train.Run(new Ppo(), new CartPole(16), 200_000)</c>.</summary>
public static partial class Train
{
    /// <summary>Trains an agent, writes a line for every point of its curve, and keeps the best policy.</summary>
    /// <typeparam name="TObservation">The element type of observations.</typeparam>
    /// <typeparam name="TAction">The element type of actions.</typeparam>
    /// <param name="agent">The agent.</param>
    /// <param name="environment">Where it learns.</param>
    /// <param name="steps">The number of transitions, all environments together.</param>
    /// <param name="settings">Randomness, logging, evaluation; by default as <see cref="TrainSettings{TObservation, TAction}"/> says.</param>
    /// <param name="cancellationToken">Ends training with what was reached; never throws.</param>
    /// <exception cref="ArgumentException">The agent can't handle the environment's spaces.</exception>
    public static TrainReport<TObservation, TAction> Run<TObservation, TAction>(
        IAgent<TObservation, TAction> agent, IVectorEnvironment<TObservation, TAction> environment, long steps, TrainSettings<TObservation, TAction>? settings = null, CancellationToken cancellationToken = default)
        where TObservation : unmanaged
        where TAction : unmanaged
    {
        settings ??= new TrainSettings<TObservation, TAction>();
        TrainingRun<TObservation, TAction> run = agent.Start(environment, settings.Key, settings.Training);
        var log = new TrainLog<TObservation, TAction>(run, settings);
        TrainingResult<TObservation, TAction> result = run.Train(steps, log, cancellationToken);
        settings.Table?.WriteLine(result);
        return new TrainReport<TObservation, TAction>(agent.GetType().Name, result, log.Table, TrainLog.Columns.Length, log.Best ?? result.BestPolicy);
    }
}

/// <summary>The columns that every log begins with.</summary>
internal static class TrainLog
{
    public static readonly string[] Columns = ["steps", "episodes", "return", "length", "evaluation", "steps per second"];

    private const int Width = 12;

    public static void WriteHeader(TextWriter writer, ReportTable table)
    {
        foreach (string column in table.Columns)
            Write(writer, column.Replace("s per second", "s/s", StringComparison.Ordinal));
        writer.WriteLine();
    }

    public static void WriteRow(TextWriter writer, IReadOnlyList<object?> row)
    {
        foreach (object? cell in row)
            Write(writer, cell is double number ? number.ToString("g5", CultureInfo.InvariantCulture) : Convert.ToString(cell, CultureInfo.InvariantCulture)!);
        writer.WriteLine();
    }

    private static void Write(TextWriter writer, string cell) => writer.Write(cell.PadLeft(Math.Max(Width, cell.Length + 2)));
}

/// <summary>Makes rows of the points of a curve.</summary>
internal sealed class TrainLog<TObservation, TAction> : IProgress<LearningPoint>
    where TObservation : unmanaged
    where TAction : unmanaged
{
    private readonly TrainingRun<TObservation, TAction> _run;
    private readonly TrainSettings<TObservation, TAction> _settings;
    private readonly IVectorEnvironment<TObservation, TAction>? _evaluation;
    private long _time;
    private long _steps;
    private double _best = double.NaN;

    public TrainLog(TrainingRun<TObservation, TAction> run, TrainSettings<TObservation, TAction> settings)
    {
        _run = run;
        _settings = settings;
        _evaluation = settings.Evaluation?.Invoke();
        Table = new ReportTable([.. TrainLog.Columns, .. run.State.MetricNames]);
        _time = settings.Clock.GetTimestamp();
        if (settings.Table is { } writer)
        {
            TrainLog.WriteHeader(writer, Table);
        }
    }

    public ReportTable Table { get; }

    public IPolicy<TObservation, TAction>? Best { get; private set; }

    public void Report(LearningPoint value)
    {
        double seconds = _settings.Clock.GetElapsedTime(_time).TotalSeconds, rate = (value.Steps - _steps) / seconds, evaluated = Evaluate();
        var row = new List<object?> { value.Steps, value.Episodes, value.MeanReturn, value.MeanLength, evaluated, rate };
        foreach (double metric in _run.State.Metrics)
            row.Add(metric);
        Table.Add([.. row]);
        if (_settings.Table is { } writer)
        {
            TrainLog.WriteRow(writer, row);
        }

        (_time, _steps) = (_settings.Clock.GetTimestamp(), value.Steps);
    }

    /// <summary>Every evaluation plays the same episodes, so that policies are compared and not luck.</summary>
    private double Evaluate()
    {
        if (_evaluation is null)
            return double.NaN;
        IPolicy<TObservation, TAction> policy = _run.State.CurrentPolicy();
        double score = policy.Evaluate(_evaluation, _settings.EvaluationEpisodes, _settings.Key.Fold("evaluation")).MeanReturn;
        if (!(score <= _best))
            (_best, Best) = (score, policy);
        return score;
    }
}
