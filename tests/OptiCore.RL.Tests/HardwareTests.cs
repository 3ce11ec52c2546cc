using OptiCore.RL.Environments;
using OptiCore.TestKit;

namespace OptiCore.RL.Tests;

/// <summary>The vectorised environments give the same bits with instruction sets switched off.</summary>
public class HardwareTests
{
    public static TheoryData<string> Settings => Hardware.Settings;

    [Theory]
    [MemberData(nameof(Settings))]
    public void TheEnvironmentsGiveTheSameBits(string setting) => Hardware.RunKernels(typeof(HardwareTests).Assembly, setting);

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

    [Fact]
    [Trait("Suite", "Kernels")]
    public void StepsOfMountainCar() => Play("mountain car", n => new MountainCar(n) { MaxEpisodeSteps = 90 }, (step, i) => (step + i) / 7 % 3);

    [Fact]
    [Trait("Suite", "Kernels")]
    public void StepsOfMountainCarContinuous() => Play("continuous mountain car", n => new MountainCarContinuous(n) { MaxEpisodeSteps = 90 }, (step, i) => ((step + i) % 23 / 10f) - 1.1f);

    [Fact]
    [Trait("Suite", "Kernels")]
    public void StepsOfPendulum() => Play("pendulum", n => new Pendulum(n) { MaxEpisodeSteps = 90 }, (step, i) => ((step + i) % 23 / 5f) - 2.2f);

    [Fact]
    [Trait("Suite", "Kernels")]
    public void StepsOfAcrobot() => Play("acrobot", n => new Acrobot(n) { MaxEpisodeSteps = 90 }, (step, i) => (step + i) / 5 % 2 * 2);

    private static void Play<TAction>(string name, Func<int, IVectorEnvironment<float, TAction>> create, Func<int, int, TAction> policy) where TAction : unmanaged
    {
        foreach (int count in new[] { 1, 3, 37, 150 })
        {
            IVectorEnvironment<float, TAction> environment = create(count);
            StepBuffers<float> buffers = environment.CreateBuffers();
            environment.Reset(RandomKey.FromSeed(5), buffers);
            var actions = new TAction[count];
            double sum = 0;
            int ended = 0;
            for (int step = 0; step < 200; step++)
            {
                for (int i = 0; i < count; i++)
                    actions[i] = policy(step, i);
                environment.Step(actions, buffers);
                sum += buffers.Rewards.Sum();
                ended += buffers.Truncated.Count(t => t);
            }

            Assert.True(ended >= count);
            Hardware.SameBitsEverywhere<double>([sum], $"rewards of {count} {name}");
            Hardware.SameBitsEverywhere<float>(buffers.Observations, $"observations of {count} {name}");
            Hardware.SameBitsEverywhere<float>(buffers.FinalObservations, $"final observations of {count} {name}");
            Hardware.SameBitsEverywhere<byte>(OptiCore.Persistence.StateArchive.Save(environment), $"states of {count} {name}");
        }
    }
}
