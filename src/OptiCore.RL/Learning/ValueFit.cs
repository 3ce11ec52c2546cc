using OptiCore.Differentiation;
using OptiCore.Optimizers;
using OptiCore.Persistence;

namespace OptiCore.RL;

/// <summary>Fits a critic to returns by least squares, in epochs of minibatches, apart from the policy: E[(V(s) - R)^2] is descended. An epoch costs one pass forward and backward for every row.</summary>
/// <typeparam name="TAction">The element type of actions.</typeparam>
public sealed class ValueFit<TAction> : IPersistent where TAction : unmanaged
{
    private readonly ActorCritic<TAction> _networks;
    private readonly RuleState<float> _optimizer;
    private readonly Replay<float> _loss;
    private readonly float[] _gradient;
    private readonly int _inputs;
    private readonly int _batch;
    private readonly int _epochs;
    private int[] _order = [];

    /// <summary>Starts the optimizer.</summary>
    /// <param name="networks">Whose critic is fitted; the policy must have a network of its own.</param>
    /// <param name="inputs">The number of elements of an observation.</param>
    /// <param name="optimizer">Turns gradients into steps.</param>
    /// <param name="batch">The rows of a minibatch.</param>
    /// <param name="epochs">How often a fit goes through the data.</param>
    public ValueFit(ActorCritic<TAction> networks, int inputs, IUpdateRule optimizer, int batch, int epochs)
    {
        _networks = Require.NotNull(networks);
        ArgumentNullException.ThrowIfNull(optimizer);
        _inputs = Require.Positive(inputs, nameof(inputs));
        _batch = Require.Positive(batch, nameof(batch));
        _epochs = Require.Positive(epochs, nameof(epochs));
        _loss = Compile().Start();
        _loss.Bind(0, networks.Parameters);
        _optimizer = optimizer.Start<float>(networks.ParameterLayout);
        _gradient = new float[networks.Parameters.Length];
    }

    /// <summary>Fits the critic and returns the mean loss of all minibatches, each taken before its step.</summary>
    /// <param name="observations">Observations, one row each.</param>
    /// <param name="returns">The targets.</param>
    /// <param name="entries">The rows that count.</param>
    /// <param name="key">The key of the order of rows.</param>
    public double Fit(ReadOnlySpan<float> observations, ReadOnlySpan<float> returns, ReadOnlySpan<int> entries, RandomKey key)
    {
        if (_order.Length < entries.Length)
            _order = new int[Math.Max(entries.Length, 2 * _order.Length)];
        Span<int> order = _order.AsSpan(0, entries.Length);
        double loss = 0;
        int batches = 0;
        for (int epoch = 0; epoch < _epochs; epoch++)
        {
            RandomStream stream = key.Fold(epoch).Stream();
            Draw.Permutation(ref stream, order);
            for (int first = 0; first < order.Length; first += _batch, batches++)
            {
                int count = Math.Min(_batch, order.Length - first);
                Span<float> weights = _loss.Input(3);
                weights.Clear();
                for (int row = 0; row < count; row++)
                {
                    int entry = entries[order[first + row]];
                    observations.Slice(entry * _inputs, _inputs).CopyTo(_loss.Input(1)[(row * _inputs)..]);
                    _loss.Input(2)[row] = returns[entry];
                    weights[row] = 1f / count;
                }

                _loss.Run();
                loss += _loss.Output(1)[0];
                _loss.Output(0).CopyTo(_gradient);
                _optimizer.Step(_networks.Parameters.Span, _gradient);
            }
        }

        return loss / batches;
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        ArgumentNullException.ThrowIfNull(archive);
        archive.Transfer(_optimizer);
    }

    private Computation<float> Compile()
    {
        Variable parameters = Variable.Input("parameters", [_networks.Parameters.Length]), observations = Variable.Input("observations", [_batch, _inputs]);
        Variable returns = Variable.Input("returns", [_batch]), weights = Variable.Input("weights", [_batch]);
        Variable loss = Operations.Sum(weights * Operations.Square(_networks.Apply(parameters, observations).Value - returns));
        return Computation.Compile<float>([parameters, observations, returns, weights], Derivative.Gradient(loss, parameters), loss);
    }
}
