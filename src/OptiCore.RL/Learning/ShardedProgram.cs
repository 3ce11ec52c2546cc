using System.Numerics.Tensors;
using OptiCore.Differentiation;

namespace OptiCore.RL;

/// <summary>
/// The loss of a batch and its gradient, as several replays of one computation over equal parts of the rows: workers do parts at the same time, and sums over parts are taken in their
/// order, so that results have the same bits for any number of workers.
/// </summary>
public sealed class ShardedProgram
{
    private readonly Replay<float>[] _replays;
    private readonly IWorkers _workers;
    private readonly Action<int> _work;
    private Action<int, Replay<float>>? _fill;
    private int _computed;

    /// <summary>Starts the replays.</summary>
    /// <param name="computation">What is computed for each part.</param>
    /// <param name="shards">The number of parts.</param>
    /// <param name="workers">Who computes them.</param>
    public ShardedProgram(Computation<float> computation, int shards, IWorkers workers)
    {
        ArgumentNullException.ThrowIfNull(computation);
        _workers = Require.NotNull(workers);
        _replays = new Replay<float>[Require.Positive(shards, nameof(shards))];
        for (int i = 0; i < shards; i++)
            _replays[i] = computation.Start();
        _computed = shards;
        _work = Work;
    }

    /// <summary>The number of parts.</summary>
    public int Shards => _replays.Length;

    /// <summary>The parts that a number of rows is cut into: parts of 128 rows, or one if that doesn't divide them.</summary>
    /// <param name="rows">The number of rows.</param>
    public static int ShardsFor(int rows) => rows % 128 == 0 ? rows / 128 : 1;

    /// <summary>One part.</summary>
    /// <param name="shard">Its number.</param>
    public Replay<float> this[int shard] => _replays[shard];

    /// <summary>Shares memory between all parts.</summary>
    /// <param name="input">The input's place.</param>
    /// <param name="block">The memory.</param>
    public void Bind(int input, Block<float> block)
    {
        foreach (Replay<float> replay in _replays)
            replay.Bind(input, block);
    }

    /// <summary>Computes all parts.</summary>
    /// <param name="fill">Writes the inputs of a part; called by the workers.</param>
    public void Run(Action<int, Replay<float>> fill) => Run(fill, _replays.Length);

    /// <summary>Computes the first parts only.</summary>
    /// <param name="fill">Writes the inputs of a part; called by the workers.</param>
    /// <param name="shards">The number of parts.</param>
    public void Run(Action<int, Replay<float>> fill, int shards)
    {
        _fill = Require.NotNull(fill);
        _computed = (int)Require.InClosed(shards, 1, _replays.Length, nameof(shards));
        _workers.ForEach(_computed, _work);
    }

    /// <summary>The sum of an output over all parts that were computed last.</summary>
    /// <param name="output">The output's place.</param>
    /// <param name="total">Receives the sum.</param>
    public void Sum(int output, Span<float> total)
    {
        _replays[0].Output(output).CopyTo(total);
        for (int i = 1; i < _computed; i++)
            TensorPrimitives.Add(total, _replays[i].Output(output), total);
    }

    private void Work(int shard)
    {
        Replay<float> replay = _replays[shard];
        _fill!(shard, replay);
        replay.Run();
    }
}
