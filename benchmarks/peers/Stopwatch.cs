namespace OptiCore.Peers;

internal static class Stopwatch
{
    /// <summary>The seconds that so many calls take.</summary>
    public static double Seconds(Action action, int repeat)
    {
        long started = System.Diagnostics.Stopwatch.GetTimestamp();
        for (int i = 0; i < repeat; i++)
            action();
        return System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds;
    }
}
