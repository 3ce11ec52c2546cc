using OptiCore.Differentiation;

namespace OptiCore.RL;

/// <summary>
/// A computation over rows, for any number of them: it is compiled for one row and for blocks of <see cref="BlockRows"/>, each when first needed. For one thread at a time.
/// </summary>
/// <param name="compile">Compiles it for a number of rows. Input 0 and output 0 are the rows.</param>
/// <param name="parameters">What is bound to input 1.</param>
public sealed class RowProgram(Func<int, Computation<float>> compile, Block<float> parameters)
{
    /// <summary>The number of rows of a block.</summary>
    public const int BlockRows = 64;

    private readonly Func<int, Computation<float>> _compile = Require.NotNull(compile);
    private readonly Block<float> _parameters = Require.NotNull(parameters);
    private Replay<float>? _single;
    private Replay<float>? _block;

    /// <summary>Computes all rows.</summary>
    /// <param name="x">The rows.</param>
    /// <param name="rows">Their number.</param>
    /// <param name="y">Receives as many rows.</param>
    public void Run(ReadOnlySpan<float> x, int rows, Span<float> y) => Run(x, rows, y, null, default);

    /// <summary>Computes all rows of a computation that draws random numbers. A row's result depends on the key and its place only.</summary>
    /// <param name="x">The rows.</param>
    /// <param name="rows">Their number.</param>
    /// <param name="y">Receives as many rows.</param>
    /// <param name="name">The key in the expression; null if there is none.</param>
    /// <param name="key">Its value; block b of rows uses <c>key.Fold(b)</c>.</param>
    public void Run(ReadOnlySpan<float> x, int rows, Span<float> y, KeyVariable? name, RandomKey key)
    {
        Require.Positive(rows, nameof(rows));
        int inputs = x.Length / rows, outputs = y.Length / rows;
        Require.Length(x.Length, rows * inputs, nameof(x));
        Require.Length(y.Length, rows * outputs, nameof(y));
        for (int done = 0; done < rows; done += BlockRows)
        {
            int count = Math.Min(rows - done, BlockRows);
            Replay<float> replay = count == 1 ? _single ??= Start(1) : _block ??= Start(BlockRows);
            x.Slice(done * inputs, count * inputs).CopyTo(replay.Input(0));
            if (name is not null)
                replay.SetKey(name, key.Fold(done / BlockRows));
            replay.Run();
            replay.Output(0)[..(count * outputs)].CopyTo(y[(done * outputs)..]);
        }
    }

    private Replay<float> Start(int rows)
    {
        Replay<float> replay = _compile(rows).Start();
        replay.Bind(1, _parameters);
        return replay;
    }
}
