using OptiCore.TestKit;

namespace OptiCore.Dynamics.Tests;

/// <summary>Integrations give the same bits with instruction sets switched off.</summary>
public class HardwareTests
{
    public static TheoryData<string> Settings => Hardware.Settings;

    [Theory]
    [MemberData(nameof(Settings))]
    public void IntegrationsGiveTheSameBits(string setting) => Hardware.RunKernels(typeof(HardwareTests).Assembly, setting);

    [Fact]
    [Trait("Suite", "Kernels")]
    public void AChainOfOscillators()
    {
        foreach (int n in new[] { 1, 3, 8, 21 })
        {
            // y'' = -k y for each oscillator, coupled to its neighbour by products and sums only.
            OdeResult result = Ode.Solve(
                new ExplicitRungeKutta { RelativeTolerance = 1e-9 },
                (t, y, dy) =>
                {
                    for (int i = 0; i < n; i++)
                    {
                        dy[i] = y[n + i];
                        dy[n + i] = (-(1 + (0.1 * i)) * y[i]) + (0.05 * y[(i + 1) % n] * y[i]);
                    }
                },
                span: (0, 10), state: [.. Enumerable.Range(0, 2 * n).Select(i => i < n ? 1.0 / (1 + i) : 0)], saveAt: [1, 2.5, 10]);
            Assert.Equal(OptiCore.Solving.RunStatus.Completed, result.Status);
            Hardware.SameBitsEverywhere<double>(result.States, $"states of {n}");
        }
    }

    [Fact]
    [Trait("Suite", "Kernels")]
    public void AStiffChain()
    {
        foreach (int n in new[] { 5, 36 })
        {
            OdeDelegate chain = (t, y, dy) =>
            {
                for (int i = 0; i < n; i++)
                    dy[i] = (200 * ((i > 0 ? y[i - 1] : 1) - (2 * y[i]) + (i < n - 1 ? y[i + 1] : 0))) - (y[i] * y[i] * (1 + (0.1 * t)));
            };
            foreach (OdeMethod method in new OdeMethod[] { new Radau(), new Bdf(), new RosenbrockWanner(), new DiagonallyImplicitRungeKutta(), new Adams(), new AutoSwitch() })
            {
                OdeResult result = Ode.Solve(method, chain, (0, 0.2), new double[n], saveAt: [0.05, 0.2]);
                Assert.Equal(OptiCore.Solving.RunStatus.Completed, result.Status);
                Hardware.SameBitsEverywhere<double>(result.States, $"{method.GetType().Name}, states of {n}");
            }
        }
    }
}
