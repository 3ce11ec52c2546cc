using System.Globalization;

namespace OptiCore.Bandits.CrashChild;

/// <summary>What the child asks of its service, as lines of text that the parent asks of a service in memory too.</summary>
public static class CrashScript
{
    /// <summary>The service, with a log or without.</summary>
    /// <param name="kind">Which policy.</param>
    /// <param name="folder">The folder of the log; null for none.</param>
    public static DecisionService Open(string kind, string? folder)
    {
        var options = new DecisionServiceOptions { Key = RandomKey.FromSeed(5), Journal = folder, RecordsPerSnapshot = 41, MostPending = 64, Name = kind };
        return kind switch
        {
            "index" => new DecisionService(new UcbTuned(), ["a", "b", "c"], options),
            _ => new DecisionService(new ThompsonSampling(), ["a", "b", "c"], options with { HasPropensities = false }),
        };
    }

    /// <summary>The next line: it depends on the draws and on what the service has.</summary>
    /// <param name="service">The service.</param>
    /// <param name="stream">The draws.</param>
    /// <param name="names">The number of actions ever added, for their names.</param>
    public static string Next(DecisionService service, ref RandomStream stream, ref int names)
    {
        double u = stream.NextDouble();
        long next = service.DecisionCount, id = Math.Max(0, next - 1 - (long)(40 * stream.NextDouble()));
        if (u < 0.5 || next == 0)
            return "decide";
        if (u < 0.92)
            return string.Create(CultureInfo.InvariantCulture, $"reward {id} {stream.NextDouble():R}");
        if (u < 0.96)
            return string.Create(CultureInfo.InvariantCulture, $"giveup {id}");
        IReadOnlyList<string> actions = service.ActionNames;
        return u < 0.98 && actions.Count < 6
            ? string.Create(CultureInfo.InvariantCulture, $"add action {next}.{names++}")
            : $"remove {actions[(int)(actions.Count * stream.NextDouble())]}";
    }

    /// <summary>Does what a line says.</summary>
    /// <param name="service">The service.</param>
    /// <param name="line">The line.</param>
    /// <returns>False if the service refused it.</returns>
    public static bool Do(DecisionService service, string line)
    {
        string[] words = line.Split(' ', 2);
        try
        {
            switch (words[0])
            {
                case "decide":
                    service.Decide();
                    break;
                case "reward":
                    string[] numbers = words[1].Split(' ');
                    service.Reward(long.Parse(numbers[0], CultureInfo.InvariantCulture), double.Parse(numbers[1], CultureInfo.InvariantCulture));
                    break;
                case "giveup":
                    service.GiveUp(long.Parse(words[1], CultureInfo.InvariantCulture));
                    break;
                case "add":
                    service.AddAction(words[1]);
                    break;
                default:
                    service.RemoveAction(words[1]);
                    break;
            }

            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
