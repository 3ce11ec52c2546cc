using OptiCore.LinearAlgebra;
using OptiCore.Numerics;
using OptiCore.Persistence;

namespace OptiCore.Dynamics;

/// <summary>A fitted <see cref="EchoStateNetwork"/>. Forecasts drive it with the whole history first; <see cref="Start"/> gives a state to be driven step by step.</summary>
public sealed class EchoStateModel : IForecaster
{
    internal EchoStateModel(EchoStateNetwork options, CsrMatrix<double> reservoir, double[] input, double[] bias, double[] weights, double[] means, double[] scales) =>
        (Options, Reservoir, Input, Bias, Readout, Means, Scales) = (options, reservoir, input, bias, weights, means, scales);

    /// <summary>How the network was made.</summary>
    public EchoStateNetwork Options { get; }

    /// <inheritdoc/>
    public int Dimension => Means.Length;

    /// <inheritdoc/>
    public int Memory => Options.Washout + 1;

    /// <summary>The matrix A, N x N.</summary>
    public CsrMatrix<double> Reservoir { get; }

    /// <summary>The weights B of the inputs, N x n.</summary>
    internal double[] Input { get; }

    internal double[] Bias { get; }

    /// <summary>The weights of the readout, n x (N + 1).</summary>
    internal double[] Readout { get; }

    internal double[] Means { get; }

    internal double[] Scales { get; }

    /// <summary>A network at rest.</summary>
    public EchoState Start() => new(this);

    /// <inheritdoc/>
    public void Forecast(ReadOnlySpan<double> history, Span<double> forecast)
    {
        int n = Dimension, steps = ForecastArguments.Check(this, history, forecast);
        EchoState state = Start();
        for (int i = 0; i < history.Length; i += n)
            state.Observe(history.Slice(i, n));
        for (int k = 0; k < steps; k++)
        {
            Span<double> next = forecast.Slice(k * n, n);
            state.Predict(next);
            state.Observe(next);
        }
    }
}

/// <summary>The state of an echo state network: it observes what happened, or what it predicted itself.</summary>
public sealed class EchoState : IPersistent
{
    private readonly EchoStateModel _model;
    private readonly double[] _units;
    private readonly double[] _drive;
    private readonly double[] _input;
    private readonly double[] _features;

    internal EchoState(EchoStateModel model)
    {
        _model = model;
        _units = new double[model.Bias.Length];
        _drive = new double[model.Bias.Length];
        _input = new double[model.Dimension];
        _features = new double[model.Bias.Length + 1];
    }

    /// <summary>The units r, N elements.</summary>
    public ReadOnlySpan<double> Units => _units;

    /// <summary>Puts the network at rest.</summary>
    public void Reset() => Array.Clear(_units);

    /// <summary>Drives the network by a state. Allocates nothing.</summary>
    /// <param name="state">The state, n elements.</param>
    /// <exception cref="ArgumentException">The length isn't n.</exception>
    public void Observe(ReadOnlySpan<double> state)
    {
        int n = _input.Length, size = _units.Length;
        Require.Length(state.Length, n, nameof(state));
        for (int j = 0; j < n; j++)
            _input[j] = (state[j] - _model.Means[j]) / _model.Scales[j];
        _model.Reservoir.Apply(_units, _drive);
        for (int i = 0; i < size; i++)
        {
            double sum = _drive[i] + _model.Bias[i];
            for (int j = 0; j < n; j++)
                sum += _model.Input[(i * n) + j] * _input[j];
            _drive[i] = sum;
        }

        VectorMath.Tanh(_drive, _drive);
        double leak = _model.Options.Leak;
        for (int i = 0; i < size; i++)
            _units[i] = ((1 - leak) * _units[i]) + (leak * _drive[i]);
    }

    /// <summary>The prediction of the state after the last one observed. Allocates nothing.</summary>
    /// <param name="state">Receives the state, n elements.</param>
    /// <exception cref="ArgumentException">The length isn't n.</exception>
    public void Predict(Span<double> state)
    {
        int n = _input.Length, width = _features.Length;
        Require.Length(state.Length, n, nameof(state));
        CopyFeatures(_features);
        Blas.Gemv(false, n, width, 1.0, _model.Readout, width, _features, 0.0, state);
        for (int j = 0; j < n; j++)
            state[j] = _model.Means[j] + (_model.Scales[j] * state[j]);
    }

    /// <inheritdoc/>
    public void Persist(StateArchive archive)
    {
        Require.NotNull(archive);
        archive.Expect(_units.Length, "the number of units");
        archive.Transfer<double>(_units);
    }

    internal void CopyFeatures(Span<double> features)
    {
        features[0] = 1;
        _units.CopyTo(features[1..]);
        if (!_model.Options.SquareReadout)
            return;
        for (int i = 2; i < features.Length; i += 2)
            features[i] *= features[i];
    }
}
