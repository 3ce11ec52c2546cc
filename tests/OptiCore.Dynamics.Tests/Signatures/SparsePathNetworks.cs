using System.Diagnostics;
using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Optimizers;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Dynamics.Tests.Signatures;

/// <summary>What was observed of one individual: the control at times, and the target at some of the same times.</summary>
internal sealed record SparsePath(double[] Times, double[] Values, int[] TargetAt, double[] Targets)
{
    public int Dimension => Values.Length / Times.Length;

    /// <summary>What was observed up to one of the observations, at least one piece.</summary>
    public ControlPath Until(int at) => ControlPath.Linear(Times.AsSpan(0, at + 1), Values.AsSpan(0, (at + 1) * Dimension));
}

/// <summary>
/// Networks on sparse paths: a neural controlled differential equation dz = f(z) dX with straight lines between observations and time as a component (P. Kidger, J. Morrill, J. Foster, T. Lyons 2020, Neural controlled differential equations for
/// irregular time series), through a midpoint step for each piece, by which the training differentiates; and a gated recurrent network. Adam on all paths at once; the parameters of the step that held-out paths like best.
/// </summary>
internal sealed class SparsePathNetworks
{
    private readonly bool _isEquation;
    private readonly Network _network;
    private readonly double[] _parameters;
    private readonly double _mean;
    private readonly double _scale;

    private const int State = 8;
    private const int Width = 32;

    // Of 0.003 and 0.01, what the held-out individuals of both problems of few individuals preferred, for either network.
    private const double Rate = 1e-2;

    public SparsePathNetworks(bool isEquation, SparsePath[] training, SparsePath[] validation, RandomKey key, int steps)
    {
        _isEquation = isEquation;
        double[] all = [.. training.SelectMany(p => p.Targets)];
        _mean = all.Average();
        _scale = Math.Sqrt(all.Average(t => (t - _mean) * (t - _mean)));
        var watch = Stopwatch.StartNew();
        int length = training.Concat(validation).Max(p => p.Times.Length), inputs = training[0].Dimension + 1;
        _network = new Network(scope => Write(scope, Variable.Input("x", [length, training.Length, inputs])));
        _parameters = new double[_network.ParameterCount];
        double best = double.PositiveInfinity;
        double[] parameters = new double[_network.ParameterCount];
        _network.Initialize<double>(key.Fold("network"), parameters);
        Replay<double> learn = Program(training, length, withGradient: true), check = Program(validation, length, withGradient: false);
        RuleState<double> rule = ((IUpdateRule)new Adam { LearningRate = Rate }).StartDouble(ParameterLayout.Vector(parameters.Length));
        for (int step = 0; step <= steps; step++)
        {
            if (step % 10 == 0)
            {
                parameters.CopyTo(check.Input(0));
                check.Run();
                if (check.Output(0)[0] < best)
                {
                    (best, BestStep) = (check.Output(0)[0], step);
                    parameters.CopyTo(_parameters, 0);
                }
            }

            parameters.CopyTo(learn.Input(0));
            learn.Run();
            rule.Step(parameters, learn.Output(1));
        }

        Seconds = watch.Elapsed.TotalSeconds;
    }

    public double Seconds { get; }

    public int BestStep { get; private set; }

    /// <summary>The root mean square error over all targets.</summary>
    public double Error(SparsePath[] test)
    {
        Replay<double> check = Program(test, test.Max(p => p.Times.Length), withGradient: false);
        _parameters.CopyTo(check.Input(0));
        check.Run();
        return _scale * Math.Sqrt(check.Output(0)[0]);
    }

    private Replay<double> Program(SparsePath[] paths, int length, bool withGradient)
    {
        int count = paths.Length, d = paths[0].Dimension, targets = paths.Sum(p => p.Targets.Length);
        double[] x = new double[length * count * (d + 1)], y = new double[length * count], mask = new double[length * count];
        for (int p = 0; p < count; p++)
        {
            SparsePath path = paths[p];
            for (int k = 0; k < length; k++)
            {
                // Behind its last observation a path rests.
                int at = Math.Min(k, path.Times.Length - 1);
                x[((k * count) + p) * (d + 1)] = path.Times[at];
                path.Values.AsSpan(at * d, d).CopyTo(x.AsSpan((((k * count) + p) * (d + 1)) + 1));
            }

            for (int k = 0; k < path.Targets.Length; k++)
            {
                y[(path.TargetAt[k] * count) + p] = (path.Targets[k] - _mean) / _scale;
                mask[(path.TargetAt[k] * count) + p] = 1;
            }
        }

        Variable parameters = Variable.Input("parameters", [_network.ParameterCount]);
        Variable output = Write(_network.ScopeOf(parameters), Variable.Constant<double>(x, [length, count, d + 1]));
        Variable loss = Sum(Variable.Constant<double>(mask, [length, count]) * Square(output - Variable.Constant<double>(y, [length, count]))) * (1.0 / targets);
        return (withGradient ? Computation.Compile<double>([parameters], loss, Derivative.Gradient(loss, parameters)) : Computation.Compile<double>([parameters], loss)).Start();
    }

    /// <summary>Inputs [steps, paths, d] to predictions [steps, paths].</summary>
    private Variable Write(Scope scope, Variable x)
    {
        int length = x.Shape[0], count = x.Shape[1], d = x.Shape[2];
        var states = new Variable[length];
        if (_isEquation)
        {
            var field = new Mlp { Hidden = [Width], Outputs = State * d, OutputActivation = Tanh };
            Variable z = states[0] = new Linear(State).Apply(scope.Part("start"), x[0]);
            for (int k = 1; k < length; k++)
            {
                Variable change = Reshape(x[k] - x[k - 1], [count, 1, d]);
                z += Along(z + (0.5 * Along(z, change)), change);
                states[k] = z;
            }

            Variable Along(Variable at, Variable change) => Sum(Reshape(field.Apply(scope.Part("field"), at), [count, State, d]) * change, -1);
        }
        else
        {
            var cell = new Gru(Width);
            Variable projected = cell.Project(scope.Part("cell"), x);
            Variable[] state = [BroadcastTo(0, [count, Width])];
            for (int k = 0; k < length; k++)
            {
                state = cell.Step(scope.Part("cell"), projected[k], state);
                states[k] = state[0];
            }
        }

        return Reshape(new Linear(1).Apply(scope.Part("readout"), Stack(0, states)), [length, count]);
    }
}
