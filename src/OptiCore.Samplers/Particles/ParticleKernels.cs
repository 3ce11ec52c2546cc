using System.Runtime.Intrinsics;

namespace OptiCore.Samplers;

/// <summary>The passes of a particle filter over a block of particles.</summary>
internal static class ParticleKernels
{
    /// <summary>gathered[i] = source[ancestors[i]].</summary>
    public static void Gather(ReadOnlySpan<double> source, ReadOnlySpan<int> ancestors, Span<double> gathered)
    {
        gathered = gathered[..ancestors.Length];
        int i = 0;
        for (; i <= ancestors.Length - 4; i += 4)
        {
            ReadOnlySpan<int> a = ancestors.Slice(i, 4);
            Vector256.Create(source[a[0]], source[a[1]], source[a[2]], source[a[3]]).CopyTo(gathered[i..]);
        }

        for (; i < ancestors.Length; i++)
            gathered[i] = source[ancestors[i]];
    }

    /// <summary>Adds to log weights; those that become NaN are negative infinity then.</summary>
    /// <param name="logWeights">The log weights.</param>
    /// <param name="terms">What is added; nothing if it is empty.</param>
    /// <returns>The largest of the sums.</returns>
    public static double AddLargest(Span<double> logWeights, ReadOnlySpan<double> terms)
    {
        bool adds = !terms.IsEmpty;
        if (adds)
            terms = terms[..logWeights.Length];
        int i = 0;
        double largest = double.NegativeInfinity;
        bool anyNaN = false;
        if (logWeights.Length >= 4)
        {
            Vector256<double> top = Vector256.Create(largest), isNumber = Vector256<double>.AllBitsSet;
            for (; i <= logWeights.Length - 4; i += 4)
            {
                var sum = Vector256.LoadUnsafe(ref logWeights[i]);
                if (adds)
                {
                    sum += Vector256.LoadUnsafe(in terms[i]);
                    sum.StoreUnsafe(ref logWeights[i]);
                }

                isNumber &= Vector256.Equals(sum, sum);
                top = Vector256.MaxNative(sum, top);
            }

            anyNaN = isNumber.AsUInt64() != Vector256<ulong>.AllBitsSet;
            largest = Math.Max(Math.Max(top[0], top[1]), Math.Max(top[2], top[3]));
        }

        for (; i < logWeights.Length; i++)
        {
            logWeights[i] += adds ? terms[i] : 0;
            anyNaN |= double.IsNaN(logWeights[i]);
            largest = Math.Max(largest, logWeights[i]);
        }

        return anyNaN ? LargestNumber(logWeights) : largest;
    }

    private static double LargestNumber(Span<double> logWeights)
    {
        double largest = double.NegativeInfinity;
        foreach (ref double w in logWeights)
        {
            w = double.IsNaN(w) ? double.NegativeInfinity : w;
            largest = Math.Max(largest, w);
        }

        return largest;
    }
}
