using System.Diagnostics;
using System.Globalization;
using OptiCore.Devices;

namespace OptiCore.Gpu.Benchmarks;

/// <summary>Measures cases one after the other and prints each as soon as it is known, so that a run that is cut off has said what it knew.</summary>
internal static class Table
{
    /// <summary>Prints the table on the standard output, progress on the error output.</summary>
    /// <returns>False if something couldn't be measured.</returns>
    public static bool Print(Bench bench, ReadOnlySpan<Case> cases)
    {
        foreach (string line in Machine.Describe(bench.Device))
            Console.WriteLine(line);
        Console.WriteLine(bench.IsJudged
            ? $"- Each time is the median of {bench.Batches} batches, of at least 10 ms where calls can be repeated, from an idle device to an idle device, after warm-up"
            : "- Sizes or device say nothing about speed: goals aren't judged");
        bench.MeasureMemory();
        bool isComplete = true;
        string group = "";
        foreach (Case one in cases)
        {
            if (one.Group != group)
            {
                group = one.Group;
                Console.WriteLine();
                Console.WriteLine($"### {char.ToUpperInvariant(group[0])}{group[1..]}");
                Console.WriteLine();
                Console.WriteLine(Row.Heads);
            }

            long start = Stopwatch.GetTimestamp();
            try
            {
                Console.WriteLine(one.Measure(bench).Markdown(bench.IsJudged));
            }
            catch (Exception e) when (e is DeviceException or InvalidOperationException or NotSupportedException)
            {
                isComplete = false;
                Console.WriteLine($"| {one.Name} | not measured: {e.Message.ReplaceLineEndings(" ").Replace('|', '/')} | | | | | | | |");
                if (e is DeviceLostException)
                {
                    Console.WriteLine();
                    Console.WriteLine($"The device was lost; what comes after '{one.Group}: {one.Name}' has to be measured in another run (--filter).");
                    return false;
                }
            }

            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{one.Group}: {one.Name}: {Stopwatch.GetElapsedTime(start).TotalSeconds:0.0} s"));
        }

        return isComplete;
    }
}
