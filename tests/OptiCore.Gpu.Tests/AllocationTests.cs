using OptiCore.Devices;
using OptiCore.Differentiation;
using OptiCore.Optimizers;
using static OptiCore.Differentiation.Operations;

namespace OptiCore.Gpu.Tests;

/// <summary>After warm-up nothing on the host is allocated by runs, steps and fills. On a GPU only: ILGPU's simulation allocates at each launch.</summary>
public sealed class AllocationTests(SimulatedDevice fixture) : IClassFixture<SimulatedDevice>
{
    [Fact]
    public void Runs_steps_reductions_and_fills_allocate_nothing()
    {
        GpuDevice device = fixture.Device;
        Assert.SkipWhen(device.IsSimulated, "ILGPU's simulation allocates at each launch.");
        Variable w = Variable.Input("w", [16, 8]), x = Variable.Input("x", [32, 16]);
        Variable loss = Mean(Square(Softmax(Tanh(MatMul(x, w)))));
        using DeviceReplay<float> replay = Computation.Compile<float>([w, x], loss, Derivative.Gradient(loss, w)).Start(device);
        using DeviceRuleState<float> rule = new AdamW().Start<float>(128, device);
        using DeviceBuffer<float> numbers = device.Zeros<float>(5000), sum = device.Zeros<float>(1);
        for (int i = 0; i < 20; i++)
            All();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++)
            All();
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());

        void All()
        {
            replay.Run();
            rule.Step(replay.Input(0), replay.Output(1));
            GpuReduce.Sum(device, numbers, sum);
            GpuRandomFill.Uniform(device, RandomKey.FromSeed(1), numbers);
        }
    }
}
