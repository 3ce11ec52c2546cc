using OptiCore.Differentiation;

namespace OptiCore.Networks;

/// <summary>
/// A network whose output are the parameters of another: y = f(x; theta0 + g(c) W), where f is <see cref="Main"/>, g the <see cref="Generator"/> and c a condition.
/// Parts: <c>generator</c>; parameters: <c>base</c> [n], <c>projection</c> [features of g, n], for the n parameters of f.
/// </summary>
/// <remarks>
/// <para>D. Ha, A. Dai, Q. V. Le (2017), "HyperNetworks". theta0 is at first what f itself would begin with, so that f begins well scaled whatever g gives; the projection begins small:
/// O. Chang, L. Flokas, H. Lipson (2020), "Principled weight initialization for hypernetworks".</para>
/// <para>Where every example has its own condition, every example has its own parameters: memory and time are n times the number of examples.</para>
/// </remarks>
public sealed record Hypernetwork : Module
{
    /// <summary>The network f, without states.</summary>
    public required Module Main { get; init => field = Require.NotNull(value); }

    /// <summary>The network g, which gives features of the condition.</summary>
    public required Module Generator { get; init => field = Require.NotNull(value); }

    /// <summary>How many of the last axis' first features are the condition, when there is one input only.</summary>
    public required int ConditionSize { get; init => field = Require.Positive(value); }

    /// <summary>What the projection is at first. Default: normal with the standard deviation 0.01.</summary>
    public Initializer Projection { get; init => field = Require.NotNull(value); } = Initializer.Normal(0.01);

    /// <summary>The output for examples [batch, condition and features].</summary>
    /// <param name="scope">Where the parameters are.</param>
    /// <param name="x">The conditions and the inputs of f, beside each other along the last axis.</param>
    /// <exception cref="ArgumentException">There are no features beside the condition.</exception>
    public override Variable Apply(Scope scope, Variable x)
    {
        int features = x.Rank == 0 ? 0 : x.Shape[-1] - ConditionSize;
        if (features < 1)
            throw new ArgumentException($"An input of shape {x.Shape} has no features beside a condition of {ConditionSize}.", nameof(x));
        return Apply(scope, Operations.Slice(x, -1, 0, ConditionSize), Operations.Slice(x, -1, ConditionSize, features));
    }

    /// <summary>The output for a condition, of one axis for all of x, or of as many leading axes as x, for every example.</summary>
    /// <param name="scope">Where the parameters are.</param>
    /// <param name="condition">[size] or [..., size].</param>
    /// <param name="x">The input of f.</param>
    /// <exception cref="ArgumentException">The leading axes differ, or f has states.</exception>
    public Variable Apply(Scope scope, Variable condition, Variable x)
    {
        ArgumentNullException.ThrowIfNull(scope);
        bool isShared = condition.Rank == 1;
        if (!isShared && (x.Rank != condition.Rank || x.Shape.Leading(x.Rank - 1) != condition.Shape.Leading(x.Rank - 1)))
            throw new ArgumentException($"Conditions of shape {condition.Shape} for inputs of shape {x.Shape}: one condition, or one for each input.", nameof(condition));
        var main = new Network(Main, isShared ? x.Shape : [x.Shape[-1]]);
        if (main.StateCount > 0)
            throw new ArgumentException("The main network has states; a hypernetwork has none to give.", nameof(x));
        Variable features = Generator.Apply(scope.Part("generator"), condition);
        Variable parameters = scope.Parameter("base", [main.ParameterCount], new OfNetwork(main))
            + Operations.MatMul(features, scope.Parameter("projection", [features.Shape[-1], main.ParameterCount], Projection));
        if (isShared)
            return main.Apply(parameters, x);

        int count = x.Shape.ElementCount / x.Shape[-1];
        Variable y = Derivative.Batch(
            (theta, element) => main.Apply(theta, element),
            Operations.Reshape(parameters, [count, main.ParameterCount]),
            Operations.Reshape(x, [count, x.Shape[-1]]));
        return Operations.Reshape(y, y.Shape.Trailing(y.Rank - 1).After(x.Shape.Leading(x.Rank - 1).Lengths));
    }

    /// <summary>The numbers that a network begins with.</summary>
    private sealed record OfNetwork(Network Network) : Initializer
    {
        public override void Fill(RandomKey key, Shape shape, Span<double> values) => Network.Initialize(key, values);
    }
}
