using OptiCore.Differentiation;
using OptiCore.Networks;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.RL;

/// <summary>
/// A linear layer with noise in its weights, y = x (M + S * (f(a) f(b)')) + m + s * f(b) with f(z) = sign(z) sqrt|z|, standard normal a for inputs and b for outputs, drawn once for all rows
/// while training; otherwise y = x M + m. The noise's scales S, s are learnt: exploration that the task switches off.
/// </summary>
/// <param name="Outputs">The number of outputs.</param>
/// <remarks>
/// M. Fortunato et al. (2018), "Noisy networks for exploration", factorised noise: M uniform in +-1 / sqrt(inputs), S = sigma0 / sqrt(inputs).
/// </remarks>
public sealed record NoisyLinear(int Outputs) : Module
{
    /// <summary>The number of outputs.</summary>
    public int Outputs { get; init => field = Require.Positive(value); } = Require.Positive(Outputs, nameof(Outputs));

    /// <summary>sigma0. Default: 0.5.</summary>
    public double InitialNoise { get; init => field = Require.Positive(value); } = 0.5;

    /// <inheritdoc/>
    public override Variable Apply(Scope scope, Variable x)
    {
        ArgumentNullException.ThrowIfNull(scope);
        int inputs = x.Shape[-1];
        double bound = 1 / Math.Sqrt(inputs);
        Initializer uniform = Initializer.Uniform(-bound, bound), scale = Initializer.Value(InitialNoise * bound);
        Variable weight = scope.Parameter("weight", [inputs, Outputs], uniform), bias = scope.Parameter("bias", [Outputs], uniform);
        Variable weightNoise = scope.Parameter("weightNoise", [inputs, Outputs], scale), biasNoise = scope.Parameter("biasNoise", [Outputs], scale);
        if (!scope.IsTraining)
            return MatMul(x, weight) + bias;
        Variable a = Shape(RandomNormal(scope.Key("inputs"), [inputs, 1])), b = Shape(RandomNormal(scope.Key("outputs"), [Outputs]));
        return MatMul(x, weight + (weightNoise * (a * b))) + bias + (biasNoise * b);
    }

    private static Variable Shape(Variable z) => Sign(z) * Sqrt(Abs(z));
}
