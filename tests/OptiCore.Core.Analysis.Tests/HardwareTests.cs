using OptiCore.TestKit;

namespace OptiCore.Core.Tests.Analysis;

public class HardwareTests
{
    public static TheoryData<string> Settings => Hardware.Settings;

    [Theory]
    [MemberData(nameof(Settings))]
    public void KernelsPassAndGiveTheSameBits(string setting) => Hardware.RunKernels(typeof(HardwareTests).Assembly, setting);
}
