using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>x + f(x): K. He et al. (2016), "Deep residual learning for image recognition". Part: <c>inner</c>.</summary>
/// <param name="Inner">The module f, whose output has the shape of its input.</param>
public sealed record Residual(Module Inner) : Module
{
    /// <summary>The module f.</summary>
    public Module Inner { get; init => field = Require.NotNull(value); } = Require.NotNull(Inner);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The output of f hasn't the shape of x.</exception>
    public override Variable Apply(Scope scope, Variable x)
    {
        Variable y = Inner.Apply(Require.NotNull(scope).Part("inner"), x);
        return y.Shape == x.Shape ? x + y : throw new ArgumentException($"A residual module gives {y.Shape} for {x.Shape}: the shapes must be equal.", nameof(x));
    }
}
