using OptiCore.Numerics;

namespace OptiCore.Bandits;

/// <summary>q(x, a) = phi(x, a) beta, or its logistic function.</summary>
internal sealed class LinearPredictor(DecisionShape shape, FeatureMap map, double[] coefficients, bool isLogistic) : IRewardPredictor
{
    public void Predict(DecisionLog log, Span<double> predictions)
    {
        RewardModelArgument.Check(log, shape, predictions);
        double[] features = new double[map.Length];
        for (int i = 0; i < log.Count; i++)
        {
            ReadOnlySpan<double> context = log.Contexts.Slice(i * shape.ContextLength, shape.ContextLength);
            for (int a = 0; a < shape.Actions; a++)
            {
                map.Write(context, a, features);
                double value = Reduce.Dot<double>(features, coefficients);
                predictions[(i * shape.Actions) + a] = isLogistic ? SpecialFunctions.Expit(value) : value;
            }
        }
    }
}
