using OptiCore.Differentiation;
using OptiCore.Networks;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Dynamics;

/// <summary>What the network of <see cref="NeuralDynamics"/> gives.</summary>
public enum NeuralDynamicsKind
{
    /// <summary>The difference to the next state.</summary>
    Residual,

    /// <summary>The derivative, integrated by a Runge-Kutta method: a neural ordinary differential equation.</summary>
    DifferentialEquation,
}

/// <summary>
/// Dynamics by a multilayer perceptron: x_k+1 = x_k + f(x_k), or x' = f(x) integrated through a fixed-step Runge-Kutta method, by which the training differentiates.
/// </summary>
/// <remarks>
/// <para>The loss is the mean square error of <see cref="Horizon"/> predicted steps from random states, in the units of the variables' deviations; time is in units of a step. The exact gradient of the discrete
/// steps is used (discretise, then optimise), so the memory of training grows with horizon times substeps times stages.</para>
/// <para>The differential equation can be sampled at other times afterwards, and extrapolates better where the true one is smooth; the residual is as cheap as it gets.</para>
/// <para>R. T. Q. Chen, Y. Rubanova, J. Bettencourt and D. Duvenaud (2018), Neural ordinary differential equations; the residual: A. Nagabandi, G. Kahn, R. S. Fearing and S. Levine (2018), Neural network
/// dynamics for model-based deep reinforcement learning with model-free fine-tuning.</para>
/// </remarks>
[Algorithm("Neural differential equation", "System identification", "Chen, Rubanova, Bettencourt, Duvenaud (2018), Neural ordinary differential equations", Capabilities = "one-step residuals, any explicit tableau")]
public sealed record NeuralDynamics
{
    /// <summary>What the network gives. Default: the difference to the next state.</summary>
    public NeuralDynamicsKind Kind { get; init => field = Require.Defined(value); }

    /// <summary>The widths of the hidden layers. Default: two of 32.</summary>
    public IReadOnlyList<int> Hidden { get; init => field = Require.NotNull(value, nameof(Hidden)); } = [32, 32];

    /// <summary>The number of steps that are predicted in training. Default: 1.</summary>
    public int Horizon { get; init => field = Require.Positive(value); } = 1;

    /// <summary>The Runge-Kutta method. Default: the classical one of order 4.</summary>
    public ButcherTableau Tableau { get; init => field = Require.NotNull(value, nameof(Tableau)); } = RungeKutta4.Tableau;

    /// <summary>The number of steps of the method between two states. Default: 1.</summary>
    public int Substeps { get; init => field = Require.Positive(value); } = 1;

    /// <summary>How the network is trained.</summary>
    public NetworkTraining Training { get; init => field = Require.NotNull(value, nameof(Training)); } = new();

    /// <summary>Trains the network.</summary>
    /// <param name="data">The series.</param>
    /// <exception cref="ArgumentException">No piece is longer than the horizon.</exception>
    /// <exception cref="InvalidOperationException">The loss became infinite.</exception>
    public NeuralDynamicsModel Fit(TimeSeries data)
    {
        Require.NotNull(data);
        int n = data.Dimension, batch = Training.Batch;
        var standard = new Standardization(data);
        TimeSeries scaled = standard.Apply(data);

        // The network's output is in units of the mean change of a step, so that its parameters start at the right size.
        (double[] x, double[] y, _) = scaled.Pairs();
        double change = 0;
        for (int i = 0; i < x.Length; i++)
            change += (y[i] - x[i]) * (y[i] - x[i]) / x.Length;
        change = change > 0 ? Math.Sqrt(change) : 1;
        var network = new Network(new Mlp { Hidden = Hidden, Outputs = n }, [1, n]);
        var parameters = new double[network.ParameterCount];
        network.Initialize(Training.Key.Fold("network"), parameters);
        double loss = Training.Run(parameters, scaled, Horizon + 1, (p, states) =>
        {
            Variable z = Slice(states, 0, 0, batch);
            var ahead = new Variable[Horizon];
            for (int t = 0; t < Horizon; t++)
                ahead[t] = z = Advance(network, p, change, z);

            // In units of the change as well: a step's error is small compared to the states.
            return Mean(Square(Concatenate(0, ahead) - Slice(states, 0, batch, Horizon * batch))) * (1 / (change * change));
        });
        return new NeuralDynamicsModel(this, network, parameters, standard, change, data.Step, loss);
    }

    /// <summary>One step in standardised units.</summary>
    internal Variable Advance(Network network, Variable p, double change, Variable z)
    {
        if (Kind == NeuralDynamicsKind.Residual)
            return z + (change * network.Apply(p, z));
        double h = change / Substeps;
        var k = new Variable[Tableau.StageCount];
        for (int step = 0; step < Substeps; step++)
        {
            Variable next = z;
            for (int i = 0; i < k.Length; i++)
            {
                Variable at = z;
                ReadOnlySpan<double> row = Tableau.Row(i);
                for (int j = 0; j < i; j++)
                {
                    if (row[j] != 0)
                        at += h * row[j] * k[j];
                }

                k[i] = network.Apply(p, at);
                if (Tableau.Weights[i] != 0)
                    next += h * Tableau.Weights[i] * k[i];
            }

            z = next;
        }

        return z;
    }
}

/// <summary>Trained <see cref="NeuralDynamics"/>.</summary>
public sealed class NeuralDynamicsModel : IForecaster
{
    private readonly NeuralDynamics _options;
    private readonly Standardization _standard;
    private readonly double[] _parameters;
    private readonly double _change;
    private readonly Computation<double> _advance;
    private readonly Computation<double> _function;

    internal NeuralDynamicsModel(NeuralDynamics options, Network network, double[] parameters, Standardization standard, double change, double step, double loss)
    {
        (_options, _standard, _parameters, _change, Step, TrainingLoss) = (options, standard, parameters, change, step, loss);
        Variable p = Variable.Constant<double>(parameters, [parameters.Length]), z = Variable.Input("z", [1, Dimension]);
        _advance = Computation.Compile<double>([z], options.Advance(network, p, change, z));
        _function = Computation.Compile<double>([z], network.Apply(p, z));
    }

    /// <inheritdoc/>
    public int Dimension => _standard.Means.Length;

    /// <summary>The time between two states.</summary>
    public double Step { get; }

    /// <summary>The mean loss at the end of the training, in units of the mean square change of a step.</summary>
    public double TrainingLoss { get; }

    /// <inheritdoc/>
    public int Memory => 1;

    /// <summary>The network's flat parameters.</summary>
    public ReadOnlySpan<double> Parameters => _parameters;

    /// <inheritdoc/>
    public void Forecast(ReadOnlySpan<double> history, Span<double> forecast)
    {
        int n = Dimension, steps = ForecastArguments.Check(this, history, forecast);
        Replay<double> advance = _advance.Start();
        _standard.Forward(history[^n..], advance.Input(0));
        for (int k = 0; k < steps; k++)
        {
            advance.Run();
            _standard.Back(advance.Output(0), forecast.Slice(k * n, n));
            advance.Output(0).CopyTo(advance.Input(0));
        }
    }

    /// <summary>The learned differential equation in the data's units, to be integrated by any method. For one integration at a time.</summary>
    /// <exception cref="InvalidOperationException">The model is one of differences.</exception>
    public IOdeSystem AsSystem()
    {
        if (_options.Kind != NeuralDynamicsKind.DifferentialEquation)
            throw new InvalidOperationException("The model gives differences of states, not derivatives.");
        Replay<double> function = _function.Start();
        return OdeSystem.From(Dimension, (_, y, dy) =>
        {
            _standard.Forward(y, function.Input(0));
            function.Run();
            ReadOnlySpan<double> output = function.Output(0);
            for (int j = 0; j < dy.Length; j++)
                dy[j] = output[j] * _standard.Scales[j] * _change / Step;
        });
    }
}
