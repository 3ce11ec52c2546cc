namespace OptiCore.TestKit;

/// <summary>Checks of the promises that hold for every method of every package.</summary>
public static class Promises
{
    /// <summary>Runs an action often enough to be warm, then asserts that running it again allocates nothing on this thread.</summary>
    public static void AllocatesNothing(Action action, string what, int warmUp = 200, int measured = 50)
    {
        for (int i = 0; i < warmUp; i++)
            action();

        // Code that the runtime hasn't optimised yet may allocate, and it is replaced in the background, much later on a busy machine: the best of many tries counts.
        long least = long.MaxValue;
        for (int attempt = 0; attempt < 3000 && least != 0; attempt++)
        {
            Thread.Sleep(attempt < 5 ? 0 : 10);
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < measured; i++)
                action();
            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.True(least == 0, $"{what} allocated {least} bytes in {measured} calls after warm-up.");
    }

    /// <summary>Asserts that two spans have the same bits; NaN equals the same NaN, and 0 differs from -0.</summary>
    public static void SameBits(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            if (BitConverter.DoubleToInt64Bits(expected[i]) != BitConverter.DoubleToInt64Bits(actual[i]))
                Assert.Fail($"{what}: element {i} is {actual[i]:r}, expected the bits of {expected[i]:r}.");
        }
    }

    /// <summary>Asserts that two spans have the same bits.</summary>
    public static void SameBits(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
        {
            if (BitConverter.SingleToInt32Bits(expected[i]) != BitConverter.SingleToInt32Bits(actual[i]))
                Assert.Fail($"{what}: element {i} is {actual[i]:r}, expected the bits of {expected[i]:r}.");
        }
    }

    /// <summary>Asserts |actual - expected| within an absolute plus a relative tolerance.</summary>
    public static void Close(double expected, double actual, double relative, double absolute, string what)
    {
        if (double.IsNaN(expected) && double.IsNaN(actual))
            return;
        if (double.IsInfinity(expected) && expected == actual)
            return;
        double error = Math.Abs(actual - expected);
        Assert.True(error <= absolute + (relative * Math.Abs(expected)), $"{what}: {actual:r}, expected {expected:r} (error {error:g3}, relative tolerance {relative:g3}, absolute {absolute:g3}).");
    }
}
