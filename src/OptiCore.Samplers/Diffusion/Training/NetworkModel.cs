using System.Numerics;
using OptiCore.Differentiation;
using OptiCore.Networks;

namespace OptiCore.Samplers;

/// <summary>
/// A network as a diffusion model. Its input are the n elements of x / sqrt(alpha^2 + sigma^2) and the share of noise sigma / (alpha + sigma), which stands for the time on every schedule; its n outputs are the prediction.
/// </summary>
/// <remarks>Compiled once for blocks of 64 rows; a batch is evaluated block by block and may be divided among threads, each of which has its own memory. Nothing is allocated after the first evaluation of each.</remarks>
/// <typeparam name="T">The element type of the network.</typeparam>
public sealed class NetworkModel<T> : IDiffusionModel where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int Rows = 64;

    private readonly Computation<T> _computation;
    private readonly T[] _parameters;
    private readonly Stack<Replay<T>> _free = new();
    private readonly Lock _lock = new();

    /// <summary>Takes a trained network.</summary>
    /// <param name="network">The network, laid out for inputs of <paramref name="dimension"/> + 1 columns.</param>
    /// <param name="parameters">Its parameters. Copied.</param>
    /// <param name="dimension">The number n of elements of a sample.</param>
    /// <param name="prediction">What it predicts.</param>
    /// <exception cref="ArgumentException">There is another number of parameters.</exception>
    public NetworkModel(Network network, ReadOnlySpan<T> parameters, int dimension, Prediction prediction)
    {
        Require.NotNull(network);
        Require.Length(parameters.Length, network.ParameterCount, nameof(parameters));
        Dimension = Require.Positive(dimension, nameof(dimension));
        Prediction = Require.Defined(prediction, nameof(prediction));
        _parameters = parameters.ToArray();
        Variable p = Variable.Input("parameters", [network.ParameterCount]), x = Variable.Input("x", [Rows, dimension + 1]);
        _computation = Computation.Compile<T>([p, x], network.Apply(p, x));
    }

    /// <inheritdoc/>
    public int Dimension { get; }

    /// <inheritdoc/>
    public Prediction Prediction { get; }

    /// <inheritdoc/>
    public bool IsConcurrent => true;

    /// <summary>The parameters.</summary>
    public ReadOnlySpan<T> Parameters => _parameters;

    /// <inheritdoc/>
    public void Evaluate(ReadOnlySpan<double> x, in NoiseLevel level, Span<double> output)
    {
        Require.Length(output.Length, x.Length, nameof(output));
        Replay<T> replay = Rent();
        int n = Dimension;
        for (int row = 0; row < x.Length / n; row += Rows)
        {
            int count = Math.Min(Rows, (x.Length / n) - row);
            Span<T> input = replay.Input(1);
            input.Clear();
            for (int i = 0; i < count; i++)
                NetworkInput.Write(x.Slice((row + i) * n, n), level, input.Slice(i * (n + 1), n + 1));
            replay.Run();
            ReadOnlySpan<T> answer = replay.Output(0);
            for (int i = 0; i < count * n; i++)
                output[(row * n) + i] = double.CreateTruncating(answer[i]);
        }

        lock (_lock)
            _free.Push(replay);
    }

    private Replay<T> Rent()
    {
        lock (_lock)
        {
            if (_free.TryPop(out Replay<T>? free))
                return free;
        }

        Replay<T> replay = _computation.Start();
        _parameters.CopyTo(replay.Input(0));
        return replay;
    }
}

/// <summary>What networks are told of a sample.</summary>
internal static class NetworkInput
{
    public static void Write<T>(ReadOnlySpan<double> x, in NoiseLevel level, Span<T> input) where T : unmanaged, IFloatingPointIeee754<T>
    {
        double scale = 1 / Math.Sqrt((level.Alpha * level.Alpha) + (level.Sigma * level.Sigma));
        for (int i = 0; i < x.Length; i++)
            input[i] = T.CreateTruncating(x[i] * scale);
        input[x.Length] = T.CreateTruncating(level.Sigma / (level.Alpha + level.Sigma));
    }
}
