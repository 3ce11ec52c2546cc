using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Randomness;

namespace OptiCore.Optimizers.Tests.FirstOrder.Published;

/// <summary>A regression problem for a small network: the loss of a batch and its gradient, and the layout of the parameters.</summary>
internal sealed class SmallNetwork
{
    private readonly Replay<double> _replay;
    private readonly double[] _x, _y;
    private readonly int _inputs, _outputs;

    public SmallNetwork(Module module, int batch, int inputs, int outputs, double[] x, double[] y)
    {
        Network = new Network(module, [batch, inputs]);
        (_inputs, _outputs, _x, _y) = (inputs, outputs, x, y);
        Batch = batch;
        Variable p = Variable.Input("parameters", [Network.ParameterCount]), data = Variable.Input("x", [batch, inputs]), target = Variable.Input("y", [batch, outputs]);
        Variable loss = Losses.MeanSquaredError(Network.Apply(p, data), target);
        _replay = Computation.Compile<double>([p, data, target], [loss, Derivative.Gradient(loss, p)]).Start();
        Layout = ParameterLayout.Of([.. Network.Parameters.Select(t => Enumerable.Range(0, t.Shape.Rank).Select(i => t.Shape[i]).ToArray())]);
    }

    public Network Network { get; }

    public int Batch { get; }

    public ParameterLayout Layout { get; }

    public double[] Initial(int seed)
    {
        double[] parameters = new double[Network.ParameterCount];
        Network.Initialize<double>(RandomKey.FromSeed(1000).Fold(seed), parameters);
        return parameters;
    }

    /// <summary>The loss of the samples from a place on, and its gradient.</summary>
    public double Loss(double[] parameters, int from, double[] gradient)
    {
        parameters.CopyTo(_replay.Input(0));
        _x.AsSpan(from * _inputs, Batch * _inputs).CopyTo(_replay.Input(1));
        _y.AsSpan(from * _outputs, Batch * _outputs).CopyTo(_replay.Input(2));
        _replay.Run();
        _replay.Output(1).CopyTo(gradient);
        return _replay.Output(0)[0];
    }

    /// <summary>Trains with batches in order, over and over, and returns the mean loss over all data at the end.</summary>
    public double Train(IUpdateRule rule, int seed, int steps)
    {
        double[] x = Initial(seed), g = new double[x.Length];
        RuleState<double> state = rule.Start<double>(Layout);
        int batches = _x.Length / (_inputs * Batch);
        for (int k = 0; k < steps; k++)
        {
            if (!double.IsFinite(Loss(x, k % batches * Batch, g)))
                return double.PositiveInfinity;
            state.Step(x, g);
        }

        double[] point = state.EvaluationPoint(x).ToArray();
        return Enumerable.Range(0, batches).Average(b => Loss(point, b * Batch, g));
    }

    public static double[] Normal(int count, int seed)
    {
        double[] values = new double[count];
        RandomFill.Normal(RandomKey.FromSeed(77).Fold(seed), values);
        return values;
    }
}
