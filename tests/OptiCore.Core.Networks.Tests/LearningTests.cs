using OptiCore.Differentiation;
using OptiCore.Networks;
using OptiCore.TestKit;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Core.Tests.Networks;

public sealed class LearningTests
{
    [Fact]
    public void A_perceptron_learns_two_spirals()
    {
        (double[] x, double[] classes) = Spirals(200, 1);
        (double[] testX, double[] testClasses) = Spirals(400, 2);
        var network = new Network(new Mlp { Hidden = [32, 32], Outputs = 2 }, [200, 2]);
        Variable parameters = Variable.Input("p", [network.ParameterCount]);
        Variable loss = Mean(Losses.CrossEntropy(network.Apply(parameters, Variable.Constant<double>(x, [200, 2])), Variable.Constant<double>(classes, [200])));
        Replay<float> replay = Computation.Compile<float>([parameters], loss, Derivative.Gradient(loss, parameters)).Start();
        network.Initialize(RandomKey.FromSeed(1), replay.Input(0));
        var adam = new TestAdam(network.ParameterCount, 0.01);
        for (int step = 0; step < 1500; step++)
        {
            replay.Run();
            adam.Step(replay.Output(1), replay.Input(0));
        }

        Replay<float> test = Computation.Compile<float>([parameters], ArgMax(network.Apply(parameters, Variable.Constant<double>(testX, [400, 2])))).Start();
        replay.Input(0).CopyTo(test.Input(0));
        test.Run();
        Assert.True(Accuracy(test.Output(0), testClasses) > 0.97, $"accuracy {Accuracy(test.Output(0), testClasses)}");
        Promises.AllocatesNothing(replay.Run, "a step of learning", warmUp: 30, measured: 5);
    }

    [Fact]
    public void A_network_with_states_and_dropout_learns_digits()
    {
        const int Train = 500, Test = 300;
        (double[] x, double[] classes) = Digits(Train, 1);
        (double[] testX, double[] testClasses) = Digits(Test, 2);
        var network = new Network(
            new Sequential(new Linear(32), new BatchNorm(), new Activation(Relu), new Dropout(0.1), new Linear(10)), [Train, 64]);
        Variable parameters = Variable.Input("p", [network.ParameterCount]), states = Variable.Input("s", [network.StateCount]);
        var key = KeyVariable.Input("key");
        (Variable y, Variable next) = network.Apply(parameters, states, Variable.Constant<double>(x, [Train, 64]), key, isTraining: true);
        Variable loss = Mean(Losses.CrossEntropy(y, Variable.Constant<double>(classes, [Train])));
        Replay<float> replay = Computation.Compile<float>([parameters, states], loss, Derivative.Gradient(loss, parameters), next).Start();
        network.Initialize(RandomKey.FromSeed(1), replay.Input(0));
        network.InitializeStates(RandomKey.FromSeed(1), replay.Input(1));
        var adam = new TestAdam(network.ParameterCount, 0.01);
        for (int step = 0; step < 120; step++)
        {
            replay.SetKey(key, RandomKey.FromSeed(5).Fold(step));
            replay.Run();
            adam.Step(replay.Output(1), replay.Input(0));
            replay.Output(2).CopyTo(replay.Input(1));
        }

        Variable predicted = ArgMax(network.Apply(parameters, states, Variable.Constant<double>(testX, [Test, 64])).Output);
        Replay<float> test = Computation.Compile<float>([parameters, states], predicted).Start();
        replay.Input(0).CopyTo(test.Input(0));
        replay.Input(1).CopyTo(test.Input(1));
        test.Run();
        Assert.True(Accuracy(test.Output(0), testClasses) > 0.95, $"accuracy {Accuracy(test.Output(0), testClasses)}");
    }

    [Fact]
    public void A_convolutional_network_learns_digits()
    {
        const int Train = 500, Test = 300;
        (double[] x, double[] classes) = Digits(Train, 3);
        (double[] testX, double[] testClasses) = Digits(Test, 4);
        var network = new Network(
            new Sequential(new Convolution2D(8, 3) { IsSame = true, Weights = Initializer.HeNormal }, new Activation(Relu), new MaxPool2D(2), new Flatten(), new Linear(10)), [Train, 8, 8, 1]);
        Variable parameters = Variable.Input("p", [network.ParameterCount]);
        Variable loss = Mean(Losses.CrossEntropy(network.Apply(parameters, Variable.Constant<double>(x, [Train, 8, 8, 1])), Variable.Constant<double>(classes, [Train])));
        Replay<float> replay = Computation.Compile<float>([parameters], loss, Derivative.Gradient(loss, parameters)).Start();
        network.Initialize(RandomKey.FromSeed(1), replay.Input(0));
        var adam = new TestAdam(network.ParameterCount, 0.01);
        for (int step = 0; step < 100; step++)
        {
            replay.Run();
            adam.Step(replay.Output(1), replay.Input(0));
        }

        Replay<float> test = Computation.Compile<float>([parameters], ArgMax(network.Apply(parameters, Variable.Constant<double>(testX, [Test, 8, 8, 1])))).Start();
        replay.Input(0).CopyTo(test.Input(0));
        test.Run();
        Assert.True(Accuracy(test.Output(0), testClasses) > 0.97, $"accuracy {Accuracy(test.Output(0), testClasses)}");
    }

    [Fact]
    public void A_recurrent_network_learns_the_parity_of_the_bits_so_far()
    {
        // All 64 sequences of 6 bits: the class after each step depends on all steps before.
        const int Steps = 6, Count = 64;
        double[] x = [.. Enumerable.Range(0, Count).SelectMany(i => Enumerable.Range(0, Steps).Select(t => (double)((i >> t) & 1)))];
        double[] classes = [.. Enumerable.Range(0, Count).SelectMany(i => Enumerable.Range(1, Steps).Select(t => (double)(System.Numerics.BitOperations.PopCount((uint)(i & ((1 << t) - 1))) & 1)))];
        var network = new Network(new Sequential(new Recurrent(new Lstm(12)), new Linear(2)), [Count, Steps, 1]);
        Variable parameters = Variable.Input("p", [network.ParameterCount]), y = network.Apply(parameters, Variable.Constant<double>(x, [Count, Steps, 1]));
        Variable loss = Mean(Losses.CrossEntropy(y, Variable.Constant<double>(classes, [Count, Steps])));
        Replay<float> replay = Computation.Compile<float>([parameters], loss, Derivative.Gradient(loss, parameters), ArgMax(y)).Start();
        network.Initialize(RandomKey.FromSeed(2), replay.Input(0));
        var adam = new TestAdam(network.ParameterCount, 0.02);
        for (int step = 0; step < 400; step++)
        {
            replay.Run();
            adam.Step(replay.Output(1), replay.Input(0));
        }

        Assert.Equal(1, Accuracy(replay.Output(2), classes));
    }

    private static double Accuracy(ReadOnlySpan<float> predicted, double[] classes)
    {
        int right = 0;
        for (int i = 0; i < classes.Length; i++)
            right += predicted[i] == classes[i] ? 1 : 0;
        return (double)right / classes.Length;
    }

    /// <summary>Two arms of a turn and a half around the origin, with a little noise.</summary>
    private static (double[] X, double[] Classes) Spirals(int count, ulong seed)
    {
        RandomStream stream = RandomKey.FromSeed(seed).Fold("spirals").Stream();
        double[] x = new double[2 * count], classes = new double[count], noise = Lab.Normal(2 * count, seed + 100, 0.02);
        for (int i = 0; i < count; i++)
        {
            double radius = Math.Sqrt(0.02 + (0.98 * stream.NextDouble()));
            double angle = (3 * Math.PI * radius) + (Math.PI * (i % 2));
            classes[i] = i % 2;
            x[2 * i] = (2 * radius * Math.Cos(angle)) + noise[2 * i];
            x[(2 * i) + 1] = (2 * radius * Math.Sin(angle)) + noise[(2 * i) + 1];
        }

        return (x, classes);
    }

    /// <summary>Digits of seven segments on 8 x 8 pixels, moved by up to a pixel, under noise.</summary>
    private static (double[] X, double[] Classes) Digits(int count, ulong seed)
    {
        // Top, upper left, upper right, middle, lower left, lower right, bottom.
        int[] segments = [0b1110111, 0b0010010, 0b1011101, 0b1011011, 0b0111010, 0b1101011, 0b1101111, 0b1010010, 0b1111111, 0b1111011];
        RandomStream stream = RandomKey.FromSeed(seed).Fold("digits").Stream();
        double[] x = Lab.Normal(64 * count, seed + 200, 0.15), classes = new double[count];
        for (int i = 0; i < count; i++)
        {
            int digit = i % 10, right = (int)(3 * stream.NextDouble()), down = (int)(2 * stream.NextDouble());
            classes[i] = digit;
            for (int segment = 0; segment < 7; segment++)
            {
                if ((segments[digit] >> (6 - segment) & 1) == 0)
                    continue;
                for (int k = 0; k < 4; k++)
                {
                    (int row, int column) = segment switch
                    {
                        0 => (0, k),
                        1 => (k, 0),
                        2 => (k, 3),
                        3 => (3, k),
                        4 => (3 + k, 0),
                        5 => (3 + k, 3),
                        _ => (6, k),
                    };
                    x[(64 * i) + (8 * (row + down)) + column + right + 1] += 1;
                }
            }
        }

        return (x, classes);
    }
}
