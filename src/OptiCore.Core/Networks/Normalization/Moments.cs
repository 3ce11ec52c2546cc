using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>What normalizing modules share.</summary>
internal static class Moments
{
    /// <summary>(x - mean) / sqrt(variance + epsilon) over the last axis.</summary>
    public static Variable Standardize(Variable x, double epsilon) => new StandardizeOperation(epsilon).Apply(x)[0];

    /// <summary>x gain + bias with parameters of the last axis' length.</summary>
    public static Variable Rescale(Scope scope, Variable x, bool hasGain, bool hasBias)
    {
        Shape shape = [x.Shape[-1]];
        if (hasGain)
            x *= scope.Parameter("gain", shape, Initializer.Ones);
        return hasBias ? x + scope.Parameter("bias", shape, Initializer.Zeros) : x;
    }
}
