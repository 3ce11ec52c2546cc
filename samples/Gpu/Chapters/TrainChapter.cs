using OptiCore.Devices;
using OptiCore.Differentiation;
using OptiCore.Gpu;
using OptiCore.Networks;
using OptiCore.Optimizers;
using static OptiCore.Differentiation.Derivative;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.GpuTour.Chapters;

/// <summary>One training loop, run on this processor and on the device.</summary>
internal sealed class TrainChapter : IChapter
{
    public string Title => "Train a network with the same code on processor and device";

    public void Run(DeviceTour tour)
    {
        int points = tour.Size(4096, 32), steps = tour.Size(4000, 40), hidden = tour.Size(256, 4);
        using var processor = new CpuDevice(Workers.AllCores);

        // cuBLAS, the default where it is installed, is faster and sums in another order.
        if (tour.Device is GpuDevice gpu)
            gpu.MatrixMethod = MatrixMethod.Reproducible;

        Console.WriteLine($"Two moons of {points} points, {hidden} hidden units, {steps} steps of AdamW\n");
        (float[] here, float[] weights) = Train(processor, tour.Key, points, hidden, steps);
        (float[] there, float[] weightsThere) = Train(tour.Device, tour.Key, points, hidden, steps);
        Console.WriteLine($"  step   {"processor",12}   {tour.Device.Name}");
        for (int i = 0; i < here.Length; i++)
            Console.WriteLine($"{steps / 8 * i,6}   {here[i],12:g7}   {there[i]:g7}");
        Console.WriteLine();
        tour.Compare("Losses", here, there);
        tour.Compare<float>($"All {weights.Length} weights", weights, weightsThere);
    }

    private static (float[] Losses, float[] Weights) Train(IDevice device, RandomKey key, int points, int hidden, int steps)
    {
        var network = new Network(new Mlp { Hidden = [hidden], Outputs = 1 }, [points, 2]);
        Variable p = Variable.Input("parameters", [network.ParameterCount]), x = Variable.Input("x", [points, 2]), y = Variable.Input("y", [points, 1]);
        Variable logit = network.Apply(p, x);
        Variable loss = Mean(Softplus(logit) - (y * logit));
        Computation<float> computation = Computation.Compile<float>([p, x, y], loss, Gradient(loss, p));

        using DeviceReplay<float> replay = computation.Start(device);
        using DeviceRuleState<float> rule = new ClipByNorm(1).Then(new AdamW { LearningRate = 0.02 }).Start<float>(network.ParameterCount, device);

        var start = new float[network.ParameterCount];
        network.Initialize(key, start);
        (float[] at, float[] labels) = Moons(key.Fold("moons"), points);
        replay.Input(0).CopyFrom(start);
        replay.Input(1).CopyFrom(at);
        replay.Input(2).CopyFrom(labels);

        // Parameters and gradient stay on the device; only a loss that is printed is waited for.
        var losses = new float[9];
        for (int step = 0; step <= steps; step++)
        {
            replay.Run();
            if (step % (steps / 8) == 0)
                replay.Output(0).CopyTo(losses.AsSpan(step / (steps / 8), 1));
            rule.Step(replay.Input(0), replay.Output(1));
        }

        return (losses, replay.Input(0).ToArray());
    }

    private static (float[] Points, float[] Labels) Moons(RandomKey key, int count)
    {
        (var points, var labels) = (new float[2 * count], new float[count]);
        RandomStream random = key.Stream();
        for (int i = 0; i < count; i++)
        {
            (double sin, double cos) = Math.SinCos(Math.PI * random.NextDouble());
            labels[i] = i % 2;
            points[2 * i] = (float)((i % 2 == 0 ? cos : 1 - cos) + (0.1 * random.NextNormal()));
            points[(2 * i) + 1] = (float)((i % 2 == 0 ? sin : 0.5 - sin) + (0.1 * random.NextNormal()));
        }

        return (points, labels);
    }
}
