using System.CommandLine;
using OptiCore.GpuTour;
using OptiCore.GpuTour.Chapters;

// What a device does for a program in C#, in six chapters:
//   dotnet run -c Release -p:OptiCoreGpu=true --project samples/Gpu                            a GPU, or this processor where there is none
//   dotnet run -c Release -p:OptiCoreGpu=true --project samples/Gpu -- --simulated --quick     a GPU's kernels on this processor, slowly
//   dotnet run -c Release -p:OptiCoreGpu=true --project samples/Gpu -- --chapter 2
var simulated = new Option<bool>("--simulated") { Description = "Run the kernels thread by thread on this processor, to see them work where there is no GPU." };
var chapter = new Option<int?>("--chapter") { Description = "Run one chapter (1 to 6) instead of all." };
var quick = new Option<bool>("--quick") { Description = "Smaller sizes." };

IChapter[] chapters = [new OpenChapter(), new TrainChapter(), new KernelChapter(), new RandomChapter(), new SimulateChapter(), new SampleChapter()];
chapter.Validators.Add(result =>
{
    if (result.GetValueOrDefault<int?>() is { } n && (n < 1 || n > chapters.Length))
        result.AddError($"--chapter is {n}; there are chapters 1 to {chapters.Length}.");
});

var command = new RootCommand("OptiCore on a device: memory, training, kernels, random numbers, simulations, sampling.") { simulated, chapter, quick };
command.SetAction(parsed =>
{
    using var tour = new DeviceTour(parsed.GetValue(simulated), parsed.GetValue(quick));
    for (int i = 0; i < chapters.Length; i++)
    {
        if (parsed.GetValue(chapter) is { } wanted && wanted != i + 1)
            continue;
        Console.WriteLine($"\n{i + 1}. {chapters[i].Title}\n");
        chapters[i].Run(tour);
    }

    return tour.Differences;
});
return command.Parse(args).Invoke();
