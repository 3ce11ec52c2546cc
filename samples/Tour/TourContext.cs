using OptiCore.Reporting;
using Spectre.Console;

namespace OptiCore.Tour;

/// <summary>One chapter of the tour.</summary>
internal interface IChapter
{
    int Number { get; }

    string Title { get; }

    void Run(TourContext tour);
}

/// <summary>What the chapters share: the seed, the budget, the screen and the files.</summary>
internal sealed class TourContext(ulong seed, DirectoryInfo? folder, bool quick, CancellationToken token)
{
    private readonly HtmlReport _report = new("A tour of OptiCore");
    private readonly System.Diagnostics.Stopwatch _clock = System.Diagnostics.Stopwatch.StartNew();

    public RandomKey Key { get; } = RandomKey.FromSeed(seed);

    public bool Quick { get; } = quick;

    public CancellationToken Token { get; } = token;

    public static string DataFile(params ReadOnlySpan<string> path)
    {
        // The data travels with the program (see Tour.csproj), so that the tour runs from any folder.
        return Path.Combine([AppContext.BaseDirectory, "data", .. path]);
    }

    public void Begin(IChapter chapter)
    {
        AnsiConsole.WriteLine();
        AnsiConsole.Write(new Rule($"[bold]{chapter.Number}. {Markup.Escape(chapter.Title)}[/]").LeftJustified());
        _report.Heading($"{chapter.Number}. {chapter.Title}");
    }

    /// <summary>A plain sentence, on the screen and in the report.</summary>
    public void Say(string sentence)
    {
        AnsiConsole.WriteLine();
        AnsiConsole.MarkupLine(Markup.Escape(sentence));
        _report.Paragraph(sentence);
    }

    public void Show(ReportTable table)
    {
        var screen = new Table().Border(TableBorder.Rounded);
        foreach (string column in table.Columns)
            screen.AddColumn(new TableColumn(Markup.Escape(column)).NoWrap());
        foreach (IReadOnlyList<object?> row in table.Rows)
        {
            screen.AddRow([.. row.Select(cell => cell is string text
                ? (Spectre.Console.Rendering.IRenderable)new Text(text)
                : new Text(ReportTable.Display(cell)).RightJustified())]);
        }

        AnsiConsole.Write(screen);
        _report.Table(table);
    }

    public void Show(Chart chart) => _report.Chart(chart);

    /// <summary>Runs something long under a progress bar; it reports the share that is done.</summary>
    public static TResult WithProgress<TResult>(string what, Func<Action<double>, TResult> run)
    {
        TResult result = default!;
        AnsiConsole.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new ElapsedTimeColumn())
            .Start(context =>
            {
                ProgressTask task = context.AddTask(Markup.Escape(what), maxValue: 1);
                result = run(share => task.Value = Math.Clamp(share, 0, 1));
                task.StopTask();
            });
        return result;
    }

    /// <summary>Writes a file of the output folder, if there is one.</summary>
    public void Save(string name, Action<Stream> write)
    {
        if (folder is null)
            return;
        folder.Create();
        using FileStream stream = File.Create(Path.Combine(folder.FullName, name));
        write(stream);
    }

    public void SaveCsv(string name, ReportTable table) => Save(name, stream =>
    {
        using var writer = new StreamWriter(stream);
        table.WriteCsv(writer);
    });

    public void End()
    {
        string ending = Token.IsCancellationRequested ? "The tour was interrupted; everything above is what was reached." : "That was the tour.";
        Say($"{ending} It took {_clock.Elapsed.TotalSeconds:f0} seconds.");
        Save("tour.html", stream =>
        {
            using var writer = new StreamWriter(stream);
            _report.Write(writer);
        });
        if (folder is not null)
            AnsiConsole.MarkupLine($"Files are in [link]{Markup.Escape(folder.FullName)}[/]; open tour.html in a browser.");
    }
}
