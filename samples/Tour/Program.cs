using System.CommandLine;
using OptiCore.Tour;
using OptiCore.Tour.Chapters;

// One real run through every layer:
//   dotnet run -c Release --project samples/Tour
//   dotnet run -c Release --project samples/Tour -- --chapter 2 --seed 7 --out results
var chapter = new Option<int?>("--chapter") { Description = "Run one chapter (1 to 5) instead of all." };
var seed = new Option<ulong>("--seed") { Description = "The seed that everything random depends on.", DefaultValueFactory = _ => 1 };
var folder = new Option<DirectoryInfo?>("--out") { Description = "Write CSV, JSON Lines, Stan CSV and an HTML page with plots to this folder." };
var quick = new Option<bool>("--quick") { Description = "Smaller budgets: a look at everything in a few seconds." };

IChapter[] chapters = [new FitChapter(), new SampleChapter(), new BanditChapter(), new MinimizeChapter(), new LearnChapter()];
chapter.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int?>() is { } n && (n < 1 || n > chapters.Length))
        result.AddError($"--chapter is {n}; there are chapters 1 to {chapters.Length}.");
});

var command = new RootCommand("A tour of OptiCore: curve fitting, sampling, bandits, optimization and reinforcement learning on real data.")
{
    chapter, seed, folder, quick,
};
command.SetAction(parsed =>
{
    using var cancellation = new CancellationTokenSource();
    Console.CancelKeyPress += (_, pressed) =>
    {
        // The first Ctrl-C asks every run to end with what it has; a second one kills the process.
        pressed.Cancel = !cancellation.IsCancellationRequested;
        cancellation.Cancel();
    };
    var tour = new TourContext(parsed.GetValue(seed), parsed.GetValue(folder), parsed.GetValue(quick), cancellation.Token);
    foreach (IChapter one in chapters)
    {
        if (parsed.GetValue(chapter) is { } wanted && wanted != one.Number)
            continue;
        if (cancellation.IsCancellationRequested)
            break;
        tour.Begin(one);
        one.Run(tour);
    }

    tour.End();
    return cancellation.IsCancellationRequested ? 130 : 0;
});
return command.Parse(args).Invoke(new InvocationConfiguration { ProcessTerminationTimeout = null });
