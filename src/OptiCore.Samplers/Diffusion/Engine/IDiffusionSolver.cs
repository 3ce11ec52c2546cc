using OptiCore.Persistence;

namespace OptiCore.Samplers;

/// <summary>A configured sampler of diffusion models: it goes from noise to data through the levels of a grid. Holds no run.</summary>
/// <remarks>Most are a <see cref="PlannedSolver"/>: all they do is a list of linear combinations and evaluations, which is written once for a grid. A method whose path depends on the samples, such as one that
/// chooses its steps, implements this interface.</remarks>
public interface IDiffusionSolver
{
    /// <summary>Starts on a batch. Nothing is evaluated yet.</summary>
    /// <param name="problem">Model, grid, noise and batch.</param>
    /// <param name="initial">The samples at the grid's first level, one row after the other. Copied.</param>
    DiffusionState Start(DiffusionProblem problem, ReadOnlySpan<double> initial);
}

/// <summary>What a solver works on.</summary>
public sealed record DiffusionProblem
{
    /// <summary>The model.</summary>
    public required IDiffusionModel Model { get; init => field = Require.NotNull(value); }

    /// <summary>The levels.</summary>
    public required TimeGrid Grid { get; init => field = Require.NotNull(value); }

    /// <summary>The number of samples in the batch.</summary>
    public required int Count { get; init => field = Require.Positive(value); }

    /// <summary>The noise of stochastic solvers.</summary>
    public INoiseSource Noise { get; init => field = Require.NotNull(value); } = new KeyedNoise(RandomKey.FromSeed(0));

    /// <summary>The index of the batch's first sample in the whole that it is part of; the noise depends on it. Default: 0.</summary>
    public long FirstSample { get; init => field = value >= 0 ? value : throw new ArgumentOutOfRangeException(nameof(FirstSample), value, $"FirstSample is {value} but must be at least 0."); }

    /// <summary>Who evaluates parts of the batch, where the model allows it. Default: the calling thread.</summary>
    public IWorkers Workers { get; init => field = Require.NotNull(value); } = OptiCore.Workers.Serial;
}

/// <summary>The standard normal numbers of a stochastic solver.</summary>
public interface INoiseSource
{
    /// <summary>Fills the rows of a batch.</summary>
    /// <param name="draw">The number of the draw: 0, 1, ... in the order in which the solver needs them.</param>
    /// <param name="firstSample">The index of the first row's sample; a row depends on its sample and the draw only.</param>
    /// <param name="dimension">The number of elements of a row.</param>
    /// <param name="rows">Receives the rows.</param>
    void Fill(int draw, long firstSample, int dimension, Span<double> rows);
}

/// <summary>Noise of a key: draw k is the stream of <c>key.Fold(k)</c>, of which sample i has the elements i n to (i + 1) n - 1.</summary>
/// <param name="Key">The key.</param>
public sealed record KeyedNoise(RandomKey Key) : INoiseSource
{
    /// <inheritdoc/>
    public void Fill(int draw, long firstSample, int dimension, Span<double> rows) =>
        Randomness.RandomFill.Normal(Key.Fold(draw), rows, checked((ulong)(firstSample * dimension)));
}

/// <summary>A batch on its way through a grid.</summary>
public abstract class DiffusionState : IPersistent
{
    /// <summary>The samples at <see cref="Level"/>, one row after the other.</summary>
    public abstract ReadOnlySpan<double> Samples { get; }

    /// <summary>The level of the samples.</summary>
    public abstract NoiseLevel Level { get; }

    /// <summary>The share of the way done, from 0 to 1.</summary>
    public abstract double Progress { get; }

    /// <summary>True when the last level is reached.</summary>
    public abstract bool IsFinished { get; }

    /// <summary>How often the model was evaluated on the whole batch.</summary>
    public abstract long Evaluations { get; }

    /// <summary>Goes to the next level.</summary>
    /// <returns>False when the model or the samples weren't finite; the samples are then those of before, and the state goes no further.</returns>
    public abstract bool Step();

    /// <inheritdoc/>
    public abstract void Persist(StateArchive archive);
}
