namespace OptiCore.Bandits;

/// <summary>Checks that reward models share.</summary>
internal static class RewardModelArgument
{
    public static void Check(DecisionLog log, DecisionShape shape, Span<double> predictions)
    {
        ArgumentNullException.ThrowIfNull(log);
        if (log.Shape.Actions != shape.Actions || log.Shape.ContextLength != shape.ContextLength || log.Shape.Positions != shape.Positions)
            throw new ArgumentException($"log has decisions of {log.Shape}, the model was fitted to those of {shape}.", nameof(log));
        Require.Length(predictions.Length, log.Count * shape.Positions * shape.Actions, nameof(predictions));
    }
}
