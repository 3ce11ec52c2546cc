using System.Runtime.CompilerServices;
using OptiCore.Numerics;
using OptiCore.Randomness;

namespace OptiCore;

public partial struct RandomStream
{
    /// <summary>
    /// A standard normal number: sqrt(-2 ln u) cos(2 pi v) of two uniform numbers. Reads four words. For many at a time,
    /// <see cref="RandomFill.Normal(RandomKey, Span{double}, ulong, IWorkers?)"/> is ten times faster and also uses the sine.
    /// </summary>
    /// <remarks>G. E. P. Box, M. E. Muller (1958), "A note on the generation of random normal deviates".</remarks>
    public double NextNormal()
    {
        var first = Lanes1<double>.AllBits((long)NextUInt64());
        var second = Lanes1<double>.AllBits((long)NextUInt64());
        Map<NormalMap>(ref first, ref second);
        return first.Value;

        static void Map<TMap>(ref Lanes1<double> a, ref Lanes1<double> b) where TMap : IWordMap<double> => TMap.Map(ref a, ref b);
    }

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
    /// times u^(1/shape). Reads about seven words. A shape far below 0.01 gives results below the smallest double, which are 0.
    /// </summary>
    /// <remarks>G. Marsaglia, W. W. Tsang (2000), "A simple method for generating gamma variables".</remarks>
    /// <param name="shape">The shape, positive and finite; the mean and the variance equal it.</param>
    /// <exception cref="ArgumentOutOfRangeException">The shape is not positive and finite.</exception>
    public double NextGamma(double shape)
    {
        Require.Positive(shape, nameof(shape));
        if (shape >= 1)
            return GammaOfAtLeastOne(shape);
        double larger = GammaOfAtLeastOne(shape + 1);
        return larger * LaneMath.Exp(new Lanes1<double>(-NextExponential() / shape)).Value;
    }

    /// <summary>
    /// A beta number of [0, 1], as X / (X + Y) with gamma numbers X and Y. For a shape below 1 the quotient is taken from their logarithms,
    /// since both can be smaller than the smallest double; a result can still round to 0 or 1. Reads about fourteen words.
    /// </summary>
    /// <param name="alpha">The first shape, positive and finite; the mean is alpha / (alpha + beta).</param>
    /// <param name="beta">The second shape, positive and finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">A shape is not positive and finite.</exception>
    public double NextBeta(double alpha, double beta)
    {
        Require.Positive(alpha, nameof(alpha));
        Require.Positive(beta, nameof(beta));
        if (alpha >= 1 && beta >= 1)
        {
            double x = GammaOfAtLeastOne(alpha);
            double y = GammaOfAtLeastOne(beta);
            // Halves, so that the sum of the largest shapes stays finite.
            return (0.5 * x) / ((0.5 * x) + (0.5 * y));
        }

        double logX = LogGammaDraw(alpha);
        double logY = LogGammaDraw(beta);
        return 1 / (1 + LaneMath.Exp(new Lanes1<double>(logY - logX)).Value);
    }

    private double LogGammaDraw(double shape)
    {
        if (shape >= 1)
            return LaneMath.Log(new Lanes1<double>(GammaOfAtLeastOne(shape))).Value;
        double larger = LaneMath.Log(new Lanes1<double>(GammaOfAtLeastOne(shape + 1))).Value;
        // The smallest shapes make the quotient infinite; two infinite logarithms would cancel to NaN.
        return larger - Math.Min(NextExponential() / shape, double.MaxValue / 4);
    }

    private double GammaOfAtLeastOne(double shape)
    {
        double d = shape - (1.0 / 3);
        double c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double x = NextNormal();
            double t = 1 + (c * x);
            double u = NextOpenDouble();
            if (t <= 0)
                continue;
            double v = t * t * t, square = x * x;
            if (u < 1 - (0.0331 * square * square) || Log(u) < (0.5 * square) + (d * (1 - v + Log(v))))
                return d * v;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static double Log(double x) => LaneMath.Log(new Lanes1<double>(x)).Value;
}
