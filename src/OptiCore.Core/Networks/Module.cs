using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// A part of a network: a plain record of sizes and choices, which writes the expression of its output and asks for the parameters that it needs on the way. It holds no numbers.
/// </summary>
public abstract record Module
{
    /// <summary>Writes the module's output.</summary>
    /// <param name="scope">Where its parameters are.</param>
    /// <param name="x">The input; the last axis has the features, the axes before are batches.</param>
    public abstract Variable Apply(Scope scope, Variable x);
}
