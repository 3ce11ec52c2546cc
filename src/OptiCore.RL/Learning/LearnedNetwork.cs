using System.Numerics;
using System.Numerics.Tensors;
using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Optimizers;
using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>A network with its parameters, the optimizer that steps them, the parameters kept as the best, and if wanted the slowly following ones of a target network.</summary>
public sealed class LearnedNetwork : IPersistent
{
    private readonly RuleState<float> _optimizer;
    private readonly float[] _kept;

    /// <summary>Writes the first parameters; those of the target are the same.</summary>
    /// <param name="network">The network.</param>
    /// <param name="optimizer">Turns gradients into steps.</param>
    /// <param name="key">The key of the first parameters.</param>
    public LearnedNetwork(Network network, IUpdateRule optimizer, RandomKey key)
    {
        Network = Require.NotNull(network);
        ArgumentNullException.ThrowIfNull(optimizer);
        Parameters = new Block<float>(network.ParameterCount);
        Target = new Block<float>(network.ParameterCount);
        network.Initialize(key, Parameters.Span);
        Parameters.Span.CopyTo(Target.Span);
        _kept = Parameters.Span.ToArray();
        Gradient = new float[network.ParameterCount];
        _optimizer = optimizer.Start<float>(LayoutOf(network));
    }

    /// <summary>The network.</summary>
    public Network Network { get; }

    /// <summary>The number of parameters.</summary>
    public int Length => Network.ParameterCount;

    /// <summary>The parameters, shared with whatever is bound to them.</summary>
    public Block<float> Parameters { get; }

    /// <summary>The parameters of the target network.</summary>
    public Block<float> Target { get; }

    /// <summary>Where the gradient for the next <see cref="Step"/> goes.</summary>
    public float[] Gradient { get; }

    /// <summary>The parameters that <see cref="Keep"/> kept last.</summary>
    public ReadOnlySpan<float> Kept => _kept;

    /// <summary>Whether all parameters are numbers.</summary>
    public bool IsFinite => float.IsFinite(TensorPrimitives.SumOfMagnitudes<float>(Parameters.Span));

    /// <summary>The shapes of a network's parameters, for update rules that go by them.</summary>
    /// <param name="network">The network.</param>
    public static ParameterLayout LayoutOf(Network network)
    {
        ArgumentNullException.ThrowIfNull(network);
        int[][] shapes = new int[network.Parameters.Count][];
        for (int i = 0; i < shapes.Length; i++)
        {
            shapes[i] = new int[network.Parameters[i].Shape.Rank];
            for (int axis = 0; axis < shapes[i].Length; axis++)
                shapes[i][axis] = network.Parameters[i].Shape[axis];
        }

        return ParameterLayout.Of(shapes);
    }

    /// <summary>Takes the gradient of all parts and steps the parameters.</summary>
    /// <param name="program">Whose first output is the gradient.</param>
    public void Step(ShardedProgram program)
    {
        ArgumentNullException.ThrowIfNull(program);
        program.Sum(0, Gradient);
        _optimizer.Step(Parameters.Span, Gradient);
    }

    /// <summary>Moves the target a part of the way to the parameters: target &lt;- (1 - tau) target + tau parameters; 1 copies them.</summary>
    /// <param name="tau">The part.</param>
    public void Follow(double tau)
    {
        Span<float> target = Target.Span, parameters = Parameters.Span[..target.Length];
        if (tau == 1)
        {
            parameters.CopyTo(target);
            return;
        }

        // Two roundings of products and one of their sum, on all processors.
        float part = (float)tau, rest = 1 - part;
        int i = 0;
        for (; i <= target.Length - Vector<float>.Count; i += Vector<float>.Count)
            ((rest * new Vector<float>(target[i..])) + (part * new Vector<float>(parameters[i..]))).CopyTo(target[i..]);
        for (; i < target.Length; i++)
            target[i] = (rest * target[i]) + (part * parameters[i]);
    }

    /// <summary>Keeps the parameters as they are now.</summary>
    public void Keep() => Parameters.Span.CopyTo(_kept);

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer<float>(Parameters.Span);
        archive.Transfer<float>(Target.Span);
        archive.Transfer<float>(_kept);
        archive.Transfer(_optimizer);
    }
}
