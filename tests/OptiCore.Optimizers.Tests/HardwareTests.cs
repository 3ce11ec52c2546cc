using OptiCore.Optimizers.Tests.FirstOrder;
using OptiCore.TestKit;

namespace OptiCore.Optimizers.Tests;

/// <summary>Update rules give the same bits with instruction sets switched off.</summary>
public class HardwareTests
{
    public static TheoryData<string> Settings => Hardware.Settings;

    [Theory]
    [MemberData(nameof(Settings))]
    public void RulesGiveTheSameBits(string setting) => Hardware.RunKernels(typeof(HardwareTests).Assembly, setting);

    [Fact]
    [Trait("Suite", "Kernels")]
    public void StepsOfEveryRule()
    {
        foreach ((string name, IUpdateRule rule) in Rules.All)
        {
            foreach (int length in new[] { 1, 7, 33, 1000 })
            {
                double[] x = Rules.Parameters(length);
                float[] y = [.. x.Select(v => (float)v)];
                RuleState<double> state = rule.Start<double>(length);
                RuleState<float> single = rule.Start<float>(length);
                for (int k = 0; k < 8; k++)
                {
                    double[] gradient = Rules.Gradient(length, k);
                    state.Step(x, gradient);
                    single.Step(y, [.. gradient.Select(g => (float)g)]);
                }

                Assert.All(x, v => Assert.True(double.IsFinite(v)));
                Hardware.SameBitsEverywhere<double>(x, $"{name} {length}");
                Hardware.SameBitsEverywhere<float>(y, $"{name} {length} single");
            }
        }
    }
}
