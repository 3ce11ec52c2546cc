using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace OptiCore.Solving;

/// <summary>What runs tell to logs and metrics. Costs nothing while nobody listens.</summary>
internal static partial class RunTelemetry
{
    private static readonly Meter Meter = new("OptiCore.Solving");
    private static readonly Counter<long> Evaluations = Meter.CreateCounter<long>("opticore.solving.evaluations", "{point}", "Points evaluated by all runs.");

    public static void Evaluated(int points) => Evaluations.Add(points);

    public static void Started(ILogger? logger, string kind)
    {
        if (logger is not null)
            LogStarted(logger, kind);
    }

    public static void Ended(ILogger logger, string kind, StopReason reason, long iterations, long evaluations, double best) =>
        LogEnded(logger, kind, reason, iterations, evaluations, best);

    [LoggerMessage(1, LogLevel.Information, "{Kind} started")]
    private static partial void LogStarted(ILogger logger, string kind);

    [LoggerMessage(2, LogLevel.Information, "{Kind} ended: {Reason} after {Iterations} iterations, {Evaluations} evaluations, best value {Best}")]
    private static partial void LogEnded(ILogger logger, string kind, StopReason reason, long iterations, long evaluations, double best);
}
