using OptiCore.Differentiation;
using OptiCore.Networks;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Dynamics;

/// <summary>
/// A Koopman autoencoder: an encoder phi into a latent space where time is a linear map K, and a decoder psi back, with forecasts that go back to the state every few steps.
/// <code>
/// KoopmanAutoencoderModel model = new KoopmanAutoencoder { Latent = 8 }.Fit(train).Select(validation, [0, 1, 10, 20, 50]);
/// model.Forecast(test.States[..2], forecast);
/// </code>
/// </summary>
/// <remarks>
/// <para>The loss on windows x_0, ..., x_h of standardised states is the mean square of psi(phi(x_t)) - x_t, of psi(K^t phi(x_0)) - x_t and, times <see cref="Alignment"/>, of K^t phi(x_0) - phi(x_t).</para>
/// <para>Latent states drift away from the image of the encoder when K is applied many times: forecasts of hundreds of steps become wrong though each step is accurate. Periodic
/// re-encoding, z := phi(psi(z)) every k steps, at no cost of training, keeps them there; with k = 1 the model is a nonlinear one-step map whose errors add up. <see cref="KoopmanAutoencoderModel.Select"/> chooses k.</para>
/// <para>M. Fathi, C. Gehring, J. Pilault, D. Kanaa, P.-L. Bacon and R. Goroshin (2023), Course correcting Koopman representations; the autoencoder: B. Lusch, J. N. Kutz and S. L. Brunton (2018),
/// Deep learning for universal linear embeddings of nonlinear dynamics.</para>
/// </remarks>
[Algorithm("Koopman autoencoder", "System identification", "Fathi, Gehring, Pilault, Kanaa, Bacon, Goroshin (2023), Course correcting Koopman representations", Capabilities = "periodic re-encoding")]
public sealed record KoopmanAutoencoder
{
    /// <summary>The dimension of the latent space. Default: 8.</summary>
    public int Latent { get; init => field = Require.Positive(value); } = 8;

    /// <summary>The widths of the encoder's hidden layers; the decoder has them in reverse. Default: one of 32.</summary>
    public IReadOnlyList<int> Hidden { get; init => field = Require.NotNull(value, nameof(Hidden)); } = [32];

    /// <summary>The number h of steps that are predicted in training. Default: 10.</summary>
    public int Horizon { get; init => field = Require.Positive(value); } = 10;

    /// <summary>The weight of the latent part of the loss. Default: 1.</summary>
    public double Alignment { get; init => field = Require.NonNegative(value); } = 1;

    /// <summary>How the networks are trained.</summary>
    public NetworkTraining Training { get; init => field = Require.NotNull(value, nameof(Training)); } = new();

    /// <summary>Trains the networks.</summary>
    /// <param name="data">The series.</param>
    /// <exception cref="ArgumentException">No piece is longer than the horizon.</exception>
    /// <exception cref="InvalidOperationException">The loss became infinite.</exception>
    public KoopmanAutoencoderModel Fit(TimeSeries data)
    {
        Require.NotNull(data);
        int n = data.Dimension, d = Latent, batch = Training.Batch;
        var standard = new Standardization(data);
        int[] reversed = [.. Hidden];
        Array.Reverse(reversed);
        var encoder = new Network(new Mlp { Hidden = Hidden, Outputs = d }, [1, n]);
        var decoder = new Network(new Mlp { Hidden = reversed, Outputs = n }, [1, d]);
        var parts = new Parts(encoder, decoder, d);
        var parameters = new double[encoder.ParameterCount + decoder.ParameterCount + (d * d)];
        encoder.Initialize(Training.Key.Fold("encoder"), parameters.AsSpan(0, encoder.ParameterCount));
        decoder.Initialize(Training.Key.Fold("decoder"), parameters.AsSpan(encoder.ParameterCount, decoder.ParameterCount));
        double loss = Training.Run(parameters, standard.Apply(data), Horizon + 1, (p, x) =>
        {
            Variable latent = parts.Encode(p, x), z = Slice(latent, 0, 0, batch), map = parts.Map(p);
            var ahead = new Variable[Horizon];
            for (int t = 0; t < Horizon; t++)
                ahead[t] = z += MatMul(z, map);
            Variable predicted = Concatenate(0, ahead), later = Slice(x, 0, batch, Horizon * batch);
            return Mean(Square(parts.Decode(p, latent) - x)) + Mean(Square(parts.Decode(p, predicted) - later)) + (Alignment * Mean(Square(predicted - Slice(latent, 0, batch, Horizon * batch))));
        });
        return new KoopmanAutoencoderModel(parts, parameters, standard, data.Step, loss);
    }

    /// <summary>The three parts as expressions of the flat parameters; K is the identity plus the last d^2 of them, transposed, so that it starts as the identity.</summary>
    internal sealed record Parts(Network Encoder, Network Decoder, int Latent)
    {
        public Variable Encode(Variable p, Variable x) => Encoder.Apply(Slice(p, 0, 0, Encoder.ParameterCount), x);

        public Variable Decode(Variable p, Variable z) => Decoder.Apply(Slice(p, 0, Encoder.ParameterCount, Decoder.ParameterCount), z);

        public Variable Map(Variable p) => Reshape(Slice(p, 0, Encoder.ParameterCount + Decoder.ParameterCount, Latent * Latent), [Latent, Latent]);
    }
}

/// <summary>A trained <see cref="KoopmanAutoencoder"/>.</summary>
public sealed class KoopmanAutoencoderModel : IForecaster
{
    private readonly KoopmanAutoencoder.Parts _parts;
    private readonly double[] _parameters;
    private readonly Standardization _standard;
    private readonly Computation<double> _encode;
    private readonly Computation<double> _advance;
    private readonly Computation<double> _decode;

    internal KoopmanAutoencoderModel(KoopmanAutoencoder.Parts parts, double[] parameters, Standardization standard, double step, double loss)
    {
        (_parts, _parameters, _standard, Step, TrainingLoss) = (parts, parameters, standard, step, loss);
        Variable p = Variable.Constant<double>(parameters, [parameters.Length]), x = Variable.Input("x", [1, Dimension]), z = Variable.Input("z", [1, LatentDimension]);
        _encode = Computation.Compile<double>([x], parts.Encode(p, x));
        _advance = Computation.Compile<double>([z], z + MatMul(z, parts.Map(p)));
        _decode = Computation.Compile<double>([z], parts.Decode(p, z));
    }

    /// <inheritdoc/>
    public int Dimension => _standard.Means.Length;

    /// <summary>The dimension of the latent space.</summary>
    public int LatentDimension => _parts.Latent;

    /// <summary>The time between two states.</summary>
    public double Step { get; }

    /// <summary>The mean loss at the end of the training.</summary>
    public double TrainingLoss { get; }

    /// <inheritdoc/>
    public int Memory => 1;

    /// <summary>Every how many steps a forecast goes back to the state and encodes it again; 0 for never. Default: 0.</summary>
    public int ReencodeEvery { get; private init; }

    /// <summary>The flat parameters: encoder, decoder, K - I.</summary>
    public ReadOnlySpan<double> Parameters => _parameters;

    /// <summary>The same networks with another period of re-encoding.</summary>
    /// <param name="steps">The number of steps; 0 for never.</param>
    public KoopmanAutoencoderModel WithReencoding(int steps) =>
        new(_parts, _parameters, _standard, Step, TrainingLoss) { ReencodeEvery = Require.NonNegative(steps, nameof(steps)) };

    /// <summary>The same networks with the period whose forecasts of a validation series have the smallest root mean square error, the first of equals.</summary>
    /// <param name="validation">The series, one forecast for each piece, from its first state to its end.</param>
    /// <param name="periods">The periods to choose from.</param>
    /// <exception cref="ArgumentException">There is no period, or a piece has fewer than two states.</exception>
    public KoopmanAutoencoderModel Select(TimeSeries validation, ReadOnlySpan<int> periods)
    {
        Require.NotNull(validation);
        if (periods.IsEmpty)
            throw new ArgumentException("There must be at least one period.", nameof(periods));
        KoopmanAutoencoderModel? best = null;
        double least = double.PositiveInfinity;
        foreach (int period in periods)
        {
            KoopmanAutoencoderModel candidate = WithReencoding(period);
            double error = 0;
            for (int piece = 0; piece < validation.Pieces; piece++)
            {
                (int start, int count) = validation.Piece(piece);
                var forecast = new double[(count - 1) * Dimension];
                candidate.Forecast(validation[start], forecast);
                double one = ForecastMetrics.RootMeanSquareError(validation.States.Slice((start + 1) * Dimension, forecast.Length), forecast);
                error += one * one * (count - 1);
            }

            if (best is null || error < least)
                (best, least) = (candidate, error);
        }

        return best!;
    }

    /// <inheritdoc/>
    public void Forecast(ReadOnlySpan<double> history, Span<double> forecast)
    {
        int n = Dimension, steps = ForecastArguments.Check(this, history, forecast);
        Replay<double> encode = _encode.Start(), advance = _advance.Start(), decode = _decode.Start();
        _standard.Forward(history[^n..], encode.Input(0));
        encode.Run();
        encode.Output(0).CopyTo(advance.Input(0));
        for (int k = 1; k <= steps; k++)
        {
            advance.Run();
            advance.Output(0).CopyTo(decode.Input(0));
            decode.Run();
            _standard.Back(decode.Output(0), forecast.Slice((k - 1) * n, n));
            if (ReencodeEvery > 0 && k % ReencodeEvery == 0)
            {
                decode.Output(0).CopyTo(encode.Input(0));
                encode.Run();
                encode.Output(0).CopyTo(advance.Input(0));
            }
            else
            {
                decode.Input(0).CopyTo(advance.Input(0));
            }
        }
    }
}
