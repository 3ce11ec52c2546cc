using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.Optimizers;
using OptiCore.TestKit;
using static OptiCore.Differentiation.Derivative;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Core.Tests.Methods.Activations;

/// <summary>The rectifier with a correction, against the rectifiers that it is meant to replace.</summary>
public sealed class CrReluTests
{
    private const int Seeds = 10, Examples = 160, TestExamples = 400, Width = 24, Steps = 250;

    // The 97.5% point of Student's t with 9 degrees of freedom.
    private const double Student = 2.262;

    [Fact]
    public void Values_and_derivatives_are_those_of_the_formula()
    {
        var network = new Network(new CrRelu { Epsilon = 0.3 }, [7]);
        Variable p = Variable.Input("p", [1]), x = Variable.Input("x", [7]), y = network.Apply(p, x);
        Replay<double> replay = Computation.Compile<double>([p, x], y, Gradient(Sum(y), x), Gradient(Sum(y), p)).Start();
        network.Initialize(RandomKey.FromSeed(1), replay.Input(0));
        Assert.Equal(0.3, replay.Input(0)[0]);
        double[] points = [-6, -1.5, -0.2, 0.1, 1, 2.5, 40];
        points.CopyTo(replay.Input(1));
        replay.Run();
        double byEpsilon = 0;
        for (int i = 0; i < points.Length; i++)
        {
            double bell = Math.Exp(-0.5 * points[i] * points[i]);
            Promises.Close(Math.Max(0, points[i]) + (0.3 * points[i] * bell), replay.Output(0)[i], 1e-14, 1e-15, "the value");
            Promises.Close((points[i] > 0 ? 1 : 0) + (0.3 * (1 - (points[i] * points[i])) * bell), replay.Output(1)[i], 1e-13, 1e-15, "the derivative");
            byEpsilon += points[i] * bell;
        }

        Promises.Close(byEpsilon, replay.Output(2)[0], 1e-13, 0, "the derivative by epsilon");
    }

    [Fact]
    public void It_is_as_accurate_as_other_rectifiers_and_fewer_units_die()
    {
        Outcome own = Train(() => new CrRelu());
        (string Name, Outcome Outcome)[] others =
        [
            ("relu", Train(() => new Activation(Relu))), ("gelu", Train(() => new Activation(Gelu))), ("silu", Train(() => new Activation(Silu))),
        ];
        Assert.True(own.Accuracies.Average() > 0.9, $"The mean accuracy is {own.Accuracies.Average()}.");
        foreach ((string name, Outcome other) in others)
        {
            // A tie is a legitimate result; a difference that the seeds show to be real is not.
            double[] differences = [.. own.Accuracies.Zip(other.Accuracies, (a, b) => a - b)];
            double mean = differences.Average(), half = Student * Math.Sqrt(differences.Sum(d => (d - mean) * (d - mean)) / (Seeds * (Seeds - 1.0)));
            Assert.True(mean + half >= 0, $"Against {name}: {own.Accuracies.Average()} and {other.Accuracies.Average()}, a difference of {mean} +- {half}.");
        }

        int dead = others[0].Outcome.DeadUnits;
        Assert.True(own.DeadUnits < dead, $"{own.DeadUnits} dead units, {dead} with relu, of {Seeds * 2 * Width}.");
    }

    /// <summary>Perceptrons on two spirals, the same points, first weights and steps for every activation.</summary>
    private static Outcome Train(Func<Module> activation)
    {
        var accuracies = new double[Seeds];
        int dead = 0;
        for (int seed = 0; seed < Seeds; seed++)
        {
            RandomKey key = RandomKey.FromSeed((ulong)(seed + 1));
            Linear Layer(int outputs) => new(outputs) { Weights = Initializer.HeNormal };
            Module[] layers = [Layer(Width), activation(), Layer(Width), activation(), Layer(1)];
            var network = new Network(new Sequential(layers), [Examples, 2]);
            Variable p = Variable.Input("p", [network.ParameterCount]), x = Variable.Input("x", [Examples, 2]), y = Variable.Input("y", [Examples, 1]), xs = Variable.Input("x", [TestExamples, 2]);
            Replay<double> replay = Computation.Compile<double>([p, x, y], Gradient(Mean(Losses.BinaryCrossEntropy(network.Apply(p, x), y)), p)).Start();
            Replay<double> test = Computation.Compile<double>([p, xs], network.Apply(p, xs)).Start();
            foreach (NamedTensor tensor in network.Parameters)
            {
                // Weights have the keys of their own names, so that they are the same with and without an epsilon.
                if (tensor.Name.EndsWith("weight", StringComparison.Ordinal))
                    Initializer.HeNormal.Fill(key.Fold(tensor.Name), tensor.Shape, replay.Input(0).Slice(tensor.Offset, tensor.Shape.ElementCount));
                else if (tensor.Name.EndsWith("epsilon", StringComparison.Ordinal))
                    replay.Input(0)[tensor.Offset] = 0.01;
            }

            var labels = new double[TestExamples];
            Spirals(key.Fold("train"), replay.Input(1), replay.Input(2));
            Spirals(key.Fold("test"), test.Input(1), labels);
            RuleState<double> adam = new Adam { LearningRate = 0.03 }.Start<double>(ParameterLayout.Vector(network.ParameterCount));
            for (int i = 0; i < Steps; i++)
            {
                replay.Run();
                adam.Step(replay.Input(0), replay.Output(0));
            }

            replay.Input(0).CopyTo(test.Input(0));
            test.Run();
            for (int i = 0; i < TestExamples; i++)
                accuracies[seed] += test.Output(0)[i] > 0 == labels[i] > 0.5 ? 1.0 / TestExamples : 0;
            dead += DeadUnits(layers, 1, replay) + DeadUnits(layers, 3, replay);
        }

        return new Outcome(accuracies, dead);
    }

    /// <summary>The units of an activation that pass no more than a millionth of a gradient at any of the examples.</summary>
    private static int DeadUnits(Module[] layers, int place, Replay<double> trained)
    {
        var until = new Network(new Sequential(layers[..place]), [Examples, 2]);
        var with = new Network(new Sequential(layers[..(place + 1)]), [Examples, 2]);
        Variable p = Variable.Input("p", [with.ParameterCount]), x = Variable.Input("x", [Examples, 2]);
        Variable z = StopGradient(until.Apply(p[..until.ParameterCount], x));
        var own = new Network(layers[place], z.Shape);
        Variable slope = Max(Abs(Gradient(Sum(own.Apply(p[until.ParameterCount..], z)), z)), 0);
        Replay<double> replay = Computation.Compile<double>([p, x], slope).Start();
        trained.Input(0)[..with.ParameterCount].CopyTo(replay.Input(0));
        trained.Input(1).CopyTo(replay.Input(1));
        replay.Run();
        int count = 0;
        foreach (double unit in replay.Output(0))
            count += unit < 1e-6 ? 1 : 0;
        return count;
    }

    private static void Spirals(RandomKey key, Span<double> x, Span<double> labels)
    {
        RandomStream stream = key.Stream();
        for (int i = 0; i < labels.Length; i++)
        {
            double t = 0.25 + (2.25 * Math.Sqrt(stream.NextDouble())), angle = (t * Math.PI) + (i % 2 * Math.PI);
            x[2 * i] = (t * Math.Cos(angle)) + (0.05 * stream.NextNormal());
            x[(2 * i) + 1] = (t * Math.Sin(angle)) + (0.05 * stream.NextNormal());
            labels[i] = i % 2;
        }
    }

    private sealed record Outcome(double[] Accuracies, int DeadUnits);
}
