using OptiCore.RL.Environments;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests;

/// <summary>The vectorised environment gives the same bits with instruction sets switched off.</summary>
public class HardwareTests
{
    public static TheoryData<string> Settings => Hardware.Settings;

    [Theory]
    [MemberData(nameof(Settings))]
    public void CartPoleGivesTheSameBits(string setting) => Hardware.RunKernels(typeof(HardwareTests).Assembly, setting);

    [Fact]
    [Trait("Suite", "Kernels")]
    public void StepsOfCartPole()
    {
        foreach (int count in new[] { 1, 3, 8, 37 })
        {
            var environment = new CartPole(count);
            StepBuffers<float> buffers = environment.CreateBuffers();
            environment.Reset(RandomKey.FromSeed(5), buffers);
            int[] actions = new int[count];
            int ended = 0;
            for (int step = 0; step < 300; step++)
            {
                for (int i = 0; i < count; i++)
                    actions[i] = (step + i) % 3 == 0 ? 1 : 0;
                environment.Step(actions, buffers);
                ended += buffers.Terminated.ToArray().Count(t => t);
            }

            Assert.True(ended > 0);
            double[] states = [.. Enumerable.Range(0, count).SelectMany(i => new[] { environment.GetState(i).Position, environment.GetState(i).Velocity, environment.GetState(i).Angle, environment.GetState(i).AngularVelocity })];
            Hardware.SameBitsEverywhere<double>(states, $"states of {count}");
            Hardware.SameBitsEverywhere<float>(buffers.Observations, $"observations of {count}");
        }
    }
}
