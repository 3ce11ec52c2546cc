using System.Runtime.Intrinsics.X86;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.Numerics;

public class HardwareTests
{
    public static TheoryData<string> Settings => Hardware.Settings;

    [Theory]
    [MemberData(nameof(Settings))]
    public void KernelsPassAndGiveTheSameBits(string setting) => Hardware.RunKernels(typeof(HardwareTests).Assembly, setting);

    [Fact]
    [Trait("Suite", "Kernels")]
    public void InstructionSetsThatWereSwitchedOffAreOff()
    {
        // Guards the names of the runtime's variables: with a wrong name the children would silently test nothing new.
        bool all = Hardware.IsOff("HWIntrinsic"), avx = all || Hardware.IsOff("AVX"), avx2 = avx || Hardware.IsOff("AVX2");
        Assert.False(avx && Avx.IsSupported);
        Assert.False(avx2 && Avx2.IsSupported);
        Assert.False((avx2 || Hardware.IsOff("AVX512")) && Avx512F.IsSupported);
        Assert.False(all && Sse42.IsSupported);
    }
}
