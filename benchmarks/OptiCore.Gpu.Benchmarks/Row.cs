using System.Globalization;

namespace OptiCore.Gpu.Benchmarks;

/// <summary>The seconds of one call: the median of several batches, the shortest and the longest of them.</summary>
internal readonly record struct Timing(double Median, double Least, double Most)
{
    /// <summary>Of batches in any order.</summary>
    public static Timing Of(double[] seconds)
    {
        double[] ordered = [.. seconds];
        Array.Sort(ordered);
        return new Timing(ordered[ordered.Length / 2], ordered[0], ordered[^1]);
    }

    /// <summary>The seconds of each of the parts that a call consists of.</summary>
    public Timing Over(double parts) => new(Median / parts, Least / parts, Most / parts);
}

/// <summary>What a rate is held against, in the same unit.</summary>
internal readonly record struct Floor(string Name, double Rate)
{
    /// <summary>The items a second that a bandwidth allows.</summary>
    public Floor Each(double bytes) => this with { Rate = Rate / bytes };
}

/// <summary>What is to be reached: a share of the floor, a multiple of it, or a rate.</summary>
internal readonly record struct Goal(GoalKind Kind, double Value)
{
    public static Goal Share(double value) => new(GoalKind.Share, value);

    public static Goal Times(double value) => new(GoalKind.Times, value);

    public static Goal Rate(double value) => new(GoalKind.Rate, value);
}

/// <summary>What a <see cref="Goal"/> is a number of.</summary>
internal enum GoalKind
{
    Share,
    Times,
    Rate,
}

/// <summary>A line of the table.</summary>
internal sealed record Row
{
    /// <summary>The heads of the columns.</summary>
    public const string Heads =
        "| What | Size | Median | Shortest to longest | Rate | Beside | Share | Goal | Met |\n|:--|:--|--:|--:|--:|:--|--:|--:|:--|";

    public required string What { get; init; }

    public required string Size { get; init; }

    /// <summary>The time of one call.</summary>
    public required Timing Time { get; init; }

    /// <summary>What is done in one call.</summary>
    public required double Work { get; init; }

    /// <summary>The unit of <see cref="Work"/>, with its prefix where it is counted as it is: B, flop, steps.</summary>
    public required string Unit { get; init; }

    public Floor? Beside { get; init; }

    public Goal? Goal { get; init; }

    /// <summary>What the reader has to know besides, without a full stop.</summary>
    public string Note { get; init; } = "";

    public double Rate => Work / Time.Median;

    /// <summary>The line as Markdown.</summary>
    /// <param name="isJudged">False where sizes or the device say nothing about speed.</param>
    public string Markdown(bool isJudged)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        string size = Note.Length == 0 ? Size : $"{Size}; {Note}", beside = "", share = "", goal = "", met = "";
        bool isMultiple = Goal is { Kind: GoalKind.Times };
        double ratio = Beside is { } floor ? Rate / floor.Rate : double.NaN;
        if (Beside is { } shown)
            beside = $"{shown.Name}: {Prefixed(shown.Rate, Unit)}/s";
        if (!double.IsNaN(ratio) && isJudged)
            share = isMultiple ? string.Create(c, $"{ratio:0.0} x") : string.Create(c, $"{100 * ratio:0.0} %");
        if (Goal is { } wanted)
        {
            goal = wanted.Kind switch
            {
                GoalKind.Share => string.Create(c, $"{100 * wanted.Value:0} %"),
                GoalKind.Times => string.Create(c, $"{wanted.Value:0} x"),
                _ => $"{Prefixed(wanted.Value, Unit)}/s",
            };
            double reached = wanted.Kind == GoalKind.Rate ? Rate : ratio;
            met = !isJudged || double.IsNaN(reached) ? "not judged" : reached >= wanted.Value ? "yes" : "no";
        }

        return $"| {What} | {size} | {Prefixed(Time.Median, "s")} | {Prefixed(Time.Least, "s")} to {Prefixed(Time.Most, "s")} | {Prefixed(Rate, Unit)}/s | {beside} | {share} | {goal} | {met} |";
    }

    /// <summary>A positive number with three digits and a decimal prefix.</summary>
    private static string Prefixed(double value, string unit)
    {
        ReadOnlySpan<string> prefixes = ["n", "u", "m", "", "k", "M", "G", "T", "P"];
        int place = 3;
        for (; value >= 999.5 && place < prefixes.Length - 1; place++)
            value /= 1000;
        for (; value < 0.9995 && place > 0; place--)
            value *= 1000;
        string format = value >= 99.95 ? "0" : value >= 9.995 ? "0.0" : "0.00", space = unit.Length > 1 && prefixes[place].Length > 0 && unit != "flop" ? " " : "";
        return string.Create(CultureInfo.InvariantCulture, $"{value.ToString(format, CultureInfo.InvariantCulture)} {prefixes[place]}{space}{unit}");
    }
}
