using OptiCore.Numerics;
using OptiCore.Randomness;

namespace OptiCore;

public partial struct RandomStream
{
    /// <summary>
    /// A standard normal number. Reads two words, in one of a hundred draws more. For many at a time, <see cref="RandomFill.Normal(RandomKey, Span{double}, ulong, IWorkers?)"/> is faster and reads a fixed number of words.
    /// </summary>
    /// <remarks>G. Marsaglia, W. W. Tsang (2000), "The ziggurat method for generating random variables".</remarks>
    public double NextNormal() => NormalZiggurat.Next(ref this);

    /// <summary>An exponential number of mean 1: -ln u with u of (0, 1). Reads two words.</summary>
    public double NextExponential() => ExponentialMap.Draw(Lanes1<double>.AllBits((long)NextUInt64())).Value;

    /// <summary>A standard Gumbel number: -ln(-ln u) with u of (0, 1). Reads two words.</summary>
    public double NextGumbel() => GumbelMap.Draw(Lanes1<double>.AllBits((long)NextUInt64())).Value;

    /// <summary>An integer of 0 to <paramref name="bound"/> - 1, each exactly equally likely. Reads one word, rarely more.</summary>
    /// <remarks>D. Lemire (2019), "Fast random integer generation in an interval".</remarks>
    /// <param name="bound">The number of possible results, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bound is 0.</exception>
    public uint NextUInt32(uint bound)
    {
        ArgumentOutOfRangeException.ThrowIfZero(bound);
        ulong product = (ulong)NextUInt32() * bound;
        if ((uint)product < bound)
        {
            // 2^32 mod bound of the 2^32 words would favour a result: they are drawn again.
            uint threshold = (0 - bound) % bound;
            while ((uint)product < threshold)
                product = (ulong)NextUInt32() * bound;
        }

        return (uint)(product >> 32);
    }

    /// <summary>An integer of 0 to <paramref name="bound"/> - 1, each exactly equally likely. Reads two words, rarely more.</summary>
    /// <remarks>D. Lemire (2019), "Fast random integer generation in an interval".</remarks>
    /// <param name="bound">The number of possible results, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bound is 0.</exception>
    public ulong NextUInt64(ulong bound)
    {
        ArgumentOutOfRangeException.ThrowIfZero(bound);
        ulong high = Math.BigMul(NextUInt64(), bound, out ulong low);
        if (low < bound)
        {
            ulong threshold = (0 - bound) % bound;
            while (low < threshold)
                high = Math.BigMul(NextUInt64(), bound, out low);
        }

        return high;
    }

    /// <summary>An integer of 0 to <paramref name="bound"/> - 1, each exactly equally likely. Reads one word, rarely more.</summary>
    /// <param name="bound">The number of possible results, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The bound is smaller than 1.</exception>
    public int NextInt32(int bound) => (int)NextUInt32((uint)Require.Positive(bound, nameof(bound)));

    /// <summary>An integer of <paramref name="low"/> to <paramref name="high"/> - 1, each exactly equally likely. Reads one word, rarely more.</summary>
    /// <param name="low">The smallest possible result.</param>
    /// <param name="high">One more than the largest possible result.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no integer in the range.</exception>
    public int NextInt32(int low, int high)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(high, low);
        return (int)(low + NextUInt32((uint)((long)high - low)));
    }

    /// <summary>
    /// A gamma number of the given shape and scale 1, by rejection from a transformed normal number; for a shape below 1, one of shape + 1
    /// times u^(1/shape). Reads about three words. A shape far below 0.01 gives results below the smallest double, which are 0. <see cref="GammaDraw"/> keeps the constants of a shape for further draws.
    /// </summary>
    /// <remarks>G. Marsaglia, W. W. Tsang (2000), "A simple method for generating gamma variables".</remarks>
    /// <param name="shape">The shape, positive and finite; the mean and the variance equal it.</param>
    /// <exception cref="ArgumentOutOfRangeException">The shape is not positive and finite.</exception>
    public double NextGamma(double shape) => new GammaDraw(shape).Next(ref this);

    /// <summary>
    /// A beta number of [0, 1], as X / (X + Y) with gamma numbers X and Y. For a shape below 1 the quotient is taken from their logarithms,
    /// since both can be smaller than the smallest double; a result can still round to 0 or 1. Reads about seven words.
    /// </summary>
    /// <param name="alpha">The first shape, positive and finite; the mean is alpha / (alpha + beta).</param>
    /// <param name="beta">The second shape, positive and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">A shape is not positive and finite.</exception>
    public double NextBeta(double alpha, double beta) => GammaDraw.NextBeta(new(Require.Positive(alpha, nameof(alpha))), new(Require.Positive(beta, nameof(beta))), ref this);
}
