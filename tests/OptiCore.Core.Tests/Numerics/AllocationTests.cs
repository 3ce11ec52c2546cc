using OptiCore.Numerics;
using OptiCore.Randomness;
using OptiCore.TestKit;

namespace OptiCore.Core.Tests.Numerics;

public class AllocationTests
{
    private static readonly RandomKey Key = RandomKey.FromSeed(1);

    [Fact]
    public void ReductionsAllocateNothing()
    {
        double[] x = new double[9001];
        float[] y = new float[9001];
        RandomFill.Normal(Key, x);
        RandomFill.Normal(Key, y);
        double sink = 0;
        Promises.AllocatesNothing(
            () =>
            {
                sink += Reduce.Sum<double>(x) + Reduce.Dot<double>(x, x) + Reduce.Norm<double>(x) + Reduce.MaxNorm<double>(x) + Reduce.LogSumExp<double>(x) + Reduce.Variance<double>(x);
                sink += Reduce.Sum<float>(y) + Reduce.Dot<float>(y, y) + Reduce.Norm<float>(y) + Reduce.MaxNorm<float>(y) + Reduce.LogSumExp<float>(y) + Reduce.Variance<float>(y);
            },
            "reductions");
        Assert.NotEqual(0, sink);
    }

    [Fact]
    public void FillsAndDrawsAllocateNothing()
    {
        double[] x = new double[501];
        float[] y = new float[501];
        int[] integers = new int[501];
        uint[] words = new uint[501];
        var table = new AliasTable([1, 2, 3]);
        Promises.AllocatesNothing(
            () =>
            {
                RandomFill.Bits(Key, words, 1);
                RandomFill.Uniform(Key, x, 1);
                RandomFill.UniformOpen(Key, x);
                RandomFill.Normal(Key, x, 1);
                RandomFill.Exponential(Key, x);
                RandomFill.Gumbel(Key, x);
                RandomFill.Uniform(Key, y, 1);
                RandomFill.Normal(Key, y, 1);
                RandomFill.Integers(Key, 10, integers);
                RandomFill.Gamma(Key, 0.5, x);
                RandomFill.Beta(Key, 2, 3, x);
                table.Fill(Key, integers);
                RandomOrder.Permutation(Key, integers);
            },
            "fills");
    }
}
