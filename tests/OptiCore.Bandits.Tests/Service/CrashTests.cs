using System.Diagnostics;
using System.Globalization;
using OptiCore.Bandits.CrashChild;

namespace OptiCore.Bandits.Tests.Service;

/// <summary>A process with a decision service is killed at random points, again and again: after each the log gives what was acknowledged, once.</summary>
public sealed class CrashTests
{
    private const int Kills = 100;

    [Theory]
    [InlineData("index", 1)]
    [InlineData("posterior", 2)]
    public void After_a_kill_nothing_acknowledged_is_lost_and_nothing_counts_twice(string kind, ulong seed)
    {
        string folder = Path.Combine(Path.GetTempPath(), $"opticore-crash-{kind}-{Environment.ProcessId}");
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
        try
        {
            using DecisionService shadow = CrashScript.Open(kind, null);
            RandomStream ends = RandomKey.FromSeed(seed).Stream();
            int inFlight = 0, happened = 0;
            for (int kill = 0; kill < Kills; kill++)
            {
                List<string> lines = Run(kind, folder, (seed * 1000) + (ulong)kill, 1 + (int)(2000 * ends.NextDouble()));
                string? open = null;
                foreach (string line in lines)
                {
                    if (line.StartsWith("? ", StringComparison.Ordinal))
                        open = line[2..];
                    else
                    {
                        Assert.Equal(line == "done", CrashScript.Do(shadow, open!));
                        open = null;
                    }
                }

                using DecisionService recovered = CrashScript.Open(kind, folder);
                byte[] actual = Saved(recovered);
                if (!actual.SequenceEqual(Saved(shadow)))
                {
                    Assert.True(open is not null, $"kill {kill}: every call had been acknowledged, and the state is another one");
                    Assert.True(CrashScript.Do(shadow, open!), $"kill {kill}: '{open}' would have been refused, and the state is another one");
                    Assert.True(actual.SequenceEqual(Saved(shadow)), $"kill {kill}: the state is neither the one before '{open}' nor the one after");
                    happened++;
                }

                inFlight += open is null ? 0 : 1;
            }

            TestContext.Current.TestOutputHelper?.WriteLine($"{shadow.DecisionCount} decisions, {shadow.RewardCount} rewards, {inFlight} calls cut off, {happened} of them had happened");

            // Between two kills there must be work, and of the calls that were cut off some that had happened and some that hadn't.
            Assert.True(shadow.RewardCount > 3 * Kills, $"{shadow.RewardCount} rewards are too few to test anything");
            Assert.InRange(happened, 1, inFlight - 1);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Starts a child, kills it when it has said so much, wherever it is by then, and returns its whole lines.</summary>
    private static List<string> Run(string kind, string folder, ulong seed, int characters)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "OptiCore.Bandits.CrashChild.dll");
        using var process = Process.Start(new ProcessStartInfo(Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet", ["exec", program, kind, folder, seed.ToString(CultureInfo.InvariantCulture)])
        {
            RedirectStandardOutput = true,
        })!;
        var text = new System.Text.StringBuilder();
        char[] buffer = new char[1 << 14];
        for (int read = 1; read > 0;)
        {
            read = process.StandardOutput.Read(buffer, 0, buffer.Length);
            text.Append(buffer, 0, read);
            if (text.Length >= characters && !process.HasExited)
                process.Kill();
        }

        process.WaitForExit();
        Assert.Equal(137, process.ExitCode);
        string all = text.ToString();
        return [.. all[..(all.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    private static byte[] Saved(DecisionService service)
    {
        using var stream = new MemoryStream();
        service.Save(stream);
        return stream.ToArray();
    }
}
