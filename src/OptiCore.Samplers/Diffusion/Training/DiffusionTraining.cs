using System.Globalization;
using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Optimizers;

namespace OptiCore.Samplers;

/// <summary>
/// Trains a small network on data: the mean square of prediction minus target over random data, noise and times, which is least for the conditional expectation that <see cref="Prediction"/> names.
/// </summary>
/// <remarks>Flow matching (Y. Lipman et al., 2023) with the defaults; denoising score matching (P. Vincent, 2011; J. Ho et al., 2020) with a diffusion's schedule and another prediction. Times are uniform between the
/// schedule's ends. For data of a few dozen elements; large models are trained elsewhere and enter through <see cref="IDiffusionModel"/>.</remarks>
public sealed record DiffusionTraining
{
    /// <summary>The widths of the hidden layers. Default: 64, 64.</summary>
    public IReadOnlyList<int> Hidden { get; init => field = Require.NotNull(value); } = [64, 64];

    /// <summary>The schedule. Default: the straight paths of flow matching.</summary>
    public INoiseSchedule Schedule { get; init => field = Require.NotNull(value); } = new FlowMatchingSchedule();

    /// <summary>What is predicted. Default: Flow.</summary>
    public Prediction Prediction { get; init => field = Require.Defined(value); } = Prediction.Flow;

    /// <summary>The number of steps. Default: 2000.</summary>
    public int Steps { get; init => field = Require.Positive(value); } = 2000;

    /// <summary>The number of samples in a batch. Default: 256.</summary>
    public int Batch { get; init => field = Require.Positive(value); } = 256;

    /// <summary>The first learning rate of Adam, which falls to 0 along a cosine. Default: 0.003.</summary>
    public double LearningRate { get; init => field = Require.Positive(value); } = 3e-3;

    /// <summary>The randomness of parameters and batches. Default: the key of seed 0.</summary>
    public RandomKey Key { get; init; } = RandomKey.FromSeed(0);

    /// <summary>Trains on data with independent noise.</summary>
    /// <param name="data">The data, one row after the other.</param>
    /// <param name="dimension">The number of elements of a row.</param>
    /// <exception cref="ArgumentException">The data are no whole rows.</exception>
    /// <exception cref="InvalidOperationException">The loss isn't finite: the learning rate is too large.</exception>
    public NetworkModel<float> Fit(ReadOnlySpan<double> data, int dimension) => Train(data, default, dimension);

    /// <summary>Trains on pairs of data and noise.</summary>
    /// <param name="data">The data, one row after the other.</param>
    /// <param name="noise">The noise that belongs to each row.</param>
    /// <param name="dimension">The number of elements of a row.</param>
    /// <exception cref="ArgumentException">The data are no whole rows, or there is not as much noise.</exception>
    /// <exception cref="InvalidOperationException">The loss isn't finite: the learning rate is too large.</exception>
    public NetworkModel<float> FitPairs(ReadOnlySpan<double> data, ReadOnlySpan<double> noise, int dimension)
    {
        Require.Length(noise.Length, data.Length, nameof(noise));
        return Train(data, noise, dimension);
    }

    private NetworkModel<float> Train(ReadOnlySpan<double> data, ReadOnlySpan<double> pairs, int dimension)
    {
        int n = Require.Positive(dimension, nameof(dimension));
        if (data.IsEmpty || data.Length % n != 0)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"data has {data.Length} elements; expected rows of {n}."), nameof(data));
        Require.AllFinite(data, nameof(data));
        var network = new Network(new Mlp { Hidden = Hidden, Outputs = n, Activation = Operations.Silu }, [Batch, n + 1]);
        Variable p = Variable.Input("parameters", [network.ParameterCount]), x = Variable.Input("x", [Batch, n + 1]), y = Variable.Input("y", [Batch, n]);
        Variable loss = Losses.MeanSquaredError(network.Apply(p, x), y);
        Replay<float> replay = Computation.Compile<float>([p, x, y], loss, Derivative.Gradient(loss, p)).Start();
        network.Initialize(Key.Fold("parameters"), replay.Input(0));
        RuleState<float> adam = new Adam { LearningRate = new CosineDecay { Rate = LearningRate, Steps = Steps } }.Start<float>(ParameterLayout.Vector(network.ParameterCount));
        double[] clean = new double[Batch * n], noise = new double[Batch * n], noisy = new double[Batch * n], target = new double[Batch * n];
        var levels = new NoiseLevel[Batch];
        for (int step = 0; step < Steps; step++)
        {
            RandomKey key = Key.Fold("batches").Fold(step);
            RandomStream stream = key.Stream();
            Randomness.RandomFill.Normal(key.Fold("noise"), noise);
            for (int b = 0; b < Batch; b++)
            {
                int row = stream.NextInt32(data.Length / n) * n;
                data.Slice(row, n).CopyTo(clean.AsSpan(b * n));
                if (!pairs.IsEmpty)
                    pairs.Slice(row, n).CopyTo(noise.AsSpan(b * n));
                levels[b] = Schedule.At(Schedule.Cleanest + (stream.NextOpenDouble() * (Schedule.Noisiest - Schedule.Cleanest)));
            }

            Predictions.FillTraining(Prediction, levels, clean, noise, noisy, target);
            for (int b = 0; b < Batch; b++)
                NetworkInput.Write(noisy.AsSpan(b * n, n), levels[b], replay.Input(1).Slice(b * (n + 1), n + 1));
            for (int i = 0; i < target.Length; i++)
                replay.Input(2)[i] = (float)target[i];
            replay.Run();
            if (!float.IsFinite(replay.Output(0)[0]))
                throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"The loss of step {step} isn't finite: lower the learning rate, {LearningRate}."));
            adam.Step(replay.Input(0), replay.Output(1));
        }

        return new NetworkModel<float>(network, replay.Input(0), n, Prediction);
    }
}
